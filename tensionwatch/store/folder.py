"""What lies in the folder of a store, read without the lock: all tables of the hot store, and the files of months.

Whoever reads both reads the hot store first: an article on its way into its month's file is then seen twice, never
not at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Raw

from tensionwatch.errors import StoreError
from tensionwatch.model import Article, Correction, Event, FeedState
from tensionwatch.store import files, records
from tensionwatch.store.fulltext import FullText
from tensionwatch.store.journal import JOURNAL, LOCK, SNAPSHOT, JournalStorage
from tensionwatch.store.months import MONTHS
from tensionwatch.store.records import UNREADABLE
from tensionwatch.store.search import INDEX

MONTH_FILE = re.compile(r"[0-9]{4}-[0-9]{2}\.json")

KINDS: dict[str, type[msgspec.Struct]] = {
    "articles": Article,
    "events": Event,
    "feeds": FeedState,
    "corrections": Correction,
}
"""Tables whose documents are records."""

Progress = Callable[[int], None]
"""Hears how many articles are done."""


class NoStore(StoreError):
    """There is no store in the folder."""


class Contents(NamedTuple):
    tables: Mapping[str, Mapping[int, Raw]]
    generation: int
    notices: list[str]
    """What is wrong with the files, in words."""


class Checked(NamedTuple):
    """What a walk over everything found."""

    findings: list[str]
    notes: list[str]
    """What is as it should be, and worth knowing."""
    articles: int


def hot(folder: Path) -> Contents:
    """The hot store as a reader sees it now. Raises NoStore, StoreError."""
    if not (folder / SNAPSHOT).exists() and not (folder / JOURNAL).exists():
        raise NoStore(f"{folder}: no store is there")
    storage = JournalStorage(folder, read_only=True)
    return Contents(storage.tables, storage.generation, storage.notices)


def month_files(folder: Path) -> dict[str, Path]:
    """Their names and paths, oldest first."""
    return {path.name: path for path in sorted((folder / MONTHS).glob("*.json")) if MONTH_FILE.fullmatch(path.name)}


def month(path: Path) -> records.Snapshot:
    """What lies in the file of a month. Raises StoreError when it cannot be read."""
    return records.read_snapshot(files.read_bytes(path))


def sizes(folder: Path) -> dict[str, int]:
    """File → bytes, of all that is the store's, the index included."""
    found = {path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    return dict(sorted(found.items()))


def is_taken(folder: Path) -> bool:
    """Does the folder hold anything but what can be lost: a lock, an index?"""
    own = {LOCK, INDEX, f"{INDEX}-wal", f"{INDEX}-shm"}
    return any(path.name not in own for path in folder.iterdir()) if folder.is_dir() else folder.exists()


# ------------------------------------------------------------------ looking at everything


def check(folder: Path, progress: Progress) -> Checked:
    """Walk everything, changing nothing. Raises NoStore, StoreError."""
    contents = hot(folder)
    findings, notes = list(contents.notices), []
    if records.scan(files.read_bytes(folder / JOURNAL)).fault == "unfinished":
        notes.append(f"{JOURNAL} ends in the middle of a commit: one under way, or cut off by a crash and not kept")
    done = 0
    seen: dict[str, str] = {}
    for name, tables in _everything(folder, contents, findings):
        for table, documents in tables.items():
            findings += _unreadable(name, table, documents)
        for article_id in _ids(tables.get("articles", {})):
            if article_id in seen:
                where = "twice" if seen[article_id] == name else f"in {seen[article_id]} too"
                (findings if seen[article_id] == name else notes).append(
                    f"{name}: article {article_id} is there {where}"
                )
            seen[article_id] = name
        done += len(tables.get("articles", {}))
        progress(done)
    notes += [f"{path.name} holds what was set aside as damaged" for path in sorted(folder.glob("*.damaged-*"))]
    findings += _check_index(folder)
    return Checked(findings, notes, len(seen))


def _everything(
    folder: Path, contents: Contents, findings: list[str]
) -> Iterator[tuple[str, Mapping[str, Mapping[int, Raw]]]]:
    yield SNAPSHOT, contents.tables
    for name, path in month_files(folder).items():
        found = month(path)
        if found.fault:
            findings.append(f"{path} {found.fault}")
        yield f"{MONTHS}/{name}", found.tables


def _unreadable(name: str, table: str, documents: Mapping[int, Raw]) -> Iterator[str]:
    kind = KINDS.get(table)
    for number, raw in documents.items():
        try:
            msgspec.json.decode(raw, type=kind or dict[str, object])
        except UNREADABLE as error:
            yield f"{name}: {table} {number} cannot be read: {error}"


class _Id(msgspec.Struct):
    id: str


def _ids(articles: Mapping[int, Raw]) -> Iterator[str]:
    for raw in articles.values():
        try:
            yield msgspec.json.decode(raw, type=_Id).id
        except UNREADABLE:  # said already
            continue


def _check_index(folder: Path) -> list[str]:
    import sqlite3

    if not (folder / INDEX).exists():
        return []
    try:
        index = FullText(folder / INDEX, read_only=True)
        try:
            wrong = index.check()
        finally:
            index.close()
    except sqlite3.DatabaseError as error:
        wrong = [str(error)]
    return [f"{INDEX}: {line}; it holds no news of its own and may be deleted" for line in wrong[:1]]
