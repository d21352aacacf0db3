"""An item's sentences, each read as far as somebody asks: as text, into tokens, names, terms. Pure.

Most sentences hold nothing that a rule could match, as the gate tells from their text alone; to put one into terms
takes 80 µs, of which 20 are for its tokens and 15 for its names.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import date
from typing import overload

from tensionwatch.rules.gazetteer import Gazetteer, Match, in_office
from tensionwatch.rules.terms import Chunker, Sentence
from tensionwatch.rules.text import MARKS, NO_CLASSES, Term, body_span, has_case, pieces, tokens


def read(title: str, summary: str, gazetteer: Gazetteer, day: date | None = None) -> Reading:
    """The sentences of an item, the title's first. `day` tells which of two namesakes held office."""
    return Reading(title, summary, gazetteer, day)


class _Field:
    """The title or the summary."""

    __slots__ = ("cased", "name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.cased = has_case(text)
        """Does case tell names in it?"""


class Reading(Sequence[Sentence]):
    """The sentences of an item."""

    __slots__ = ("_context", "_day", "_gazetteer", "_names", "_read", "_spans", "_tokens")

    def __init__(self, title: str, summary: str, gazetteer: Gazetteer, day: date | None) -> None:
        self._gazetteer = gazetteer
        self._day = day
        first, second = _Field("title", title), _Field("summary", summary)
        self._spans = [(first, *span) for span in pieces(title, *body_span(title, title=True))]
        self._spans += [(second, *span) for span in pieces(summary, *body_span(summary, title=False))]
        self._tokens: dict[int, list[Term]] = {}
        self._names: dict[int, dict[int, Match]] = {}
        self._read: dict[int, Sentence] = {}
        self._context: frozenset[str] | None = None

    def __len__(self) -> int:
        return len(self._spans)

    @overload
    def __getitem__(self, at: int) -> Sentence: ...

    @overload
    def __getitem__(self, at: slice) -> list[Sentence]: ...

    def __getitem__(self, at: int | slice) -> Sentence | list[Sentence]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        if at not in self._read:
            if not 0 <= at < len(self):
                raise IndexError(at)
            self._read[at] = self._sentence(at)
        return self._read[at]

    def cased(self, at: int) -> bool:
        """Does case tell names in the sentence's field?"""
        return self._spans[at][0].cased

    def titled(self, at: int) -> bool:
        """Is it of the title?"""
        return self._spans[at][0].name == "title"

    def text(self, at: int) -> str:
        """The sentence as it stands."""
        field, start, end = self._spans[at]
        return field.text[start:end]

    def may_begin_with(self, at: int, words: Container[str]) -> bool:
        """Could its first term be one of these plain words? Says so without reading it; marks may stand before."""
        return next((token.low for token in self.tokens(at) if token.low not in MARKS), "") in words

    def tokens(self, at: int) -> list[Term]:
        """Its words and marks."""
        if at not in self._tokens:
            field, start, end = self._spans[at]
            self._tokens[at] = tokens(field.text, start, end)
        return self._tokens[at]

    def context(self) -> frozenset[str]:
        """Countries that the item names beyond doubt."""
        if self._context is None:
            self._context = frozenset(
                name.country
                for at in range(len(self))
                for match in self._proper(at).values()
                for name in in_office(match.names, self._day)
                if name.country is not None and name.cls != "weak_person" and not name.ambiguous
            )
        return self._context

    def _proper(self, at: int) -> dict[int, Match]:
        """The proper names among the sentence's tokens, by their first token."""
        if at not in self._names:
            self._names[at] = self._gazetteer.proper(self.tokens(at), cased=self.cased(at))
        return self._names[at]

    def _sentence(self, at: int) -> Sentence:
        field, begin, end = self._spans[at]
        terms, firsts = Chunker(self.tokens(at), self._proper(at), self._gazetteer, self.context, self._day).terms()
        return Sentence(field.name, field.text, (begin, end), (_BEGIN, *terms, _END), firsts)


_BEGIN, _END = Term("^", NO_CLASSES), Term("$", NO_CLASSES)
