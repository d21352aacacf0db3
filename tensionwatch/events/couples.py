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
from heapq import nsmallest
from operator import itemgetter
from typing import NamedTuple

from tensionwatch.events.coupling import BACK, WITHIN, span_of
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
    sides: frozenset[str]
    begin: datetime
    end: datetime
    is_main: bool
    hostile: bool
    weight: float
    """How well it is told, from 0 to 1; half where it is only planned, and where one side is unknown."""


_Rank = tuple[int, bool, float, float, str, str]
"""Lowest first; the ids of both at the end."""


class _Ranked(NamedTuple):
    rank: _Rank
    couple: Couple
    between: frozenset[frozenset[str]]
    """The sides of the one, and of the other."""

    @property
    def ids(self) -> tuple[str, str]:
        return self.rank[-2:]


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
        """Does `of` take a millisecond? A country is looked at in 0.4 ms, and a hundred have news in two days."""
        return self._begun and not self._stale

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
        self._found[country] = found = _couples_of(seen)
        ends = {each.event.id: each.end for each in seen}
        old = [min(ends[one], ends[other]) + SINCE for one, other in (each.ids for each in found)]
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
        main, hostile = event.family in _MAIN, event_score(event) < 0
        yield _Seen(event, event.sides, *span, main, hostile, weight)


def _couples_of(seen: Sequence[_Seen]) -> list[_Ranked]:
    """The most telling couples among events that share a country."""
    best = sorted(seen, key=lambda each: (not each.is_main, -each.weight, each.event.id))[:COMPARED]
    best.sort(key=lambda each: (each.begin, each.event.id))
    ranked: list[tuple[_Rank, _Seen, _Seen]] = []
    for place, one in enumerate(best):
        latest = one.end + WITHIN
        for other in best[place + 1 :]:
            if other.begin > latest:
                break
            if _are_two_stories(one, other):
                ranked.append((_rank(one, other, len(seen)), one, other))
    return [_Ranked(rank, _couple(one, other), frozenset((one.sides, other.sides)))
            for rank, one, other in nsmallest(OF_COUNTRY, ranked, key=itemgetter(0))]  # fmt: skip


def _are_two_stories(one: _Seen, other: _Seen) -> bool:
    if one.sides <= other.sides or other.sides <= one.sides:
        return one.hostile != other.hostile
    return True


def _rank(one: _Seen, other: _Seen, busy: int) -> _Rank:
    """An incident with a visit; either with something else; two of one main kind; all else. Among these conflict with
    cooperation first, then by how well both are told and how little else there is of the country."""
    alike = one.event.family == other.event.family
    tier = (2 if alike else 0) if one.is_main and other.is_main else 1 if one.is_main or other.is_main else 3
    weight, hours = one.weight * other.weight / busy, _hours(one, other)
    return tier, one.hostile == other.hostile, -weight, hours, one.event.id, other.event.id


def _couple(one: _Seen, other: _Seen) -> Couple:
    return Couple(one.event, other.event, tuple(sorted(one.sides & other.sides)), _hours(one, other))


def _hours(one: _Seen, other: _Seen) -> float:
    return 0.0 if other.begin <= one.end else round((other.begin - one.end) / timedelta(hours=1), 1)


def _told_once(ranked: Iterable[_Ranked]) -> Iterator[Couple]:
    """One of those between the same countries, with how many more there are. A couple that shares two countries comes
    from both."""
    known: dict[tuple[str, str], _Ranked] = {}
    for each in ranked:
        before = known.get(each.ids)
        if before is None or each.rank < before.rank:
            known[each.ids] = each
    ordered = sorted(known.values(), key=itemgetter(0))
    alike = Counter(each.between for each in ordered)
    told, stands = set[frozenset[frozenset[str]]](), Counter[str]()
    for each in ordered:
        if each.between in told or any(stands[event] >= EACH for event in each.ids):
            continue
        told.add(each.between)
        stands.update(each.ids)
        yield each.couple._replace(more=alike[each.between] - 1)
        if len(told) == KEPT:
            return
