"""The events as they were last told, and all that can be asked of them without the clustering. Pure state.

The ledger writes here; a store gives the same back at the next start, long before the ledger is ready again: so a
screen shows its counters, lists and cards at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from msgspec.structs import replace

from tensionwatch.events.copies import speakers_of
from tensionwatch.events.coupling import Nearest, OfCountry, coupled
from tensionwatch.events.recurrence import held, reach
from tensionwatch.events.sighting import Sighting, id_of
from tensionwatch.model import Event, Flag, Telling

EVENTS_VERSION = 1
"""Of what makes events of articles, these modules: to be raised with each change that makes others of them, so that
those in a store are told anew before a command that only reads believes them."""

Ranks: TypeAlias = tuple[tuple[str, int], ...]
"""(article, which of its standing flags of the family) of each report of an event."""


class Told:
    """`sightings` gives what an article's standing flags say, nothing of one that is not there."""

    def __init__(self, sightings: Callable[[str], Sequence[Sighting]]) -> None:
        self._sightings = sightings
        self._events: dict[str, Event] = {}
        self._ranks: dict[str, Ranks] = {}
        self._of_article: dict[str, tuple[str, ...]] = {}
        self._by_day: dict[str, dict[int, set[str]]] = defaultdict(dict)
        """Country → day → ids of events."""
        self._near: dict[str, tuple[str, ...]] = {}
        self.version = 0
        """Grows with each change."""

    # ---------------------------------------------------------------- asking

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events.values())

    def __len__(self) -> int:
        return len(self._events)

    def get(self, event_id: str) -> Event | None:
        """The event of that id, or the one that now holds the report which once gave it."""
        if (event := self._events.get(event_id)) is not None:
            return event
        return next((e for e in self if any(id_of(e.family, *each) == event_id for each in self.ranks(e))), None)

    def exactly(self, event_id: str) -> Event | None:
        """The event of that id."""
        return self._events.get(event_id)

    def ranks(self, event: Event) -> Ranks:
        return self._ranks.get(event.id) or tuple((article, 0) for article in event.articles)

    def odd_ranks(self, event_id: str) -> Ranks:
        """Nothing where the first flag of its family in each of its articles tells the event."""
        return self._ranks.get(event_id, ())

    def of_article(self, article_id: str) -> list[Event]:
        """Its events, in the order of its flags."""
        if len(known := self._of_article.get(article_id, ())) < 2:
            return [self._events[event_id] for event_id in known]
        return list({event.id: event for event, _ in self.told_by(article_id)}.values())

    def told_by(self, article_id: str) -> list[tuple[Event, Flag]]:
        """What the article tells: each of its flags, and the event that it belongs to."""
        found = [(self._event_with(sighting), sighting.flag) for sighting in self._sightings(article_id)]
        return [(event, flag) for event, flag in found if event is not None]

    def _event_with(self, sighting: Sighting) -> Event | None:
        """None only while flags have changed and the events have not been told anew."""
        for event in map(self._events.__getitem__, self._of_article.get(sighting.article, ())):
            if event.family == sighting.flag.kind.family and self._holds(event, sighting):
                return event
        return None

    def _holds(self, event: Event, sighting: Sighting) -> bool:
        ranks = self._ranks.get(event.id)
        return sighting.rank == 0 if ranks is None else (sighting.article, sighting.rank) in ranks

    def of_country(self, country: str, days: Iterable[int] | None = None, family: str | None = None) -> Iterator[Event]:
        """Events with this party, of one family if that is asked for, by the day (an ordinal) when they happened or
        were first told of; undated ones are left out."""
        known = self._by_day.get(country, {})
        if days is None:
            days = sorted(known)
        elif isinstance(days, range) and len(days) > len(known):  # "since 2016": more days than there is news of
            days = sorted(day for day in known if day in days)
        for day in days:
            listed = (self._events[event_id] for event_id in sorted(known.get(day, ())))
            yield from (event for event in listed if family in (None, event.family))

    def countries(self, days: range) -> list[str]:
        """Those with an event on any of these days, sorted."""
        return sorted(country for country, known in self._by_day.items() if any(day in known for day in days))

    def between(self, one: str, other: str) -> list[Event]:
        """The events of these two countries, oldest first; undated ones are left out."""
        return [event for event in self.of_country(one) if other in event.sides]

    def whole(
        self,
        event: Event,
        history: datetime | None,
        now: datetime,
        known: Nearest | None = None,
        of_country: OfCountry | None = None,
    ) -> Event:
        """The event with what other events say to it: its couplings, and its texts' counts held against the ledger,
        which begins at `history`. `of_country` knows of more events than there are here."""
        of_country = of_country or self.of_country
        links, left_out = coupled(event, of_country, known)
        return replace(self.held(event, history, now, of_country), coupled=links, not_coupled=left_out)

    def held(self, event: Event, history: datetime | None, now: datetime, of_country: OfCountry | None = None) -> Event:
        """The event with its texts' counts held against the ledger, of no more days than they reach back."""
        at, of_country = event.when, of_country or self.of_country
        if not event.recurrence or at is None:
            return event
        first = min(reach(count, at) for count in event.recurrence)
        inside = range(first.toordinal(), at.toordinal() + 1)
        others = list(of_country(event.actor or min(event.sides), inside, event.family)) if event.sides else []
        return replace(event, recurrence=tuple(held(count, event, others, history, now) for count in event.recurrence))

    def voices(self, articles: Iterable[str]) -> frozenset[str]:
        """The independent publishers of these articles: near-copies among them are one voice."""
        told = [sightings[0] for article in set(articles) if (sightings := self._sightings(article))]
        return speakers_of({s.article: (s.order, s.publisher) for s in told}, self._near)

    def ids_of(self, article_id: str) -> tuple[str, ...]:
        """Ids of the events that the article is a report of."""
        return self._of_article.get(article_id, ())

    # ---------------------------------------------------------------- telling

    def take(self, telling: Telling) -> None:
        """Hear what has changed."""
        for event_id in telling.gone:
            self.drop(event_id)
        for event in telling.events:
            self.put(event, telling.ranks.get(event.id, ()))
        self.put_near(telling.near)

    def put(self, event: Event, ranks: Ranks = ()) -> None:
        self.drop(event.id)
        self._events[event.id] = event
        if ranks:
            self._ranks[event.id] = ranks
        for article in event.articles:
            self._of_article[article] = (*self._of_article.get(article, ()), event.id)
        if event.when is not None:
            day = event.when.toordinal()
            for side in event.sides:
                self._by_day[side].setdefault(day, set()).add(event.id)

    def drop(self, event_id: str) -> None:
        """Take an event away, where there is one of that id."""
        self.version += 1
        if (event := self._events.pop(event_id, None)) is None:
            return
        self._ranks.pop(event_id, None)
        for article in event.articles:
            if rest := tuple(known for known in self._of_article[article] if known != event_id):
                self._of_article[article] = rest
            else:
                del self._of_article[article]
        if event.when is not None:
            day = event.when.toordinal()
            for side in event.sides:
                self._by_day[side][day].discard(event.id)
                if not self._by_day[side][day]:
                    del self._by_day[side][day]

    def put_near(self, near: Mapping[str, tuple[str, ...]]) -> None:
        """Article → its near-copies now."""
        self.version += 1
        for article, others in near.items():
            if others:
                self._near[article] = others
            else:
                self._near.pop(article, None)

    def near(self, article: str) -> tuple[str, ...]:
        return self._near.get(article, ())

    # ---------------------------------------------------------------- comparing

    def differing(self, other: Told, step: int) -> Iterator[Telling]:
        """What would make `other` of this, in parts: some for each `step` events or articles looked at."""
        for ids in _parts(dict.fromkeys([*self._events, *other._events]), step):
            events = [e for e in map(other.exactly, ids) if e is not None and not self._has(e, other)]
            yield Telling(
                version=EVENTS_VERSION,
                events=tuple(events),
                gone=tuple(event_id for event_id in ids if event_id not in other._events),
                ranks={event.id: ranks for event in events if (ranks := other.odd_ranks(event.id))},
            )
        for ids in _parts(dict.fromkeys([*self._near, *other._near]), step):
            near = {article: other.near(article) for article in ids if self.near(article) != other.near(article)}
            yield Telling(version=EVENTS_VERSION, near=near)

    def _has(self, event: Event, other: Told) -> bool:
        return self._events.get(event.id) == event and self.odd_ranks(event.id) == other.odd_ranks(event.id)


def joined(tellings: Iterable[Telling]) -> Telling:
    """All in one; they speak of different things."""
    parts = list(tellings)
    return Telling(
        version=EVENTS_VERSION,
        events=tuple(event for part in parts for event in part.events),
        gone=tuple(event_id for part in parts for event_id in part.gone),
        ranks={event_id: ranks for part in parts for event_id, ranks in part.ranks.items()},
        near={article: near for part in parts for article, near in part.near.items()},
    )


def _parts(ids: Iterable[str], step: int) -> Iterator[list[str]]:
    listed = list(ids)
    return (listed[start : start + step] for start in range(0, len(listed), step))
