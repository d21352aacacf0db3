"""How saved filters are read from the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from tensionwatch.config_values import Spot, Wrong, shown, string
from tensionwatch.exchange import ELSEWHERE, Names
from tensionwatch.query import parse

NAME_MOST: Final = 24
"""Characters: of several tabs each is to be seen."""

_SOME_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""`since:7d` is read as well as on any other."""


def filter_name(value: object, spot: Spot) -> str:
    name = " ".join(string(value, spot).split())
    if not 0 < len(name) <= NAME_MOST:
        raise Wrong(f"no name for a tab: {shown(name)}", f"1 to {NAME_MOST} characters")
    return name


def check_queries(values: Mapping[str, list[dict[str, Any]]], at: Spot) -> None:
    """`at` is where the filters stand; a word of one that cannot be read is told with the nearest that can."""
    if not values["filter"]:
        return
    names = _names(values)
    for index, saved in enumerate(values["filter"]):
        if "query" in saved:
            reading = parse(saved["query"], names, _SOME_DAY)
            for problem in (*reading.problems, *(f"{word} has no value" for word in reading.unfinished)):
                at.item(index).key("query").tell(Wrong(problem))


def _names(values: Mapping[str, list[dict[str, Any]]]) -> Names:
    from tensionwatch.rules.atlas import load_atlas  # 30 ms: only where there are filters

    def named(table: str) -> dict[str, str]:
        return {each["id"]: each.get("name") or each["id"] for each in values[table] if "id" in each}

    atlas = load_atlas()
    return Names(
        regions=named("region") | {ELSEWHERE: "Elsewhere"},
        countries={country: atlas.country_name(country) for country in sorted(atlas.countries)},
        places={place: atlas.place_name(place) for place in sorted(atlas.places)},
        feeds=named("feed"),
    )
