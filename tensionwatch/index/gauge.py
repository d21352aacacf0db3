"""The state of one region's index: events in, numbers out; kept up event by event. Pure.

    Facts of an event ─┬▶ Sums                                   intensity, trend
                       ├▶ family → day → pairs, events           surprise
                       └▶ day → publisher → articles telling     level

Days are ordinals of UTC. What depends on the baseline alone is kept until a day of it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, TypeAlias

from tensionwatch.index.facts import Facts, Tells
from tensionwatch.index.intensity import Sums
from tensionwatch.index.level import Usual, level_of, steady, unknown, usual_of
from tensionwatch.index.records import Level, Surprise
from tensionwatch.index.surprise import GUARD, LEARNING, LONGEST, W, stretch, surprise
from tensionwatch.model import Event, Kind

ArticlesOf: TypeAlias = Callable[[int], Mapping[str, int]]
"""How many articles each publisher had on a day."""
FAMILIES = tuple(dict.fromkeys(kind.family for kind in Kind))
REACH = GUARD.days + LONGEST
"""Days before the running one that the index looks back to."""
INTENSE = 60
"""Days after which nothing is left of an event's part in an intensity: 30 half-lives."""


class Span(NamedTuple):
    """The days that a look is about."""

    today: int
    watched: tuple[int, ...]
    """Of the history before the guard, those that there is news of, oldest first."""
    recent: int
    """How many of these are of the level's baseline."""
    whole: tuple[int, ...]
    """Those of them of which unflagged articles are known too: only there is a share of the news."""
    clump: float
    """Of all events, whatever the region; see surprise.py."""

    @property
    def is_learning(self) -> bool:
        return len(self.watched) < LEARNING


def history_days(today: int) -> range:
    """Those that a day's surprise may be held against."""
    return range(today - REACH, today - GUARD.days)


def level_days(today: int) -> range:
    """Those that its level is held against."""
    return range(today - GUARD.days - W, today - GUARD.days)


class Gauge:
    """One region."""

    def __init__(self) -> None:
        self._facts: dict[str, Facts] = {}
        self._sums = Sums()
        self._counts: dict[str, dict[int, list[int]]] = {family: {} for family in FAMILIES}
        """Family → day → pairs, events."""
        self._telling: dict[str, tuple[int, Tells]] = {}
        """Article → of how many events of the region it tells conflict."""
        self._told: dict[int, dict[str, int]] = {}
        """Day → publisher → such articles."""
        self._surprises: dict[str, Surprise] = {}
        self._yesterdays: dict[str, Surprise] = {}
        self._usual: Usual | None = None
        self._span = Span(0, (), 0, (), 0.0)
        """That `_surprises` and `_usual` are of."""
        self._changes = 0
        """Of the articles that `_usual` is of."""

    # ---------------------------------------------------------------- keeping

    def put(self, event: Event, facts: Facts) -> None:
        """Take in an event that is not known."""
        self._sums.put(event)
        self._facts[event.id] = facts
        self.add(facts)

    def drop(self, event_id: str) -> None:
        """Forget an event, if it is known."""
        if (facts := self._facts.pop(event_id, None)) is not None:
            self._sums.drop(event_id)
            self.subtract(facts)

    def add(self, facts: Facts) -> None:
        """Of an event that is too old for an intensity."""
        self._count(facts, 1)
        for tells in facts.tells:
            times, told = self._telling.get(tells.article, (0, tells))
            self._telling[tells.article] = (times + 1, told)
            if not times:
                self._tell(tells, 1)

    def subtract(self, facts: Facts) -> None:
        """Of one that was added."""
        self._count(facts, -1)
        for tells in facts.tells:
            times, told = self._telling.pop(tells.article)
            if times > 1:
                self._telling[tells.article] = (times - 1, told)
            else:
                self._tell(told, -1)

    def _count(self, facts: Facts, number: int) -> None:
        counts = self._counts[facts.family]
        for day in facts.pairs:
            counts.setdefault(day, [0, 0])[0] += number
        for day in set(facts.pairs):
            counts[day][1] += number
            if not counts[day][1]:
                del counts[day]
        if facts.pairs:
            self._surprises.pop(facts.family, None)
            self._yesterdays.pop(facts.family, None)

    def _tell(self, tells: Tells, number: int) -> None:
        told = self._told.setdefault(tells.day, {})
        told[tells.publisher] = told.get(tells.publisher, 0) + number
        if tells.day != self._span.today:
            self._usual = None

    # ---------------------------------------------------------------- asking

    def intensity(self, now: datetime) -> tuple[float, float, tuple[float, ...]]:
        """Conflict, cooperation, and the trend of conflict."""
        trend = self._sums.trend(now)
        return trend[-1], self._sums.cooperation(now), trend

    def surprises(self, span: Span) -> tuple[Surprise, ...]:
        """Of each family, most surprising first."""
        self._look(span)
        for family in FAMILIES:
            if family not in self._surprises:
                self._surprises[family] = self._surprise(family, span)
        return tuple(sorted(self._surprises.values(), key=_least_likely))

    def alarms_of_yesterday(self, span: Span) -> tuple[Surprise, ...]:
        """Held against the days that were its history, as far as they are known today."""
        watched = tuple(day for day in span.watched if day < span.today - 1 - GUARD.days)
        before = span._replace(today=span.today - 1, watched=watched)
        self._look(span)
        for family in FAMILIES:
            if family not in self._yesterdays and before.today in self._counts[family]:
                self._yesterdays[family] = self._surprise(family, before)
        told = map(self._yesterdays.get, FAMILIES)
        return tuple(each for each in told if each is not None and each.alarm)

    def _surprise(self, family: str, span: Span) -> Surprise:
        known = self._counts[family]
        count, events = known.get(span.today, _NONE)
        before = [known.get(day, _NONE) for day in span.watched]
        return surprise(
            family,
            date.fromordinal(span.today),
            count,
            events,
            [pairs for pairs, _ in before],
            [number for _, number in before],
            span.clump,
        )

    def level(self, span: Span, articles_of: ArticlesOf, changes: int) -> Level:
        """`changes` is another number wherever `articles_of` says otherwise of a day of the baseline."""
        if span.recent >= LEARNING > len(span.whole):
            flagged_alone = span.recent - len(span.whole)
            return unknown(
                f"of {flagged_alone} of the {span.recent} days before only flagged articles are kept; a share of the "
                "news needs all of it (backtest --into with --all)"
            )
        return level_of(self.told(span.today, articles_of), self._usual_of(span, articles_of, changes))

    def steady(self, span: Span, articles_of: ArticlesOf, changes: int) -> dict[str, tuple[int, int]]:
        """Today's articles of the publishers that the level is averaged over: with a conflict flag, and all."""
        today = self.told(span.today, articles_of)
        return {name: today[name] for name in steady(today, self._usual_of(span, articles_of, changes))}

    def told(self, day: int, articles_of: ArticlesOf) -> dict[str, tuple[int, int]]:
        """Publisher → articles with a conflict flag of the region, articles."""
        told = self._told.get(day, {})
        return {name: (told.get(name, 0), articles) for name, articles in articles_of(day).items()}

    def counts(self, family: str, span: Span) -> tuple[int, ...]:
        """Of the days that are remembered of it, oldest first."""
        history = [self._counts[family].get(day, _NONE)[0] for day in span.watched]
        return tuple(history[len(history) - stretch(history) :])

    def events(self, today: int) -> list[str]:
        """Ids of those that may have a part in an intensity."""
        return [event_id for event_id, facts in self._facts.items() if facts.last >= today - INTENSE]

    def _usual_of(self, span: Span, articles_of: ArticlesOf, changes: int) -> Usual:
        self._look(span)
        if self._usual is None or self._changes != changes:
            self._usual = usual_of([self.told(day, articles_of) for day in span.whole])
            self._changes = changes
        return self._usual

    def _look(self, span: Span) -> None:
        if span != self._span:
            self._span = span
            self._surprises.clear()
            self._yesterdays.clear()
            self._usual = None


def _least_likely(surprise: Surprise) -> tuple[float, float, int]:
    return (surprise.chance, surprise.tail, FAMILIES.index(surprise.family))


_NONE: Sequence[int] = (0, 0)
