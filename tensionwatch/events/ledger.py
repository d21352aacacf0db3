"""The events of all articles, kept up to date as articles come and change. Pure state, no I/O.

    article ─▶ sightings ─▶ Track of the block (whole pairs) ─▶ clusters ─┬▶ corrections ─▶ Events
                     └────▶ loose ones, laid to the cluster that draws them most, or clustered by themselves

An update costs what lies near it in time and sides: a sighting is laid into its block's pass, loose sightings of those
days look whether they are drawn otherwise, and the events whose reports have changed are told anew. The outcome is
always that of all articles at once, in whatever order they came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from tensionwatch.events.cluster import Cluster
from tensionwatch.events.copies import NearCopies, text_of
from tensionwatch.events.corrections import carry_out, touched
from tensionwatch.events.coupling import Nearest, coupled
from tensionwatch.events.loose import Loose
from tensionwatch.events.newest import Newest, Shelves
from tensionwatch.events.recurrence import held, reach
from tensionwatch.events.sighting import Block, Sighting, block_of, is_loose, sightings_of
from tensionwatch.events.telling import tell
from tensionwatch.events.track import Track
from tensionwatch.model import Article, Correction, Event, Flag

STEP = 20
"""Articles taken in at once where an update is made in steps."""


class Ledger:
    """All events. `update` with new or changed articles; the rest asks."""

    def __init__(
        self,
        articles: Iterable[Article] = (),
        corrections: Iterable[Correction] = (),
        shelves: Shelves = lambda event: (),  # noqa: ARG005  # none: whoever asks for no region has none
    ) -> None:
        self._sightings: dict[str, list[Sighting]] = {}
        self._tracks: dict[Block, Track] = {}
        self._loose = Loose()
        self._copies = NearCopies()
        self._events: dict[str, Event] = {}
        self._event_of: dict[int, str] = {}
        """id() of a cluster → the id of its event, for those that no correction speaks of."""
        self._corrections: tuple[Correction, ...] = tuple(corrections)
        self._corrected: dict[int, Cluster] = {}
        """Clusters that corrections speak of."""
        self._corrected_events: list[str] = []
        self._members: dict[str, set[tuple[str, int]]] = {}
        """Of the events of corrected clusters: which sightings are theirs."""
        self._by_day: dict[str, dict[int, set[str]]] = defaultdict(dict)
        """Country → day → ids of events."""
        self._newest = Newest(shelves)
        self._waiting: dict[str, Article] = {}
        self.version = 0
        """Grows whenever an event may have changed."""
        self.update(articles)

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events.values())

    def __len__(self) -> int:
        return len(self._events)

    def newest(self, since: datetime | None = None, shelf: str | None = None) -> Iterator[Event]:
        """Events by last report, the newest first; `since`: told of at or after. A week, or a shelf, costs no more
        than what it holds."""
        return map(self._events.__getitem__, self._newest.ids(since, shelf))

    def tells(self, article_id: str) -> bool:
        """Is it a report of any event?"""
        return article_id in self._sightings

    def told_at(self, article_id: str) -> datetime | None:
        """The effective time of a report."""
        return sightings[0].at if (sightings := self._sightings.get(article_id)) else None

    def get(self, event_id: str) -> Event | None:
        """The event of that id, or the one that now holds the report which once gave it."""
        if (event := self._events.get(event_id)) is not None:
            return event
        everyone = (sighting for sightings in self._sightings.values() for sighting in sightings)
        found = next((sighting for sighting in everyone if sighting.own_id == event_id), None)
        return None if found is None else self._event_with(found)

    def of_article(self, article_id: str) -> list[Event]:
        return list({event.id: event for event, _ in self.told_by(article_id)}.values())

    def told_by(self, article_id: str) -> list[tuple[Event, Flag]]:
        """What the article tells: each of its flags, and the event that it belongs to."""
        return [(self._event_with(s), s.flag) for s in self._sightings.get(article_id, ())]

    def of_country(self, country: str, days: Iterable[int] | None = None) -> Iterator[Event]:
        """Events with this party, by the day (an ordinal) when they happened or were first told of; undated ones are
        left out."""
        known = self._by_day.get(country, {})
        if days is None:
            days = sorted(known)
        elif isinstance(days, range) and len(days) > len(known):  # "since 2016": more days than there is news of
            days = sorted(day for day in known if day in days)
        for day in days:
            yield from (self._events[event_id] for event_id in sorted(known.get(day, ())))

    def whole(self, event: Event, history: datetime | None, now: datetime, known: Nearest | None = None) -> Event:
        """The event with what other events say to it: its couplings, and its texts' counts held against the ledger,
        which begins at `history`."""
        links, left_out = coupled(event, self.of_country, known)
        return replace(self.held(event, history, now), coupled=links, not_coupled=left_out)

    def held(self, event: Event, history: datetime | None, now: datetime) -> Event:
        """The event with its texts' counts held against the ledger, of no more days than they reach back."""
        at = event.when
        if not event.recurrence or at is None:
            return event
        first = min(reach(count, at) for count in event.recurrence)
        inside = range(first.toordinal(), at.toordinal() + 1)
        others = list(self.of_country(event.actor or min(event.sides), inside)) if event.sides else []
        return replace(event, recurrence=tuple(held(count, event, others, history, now) for count in event.recurrence))

    def between(self, one: str, other: str) -> list[Event]:
        """The events of these two countries, oldest first; undated ones are left out."""
        return [event for event in self.of_country(one) if other in event.sides]

    def voices(self, articles: Iterable[str]) -> frozenset[str]:
        """The independent publishers of these articles: near-copies among them are one voice."""
        return self._copies.speakers(articles)

    @property
    def corrections(self) -> tuple[Correction, ...]:
        return self._corrections

    # ---------------------------------------------------------------- updating

    def update(self, articles: Iterable[Article]) -> None:
        """Take in articles that are new or whose flags have changed."""
        listed = list(articles)
        for article in listed:
            self._waiting.pop(article.id, None)
        self._take(listed)

    def steps(self, articles: Iterable[Article]) -> Iterator[None]:
        """The same in steps of a few milliseconds. What other updates bring between them is newer, and stays."""
        listed = {article.id: article for article in articles}
        self._waiting |= listed
        ids = list(listed)
        for start in range(0, len(ids), STEP):
            yield
            still = [i for i in ids[start : start + STEP] if self._waiting.get(i) is listed[i]]
            for article_id in still:
                del self._waiting[article_id]
            self._take([listed[article_id] for article_id in still])

    def correct(self, corrections: Iterable[Correction]) -> None:
        """These corrections hold, and no others."""
        self._corrections = tuple(corrections)
        self._retell([], [], force=True)

    def _take(self, articles: Iterable[Article]) -> None:
        out: dict[Block, list[Sighting]] = defaultdict(list)
        into: dict[Block, list[Sighting]] = defaultdict(list)
        loose_out: list[Sighting] = []
        loose_in: list[Sighting] = []
        stale: set[str] = set()
        for article in articles:
            before, now = self._sightings.get(article.id, []), sightings_of(article)
            for sighting in before:
                if sighting not in now:
                    loose_out.append(sighting) if is_loose(sighting) else out[block_of(sighting.flag)].append(sighting)
            for sighting in now:
                if sighting not in before:
                    loose_in.append(sighting) if is_loose(sighting) else into[block_of(sighting.flag)].append(sighting)
            if now:
                self._sightings[article.id] = now
                at = article.effective or article.first_seen
                stale |= self._copies.put(article.id, text_of(article.title, article.summary, at, article.publisher))
            elif before:
                del self._sightings[article.id]
                stale |= self._copies.drop(article.id)
        gone, come = self._change(out, into)
        left_out, left_in, drawn = self._loose.update(gone, come, loose_out, loose_in)
        more_gone, more_come = self._change(_by_block(left_out), _by_block(left_in))
        come += [*more_come, *drawn]
        come += [self._home(s) for article in stale for s in self._sightings.get(article, ())]
        self._retell(gone + more_gone, come)

    def _change(
        self, out: dict[Block, list[Sighting]], into: dict[Block, list[Sighting]]
    ) -> tuple[list[Cluster], list[Cluster]]:
        gone: list[Cluster] = []
        come: list[Cluster] = []
        for block in {**out, **into}:
            track = self._tracks.setdefault(block, Track(block))
            changed = track.change(out.get(block, ()), into.get(block, ()))
            gone += changed.gone
            come += changed.come
            if not len(track):
                del self._tracks[block]
        return gone, come

    def _home(self, sighting: Sighting) -> Cluster:
        if is_loose(sighting) and (drawn := self._loose.home(sighting)) is not None:
            return drawn
        return self._tracks[block_of(sighting.flag)].home(sighting)

    def _event_with(self, sighting: Sighting) -> Event:
        cluster = self._home(sighting)
        if (event_id := self._event_of.get(id(cluster))) is not None:
            return self._events[event_id]
        family = sighting.flag.kind.family
        return next(
            event
            for event in map(self._events.__getitem__, self._corrected_events)
            if event.family == family and (sighting.article, sighting.rank) in self._members[event.id]
        )

    # ---------------------------------------------------------------- telling

    def _retell(self, gone: Sequence[Cluster], come: Sequence[Cluster], *, force: bool = False) -> None:
        """Take away the events of clusters that are gone, and tell those of the others anew."""
        self.version += 1
        changed = {id(cluster): cluster for cluster in come}
        for cluster in gone:
            changed.pop(id(cluster), None)
            self._forget(self._event_of.pop(id(cluster), None))
        corrected: dict[int, Cluster] = {}
        if self._corrections:
            listed = touched(self._corrections, lambda a: self._sightings.get(a, ()), self._home)
            corrected = {id(cluster): cluster for cluster in listed}
        again = force or corrected.keys() != self._corrected.keys() or any(key in corrected for key in changed)
        if again:
            for event_id in self._corrected_events:
                self._forget(event_id)
            freed = {k: c for k, c in self._corrected.items() if k not in corrected and not any(c is g for g in gone)}
            changed |= freed
            for key in corrected:
                self._forget(self._event_of.pop(key, None))
        for key in changed:
            self._forget(self._event_of.pop(key, None))
        for key, cluster in changed.items():
            if key not in corrected:
                self._event_of[key] = self._keep(self._told(cluster.all, [cluster]))
        if again:
            self._corrected = corrected
            self._members = {}
            self._corrected_events = []
            clusters = sorted(corrected.values(), key=lambda c: c.key)
            for group in carry_out(self._corrections, clusters, lambda a: self._sightings.get(a, ())):
                plain = len(group.clusters) == 1 and len(group.sightings) == len(group.clusters[0].all)
                event = self._told(group.sightings, group.clusters, group.aliases, corrected=not plain)
                self._members[event.id] = {(s.article, s.rank) for s in group.sightings}
                self._corrected_events.append(self._keep(event))

    def _told(
        self,
        sightings: Sequence[Sighting],
        clusters: Sequence[Cluster],
        aliases: tuple[str, ...] = (),
        *,
        corrected: bool = False,
    ) -> Event:
        voices = self._copies.voices((s.article, s.publisher) for s in sightings)
        closes = max((end for c in clusters if (end := c.closes()) is not None), default=None)
        return tell(sightings, voices=voices, closes=closes, aliases=aliases, corrected=corrected)

    def _keep(self, event: Event) -> str:
        self._events[event.id] = event
        self._newest.put(event)
        if event.when is not None:
            day = event.when.toordinal()
            for side in event.sides:
                self._by_day[side].setdefault(day, set()).add(event.id)
        return event.id

    def _forget(self, event_id: str | None) -> None:
        event = self._events.pop(event_id, None) if event_id is not None else None
        if event is not None:
            self._newest.drop(event.id)
        if event is not None and event.when is not None:
            day = event.when.toordinal()
            for side in event.sides:
                self._by_day[side][day].discard(event.id)
                if not self._by_day[side][day]:
                    del self._by_day[side][day]


def _by_block(sightings: Iterable[Sighting]) -> dict[Block, list[Sighting]]:
    blocks: dict[Block, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        blocks[block_of(sighting.flag)].append(sighting)
    return blocks
