"""The events of all articles, kept up to date as articles come and change. Pure state, no I/O.

Only the blocks that an article touches are partitioned again. Sightings with an unknown side are then laid to the
best match of a block that has the side they do know: the same place first, then the nearest in time; what matches
nothing is an event of its own with `?` for the unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta

from tensionwatch.events.cluster import Block, Sighting, accepts, block_of, merge, partition, sightings_of
from tensionwatch.model import Article, Event


class Ledger:
    """All events. `update` with new or changed articles; the rest asks."""

    def __init__(self, articles: Iterable[Article] = ()) -> None:
        self._sightings: dict[Block, dict[str, list[Sighting]]] = defaultdict(dict)
        self._blocks_of: dict[str, set[Block]] = {}
        self._clusters: dict[Block, list[list[Sighting]]] = {}
        """Each block by itself."""
        self._parts: dict[Block, list[list[Sighting]]] = {}
        """The same with the half-known sightings laid to them: one event each."""
        self._events: dict[str, Event] = {}
        self._events_of_block: dict[Block, list[str]] = {}
        self._events_of_article: dict[str, list[str]] = defaultdict(list)
        self.update(articles)

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events.values())

    def __len__(self) -> int:
        return len(self._events)

    def get(self, event_id: str) -> Event | None:
        return self._events.get(event_id)

    def of_article(self, article_id: str) -> list[Event]:
        return [self._events[event_id] for event_id in self._events_of_article.get(article_id, ())]

    def update(self, articles: Iterable[Article]) -> None:
        """Take in articles that are new or whose flags have changed."""
        for _ in self.steps(articles):
            pass

    def steps(self, articles: Iterable[Article]) -> Iterator[None]:
        """The same in steps of a few milliseconds. After the first one all is taken in, and other updates may come
        between the rest; after the last one all events are as they should be."""
        touched: set[Block] = set()
        for article in articles:
            touched |= self._place(article)
        # An unknown side may be known now, and what was laid to a changed cluster may belong elsewhere: every
        # family and realm touched has its half-known sightings laid out again (some dozens; the blocks are not).
        for block in touched:
            self._clusters[block] = partition(block, self._all(block))
        for family, realm in {(block.family, block.realm) for block in touched}:
            self._rebuild(family, realm)
            yield

    def _place(self, article: Article) -> set[Block]:
        before = self._blocks_of.pop(article.id, set())
        for block in before:
            del self._sightings[block][article.id]
        after: dict[Block, list[Sighting]] = defaultdict(list)
        for sighting in sightings_of(article):
            after[block_of(sighting.flag)].append(sighting)
        for block, sightings in after.items():
            self._sightings[block][article.id] = sightings
        if after:
            self._blocks_of[article.id] = set(after)
        return before | set(after)

    def _all(self, block: Block) -> list[Sighting]:
        return [s for sightings in self._sightings[block].values() for s in sightings]

    def _rebuild(self, family: str, realm: str) -> None:
        blocks = [b for b in self._clusters if b.family == family and b.realm == realm]
        whole = {b: [list(c) for c in self._clusters[b]] for b in blocks if len(b.sides) == 2}
        left: dict[Block, list[Sighting]] = defaultdict(list)
        for block in sorted((b for b in blocks if len(b.sides) < 2), key=lambda b: sorted(b.sides)):
            for sighting in sorted(self._all(block), key=lambda s: s.order):
                if (home := _best_match(block, sighting, whole)) is not None:
                    home.append(sighting)
                else:
                    left[block].append(sighting)
        parts = {b: partition(b, left[b]) if len(b.sides) < 2 else whole[b] for b in blocks}
        for block, clusters in parts.items():
            before = self._parts.get(block, [])
            if clusters != before:
                self._parts[block] = clusters
                self._replace(block, before, clusters)

    def _replace(self, block: Block, before: list[list[Sighting]], now: list[list[Sighting]]) -> None:
        """Each cluster is an event; that of a cluster that has not changed stays."""
        known: dict[str, tuple[list[Sighting], Event]] = {}
        for event_id, cluster in zip(self._events_of_block.pop(block, ()), before, strict=True):
            event = self._events.pop(event_id)
            known[cluster[0].article] = (cluster, event)
            for article in event.articles:
                self._events_of_article[article].remove(event_id)
        events = []
        for cluster in now:
            earlier = known.get(cluster[0].article)
            events.append(earlier[1] if earlier is not None and earlier[0] == cluster else merge(block, cluster))
        self._events_of_block[block] = [event.id for event in events]
        for event in events:
            self._events[event.id] = event
            for article in event.articles:
                self._events_of_article[article].append(event.id)


def _best_match(block: Block, sighting: Sighting, whole: dict[Block, list[list[Sighting]]]) -> list[Sighting] | None:
    """The cluster that a half-known sighting belongs to, if any."""
    place = sighting.flag.place
    fits: list[tuple[bool, timedelta, str, list[Sighting]]] = []
    for other, clusters in whole.items():
        if not block.sides <= other.sides:
            continue
        for cluster in clusters:
            places = {s.flag.place for s in cluster if s.flag.place}
            same_place = place is not None and place in places
            clash = place is not None and bool(places) and not same_place
            if clash or (not block.sides and not same_place) or not accepts(block.family, cluster, sighting):
                continue
            distance = abs(sighting.order[0] - cluster[0].order[0])
            fits.append((not same_place, distance, cluster[0].article, cluster))
    return min(fits, key=lambda fit: fit[:3])[3] if fits else None
