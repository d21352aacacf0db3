"""The pattern language: what a rule may say of a sentence. Pure.

    {src:visitor} .. (arrives|lands|touches down) ..2 (in|at) {tgt:host}

    word              that word, in any case           word~             any form of it: visit, visits, visited …
    (a|b c|d~)        one of these                     (a|b)?  word?     may be missing
    {class}           a term of that class             {class|class}     of one of them
    {src:class}       … kept as src (or tgt, place)    {words}           a word list of the pack
    ..  ..3  ..3!     up to 5 (or 3) terms between, within the sentence; with ! not across a comma
    ^  $              the sentence begins, ends here

A pattern is compiled to a small graph and walked over the terms of one sentence. What has failed once at a pair of
(node, term) is not tried there again, so the time is bounded by pattern × sentence whatever a user writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple, TypeAlias

from tensionwatch.rules.lemma import forms
from tensionwatch.rules.terms import CLASSES, Term

DEFAULT_GAP = 5
LONGEST_GAP = 12
FUNCTION_WORDS = frozenset(
    "and or , : of in on at to for by with from over into the a an between is was are were".split()
)
ROLES = ("src", "tgt", "place")


class PatternError(ValueError):
    """What is wrong with a pattern, in words."""


class Node(NamedTuple):
    """One step: `test` a term and go on, or (`test` None) go on by any of `next` without taking one."""

    test: Callable[[Term], bool] | None
    next: tuple[int, ...]
    role: str | None
    literal: bool


class Found(NamedTuple):
    """Where a pattern matched in a sentence's terms."""

    start: int
    end: int
    """Index after the last term."""
    roles: Mapping[str, int]
    """src, tgt, place → index of the term."""
    literals: tuple[int, ...]
    """Indices of terms that words of the pattern matched."""

    def trigger(self, terms: Sequence[Term]) -> tuple[int, int]:
        """Indices of the first and last word that carry the meaning: not `and`, `in`, `to`."""
        meant = [i for i in self.literals if terms[i].low not in FUNCTION_WORDS] or list(self.literals)
        return meant[0], meant[-1]


class Pattern:
    """A compiled pattern."""

    def __init__(self, source: str, words: Mapping[str, Sequence[str]] | None = None) -> None:
        """Raises PatternError."""
        self.source = source
        compiler = _Compiler(source, words or {})
        self._nodes = compiler.nodes
        self._start = compiler.start
        self._accept = compiler.accept
        self._first = tuple(self._first_tests(self._start))
        """What a term must pass for a match to start at it."""
        self.needs: tuple[frozenset[str], ...] = tuple(compiler.needs)
        """Sets of words of each of which one must occur for the pattern to match: a quick way to say no."""
        self.rarest = min(self.needs, key=_commonness)
        """The one of them that fewest texts can meet."""
        self.needs_classes: tuple[frozenset[str], ...] = tuple(compiler.needs_classes)
        """The same of classes."""

    def _first_tests(self, node_id: int) -> Iterator[Callable[[Term], bool]]:
        node = self._nodes[node_id]
        if node.test is not None:
            yield node.test
        elif node_id == self._accept:
            yield lambda _: True
        else:
            for then in node.next:
                yield from self._first_tests(then)

    def has_words(self, words: Set[str]) -> bool:
        """False where a sentence of these words cannot hold a match."""
        return not any(map(words.isdisjoint, self.needs))

    def has_classes(self, classes: frozenset[str]) -> bool:
        """False where a sentence of terms of these classes cannot hold a match."""
        return not any(map(classes.isdisjoint, self.needs_classes))

    def search(self, terms: Sequence[Term]) -> Iterator[Found]:
        """A match from each term that one starts at, the last first: who stands nearest to the verb comes before who
        stands farther off."""
        dead: set[tuple[int, int]] = set()
        for at in range(len(terms) - 1, -1, -1):
            if any(test(terms[at]) for test in self._first):
                path = self._walk(self._start, at, terms, dead)
                if path is not None:
                    dead.difference_update(path)
                    yield self._found(at, path)

    def _walk(
        self, node_id: int, at: int, terms: Sequence[Term], dead: set[tuple[int, int]]
    ) -> list[tuple[int, int]] | None:
        """Depth first from (node, term): the steps taken, last first, or None. Written with its own stack, so that a
        long pattern cannot exhaust Python's."""
        stack: list[tuple[int, int, Iterator[int] | None]] = [(node_id, at, None)]
        nodes, accept, count = self._nodes, self._accept, len(terms)
        while stack:
            node_id, at, branches = stack[-1]
            if branches is None:
                if node_id == accept:
                    return [(n, t) for n, t, _ in stack]
                node = nodes[node_id]
                key = (node_id, at)
                if key in dead:
                    stack.pop()
                    continue
                dead.add(key)
                if node.test is not None and (at >= count or not node.test(terms[at])):
                    stack.pop()
                    continue
                branches = iter(node.next)
                stack[-1] = (node_id, at, branches)
            step = next(branches, None)
            if step is None:
                stack.pop()
            else:
                stack.append((step, at + (nodes[node_id].test is not None), None))
        return None

    def _found(self, at: int, path: list[tuple[int, int]]) -> Found:
        roles: dict[str, int] = {}
        literals: list[int] = []
        for node_id, term in path[:-1]:
            node = self._nodes[node_id]
            if node.role is not None:
                roles[node.role] = term
            if node.literal:
                literals.append(term)
        return Found(at, path[-1][1], roles, tuple(literals))


_NO_WORDS: frozenset[str] = frozenset()


class _Word(NamedTuple):
    spellings: frozenset[str]


class _Class(NamedTuple):
    role: str | None
    names: tuple[str, ...]


class _Gap(NamedTuple):
    longest: int
    tight: bool


class _Any(NamedTuple):
    options: tuple[tuple[_Piece, ...], ...]


class _Maybe(NamedTuple):
    piece: _Piece


class _Edge(NamedTuple):
    low: str


_Piece: TypeAlias = _Word | _Class | _Gap | _Any | _Maybe | _Edge

_PIECE = re.compile(
    r"\s*(?:(?P<gap>\.\.(?P<max>\d*)(?P<tight>!)?)|(?P<cls>\{[^{}]*\})|(?P<open>\()|(?P<close>\))|(?P<bar>\|)"
    r"|(?P<opt>\?)|(?P<edge>[\^$])|(?P<word>[\w'-]+~?|[,:]))"
)


class _Parser:
    """Source to pieces."""

    def __init__(self, source: str) -> None:
        self._marks: list[re.Match[str]] = []
        at = 0
        while source[at:].strip():
            match = _PIECE.match(source, at)
            if match is None:
                raise PatternError(f"cannot read '{source[at:].strip()[:20]}'")
            self._marks.append(match)
            at = match.end()
        self._at = 0

    def parse(self) -> tuple[_Piece, ...]:
        pieces = self._sequence()
        if self._at != len(self._marks):
            raise PatternError("a ')' or '|' without its '('")
        return pieces

    def _sequence(self) -> tuple[_Piece, ...]:
        pieces: list[_Piece] = []
        while self._at < len(self._marks):
            mark = self._marks[self._at]
            if mark["close"] or mark["bar"]:
                break
            self._at += 1
            if mark["opt"]:
                if not pieces:
                    raise PatternError("a '?' with nothing before it")
                pieces.append(_Maybe(pieces.pop()))
            else:
                pieces.append(self._piece(mark))
        return tuple(pieces)

    def _piece(self, mark: re.Match[str]) -> _Piece:
        if mark["gap"]:
            longest = int(mark["max"] or DEFAULT_GAP)
            if not 1 <= longest <= LONGEST_GAP:
                raise PatternError(f"a gap of {longest}: 1 to {LONGEST_GAP} are allowed")
            return _Gap(longest, bool(mark["tight"]))
        if mark["cls"]:
            return self._class(mark["cls"][1:-1])
        if mark["open"]:
            return self._options()
        return _Edge(mark["edge"]) if mark["edge"] else _Word(_spellings(mark["word"]))

    def _class(self, text: str) -> _Class:
        role, _, names = text.rpartition(":")
        if role and role not in ROLES:
            raise PatternError(f"'{role}' is no role; roles are {', '.join(ROLES)}")
        return _Class(role or None, tuple(name.strip() for name in names.split("|")))

    def _options(self) -> _Any:
        options = []
        while True:
            option = self._sequence()
            if not option:
                raise PatternError("an empty alternative")
            options.append(option)
            if self._at >= len(self._marks):
                raise PatternError("a '(' without its ')'")
            closes = bool(self._marks[self._at]["close"])
            self._at += 1
            if closes:
                return _Any(tuple(options))


class _Compiler:
    """Pieces to nodes, from the right: each is built onto the node that follows it (Thompson's construction)."""

    def __init__(self, source: str, words: Mapping[str, Sequence[str]]) -> None:
        self.nodes: list[Node] = []
        self._words = words
        pieces = _Parser(source).parse()
        self.accept = self._add(None, ())
        self.start = self._sequence(pieces, self.accept)
        self.needs = [needed for needed in map(self._needed, pieces) if needed]
        self.needs_classes = [
            frozenset(piece.names) for piece in pieces if isinstance(piece, _Class) and CLASSES.issuperset(piece.names)
        ]
        if not self.needs:
            raise PatternError("a pattern needs at least one word that must occur")

    def _add(
        self, test: Callable[[Term], bool] | None, then: tuple[int, ...], role: str | None = None, literal: bool = False
    ) -> int:
        self.nodes.append(Node(test, then, role, literal))
        return len(self.nodes) - 1

    def _sequence(self, pieces: Sequence[_Piece], then: int) -> int:
        for piece in reversed(pieces):
            then = self._piece(piece, then)
        return then

    def _piece(self, piece: _Piece, then: int) -> int:
        match piece:
            case _Word(spellings):
                return self._add(_one_of(spellings), (then,), literal=True)
            case _Class(role, names):
                return self._either([self._class(name, role, then) for name in names])
            case _Gap(longest, tight):
                return self._gap(longest, _inside_clause if tight else _inside, then)
            case _Any(options):
                return self._either([self._sequence(option, then) for option in options])
            case _Maybe(inner):
                return self._either([self._piece(inner, then), then])
            case _Edge(low):
                return self._add(_one_of(frozenset({low})), (then,))

    def _either(self, nodes: Sequence[int]) -> int:
        return nodes[0] if len(nodes) == 1 else self._add(None, tuple(nodes))

    def _gap(self, longest: int, test: Callable[[Term], bool], then: int) -> int:
        skip = then
        for _ in range(longest):
            skip = self._add(None, (then, self._add(test, (skip,))))
        return skip

    def _class(self, name: str, role: str | None, then: int) -> int:
        if name in CLASSES:
            return self._add(_of_class(name), (then,), role=role)
        return self._sequence((self._list(name),), then)

    def _list(self, name: str) -> _Piece:
        """A word list, as the choice between its phrases."""
        if name not in self._words:
            known = ", ".join(sorted(CLASSES))
            raise PatternError(f"no class or word list '{name}'; classes are {known}")
        return _Parser("(" + "|".join(self._words[name]) + ")").parse()[0]

    def _needed(self, piece: _Piece) -> frozenset[str]:
        """One of these words must occur for the piece to match; empty when none must."""
        match piece:
            case _Word(spellings):
                return spellings
            case _Class(_, names) if not any(name in CLASSES for name in names):
                return self._needed_of([(self._list(name),) for name in names])
            case _Any(options):
                return self._needed_of(options)
            case _:
                return frozenset()

    def _needed_of(self, options: Sequence[Sequence[_Piece]]) -> frozenset[str]:
        each = [min(filter(None, map(self._needed, o)), key=_commonness, default=_NO_WORDS) for o in options]
        return _NO_WORDS.union(*each) if all(each) else _NO_WORDS


_COMMON = FUNCTION_WORDS | frozenset(
    """after as before across around near his her its their not no up out off down get gets go come comes going who will
    has have had be been that this it under more new first second state city war way make makes made take takes took set
    put call calls called use left""".split()
)


def _commonness(words: frozenset[str]) -> tuple[int, int]:
    """Words that nearly every text has make a poor trigger; of the rest a longer list is met more often."""
    rank = 0 if words.isdisjoint(_COMMON) else 1 if words.isdisjoint(FUNCTION_WORDS) else 2
    return rank, len(words)


def _spellings(word: str) -> frozenset[str]:
    return forms(word[:-1].lower()) if word.endswith("~") else frozenset({word.lower()})


def _one_of(spellings: frozenset[str]) -> Callable[[Term], bool]:
    return lambda term: term.low in spellings


def _of_class(name: str) -> Callable[[Term], bool]:
    return lambda term: name in term.classes


def _inside(term: Term) -> bool:
    return term.low not in ("^", "$")


def _inside_clause(term: Term) -> bool:
    return term.low not in ("^", "$", ",", ";", ":")
