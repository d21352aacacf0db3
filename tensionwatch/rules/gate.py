"""Which patterns a sentence may match, told from its bare words: most sentences match none and are read no further.

Each thing that patterns need (one of a set of words, a term of one of a set of classes) is a bit. A word has the bits
of all the needs that it may meet, the sentence has those of its words, and a pattern is tried where all its bits are
there. Costs 0.2 µs a word; reading a sentence costs ten times that. Pure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tensionwatch.rules.gazetteer import Gazetteer
from tensionwatch.rules.pattern import FUNCTION_WORDS, Pattern
from tensionwatch.rules.terms import ALWAYS, classes_of, the_koreas
from tensionwatch.rules.text import fold

_WORD = re.compile(r"(?:[A-Za-z]\.){2,}|\w+(?:[-']\w+)*")
_WORD_PART = re.compile(r"[-'_.]")
_KEPT_WORDS = 200_000
"""Words whose bits are remembered; then they are forgotten all at once."""


class Gate:
    """The patterns of one language."""

    def __init__(self, patterns: Sequence[Pattern], gazetteer: Gazetteer) -> None:
        needs = _Needs()
        by_mask: dict[int, list[int]] = defaultdict(list)
        for number, pattern in enumerate(patterns):
            by_mask[needs.mask(pattern.needs, pattern.needs_classes)].append(number)
        self._open = 0
        """Bits that are the rarest of some pattern."""
        self._by_rarest: dict[int, list[tuple[int, list[int]]]] = defaultdict(list)
        for mask, numbers in by_mask.items():
            rarest = needs.rarest(mask)
            self._open |= rarest
            self._by_rarest[rarest].append((mask, numbers))
        self._words = {cased: _Words(needs, gazetteer, cased=cased) for cased in (True, False)}

    def candidates(self, text: str, *, cased: bool) -> list[int]:
        """Numbers of the patterns that a sentence of this text may match, in their order. Without case names count
        in any."""
        mask = self._words[cased].mask(text)
        found: list[int] = []
        left = mask & self._open
        while left:
            rarest = left & -left
            left ^= rarest
            for needed, numbers in self._by_rarest[rarest]:
                if needed & mask == needed:
                    found += numbers
        found.sort()
        return found


class _Needs:
    """Bits of the needs of all patterns."""

    def __init__(self) -> None:
        self._bits: dict[tuple[str, frozenset[str]], int] = {}

    def mask(self, words: Iterable[frozenset[str]], classes: Iterable[frozenset[str]]) -> int:
        mask = 0
        for need in (*(("word", each) for each in words), *(("class", each) for each in classes)):
            mask |= self._bits.setdefault(need, 1 << len(self._bits))
        return mask

    def rarest(self, mask: int) -> int:
        """The bit in the mask that fewest sentences have."""
        return self._bits[min((need for need, bit in self._bits.items() if bit & mask), key=_commonness)]

    def of_words(self) -> Mapping[str, int]:
        """Word → bits of the needs that it meets."""
        found: dict[str, int] = defaultdict(int)
        for (sort, need), bit in self._bits.items():
            if sort == "word":
                for word in need:
                    found[word] |= bit
        return found

    def of_classes(self, classes: frozenset[str]) -> int:
        """Bits of the needs that a term of these classes meets."""
        return sum(bit for (sort, need), bit in self._bits.items() if sort == "class" and not need.isdisjoint(classes))


class _Words:
    """The bits of words, and of names and nouns that start with them."""

    def __init__(self, needs: _Needs, gazetteer: Gazetteer, *, cased: bool) -> None:
        self._cased = cased
        self._needs = needs
        self._gazetteer = gazetteer
        self._always = needs.of_classes(ALWAYS)
        self._bits = needs.of_words()
        self._known: dict[str, int] = {}
        self._names: dict[str, int] | None = None
        """First word → bits of the one-word names."""
        self._longer: dict[str, list[tuple[frozenset[str], int]]] = defaultdict(list)
        """First word → (the other words, bits) of the longer names."""

    def _index(self) -> dict[str, int]:
        """Made for the first text: few texts are without case."""
        names: dict[str, int] = defaultdict(int)
        bits: dict[frozenset[str], int] = {}
        for words, meanings in self._gazetteer.phrases(cased=self._cased):
            classes = classes_of(meanings, self._gazetteer)
            if classes not in bits:
                bits[classes] = self._needs.of_classes(classes)
            if len(words) == 1:
                names[words[0]] |= bits[classes]
            elif bits[classes]:
                self._longer[words[0]].append((frozenset(words[1:]), bits[classes]))
        for word, classes in the_koreas().items():
            names[word if self._cased else word.lower()] |= self._needs.of_classes(classes)
        self._names = names
        return names

    def mask(self, text: str) -> int:
        """The bits of all needs that a sentence may meet."""
        words = _words(text)
        known, mask = self._known, self._always
        names = self._index() if self._names is None else self._names
        for word in words:
            bits = known.get(word)
            mask |= self._of(word, names) if bits is None else bits
        starts = words & self._longer.keys()
        if starts:
            for word in starts:
                for others, bits in self._longer[word]:
                    if bits & mask != bits and others <= words:
                        mask |= bits
        return mask

    def _of(self, word: str, names: Mapping[str, int]) -> int:
        low = word.lower()
        bits = self._bits.get(low, 0) | names.get(word, 0) | names.get(low, 0)
        if len(self._known) >= _KEPT_WORDS:
            self._known.clear()
        self._known[word] = bits
        return bits


def _words(text: str) -> set[str]:
    """At least every word that the tokeniser would make of the sentence, as it stands and in lower case: of a compound
    the whole and its parts."""
    if not text.isascii():
        text = fold(text).replace("’", "'")
    words = set(_WORD.findall(text))
    for compound in [word for word in words if not word.isalnum()]:
        words.update(_WORD_PART.split(compound))
        words.add(compound.replace(".", ""))
    words.update(map(str.lower, words.copy()))
    words.update(mark for mark in ",:;" if mark in text)
    return words


_COMMON = FUNCTION_WORDS | frozenset(
    """after as before across around near his her its their not no up out off down get gets go come comes going who will
    has have had be been that this it under more new first second state city war way make makes made take takes took set
    put call calls called use left""".split()
)
_COMMON_CLASSES = frozenset("country adjective state actor host visitor leader official number owner office".split())


def _commonness(need: tuple[str, frozenset[str]]) -> tuple[int, int]:
    """Words that nearly every text has make a poor need to start from; of the rest a longer list is met more often."""
    sort, names = need
    if sort == "class":
        return (2, 10 * len(names)) if names.isdisjoint(_COMMON_CLASSES) else (3, len(names))
    return 0 if names.isdisjoint(_COMMON) else 1 if names.isdisjoint(FUNCTION_WORDS) else 4, len(names)
