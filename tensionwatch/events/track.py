"""The pass over one block, kept up to date as sightings come and go. Pure state.

A sighting that is the newest joins or begins an occurrence, and that is all. One that comes in late, changes or goes
makes the pass run again from its time on, until nothing that has become different is open any more: from there on
the pass would do as it did before. So the result is always that of `cluster.partition`.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tensionwatch.events.cluster import INCIDENT_SPAN, Cluster, choose, is_open
from tensionwatch.events.sighting import Block, Order, Sighting


class Changed(NamedTuple):
    gone: list[Cluster]
    """No longer there; others may have taken their place."""
    come: list[Cluster]
    """New, or with more reports than before."""


class Track:
    """The occurrences of one block."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self._sightings: dict[Order, Sighting] = {}
        self._orders: list[Order] = []
        self._home: dict[Order, Cluster] = {}
        self._clusters: list[Cluster] = []
        """Dated ones, by key."""
        self._undated: dict[Order, Sighting] = {}
        self._undated_cluster: Cluster | None = None

    def __len__(self) -> int:
        return len(self._sightings) + len(self._undated)

    def __iter__(self) -> Iterator[Cluster]:
        yield from self._clusters
        if self._undated_cluster is not None:
            yield self._undated_cluster

    def home(self, sighting: Sighting) -> Cluster:
        if sighting.at is None and self._undated_cluster is not None:
            return self._undated_cluster
        return self._home[sighting.order]

    def change(self, gone: Iterable[Sighting], come: Iterable[Sighting]) -> Changed:
        """Take some out and some in."""
        out, into = list(gone), sorted(come, key=lambda s: s.order)
        undated = self._change_undated([s for s in out if s.at is None], [s for s in into if s.at is None])
        out, into = [s for s in out if s.at is not None], [s for s in into if s.at is not None]
        if not out and not into:
            return undated
        if not out and (not self._orders or self._orders[-1] < into[0].order):
            dated = self._append(into)
        else:
            dated = self._run_again(out, into)
        return Changed(undated.gone + dated.gone, undated.come + dated.come)

    def _change_undated(self, out: list[Sighting], into: list[Sighting]) -> Changed:
        if not out and not into:
            return Changed([], [])
        before = [self._undated_cluster] if self._undated_cluster is not None else []
        for sighting in out:
            del self._undated[sighting.order]
        self._undated.update((sighting.order, sighting) for sighting in into)
        ordered = [self._undated[order] for order in sorted(self._undated)]
        self._undated_cluster = Cluster(self.block, ordered) if ordered else None
        return Changed(before, [self._undated_cluster] if self._undated_cluster is not None else [])

    def _append(self, into: list[Sighting]) -> Changed:
        touched: dict[int, Cluster] = {}
        standing = self._open_before(into[0])
        for sighting in into:
            home = self._join(standing, sighting)
            if len(home.members) == 1:
                self._clusters.append(home)
            self._sightings[sighting.order] = sighting
            self._orders.append(sighting.order)
            self._home[sighting.order] = home
            touched[id(home)] = home
        return Changed([], list(touched.values()))

    def _open_before(self, sighting: Sighting) -> list[Cluster]:
        """That began before the sighting, and are open at its time, or were when those after it were told."""
        order = sighting.order
        at = order[0]
        first = 0
        if self.block.family != "visit":
            first = bisect_left(self._clusters, (at - INCIDENT_SPAN, "", 0), key=lambda c: c.key)
        end = bisect_left(self._clusters, order, key=lambda c: c.key)
        return [c for c in self._clusters[first:end] if c.members[-1].order >= order or is_open(c, at)]

    def _join(self, standing: list[Cluster], sighting: Sighting) -> Cluster:
        standing[:] = [c for c in standing if is_open(c, sighting.order[0])]
        home = choose(standing, sighting)
        if home is None:
            home = Cluster(self.block)
            standing.append(home)
        home.add(sighting)
        return home

    def _run_again(self, out: list[Sighting], into: list[Sighting]) -> Changed:
        start = min((*out, *into), key=lambda s: s.order)
        last = max(s.order for s in (*out, *into))
        standing = self._standing_copies(start)
        old = {c.key: c for c in self._clusters}
        before: dict[int, Cluster] = {id(c): c for c in (self._home[s.order] for s in out)}
        """Old clusters that differ from what the pass makes now."""
        now: dict[int, Cluster] = {}
        """And new ones from what it made."""
        for sighting in out:
            del self._sightings[sighting.order]
            self._orders.pop(bisect_left(self._orders, sighting.order))
        for sighting in into:
            self._sightings[sighting.order] = sighting
            insort(self._orders, sighting.order)
        made = {c.key: c for c in standing}
        for cluster in before.values():  # what is left of an old cluster whose sighting is gone differs too
            if (rest := made.get(cluster.key)) is not None:
                now[id(rest)] = rest
        for order in self._orders[bisect_left(self._orders, start.order) :]:
            sighting = self._sightings[order]
            if order > last and self._settled(before, now, sighting):
                break
            home = self._join(standing, sighting)
            made[home.key] = home
            was = self._home.get(order)
            if was is None or was.key != home.key or id(was) in before or id(home) in now:
                now[id(home)] = home
                for differs in (was, old.get(home.key)):
                    if differs is not None:
                        before[id(differs)] = differs
                        if (same := made.get(differs.key)) is not None:
                            now[id(same)] = same
        return self._replace(out, list(before.values()), list(now.values()))

    def _standing_copies(self, start: Sighting) -> list[Cluster]:
        """What stood open when the sighting came, as it was then."""
        return [
            Cluster(self.block, [s for s in cluster.members if s.order < start.order])
            for cluster in self._open_before(start)
        ]

    @staticmethod
    def _settled(before: dict[int, Cluster], now: dict[int, Cluster], sighting: Sighting) -> bool:
        if any(is_open(c, sighting.order[0]) or c.members[-1].order >= sighting.order for c in before.values()):
            return False
        return not any(is_open(c, sighting.order[0]) for c in now.values())

    def _replace(self, out: list[Sighting], gone: list[Cluster], come: list[Cluster]) -> Changed:
        left = {id(cluster) for cluster in gone}
        self._clusters = sorted([c for c in self._clusters if id(c) not in left] + come, key=lambda c: c.key)
        for sighting in out:
            del self._home[sighting.order]
        for cluster in come:
            for sighting in cluster.members:
                self._home[sighting.order] = cluster
        return Changed(gone, come)
