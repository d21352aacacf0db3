"""The newest of a store, in a file of its own, so that a screen shows it while the rest is being read.

    at the end, and now and then ─▶ glimpse.json: the newest events, their reports, all small tables
    a start ─▶ glimpse.json ─▶ do the files still begin as they did then? ─▶ + what the journal has since ─▶ `Glimpse`

It is a cache. It has the form of a snapshot, whose checksum tells whether it is whole, and says of which files it was
made: the snapshot by its size and its last line, in which is the checksum of all others, the journal by its length and
a checksum of its last bytes. Whatever else is found (a compaction since, a backup put in its place, damage, a clock
that went back) there is no glimpse, and a screen waits for the whole. So a crash costs that wait, and shows nothing
that is not so. 100,000 articles: 5 MB, read in 10 ms, where all of it takes 0.6 s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from heapq import nlargest
from pathlib import Path
from zlib import crc32

import msgspec
from msgspec import Raw

from tensionwatch import __version__
from tensionwatch.store import files, records
from tensionwatch.store.memory import Tables, apply
from tensionwatch.store.records import UNREADABLE
from tensionwatch.store.replay import JOURNAL, ROTATED, SNAPSHOT

GLIMPSE = "glimpse.json"
FROM = 16 << 20
"""Bytes of a store below which none is kept: all of it is read in 0.1 s."""
BACK = timedelta(days=8)
"""Events told of within so long are in it: a week's counters are, whenever it is looked at."""
LITTLE = 1 << 20
"""Bytes of journal that are read after a glimpse rather than taken into one: 5 ms."""
NEWEST = 1_000
"""And so many in any case, which a list of the newest needs."""

_ORIGIN = "_glimpse"
"""The table in which it says what it was made of."""
_END = 4096
"""Bytes: a snapshot's last line lies in so many, and by so many a journal is told from others."""


class Origin(msgspec.Struct, frozen=True):
    """Which files, and up to where."""

    program: str
    """Version of what made it: another one may read records otherwise."""
    at: datetime
    snapshot: tuple[int, int, str]
    """Its size, generation and checksum."""
    journal: tuple[int, int]
    """Bytes of it that are in, and the checksum of the last of these."""


class _Told(msgspec.Struct, frozen=True, gc=False):
    """Of an event what decides whether it is among the newest."""

    last_reported: datetime | None
    articles: tuple[str, ...]


_tolds = msgspec.json.Decoder(_Told)
_origins = msgspec.json.Decoder(Origin)


def newest(events: Mapping[int, Raw], now: datetime) -> dict[int, tuple[str, ...]]:
    """Of the documents in `events` the numbers of those that belong to a glimpse, each with its articles."""
    told = {number: _tolds.decode(raw) for number, raw in events.items()}
    dated = [(each.last_reported.timestamp(), number) for number, each in told.items() if each.last_reported]
    since = (now - BACK).timestamp()
    recent = {number for time, number in dated if time >= since}
    recent.update(number for _, number in nlargest(NEWEST, dated))
    return {number: told[number].articles for number in sorted(recent)}


def excerpt(
    tables: Mapping[str, Mapping[int, Raw]],
    article: Callable[[str], int | None],
    copies: Callable[[str], int | None],
    now: datetime,
) -> Tables:
    """What of a store's tables belongs to a glimpse; the others, which are small, whole. `article` and `copies` give
    the numbers of an article's documents."""
    found = {name: dict(table) for name, table in tables.items() if name not in ("articles", "copies", "events")}
    recent = newest(tables.get("events", {}), now)
    reports = dict.fromkeys(each for articles in recent.values() for each in articles)
    numbers = {"events": recent, "articles": map(article, reports), "copies": map(copies, reports)}
    for name, wanted in numbers.items():
        found[name] = {number: tables[name][number] for number in wanted if number is not None}
    return found


def kept(folder: Path) -> Origin | None:
    """What the glimpse that is there was made of. Raises StoreError."""
    if (file := files.open_to_read(folder / GLIMPSE)) is None:
        return None
    with closing(file):
        line = file.first(_END).partition(b"\n")[2].partition(b"\n")[0]
    try:
        return _origins.decode(line.removeprefix(b'"1": '))
    except UNREADABLE:
        return None


def is_small(folder: Path) -> bool:
    """Is all of it read at once? Raises StoreError."""
    found = (files.identity(folder / name) for name in (SNAPSHOT, ROTATED, JOURNAL))
    return sum(each[2] for each in found if each is not None) < FROM


def origin_of(folder: Path, at: datetime) -> Origin | None:
    """Of the files as they are now, which nobody changes meanwhile; None where they are small, or being compacted, or
    the glimpse that is there is nearly theirs. Raises StoreError."""
    if is_small(folder) or files.exists(folder / ROTATED):
        return None
    journal, snapshot = files.open_to_read(folder / JOURNAL), _snapshot_of(folder)
    if journal is None or snapshot is None:
        return None
    with closing(journal):
        origin = Origin(__version__, at, snapshot, (journal.size, crc32(journal.rest(max(0, journal.size - _END)))))
    return None if _is_near(kept(folder), origin) else origin


def _is_near(before: Origin | None, now: Origin) -> bool:
    """Is there so little since that it is not worth writing a few megabytes?"""
    return (
        before is not None
        and (before.program, before.snapshot) == (now.program, now.snapshot)
        and 0 <= now.journal[0] - before.journal[0] < LITTLE
        and before.at <= now.at
    )


def writer(folder: Path, tables: Tables, origin: Origin) -> Callable[[], None]:
    """What writes it, in any thread; that raises StoreUnwritable."""
    path = folder / GLIMPSE
    whole = {_ORIGIN: {1: Raw(msgspec.json.encode(origin))}, **tables}
    return lambda: files.put_in_place(
        files.write_beside(path, records.snapshot_pieces(whole, origin.snapshot[1])), path
    )


def tables_in(folder: Path, now: datetime) -> Tables | None:
    """Those of the glimpse, with all that has been committed since; None where it is not of the files that are there.
    Raises StoreError."""
    found = records.read_snapshot(files.read_bytes(folder / GLIMPSE))
    origin = _origin_in(found)
    if origin is None or origin.program != __version__ or origin.at > now:
        return None
    # In this order: a journal that has lost its name to a compaction is still the one that follows that snapshot.
    if (journal := files.open_to_read(folder / JOURNAL)) is None:
        return None
    with closing(journal):
        if _snapshot_of(folder) != origin.snapshot or files.exists(folder / ROTATED):
            return None
        end, checksum = origin.journal
        known = min(end, _END)
        data = journal.rest(end - known)
    if len(data) < known or crc32(data[:known]) != checksum:
        return None
    since = records.scan(data[known:])
    if since.fault == "damaged" or any(commit.generation != origin.snapshot[1] for commit in since.commits):
        return None
    for commit in since.commits:
        apply(found.tables, commit.delta)
    return found.tables


def _origin_in(found: records.Snapshot) -> Origin | None:
    raw = found.tables.pop(_ORIGIN, {}).get(1)
    if found.fault or raw is None:
        return None
    try:
        return _origins.decode(raw)
    except UNREADABLE:
        return None


def _snapshot_of(folder: Path) -> tuple[int, int, str] | None:
    if (file := files.open_to_read(folder / SNAPSHOT)) is None:
        return None
    with closing(file):
        head = records.head_of(file.rest(max(0, file.size - _END)))
        return None if head is None else (file.size, head.generation, head.crc32)
