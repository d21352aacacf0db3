"""Every cut of the last record and every flipped bit of a small store: told, set aside, the rest kept, and it opens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tensionwatch.model import Batch
from tensionwatch.store import Store, files
from tensionwatch.store.journal import JournalStorage
from tensionwatch.store.table import JournalDB

from .samples import FoldHere, article, state


class Noon:
    def now(self) -> datetime:
        return datetime(2026, 2, 17, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of stores are opened here, and none loses its power."""
    monkeypatch.setattr(files, "_sync", lambda fd: None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A snapshot of n = 0, 1, a journal.old of n = 2, 3 and a journal.log of n = 4, 5: a compaction was under way."""
    with opened(tmp_path) as db:
        db.table("numbers").insert_multiple([{"n": 0}, {"n": 1}])
        storage_of(db).compact()
        db.table("numbers").insert({"n": 2})
        db.table("numbers").insert({"n": 3})
        steps = storage_of(db).compaction(FoldHere())
        next(steps), next(steps)
        db.table("numbers").insert({"n": 4})
        db.table("numbers").insert({"n": 5})
    return tmp_path


def opened(folder: Path, **options: Any) -> JournalDB:
    return JournalDB(folder, storage=JournalStorage, clock=Noon(), background=False, **options)


def storage_of(db: JournalDB) -> JournalStorage:
    assert isinstance(db.storage, JournalStorage)
    return db.storage


class Looked:
    """What opening for writing found and did; then the folder is as it was."""

    def __init__(self, folder: Path) -> None:
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        with opened(folder, read_only=True) as db:
            readers = [document.get("n") for document in db.table("numbers")]
        with opened(folder) as db:
            self.numbers = [document.get("n") for document in db.table("numbers")]
            self.notices = list(storage_of(db).notices)
            db.table("numbers").insert({"n": 99})
        self.aside = {path.stem: path.read_bytes() for path in folder.glob("*.damaged-*")}
        with opened(folder) as db:
            assert [document.get("n") for document in db.table("numbers")] == [*self.numbers, 99]
            assert storage_of(db).notices == []
        assert readers == self.numbers
        for path in folder.iterdir():
            path.unlink()
        for name, content in before.items():
            (folder / name).write_bytes(content)


def flipped(whole: bytes) -> Iterator[tuple[int, bytes]]:
    """(place, the bytes with one bit turned), for all bits."""
    for place in range(len(whole)):
        for bit in range(8):
            yield place, whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :]


def record_starts(journal: bytes) -> list[int]:
    starts = [0]
    for line in journal.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


@pytest.mark.parametrize("name", ["journal.log", "journal.old"])
def test_a_journal_cut_at_any_byte_of_its_last_record_keeps_the_others(folder: Path, name: str) -> None:
    whole = (folder / name).read_bytes()
    last = record_starts(whole)[1]
    for cut in range(last, len(whole)):
        (folder / name).write_bytes(whole[:cut])
        looked = Looked(folder)
        assert looked.numbers == ([0, 1, 2, 3, 4] if name == "journal.log" else [0, 1, 2, 4, 5])
        assert [*looked.aside.values()] == ([whole[last:cut]] if cut > last else [])
        assert bool(looked.notices) == (cut > last)


@pytest.mark.parametrize("name", ["journal.log", "journal.old"])
def test_a_flipped_bit_anywhere_in_a_journal_keeps_what_came_before_it(folder: Path, name: str) -> None:
    whole = (folder / name).read_bytes()
    last = record_starts(whole)[1]
    before, first, after = ([0, 1, 2, 3], [4], []) if name == "journal.log" else ([0, 1], [2], [4, 5])
    for place, damaged in flipped(whole):
        (folder / name).write_bytes(damaged)
        looked = Looked(folder)
        assert looked.numbers == [*before, *(first if place >= last else []), *after], place
        assert [*looked.aside.values()] == [damaged[last if place >= last else 0 :]]
        assert looked.notices


def test_a_flipped_bit_anywhere_in_the_snapshot_keeps_the_other_documents(folder: Path) -> None:
    whole = (folder / "store.json").read_bytes()
    lines = whole.splitlines(keepends=True)
    for place, damaged in flipped(whole):
        (folder / "store.json").write_bytes(damaged)
        looked = Looked(folder)
        assert {2, 3, 4, 5} <= set(looked.numbers)
        line = whole[:place].count(b"\n")
        if line > 0:  # the first names the table
            kept = {0, 1} - {line - 1, line if whole[place] == ord("\n") else line - 1}
            assert kept <= set(looked.numbers), (place, damaged)
        assert [*looked.aside.values()] == [damaged]
        assert looked.notices
    assert len(lines) == 5


@pytest.mark.parametrize("name", ["store.json", "journal.log"])
def test_a_store_of_articles_opens_whichever_byte_is_damaged(tmp_path: Path, name: str) -> None:
    with Store.open(tmp_path) as store:
        store.commit(Batch(articles=(article(0, lang=None),)))
    with opened(tmp_path) as db:
        storage_of(db).compact()
    with Store.open(tmp_path) as store:
        store.commit(Batch(articles=(article(1, lang=None),), feed_states=(state("valley"),)))
    sound = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for place in range(0, len(sound[name]), 7):  # all of them took a minute of the suite; each bit is met by some
        for path in tmp_path.iterdir():
            path.unlink()
        for each, content in sound.items():
            (tmp_path / each).write_bytes(content)
        damaged = bytearray(sound[name])
        damaged[place] ^= 1 << place // 7 % 8
        (tmp_path / name).write_bytes(damaged)
        with Store.open(tmp_path) as store:
            assert store.notices
            assert len(store) <= 2
            store.commit(Batch(articles=(article(9),)))
        with Store.open(tmp_path) as store:
            assert store.article(article(9).id) == article(9)
