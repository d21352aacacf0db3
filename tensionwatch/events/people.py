"""Whose people a flag names: the visitor's, the host's, or nobody known. Pure, but for reading packaged rule data."""

from __future__ import annotations

import re
from functools import cache

from tensionwatch.rules.atlas import packaged_text

_PERSON = re.compile(r'^name = "([^"]+)"(?:\n[^\[\n].*?)*?\ncountry = "(\w+)"', re.MULTILINE)


@cache
def _homes() -> dict[str, frozenset[str]]:
    """Read by their lines alone: 6 ms, where the whole gazetteer of people takes 150."""
    homes: dict[str, frozenset[str]] = {}
    for name, country in _PERSON.findall(packaged_text("people")):
        homes[name] = homes.get(name, frozenset()) | {country}
    return homes


def acts_for(name: str, country: str | None) -> bool | None:
    """Does this person act for that country? None where the person is not known."""
    known = _homes().get(name)
    return None if known is None else country in known
