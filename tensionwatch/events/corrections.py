"""What analysts have split and merged, laid over what the clustering makes. Pure.

Corrections are carried out in the order they were made, on what the earlier ones have left:
- a split takes the sightings of its articles out of whatever events they are in and makes them one event;
- a merge makes one of the events that now hold the first article, still flagged so, of each of its groups.
They name articles, not events: clustering may move an article elsewhere, the analyst's word goes with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from tensionwatch.events.cluster import Cluster
from tensionwatch.events.sighting import Sighting, sides_of
from tensionwatch.events.telling import seen_first
from tensionwatch.model import Correction

SightingsOf = Callable[[str], Sequence[Sighting]]
HomeOf = Callable[[Sighting], Cluster]
Key = tuple[str, str, int]


class Group(NamedTuple):
    """Sightings that are one event by an analyst's word."""

    sightings: list[Sighting]
    clusters: list[Cluster]
    """That they come from."""
    aliases: tuple[str, ...]


def meant(correction: Correction, article: str, sightings_of: SightingsOf) -> list[Sighting]:
    """The sightings of an article that a correction speaks of: of its family; of several, those of its sides."""
    family = [s for s in sightings_of(article) if s.flag.kind.family == correction.family]
    sides = frozenset(correction.sides)
    return [s for s in family if sides_of(s.flag) <= sides] or family


def touched(corrections: Iterable[Correction], sightings_of: SightingsOf, home_of: HomeOf) -> list[Cluster]:
    """The clusters that corrections speak of, each once."""
    found: dict[int, Cluster] = {}
    for correction in corrections:
        for group in correction.groups:
            for article in group:
                for sighting in meant(correction, article, sightings_of):
                    found[id(home_of(sighting))] = home_of(sighting)
    return list(found.values())


def carry_out(corrections: Sequence[Correction], clusters: Sequence[Cluster], sightings_of: SightingsOf) -> list[Group]:
    """What the clusters are after the corrections."""
    groups: dict[int, list[Sighting]] = {}
    merged: dict[int, list[str]] = {}
    origin: dict[Key, Cluster] = {}
    at: dict[Key, int] = {}
    for number, cluster in enumerate(clusters):
        groups[number] = list(cluster.all)
        for sighting in cluster.all:
            at[_key(sighting)], origin[_key(sighting)] = number, cluster
    for correction in corrections:
        if correction.act == "split":
            number = len(groups)
            for sighting in _of(correction, correction.groups[0], sightings_of, at):
                groups[at[_key(sighting)]].remove(sighting)
                groups.setdefault(number, []).append(sighting)
                at[_key(sighting)] = number
            groups.setdefault(number, [])
        else:
            firsts = (next(iter(_of(correction, group, sightings_of, at)), None) for group in correction.groups)
            numbers = list(dict.fromkeys(at[_key(s)] for s in firsts if s is not None))
            for other in numbers[1:]:
                merged.setdefault(numbers[0], []).extend(
                    [seen_first(groups[n]).own_id for n in (numbers[0], other)] + merged.pop(other, [])
                )
                for sighting in groups[other]:
                    at[_key(sighting)] = numbers[0]
                groups[numbers[0]] += groups[other]
                groups[other] = []
    return [
        Group(
            sorted(sightings, key=lambda s: s.order),
            list({id(origin[_key(s)]): origin[_key(s)] for s in sightings}.values()),
            tuple(merged.get(number, ())),
        )
        for number, sightings in groups.items()
        if sightings
    ]


def _of(
    correction: Correction, articles: Iterable[str], sightings_of: SightingsOf, at: dict[Key, int]
) -> list[Sighting]:
    return [s for article in articles for s in meant(correction, article, sightings_of) if _key(s) in at]


def _key(sighting: Sighting) -> Key:
    return (sighting.article, sighting.flag.kind.family, sighting.rank)
