"""The scripted life of a store, and a fault at each of its calls in turn; see torture.py."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from diary import Commit, State, after, carry_out, examine
from faulty_disk import ERRORS, POWER, Disk, Fault

from tensionwatch.errors import StoreError, StoreUnwritable
from tensionwatch.store.fold import FoldFailed, fold
from tensionwatch.store.journal import JournalStorage
from tensionwatch.store.table import JournalDB

ATTEMPTS = 40
"""More than a disk that is full for long refuses in a row."""


class FoldHere:
    """Folds in the calling thread, within reach of kills and faults."""

    def run(self, snapshot: Path, journal: Path, generation: int, fd: int) -> None:
        try:
            fold(snapshot, journal, generation, fd)
        except StoreUnwritable as error:  # as a child would say it
            raise FoldFailed(str(error)) from error

    def stop(self) -> None:
        """It is over soon."""


class Enumerated(NamedTuple):
    points: int
    """Calls that change the disk."""
    kinds: Counter[str]
    runs: int
    losses: list[str]


def enumerate_faults(place: Path, every: int = 1) -> Enumerated:
    """Live the life once to count its calls, then once for each call and fault; one in `every` of these."""
    place.mkdir()
    template = place / "template"
    start = _prepare(template)
    sound = _lived(place, template, -1, Fault.NO_ROOM)
    losses = _judge(sound, start, Fault.NO_ROOM)
    kinds = Counter(sound.kinds)
    runs = 0
    for strike_at in range(len(sound.kinds)):
        for number, fault in enumerate(Fault):
            if fault is Fault.DROPPED and sound.kinds[strike_at] != "fsync":
                continue
            if (strike_at + number) % every == 0:
                runs += 1
                lived = _lived(place, template, strike_at, fault)
                losses += [
                    f"call {strike_at} ({sound.kinds[strike_at]}), {fault}: {wrong}"
                    for wrong in _judge(lived, start, fault)
                ]
    return Enumerated(len(sound.kinds), kinds, runs, losses)


class _Lived(NamedTuple):
    said: list[str]
    ended: bool
    """It came to its end, or died of the fault that was meant."""
    kinds: list[str]
    folder: Path


def _judge(lived: _Lived, start: State, fault: Fault) -> list[str]:
    """What is wrong with what a life left."""
    states, returned, durable = [start], 0, 0
    for word in lived.said:
        if word[0] == ".":
            returned, durable = len(states) - 1, int(word[1:])
        elif word == "!":
            states.pop()  # refused: it must not turn up
        elif word[0] == "=":
            durable = int(word[1:])
        else:
            states.append(after(states[-1], Commit(word[0], int(word[1:]))))
    state, wrong = examine(lived.folder)
    if not lived.ended:
        wrong.append("the program did not end as it should")
    allowed = states[durable if fault in POWER else returned :]
    if state not in allowed:
        wrong.append(f"holds {state}, and not one of {allowed}")
    return wrong


def _prepare(folder: Path) -> State:
    """A store with a snapshot, a journal with a torn end, and what broken compactions leave."""
    state = State()
    with JournalDB(folder, storage=JournalStorage, background=False) as db:
        storage = db.storage
        assert isinstance(storage, JournalStorage)
        for number in range(1, 4):
            carry_out(db, state, Commit("+", number), durable=True)
            state = after(state, Commit("+", number))
            if number == 1:
                storage.compact()
    (folder / "store.json.new").write_bytes(b"half of a snapshot")
    with (folder / "journal.log").open("ab") as log:
        log.write(b"0123")
    return state


def _lived(place: Path, template: Path, strike_at: int, fault: Fault) -> _Lived:
    """One life, in a process of its own."""
    folder = place / "life"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template, folder)
    start, _ = examine(folder)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        code = 9
        with suppress(BaseException):  # the parent sees that it did not say its last word
            Life(folder, start, Disk(folder, strike_at, fault), writer).run()
            code = 0
        os._exit(code)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        *said, last = pipe.read().split("\n")
    _, status = os.waitpid(pid, 0)
    deadly = strike_at >= 0 and fault not in ERRORS
    ended = os.WIFSIGNALED(status) if deadly else os.waitstatus_to_exitcode(status) == 0
    return _Lived(said, ended, json.loads(last) if last else [], folder)


class Life:
    """Commits of both kinds, compactions that are interrupted by commits, left and taken up again, closing, reopening.

    Says `+7` or `*7` before a commit, `.5` after one (5 are durable), `!` where it was refused, `=5` when more became
    durable; at the end the kinds of the disk's calls."""

    def __init__(self, folder: Path, state: State, disk: Disk, pipe: int) -> None:
        self._folder = folder
        self._state = state
        self._disk = disk
        self._pipe = pipe
        self._before = 0
        """Commits of earlier sessions."""
        self._number = max(state.batches)
        self._db: JournalDB

    def run(self) -> None:
        self._disk.insert()
        self._open()
        self._write(durable=True)
        self._write(durable=False)
        self._write(durable=False)
        self._sync()
        self._write(durable=False)
        self._mark()
        self._compact_among_commits()
        for _ in range(3):
            self._write(durable=False)
        self._close()
        self._open()
        self._write(durable=False)
        self._leave_compaction(steps=1)
        self._write(durable=True)
        self._leave_compaction(steps=2)
        self._write(durable=False)
        self._close()
        self._open()
        self._write(durable=True)
        self._compact_among_commits()
        self._write(durable=False)
        self._leave_compaction(steps=2)
        self._attempt(self._storage.compact)
        self._mark()
        self._write(durable=False)
        self._close()
        os.write(self._pipe, json.dumps(self._disk.kinds).encode())

    @property
    def _storage(self) -> JournalStorage:
        storage = self._db.storage
        assert isinstance(storage, JournalStorage)
        return storage

    def _say(self, word: str) -> None:
        os.write(self._pipe, word.encode() + b"\n")

    def _attempt(self, act: object) -> None:
        """As a user would: again, until there is room."""
        for _ in range(ATTEMPTS):
            try:
                act()  # type: ignore[operator]
            except StoreError:
                continue
            return
        raise AssertionError("the disk is well again, the store is not")

    def _open(self) -> None:
        def open_it() -> None:
            self._db = JournalDB(self._folder, storage=JournalStorage, background=False, folding=FoldHere)

        self._attempt(open_it)

    def _close(self) -> None:
        """A disk that refuses at closing loses what was not said to be durable, so that is made durable first."""
        self._attempt(self._storage.sync)
        self._before += self._storage.appended
        self._say(f"={self._before}")
        with suppress(StoreError):
            self._db.close()

    def _sync(self) -> None:
        self._attempt(self._storage.sync)
        self._say(f"={self._before + self._storage.synced}")

    def _write(self, *, durable: bool) -> None:
        self._number += 1
        self._commit(Commit("+", self._number), durable=durable)

    def _mark(self) -> None:
        self._commit(Commit("*", self._state.batches[-1]), durable=True)

    def _commit(self, commit: Commit, *, durable: bool) -> None:
        """What is refused is given up and must not turn up; the next batch, or another mark, is tried."""
        for _ in range(ATTEMPTS):
            self._say(f"{commit.what}{commit.batch}")
            try:
                carry_out(self._db, self._state, commit, durable=durable)
            except StoreError:
                self._say("!")
                commit = self._instead_of(commit)
                continue
            self._state = after(self._state, commit)
            self._say(f".{self._before + self._storage.synced}")
            return
        raise AssertionError("the disk is well again, the store is not")

    def _instead_of(self, refused: Commit) -> Commit:
        if refused.what == "+":
            self._number += 1
            return Commit("+", self._number)
        unread = [batch for batch in self._state.batches if batch not in self._state.read and batch != refused.batch]
        return Commit("*", unread[-1]) if unread else refused

    def _compact_among_commits(self) -> None:
        for _ in self._steps():
            self._write(durable=False)
            self._mark()

    def _leave_compaction(self, steps: int) -> None:
        for number, _ in enumerate(self._steps(), start=1):
            self._write(durable=False)
            if number == steps:
                return

    def _steps(self) -> Iterator[None]:
        """One that fails is begun again."""
        for _ in range(ATTEMPTS):
            try:
                yield from self._storage.compaction(FoldHere())
            except StoreError:
                continue
            return
        raise AssertionError("the disk is well again, the store is not")
