"""The durable storage: a snapshot and a journal of the commits since, in a folder that one process may write.

    open     lock ─▶ store.json + journal.log replayed ─▶ what is damaged set aside ─▶ compacted if the journal outgrew
    append   one record at the end of journal.log, fsync
    write    store.json.new, fsync ─▶ store.json ─▶ fsync of the folder ─▶ journal.log emptied

A crash between the last two steps leaves a journal whose records are in the snapshot already: their generation is
older than the snapshot's, so they are not replayed. A reader needs no lock: it takes what is whole, and starts again
where the snapshot was replaced while it read. TinyDB's own storage rewrites its file in place: of 200 runs that were
killed, 22 left it unreadable.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tensionwatch.clock import Clock, SystemClock
from tensionwatch.errors import StoreError, StoreUnwritable
from tensionwatch.store import files, records
from tensionwatch.store.memory import Delta, MemoryJournal, Tables, apply

SNAPSHOT = "store.json"
JOURNAL = "journal.log"
LOCK = "lock"

COMPACT_FROM = 8 << 20
"""Bytes of journal below which compacting is not worth it: replaying them takes 14 ms."""

_READ_ATTEMPTS = 10
"""A writer compacts when it opens; ten of them during one read is no accident."""


def _anything(tables: Tables) -> None:
    """Accept whatever the tables hold."""


class JournalStorage(MemoryJournal):
    """A TinyDB storage in a folder.

    `check` sees the tables before anything is written, and raises if they are not to be touched. `notices` says in
    words what was found wrong and what was done about it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        read_only: bool = False,
        check: Callable[[Tables], None] = _anything,
        clock: Clock | None = None,
    ) -> None:
        """Raises StoreLocked, StoreUnwritable, or StoreError when it cannot be read."""
        super().__init__()
        self.notices: list[str] = []
        self._folder = folder
        self._clock = clock or SystemClock()
        self._lock: files.Lock | None = None
        self._journal: files.AppendOnly | None = None
        self._in_doubt = False
        try:
            if not read_only:
                files.make_folder(folder)
                self._lock = files.Lock(folder / LOCK)
            found = _load(folder)
            check(found.tables)
            self._tables, self._generation = found.tables, found.generation
            self.notices += found.notices
            if not read_only:
                self._open_to_write(found)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the store up to other writers. What was appended is on disk already."""
        for held in (self._journal, self._lock):
            if held is not None:
                held.close()
        self._journal = self._lock = None

    @property
    def generation(self) -> int:
        """Of the records that follow the snapshot."""
        return self._generation

    def compact(self) -> None:
        """Fold the journal into the snapshot. Raises StoreUnwritable."""
        self._keep_all(self._tables)

    def _open_to_write(self, found: _Found) -> None:
        self._set_aside(found)
        files.discard_unfinished(self._folder / SNAPSHOT)
        self._journal = files.AppendOnly(self._folder / JOURNAL, found.journal_end)
        if found.must_compact or self._journal.size > max(COMPACT_FROM, found.snapshot_size):
            self._try_to_compact()

    def _set_aside(self, found: _Found) -> None:
        for name, damaged in found.damaged.items():
            aside = files.set_aside(self._folder / name, damaged, self._clock.now())
            self.notices.append(f"{len(damaged)} bytes of {name} that could not be read as they are lie in {aside}")

    def _try_to_compact(self) -> None:
        try:
            self.compact()
        except StoreUnwritable as error:  # snapshot and journal still give all, only more slowly
            self.notices.append(f"{JOURNAL} could not be folded into {SNAPSHOT}: {error}")

    def _keep(self, delta: Delta) -> None:
        journal = self._writable()
        if self._in_doubt:
            self._keep_all(self._tables)
        journal.append(records.frame(records.Commit.of(delta, self._generation)))

    def _keep_all(self, tables: Tables) -> None:
        journal = self._writable()
        snapshot = self._folder / SNAPSHOT
        fresh = files.write_beside(snapshot, records.snapshot_pieces(tables, self._generation + 1))
        # From here until all is done a failure leaves open which snapshot is on disk. Records of this generation would
        # be lost beside the next one, so the next commit starts with a snapshot of what is in memory.
        self._in_doubt = True
        self._generation += 1
        files.put_in_place(fresh, snapshot)
        journal.clear()
        self._in_doubt = False

    def _writable(self) -> files.AppendOnly:
        if self._journal is None:
            raise StoreUnwritable(f"{self._folder}: cannot be written: it was opened for reading, or is closed")
        return self._journal


class _Found(NamedTuple):
    """What a folder holds."""

    tables: Tables
    generation: int
    """That the next record carries."""
    snapshot_size: int
    journal_end: int
    """Bytes of the journal that are good."""
    damaged: dict[str, bytes]
    """Name of a file → the part of it that cannot be kept as it is."""
    must_compact: bool
    """Snapshot and journal do not fit together as they lie there."""
    notices: list[str]


def _load(folder: Path) -> _Found:
    for _ in range(_READ_ATTEMPTS):
        before = files.identity(folder / SNAPSHOT)
        snapshot = files.read_bytes(folder / SNAPSHOT)
        journal = files.read_bytes(folder / JOURNAL)
        if files.identity(folder / SNAPSHOT) == before:
            return _replayed(folder, snapshot, journal)
    raise StoreError(f"{folder}: was changed by other programs each time it was read")


def _replayed(folder: Path, snapshot_bytes: bytes, journal_bytes: bytes) -> _Found:
    snapshot = records.read_snapshot(snapshot_bytes) if snapshot_bytes else records.Snapshot({}, 0, "")
    journal = records.scan(journal_bytes)
    newer = [commit for commit in journal.commits if commit.generation >= snapshot.generation]
    for commit in newer:
        apply(snapshot.tables, commit.delta)
    generation = max([snapshot.generation, *(commit.generation for commit in newer)])
    damaged, notices = {}, []
    if snapshot.fault:
        damaged[SNAPSHOT] = snapshot_bytes
        notices.append(f"{folder / SNAPSHOT} {snapshot.fault}")
    elif generation > snapshot.generation:
        notices.append(f"{folder / SNAPSHOT} is missing or older than {JOURNAL}: articles may be missing")
    if journal.fault:
        damaged[JOURNAL] = journal_bytes[journal.end :]
    if journal.fault == "damaged":  # an unfinished record may be a commit under way
        notices.append(f"{folder / JOURNAL} is damaged: {len(journal.commits)} commits could be read")
    return _Found(
        tables=snapshot.tables,
        generation=generation,
        snapshot_size=len(snapshot_bytes),
        journal_end=journal.end,
        damaged=damaged,
        must_compact=bool(snapshot.fault) or generation > snapshot.generation,
        notices=notices,
    )
