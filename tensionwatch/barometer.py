"""The state of the index over the chronicle and the store: kept up as news comes, never made anew for a look.

    Telling, articles ─take▶ events that are otherwise ─▶ Facts ─▶ Gauge of each region that has them
    store.days ──────────────────────────────────────────────────▶ how many articles there were

What is told only marks events; they are weighed when somebody looks, each once however often it was retold meanwhile.
So a cold reload that nobody watches pays next to nothing, and a look what has changed since the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from math import fsum
from typing import NamedTuple

import msgspec

from tensionwatch.chronicle import Chronicle
from tensionwatch.events.regions import Placed
from tensionwatch.index.facts import Clumps, Facts, Report, Said, facts, heard_by, report
from tensionwatch.index.gauge import FAMILIES, REACH, Gauge, Span, history_days, level_days
from tensionwatch.index.intensity import weigh
from tensionwatch.index.records import Coverage, Explained, RegionIndex, Weighed
from tensionwatch.index.voices import pairs
from tensionwatch.model import Event, Kind, Telling
from tensionwatch.store import Store

STEP = 50
"""Events weighed at once: 2 ms."""
REGIONS_STEP = 200
"""Events whose regions are found at once: 2 ms."""
LITTLE = 100
"""Events that a look may have to weigh first: 4 ms."""
SHOWN = 0.001
"""Parts of an intensity that are named."""


class _Told(msgspec.Struct, frozen=True, gc=False):
    """Of an article; decoding these fields takes 2 µs."""

    publisher: str
    effective: datetime | None
    flags: tuple[Said, ...] = ()
    wrong: tuple[Kind, ...] = ()


_tolds = msgspec.json.Decoder(_Told)


class _Known(NamedTuple):
    facts: Facts
    regions: tuple[str, ...]
    article: str
    """One of its reports."""


class _Month(NamedTuple):
    """A month that is taken in."""

    events: int
    last: int
    """Day of its newest article."""
    counts: bool
    """Is it of a history that anybody looks back to?"""
    tells: bool
    """Is it of a level's baseline?"""


class Barometer:
    """`regions` in their order; `regions_of` gives those of an event."""

    def __init__(
        self, store: Store, chronicle: Chronicle, regions: Sequence[str], regions_of: Callable[[Placed], Iterable[str]]
    ) -> None:
        self._store = store
        self._chronicle = chronicle
        self._regions_of = regions_of
        self._gauges = {region: Gauge() for region in regions}
        self._known: dict[str, _Known] = {}
        """Events that are hot."""
        self._waiting: dict[str, None] | None = None
        """Events that are otherwise than is known, and known no more; None until `prepare` has begun."""
        self._clumps = Clumps()
        self._months: dict[str, _Month] = {}
        """Those whose events are taken in."""
        self._has_months = False
        """All that were there are."""
        self._both: set[str] = set()
        """Events in a month's file whose reports are hot too, and tell them, or others, now: they do not count."""
        self._reports: dict[str, Report | None] = {}
        """Of articles, kept for when one more tells the same event."""
        self._today = 0

    # ---------------------------------------------------------------- keeping

    @property
    def is_ready(self) -> bool:
        """Has `prepare` been through, and has little come since?"""
        return self._has_months and self._waiting is not None and len(self._waiting) <= LITTLE

    def take(self, told: Telling, articles: Sequence[str]) -> None:
        """Hear what has changed in the events, and which articles have changed."""
        if self._waiting is not None:
            self._look_at_months()
        if (waiting := self._waiting) is None:
            return
        if months := self._store.months.known:
            newest = max(info.last for info in months.values())
            for article in articles:
                if (dated := self._store.dated(article)) is not None and dated.time <= newest:
                    self._come_back(article, waiting)
        for article in articles:
            self._reports.pop(article, None)
            self._set_aside(self._chronicle.told.ids_of(article))
        self._set_aside(told.gone)
        self._set_aside(event.id for event in told.events)

    def _look_at_months(self) -> None:
        """One that comes holds what was hot here; where one has lost events all is to be taken in anew."""
        known = self._store.months.known
        for month, was in self._months.items():
            if was.last >= self._today - REACH and (month not in known or known[month].events < was.events):
                self._waiting = None
                return
        if self._has_months:
            self._months = {
                month: self._months[month]._replace(events=info.events)
                if month in self._months
                else _Month(info.events, info.last.toordinal(), counts=True, tells=True)
                for month, info in known.items()
            }

    def _set_aside(self, events: Iterable[str]) -> None:
        """At once, so that of two events with one article that has changed neither keeps it as it was."""
        for event_id in events:
            if self._waiting is not None:
                self._waiting[event_id] = None
            self._drop(event_id)

    def _drop(self, event_id: str) -> None:
        if (known := self._known.pop(event_id, None)) is not None:
            self._clumps.count(known.facts, -1)
            for region in known.regions:
                self._gauges[region].drop(event_id)

    def prepare(self, now: datetime) -> Iterator[None]:
        """Take in what has not been looked at yet, in steps of a few milliseconds. Whoever asks before that is through
        waits for it (100,000 hot articles and two months of 20,000: 0.5 s)."""
        yield from self._take_in(now)
        for gauge in list(self._gauges.values()):  # each keeps what it finds: 2 ms, ten times as long as later
            span = self._span()
            gauge.surprises(span)
            gauge.level(span, self._articles_of, self._changes())
            yield

    def _take_in(self, now: datetime) -> Iterator[None]:
        self._turn(now)
        yield from self._store.count()
        yield from self._flush()
        for month in sorted(self._store.months.known):
            if month not in self._months and month in self._store.months.known:
                for number, event in enumerate(self._store.months.summary(month).events):
                    self._regions_of(event)  # keeps what it finds: 12 µs each time that it is another pair or place
                    if number % REGIONS_STEP == 0:
                        yield
            if month not in self._months and month in self._store.months.known:
                self._take_month(month)
                yield
        self._has_months = True
        yield from self._flush()

    def _turn(self, now: datetime) -> None:
        """Begin, or begin a day: what is too old for it is let go."""
        today = now.toordinal()
        if self._waiting is None or today < self._today:
            self._waiting = dict.fromkeys(event.id for event in self._chronicle.told)
            self._gauges = {region: Gauge() for region in self._gauges}
            for kept in (self._known, self._reports, self._clumps, self._months, self._both):
                kept.clear()
            self._has_months = False
        elif today > self._today:
            self._reports.clear()
            for event_id in [i for i, known in self._known.items() if known.facts.last < today - REACH]:
                self._drop(event_id)
        self._today = today

    def _flush(self) -> Iterator[None]:
        while waiting := self._waiting:
            for event_id in list(islice(waiting, STEP)):
                del waiting[event_id]
                self._put(event_id)
            yield

    def _put(self, event_id: str) -> None:
        event = self._chronicle.told.exactly(event_id)
        if event is None:
            self._leave(event_id)
            return
        found = facts(event, self._chronicle.told.ranks(event), self._report)
        if found is None or found.last < self._today - REACH:
            return
        known = _Known(self._recent(found), tuple(self._regions_of(event)), event.articles[0])
        self._known[event_id] = known
        self._clumps.count(known.facts, 1)
        for region in known.regions:
            self._gauges[region].put(event, known.facts)

    def _recent(self, found: Facts) -> Facts:
        """Without what no level asks for any more."""
        return found if found.last >= level_days(self._today).start else found._replace(tells=())

    def _report(self, article_id: str) -> Report | None:
        if article_id not in self._reports:
            raw = self._store.raw(article_id)
            self._reports[article_id] = None if raw is None else _report_of(_tolds.decode(raw))
        return self._reports[article_id]

    # ---------------------------------------------------------------- what lies in months

    def _take_month(self, month: str) -> None:
        info = self._store.months.known[month]
        last = info.last.toordinal()
        taken = _Month(info.events, last, last >= self._today - REACH, last >= level_days(self._today).start)
        self._months[month] = taken
        for event in self._store.months.summary(month).events if taken.counts else ():
            if event.article in self._store:
                self._both.add(event.id)
            else:
                self._count(self._in_month(event.facts, event, event.article, taken), 1)

    def _in_month(self, found: Facts, event: Placed, article: str, month: _Month) -> _Known:
        return _Known(found if month.tells else found._replace(tells=()), tuple(self._regions_of(event)), article)

    def _count(self, known: _Known, number: int) -> None:
        """Of one in a month."""
        self._clumps.count(known.facts, number)
        for region in known.regions:
            gauge = self._gauges[region]
            (gauge.add if number > 0 else gauge.subtract)(known.facts)

    def _leave(self, event_id: str) -> None:
        """An event is not told of what is hot any more: it may be in a month, since now or all along."""
        self._both.discard(event_id)
        if (known := self._archived(event_id)) is not None:
            if known.article in self._store:
                self._both.add(event_id)  # its reports tell others now
            else:
                self._count(known, 1)

    def _come_back(self, article_id: str, waiting: Container[str]) -> None:
        """A hot article, at once: it may be in a month too, with events that are counted there."""
        for event in self._store.months.events_of(article_id) if self._months else ():
            if event.id in self._both or (known := self._archived(event.id)) is None:
                continue
            self._both.add(event.id)
            if event.id not in waiting:  # else it has left since the last look, and was not counted there yet
                self._count(known, -1)

    def _archived(self, event_id: str) -> _Known | None:
        """What a month that is taken in says of it."""
        months = self._store.months
        where = months.month_with("events", event_id) if self._months else None
        month = self._months.get(where) if where is not None else None
        if month is None or not month.counts or (found := months.event(event_id)) is None:
            return None
        event, ranks = found
        known = facts(event, ranks or ((article, 0) for article in event.articles), self._archived_report)
        return None if known is None else self._in_month(known, event, event.articles[0], month)

    def _archived_report(self, article_id: str) -> Report | None:
        article = self._store.months.article(article_id)
        return None if article is None else report(article.publisher, article.effective, article.flags, article.wrong)

    # ---------------------------------------------------------------- asking

    def index(self, now: datetime, coverage: Mapping[str, Coverage]) -> list[RegionIndex]:
        """Of each region, in order."""
        for _ in self._take_in(now):
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
        for _ in self._take_in(now):
            pass
        gauge = self._gauges[region]
        span, changes = self._span(), self._changes()
        index = self._index(region, now, span, changes, coverage)
        listed = map(self._chronicle.event, gauge.events(self._today))
        events = [event for event in listed if event is not None]
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
        heard = heard_by(self._report)
        found: dict[str, list[tuple[datetime, str, str]]] = {family: [] for family in FAMILIES}
        for event in events:
            told = [(at, event.id, voice) for at, voice in pairs(event, heard) if at.toordinal() == self._today]
            found[event.family] += told
        return {family: tuple((event, voice) for _, event, voice in sorted(told)) for family, told in found.items()}

    def _span(self) -> Span:
        known = self._store.days.known
        history = history_days(self._today)
        recent = [day for day in level_days(self._today) if day in known and known[day].prompt]
        return Span(
            today=self._today,
            watched=tuple(day for day in history if day in known and known[day].prompt),
            recent=len(recent),
            whole=tuple(day for day in recent if known[day].articles > known[day].flagged),
            clump=self._clumps.of(history),
        )

    def _changes(self) -> int:
        return sum(map(self._store.days.changes, level_days(self._today)))

    def _articles_of(self, day: int) -> Mapping[str, int]:
        known = self._store.days.known.get(day)
        return {} if known is None else known.publishers


def _report_of(told: _Told) -> Report:
    return report(told.publisher, told.effective, told.flags, told.wrong)


def _largest(weighed: Iterable[Weighed]) -> tuple[Weighed, ...]:
    """Those that are shown, largest first."""
    return tuple(sorted((each for each in weighed if each.part >= SHOWN), key=lambda each: (-each.part, each.event)))
