"""What a query asks to be without: of a list, part by part, what is left.

Sets tell at once. Words are looked for in the texts of the first AT_ONCE articles, a screenful, and for those that
follow in the full-text index, as a set that is made in steps (100,000 articles that have the word: 60 ms).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator

from tensionwatch.store.search import IndexLost
from tensionwatch.store.terms import Wanted

AT_ONCE = 200
"""Texts looked at, 15 µs each, before it is worth making the set."""
TEXTS = 50
"""Of them in one step."""

Find = Callable[[], Iterator[list[str]] | None]
"""All that have the words, part by part; None where the index cannot say."""


class Refusal:
    """Of one condition that must not hold."""

    def __init__(
        self, sets: list[Collection[str]], wanted: Wanted, has_words: Callable[[str], bool], find: Find | None
    ) -> None:
        self._sets = sets
        self._wanted = wanted
        self._has_words = has_words
        self._find = find
        self._found: set[str] | None = None
        self._looked = 0

    def left_of(self, ids: list[str]) -> Generator[list[str], None, list[str]]:
        """Gives those that are not refused, after some steps that give nothing."""
        if self._wanted.is_blank and len(self._sets) == 1:
            (refused,) = self._sets
            return [article_id for article_id in ids if article_id not in refused]
        suspects = [article_id for article_id in ids if all(article_id in each for each in self._sets)]
        if not self._wanted.is_blank:
            suspects = yield from self._with_words(suspects)
        refused = set(suspects)
        return [article_id for article_id in ids if article_id not in refused]

    def _with_words(self, ids: list[str]) -> Generator[list[str], None, list[str]]:
        self._looked += len(ids)
        if self._looked > AT_ONCE and self._found is None and self._find is not None:
            yield from self._make()
        if self._found is not None:
            ids = [article_id for article_id in ids if article_id in self._found]
            if not self._wanted.has_phrases:
                return ids
        found: list[str] = []
        for at in range(0, len(ids), TEXTS):
            if at:
                yield []
            found += filter(self._has_words, ids[at : at + TEXTS])
        return found

    def _make(self) -> Iterator[list[str]]:
        parts = self._find() if self._find is not None else None
        self._find = None
        if parts is None:
            return
        found: set[str] = set()
        try:
            for part in parts:
                found.update(part)
                yield []
        except IndexLost:
            return  # each text is looked at instead
        self._found = found
