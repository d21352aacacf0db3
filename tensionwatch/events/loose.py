"""Loose sightings: those that leave a side open, and doubts about a visit, each laid to the cluster that draws it most.

What draws a loose sighting is a function of the clusters of whole pairs alone, never of other loose ones. So when a
cluster changes, each loose sighting of its days looks at that one cluster: it goes there, or it was there and looks
around anew, or nothing is otherwise. Those that nothing draws are clustered by themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from tensionwatch.events.cluster import Cluster, Pull, pull, strongest
from tensionwatch.events.sighting import Block, Sighting, block_of, sides_of
from tensionwatch.model import Flag

Key = tuple[str, str, int]
Place = tuple[str, str, int]
"""Family, a side or `@` and a place, day."""

_REACH = {"visit": 3}
_REACH_ELSE = 2
"""Days between a loose sighting and reports of a cluster that may draw it."""


class Loose:
    def __init__(self) -> None:
        self._sightings: dict[Key, Sighting] = {}
        self._drawn: dict[Key, Pull | None] = {}
        self._by_day: dict[Place, set[Key]] = defaultdict(set)
        self._clusters: dict[Place, tuple[Cluster, ...]] = {}
        """Mostly one, and by the ten thousand: a dictionary in each took 3 MB."""
        self._indexed: dict[int, tuple[Place, ...]] = {}

    def home(self, sighting: Sighting) -> Cluster | None:
        """The cluster that draws it, or None."""
        drawn = self._drawn.get(_key(sighting))
        return drawn.cluster if drawn is not None else None

    def update(
        self, gone: Iterable[Cluster], come: Iterable[Cluster], out: Iterable[Sighting], into: Iterable[Sighting]
    ) -> tuple[list[Sighting], list[Sighting], list[Cluster]]:
        """Clusters and loose sightings have gone and come. Gives the loose ones that now cluster no more by
        themselves, those that now do, and the clusters whose loose ones are others now."""
        touched: dict[int, Cluster] = {}
        left_out: list[Sighting] = []
        left_in: list[Sighting] = []
        search: dict[Key, Sighting] = {}
        for sighting in out:
            drawn = self._remove(sighting)
            if drawn is None:
                left_out.append(sighting)
            else:
                touched[id(drawn.cluster)] = drawn.cluster
        fresh = list(into)
        for sighting in fresh:
            self._sightings[_key(sighting)] = sighting
            self._by_day[_place(sighting)].add(_key(sighting))
        dropped = {id(cluster) for cluster in gone}
        for cluster in gone:
            self._unindex(cluster)
            for sighting in cluster.loose.values():
                if _key(sighting) in self._drawn:
                    search[_key(sighting)] = sighting
        changed = [cluster for cluster in come if _draws(cluster.block)]
        for cluster in changed:
            self._index(cluster)
        for cluster in changed:
            for key in self._near(cluster):
                if key in search or key not in self._drawn:
                    continue
                sighting, before = self._sightings[key], self._drawn[key]
                now = pull(cluster, sighting) if sides_of(sighting.flag) <= cluster.block.sides else None
                is_home = before is not None and before.cluster is cluster
                if is_home or (now is not None and (before is None or now > before)):
                    search[key] = sighting
        before_of = {key: self._drawn[key] for key in search}
        for sighting in [*search.values(), *fresh]:
            key = _key(sighting)
            before = before_of.get(key)
            now = strongest(self._candidates(sighting), sighting)
            self._drawn[key] = now
            old, new = before.cluster if before else None, now.cluster if now else None
            if key in before_of and old is new:
                continue
            if old is not None:
                old.loose.pop(key[::2], None)
                if id(old) not in dropped:
                    touched[id(old)] = old
            elif key in before_of:
                left_out.append(sighting)
            if new is not None:
                new.loose[key[::2]] = sighting
                touched[id(new)] = new
            else:
                left_in.append(sighting)
        return left_out, left_in, [cluster for key, cluster in touched.items() if key not in dropped]

    def _remove(self, sighting: Sighting) -> Pull | None:
        key = _key(sighting)
        del self._sightings[key]
        self._by_day[_place(sighting)].discard(key)
        drawn = self._drawn.pop(key)
        if drawn is not None:
            drawn.cluster.loose.pop(key[::2], None)
        return drawn

    # ---- what is near what

    def _index(self, cluster: Cluster) -> None:
        family = cluster.block.family
        names = (*cluster.block.sides, *(f"@{place}" for place in cluster.places))
        places = {(family, name, day) for name in names for day in cluster.days}
        for place in places.difference(self._indexed.get(id(cluster), ())):
            self._clusters[place] = (*self._clusters.get(place, ()), cluster)
        self._indexed[id(cluster)] = tuple(places)

    def _unindex(self, cluster: Cluster) -> None:
        for place in self._indexed.pop(id(cluster), ()):
            if rest := tuple(each for each in self._clusters[place] if each is not cluster):
                self._clusters[place] = rest
            else:
                del self._clusters[place]

    def _near(self, cluster: Cluster) -> Iterator[Key]:
        """Keys of the loose sightings that the cluster may draw."""
        family, reach = cluster.block.family, _REACH.get(cluster.block.family, _REACH_ELSE)
        days = sorted({day + more for day in cluster.days for more in range(-reach, reach + 1)})
        for name in (*cluster.block.sides, *(f"@{place}" for place in cluster.places)):
            for day in days:
                yield from self._by_day.get((family, name, day), ())

    def _candidates(self, sighting: Sighting) -> Sequence[Cluster]:
        family, name, day = _place(sighting)
        reach, sides = _REACH.get(family, _REACH_ELSE), sides_of(sighting.flag)
        found: dict[int, Cluster] = {}
        for near in range(day - reach, day + reach + 1):
            found.update((id(cluster), cluster) for cluster in self._clusters.get((family, name, near), ()))
        return [cluster for cluster in found.values() if sides <= cluster.block.sides]


def _draws(block: Block) -> bool:
    return block.realm == "news" and len(block.sides) == 2


def _key(sighting: Sighting) -> Key:
    return (sighting.article, sighting.flag.kind.family, sighting.rank)


def _place(sighting: Sighting) -> Place:
    return (block_of(sighting.flag).family, _name(sighting.flag), sighting.order[0].toordinal())


def _name(flag: Flag) -> str:
    sides = sides_of(flag)
    return min(sides) if sides else f"@{flag.place}"
