"""Intensity: how much conflict, and how much cooperation, there has been lately. Pure.

    T(t) = Σ w · c · 2^(−age / 48 h)    w = |score| / 10,  c = 1 − 0.5^(independent publishers)

over the events of one sign of the Goldstein scale (J. S. Goldstein, "A Conflict-Cooperation Scale for WEIS Events
Data", Journal of Conflict Resolution 36, 1992; scores in events/goldstein.py). Conflict and cooperation are two sums:
the one never cancels the other. The half-life and the credence of a report by n publishers are ours.

A sum that decays as one is multiplied: the events of a half day are added up once, as of its end, and each half day is
worth 2^(−1/4) of what it was after the next. Only those of the half day that is asked about are weighed one by one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from math import fsum

from tensionwatch.events.goldstein import acted, event_score
from tensionwatch.index.records import Weighed
from tensionwatch.model import Event

HALF_LIFE = timedelta(hours=48)
STEP = timedelta(hours=12)
"""Of the trend, and of the stretches in which parts are added up."""
STEPS = 14
"""Of the trend: a week."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP_DECAY = 0.5 ** (STEP / HALF_LIFE)
_REACH = int(60 * HALF_LIFE / STEP)
"""Stretches that a sum looks back over: what is older is worth less than 2^-60 of what it was, below all rounding."""


def weigh(event: Event, now: datetime) -> Weighed | None:
    """Its part in the sum of its sign; `score` tells which. None where it enters none: it has not happened, it is
    undated, or it comes after `now`."""
    at = acted(event)
    if at is None or at > now:
        return None
    score = event_score(event)
    weight, belief = abs(score) / 10, credence(event)
    decay = _decay(now - at)
    return Weighed(
        event=event.id,
        at=at,
        score=score,
        weight=weight,
        publishers=len(event.publishers),
        credence=belief,
        decay=decay,
        part=weight * belief * decay,
    )


def credence(event: Event) -> float:
    """How far its independent publishers are to be believed, 0 to 1."""
    return 1.0 - 0.5 ** len(event.publishers)


def _decay(age: timedelta) -> float:
    return float(0.5 ** (age / HALF_LIFE))


class Sums:
    """Both sums of one region, kept up event by event: what `weigh` would give from scratch, at any time."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._events: dict[str, tuple[_Side, datetime]] = {}
        self._conflict, self._cooperation = _Side(), _Side()
        for event in events:
            self.put(event)

    def put(self, event: Event) -> None:
        """Take in an event, new or told otherwise."""
        self.drop(event.id)
        at = acted(event)
        score = event_score(event)
        if at is not None and score != 0:
            side = self._conflict if score < 0 else self._cooperation
            side.put(event.id, at, abs(score) / 10 * credence(event))
            self._events[event.id] = side, at

    def drop(self, event_id: str) -> None:
        """Forget an event; nothing where it is not known."""
        if (known := self._events.pop(event_id, None)) is not None:
            side, at = known
            side.drop(event_id, at)

    def conflict(self, now: datetime) -> float:
        """Of what has happened until `now`, which may be any time: the past as it looks today."""
        return self._conflict.sum(now)

    def cooperation(self, now: datetime) -> float:
        return self._cooperation.sum(now)

    def trend(self, now: datetime) -> tuple[float, ...]:
        """Conflict at the end of each half day of the last week, oldest first: the last one as of now."""
        return self._conflict.trend(now)


class _Side:
    """One sum. Nothing is ever subtracted from a float: a stretch that changes is added up again, so that no rounding
    is left behind however long it is kept."""

    def __init__(self) -> None:
        self._stretches: dict[int, dict[str, tuple[datetime, float]]] = {}
        """Number of the stretch → event → when, and what it was worth then."""
        self._totals: dict[int, float] = {}
        """Of whole stretches, as of their end."""

    def put(self, event: str, at: datetime, worth: float) -> None:
        number = _number(at)
        self._stretches.setdefault(number, {})[event] = (at, worth)
        self._totals.pop(number, None)

    def drop(self, event: str, at: datetime) -> None:
        number = _number(at)
        stretch = self._stretches[number]
        del stretch[event]
        self._totals.pop(number, None)
        if not stretch:
            del self._stretches[number]

    def sum(self, now: datetime) -> float:
        return self._sums(now, 1)[0]

    def trend(self, now: datetime) -> tuple[float, ...]:
        """At `now` and every half day before, the oldest first."""
        return tuple(self._sums(now, STEPS))

    def _sums(self, now: datetime, steps: int) -> list[float]:
        """One pass over the stretches serves all of the steps: each ends as far into its stretch as the others."""
        last = _number(now)
        into, earlier = now - _start(last), 0.0
        found = []
        for number in range(last - _REACH, last + 1):
            if number > last - steps:
                until = _start(number) + into
                found.append(earlier * _decay(into) + self._sum_of(number, until))
            earlier = earlier * _STEP_DECAY + (self._total(number) if number in self._stretches else 0.0)
        return found

    def _total(self, number: int) -> float:
        if (known := self._totals.get(number)) is None:
            known = self._totals[number] = self._sum_of(number, _start(number + 1))
        return known

    def _sum_of(self, number: int, until: datetime) -> float:
        parts = self._stretches.get(number, {}).values()
        return fsum(worth * _decay(until - at) for at, worth in parts if at <= until)


def _number(at: datetime) -> int:
    return (at - _EPOCH) // STEP


def _start(number: int) -> datetime:
    return _EPOCH + number * STEP
