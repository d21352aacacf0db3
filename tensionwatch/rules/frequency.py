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


def share(words: Iterable[str]) -> float:
    """About how many of a hundred sentences hold one of the words, in hundredths; over 1 for the commonest."""
    ranks = _ranks()
    return sum(0.45 * ranks[word] ** -0.75 if word in ranks else _RARE for word in words)
