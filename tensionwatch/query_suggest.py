"""How the last word of a filter line could go on. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from tensionwatch.exchange import Names
from tensionwatch.query_values import KEYS, MARKS, known_values

LEAST = 2
"""Letters of a word before a key or a mark is offered for it: it may be one to look for."""


def suggested(text: str, names: Names) -> str:
    """The whole line with its last word longer; empty where nothing is known that begins so."""
    word = text.rpartition(" ")[2]
    bare = word.removeprefix("-")
    key, colon, value = bare.partition(":")
    if '"' in word or not bare:
        return ""
    if colon:
        rest = _rest(value, known_values(key.lower(), names)) if key.lower() != "pair" else _rest_of_pair(value, names)
    else:
        rest = _rest(bare, [*MARKS, *(f"{each}:" for each in KEYS)]) if len(bare) >= LEAST else ""
    return text + rest if rest else ""


def _rest_of_pair(value: str, names: Names) -> str:
    """Of its first country, a dash, and of its second."""
    countries = known_values("pair", names)
    if value.partition("-")[0].casefold() not in {each.casefold() for each in names.countries}:
        return _rest(value, (f"{each}-" for each in countries))
    return _rest(value.partition("-")[2], countries) if "-" in value else "-"


def _rest(begun: str, known: Iterable[str]) -> str:
    folded = begun.casefold()
    for each in known:
        if each.casefold().startswith(folded) and len(each) > len(begun):
            return each[len(begun) :]
    return ""
