"""The book of a pair of countries: conflict and cooperation side by side, never netted; and who strains whom. Pure.

Strain: a visit between two adversaries of a third reads as strain for it. Two countries are adversaries while at least
`HOSTILE_EVENTS` events between them, each worth `HOSTILE` or less on the Goldstein scale and told by two independent
publishers or more, happened within the year before. A bloc has the adversaries of all its members.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from tensionwatch.events.goldstein import counts, event_score
from tensionwatch.model import Bloc, Event, Record, State, Status

HOSTILE = -7.0
HOSTILE_EVENTS = 3
HOSTILE_PUBLISHERS = 2
MEMORY = timedelta(days=365)

Voices = Callable[[Iterable[str]], frozenset[str]]


class Column(Record, frozen=True, kw_only=True):
    """One side of the book."""

    events: int = 0
    reports: int = 0
    publishers: int = 0
    weight: float = 0.0
    """Sum of scores, as they are: below zero for conflict."""
    ids: tuple[str, ...] = ()
    """Of its events, newest first."""


class Book(Record, frozen=True, kw_only=True):
    pair: tuple[str, str]
    conflict: Column
    cooperation: Column
    pending: tuple[str, ...]
    """Ids of events that have not happened and enter no sum: planned, hypothetical, denied; newest first."""
    kinds: dict[str, int]
    """Kind → events that count."""


def book(one: str, other: str, events: Iterable[Event], voices: Voices) -> Book:
    """The events between two countries; `events` may hold others too. `voices` are the independent publishers of
    reports, near-copies of other events' reports folded too."""
    pair = frozenset((one, other))
    between = sorted((e for e in events if e.sides == pair), key=_newest, reverse=True)
    counted = [e for e in between if counts(e)]
    kinds: dict[str, int] = {}
    for event in counted:
        kinds[event.kind.value] = kinds.get(event.kind.value, 0) + 1
    return Book(
        pair=(one, other),
        conflict=_column([e for e in counted if event_score(e) < 0], voices),
        cooperation=_column([e for e in counted if event_score(e) > 0], voices),
        pending=tuple(e.id for e in between if not counts(e)),
        kinds=kinds,
    )


def _newest(event: Event) -> tuple[bool, datetime | None, str]:
    return (event.when is not None, event.when, event.id)


def _column(events: list[Event], voices: Voices) -> Column:
    reports = {article for e in events for article in e.articles}
    return Column(
        events=len(events),
        reports=len(reports),
        publishers=len(voices(reports)),
        weight=round(sum(map(event_score, events)), 1),
        ids=tuple(e.id for e in events),
    )


# ------------------------------------------------------------------ strain


class Strain(Record, frozen=True, kw_only=True):
    """A visit between two adversaries of a third."""

    on: str
    """A country, or the id of a bloc."""
    reason: str
    """In words: "RUS and PRK, both adversaries of KOR (4 and 9 hostile events in a year)"."""


class Hostility(Record, frozen=True, kw_only=True):
    """Of an event that makes adversaries the fields that say whom and when: decoding them takes a third of all."""

    id: str
    actor: str
    recipient: str
    states: tuple[State, ...]

    @property
    def sides(self) -> frozenset[str]:
        return frozenset((self.actor, self.recipient))

    @property
    def happened(self) -> datetime | None:
        return next((state.at for state in self.states if state.status is Status.ACTUAL), None)


def hostilities(events: Iterable[Event | Hostility], at: datetime) -> dict[frozenset[str], int]:
    """Pair → hostile events in the year before; only pairs that are adversaries."""
    found: dict[frozenset[str], int] = {}
    for event in events:
        hostile = isinstance(event, Hostility) or makes_adversaries(event)
        if hostile and (happened := event.happened) is not None and at - MEMORY <= happened <= at:
            found[event.sides] = found.get(event.sides, 0) + 1
    return {pair: number for pair, number in found.items() if number >= HOSTILE_EVENTS}


def makes_adversaries(event: Event) -> bool:
    """Whenever it was: with others of its sides within a year."""
    if len(event.publishers) < HOSTILE_PUBLISHERS or event_score(event) > HOSTILE:  # first, because it costs least
        return False
    return len(event.sides) == 2 and event.happened is not None


def strains(event: Event, hostile: dict[frozenset[str], int], blocs: Iterable[Bloc] = ()) -> list[Strain]:
    """Whom a visit strains: countries that both its parties are adversaries of, and blocs, by any of their members."""
    if event.family != "visit" or len(event.sides) != 2 or not counts(event) or event_score(event) < 0:
        return []
    one, two = sorted(event.sides)
    found = []
    for third in sorted({country for pair in hostile for country in pair} - event.sides):
        first, second = hostile.get(frozenset((one, third))), hostile.get(frozenset((two, third)))
        if first and second:
            why = f"{one} and {two}, both adversaries of {third} ({first} and {second} hostile events in a year)"
            found.append(Strain(on=third, reason=why))
    for bloc in blocs:
        if bloc.members & event.sides:
            continue
        against = [_against(side, bloc, hostile) for side in (one, two)]
        if all(against):
            why = " and ".join(f"{side} (of {member})" for side, member in zip((one, two), against, strict=True))
            found.append(Strain(on=bloc.id, reason=f"{why}, both adversaries of {bloc.name}"))
    return found


def _against(side: str, bloc: Bloc, hostile: dict[frozenset[str], int]) -> str | None:
    return next((member for member in sorted(bloc.members) if frozenset((side, member)) in hostile), None)
