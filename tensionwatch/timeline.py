"""The series of all regions and pairs, kept up as news comes, over what is hot and what lies in months (series.py).

    chronicle ──Telling──▶ waiting ─┐
    files of months ───events──────┴▶ Mark ─▶ Strand of each region and pair

Nothing is taken in before somebody asks: `prepare` does so in steps of a few milliseconds, between which things may
change (of 100,000 articles 6,000 events: 0.07 s). From then on a change costs what it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from tensionwatch.chronicle import Chronicle
from tensionwatch.events.regions import Placed
from tensionwatch.exchange import Group
from tensionwatch.model import Event, Telling
from tensionwatch.series import YEAR, Mark, PairRecord, Series, Strand, Subject, Watched, pair_of
from tensionwatch.store import Store
from tensionwatch.store.months import MonthInfo

STEP = 50
"""Events taken in at once: 2 ms."""
LITTLE = 100
"""Events that a look may have to take in first: 4 ms."""
BEFORE = YEAR + timedelta(days=30)
"""Months that ended longer ago are left out: of what they hold, 15 half-lives on, nothing is left in any intensity."""


class _Known(NamedTuple):
    mark: Mark
    subjects: tuple[Subject, ...]


class Timeline:
    """`regions_of` gives the regions of an event."""

    def __init__(self, store: Store, chronicle: Chronicle, regions_of: Callable[[Placed], Iterable[str]]) -> None:
        self._store = store
        self._chronicle = chronicle
        self._regions_of = regions_of
        self._strands: dict[Subject, Strand] = {}
        self._known: dict[str, _Known] = {}
        self._waiting: dict[str, None] | None = None
        """Hot events that are otherwise than is known, and such as are hot no more; None until somebody asks."""
        self._months: dict[str, MonthInfo] = {}
        """Those that are taken in, as they were then."""
        self._of_month: dict[str, tuple[str, ...]] = {}
        self._watched: tuple[int, Watched] = (-1, Watched(()))

    # ---------------------------------------------------------------- keeping

    def take(self, told: Telling) -> None:
        """Hear what has changed in the events."""
        if self._waiting is not None:
            self._waiting.update(dict.fromkeys(told.gone))
            self._waiting.update(dict.fromkeys(event.id for event in told.events))

    def is_ready(self, now: datetime) -> bool:
        """May it be asked without a wait?"""
        return (
            self._waiting is not None
            and len(self._waiting) <= LITTLE
            and not any(True for _ in self._stale_months(now))
            and not any(month not in self._store.months.known for month in self._months)
        )

    def prepare(self, now: datetime) -> Iterator[float]:
        """Take in what has not been taken in yet, in steps; gives the share that is done."""
        if self._waiting is None:
            self._waiting = dict.fromkeys(event.id for event in self._chronicle.told)
        for _ in self._store.count():
            yield 0.0
        for month in [month for month in self._months if month not in self._store.months.known]:
            self._drop_month(month)
        months = list(self._stale_months(now))
        total = sum(info.events for info in months) + len(self._waiting) or 1
        done = 0
        for info in months:
            for count in self._take_month(info):
                yield min(1.0, (done + count) / total)
            done += info.events
        while waiting := self._waiting:
            for event_id in list(islice(waiting, STEP)):
                del waiting[event_id]
                self._put(event_id)
            done += STEP
            if len(waiting) > LITTLE:  # else news at every step would keep it from ever ending
                yield min(1.0, done / total)
        yield 1.0

    def _stale_months(self, now: datetime) -> Iterator[MonthInfo]:
        """Months that are not taken in as they are now."""
        known = self._store.months.known
        since = now - BEFORE
        return (info for month, info in known.items() if info.last >= since and self._months.get(month) != info)

    def _take_month(self, info: MonthInfo) -> Iterator[int]:
        """Gives how many of its events are taken in."""
        self._drop_month(info.month)
        found: dict[str, None] = {}
        for number, event in enumerate(self._store.months.events(info.month)):
            if number % STEP == STEP - 1:
                yield number
            if self._chronicle.told.exactly(event.id) is None and self._know(event):
                found[event.id] = None
        self._of_month[info.month] = tuple(found)
        self._months[info.month] = info

    def _drop_month(self, month: str) -> None:
        self._months.pop(month, None)
        for event_id in self._of_month.pop(month, ()):
            if self._chronicle.told.exactly(event_id) is None:
                self._drop(event_id)

    def _put(self, event_id: str) -> None:
        event = self._chronicle.told.exactly(event_id)
        if event is None and (archived := self._store.months.event(event_id)) is not None:
            event = archived[0]  # it has left for a month, or came back from it and is told otherwise now
        if event is None:
            self._drop(event_id)
        else:
            self._know(event)

    def _know(self, event: Event) -> bool:
        """Has it happened?"""
        mark = Mark.of(event)
        pair = pair_of(event)
        subjects: tuple[Subject, ...] = (*self._regions_of(event), *([pair] if pair is not None else ()))
        known = self._known.get(event.id)
        if mark is not None and known == (mark, subjects):
            return True
        self._drop(event.id)
        if mark is None:
            return False
        self._known[event.id] = _Known(mark, subjects)
        for subject in subjects:
            self._strand(subject).put(mark)
        return True

    def _drop(self, event_id: str) -> None:
        if (known := self._known.pop(event_id, None)) is not None:
            for subject in known.subjects:
                self._strands[subject].drop(known.mark)

    def _strand(self, subject: Subject) -> Strand:
        if (strand := self._strands.get(subject)) is None:
            strand = self._strands[subject] = Strand()
        return strand

    # ---------------------------------------------------------------- asking

    def series(self, subject: Subject, edges: tuple[datetime, ...], now: datetime) -> Series:
        """Over these stretches; see `Strand.series`."""
        self._catch_up(now)
        return self._strands.get(subject, _NOTHING).series(edges, now, self._watched_days())

    def records(self, now: datetime) -> list[PairRecord]:
        """Of each pair that anything happened between in the last 365 days."""
        self._catch_up(now)
        watched = self._watched_days()
        pairs = ((subject, strand) for subject, strand in self._strands.items() if not isinstance(subject, str))
        records = (strand.record(pair, now, watched) for pair, strand in pairs)
        return [record for record in records if record.conflict.year or record.cooperation.year]

    def number(self, subject: Subject, since: datetime, until: datetime, now: datetime) -> int:
        """How many events happened from then up to `until`."""
        self._catch_up(now)
        return self._strands.get(subject, _NOTHING).number(since, until)

    def between(
        self, subject: Subject, since: datetime, until: datetime, now: datetime, group: Group | None = None
    ) -> list[str]:
        """Ids of what happened from then up to `until`, newest first."""
        self._catch_up(now)
        return self._strands.get(subject, _NOTHING).between(since, until, group)

    def _catch_up(self, now: datetime) -> None:
        if self._waiting is None or self._waiting or not self.is_ready(now):
            for _ in self.prepare(now):
                pass

    def _watched_days(self) -> Watched:
        if self._watched[0] != self._store.revision:
            known = self._store.days.known
            self._watched = self._store.revision, Watched(day for day, each in known.items() if each.prompt)
        return self._watched[1]


_NOTHING = Strand()
"""Of whom nothing is known."""
