"""What a store's folder holds: snapshot and journals put together, and whether they fit.

store.json, generation 7      journal.old 7 7 7      journal.log 8 8          as a compaction leaves them under way
store.json, generation 8      journal.old 7 7 7      journal.log 8 8          journal.old is in the snapshot already
store.json, generation 8                             journal.log 8 8 8        at rest
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeAlias

from tensionwatch.errors import StoreError
from tensionwatch.store import files, records
from tensionwatch.store.memory import Tables, apply

SNAPSHOT = "store.json"
ROTATED = "journal.old"
JOURNAL = "journal.log"

Reading: TypeAlias = Callable[[float], None]
"""Hears, in the thread that reads, which share is read; what it raises ends the reading."""

_BYTES_READ, _SNAPSHOT_READ = 0.25, 0.75
"""Shares of a load that are done with these."""
_READ_ATTEMPTS = 10
"""A writer compacts once in megabytes of news; ten of them during one read is no accident."""


def in_silence(_: float) -> None:
    """Nobody waits for it."""


class Place(NamedTuple):
    """Up to where a folder was read."""

    snapshot: files.Identity | None
    journal: int | None
    """Inode of the file that the records come last in, whatever its name; None where there is none."""
    end: int
    """Bytes of it that are good."""
    last: int
    """Where the last good record begins."""
    head: bytes
    """How it begins."""


class Found(NamedTuple):
    """What a folder holds."""

    tables: Tables
    generation: int
    """That the next record carries."""
    snapshot_size: int
    journal_end: int
    """Bytes of the journal that are good."""
    rotated: bool
    """A journal before the present one is not in the snapshot yet."""
    moved_away: bool
    """The present journal has the name of the one before: a compaction ended at its first step."""
    damaged: dict[str, bytes]
    """Name of a file → the part of it that cannot be kept as it is."""
    must_compact: bool
    """The files do not fit together as they lie there."""
    notices: list[str]
    place: Place


def load(folder: Path, reading: Reading = in_silence) -> Found:
    """The folder as it is at one moment, though a writer may be at work. Raises StoreError."""
    for _ in range(_READ_ATTEMPTS):
        before = _identities(folder)
        # The journal before the one before it: while that is empty, commits may still go there.
        snapshot, journal, rotated = (files.read_bytes(folder / name) for name in (SNAPSHOT, JOURNAL, ROTATED))
        if _identities(folder) == before:
            reading(_BYTES_READ)
            found = _replayed(folder, snapshot, rotated, journal, reading)
            last = before.rotated if found.moved_away else before.journal
            return found._replace(place=found.place._replace(snapshot=before.snapshot, journal=last))
    raise StoreError(f"{folder}: was changed by other programs each time it was read")


class _Identities(NamedTuple):
    """Differ once a compaction has taken a step. A journal that only grew is the same."""

    snapshot: files.Identity | None
    rotated: int | None
    journal: int | None


def _identities(folder: Path) -> _Identities:
    rotated, journal = files.identity(folder / ROTATED), files.identity(folder / JOURNAL)
    return _Identities(files.identity(folder / SNAPSHOT), rotated and rotated[0], journal and journal[0])


def _replayed(
    folder: Path, snapshot_bytes: bytes, rotated_bytes: bytes, journal_bytes: bytes, reading: Reading
) -> Found:
    snapshot = records.read_snapshot(snapshot_bytes) if snapshot_bytes else records.Snapshot({}, 0, "")
    reading(_SNAPSHOT_READ)
    rotated, journal = records.scan(rotated_bytes), records.scan(journal_bytes)
    moved_away = not journal_bytes and _holds_more(rotated, snapshot)
    if moved_away:
        rotated, journal, journal_bytes = records.scan(b""), rotated, rotated_bytes
    before, since = (
        [commit for commit in found.commits if commit.generation >= snapshot.generation] for found in (rotated, journal)
    )
    for commit in (*before, *since):
        apply(snapshot.tables, commit.delta)
    is_rotated = _holds_more(rotated, snapshot)
    fitting = snapshot.generation + is_rotated
    generation = max([fitting, *(commit.generation + 1 for commit in before), *(commit.generation for commit in since)])
    damaged, notices = {}, []
    if snapshot.fault:
        damaged[SNAPSHOT] = snapshot_bytes
        notices.append(f"{folder / SNAPSHOT} {snapshot.fault}")
    elif generation > fitting:
        notices.append(f"{folder / SNAPSHOT} is missing or older than {JOURNAL}: articles may be missing")
    if is_rotated and rotated.fault:
        damaged[ROTATED] = rotated_bytes[rotated.end :]
        notices.append(_damaged(folder / ROTATED, rotated))
    if journal.fault:
        damaged[JOURNAL] = journal_bytes[journal.end :]
    if journal.fault == "damaged":  # an unfinished record may be a commit under way
        notices.append(_damaged(folder / JOURNAL, journal))
    return Found(
        tables=snapshot.tables,
        generation=generation,
        snapshot_size=len(snapshot_bytes),
        journal_end=journal.end,
        rotated=is_rotated,
        moved_away=moved_away,
        damaged=damaged,
        must_compact=bool(snapshot.fault) or generation > fitting or ROTATED in damaged,
        notices=notices,
        place=Place(None, None, journal.end, journal.last, journal_bytes[journal.last :][: records.FRAME_HEAD]),
    )


def _holds_more(rotated: records.Scan, snapshot: records.Snapshot) -> bool:
    """Is there anything that the snapshot does not hold? If its first record cannot be read, there may be."""
    return any(commit.generation >= snapshot.generation for commit in rotated.commits) or (
        not rotated.commits and bool(rotated.fault)
    )


def _damaged(path: Path, found: records.Scan) -> str:
    return f"{path} is damaged: {len(found.commits)} commits could be read"
