"""What happened, in the order of time: of a region or a pair of countries, how many events in each stretch of a span,
how intense conflict was at the end of each, what a pair's record is. Pure state.

    Event ─▶ Mark ─▶ Strand of each of its regions, and of its pair ─▶ Series, PairRecord

A strand keeps its marks sorted by time, so that a count is the distance of two places in a list: 365 days of a region
cost as many looks as there are stretches, however many events there are. Conflict and cooperation stand side by side,
neither is ever taken from the other.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise
from math import fsum
from statistics import median
from typing import NamedTuple, TypeAlias

import msgspec

from tensionwatch.events.goldstein import acted, event_score
from tensionwatch.exchange import Group
from tensionwatch.index.intensity import HALF_LIFE, credence
from tensionwatch.model import Event, Record

YEAR = timedelta(days=365)
"""How far back anything here looks."""
FADED = 60 * HALF_LIFE
"""After which nothing is left of an event's part in an intensity."""
MONTHS = 12
"""Of a pair's trend, of 30 days each, the last of which ends now."""
MONTH = timedelta(days=30)
LEAST_INCIDENTS = 3
"""Between which an interval is called usual."""
LEAST_DAYS = 28
"""Watched before the last 30, for a month to be held against what is usual."""


class Span(StrEnum):
    """What a plot looks back over."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"
    YEAR = "365d"

    @property
    def step(self) -> str:
        """What each of its stretches is called."""
        return {"24h": "hour", "7d": "6 hours", "30d": "day", "90d": "day", "365d": "week"}[self.value]


class Windows(NamedTuple):
    """A count over each of the spans that a pair is told in, ending now."""

    day: int
    week: int
    month: int
    year: int


LENGTHS = Windows(*(int(timedelta(days=days).total_seconds()) for days in (1, 7, 30, 365)))
"""Seconds of each."""


class Series(Record, frozen=True, kw_only=True):
    """Of one region or pair; every tuple has as many members as there are stretches, `len(edges) - 1`."""

    edges: tuple[datetime, ...]
    """Stretch n goes from edges[n] up to, and without, edges[n + 1]. The last one has begun and has not ended."""
    events: dict[str, tuple[int, ...]]
    """Group → events that happened in each stretch; every group is there."""
    conflict: tuple[int, ...]
    """Events of conflict."""
    cooperation: tuple[int, ...]
    conflict_intensity: tuple[float, ...]
    """At the end of each stretch, the last one as of now."""
    cooperation_intensity: tuple[float, ...]
    watched: tuple[bool, ...]
    """Was there news of any day of the stretch while it was news? Where not, zero events mean nothing."""
    since: datetime | None
    """When the first day began that was watched; None where none was."""


class PairRecord(Record, frozen=True, kw_only=True):
    """What stands between two countries, in the last 365 days."""

    pair: tuple[str, str]
    conflict: Windows
    cooperation: Windows
    last: datetime | None
    """When the last of these events was, on either side."""
    last_incident: datetime | None
    usual_interval: float | None
    """Median seconds between one border incident and the next; None of fewer than three."""
    trend: tuple[int, ...]
    """Events on both sides in each of twelve stretches of 30 days, the last of which ends now."""
    usual: float | None
    """Events of conflict in 30 days on average, over what was watched of the year before the last 30; None where that
    is less than 28 days."""

    @property
    def change(self) -> float | None:
        """By how many events the last 30 days' conflict differs from what is usual."""
        return None if self.usual is None else self.conflict.month - self.usual


Pair: TypeAlias = tuple[str, str]
"""Two countries, in order."""
Subject: TypeAlias = str | Pair
"""What a series is of: a region's id, or a pair."""


def pair_of(event: Event) -> Pair | None:
    """None where a side is not known."""
    if event.actor is None or event.recipient is None or event.actor == event.recipient:
        return None
    one, other = sorted((event.actor, event.recipient))
    return one, other


# ------------------------------------------------------------------ time


def edges(span: Span, now: datetime, zone: tzinfo | None) -> tuple[datetime, ...]:
    """The stretches of a span on a clock in this zone (None: the machine's): full hours, quarters of a day, days or
    weeks from Monday on. The last one holds `now`; with it they reach back at least as far as the span says."""
    here = now.astimezone(zone)
    if span is Span.DAY:
        hour = now - timedelta(minutes=here.minute, seconds=here.second, microseconds=here.microsecond)
        return tuple(hour + timedelta(hours=number) for number in range(-24, 2))
    days = int(span.value.removesuffix("d"))
    day = here.date() - timedelta(days=days)
    if span is Span.YEAR:
        day -= timedelta(days=day.weekday())
    hours, step = (0, 6, 12, 18) if span is Span.WEEK else (0,), timedelta(days=7 if span is Span.YEAR else 1)
    found: list[datetime] = []
    while not found or found[-1] <= now:
        for each in hours:
            at = datetime.combine(day, time(each), zone).astimezone(now.tzinfo)
            if not found or found[-1] <= now:
                found.append(at)
        day += step
    return tuple(found[max(0, bisect_right(found, now - timedelta(days=days)) - 1) :])


def months(now: datetime, zone: tzinfo | None) -> tuple[datetime, ...]:
    """The last twelve months on a calendar in this zone, the running one the last of them."""
    here = now.astimezone(zone)
    last = here.year * 12 + here.month
    firsts = ((count // 12, count % 12 + 1) for count in range(last - MONTHS, last + 1))
    return tuple(datetime(year, month, 1, tzinfo=zone).astimezone(now.tzinfo) for year, month in firsts)


# ------------------------------------------------------------------ what is kept


class Mark(msgspec.Struct, frozen=True, gc=False):
    """Of an event what a series needs; times are seconds since 1970."""

    event: str
    group: Group
    happened: float | None
    acted: float
    """When it counts as conflict or cooperation: a visit called off does when that was said, and has not happened."""
    worth: float
    """Its part in an intensity when it is new, below zero for conflict."""

    @classmethod
    def of(cls, event: Event) -> Mark | None:
        """None of what has not happened."""
        at, happened = acted(event), event.happened
        if at is None:
            return None
        return cls(
            event.id,
            Group.of(event.kind),
            happened.timestamp() if happened is not None else None,
            at.timestamp(),
            event_score(event) / 10 * credence(event),
        )


_Point: TypeAlias = tuple[float, str, float]
"""When, which event, and what it is worth to an intensity when it is new."""


class _Path(NamedTuple):
    """An intensity at the ends of stretches that are over."""

    edges: tuple[datetime, ...]
    values: tuple[float, ...]


class Strand:
    """The marks of one region or pair."""

    def __init__(self) -> None:
        self.groups: dict[Group, list[_Point]] = {group: [] for group in Group}
        self.conflict: list[_Point] = []
        self.cooperation: list[_Point] = []
        self._paths: dict[bool, _Path] = {}
        self._kept: tuple[float, float, PairRecord] | None = None
        """From when until when a record holds, where nothing comes."""

    def __len__(self) -> int:
        return len(self.conflict) + len(self.cooperation)

    def put(self, mark: Mark) -> None:
        """Take in one that is not there."""
        for listed, point in self._points(mark):
            insort(listed, point)
        self._forget(mark)

    def drop(self, mark: Mark) -> None:
        """Take out one that is there."""
        for listed, point in self._points(mark):
            del listed[bisect_left(listed, point)]
        self._forget(mark)

    def _forget(self, mark: Mark) -> None:
        self._paths.pop(mark.worth < 0, None)
        self._kept = None

    def _points(self, mark: Mark) -> Iterator[tuple[list[_Point], _Point]]:
        if mark.happened is not None:
            yield self.groups[mark.group], (mark.happened, mark.event, abs(mark.worth))
        if mark.worth:
            yield self.conflict if mark.worth < 0 else self.cooperation, (mark.acted, mark.event, abs(mark.worth))

    # ---------------------------------------------------------------- asking

    def series(self, edges: tuple[datetime, ...], now: datetime, watched: Watched) -> Series:
        """Over these stretches, of which the last one holds `now`: what comes after it enters none."""
        ends = [edge.timestamp() for edge in edges]
        ends[-1] = min(ends[-1], _after(now))
        return Series(
            edges=edges,
            events={group.value: _counts(listed, ends) for group, listed in self.groups.items()},
            conflict=_counts(self.conflict, ends),
            cooperation=_counts(self.cooperation, ends),
            conflict_intensity=self._path(edges, now, conflict=True),
            cooperation_intensity=self._path(edges, now, conflict=False),
            watched=watched.of(edges, now),
            since=watched.since,
        )

    def number(self, since: datetime, until: datetime) -> int:
        """Of the events that happened from then up to, and without, `until`."""
        return sum(_to(listed, until.timestamp()) - _to(listed, since.timestamp()) for listed in self.groups.values())

    def between(self, since: datetime, until: datetime, group: Group | None = None) -> list[str]:
        """Ids of the events that happened, or acted, from then up to and without `until`, newest first."""
        lists: Iterable[Sequence[_Point]] = (
            (*self.groups.values(), self.conflict, self.cooperation) if group is None else (self.groups[group],)
        )
        start, end = since.timestamp(), until.timestamp()
        found: dict[str, float] = {}
        for listed in lists:
            for at, event, *_ in listed[bisect_left(listed, (start,)) : bisect_left(listed, (end,))]:
                found.setdefault(event, at)
        return sorted(found, key=lambda event: (found[event], event), reverse=True)

    def _path(self, edges: tuple[datetime, ...], now: datetime, *, conflict: bool) -> tuple[float, ...]:
        """What is over does not change but by what comes: it is kept, and the running stretch added."""
        parts = self.conflict if conflict else self.cooperation
        over = edges[:-1]
        path = self._paths.get(conflict)
        if path is None or path.edges != over:
            path = self._paths[conflict] = _Path(over, tuple(intensities(parts, over)))
        at, begun = now.timestamp(), over[-1].timestamp()
        fresh = parts[bisect_left(parts, (begun,)) : bisect_left(parts, (_after(now),))]
        last = path.values[-1] * _decay(at - begun) + fsum(worth * _decay(at - when) for when, _, worth in fresh)
        return (*path.values[1:], last)

    def record(self, pair: Pair, now: datetime, watched: Watched) -> PairRecord:
        """Kept until something comes, or leaves one of the windows."""
        at = now.timestamp()
        if self._kept is not None and self._kept[0] <= at < self._kept[1]:
            return self._kept[2]
        record = self._record(pair, now, watched)
        self._kept = (at, min(self._until(at), at + _HOLDS), record)
        return record

    def _record(self, pair: Pair, now: datetime, watched: Watched) -> PairRecord:
        end = _after(now)
        before = max(0, now.toordinal() - YEAR.days), now.toordinal() - MONTH.days
        days = watched.number(*before)
        conflict = _windows(self.conflict, now)
        latest = (side[n - 1][0] for side in (self.conflict, self.cooperation) if (n := _to(side, end)))
        last = max(latest, default=None)
        incidents = self.groups[Group.INCIDENT]
        times = [when for when, *_ in incidents[_to(incidents, end - YEAR.total_seconds()) : _to(incidents, end)]]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        steps = [end - MONTH.total_seconds() * back for back in range(MONTHS, -1, -1)]
        trends = [_counts(side, steps) for side in (self.conflict, self.cooperation)]
        return PairRecord(
            pair=pair,
            conflict=conflict,
            cooperation=_windows(self.cooperation, now),
            last=_time(last, now) if last is not None else None,
            last_incident=_time(times[-1], now) if times else None,
            usual_interval=median(gaps) if len(times) >= LEAST_INCIDENTS else None,
            trend=tuple(a + b for a, b in zip(*trends, strict=True)),
            usual=(conflict.year - conflict.month) / days * MONTH.days if days >= LEAST_DAYS else None,
        )

    def _until(self, at: float) -> float:
        """When time alone changes a record: when the next event leaves a window, or comes."""
        found = []
        for side in (self.conflict, self.cooperation):
            for length in LENGTHS:
                if (n := _to(side, at - length)) < len(side):
                    found.append(side[n][0] + length)
            if (n := _to(side, _next(at))) < len(side):
                found.append(side[n][0])
        return min(found, default=float("inf"))


_HOLDS = 3600.0
"""Seconds after which a record is made anew in any case: its trend's months move along with time."""


class Watched:
    """On which days of UTC (ordinals) news came while it was news."""

    def __init__(self, days: Iterable[int]) -> None:
        self._days = sorted(days)
        self._set = frozenset(self._days)
        self._kept: tuple[tuple[tuple[datetime, ...], int], tuple[bool, ...]] | None = None

    @property
    def since(self) -> datetime | None:
        """When the first of them began."""
        return None if not self._days else datetime.fromordinal(self._days[0]).replace(tzinfo=UTC)

    def of(self, edges: tuple[datetime, ...], now: datetime) -> tuple[bool, ...]:
        """Any day of each of these stretches, of which the last has begun and not ended?"""
        today = now.astimezone(UTC).toordinal()
        asked = (edges, today)
        if self._kept is None or self._kept[0] != asked:  # all series of a screen have the same
            first = [edge.astimezone(UTC).toordinal() for edge in edges]
            ends = [(edge - timedelta(microseconds=1)).astimezone(UTC).toordinal() for edge in edges]
            found = (
                any(day in self._set for day in range(first[n], min(ends[n + 1], today) + 1))
                for n in range(len(edges) - 1)
            )  # fmt: skip
            self._kept = (asked, tuple(found))
        return self._kept[1]

    def number(self, first: int, last: int) -> int:
        """Of the days from the first up to, and without, the last."""
        return bisect_left(self._days, last) - bisect_left(self._days, first)


# ------------------------------------------------------------------ counting


def intensities(parts: Sequence[_Point], at: Sequence[datetime]) -> Iterator[float]:
    """Σ worth · 2^(−age / 48 h) of what came before each of these times, which are in order."""
    times = [each.timestamp() for each in at]
    begin = bisect_left(parts, (times[0] - FADED.total_seconds(),))
    total, before = 0.0, times[0]
    for number, now in enumerate(times):
        end = bisect_left(parts, (now,))
        fresh = fsum(worth * _decay(now - when) for when, _, worth in parts[begin:end])
        total = fresh if number == 0 else total * _decay(now - before) + fresh
        begin, before = end, now
        yield total


def _counts(listed: Sequence[_Point], ends: Sequence[float]) -> tuple[int, ...]:
    if not listed:
        return (0,) * (len(ends) - 1)
    places = [bisect_left(listed, (end,)) for end in ends]
    return tuple(later - earlier for earlier, later in pairwise(places))


def _windows(listed: Sequence[_Point], now: datetime) -> Windows:
    """Both ends of a window belong to it, as in the counters."""
    end, at = _to(listed, _after(now)), now.timestamp()
    return Windows(*(end - _to(listed, at - length) for length in LENGTHS))


def _to(listed: Sequence[_Point], end: float) -> int:
    """How many are before that moment."""
    return bisect_left(listed, (end,))


def _after(now: datetime) -> float:
    return _next(now.timestamp())


def _next(at: float) -> float:
    """What happened this moment has happened: the next one ends it."""
    return at + 1e-6


def _decay(age: float) -> float:
    return float(0.5 ** (age / HALF_LIFE.total_seconds()))


def _time(at: float, like: datetime) -> datetime:
    return datetime.fromtimestamp(at, like.tzinfo)
