"""The pattern language: what a rule may say of a sentence. Pure.

    {src:visitor} .. (arrives|lands|touches down) ..2 (in|at) {tgt:host}

    word              that word, in any case           word~             any form of it: visit, visits, visited …
    (a|b c|d~)        one of these                     (a|b)?  word?     may be missing
    {class}           a term of that class             {class|class}     of one of them
    {src:class}       … kept as src (or tgt, place)    {words}           a word list of the pack
    ..  ..3           up to 5 (or 3) terms between, within the sentence
    ^  $              the sentence begins, ends here

A pattern is compiled to a small graph and walked over the terms of one sentence. What has failed once at a pair of
(node, term) is not tried there again, so the time is bounded by pattern × sentence whatever a user writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tensionwatch.rules.lemma import forms
from tensionwatch.rules.terms import CLASSES, Term

DEFAULT_GAP = 5
LONGEST_GAP = 12
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
    """Indices of terms that words of the pattern matched: the trigger."""


class Pattern:
    """A compiled pattern."""

    def __init__(self, source: str, words: Mapping[str, Sequence[str]] | None = None) -> None:
        """Raises PatternError."""
        self.source = source
        compiler = _Compiler(source, words or {})
        self._nodes = compiler.nodes
        self._start = compiler.start
        self._accept = compiler.accept
        self.needs: tuple[frozenset[str], ...] = tuple(compiler.needs)
        """Sets of words of each of which one must occur for the pattern to match: a quick way to say no."""

    def search(self, terms: Sequence[Term]) -> Iterator[Found]:
        """A match from each term that one starts at, the last first: who stands nearest to the verb comes before who
        stands farther off."""
        dead: set[tuple[int, int]] = set()
        for at in range(len(terms) - 1, -1, -1):
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


_PIECE = re.compile(
    r"\s*(?:(?P<gap>\.\.(?P<max>\d*))|(?P<cls>\{[^{}]*\})|(?P<open>\()|(?P<close>\))|(?P<bar>\|)|(?P<opt>\?)"
    r"|(?P<bos>\^)|(?P<eos>\$)|(?P<word>[\w'-]+~?|[,:]))"
)


class _Compiler:
    """Thompson's construction, from the right: each piece is built onto the node that follows it."""

    def __init__(self, source: str, words: Mapping[str, Sequence[str]]) -> None:
        self.nodes: list[Node] = []
        self.needs: list[frozenset[str]] = []
        self._words = words
        self._source = source
        tree = self._parse(source)
        self.accept = self._add(None, ())
        self.start = self._sequence(tree, self.accept)
        self._collect_needs(tree)
        if not self.needs:
            raise PatternError("a pattern needs at least one word that must occur")

    def _add(
        self, test: Callable[[Term], bool] | None, then: tuple[int, ...], role: str | None = None, literal: bool = False
    ) -> int:
        self.nodes.append(Node(test, then, role, literal))
        return len(self.nodes) - 1

    # ---- parsing: a tree of ("word", …) ("class", …) ("gap", n) ("any", [trees]) ("maybe", tree)

    def _parse(self, source: str) -> list[tuple[str, object]]:
        pieces, at = [], 0
        while source[at:].strip():
            match = _PIECE.match(source, at)
            if match is None:
                raise PatternError(f"cannot read '{source[at:].strip()[:20]}'")
            pieces.append(match)
            at = match.end()
        tree, used = self._parse_sequence(pieces, 0, inside=False)
        if used != len(pieces):
            raise PatternError("a ')' or '|' without its '('")
        return tree

    def _parse_sequence(
        self, pieces: Sequence[re.Match[str]], at: int, *, inside: bool
    ) -> tuple[list[tuple[str, object]], int]:
        tree: list[tuple[str, object]] = []
        while at < len(pieces):
            match = pieces[at]
            kind = match.lastgroup if match.lastgroup != "max" else "gap"
            if kind in ("close", "bar"):
                if not inside:
                    return tree, at
                break
            at += 1
            if kind == "open":
                options, at = self._parse_options(pieces, at)
                tree.append(("any", options))
            elif kind == "opt":
                if not tree:
                    raise PatternError("a '?' with nothing before it")
                tree.append(("maybe", [tree.pop()]))
            elif kind == "gap":
                longest = int(match["max"] or DEFAULT_GAP)
                if not 1 <= longest <= LONGEST_GAP:
                    raise PatternError(f"a gap of {longest}: 1 to {LONGEST_GAP} are allowed")
                tree.append(("gap", longest))
            else:
                tree.append((str(kind), match[str(kind)]))
        return tree, at

    def _parse_options(self, pieces: Sequence[re.Match[str]], at: int) -> tuple[list[list[tuple[str, object]]], int]:
        options: list[list[tuple[str, object]]] = []
        while True:
            option, at = self._parse_sequence(pieces, at, inside=True)
            if not option:
                raise PatternError("an empty alternative")
            options.append(option)
            if at >= len(pieces):
                raise PatternError("a '(' without its ')'")
            closes = pieces[at].lastgroup == "close"
            at += 1
            if closes:
                return options, at

    # ---- building

    def _sequence(self, tree: Sequence[tuple[str, object]], then: int) -> int:
        for kind, value in reversed(tree):
            then = self._piece(kind, value, then)
        return then

    def _piece(self, kind: str, value: object, then: int) -> int:
        if kind == "word":
            return self._add(_one_of(_spellings(str(value))), (then,), literal=True)
        if kind == "cls":
            return self._class(str(value)[1:-1], then)
        if kind == "gap":
            assert isinstance(value, int)
            skip = then
            for _ in range(value):
                taken = self._add(_inside, (skip,))
                skip = self._add(None, (then, taken))
            return skip
        if kind == "any":
            assert isinstance(value, list)
            return self._add(None, tuple(self._sequence(option, then) for option in value))
        if kind == "maybe":
            assert isinstance(value, list)
            return self._add(None, (self._sequence(value, then), then))
        return self._add(_is_edge("^" if kind == "bos" else "$"), (then,))

    def _class(self, text: str, then: int) -> int:
        role, _, names = text.rpartition(":")
        if role and role not in ROLES:
            raise PatternError(f"'{role}' is no role; roles are {', '.join(ROLES)}")
        options = []
        for name in names.split("|"):
            name = name.strip()
            if name in CLASSES:
                options.append(self._add(_of_class(name), (then,), role=role or None))
            elif name in self._words:
                phrases = self._parse("(" + "|".join(self._words[name]) + ")")
                options.append(self._sequence(phrases, then))
            else:
                raise PatternError(f"no class or word list '{name}'; classes are {', '.join(sorted(CLASSES))}")
        return options[0] if len(options) == 1 else self._add(None, tuple(options))

    # ---- what must occur

    def _collect_needs(self, tree: Sequence[tuple[str, object]]) -> None:
        for piece in tree:
            if needed := self._needed(piece):
                self.needs.append(needed)

    def _needed(self, piece: tuple[str, object]) -> frozenset[str]:
        """One of these words must occur for the piece to match; empty when none must."""
        kind, value = piece
        if kind == "word":
            return _spellings(str(value))
        if kind == "cls":
            names = str(value)[1:-1].rpartition(":")[2].split("|")
            if all(name.strip() in self._words for name in names):
                phrases = "|".join(p for name in names for p in self._words[name.strip()])
                return self._needed(self._parse(f"({phrases})")[0])
        if kind == "any":
            assert isinstance(value, list)
            each = [next((n for n in map(self._needed, option) if n), frozenset()) for option in value]
            return frozenset().union(*each) if all(each) else frozenset()
        return frozenset()


def _spellings(word: str) -> frozenset[str]:
    return forms(word[:-1].lower()) if word.endswith("~") else frozenset({word.lower()})


def _one_of(spellings: frozenset[str]) -> Callable[[Term], bool]:
    return lambda term: term.low in spellings


def _of_class(name: str) -> Callable[[Term], bool]:
    return lambda term: name in term.classes


def _inside(term: Term) -> bool:
    return term.low not in ("^", "$")


def _is_edge(edge: str) -> Callable[[Term], bool]:
    return lambda term: term.low == edge
