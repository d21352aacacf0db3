"""What another process appends to a store, read as it comes.

    has_changed   four stats: is anything otherwise than at the last look?
    read_on       the commits since, in order             Lost: the files are no longer those that were read so far
    load          everything, whole

The journal is held open, so that a rotation takes nothing away: it is read to its end, whatever its name is by then,
and the journal that has its name from then on is the next. Each record must be of the generation that was expected, the
last one read must still stand where it stood, a snapshot must be the one that follows from a rotation that was seen,
and the folder must be the same: it is held open too, or another might get its inode. Whatever else is found (a record
that was taken back, a store compacted while it was closed, a backup put in its place, ten compactions while this
process was stopped) is Lost.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tensionwatch.errors import StoreError
from tensionwatch.store import files, records
from tensionwatch.store.memory import Delta
from tensionwatch.store.replay import JOURNAL, ROTATED, SNAPSHOT, Found, Place, load

_ATTEMPTS = 10
"""A journal that was read whole may have lost both its names before it is opened again."""
_END = 4096
"""Bytes in which a snapshot's last line lies."""


class Lost(Exception):
    """The commits since cannot be told: everything is to be loaded anew."""


class _Seen(NamedTuple):
    """The files, in the order in which they are looked at: a journal moves from one name to the next."""

    folder: int | None
    snapshot: files.Identity | None
    journal: files.Identity | None
    rotated: files.Identity | None


class Tail:
    """A place in a store's files, and what comes after it. `load` first; where it has raised StoreError, `close` and
    load again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: _Seen | None = None
        """None where it is to be looked again, whatever is seen."""
        self._home: files.Readable | None = None
        self._file: files.Readable | None = None
        self._place = Place(None, None, 0, 0, b"")
        self._generation = 0
        self._rotated = False
        """The snapshot is to be replaced by one of the present generation."""
        self._damage: tuple[int | None, int] | None = None
        """(inode, offset) of what is damaged and has been so when all was loaded."""
        self._doubted: tuple[int | None, int] | None = None
        """Of what looked damaged once: a record that is being written may."""

    @property
    def is_stuck(self) -> bool:
        """Is the next record damaged, so that nothing after it can be told?"""
        return self._damage is not None and self._damage == self._here

    @property
    def _here(self) -> tuple[int | None, int]:
        return self._place.journal, self._place.end

    def has_changed(self) -> bool:
        return self._look() != self._seen

    def load(self) -> Found:
        """All that there is; `read_on` gives what comes after it."""
        self.close()
        for _ in range(_ATTEMPTS):
            seen = self._look()
            found = load(self._folder)
            if self._open(seen.folder, found.place.journal):
                break
            self.close()
        else:
            raise StoreError(f"{self._folder}: was changed by other programs each time it was read")
        self._place, self._generation, self._rotated = found.place, found.generation, found.rotated
        self._seen = seen
        return found

    def close(self) -> None:
        self._seen = self._doubted = None
        held, self._home, self._file = (self._home, self._file), None, None
        for each in held:
            if each is not None:
                each.close()

    def read_on(self) -> list[Delta]:
        """What was committed since; a record that is not whole yet is waited for. Raises Lost."""
        seen = self._look()
        if self._home is None or self._home.inode != seen.folder:  # as a backup is put in place
            raise Lost
        if self._file is None:  # no journal was there
            raise Lost
        found = self._whole_records()
        if self._is_succeeded(seen):
            if self._doubted or self.is_stuck or self._rotated or not self._place.end:
                raise Lost  # what comes next need not be the next generation: an empty journal may just be made again
            self._turn_to_next(seen)
            found += self._whole_records()
        self._check_snapshot(seen)
        self._seen = None if self._doubted else seen
        return found

    # ---------------------------------------------------------------- looking

    def _look(self) -> _Seen:
        folder = files.identity(self._folder)
        found = (files.identity(self._folder / name) for name in (SNAPSHOT, JOURNAL, ROTATED))
        return _Seen(folder and folder[0], *found)

    def _whole_records(self) -> list[Delta]:
        """From the place on."""
        place = self._place
        data = self._file.rest(place.last) if self._file is not None else b""
        known = place.end - place.last
        if len(data) < known or not data.startswith(place.head):
            raise Lost
        fresh = data[known:]
        found = records.scan(fresh)
        if any(commit.generation != self._generation for commit in found.commits):
            raise Lost
        if found.commits:
            head = fresh[found.last :][: records.FRAME_HEAD]
            self._place = place._replace(end=place.end + found.end, last=place.end + found.last, head=head)
        self._doubt(is_damaged=found.fault == "damaged")
        return [commit.delta for commit in found.commits]

    def _doubt(self, *, is_damaged: bool) -> None:
        """Damage is believed at the second look, and loading finds no way past it either."""
        if not is_damaged or self.is_stuck:
            self._doubted = None
        elif self._doubted != self._here:
            self._doubted = self._here
        else:
            self._damage = self._here
            raise Lost

    # ---------------------------------------------------------------- rotation

    def _is_succeeded(self, seen: _Seen) -> bool:
        """Has another journal taken the place of this one? While that is empty and this one still has a name, commits
        may come to this one."""
        journal, rotated = (found and found[0] for found in (seen.journal, seen.rotated))
        if self._place.journal not in (journal, rotated) and rotated is not None:
            raise Lost  # that is the next one, and may have been followed by another already
        if journal in (None, self._place.journal):
            return False
        return rotated != self._place.journal or (seen.journal is not None and seen.journal[2] > 0)

    def _turn_to_next(self, seen: _Seen) -> None:
        before, self._file = self._file, None
        if before is not None:
            before.close()
        self._file = files.open_to_read(self._folder / JOURNAL)
        if self._file is None or seen.journal is None or self._file.inode != seen.journal[0]:
            raise Lost
        self._place = Place(self._place.snapshot, self._file.inode, 0, 0, b"")
        self._generation += 1
        self._rotated = True

    def _check_snapshot(self, seen: _Seen) -> None:
        if seen.snapshot == self._place.snapshot:
            return
        is_ours = seen.journal is not None and seen.journal[0] == self._place.journal
        if not self._rotated or not is_ours or self._generation_of_snapshot() != self._generation:
            raise Lost
        self._place = self._place._replace(snapshot=seen.snapshot)
        self._rotated = False

    def _generation_of_snapshot(self) -> int | None:
        file = files.open_to_read(self._folder / SNAPSHOT)
        if file is None:
            return None
        try:
            head = records.head_of(file.rest(max(0, file.size - _END)))
        finally:
            file.close()
        return None if head is None else head.generation

    def _open(self, folder: int | None, journal: int | None) -> bool:
        """The folder and the journal that were read; False where they have no name any more."""
        self._home = files.open_to_read(self._folder)
        if (self._home and self._home.inode) != folder:
            return False
        for name in (JOURNAL, ROTATED) if journal is not None else ():
            file = files.open_to_read(self._folder / name)
            if file is not None and file.inode == journal:
                self._file = file
                return True
            if file is not None:
                file.close()
        return journal is None
