"""How common words are in the news: which of a pattern's words is worth looking for first. Pure.

`data/common_words.txt` lists the 1,500 commonest words of 89,000 sentences of world news, the commonest first. Their
share of sentences falls with the rank r as 0.45 r^-0.75 (measured: within a third of it from the 5th to the 2,000th).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

_RARE = 0.0005


@cache
def _ranks() -> dict[str, int]:
    text = (files("tensionwatch.rules") / "data" / "common_words.txt").read_text("utf-8")
    return {word: rank for rank, word in enumerate(text.split(), 1)}


def rank(word: str) -> int:
    """Of a word in lower case: 1 for the commonest of all, the same for all that are rare. Marks and the `s` behind an
    apostrophe are as common as any word."""
    return 1 if len(word) == 1 else _ranks().get(word, 10_000)


def is_common(word: str) -> bool:
    return word in _ranks()


def share(words: Iterable[str], classes: Iterable[str] = ()) -> float:
    """About how many of a hundred sentences hold one of the words or a term of the classes, in hundredths; over 1 for
    the commonest."""
    ranks = _ranks()
    of_words = sum(0.45 * ranks[word] ** -0.75 if word in ranks else _RARE for word in words)
    return of_words + min(0.6, sum(_SHARES.get(name, 0.03) for name in classes))


_SHARES = {
    "number": 0.3, "office": 0.25, "visitor": 0.2, "actor": 0.4, "leader": 0.15, "official": 0.15, "person": 0.1,
    "head": 0.1, "minister": 0.06, "country": 0.3, "adjective": 0.2, "state": 0.35, "host": 0.4, "capital": 0.1,
    "city": 0.1, "town": 0.15, "troops": 0.15, "unit": 0.2, "forces_people": 0.15,
}  # fmt: skip
"""Share of sentences with a term of the class; 0.03 of any other."""
