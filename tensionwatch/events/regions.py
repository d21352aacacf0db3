"""Which region an event belongs to. Pure.

An event belongs to a region when its pair is one of the region's dyads, or both parties are among its countries, or
its place lies there; a visit also when its host does. A shared actor alone is not enough: a Russian minister in Cairo
is no event of a region that watches Ukraine.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol

from tensionwatch.model import Region

PlaceCountries = Callable[[str], Collection[str]]
"""The countries whose matter a gazetteer place is; empty for one unknown."""


class Placed(Protocol):
    """What decides where an event belongs."""

    @property
    def family(self) -> str: ...

    @property
    def actor(self) -> str | None: ...

    @property
    def recipient(self) -> str | None: ...

    @property
    def place(self) -> str | None: ...


def belongs(event: Placed, region: Region, countries_of: PlaceCountries) -> bool:
    pair = frozenset(side for side in (event.actor, event.recipient) if side is not None)
    if pair in region.dyads or (len(pair) == 2 and pair <= region.countries):
        return True
    if event.family == "visit" and event.recipient in region.countries:
        return True
    lies_in = frozenset(countries_of(event.place)) if event.place else frozenset()
    return bool(lies_in) and (lies_in <= region.countries or lies_in in region.dyads)
