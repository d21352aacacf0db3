"""A pattern against a whole sentence at once, in a few operations on integers. Pure.

A set of positions in a sentence is an integer with bit i for term i. A pattern moves such a set along: a word keeps
the positions at which it stands and moves them one on, a gap smears them, a choice joins what its options reach. What
is left at the end is where a match may end; nothing left, no match (the bit-parallel method of Baeza-Yates and
Gonnet, 1992). It says whether, not where: the walk of pattern.py, ten times as dear, is for the few that match.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from tensionwatch.rules.syntax import Choice, Class, Edge, Gap, Maybe, Piece, Word, word_list
from tensionwatch.rules.text import Term

EDGES = frozenset({"^", "$"})
"""What no gap passes over."""
CLAUSE_STOPS = EDGES | {",", ";", ":"}
"""What no tight gap passes over."""


WORDS, CLASSES, GAP, PHRASES, CHOICE, MAYBE = range(6)
"""What a step asks of the positions it is given. Plain numbers: they are compared some 30 times a sentence."""


Step: TypeAlias = tuple[int, Any, int]
"""Which of these; what: of WORDS and CLASSES a frozenset, of PHRASES a Phrases, of CHOICE programs, of MAYBE a program,
of GAP whether it is tight; and how long a gap may be. Plain tuples, for a program can be kept in a file."""
Program: TypeAlias = tuple[Step, ...]
Phrases: TypeAlias = tuple[frozenset[str], dict[str, list[tuple[frozenset[str], ...]]]]
"""A choice between phrases of plain words: those that are one word, and by their first word the rests of the others."""


class Positions:
    """Where the words and classes of one sentence stand."""

    def __init__(self, terms: Sequence[Term]) -> None:
        words: dict[str, int] = {}
        classes: dict[frozenset[str], int] = {}
        bit = 1
        for term in terms:
            low = term[0]
            words[low] = words.get(low, 0) | bit
            if term[1]:
                classes[term[1]] = classes.get(term[1], 0) | bit
            bit <<= 1
        self.words: Mapping[str, int] = words
        self._classes = classes
        self._all = bit - 1
        self._of: dict[frozenset[str], int] = {}
        self._of_classes: dict[frozenset[str], int] = {}
        self._phrases: dict[int, list[tuple[int, int]]] = {}
        """By the id of the Phrases, which outlive any sentence."""
        self._entered: dict[bool, tuple[int, ...]] = {}

    def match(self, steps: Program) -> bool:
        return self._reach(steps, self._all) != 0

    def _reach(self, steps: Program, at: int) -> int:
        """Where one may be after the steps, from the positions `at`."""
        for op, what, longest in steps:
            if op == CLASSES:
                found = self._of_classes.get(what)
                at = (at & (self._stand_classes(what) if found is None else found)) << 1
            elif op == GAP:
                entered = self._entered.get(what)
                if entered is None:
                    entered = self._enter(what)
                for stride in _STRIDES[longest]:
                    at |= (at << stride) & entered[stride]
            elif op == WORDS:
                found = self._of.get(what)
                at = (at & (self._stand(what) if found is None else found)) << 1
            elif op == PHRASES:
                reached = 0
                for length, starts in self._starts(what):
                    reached |= (at & starts) << length
                at = reached
            elif op == CHOICE:
                reached = 0
                for option in what:
                    reached |= self._reach(option, at)
                at = reached
            else:
                at |= self._reach(what, at)
            if not at:
                return 0
        return at

    def _stand(self, words: frozenset[str]) -> int:
        """Where one of the words stands."""
        if words in self._of:
            return self._of[words]
        known, at = self.words, 0
        for word in words.intersection(known) if len(words) > 1 else words:
            at |= known.get(word, 0)
        self._of[words] = at
        return at

    def _stand_classes(self, names: frozenset[str]) -> int:
        at = 0
        for classes, where in self._classes.items():
            if not names.isdisjoint(classes):
                at |= where
        self._of_classes[names] = at
        return at

    def _starts(self, phrases: Phrases) -> list[tuple[int, int]]:
        """(length, where phrases of this length begin)."""
        known_starts = self._phrases.get(id(phrases))
        if known_starts is not None:
            return known_starts
        single, longer = phrases
        starts = {1: self._stand(single)} if single else {}
        known = self.words
        for head in longer.keys() & known.keys():
            for rest in longer[head]:
                at = known[head]
                for number, words in enumerate(rest, 1):
                    at &= self._stand(words) >> number
                    if not at:
                        break
                else:
                    starts[len(rest) + 1] = starts.get(len(rest) + 1, 0) | at
        found = self._phrases[id(phrases)] = [(length, at) for length, at in starts.items() if at]
        return found

    def _enter(self, tight: bool) -> tuple[int, ...]:
        """At n: the positions that one gets to by passing over n terms that a gap, tight or not, may pass over."""
        once = (self._all & ~self._stand(CLAUSE_STOPS if tight else EDGES)) << 1
        entered = [self._all, once]
        for _ in range(_LONGEST_STRIDE - 1):
            entered.append(once & (entered[-1] << 1))
        self._entered[tight] = found = tuple(entered)
        return found


_LONGEST_STRIDE = 5
_STRIDES = ((), (1,), (1, 1), (1, 2), (1, 2, 1), (1, 2, 2), (1, 2, 3), (1, 2, 4), (1, 2, 4, 1), (1, 2, 4, 2),
            (1, 2, 4, 3), (1, 2, 4, 4), (1, 2, 4, 5))  # fmt: skip
"""Strides that add up to a gap: after 1 and 2 every distance up to 3 has been covered, after 4 up to 7."""


def program(pieces: Sequence[Piece], classes: frozenset[str], words: Mapping[str, Sequence[str]]) -> Program:
    """The steps of a pattern whose names are checked."""
    return tuple(_step(piece, classes, words) for piece in pieces)


def _step(piece: Piece, classes: frozenset[str], words: Mapping[str, Sequence[str]]) -> Step:
    match piece:
        case Word(spellings):
            return WORDS, spellings, 0
        case Edge(low):
            return WORDS, frozenset({low}), 0
        case Gap(longest, tight):
            return GAP, tight, longest
        case Maybe(inner):
            return MAYBE, (_step(inner, classes, words),), 0
        case Choice():
            return _choice(piece, classes, words)
        case Class(_, names):
            options: list[Step] = [(CLASSES, own, 0)] if (own := classes.intersection(names)) else []
            options += [_choice(word_list(tuple(words[name])), classes, words) for name in names if name not in classes]
            return options[0] if len(options) == 1 else (CHOICE, tuple((option,) for option in options), 0)


def _choice(choice: Choice, classes: frozenset[str], words: Mapping[str, Sequence[str]]) -> Step:
    plain = [option for option in choice.options if all(isinstance(piece, Word) for piece in option)]
    others = tuple(program(option, classes, words) for option in choice.options if option not in plain)
    if not others:
        return _phrases(choice)
    return CHOICE, ((_phrases(Choice(tuple(plain))),), *others) if plain else others, 0


@lru_cache(maxsize=4096)
def _phrases(choice: Choice) -> Step:
    """A choice of plain words. The same one in many patterns is one object, so that a sentence is asked once."""
    phrases = [tuple(piece.spellings for piece in each if isinstance(piece, Word)) for each in choice.options]
    longer: dict[str, list[tuple[frozenset[str], ...]]] = {}
    for phrase in phrases:
        for word in phrase[0] if len(phrase) > 1 else ():
            longer.setdefault(word, []).append(phrase[1:])
    return PHRASES, (frozenset().union(*(phrase[0] for phrase in phrases if len(phrase) == 1)), longer), 0
