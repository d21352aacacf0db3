"""The real command on real files, with a real server on loopback."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tensionwatch.cli import main
from tests.feeds.server import FeedServer, Reply

KEY = "k3y-0f-the-harbour"
PAGE = {"Content-Type": "text/html; charset=utf-8"}
TWO = """
# World

[[feed]]
id = "a"
url = "https://a.example/rss"

# Korea

[[feed]]
id = "b"
url = "https://b.example/rss"
"""

Run = Callable[..., tuple[int, str, str]]
"""Exit code, standard output and standard error of `tensionwatch feeds` with these words."""


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer().running() as running:
        yield running


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a configuration of no feeds; HOME is a folder of its own."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    path = tmp_path / "config.toml"
    path.write_text('# mine\n[storage]\npath = "store"\n\n[ui] # colours\n', "utf-8")
    return path


@pytest.fixture
def feeds(path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: str) -> tuple[int, str, str]:
        code = main(["--config", str(path), "feeds", *words])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def listed(path: Path) -> list[dict[str, Any]]:
    feeds: list[dict[str, Any]] = tomllib.loads(path.read_text("utf-8")).get("feed", [])
    return feeds


def dated(*days_ago: float) -> bytes:
    """A feed with entries of that age."""
    items = "".join(
        f"<item><title>Story {n}</title><guid>{n}</guid>"
        f"<pubDate>{datetime.now(UTC) - timedelta(days=days):%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
        for n, days in enumerate(days_ago)
    )
    return f'<rss version="2.0"><channel><title>Dated</title>{items}</channel></rss>'.encode()


def page(*links: str) -> Reply:
    return Reply(f"<!doctype html><html><head>{''.join(links)}</head></html>".encode(), headers=PAGE)


def link(href: str, title: str = "", kind: str = "application/rss+xml") -> str:
    return f'<link rel="alternate" type="{kind}" href="{href}" title="{title}">'
