"""Which patterns a sentence may match, told from its bare words: most sentences match none and are read no further.

Each thing that patterns need (one of a set of words, a term of one of a set of classes) is a bit, and a word has the
bits of all the needs that it may meet. The rarest words of a pattern call it up; it is a candidate where the sentence
has all its bits, and in the pattern's order, each from a word of its own. A name of several words counts where its two
rarest are there, one that is also a common word where it has its capital. Only words that mean something are known
here: to find that a word means nothing costs one look into a table, not four (the processor waits for memory most of
the time). Of an item's 2.7 sentences 0.34 are left to be read, half of which hold a match. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from functools import cached_property, reduce
from itertools import chain
from operator import or_
from typing import NamedTuple, TypeAlias

from tensionwatch.rules.collection import no_collection
from tensionwatch.rules.frequency import is_common, rank
from tensionwatch.rules.gazetteer import Gazetteer, Name
from tensionwatch.rules.pattern import Need, Pattern
from tensionwatch.rules.terms import PARTIES, classes_of, the_koreas
from tensionwatch.rules.text import MARKS, fold, spaced

_COMMON = 0.05
"""Share of sentences from which on a word has its bits for itself."""
_SHARED = 1024
"""Bits of all other needs of words, and as many of the words that names need besides their rarest: two may share one.
(With 256 bits a fifth more sentences were read, with 3,000 hardly fewer.)"""


_TAG = 20
"""So many of a word's lowest bits are the number by which more is known of it. (Of all bits the commonest come first,
so that most of the numbers are short: half of the gate's time went into reading long ones from memory.)"""
_TAGGED = (1 << _TAG) - 1


class _Way(NamedTuple):
    """Patterns that need the same in the same order."""

    needed: int
    order: tuple[int, ...]
    named: tuple[int, ...]
    """The order where a name of PARTIES is there: then an office or a force, too, meets what needs one."""
    numbers: list[int]


_Names: TypeAlias = tuple[int, tuple[tuple[int, str, int], ...]]
"""The bits that a word has by itself; the bit of another word that must be there (0 for none) and how the word must be
written ("" for anyhow) → more bits."""


class Gate:
    """The patterns of one language."""

    def __init__(self, patterns: Sequence[Pattern], gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._needs = needs = _Needs(patterns)
        ways: dict[tuple[Need | None, tuple[int, ...], int], _Way] = {}
        callers: dict[str, dict[int, list[_Way]]] = {}
        always: dict[int, list[_Way]] = {}
        for number, pattern in enumerate(patterns):
            order, caller, needed = needs.order(pattern), _rarest(pattern), needs.of(pattern)
            if (caller, order, needed) not in ways:
                way = _Way(needed, order, tuple(map(needs.named, order)), [])
                ways[caller, order, needed] = way
                besides = needed if caller is None else needs.besides(needed, caller)
                for word in {_longest_run(word) for word in caller.words} if caller is not None else ():
                    callers.setdefault(word, {}).setdefault(besides, []).append(way)
                if caller is None:
                    always.setdefault(besides, []).append(way)
            ways[caller, order, needed].numbers.append(number)
        self._callers = {word: list(called.items()) for word, called in callers.items()}
        """Word → the ways that it calls up, by what else they need at least."""
        self._always = list(always.items())
        """Those that no word calls up."""
        self._names: list[_Names] = [(0, ())]

    def candidates(self, text: str, *, cased: bool) -> list[int]:
        """Numbers of the patterns that a sentence of this text may match, in their order. Without case names count
        in any."""
        plain = _plain(text)
        words = _words(plain)
        called = list(filter(None, map(self._callers.get, words)))
        if not called and not self._always:
            return []
        seen = list(filter(None, map(self._bits.get, words)))
        needs = self._needs
        mask = reduce(or_, seen, needs.begun(words[0]) if words else 0)
        if mask & needs.party:
            mask = needs.given_a_name(mask)
        missing = (
            needs.all ^ mask
        )  # quicker to look for than what is there: nearly all that is called up lacks something
        ways = [ways for least, ways in chain(self._always, *called) if not least & missing]
        if not ways:
            return []
        told, mask = self._told(seen, mask, plain, cased=cased)
        missing, named = needs.all ^ mask, mask & needs.party
        found: set[int] = set()
        for needed, order, order_named, numbers in chain.from_iterable(ways):
            if not needed & missing and _in_order(order_named if named else order, told):
                found.update(numbers)
        return sorted(found)

    def _told(self, seen: Iterable[int], mask: int, plain: str, *, cased: bool) -> tuple[list[int], int]:
        """What each word means that may mean what was seen, in a sentence of these bits; and all that they mean."""
        needs, told = self._needs, []
        for bits in seen:
            if tag := bits & _TAGGED:
                bits, names = self._names[tag]
                for other, form, more in names:
                    if other & mask == other and (form in plain or not cased):
                        bits |= more
            told.append(bits)
        return told, needs.given_a_name(reduce(or_, told, mask & needs.beginnings))

    @cached_property
    @no_collection()
    def _bits(self) -> dict[str, int]:
        """Word → all the bits that it may have, tagged with the number of what more is known of it. Made for the first
        text."""
        needs = self._needs
        bits: dict[str, int] = {}
        others: dict[frozenset[str], int] = {}
        names: dict[str, dict[tuple[int, str], int]] = {}
        firsts: set[str] = set()
        lasts: set[str] = set()

        def put(words: Sequence[str], second: frozenset[str], form: str, meant: int) -> None:
            """A word, by its rarest run, or a name by its rarest word."""
            rarest, *rest = sorted(words, key=rank, reverse=True) if len(words) > 1 else words
            second = second or frozenset(rest[:1])
            other = 0
            if second:
                common = any(map(is_common, second))
                other = others.setdefault(second, needs.of_another(len(others), common=common))
            if other or form:
                known = names.setdefault(rarest, {})
                known[other, form] = known.get((other, form), 0) | meant
            else:
                bits[rarest] = bits.get(rarest, 0) | meant

        for (word, second), bit in needs.of_words().items():
            put(_runs(word), second, "", bit)
        for phrase, meanings in (*self._gazetteer.nouns(), *self._gazetteer.names()):
            runs = [run for word in phrase for run in _RUN.findall(word)]
            firsts.add(runs[0].lower())
            lasts.add(phrase[-1].lower())
            rarest = max(runs, key=lambda run: rank(run.lower()))
            form = rarest if rarest != rarest.lower() and is_common(rarest.lower()) else ""
            put([run.lower() for run in runs], frozenset(), form, reduce(or_, map(self._of, meanings)))
        for word, classes in the_koreas().items():
            firsts.add(word.lower())
            put([word.lower()], frozenset(), word, needs.of_classes(classes) | needs.party)
        needs.begin_with_names(firsts, lasts)
        for second, bit in others.items():
            for word in map(_longest_run, second):
                bits[word] = bits.get(word, 0) | bit
        for word, known in names.items():
            alone = bits.get(word, 0)
            self._names.append((alone, tuple((*each, meant) for each, meant in known.items())))
            bits[word] = reduce(or_, known.values(), alone) | len(self._names) - 1
        return bits

    def _of(self, name: Name) -> int:
        """The bits of a name, or of a noun that needs one."""
        needs = self._needs
        now, named = classes_of((name,), self._gazetteer)
        bits = needs.of_classes(now) | needs.of_classes(named) << needs.size
        return bits | needs.party if name.cls in PARTIES else bits


def _in_order(bits: Sequence[int], seen: Sequence[int]) -> bool:
    """Has each bit a word after the one that has the bit before it?"""
    words = iter(seen)
    for bit in bits:
        for word in words:
            if word & bit:
                break
        else:
            return False
    return True


def _rarest(pattern: Pattern) -> Need | None:
    """What calls it up: the rarest of the needs that are words alone, a mark only where there is nothing else."""
    words = (need for need in pattern.needs if not need.classes)
    return min(words, key=lambda need: (not MARKS.isdisjoint(need.words), need.share()), default=None)


class _Needs:
    """The bits of all needs: of how sentences begin, of common words and marks, of classes, of classes that wait for a
    name, of a name itself, of other words, of words that names need besides their rarest.

    An office or a force acts for a state only where a name says which: what it would meet then lies `size` bits higher,
    and waits for a name that sets the bit `party`."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        needs = sorted({need: 1 for pattern in patterns for need in pattern.needs}, key=Need.share, reverse=True)
        classes = [need for need in needs if need.classes]
        common = [
            need for need in needs if not need.classes and (need.share() >= _COMMON or not MARKS.isdisjoint(need.words))
        ]
        rare = [need for need in needs if not need.classes and need.share() < _COMMON and MARKS.isdisjoint(need.words)]
        beginnings = dict.fromkeys(pattern.begins for pattern in patterns if pattern.begins is not None)
        self._beginnings = {need: 1 << number for number, need in enumerate(beginnings, _TAG)}
        self.beginnings = reduce(or_, self._beginnings.values(), 0)
        self._begun: dict[str, int] = {}
        for need, bit in self._beginnings.items():
            for word in need.words:
                first = _runs(word)[0]
                self._begun[first] = self._begun.get(first, 0) | bit
        start = _TAG + len(beginnings) + len(common)
        self.size = len(classes)
        self._classes = (1 << self.size) - 1 << start
        self._pending = self._classes << self.size
        self.party = 1 << start + 2 * self.size
        self._rare = start + 2 * self.size + 1
        self._bits = {need: 1 << number for number, need in enumerate((*common, *classes), _TAG + len(beginnings))}
        self._bits |= {need: 1 << self._rare + number % _SHARED for number, need in enumerate(rare)}
        self.all = (1 << self._rare + 2 * _SHARED) - 1
        self._of_classes: dict[frozenset[str], int] = {}

    def order(self, pattern: Pattern) -> tuple[int, ...]:
        """The bits one after the other."""
        return tuple(self._bits[need] for need in pattern.needs)

    def named(self, bits: int) -> int:
        """The bits or, where a name is there, those that wait for one."""
        return bits | (bits & self._classes) << self.size

    def given_a_name(self, bits: int) -> int:
        """The bits and, where there is a name, what it lets an office or a force be."""
        return bits | (bits & self._pending) >> self.size if bits & self.party else bits

    def of(self, pattern: Pattern) -> int:
        """All its bits."""
        begins = 0 if pattern.begins is None else self._beginnings[pattern.begins]
        return reduce(or_, map(self._bits.__getitem__, pattern.needs), begins)

    def besides(self, needed: int, caller: Need) -> int:
        """What is needed but the bit that the caller's word has met, if it has for sure."""
        sure = all(len(_runs(word)) == 1 for word in caller.words) and not any(second for _, second in caller.phrases)
        return needed & ~self._bits[caller] if sure else needed

    def begun(self, word: str) -> int:
        """The bits of what a sentence begins with whose first word this is."""
        return self._begun.get(word, 0)

    def begin_with_names(self, firsts: Iterable[str], lasts: Set[str]) -> None:
        """A name that begins with one of `firsts` may have any class, and as its word one of `lasts`."""
        bits = (bit for need, bit in self._beginnings.items() if need.classes or not need.words.isdisjoint(lasts))
        mask = reduce(or_, bits, 0)
        for word in firsts:
            self._begun[word] = self._begun.get(word, 0) | mask

    def of_words(self) -> dict[tuple[str, frozenset[str]], int]:
        """Word, and others of which one must be there too → bits of the needs that it meets."""
        found: dict[tuple[str, frozenset[str]], int] = {}
        for need, bit in self._bits.items():
            for words, second in need.phrases:
                for word in words:
                    found[word, second] = found.get((word, second), 0) | bit
        return found

    def of_classes(self, classes: frozenset[str]) -> int:
        """Bits of the needs that a term of these classes meets."""
        if classes not in self._of_classes:
            bits = (bit for need, bit in self._bits.items() if not need.classes.isdisjoint(classes))
            self._of_classes[classes] = reduce(or_, bits, 0)
        return self._of_classes[classes]

    def of_another(self, number: int, *, common: bool) -> int:
        """The bit that says that a word is there which names need besides their rarest: common ones, which nearly
        always are, share none with rare ones."""
        return 1 << self._rare + _SHARED + number % (_SHARED // 2) + common * (_SHARED // 2)


_RUN = re.compile(r"[^\W_]+")
_RUN_OR_MARK = re.compile(r"[^\W_]+|[,:]")
_ABBREVIATION = re.compile(r"\b(?:[A-Za-z]\.){2,}")
_QUOTES = "’‘“”—–…\u00a0"
_SPACED = "".join(chr(code) if chr(code).isalnum() or chr(code) in ",:" else " " for code in range(128))


def _plain(text: str) -> str:
    """Without diacritics and quotes; with `US` beside `U.S.`."""
    if text.count(".") > 1:
        text = _ABBREVIATION.sub(lambda match: f"{match[0].replace('.', '')} {match[0]} ", text)
    if text.isascii():
        return text
    for quote in _QUOTES:
        text = text.replace(quote, " ")
    return fold(spaced(text))


def _words(plain: str) -> list[str]:
    """Its runs of letters and digits, in lower case, and the marks that patterns know."""
    low = plain.lower().replace(",", " , ").replace(":", " : ")
    return low.translate(_SPACED).split() if low.isascii() else _RUN_OR_MARK.findall(low)


def _runs(word: str) -> list[str]:
    return _RUN.findall(word) or [word]


def _longest_run(word: str) -> str:
    """Of `cross-border` the part that is looked for."""
    return max(_RUN.findall(word), key=len, default=word)
