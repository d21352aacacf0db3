"""A disk that fills up under a poller without a screen: it says so once, and again when all is well."""

from __future__ import annotations

from pathlib import Path

import pytest

from tensionwatch.clock import SystemClock
from tensionwatch.commands.polling import _Talking
from tensionwatch.errors import StoreUnwritable
from tensionwatch.model import Entry, Fetched, ReadEntry
from tensionwatch.store import Store
from tensionwatch.watch import Watch
from tests.store.folders import files_no_larger_than
from tests.tui.world import FEEDS, SmallAtlas, World


def fetched(number: int) -> Fetched:
    entry = Entry(entry_id=str(number), link=None, title=f"News {number}", summary="x" * 500, published=None)
    read = (ReadEntry(entry=entry, hash=str(number), flags=()),)
    return Fetched(feed=FEEDS[0].id, at=SystemClock().now(), result="ok", entries=read, seen=(str(number),))


def test_what_cannot_be_kept_is_said_once_and_that_it_can_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Store.open(tmp_path) as store:
        sink = _Talking(Watch(store, World().config, SmallAtlas(), SystemClock()))
        sink.accept(fetched(1), jitter=0)
        with files_no_larger_than((tmp_path / "journal.log").stat().st_size + 100):
            for number in (2, 3):
                with pytest.raises(StoreUnwritable):
                    sink.accept(fetched(number), jitter=0)
        sink.accept(fetched(2), jitter=0)
        sink.accept(fetched(3), jitter=0)
        assert len(store) == 3
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        f"not kept, and to be fetched again: {tmp_path}/journal.log: cannot be written: File too large",
        "kept again",
    ]
    assert said.out.count("1 entries, 1 not seen before") == 3
