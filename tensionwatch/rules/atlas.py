"""What countries and places are called, and whose matter a place is: all that a screen needs of the gazetteer.

Apart from the gazetteer, because the screen starts faster without people and offices (30 ms instead of 150)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple


class Place(NamedTuple):
    id: str
    name: str
    """For display, at most 20 columns."""
    type: str
    """line, waters, airspace, territory, border_area, island or strait."""
    countries: frozenset[str]
    """Whose matter it is."""


class Atlas:
    """Display names and memberships; what it does not know it gives back as it came."""

    def __init__(self, countries: Iterable[dict[str, Any]], places: Iterable[dict[str, Any]]) -> None:
        self._countries = {c["id"]: str(c["name"]) for c in countries}
        self._places = {p["id"]: Place(p["id"], p["name"], p["type"], frozenset(p["countries"])) for p in places}

    @property
    def countries(self) -> frozenset[str]:
        return frozenset(self._countries)

    @property
    def places(self) -> frozenset[str]:
        return frozenset(self._places)

    def place(self, place_id: str) -> Place | None:
        return self._places.get(place_id)

    def place_name(self, place_id: str) -> str:
        place = self._places.get(place_id)
        return place.name if place else place_id

    def place_countries(self, place_id: str) -> frozenset[str]:
        place = self._places.get(place_id)
        return place.countries if place else frozenset()

    def neighbours(self, country: str) -> frozenset[str]:
        """States that it meets at a border, on land or at sea."""
        return frozenset(_borders().get(country, "").split())

    def country_name(self, country: str) -> str:
        return self._countries.get(country, country)


def packaged_text(name: str, kind: str = "toml") -> str:
    """The packaged data file `name`.toml, or of another kind."""
    return (files("tensionwatch.rules") / "data" / f"{name}.{kind}").read_text("utf-8")


def read_data(name: str) -> dict[str, Any]:
    """The same, read."""
    return tomllib.loads(packaged_text(name))


@cache
def _borders() -> dict[str, str]:
    """Read when first asked for: few texts ask."""
    return read_data("borders")


@cache
def load_atlas() -> Atlas:
    """The built-in atlas."""
    return Atlas(read_data("countries")["country"], read_data("places")["place"])
