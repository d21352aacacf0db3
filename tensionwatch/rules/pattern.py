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

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum, auto
from functools import cache, cached_property, lru_cache
from typing import NamedTuple, TypeAlias

from tensionwatch.rules.frequency import share
from tensionwatch.rules.positions import CLAUSE_STOPS, EDGES, Positions, Program, program
from tensionwatch.rules.syntax import Choice, Class, Edge, Gap, Maybe, Parser, PatternError, Piece, Word, word_list
from tensionwatch.rules.terms import CLASSES
from tensionwatch.rules.text import Term

LONGEST_PATTERN = 100
FUNCTION_WORDS = frozenset(
    """and or , : of in on at to for by with from over into the a an between is was are were after before during
    amid""".split()
)


class Step(Enum):
    """What a node asks of the term it is at."""

    WORD = auto()
    """Its word is one of `words`."""
    CLASS = auto()
    """It has one of the classes `words`."""
    EITHER = auto()
    """Nothing: go on by the first of `options` that leads to a match."""
    GAP = auto()
    """Nothing: pass over up to `longest` terms, as few as will do."""
    END = auto()
    """Nothing: this is a match."""


class Node(NamedTuple):
    """One step of a compiled pattern."""

    step: Step
    then: int = -1
    words: frozenset[str] = frozenset()
    role: str | None = None
    options: tuple[int, ...] = ()
    longest: int = 0
    stops: frozenset[str] = frozenset()
    """Terms that a gap does not pass over."""


Phrase: TypeAlias = tuple[frozenset[str], frozenset[str]]
"""One of the first words and, unless they are none, one of the second: the two rarest of a phrase."""


class Need(NamedTuple):
    """One of these phrases, or a term of one of these classes."""

    phrases: frozenset[Phrase]
    classes: frozenset[str]

    @property
    def words(self) -> frozenset[str]:
        """One of which is there, if it is not a term."""
        return _words_of(self.phrases)

    def share(self) -> float:
        """About how many sentences meet it."""
        return _share_of(self)


@cache
def _words_of(phrases: frozenset[Phrase]) -> frozenset[str]:
    return _NO_WORDS.union(*(first for first, _ in phrases))


@cache
def _share_of(need: Need) -> float:
    return share(need.words, need.classes)


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

    def __init__(self, source: str, words: Mapping[str, Sequence[str]] | None = None, *, checked: bool = False) -> None:
        """Raises PatternError; of a source that was `checked` before nothing is read until a text asks (2,300 of them
        take 80 ms)."""
        self.source = source
        self._words = words or {}
        if not checked:
            self._compiler  # noqa: B018  reads it
        self._nodes: list[Node] | None = None

    @cached_property
    def _compiler(self) -> _Compiler:
        return _Compiler(self.source, self._words)

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """What must occur for the pattern to match, in this order: a quick way to say no."""
        return tuple(need for need in map(self._compiler.needed, self._compiler.pieces) if need is not None)

    @cached_property
    def begins(self) -> Need | None:
        """What the sentence must begin with, if anything."""
        return self._compiler.begins()

    @cached_property
    def program(self) -> Program:
        """For `matches`."""
        return self._compiler.to_program()

    def forget(self) -> None:
        """Let go of what it was read into: of 1,900 patterns that is 40 MB. What texts bring up is read again."""
        for read in ("_compiler", "needs", "begins"):
            self.__dict__.pop(read, None)

    def _graph(self) -> list[Node]:
        """Made when a sentence first matches: half of the time that loading the rules would take."""
        if self._nodes is None:
            self._start = self._compiler.build()
            self._nodes = self._compiler.nodes
            self._first_words, self._first_classes, self._anywhere = self._first(self._start)
            """Words and classes that a match can start with; whether with any term at all."""
        return self._nodes

    def _first(self, at: int) -> tuple[frozenset[str], frozenset[str], bool]:
        node = self._graph()[at]
        if node.step is Step.WORD:
            return node.words, _NO_WORDS, False
        if node.step is Step.CLASS:
            return _NO_WORDS, node.words, False
        if node.step is not Step.EITHER:
            return _NO_WORDS, _NO_WORDS, True
        each = [self._first(option) for option in node.options]
        words = _NO_WORDS.union(*(words for words, _, _ in each))
        return words, _NO_WORDS.union(*(classes for _, classes, _ in each)), any(anywhere for *_, anywhere in each)

    def matches(self, positions: Positions) -> bool:
        """Is there a match at all? Quick, where `search` is thorough."""
        return positions.match(self.program)

    def search(self, terms: Sequence[Term]) -> Iterator[Found]:
        """A match from each term that one starts at, the last first: who stands nearest to the verb comes before who
        stands farther off."""
        nodes = self._graph()
        dead: set[tuple[int, int]] = set()
        words, classes = self._first_words, self._first_classes
        for at in range(len(terms) - 1, -1, -1):
            term = terms[at]
            if self._anywhere or term.low in words or not classes.isdisjoint(term.classes):
                taken: list[tuple[int, int]] = []
                end = self._match(nodes, self._start, at, terms, dead, taken)
                if end >= 0:
                    yield _found(nodes, at, end, taken)

    def _match(
        self, nodes: list[Node], node_id: int, at: int, terms: Sequence[Term], dead: set[tuple[int, int]],
        taken: list[tuple[int, int]],
    ) -> int:  # fmt: skip
        """Depth first from (node, term): the index after the match, or -1. `taken` gathers the (node, term) pairs of
        words and classes on the way. Recursion is as deep as the pattern has choices and gaps."""
        count = len(terms)
        while True:
            node = nodes[node_id]
            step = node.step
            if step is Step.WORD:
                if at >= count or terms[at].low not in node.words:
                    return -1
            elif step is Step.CLASS:
                if at >= count or node.words.isdisjoint(terms[at].classes):
                    return -1
            elif step is Step.END:
                return at
            else:
                return self._branch(nodes, node_id, at, terms, dead, taken)
            taken.append((node_id, at))
            at += 1
            node_id = node.then

    def _branch(
        self, nodes: list[Node], node_id: int, at: int, terms: Sequence[Term], dead: set[tuple[int, int]],
        taken: list[tuple[int, int]],
    ) -> int:  # fmt: skip
        if (node_id, at) in dead:
            return -1
        node, mark = nodes[node_id], len(taken)
        if node.step is Step.EITHER:
            for option in node.options:
                if (end := self._match(nodes, option, at, terms, dead, taken)) >= 0:
                    return end
                del taken[mark:]
        else:
            then = nodes[node.then]
            words = then.words if then.step is Step.WORD else None
            classes = then.words if then.step is Step.CLASS else None
            for skipped in range(at, min(at + node.longest, len(terms) - 1) + 1):
                term = terms[skipped]
                if (words is None or term.low in words) and not (classes and classes.isdisjoint(term.classes)):
                    if (end := self._match(nodes, node.then, skipped, terms, dead, taken)) >= 0:
                        return end
                    del taken[mark:]
                if term.low in node.stops:
                    break
        dead.add((node_id, at))
        return -1


class AnyOf:
    """Patterns of which any may match. A rule's ten vetoes cost what one does: most sentences have no word of them."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self.patterns = patterns

    @cached_property
    def by_word(self) -> dict[str, list[int]]:
        """Word → the patterns that it calls up: of each pattern the rarest need, of which one word must be there."""
        called: dict[str, list[int]] = {}
        for number, pattern in enumerate(self.patterns):
            for word in min((need for need in pattern.needs if not need.classes), key=Need.share).words:
                called.setdefault(word, []).append(number)
        return called

    def match(self, positions: Positions) -> Pattern | None:
        """One that matches, the first."""
        called = self.by_word
        numbers = {number for word in called.keys() & positions.words.keys() for number in called[word]}
        return next((self.patterns[n] for n in sorted(numbers) if self.patterns[n].matches(positions)), None)


def _found(nodes: Sequence[Node], start: int, end: int, taken: Sequence[tuple[int, int]]) -> Found:
    steps = [(nodes[node_id], at) for node_id, at in taken]
    roles = {node.role: at for node, at in steps if node.role is not None}
    literals = tuple(at for node, at in steps if node.step is Step.WORD and node.words.isdisjoint(EDGES))
    return Found(start, end, roles, literals)


_NO_WORDS: frozenset[str] = frozenset()
_NO_PHRASES: frozenset[Phrase] = frozenset()


class _Compiler:
    """Pieces to nodes, from the right: each is built onto the node that follows it (Thompson's construction)."""

    def __init__(self, source: str, words: Mapping[str, Sequence[str]]) -> None:
        self.nodes: list[Node] = []
        self._words = words
        self.pieces = pieces = Parser(source).parse()
        if len(pieces) > LONGEST_PATTERN:
            raise PatternError(f"{len(pieces)} parts in a row: at most {LONGEST_PATTERN} are allowed")
        self._check(pieces)
        if not any(map(self._has_words, pieces)):
            raise PatternError("a pattern needs at least one word that must occur")

    def _check(self, pieces: Sequence[Piece]) -> None:
        """Every class and word list named exists. Raises PatternError."""
        for piece in pieces:
            match piece:
                case Class(_, names):
                    for name in names:
                        if name not in CLASSES:
                            self._list(name)
                case Choice(options):
                    for option in options:
                        self._check(option)
                case Maybe(inner):
                    self._check((inner,))

    def _has_words(self, piece: Piece) -> bool:
        """Must one of its words occur?"""
        match piece:
            case Word():
                return True
            case Class(_, names):
                return not any(name in CLASSES for name in names) and all(map(self._has_words, map(self._list, names)))
            case Choice(options):
                return all(any(map(self._has_words, option)) for option in options)
            case _:
                return False

    def begins(self) -> Need | None:
        """What a term must be of which the pattern says that it is the first."""
        first: list[Need | None] = []
        for piece in self.pieces[1:] if self.pieces[0] == Edge("^") else ():
            inner = piece.piece if isinstance(piece, Maybe) else piece
            first.append(self._starts(inner))
            if not isinstance(piece, Maybe):
                return _any_of(first)
        return None

    def _starts(self, piece: Piece) -> Need | None:
        """What the piece can start with; None where it can with anything."""
        match piece:
            case Choice(options):
                return _any_of([self._starts(option[0]) for option in options])
            case Class(_, names) if not set(names) <= CLASSES:
                lists = [self._starts(self._list(name)) for name in names if name not in CLASSES]
                own = CLASSES.intersection(names)
                return _any_of([*lists, *([self.needed(Class(None, tuple(own)))] if own else [])])
            case _:
                return self.needed(piece)

    def to_program(self) -> Program:
        return program(self.pieces, CLASSES, self._words)

    def build(self) -> int:
        """Make `nodes`; gives the number of the first."""
        return self._sequence(self.pieces, self._add(Node(Step.END)))

    def _add(self, node: Node) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1

    def _sequence(self, pieces: Sequence[Piece], then: int) -> int:
        for piece in reversed(pieces):
            then = self._piece(piece, then)
        return then

    def _piece(self, piece: Piece, then: int) -> int:
        match piece:
            case Word(spellings):
                return self._add(Node(Step.WORD, then, words=spellings))
            case Class(role, names):
                return self._class(names, role, then)
            case Gap(longest, tight):
                return self._add(Node(Step.GAP, then, longest=longest, stops=CLAUSE_STOPS if tight else EDGES))
            case Choice(options):
                return self._either([self._sequence(option, then) for option in _shared(options)])
            case Maybe(inner):
                return self._either([self._piece(inner, then), then])
            case Edge(low):
                return self._add(Node(Step.WORD, then, words=frozenset({low})))

    def _either(self, nodes: Sequence[int]) -> int:
        return nodes[0] if len(nodes) == 1 else self._add(Node(Step.EITHER, options=tuple(nodes)))

    def _class(self, names: Sequence[str], role: str | None, then: int) -> int:
        classes = CLASSES.intersection(names)
        own = [self._add(Node(Step.CLASS, then, words=classes, role=role))] if classes else []
        return self._either([*own, *(self._piece(self._list(name), then) for name in names if name not in CLASSES)])

    def _list(self, name: str) -> Piece:
        """A word list, as the choice between its phrases."""
        if name not in self._words:
            known = ", ".join(sorted(CLASSES))
            raise PatternError(f"no class or word list '{name}'; classes are {known}")
        return word_list(tuple(self._words[name]))

    def needed(self, piece: Piece) -> Need | None:
        match piece:
            case Class(_, names):
                lists = [_list_needs(tuple(self._words[name])) for name in names if name not in CLASSES]
                own = CLASSES.intersection(names)
                return None if own & _UNTOLD else _any_of([*lists, Need(_NO_PHRASES, own)] if own else lists)
            case Choice(options):
                return _any_of([_rarest(map(self.needed, option)) for option in options])
            case _:
                return _word(piece.spellings) if isinstance(piece, Word) else None


_UNTOLD = frozenset({"owner", "number"})
"""Classes that a text's bare words do not tell."""


def _any_of(each: Sequence[Need | None]) -> Need | None:
    """What meets one of these; None where one of them needs nothing."""
    needs = [need for need in each if need is not None]
    if len(needs) < len(each):
        return None
    return Need(_NO_PHRASES.union(*(n.phrases for n in needs)), _NO_WORDS.union(*(n.classes for n in needs)))


def _word(spellings: frozenset[str]) -> Need:
    return Need(frozenset({(spellings, _NO_WORDS)}), _NO_WORDS)


@lru_cache(maxsize=1024)
def _list_needs(phrases: tuple[str, ...]) -> Need | None:
    """What must occur for a phrase of the list to match."""

    def needed(piece: Piece) -> Need | None:
        match piece:
            case Word(spellings):
                return _word(spellings)
            case Choice(options):
                return _any_of([_rarest(map(needed, option)) for option in options])
            case _:
                return None

    return needed(word_list(phrases))


def _rarest(needs: Iterable[Need | None]) -> Need | None:
    """Of what stands one after the other: words rather than classes, and two where they are plain."""
    known = sorted((need for need in needs if need is not None), key=lambda need: (bool(need.classes), need.share()))
    plain = [first for n in known if len(n.phrases) == 1 and not n.classes for first, second in n.phrases if not second]
    if len(plain) > 1 and plain[0] == known[0].words:
        return Need(frozenset({(plain[0], plain[1])}), _NO_WORDS)
    return known[0] if known else None


def _shared(options: Sequence[tuple[Piece, ...]]) -> list[tuple[Piece, ...]]:
    """The same choice with fewer steps to try: phrases that begin alike share their beginning, single words are one
    set of words. A list of 60 phrases is left after 20 tests instead of 60."""
    words: set[str] = set()
    phrases: dict[Piece, list[tuple[Piece, ...]]] = {}
    for first, *rest in options:
        if isinstance(first, Word) and not rest:
            words |= first.spellings
        else:
            phrases.setdefault(first, []).append(tuple(rest))
    begun = [(first, *rests[0]) if len(rests) == 1 else (first, _either_of(rests)) for first, rests in phrases.items()]
    return [*begun, (Word(frozenset(words)),)] if words else begun


def _either_of(rests: Sequence[tuple[Piece, ...]]) -> Piece:
    choice = Choice(tuple(rest for rest in rests if rest))
    return choice if all(rests) else Maybe(choice)
