"""The durable storage: a snapshot and a journal of the commits since, in a folder that one process may write.

    open       lock ─▶ store.json + journals replayed ─▶ what is damaged set aside ─▶ compaction if the journal outgrew
    append     one record at the end of journal.log ─▶ fsync, at once or within a second with others (log.py)
    compaction journal.log ─▶ journal.old, a new journal.log ─▶ a child: store.json + journal.old ─▶ store.json.new,
               fsync ─▶ store.json ─▶ journal.old removed; commits go on meanwhile
    write      store.json.new, fsync ─▶ store.json ─▶ journal.log emptied, journal.old removed

Every record carries the generation of the snapshot that it follows. A crash between any two steps leaves files that
replay.py puts together: records of a generation older than the snapshot's are in it already. A reader needs no lock: it
takes what is whole, and starts again where a compaction took a step while it read. TinyDB's own storage rewrites its
file in place: of 200 runs that were killed, 22 left it unreadable.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from threading import RLock

from tensionwatch.clock import Clock, SystemClock
from tensionwatch.errors import StoreError, StoreNewer, StoreUnwritable
from tensionwatch.store import files, records
from tensionwatch.store.background import Compactor, Syncer
from tensionwatch.store.fold import Child, FilesDamaged, Folding
from tensionwatch.store.log import Log
from tensionwatch.store.memory import Delta, MemoryJournal, Tables
from tensionwatch.store.replay import JOURNAL as JOURNAL
from tensionwatch.store.replay import ROTATED as ROTATED
from tensionwatch.store.replay import SNAPSHOT as SNAPSHOT
from tensionwatch.store.replay import Found, Reading, in_silence, load

LOCK = "lock"

COMPACT_FROM = 8 << 20
"""Bytes of journal below which compacting is not worth it: replaying them takes 14 ms."""
COMPACT_SHARE = 4
"""And a journal may be a fourth of the snapshot: four bytes are then written for each that was committed, and opening
takes a quarter more memory at most."""

_PATIENCE = 5.0
"""Seconds that closing waits for a compaction to end: runs that are short (`poll --once`) would else never end one."""


def locked(folder: Path) -> files.Lock:
    """The right to write a store in the folder, which is made if need be. Raises StoreLocked, StoreUnwritable."""
    files.make_folder(folder)
    return files.Lock(folder / LOCK)


def most_journal(snapshot_size: int) -> int:
    """Bytes that a journal may have before it is folded into a snapshot of that size."""
    return max(COMPACT_FROM, snapshot_size // COMPACT_SHARE)


def _anything(tables: Tables) -> None:
    """Accept whatever the tables hold."""


class JournalStorage(MemoryJournal):
    """A TinyDB storage in a folder.

    `check` sees the tables before anything is written, and raises if they are not to be touched; a damaged snapshot is
    not believed to be of a newer version (StoreNewer). `notices` says in
    words what was found wrong and what was done about it; it grows when a compaction fails. Where `background` is
    false nothing is done by itself: the owner calls `sync` and walks `compaction`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        read_only: bool = False,
        check: Callable[[Tables], None] = _anything,
        clock: Clock | None = None,
        background: bool = True,
        folding: Callable[[], Folding] = Child,
        lock: files.Lock | None = None,
        reading: Reading = in_silence,
    ) -> None:
        """`lock` is that of the folder, where the caller has it already; `reading` hears which share is read.

        Raises StoreLocked, StoreUnwritable, or StoreError when it cannot be read."""
        super().__init__()
        self.notices: list[str] = []
        self._folder = folder
        self._clock = clock or SystemClock()
        self._lock = lock
        self._log: Log | None = None
        self._appended = 0
        self._in_doubt = False
        self._moved_away = False
        """The journal has the name of the one before already."""
        self._rotated = False
        """There is a journal before the present one that the snapshot does not hold."""
        self._switching = RLock()
        """Held while a record is appended, and while another journal takes the place of the present one."""
        self._background = background
        self._put_off = False
        self._syncer = Syncer(self.sync)
        self._compactor = Compactor(self.compaction, folding, self._compaction_failed)
        try:
            if not read_only:
                self._lock = self._lock or locked(folder)
            found = load(folder, reading)
            try:
                check(found.tables)
            except StoreNewer:
                if SNAPSHOT not in found.damaged:  # else a flipped bit says so, and all is set aside as it was
                    raise
            self._tables, self._generation = found.tables, found.generation
            self._snapshot_size = found.snapshot_size
            self.notices += found.notices
            if not read_only:
                self._open_to_write(found)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Make everything durable and give the store up to other writers. Raises StoreUnwritable where that failed."""
        self._compactor.stop(_PATIENCE)
        self._syncer.stop()
        log, lock = self._log, self._lock
        self._log = self._lock = None
        try:
            if log is not None:
                log.close()
        finally:
            if lock is not None:
                lock.close()

    def end_compaction(self) -> None:
        """Let one that is under way come to its end, but no longer than closing does."""
        self._compactor.stop(_PATIENCE)

    @property
    def generation(self) -> int:
        """Of the records that are appended now."""
        return self._generation

    @property
    def appended(self) -> int:
        """How many commits were made since opening."""
        return self._appended

    @property
    def synced(self) -> int:
        """How many of them, from the first, are durable. For the thread that commits."""
        return self._appended - (self._log.unsynced if self._log is not None else 0)

    @property
    def trouble(self) -> str:
        """Why commits that did not wait for the disk could not be made durable so far; empty when they could."""
        return self._syncer.trouble

    def sync(self) -> None:
        """All commits made before are durable on return. Raises StoreUnwritable."""
        self._writable().sync()

    # -------------------------------------------------------------- opening

    def _open_to_write(self, found: Found) -> None:
        for name, damaged in found.damaged.items():
            aside = files.set_aside(self._folder / name, damaged, self._clock.now())
            self.notices.append(f"{len(damaged)} bytes of {name} that could not be read as they are lie in {aside}")
        files.discard_unfinished(self._folder / SNAPSHOT)
        self._rotated = found.rotated
        if found.moved_away:
            files.rename(self._folder / ROTATED, self._folder / JOURNAL)
            files.make_durable(self._folder)
        elif not found.rotated:
            files.discard(self._folder / ROTATED)
        self._log = Log(self._folder / JOURNAL, found.journal_end)
        if found.must_compact:
            try:
                self.compact()
            except StoreUnwritable as error:  # the files still give all that they gave now
                self._compaction_failed(error)
        self._compact_if_due()

    # -------------------------------------------------------------- commits

    def _keep(self, delta: Delta, *, durable: bool) -> None:
        self._writable()
        if self._in_doubt:
            self._keep_all(self._tables)
        with self._switching:
            record = records.frame(records.Commit.of(delta, self._generation))
            self._writable().append(record, durable=durable)
            self._appended += 1
        if not durable and self._background:
            self._syncer.wake()
        self._compact_if_due()

    def _keep_all(self, tables: Tables) -> None:
        self._writable()
        self._compactor.stop()
        snapshot = self._folder / SNAPSHOT
        if self._moved_away:
            self._rotate()
        fresh = files.write_beside(snapshot, records.snapshot_pieces(tables, self._generation + 1))
        # From here until all is done a failure leaves open which snapshot is on disk. Records of this generation would
        # be lost beside the next one, so the next commit starts with a snapshot of what is in memory.
        self._in_doubt = True
        self._generation += 1
        files.put_in_place(fresh, snapshot)
        self._writable().clear()
        self._without_rotated()
        self._in_doubt = False

    def _writable(self) -> Log:
        if self._log is None:
            raise StoreUnwritable(f"{self._folder}: cannot be written: it was opened for reading, or is closed")
        return self._log

    # -------------------------------------------------------------- compaction

    def compact(self) -> None:
        """Fold the journal into the snapshot, now. Raises StoreUnwritable."""
        self._keep_all(self._tables)

    @property
    def compacting(self) -> bool:
        """Is the journal being folded in at this moment?"""
        return self._compactor.running

    def compaction(self, folding: Folding) -> Generator[None]:
        """Fold the journal into the snapshot in steps, between which commits may come and a crash may strike.

        Raises StoreUnwritable, FoldFailed; what was done by then stays, and the next one goes on from there."""
        if not self._rotated:
            self._rotate_away()
            yield
            self._rotate()
            yield
        snapshot = self._folder / SNAPSHOT
        with files.new_beside(snapshot) as (fresh, fd):
            folding.run(snapshot, self._folder / ROTATED, self._generation, fd)
        yield
        files.put_in_place(fresh, snapshot)
        yield
        self._without_rotated()
        yield

    def _rotate_away(self) -> None:
        """The journal gets the name of the one before; commits still go to it."""
        if not self._moved_away:
            files.rename(self._folder / JOURNAL, self._folder / ROTATED)
            self._moved_away = True
        files.make_durable(self._folder)

    def _rotate(self) -> None:
        """Commits go to a new journal, and belong to the next generation; the one before is durable."""
        fresh = Log(self._folder / JOURNAL, 0)
        with self._switching:
            before = self._writable()
            try:
                before.sync()
            except StoreUnwritable:
                fresh.close()
                raise
            self._log = fresh
            self._generation += 1
            self._moved_away, self._rotated = False, True
        before.close()

    def _without_rotated(self) -> None:
        """The snapshot holds the journal before this one: that goes."""
        files.discard(self._folder / ROTATED)  # should a crash bring it back, its generation tells that it is old
        self._rotated = False
        found = files.identity(self._folder / SNAPSHOT)
        self._snapshot_size = found[2] if found else 0

    def put_off_compaction(self, *, put_off: bool) -> None:
        """Begin none in the background, or do where one is due by now."""
        self._put_off = put_off
        if not put_off and self._log is not None:
            self._compact_if_due()

    def _compact_if_due(self) -> None:
        outgrown = self._writable().size > most_journal(self._snapshot_size)
        if self._background and not self._put_off and (outgrown or self._rotated):
            self._compactor.start()

    def _compaction_failed(self, error: StoreError) -> None:
        """Snapshot and journals still give all, only more slowly."""
        if isinstance(error, FilesDamaged):
            self._in_doubt = True  # and memory alone has all: the next commit writes it down
        notice = f"{JOURNAL} could not be folded into {SNAPSHOT}: {error}"
        if notice not in self.notices:
            self.notices.append(notice)
