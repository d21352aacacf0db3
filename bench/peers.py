"""What the store is measured beside: SQLite, TinyDB on its own storage, newsboat."""

from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape

import msgspec
from tinydb import TinyDB

from tensionwatch.model import Article, to_json

_SCHEMA = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
CREATE TABLE articles(id TEXT PRIMARY KEY, read INTEGER, document TEXT);
"""


class SQLite:
    """The least that keeps articles: JSON by id, and one mark in a column; each call is one durable commit."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def insert(self, articles: Iterable[Article]) -> None:
        rows = [(a.id, a.read, msgspec.json.encode(a).decode()) for a in articles]
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR REPLACE INTO articles VALUES (?, ?, ?)", rows)
        self._db.execute("COMMIT")

    def mark(self, article_id: str, *, read: bool) -> None:
        self._db.execute("UPDATE articles SET read = ? WHERE id = ?", (read, article_id))


class StockTinyDB:
    """TinyDB as it comes, on a file that holds these already."""

    def __init__(self, path: Path, articles: Sequence[Article]) -> None:
        documents = {str(number): to_json(article) for number, article in enumerate(articles, start=1)}
        path.write_text(json.dumps({"articles": documents}), "utf-8")
        self._path = path

    def insert(self, batches: Iterable[Sequence[Article]]) -> list[float]:
        """Seconds of each batch."""
        times = []
        with TinyDB(self._path) as db:
            table = db.table("articles")
            for batch in batches:
                begun = perf_counter()
                table.insert_multiple([to_json(article) for article in batch])
                times.append(perf_counter() - begun)
        return times


class Newsboat:
    """newsboat with a cache of so many articles that its own reload has filled."""

    def __init__(self, folder: Path, feeds: int = 500, entries: int = 40) -> None:
        """Raises FileNotFoundError where newsboat is not installed."""
        newsboat = shutil.which("newsboat")
        if newsboat is None:
            raise FileNotFoundError("newsboat")
        self.articles = feeds * entries
        folder.mkdir()
        words = "border troops fire minister visit talks shell drone jets river line patrol envoy crossing reef guard"
        for feed in range(feeds):
            items = "".join(_item(f"{feed}-{entry}", words) for entry in range(entries))
            (folder / f"{feed}.xml").write_text(
                f'<?xml version="1.0"?><rss version="2.0"><channel><title>{feed}</title>{items}</channel></rss>',
                "utf-8",
            )
        (folder / "urls").write_text("".join(f"file://{folder}/{feed}.xml\n" for feed in range(feeds)), "utf-8")
        (folder / "config").write_text("", "utf-8")
        self.command = [
            newsboat, "-u", str(folder / "urls"), "-c", str(folder / "cache.db"), "-C", str(folder / "config"),
        ]  # fmt: skip
        """Opens its screen in the environment below."""
        self.environment = {**os.environ, "HOME": str(folder)}
        self.execute("reload")

    def execute(self, what: str) -> bytes:
        """What it says."""
        command = [*self.command, "-x", what]
        return subprocess.run(command, check=True, capture_output=True, env=self.environment).stdout


def newsboat_start(folder: Path, runs: int = 3) -> float | None:
    """CPU seconds, user's and system's, in which newsboat has loaded its cache of 20,000 articles and counted the
    unread; None where it is not installed."""
    try:
        newsboat = Newsboat(folder)
    except FileNotFoundError:
        return None
    times = []
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        said = newsboat.execute("print-unread")
        if not said.startswith(b"%d " % newsboat.articles):
            raise RuntimeError(f"newsboat has not loaded {newsboat.articles} articles: {said!r}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return median(times)


def _item(name: str, words: str) -> str:
    text = escape(f"{words} {name} " * 5)
    return (
        f"<item><title>{name} {words[:70]}</title><link>https://paper.example/{name}</link><guid>{name}</guid>"
        f"<description>{text}</description><pubDate>Sun, 01 Mar 2026 12:00:00 GMT</pubDate></item>"
    )
