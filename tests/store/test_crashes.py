"""Killed, out of power, out of room: at any moment. Nothing acknowledged is lost, and the store always opens."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tinydb.table import Document

from tensionwatch.errors import StoreUnwritable
from tensionwatch.store import Store, files
from tensionwatch.store.journal import JournalStorage
from tensionwatch.store.memory import MemoryJournal
from tensionwatch.store.table import JournalDB

from .samples import article

# ------------------------------------------------------------------ a fault at every call that changes the disk


class PowerCut(BaseException):
    """The machine is off: this call is half done, and none comes after it."""


class Disk:
    """Stands between `files` and the disk, and fails at one of the calls that change it."""

    def __init__(self, strike_at: int, error: Callable[[], BaseException]) -> None:
        self._calls = 0
        self._strike_at = strike_at
        self._error = error

    @property
    def struck(self) -> bool:
        return self._calls > self._strike_at

    def call(self, do: Callable[..., Any], *arguments: Any, half: Callable[[], Any] = lambda: None) -> Any:
        self._calls += 1
        if self._calls == self._strike_at + 1:
            half()
            raise self._error()
        if self.struck and isinstance(self._error(), PowerCut):
            raise PowerCut
        return do(*arguments)

    def pwrite(self, fd: int, data: memoryview, offset: int) -> int:
        written = self.call(os.pwrite, fd, data, offset, half=lambda: os.pwrite(fd, data[: len(data) // 2], offset))
        assert isinstance(written, int)
        return written

    @contextmanager
    def inserted(self) -> Iterator[None]:
        real_replace, real_unlink = Path.replace, Path.unlink
        proxy = SimpleNamespace(**vars(os))
        proxy.pwrite = self.pwrite
        proxy.open = partial(self.call, os.open)
        proxy.fsync = partial(self.call, os.fsync)
        proxy.ftruncate = partial(self.call, os.ftruncate)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(files, "os", proxy)
            patched.setattr(Path, "replace", lambda path, target: self.call(real_replace, path, target))
            patched.setattr(Path, "unlink", lambda path, **options: self.call(lambda: real_unlink(path, **options)))
            yield


def opened(folder: Path) -> JournalDB:
    return JournalDB(folder, storage=JournalStorage)


def state_of(db: JournalDB) -> dict[str, dict[int, Any]]:
    return {name: {document.doc_id: dict(document) for document in db.table(name)} for name in sorted(db.tables())}


def state_on_disk(folder: Path) -> dict[str, dict[int, Any]]:
    with opened(folder) as db:
        return state_of(db)


def compact(db: JournalDB) -> None:
    assert isinstance(db.storage, JournalStorage)
    db.storage.compact()


def two_tables(db: JournalDB) -> None:
    with db.transaction():
        db.table("numbers").update({"n": 7}, doc_ids=[2])
        db.table("letters").insert({"l": "b"})


STEPS: list[Callable[[JournalDB], Any]] = [
    lambda db: db.table("numbers").insert_multiple([{"n": 1}, {"n": 2}]),
    lambda db: db.table("letters").insert({"l": "a"}),
    two_tables,
    compact,
    lambda db: db.table("numbers").insert({"n": 3, "long": "x" * 5000}),
    lambda db: db.table("letters").insert({"l": "c"}),
    lambda db: db.drop_table("letters"),
    lambda db: db.table("numbers").remove(doc_ids=[1]),
]


@pytest.fixture
def old_store(tmp_path: Path) -> Callable[[], Path]:
    """Gives a folder with a snapshot, a torn journal and the leavings of a broken compaction."""
    made = iter(range(10_000))

    def make() -> Path:
        folder = tmp_path / str(next(made))
        with opened(folder) as db:
            db.table("numbers").insert({"n": 0})
            compact(db)
            db.table("numbers").insert({"n": 0})
            db.table("numbers").insert({"n": 0})
        (folder / "store.json.new").write_bytes(b"half of a snapshot")
        with (folder / "journal.log").open("rb+") as log:
            log.truncate((folder / "journal.log").stat().st_size - 3)
        return folder

    return make


def test_the_power_may_fail_at_any_call(old_store: Callable[[], Path]) -> None:
    strike_at = 0
    while True:
        folder = old_store()
        disk = Disk(strike_at, PowerCut)
        acknowledged = state_on_disk(old_store())
        under_way = acknowledged
        with disk.inserted():
            try:
                with opened(folder) as db:
                    for step in STEPS:
                        acknowledged = state_of(db)
                        under_way = after(step, acknowledged)
                        step(db)
                    acknowledged = under_way = state_of(db)
            except PowerCut:
                pass
        assert state_on_disk(folder) in (acknowledged, under_way), f"at call {strike_at}"
        assert state_on_disk(folder) == state_on_disk(folder)
        if not disk.struck:
            break
        strike_at += 1
    assert strike_at > 35


def after(step: Callable[[JournalDB], Any], state: dict[str, dict[int, Any]]) -> dict[str, dict[int, Any]]:
    """The state that a step leads to, tried in memory."""
    if step is compact:
        return state
    db = JournalDB(storage=MemoryJournal)
    for name, documents in state.items():
        db.table(name, persist_empty=True).insert_multiple(Document(d, doc_id) for doc_id, d in documents.items())
    step(db)
    return state_of(db)


@pytest.mark.parametrize("again", [True, False], ids=["tried again", "given up"])
@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_the_disk_may_refuse_any_call(old_store: Callable[[], Path], reason: int, again: bool) -> None:
    strike_at = 0
    while True:
        folder = old_store()
        disk = Disk(strike_at, lambda: OSError(reason, os.strerror(reason)))
        with disk.inserted():
            try:
                db = opened(folder)
            except StoreUnwritable as error:
                assert os.strerror(reason) in str(error)  # noqa: PT017  # it may or may not be raised
                db = opened(folder)
            for step in STEPS:
                before = state_of(db)
                try:
                    step(db)
                except StoreUnwritable as error:
                    assert os.strerror(reason) in str(error)  # noqa: PT017  # at most one step meets the fault
                    assert state_of(db) == before
                    if again:
                        step(db)
            kept = state_of(db)
            db.close()
        assert state_on_disk(folder) == kept, f"at call {strike_at}"
        if not disk.struck:
            break
        strike_at += 1
    assert strike_at > 35


# ------------------------------------------------------------------ kill -9

WRITER = """
import sys
from pathlib import Path
from tensionwatch.model import Batch
from tensionwatch.store import Store, journal
sys.path.insert(0, sys.argv[1])
from store.samples import article, state

journal.COMPACT_FROM = 0  # so that each start compacts too
with Store.open(Path(sys.argv[2])) as store:
    while True:
        first = len(store)
        batch = [article(number, summary="x" * 3000) for number in range(first, first + 5)]
        store.commit(Batch(articles=tuple(batch), feed_states=(state("valley", articles=first + 5),), new=5))
        store.mark([batch[0].id], read=True)
        print(first + 5, flush=True)
"""


def test_killed_writers_lose_nothing_acknowledged(tmp_path: Path) -> None:
    chance = random.Random(7)
    folder = tmp_path / "store"
    kept = 0
    for _ in range(36):
        acknowledged = max(kept, killed_after(folder, chance.randrange(0, 25)))
        with Store.open(folder) as store:
            kept = len(store)
            firsts = [article(number).id for number in range(0, kept, 5)]
            assert kept in (acknowledged, acknowledged + 5)
            assert {found.id for found in store.articles()} == {article(number).id for number in range(kept)}
            marked = [found.id for found in store.articles() if found.read]
            assert marked[: acknowledged // 5] == firsts[: acknowledged // 5]
            feed = store.feed_state("valley")
            assert (feed.articles if feed else 0) == kept
            store.mark(firsts, read=True)  # the kill may have come between commit and mark
    assert kept > 200


def killed_after(folder: Path, acknowledgements: int) -> int:
    """Starts a writer and kills it after so many acknowledgements; gives the last number that it said."""
    command = [sys.executable, "-c", WRITER, str(Path(__file__).parents[1]), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(acknowledgements)]
        child.kill()
        said += child.stdout.read().split()
    return int(said[-1]) if said else 0
