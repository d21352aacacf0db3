"""The index of an archive, day by day, as it stood then. Pure.

    article, in order of time ──▶ ledger ──what it tells otherwise──▶ History ──▶ alarms, the moment they are raised
                                                                         └─▶ at the end of each day: Standing

Nothing looks ahead: an event has the reports, the parties and the status that it had when the day ended, and an alarm
is raised by the report that made the running day's count unlikely. Only the baseline is told anew, as it is in a
program that runs on: what is learnt later of an earlier day holds from then on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from math import log10
from typing import NamedTuple, TypeAlias

from tensionwatch.index.facts import Clumps, Facts, Report, facts, report
from tensionwatch.index.gauge import FAMILIES, Gauge, Span, history_days, level_days
from tensionwatch.index.level import level_of, usual_of
from tensionwatch.index.records import Level, Surprise
from tensionwatch.index.surprise import LEARNING
from tensionwatch.model import Article, Event, Telling

FLOOR = 1e-12
"""A tail is no less than this where it is averaged with others: one great day must not outweigh a year."""

Ranks: TypeAlias = Callable[[Event], Iterable[tuple[str, int]]]
"""(article, which of its standing flags of the family) of each report of an event."""


class Behind(NamedTuple):
    """An event that an alarm is about."""

    event: str
    article: str
    """Its first report."""
    pairs: int
    """Voices that were new on the day."""


class Alarm(NamedTuple):
    at: datetime
    """Effective time of the report that raised it."""
    region: str
    surprise: Surprise
    """Of the running day, as it stood then."""
    behind: tuple[Behind, ...]
    """Of most pairs first."""


class Standing(NamedTuple):
    """A region at the end of a day of UTC."""

    day: date
    region: str
    conflict: float
    cooperation: float
    level: Level
    surprises: tuple[Surprise, ...]
    """Of each family, in the order of `FAMILIES`."""

    @property
    def unlikely(self) -> float | None:
        """How unlikely its most surprising family was: −log10 of the larger tail, 3 at an alarm; None if learning."""
        known = [-log10(max(each.chance, FLOOR)) for each in self.surprises if each.days >= LEARNING]
        return max(known, default=None)


class _Known(NamedTuple):
    """Of an event that is in gauges."""

    facts: Facts
    regions: tuple[str, ...]
    first: str
    """Its first report."""


class History:
    """Takes in articles in order of effective time, each with what it has changed in the events, and a day's end."""

    def __init__(self, regions: Sequence[str], regions_of: Callable[[Event], Collection[str]], ranks: Ranks) -> None:
        """`regions_of` gives those of `regions` that an event belongs to, `ranks` the flags that tell it."""
        self._regions_of = regions_of
        self._ranks = ranks
        self._gauges = {region: Gauge() for region in regions}
        self._events: dict[str, _Known] = {}
        self._reports: dict[str, Report] = {}
        """Of flagged articles."""
        self._articles: dict[int, Counter[str]] = {}
        """Day → publisher → articles; the days are those that there is news of."""
        self._clumps = Clumps()
        self._raised: set[tuple[str, str, int]] = set()
        """Region, family and day of each alarm."""

    # ---------------------------------------------------------------- taking in

    def take(self, article: Article, telling: Telling) -> list[Alarm]:
        """An article, and what it changes in the events; gives the alarms that it raises. One that is undated counts
        nowhere. Articles come in order of effective time."""
        at = article.effective
        if at is None:
            return []
        self._articles.setdefault(at.toordinal(), Counter())[article.publisher] += 1
        if article.flags:
            self._reports[article.id] = report(article.publisher, at, article.flags, article.wrong)
        for event_id in (*telling.gone, *(event.id for event in telling.events)):
            self._drop(event_id)
        touched: dict[str, None] = {}
        for event in telling.events:
            touched |= dict.fromkeys(self._put(event))
        return [alarm for region in touched for alarm in self._alarms(region, at)]

    def _put(self, event: Event) -> tuple[str, ...]:
        """Gives its regions."""
        found = facts(event, self._ranks(event), self._reports.get)
        if found is None:
            return ()
        regions = tuple(self._regions_of(event))
        self._events[event.id] = _Known(found, regions, event.articles[0])
        self._clumps.count(found, 1)
        for region in regions:
            self._gauges[region].put(event, found)
        return regions

    def _drop(self, event_id: str) -> None:
        if (known := self._events.pop(event_id, None)) is not None:
            self._clumps.count(known.facts, -1)
            for region in known.regions:
                self._gauges[region].drop(event_id)

    # ---------------------------------------------------------------- asking

    def _alarms(self, region: str, at: datetime) -> Iterator[Alarm]:
        """Those of the running day that have not been raised yet."""
        today = at.toordinal()
        for found in self._gauges[region].surprises(self._span(today)):
            key = (region, found.family, today)
            if found.alarm and key not in self._raised:
                self._raised.add(key)
                yield Alarm(at, region, found, self._behind(region, found.family, today))

    def _behind(self, region: str, family: str, today: int) -> tuple[Behind, ...]:
        told = (
            Behind(event, known.first, known.facts.pairs.count(today))
            for event, known in self._events.items()
            if known.facts.family == family and region in known.regions
        )
        return tuple(sorted((each for each in told if each.pairs), key=lambda each: (-each.pairs, each.event)))

    def _span(self, today: int) -> Span:
        """Days without news lie in no baseline: nobody listened."""
        history = history_days(today)
        watched = tuple(day for day in history if day in self._articles)
        recent = tuple(day for day in level_days(today) if day in self._articles)
        return Span(
            today=today,
            watched=watched,
            recent=len(recent),
            whole=recent,
            clump=self._clumps.of(history),
        )

    def _articles_of(self, day: int) -> Mapping[str, int]:
        return self._articles.get(day, {})

    @property
    def days(self) -> list[date]:
        """Those that there is news of, oldest first."""
        return [date.fromordinal(day) for day in sorted(self._articles)]

    def standing(self, day: date) -> Iterator[Standing]:
        """Each region at the end of a day, of which all that came has been taken in."""
        end = datetime.combine(day, clock_time(), UTC) + timedelta(days=1)
        span = self._span(day.toordinal())
        for region, gauge in self._gauges.items():
            conflict, cooperation = gauge.intensity(end)[:2]
            level = gauge.level(span, self._articles_of, day.toordinal())
            surprises = {each.family: each for each in gauge.surprises(span)}
            yield Standing(day, region, conflict, cooperation, level, tuple(surprises[family] for family in FAMILIES))

    def levels(self, region: str, days: Sequence[date]) -> dict[date, float]:
        """Day → level against all these days, those alone on which it is known. The level of `standing` looks back two
        months and forgets what lasts longer; a published index has one base for all its years."""
        gauge = self._gauges[region]
        told = {
            day: gauge.told(day.toordinal(), self._articles_of) for day in days if day.toordinal() in self._articles
        }
        usual = usual_of(list(told.values()))
        found = {day: level_of(today, usual).value for day, today in told.items()}
        return {day: value for day, value in found.items() if value is not None}


def standings(
    articles: Iterable[Article], update: Callable[[Article], Telling], history: History
) -> Iterator[Alarm | Standing]:
    """All alarms and standings of articles in order of effective time, in order of time; `update` tells the ledger of
    an article. Days without news stand too."""
    day: date | None = None
    for article in articles:
        at = article.effective
        if at is None:
            continue
        while day is not None and day < at.date():
            yield from history.standing(day)
            day += timedelta(days=1)
        day = at.date()
        yield from history.take(article, update(article) if article.flags else NOTHING)
    if day is not None:
        yield from history.standing(day)


NOTHING = Telling(version=0)
