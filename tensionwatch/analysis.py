"""What an analyst may say of events, and ask of them: split and merge, the whole card, a pair's book, strain. Over a
chronicle; no loop, no screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Literal

from tensionwatch.chronicle import Chronicle
from tensionwatch.errors import CorrectionRefused
from tensionwatch.events.goldstein import acted
from tensionwatch.events.pairs import MEMORY, Book, Strain, book, hostilities, strains
from tensionwatch.model import Bloc, Correction, Event


class Analysis:
    """Corrections are durable when a call returns; the events follow at once, or as soon as the ledger is ready."""

    def __init__(self, chronicle: Chronicle, blocs: Sequence[Bloc]) -> None:
        self._chronicle = chronicle
        self._blocs = blocs

    # ---------------------------------------------------------------- saying

    def split(self, event_id: str, articles: Iterable[str], now: datetime) -> Correction:
        """These of its articles are an event of their own. Raises CorrectionRefused, StoreUnwritable."""
        event = self._event(event_id)
        taken = set(articles)
        group = tuple(article for article in event.articles if article in taken)
        rest = tuple(article for article in event.articles if article not in taken)
        if not group or not rest:
            raise CorrectionRefused("a split takes some of an event's articles out, not none and not all")
        return self._keep("split", event, (group, rest), now)

    def merge(self, event_ids: Sequence[str], now: datetime) -> Correction:
        """These events are one. Raises CorrectionRefused, StoreUnwritable."""
        events = list({event.id: event for event in map(self._event, event_ids)}.values())
        if len(events) < 2:
            raise CorrectionRefused("a merge takes two events or more")
        if len({event.family for event in events}) > 1:
            raise CorrectionRefused("events of different families (a visit and an incident) are never one")
        sides = frozenset().union(*(event.sides for event in events))
        return self._keep("merge", events[0], tuple(event.articles for event in events), now, sides)

    def undo(self, correction_id: str | None = None) -> Correction | None:
        """Take a correction back, the latest where none is named; gives it, or None where there is none."""
        known = self._chronicle.corrections
        named = [c for c in known if c.id == correction_id] if correction_id is not None else known[-1:]
        if not named:
            return None
        self._chronicle.withdraw(named[0].id)
        return named[0]

    def _keep(
        self,
        act: Literal["split", "merge"],
        event: Event,
        groups: tuple[tuple[str, ...], ...],
        now: datetime,
        sides: frozenset[str] | None = None,
    ) -> Correction:
        number = len(self._chronicle.corrections)
        name = f"{act}|{now.isoformat()}|{number}|{groups}"
        correction = Correction(
            id=blake2b(name.encode(), digest_size=6).hexdigest(), at=now, act=act, family=event.family,
            sides=tuple(sorted(event.sides if sides is None else sides)), groups=groups,
        )  # fmt: skip
        self._chronicle.correct(correction)
        return correction

    def _event(self, event_id: str) -> Event:
        event = self._chronicle.told.get(event_id)
        if event is None:
            raise CorrectionRefused(f"no event {event_id}")
        return event

    # ---------------------------------------------------------------- asking

    def book(self, one: str, other: str, since: datetime | None = None, until: datetime | None = None) -> Book:
        """Conflict and cooperation of two countries, side by side."""
        events = self._chronicle.between(one, other)
        dated = ((acted(e) or e.when, e) for e in events)
        inside = (
            e for at, e in dated
            if at is not None and (since is None or at >= since) and (until is None or at <= until)
        )  # fmt: skip
        return book(one, other, inside, self._chronicle.voices)

    def strains(self, event: Event) -> list[Strain]:
        """Whom a visit strains, by the hostile events of the year before it."""
        if event.family != "visit" or event.when is None or len(event.sides) != 2:
            return []
        day = event.when.toordinal()
        year = range(day - MEMORY.days - 1, day + 1)
        around = {other.id: other for side in event.sides for other in self._chronicle.hostile_of(side, year)}
        return strains(event, hostilities(around.values(), event.when), self._blocs)
