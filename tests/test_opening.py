"""The program on a terminal of its own, with a store that is large enough to be shown before it is read."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import Raw
from msgspec.structs import replace

from tensionwatch.chronicle import Chronicle
from tensionwatch.clock import SystemClock
from tensionwatch.exchange import Known
from tensionwatch.model import Batch
from tensionwatch.store import Store
from tensionwatch.store.glimpse import GLIMPSE, is_small
from tensionwatch.store.glimpsed import Glimpse
from tensionwatch.store.journal import JournalStorage
from tests.builders import NOON, a_flag, an_article
from tests.waiting import LONG

sys.path.append(str(Path(__file__).parents[1] / "bench"))

from terminal import Terminal

MANY = 20
COUNTERS = r"Korea[^\n]*\b20\b"
"""The row of the region with its count of the week."""
WHOLE = r"20 events · 20 reports"
CONFIG = """
[storage]
path = "store"
[[feed]]
id = "one"
url = "http://127.0.0.1:9/one"
allow_private = true
interval = "6h"
enabled = false
[[region]]
id = "korea"
name = "Korea"
countries = ["PRK", "KOR"]
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With a store of twenty clashes, of which a megabyte each is told."""
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    since = datetime.now(UTC) - NOON
    with Store.open(tmp_path / "store") as store:
        chronicle = Chronicle(store)
        for number in range(MANY):
            told = an_article(f"clash{number}", a_flag("PRK", "KOR", place=f"place{number}"), hours=-number)
            told = replace(
                told, effective=told.effective and told.effective + since, first_seen=told.first_seen + since
            )
            told = replace(told, published=told.effective, title=f"Clash {number} at the line", summary="x" * 1_000_000)
            chronicle.take(Batch(articles=(told,)))
        store.compact()
    assert not is_small(tmp_path / "store")
    return tmp_path


def screen(home: Path) -> Terminal:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TENSIONWATCH", "XDG_"))}
    environment = {**kept, "HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[1]), "NO_PROXY": "*"}
    return Terminal([sys.executable, "-m", "tensionwatch", "--config", home / "config.toml"], environment)


@pytest.fixture
def articles(home: Path) -> Iterator[int]:
    """How many there are, and are still when all is over."""
    yield MANY
    with Store.open(home / "store") as store:
        assert len(store) == MANY
        assert store.notices == []


def test_counters_are_drawn_before_the_store_is_read_and_all_of_it_is_shown_then(home: Path, articles: int) -> None:
    with screen(home) as terminal:
        first = terminal.until(COUNTERS, LONG)
        assert "reading the store" in first.text
        assert f"{articles} events" not in first.text
        terminal.until(WHOLE, LONG)


def test_a_killed_screen_is_shown_again_at_once(home: Path, articles: int) -> None:
    for _ in range(2):
        with screen(home) as terminal:
            assert "reading the store" in terminal.until(COUNTERS, LONG).text
            terminal.until(WHOLE, LONG)
            terminal.signal(signal.SIGKILL)
    assert Glimpse.of(home / "store", SystemClock()).known is Known.NEWEST


def test_without_a_glimpse_no_number_is_drawn_before_the_store_is_read(home: Path, articles: int) -> None:
    (home / "store" / GLIMPSE).unlink()
    with screen(home) as terminal:
        assert "Korea " not in terminal.until("Reading the store", LONG).text
        terminal.until(COUNTERS, LONG)
        terminal.until(WHOLE, LONG)
        terminal.press("q")
        assert terminal.exit_code(LONG) == 0
    assert (home / "store" / GLIMPSE).exists(), "the next start has one"


def test_it_can_be_left_while_the_store_is_read(home: Path, articles: int) -> None:
    with screen(home) as terminal:
        terminal.until("reading the store", LONG)
        terminal.press("q")
        assert terminal.exit_code(LONG) == 0


def test_a_store_that_cannot_be_read_ends_the_screen_and_says_why(home: Path) -> None:
    storage = JournalStorage(home / "store", background=False)
    storage.append({"meta": {1: Raw(b'{"schema_version":99}')}})
    storage.close()
    with screen(home) as terminal:
        terminal.until("written by a newer tensionwatch", LONG)
        assert terminal.exit_code(LONG) == 4


def test_what_another_process_collects_is_followed_once_it_is_read(home: Path) -> None:
    with Store.open(home / "store"), screen(home) as terminal:
        assert "reading the store" in terminal.until(COUNTERS, LONG).text
        terminal.until(WHOLE, LONG)
        terminal.until(f"following: pid {os.getpid()} collects", LONG)  # said anew each second
