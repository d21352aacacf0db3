"""What a pattern says, read from its source: a sequence of pieces. The language is described in pattern.py. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from tensionwatch.rules.lemma import forms
from tensionwatch.rules.text import has_unspaced, tokens

DEFAULT_GAP = 5
LONGEST_GAP = 12
ROLES = ("src", "tgt", "place")


class PatternError(ValueError):
    """What is wrong with a pattern, in words."""


class Word(NamedTuple):
    spellings: frozenset[str]


class Class(NamedTuple):
    role: str | None
    names: tuple[str, ...]


class Gap(NamedTuple):
    longest: int
    tight: bool


class Choice(NamedTuple):
    options: tuple[tuple[Piece, ...], ...]


class Maybe(NamedTuple):
    piece: Piece


class Edge(NamedTuple):
    low: str


Piece: TypeAlias = Word | Class | Gap | Choice | Maybe | Edge

_TOKEN = re.compile(
    r"\s*(?:(?P<gap>\.\.(?P<max>\d*)(?P<tight>!)?)|(?P<cls>\{[^{}]*\})|(?P<open>\()|(?P<close>\))|(?P<bar>\|)"
    r"|(?P<opt>\?)|(?P<edge>[\^$])|(?P<word>[\w'-]+~?|[,:]))"
)


class Parser:
    """Source to pieces."""

    def __init__(self, source: str) -> None:
        self._marks: list[re.Match[str]] = []
        at, end = 0, len(source.rstrip())
        for match in _TOKEN.finditer(source, 0, end):
            if match.start() != at:
                break
            self._marks.append(match)
            at = match.end()
        if at < end:
            raise PatternError(f"cannot read '{source[at:].strip()[:20]}'")
        self._at = 0

    def parse(self) -> tuple[Piece, ...]:
        pieces = self._sequence()
        if self._at != len(self._marks):
            raise PatternError("a ')' or '|' without its '('")
        return pieces

    def _sequence(self) -> tuple[Piece, ...]:
        pieces: list[Piece] = []
        while self._at < len(self._marks):
            mark = self._marks[self._at]
            kind = mark.lastgroup
            if kind in ("close", "bar"):
                break
            self._at += 1
            if kind == "word":
                pieces.append(_word(mark["word"]))
            elif kind == "opt":
                if not pieces:
                    raise PatternError("a '?' with nothing before it")
                pieces.append(Maybe(pieces.pop()))
            else:
                pieces.append(self._piece(mark))
        return tuple(pieces)

    def _piece(self, mark: re.Match[str]) -> Piece:
        if mark.lastgroup == "gap":
            longest = int(mark["max"] or DEFAULT_GAP)
            if not 1 <= longest <= LONGEST_GAP:
                raise PatternError(f"a gap of {longest}: 1 to {LONGEST_GAP} are allowed")
            return Gap(longest, bool(mark["tight"]))
        if mark.lastgroup == "cls":
            return self._class(mark["cls"][1:-1])
        return Edge(mark["edge"]) if mark.lastgroup == "edge" else self._options()

    def _class(self, text: str) -> Class:
        role, _, names = text.rpartition(":")
        if role and role not in ROLES:
            raise PatternError(f"'{role}' is no role; roles are {', '.join(ROLES)}")
        return Class(role or None, tuple(name.strip() for name in names.split("|")))

    def _options(self) -> Choice:
        options = []
        while True:
            option = self._sequence()
            if not option:
                raise PatternError("an empty alternative")
            options.append(option)
            if self._at >= len(self._marks):
                raise PatternError("a '(' without its ')'")
            closes = self._marks[self._at].lastgroup == "close"
            self._at += 1
            if closes:
                return Choice(tuple(options))


@lru_cache(maxsize=8192)
def _word(word: str) -> Piece:
    if has_unspaced(word):  # each character is a word by itself
        return Choice((tuple(Word(frozenset({term.low})) for term in tokens(word)),))
    return Word(spellings(word))


def spellings(word: str) -> frozenset[str]:
    """`word~` stands for all its forms."""
    return forms(word[:-1].lower()) if word.endswith("~") else frozenset({word.lower()})


@lru_cache(maxsize=1024)
def word_list(phrases: tuple[str, ...]) -> Choice:
    """A word list, as the choice between its phrases; each is used by many patterns. Raises PatternError."""
    (piece,) = Parser("(" + "|".join(phrases) + ")").parse()
    if not isinstance(piece, Choice):
        raise PatternError("a word list is a list of phrases")
    return piece
