"""Whose people a flag names: the visitor's, the host's, or nobody known. Pure, but for reading packaged rule data."""

from __future__ import annotations

import csv
from functools import cache

from tensionwatch.rules.atlas import packaged_text


@cache
def _homes() -> dict[str, frozenset[str]]:
    """Name → whom it acts for; who served two bodies one after the other acts for both. 5 ms, when first asked for."""
    lines = (line for line in packaged_text("people", "csv").splitlines() if line and not line.startswith("#"))
    homes: dict[str, frozenset[str]] = {}
    for row in csv.DictReader(lines):
        homes[row["name"]] = homes.get(row["name"], frozenset()) | {row["country"]}
    return homes


def acts_for(name: str, country: str | None) -> bool | None:
    """Does this person act for that country? None where the person is not known."""
    known = _homes().get(name)
    return None if known is None else country in known
