"""What has changed since one last looked: counts that have risen, events that are new or told otherwise. Pure.

The first snapshot counts as looked at. Marks stay until the user says that all of it was seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from tensionwatch.exchange import Group, RegionRow, Window
from tensionwatch.model import Event, Status

Numbers = Mapping[tuple[Group, Window], int]

REMEMBERED = 500
"""Events that are remembered as they were seen, the last told of; those before them count as seen."""


class _Told(NamedTuple):
    """Of an event what makes it another where it changes."""

    status: Status
    publishers: int


class Seen(NamedTuple):
    """All that is remembered; of events nothing until they were looked at for the first time."""

    numbers: Mapping[str, Numbers] = {}
    events: Mapping[str, _Told] | None = None
    since: datetime | None = None
    """When it was looked at."""
    floor: datetime | None = None
    """Events last told of before this count as seen."""


class Looked:
    def __init__(self) -> None:
        self.seen = Seen()

    @property
    def since(self) -> datetime | None:
        """When the user last looked."""
        return self.seen.since

    def update(self, rows: Iterable[RegionRow], events: Sequence[Event] = (), now: datetime | None = None) -> None:
        """Take in a snapshot with its newest events, REMEMBERED of them at most. Counts fall as windows slide: what has
        fallen rises from there."""
        numbers = dict(self.seen.numbers)
        for row in rows:
            current = _numbers(row)
            before = numbers.get(row.region.id, current)
            numbers[row.region.id] = {cell: min(n, before[cell]) for cell, n in current.items()}
        self.seen = self.seen._replace(numbers=numbers)
        if self.seen.events is None and now is not None:
            self.seen = _seen(numbers, events, now)

    def acknowledge(self, rows: Iterable[RegionRow], events: Sequence[Event], now: datetime) -> Seen:
        """The user has seen all of this. Gives what was remembered before, for `seen` to take it back."""
        before = self.seen
        self.seen = _seen({row.region.id: _numbers(row) for row in rows}, events, now)
        return before

    def risen(self, row: RegionRow, group: Group, window: Window) -> bool:
        looked = self.seen.numbers.get(row.region.id)
        return looked is not None and row.counts[group][window].events > looked[group, window]

    def any_risen(self, rows: Iterable[RegionRow]) -> bool:
        return any(self.risen(row, group, window) for row in rows for group in Group for window in Window)

    def is_new(self, event: Event) -> bool:
        """Has it come since, has another status now, or is it told by more publishers?"""
        if self.seen.events is None:
            return False
        known = self.seen.events
        told = known.get(event.id)
        if told is not None:
            return told.status is not event.status or len(event.publishers) > told.publishers
        if any(alias in known for alias in event.aliases):
            return False
        floor = self.seen.floor
        return floor is None or event.last_reported is None or event.last_reported >= floor


def _seen(numbers: Mapping[str, Numbers], events: Sequence[Event], now: datetime) -> Seen:
    known = {event.id: _Told(event.status, len(event.publishers)) for event in events}
    dated = [event.last_reported for event in events if event.last_reported is not None]
    floor = min(dated, default=None) if len(events) >= REMEMBERED else None
    return Seen(numbers, known, now, floor)


def _numbers(row: RegionRow) -> dict[tuple[Group, Window], int]:
    return {(group, window): row.counts[group][window].events for group in Group for window in Window}
