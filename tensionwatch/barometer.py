"""The state of the index over the chronicle and the store: kept up as news comes, never made anew for a look.

    Telling, articles ─take▶ events that are otherwise ─▶ Facts ─▶ Gauge of each region that has them
    store.days ──────────────────────────────────────────────────▶ how many articles there were

What is told only marks events; they are weighed when somebody looks, each once however often it was retold meanwhile.
So a cold reload that nobody watches pays next to nothing, and a look what has changed since the last one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from math import fsum
from sys import intern
from typing import NamedTuple

import msgspec

from tensionwatch.chronicle import Chronicle
from tensionwatch.index.gauge import FAMILIES, Facts, Gauge, Span, Tells, baseline_days
from tensionwatch.index.intensity import weigh
from tensionwatch.index.level import tells_of_conflict
from tensionwatch.index.records import Coverage, Explained, RegionIndex, Weighed
from tensionwatch.index.voices import pairs
from tensionwatch.model import Event, Kind, Status, Telling
from tensionwatch.store import Store

STEP = 50
"""Events weighed at once: 2 ms."""
SHOWN = 0.001
"""Parts of an intensity that are named."""


class _Said(msgspec.Struct, frozen=True, gc=False):
    """Of a flag."""

    kind: Kind
    code: str
    status: Status


class _Told(msgspec.Struct, frozen=True, gc=False):
    """Of an article; decoding these fields takes 2 µs."""

    publisher: str
    effective: datetime | None
    flags: tuple[_Said, ...] = ()
    wrong: tuple[Kind, ...] = ()


class _Report(NamedTuple):
    """What an article is to the events that it tells."""

    heard: tuple[datetime | None, str]
    """When, and whose it is."""
    conflict: tuple[tuple[str, int], ...]
    """Family, and which of the article's standing flags of it tells of conflict."""


_tolds = msgspec.json.Decoder(_Told)


class Barometer:
    """`regions` in their order; `regions_of` gives those of an event."""

    def __init__(
        self, store: Store, chronicle: Chronicle, regions: Sequence[str], regions_of: Callable[[Event], Iterable[str]]
    ) -> None:
        self._store = store
        self._chronicle = chronicle
        self._regions_of = regions_of
        self._gauges = {region: Gauge() for region in regions}
        self._known: dict[str, tuple[Facts, tuple[str, ...]]] = {}
        """Event → its facts and regions."""
        self._waiting: dict[str, None] | None = None
        """Events that are otherwise than the gauges know, and in none of them; None until `prepare` has begun."""
        self._reports: dict[str, _Report | None] = {}
        """Of articles, kept for when one more tells the same event."""
        self._today = 0

    # ---------------------------------------------------------------- keeping

    def take(self, told: Telling, articles: Iterable[str]) -> None:
        """Hear what has changed in the events, and which articles have changed."""
        if self._waiting is None:
            return
        for article in articles:
            self._reports.pop(article, None)
            self._set_aside(self._chronicle.told.ids_of(article))
        self._set_aside(told.gone)
        self._set_aside(event.id for event in told.events)

    def _set_aside(self, events: Iterable[str]) -> None:
        """At once, so that of two events with one article that has changed neither keeps it as it was."""
        for event_id in events:
            if self._waiting is not None:
                self._waiting[event_id] = None
            self._drop(event_id)

    def _drop(self, event_id: str) -> None:
        if (known := self._known.pop(event_id, None)) is not None:
            for region in known[1]:
                self._gauges[region].drop(event_id)

    def prepare(self, now: datetime) -> Iterator[None]:
        """Take in what has not been looked at yet, in steps of a few milliseconds. Whoever asks before that is through
        waits for it."""
        self._turn(now)
        yield from self._store.count()
        while waiting := self._waiting:
            for event_id in list(islice(waiting, STEP)):
                del waiting[event_id]
                self._put(event_id)
            yield

    def _turn(self, now: datetime) -> None:
        """Begin, or begin a day: what is too old for it is let go."""
        today = now.astimezone(UTC).toordinal()
        if self._waiting is None or today < self._today:
            self._waiting = dict.fromkeys(event.id for event in self._chronicle.told)
            self._gauges = {region: Gauge() for region in self._gauges}
            self._known.clear()
            self._reports.clear()
        elif today > self._today:
            self._reports.clear()
            for event_id in [i for i, (facts, _) in self._known.items() if facts.last < baseline_days(today).start]:
                self._drop(event_id)
        self._today = today

    def _put(self, event_id: str) -> None:
        event = self._chronicle.told.exactly(event_id)
        if event is None or event.last_reported is None:
            return
        if (last := event.last_reported.toordinal()) < baseline_days(self._today).start:
            return
        facts = Facts(event.family, last, self._pairs(event), tuple(self._tells(event)))
        regions = tuple(self._regions_of(event))
        self._known[event_id] = (facts, regions)
        for region in regions:
            self._gauges[region].put(event, facts)

    def _pairs(self, event: Event) -> tuple[int, ...]:
        return tuple(at.toordinal() for at, _ in pairs(event, self._heard))

    def _tells(self, event: Event) -> Iterator[Tells]:
        done = set()
        for article, rank in self._chronicle.told.ranks(event):
            report = self._report(article)
            if report is None or (event.family, rank) not in report.conflict or article in done:
                continue
            at, publisher = report.heard
            if at is not None:
                done.add(article)
                yield Tells(article, at.toordinal(), publisher)

    def _heard(self, article_id: str) -> tuple[datetime | None, str] | None:
        report = self._report(article_id)
        return None if report is None else report.heard

    def _report(self, article_id: str) -> _Report | None:
        if article_id not in self._reports:
            raw = self._store.raw(article_id)
            self._reports[article_id] = None if raw is None else _report_of(_tolds.decode(raw))
        return self._reports[article_id]

    # ---------------------------------------------------------------- asking

    def index(self, now: datetime, coverage: Mapping[str, Coverage]) -> list[RegionIndex]:
        """Of each region, in order."""
        for _ in self.prepare(now):
            pass
        span, changes = self._span(), self._changes()
        return [self._index(region, now, span, changes, coverage[region]) for region in self._gauges]

    def _index(self, region: str, now: datetime, span: Span, changes: int, coverage: Coverage) -> RegionIndex:
        gauge = self._gauges[region]
        conflict, cooperation, trend = gauge.intensity(now)
        return RegionIndex(
            region=region,
            at=now,
            conflict=conflict,
            cooperation=cooperation,
            trend=trend,
            level=gauge.level(span, self._articles_of, changes),
            surprises=gauge.surprises(span),
            yesterday=gauge.alarms_of_yesterday(span),
            history_days=len(span.watched),
            learning=span.is_learning,
            coverage=coverage,
        )

    def explain(self, region: str, now: datetime, coverage: Coverage) -> Explained:
        """What the region's numbers open into. Raises KeyError where there is no such region."""
        gauge = self._gauges[region]
        for _ in self.prepare(now):
            pass
        span, changes = self._span(), self._changes()
        index = self._index(region, now, span, changes, coverage)
        events = [event for event_id in gauge.events if (event := self._chronicle.event(event_id)) is not None]
        weighed = [each for event in events if (each := weigh(event, now)) is not None]
        conflict = _largest(each for each in weighed if each.score < 0)
        cooperation = _largest(each for each in weighed if each.score > 0)
        return Explained(
            index=index,
            conflict=conflict,
            cooperation=cooperation,
            rest=index.conflict - fsum(each.part for each in conflict),
            cooperation_rest=index.cooperation - fsum(each.part for each in cooperation),
            pairs=self._todays_pairs(events),
            days={family: gauge.counts(family, span) for family in FAMILIES},
            publishers=gauge.steady(span, self._articles_of, changes),
        )

    def _todays_pairs(self, events: Iterable[Event]) -> dict[str, tuple[tuple[str, str], ...]]:
        found: dict[str, list[tuple[datetime, str, str]]] = {family: [] for family in FAMILIES}
        for event in events:
            told = [(at, event.id, voice) for at, voice in pairs(event, self._heard) if at.toordinal() == self._today]
            found[event.family] += told
        return {family: tuple((event, voice) for _, event, voice in sorted(told)) for family, told in found.items()}

    def _span(self) -> Span:
        known = self._store.days.known
        days = [(day, known[day]) for day in baseline_days(self._today) if day in known]
        watched = [(day, count) for day, count in days if count.prompt]
        return Span(
            self._today,
            tuple(day for day, _ in watched),
            tuple(day for day, count in watched if count.articles > count.flagged),
        )

    def _changes(self) -> int:
        return sum(map(self._store.days.changes, baseline_days(self._today)))

    def _articles_of(self, day: int) -> Mapping[str, int]:
        known = self._store.days.known.get(day)
        return {} if known is None else known.publishers


def _report_of(told: _Told) -> _Report:
    ranks = Counter[str]()
    conflict = []
    for flag in told.flags:
        if flag.kind not in told.wrong:
            if tells_of_conflict(flag.kind, flag.code, flag.status):
                conflict.append((flag.kind.family, ranks[flag.kind.family]))
            ranks[flag.kind.family] += 1
    return _Report((told.effective, intern(told.publisher)), _SAME.setdefault(found := tuple(conflict), found))


_SAME: dict[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]] = {}
"""One for all reports alike: there are a few dozen."""


def _largest(weighed: Iterable[Weighed]) -> tuple[Weighed, ...]:
    """Those that are shown, largest first."""
    return tuple(sorted((each for each in weighed if each.part >= SHOWN), key=lambda each: (-each.part, each.event)))
