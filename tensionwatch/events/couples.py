"""Which events of the last two days are coupled, the most telling couple first. Pure state.

    Telling ─take▶ countries with events that are otherwise ─┐
                              the clock ─▶ countries whose couples grow old ─▶ couples of each of these, anew

Two events couple where they share a party and are at most a day apart (coupling.py). Told of every pair of them, a day
of the news is thousands: the talks, the pact and the visit of two states are one story, and with any fourth event they
are three couples. So two events of the same sides couple only where one is conflict and the other cooperation; of the
couples between the same countries one is told and the others are counted; and no event stands in more than EACH.

First comes an incident with a visit, then either with something else. Among these the one that is well told, of a
country with little other news, comes first: of two hundred events of a great power two are near each other by chance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from tensionwatch.events.coupling import BACK, WITHIN, perhaps_one, span_of, time_between
from tensionwatch.events.goldstein import event_score
from tensionwatch.events.told import Told
from tensionwatch.model import Event, Status, Telling

SINCE = timedelta(hours=48)
"""Both have happened, or gone on, so long ago at most."""
COMPARED = 24
"""Events of one country that are compared with one another, the main kinds and the best told of them: 276 pairs, 0.5
ms. With more news in two days no nearness says anything."""
OF_COUNTRY, KEPT = 12, 60
"""Couples that are kept of one country, and told in all."""
EACH = 3
"""Couples in which one event stands."""
LITTLE = 12
"""Countries that a question may first have to look at anew: 5 ms."""

_MAIN = frozenset({"incident", "visit"})


class Couple(NamedTuple):
    """Two events that share a party."""

    first: Event
    second: Event
    """The one that began later."""
    shared: tuple[str, ...]
    """Countries."""
    hours: float
    """From the one to the other; 0 while both go on."""
    more: int = 0
    """Other couples between the same countries, less telling."""

    @property
    def id(self) -> str:
        return f"{self.first.id} {self.second.id}"


class _Seen(NamedTuple):
    """An event among those of a country."""

    event: Event
    begin: datetime
    end: datetime
    hostile: bool
    weight: float
    """How well it is told, from 0 to 1; half where it is only planned, and where one side is unknown."""


_Rank = tuple[int, bool, float, float, str]
"""Lowest first."""


class _Ranked(NamedTuple):
    rank: _Rank
    couple: Couple


class Couples:
    """Keeps them up. `told` gives the events as they are known now."""

    def __init__(self, told: Callable[[], Told]) -> None:
        self._told = told
        self._begun = False
        self._stale: dict[str, None] = {}
        """Countries to be looked at anew."""
        self._listed: dict[str, frozenset[str]] = {}
        """Country → its events of these days."""
        self._found: dict[str, list[_Ranked]] = {}
        self._until: dict[str, datetime] = {}
        """Country → when one of its couples is too old."""
        self._couples: list[Couple] | None = None

    def take(self, told: Telling) -> None:
        """Hear what has changed in the events."""
        if not self._begun:
            return
        for event in told.events:
            self._stale |= dict.fromkeys(event.sides)
        changed = {*told.gone, *(event.id for event in told.events)}
        if changed:
            self._stale |= dict.fromkeys(c for c, listed in self._listed.items() if not changed.isdisjoint(listed))

    @property
    def is_ready(self) -> bool:
        """Does `of` take a few milliseconds?"""
        return self._begun and len(self._stale) <= LITTLE

    def prepare(self, now: datetime) -> Iterator[None]:
        """Get ready, in steps of about a millisecond, between which things may change."""
        if not self._begun:
            self._begun = True
            self._stale = dict.fromkeys(self._told().countries(_days(now)))
        while self._stale:
            country = next(iter(self._stale))
            del self._stale[country]
            self._look_at(country, now)
            yield

    def of(self, now: datetime) -> list[Couple]:
        """The most telling first, at most KEPT."""
        self._stale |= dict.fromkeys(country for country, until in self._until.items() if now >= until)
        for _ in self.prepare(now):
            pass
        if self._couples is None:
            self._couples = list(_told_once(each for found in self._found.values() for each in found))
        return self._couples

    def _look_at(self, country: str, now: datetime) -> None:
        seen = list(_seen(self._told().of_country(country, _days(now)), now))
        self._listed[country] = frozenset(each.event.id for each in seen)
        self._couples = None
        self._found[country] = found = sorted(_couples_of(seen))[:OF_COUNTRY]
        ends = {each.event.id: each.end for each in seen}
        old = [min(ends[couple.first.id], ends[couple.second.id]) + SINCE for _, couple in found]
        self._until.pop(country, None)
        if old:
            self._until[country] = min(old)


def _days(now: datetime) -> range:
    """On which an event began that still matters."""
    return range((now - SINCE).toordinal() - BACK, now.toordinal() + 2)


def _seen(events: Iterable[Event], now: datetime) -> Iterator[_Seen]:
    for event in events:
        span = span_of(event)
        if span is None or event.status not in (Status.ACTUAL, Status.PLANNED) or span[1] <= now - SINCE:
            continue
        weight = 1 - 0.5 ** len(event.publishers)
        weight /= 1 + (event.status is Status.PLANNED) + (len(event.sides) < 2)
        yield _Seen(event, *span, event_score(event) < 0, weight)


def _couples_of(seen: Sequence[_Seen]) -> Iterator[_Ranked]:
    """The couples among events that share a country."""
    best = sorted(seen, key=lambda each: (each.event.family not in _MAIN, -each.weight, each.event.id))[:COMPARED]
    best.sort(key=lambda each: each.begin)
    for place, one in enumerate(best):
        for other in best[place + 1 :]:
            if other.begin - one.end <= WITHIN and _are_two_stories(one, other):
                yield _ranked(one, other, busy=len(seen))


def _are_two_stories(one: _Seen, other: _Seen) -> bool:
    sides, others = one.event.sides, other.event.sides
    if sides <= others or others <= sides:
        return one.hostile != other.hostile
    return not perhaps_one(one.event, other.event)


def _ranked(one: _Seen, other: _Seen, busy: int) -> _Ranked:
    first, second = one.event, other.event
    hours = round((time_between(first, second) or timedelta()) / timedelta(hours=1), 1)
    shared = tuple(sorted(first.sides & second.sides))
    weight = one.weight * other.weight / busy
    couple = Couple(first, second, shared, max(0.0, hours))
    return _Ranked(
        (_tier(first.family, second.family), one.hostile == other.hostile, -weight, hours, couple.id), couple
    )


def _tier(family: str, other: str) -> int:
    """An incident with a visit; either with something else; two of one main kind; all else."""
    main = len(_MAIN & {family, other})
    if main == 2 or not main:
        return 0 if main else 3
    return 1 if family != other else 2


def _told_once(ranked: Iterable[_Ranked]) -> Iterator[Couple]:
    """One of those between the same countries, with how many more there are. A couple that shares two countries comes
    from both."""
    known: dict[str, _Ranked] = {}
    for each in ranked:
        before = known.get(each.couple.id)
        known[each.couple.id] = each if before is None else min(before, each)
    ordered = [each.couple for each in sorted(known.values())]
    alike = Counter(map(_countries, ordered))
    told, stands = set[frozenset[frozenset[str]]](), Counter[str]()
    for couple in ordered:
        countries, ids = _countries(couple), (couple.first.id, couple.second.id)
        if countries in told or any(stands[each] >= EACH for each in ids):
            continue
        told.add(countries)
        stands.update(ids)
        yield couple._replace(more=alike[countries] - 1)
        if len(told) == KEPT:
            return


def _countries(couple: Couple) -> frozenset[frozenset[str]]:
    return frozenset((couple.first.sides, couple.second.sides))
