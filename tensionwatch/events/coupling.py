"""Events that share a party within a day, each with the reason. Pure.

A visit RUS→PRK and a crossing PRK→KOR on one day share PRK. On a busy day a power has dozens of events: each keeps the
`CAP` nearest, those of another family first, and two are coupled when each is among the nearest of the other. So it is
symmetric, no event has more than `CAP`, and how many were left out is told. Before all others stands what may be the
same event told otherwise: an attack of the same two countries beside an incident.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Protocol

from tensionwatch.model import Coupling, Event, Status
from tensionwatch.words import KIND_WORDS, pair_words

WITHIN = timedelta(hours=24)
CAP = 6
_VIOLENT = {"incident", "armed_attack"}
BACK = 4
"""Days before whose events may still be going on: a visit takes some."""


class OfCountry(Protocol):
    """Events with a party, of some days and one family, where these are asked for."""

    def __call__(
        self, country: str, days: Iterable[int] | None = None, family: str | None = None
    ) -> Iterable[Event]: ...


Nearest = dict[str, tuple[list[Event], int]]
"""Id of an event → those nearest to it, and how many are near it in all."""


def coupled(event: Event, of_country: OfCountry, known: Nearest | None = None) -> tuple[tuple[Coupling, ...], int]:
    """Its couplings, the nearest first, and how many more share a party with it that day. `known` spares the search
    where many are asked for while nothing changes."""
    known = {} if known is None else known
    near, number = _nearest(event, of_country, known)
    links = [
        _link(event, other)
        for other in near
        if any(back.id == event.id for back in _nearest(other, of_country, known)[0])
    ]
    return tuple(links), number - len(links)


def _nearest(event: Event, of_country: OfCountry, known: Nearest) -> tuple[list[Event], int]:
    if (found := known.get(event.id)) is None:
        near = list(_near(event, of_country))
        found = known[event.id] = (near[:CAP], len(near))
    return found


def _near(event: Event, of_country: OfCountry) -> Iterator[Event]:
    """Events that share a party and a day, best first."""
    when = span_of(event)
    if when is None or event.status not in (Status.ACTUAL, Status.PLANNED):
        return
    days = range(when[0].toordinal() - BACK, when[1].toordinal() + 2)
    found = {other.id: other for side in event.sides for other in of_country(side, days) if other.id != event.id}
    ranked = []
    for other in found.values():
        apart = _apart(event, other)
        if apart is not None and abs(apart) <= WITHIN and other.status in (Status.ACTUAL, Status.PLANNED):
            told_twice, alike = _perhaps_one(event, other), other.family == event.family
            ranked.append((not told_twice, alike, abs(apart), other.id))
    for *_, event_id in sorted(ranked):
        yield found[event_id]


def _perhaps_one(event: Event, other: Event) -> bool:
    """May both be one assault at a line, told as an incident by some and as an attack by others? The families are not
    joined: where two states fight every day that would make one event of a raid and of all else that is hit."""
    if {event.family, other.family} != _VIOLENT or event.sides != other.sides:
        return False
    places = {event.place, other.place} - {None}
    return len(event.sides) == 2 and len(places) < 2


def span_of(event: Event) -> tuple[datetime, datetime] | None:
    """From when to when it went on: a visit until it was last told of as such, all else at one time."""
    begin = event.when
    if begin is None:
        return None
    lasts = event.family == "visit" and event.happened is not None and event.last_reported is not None
    return begin, max(begin, event.last_reported) if lasts and event.last_reported is not None else begin


def _apart(event: Event, other: Event) -> timedelta | None:
    """From one to the other, below zero where the other came first; nothing while both go on."""
    one, two = span_of(event), span_of(other)
    if one is None or two is None:
        return None
    if two[0] > one[1]:
        return two[0] - one[1]
    return two[1] - one[0] if two[1] < one[0] else timedelta()


def _link(event: Event, other: Event) -> Coupling:
    shared = tuple(sorted(event.sides & other.sides))
    hours = round((_apart(event, other) or timedelta()) / timedelta(hours=1), 1)
    how_far = f"{abs(hours):.0f} h" if abs(hours) >= 1 else "less than an hour"
    when = f"{how_far} {'later' if hours > 0 else 'earlier'}" if hours else "at the same time"
    what = f"{KIND_WORDS[other.kind]} {pair_words(other.actor, other.recipient)}"
    why = ", perhaps the same event told otherwise" if _perhaps_one(event, other) else ""
    reason = f"shares {', '.join(shared)}: {what}, {when}{why}"
    return Coupling(event=other.id, shared=shared, hours=hours, reason=reason)
