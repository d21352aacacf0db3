"""The events of all articles, kept up to date as articles come and change. Pure state, no I/O.

    article ─▶ sightings ─▶ Track of the block (whole pairs) ─▶ clusters ─┬▶ corrections ─▶ Events
                     └────▶ loose ones, laid to the cluster that draws them most, or clustered by themselves

An update costs what lies near it in time and sides: a sighting is laid into its block's pass, loose sightings of those
days look whether they are drawn otherwise, and the events whose reports have changed are told anew. The outcome is
always that of all articles at once, in whatever order they came: so an update is undone by one with the articles as
they were.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from tensionwatch.events.cluster import Cluster
from tensionwatch.events.copies import NearCopies, text_of
from tensionwatch.events.corrections import carry_out, touched
from tensionwatch.events.loose import Loose
from tensionwatch.events.sighting import Block, Sighting, block_of, is_loose, sightings_of
from tensionwatch.events.telling import tell
from tensionwatch.events.told import EVENTS_VERSION, Ranks, Told
from tensionwatch.events.track import Track
from tensionwatch.model import Article, Correction, Event, Telling

STEP = 20
"""Articles taken in, or clusters told, at once where it is done in steps."""


class Ledger:
    """All events. `update` with new or changed articles; `told` answers."""

    def __init__(self, articles: Iterable[Article] = (), corrections: Iterable[Correction] = ()) -> None:
        self._sightings: dict[str, list[Sighting]] = {}
        self._tracks: dict[Block, Track] = {}
        self._loose = Loose()
        self._copies = NearCopies()
        self.told = Told(lambda article: self._sightings.get(article, ()))
        """The events as they are now."""
        self._event_of: dict[int, str] = {}
        """id() of a cluster → the id of its event, for those that no correction speaks of."""
        self._corrections: tuple[Correction, ...] = tuple(corrections)
        self._corrected: dict[int, Cluster] = {}
        """Clusters that corrections speak of."""
        self._corrected_events: list[str] = []
        self._before: dict[str, tuple[Event | None, Ranks]] = {}
        """What an update has touched, as it was."""
        self._near_before: dict[str, tuple[str, ...]] = {}
        self._known: Told | None = None
        """Whose events are taken over where they are told the same: others hold them already, 5 MB in 100,000
        articles."""
        self.update(articles)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.told)

    def __len__(self) -> int:
        return len(self.told)

    @property
    def corrections(self) -> tuple[Correction, ...]:
        return self._corrections

    # ---------------------------------------------------------------- updating

    def update(self, articles: Iterable[Article]) -> Telling:
        """Take in articles that are new or whose flags have changed; gives what that has changed in the events."""
        self._retell(*self._take(articles))
        return self._changes()

    def correct(self, corrections: Iterable[Correction]) -> Telling:
        """These corrections hold, and no others."""
        self._corrections = tuple(corrections)
        self._retell([], [], force=True)
        return self._changes()

    def begin(
        self, articles: Iterable[Article], corrections: Iterable[Correction], known: Told | None = None
    ) -> Iterator[None]:
        """Fill an empty one, in steps of a few milliseconds; best in order of time. Each event is told once, at the
        end. Nothing else may be asked or updated meanwhile. Events that are as in `known` are those objects."""
        self._known = known
        untold: dict[int, Cluster] = {}
        rest = iter(articles)
        while listed := list(islice(rest, STEP)):
            gone, come = self._take(listed)
            for cluster in gone:
                untold.pop(id(cluster), None)
            untold.update((id(cluster), cluster) for cluster in come)
            yield
        clusters = iter(untold.values())
        while some := list(islice(clusters, STEP)):
            self._retell([], some)
            yield
        self._before.clear()
        self._near_before.clear()
        self.correct(corrections)
        self._known = None

    def _changes(self) -> Telling:
        """What is otherwise since this was last asked."""
        after = {event_id: self.told.exactly(event_id) for event_id in self._before}
        events = [
            event for event_id, event in after.items()
            if event is not None and (event, self.told.odd_ranks(event_id)) != self._before[event_id]
        ]  # fmt: skip
        near = {article: self.told.near(article) for article in self._near_before}
        changes = Telling(
            version=EVENTS_VERSION,
            events=tuple(events),
            gone=tuple(i for i, event in after.items() if event is None and self._before[i][0] is not None),
            ranks={event.id: ranks for event in events if (ranks := self.told.odd_ranks(event.id))},
            near={article: now for article, now in near.items() if now != self._near_before[article]},
        )
        self._before.clear()
        self._near_before.clear()
        return changes

    def _take(self, articles: Iterable[Article]) -> tuple[list[Cluster], list[Cluster]]:
        """Gives the clusters that are no more, and those to be told anew."""
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
                copies = self._copies.put(article.id, text_of(article.title, article.summary, at, article.publisher))
            elif before:
                del self._sightings[article.id]
                copies = self._copies.drop(article.id)
            else:
                continue
            stale |= copies
            self._note_near(article.id, *copies)
        gone, come = self._change(out, into)
        left_out, left_in, drawn = self._loose.update(gone, come, loose_out, loose_in)
        more_gone, more_come = self._change(_by_block(left_out), _by_block(left_in))
        come += [*more_come, *drawn]
        come += [self._home(s) for article in stale for s in self._sightings.get(article, ())]
        return gone + more_gone, come

    def _note_near(self, *articles: str) -> None:
        for article in articles:
            self._near_before.setdefault(article, self.told.near(article))
            self.told.put_near({article: tuple(sorted(self._copies.near(article)))})

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

    # ---------------------------------------------------------------- telling

    def _retell(self, gone: Sequence[Cluster], come: Sequence[Cluster], *, force: bool = False) -> None:
        """Take away the events of clusters that are gone, and tell those of the others anew."""
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
                self._event_of[key] = self._tell(cluster.all, [cluster])
        if again:
            self._corrected = corrected
            self._corrected_events = []
            clusters = sorted(corrected.values(), key=lambda c: c.key)
            for group in carry_out(self._corrections, clusters, lambda a: self._sightings.get(a, ())):
                plain = len(group.clusters) == 1 and len(group.sightings) == len(group.clusters[0].all)
                event_id = self._tell(group.sightings, group.clusters, group.aliases, corrected=not plain)
                self._corrected_events.append(event_id)

    def _tell(
        self,
        sightings: Sequence[Sighting],
        clusters: Sequence[Cluster],
        aliases: tuple[str, ...] = (),
        *,
        corrected: bool = False,
    ) -> str:
        """Tell the event of these sightings; gives its id."""
        voices = self._copies.voices((s.article, s.publisher) for s in sightings)
        closes = max((end for c in clusters if (end := c.closes()) is not None), default=None)
        event = tell(sightings, voices=voices, closes=closes, aliases=aliases, corrected=corrected)
        if self._known is not None and (same := self._known.exactly(event.id)) == event:
            event = same
        ranks = tuple((s.article, s.rank) for s in sightings)
        self._note(event.id)
        self.told.put(event, ranks if len(ranks) > event.reports or any(rank for _, rank in ranks) else ())
        return event.id

    def _forget(self, event_id: str | None) -> None:
        if event_id is not None:
            self._note(event_id)
            self.told.drop(event_id)

    def _note(self, event_id: str) -> None:
        self._before.setdefault(event_id, (self.told.exactly(event_id), self.told.odd_ranks(event_id)))


def _by_block(sightings: Iterable[Sighting]) -> dict[Block, list[Sighting]]:
    blocks: dict[Block, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        blocks[block_of(sighting.flag)].append(sighting)
    return blocks
