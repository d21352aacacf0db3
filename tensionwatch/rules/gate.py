"""Which patterns a sentence may match, told from its bare words: most sentences match none and are read no further.

Each thing that patterns need (one of a set of words, a term of one of a set of classes) is a bit. A word has the bits
of all the needs that it may meet, the sentence has those of its words, and a pattern is tried where all its bits are
there. Costs 0.3 µs a word; reading a sentence costs six times that. Pure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import reduce
from operator import or_

from tensionwatch.rules.frequency import share
from tensionwatch.rules.gazetteer import Gazetteer, Name
from tensionwatch.rules.pattern import Pattern
from tensionwatch.rules.terms import ALWAYS, PARTIES, classes_of, the_koreas
from tensionwatch.rules.text import fold

_WORD = re.compile(r"[^\W_]+")
_KEPT_WORDS = 200_000
"""Words whose bits are remembered; then they are forgotten all at once."""
_WORD_NEEDS = 3
"""So many of the words that a pattern needs are looked for, the rarest ones: more would hardly tell more."""


class Gate:
    """The patterns of one language."""

    def __init__(self, patterns: Sequence[Pattern], gazetteer: Gazetteer) -> None:
        needs = _Needs(patterns)
        by_mask: dict[int, list[int]] = defaultdict(list)
        rarest_of: dict[int, int] = {}
        for number, pattern in enumerate(patterns):
            mask, rarest = needs.bits(pattern)
            by_mask[mask].append(number)
            rarest_of[mask] = rarest
        self._by_rarest: dict[int, list[tuple[int, list[int]]]] = defaultdict(list)
        for mask, numbers in by_mask.items():
            self._by_rarest[rarest_of[mask]].append((mask, numbers))
        self._open = reduce(or_, self._by_rarest, 0)
        """Bits that are the rarest of some pattern."""
        self._words = {cased: _Words(needs, gazetteer, cased=cased) for cased in (True, False)}

    def candidates(self, text: str, *, cased: bool) -> list[int]:
        """Numbers of the patterns that a sentence of this text may match, in their order. Without case names count
        in any."""
        mask = self._words[cased].mask(text)
        left = mask & self._open
        found: list[int] = []
        while left:
            rarest = left & -left
            left ^= rarest
            for needed, numbers in self._by_rarest[rarest]:
                if needed & mask == needed:
                    found += numbers
        found.sort()
        return found


class _Needs:
    """The bits of all needs: those of classes first, so that they can be shifted (see _Words), then those of words."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        classes = dict.fromkeys(need for pattern in patterns for need in pattern.needs_classes)
        self._classes = {need: 1 << number for number, need in enumerate(classes)}
        self.size = len(self._classes)
        words = dict.fromkeys(need for pattern in patterns for need in _words_needed(pattern))
        self._words = {need: 1 << number for number, need in enumerate(words, 2 * self.size + 2)}

    def bits(self, pattern: Pattern) -> tuple[int, int]:
        """All its bits, and of them the one that fewest sentences have."""
        bits = {self._words[need]: share(need) for need in _words_needed(pattern)}
        bits |= {self._classes[need]: _share_of_classes(need) for need in pattern.needs_classes}
        return reduce(or_, bits), min(bits, key=lambda bit: bits[bit])

    def of_words(self) -> dict[str, int]:
        """Run of letters → bits of the needs that a word with it meets."""
        found: dict[str, int] = defaultdict(int)
        for need, bit in self._words.items():
            for word in need:
                found[_longest_run(word)] |= bit
        return found

    def of_classes(self, classes: frozenset[str]) -> int:
        """Bits of the needs that a term of these classes meets."""
        return sum(bit for need, bit in self._classes.items() if not need.isdisjoint(classes))


def _words_needed(pattern: Pattern) -> list[frozenset[str]]:
    told = [each for each in pattern.needs if all(map(_WORD.search, each))]  # marks are not looked for
    return sorted(told, key=share)[:_WORD_NEEDS]


class _Words(dict[str, int]):
    """Run of letters → bits of the needs that a sentence with it may meet. A name counts as soon as its rarest word
    is there: to ask for the others costs more than it saves.

    An office or a force acts for a state only where a name says which: what it would meet then lies `self._pending`
    bits higher, until a name sets the bit `self._party`.
    """

    def __init__(self, needs: _Needs, gazetteer: Gazetteer, *, cased: bool) -> None:
        super().__init__()
        self._cased = cased
        self._needs = needs
        self._gazetteer = gazetteer
        self._always = needs.of_classes(ALWAYS)
        self._pending, self._all = needs.size, (1 << needs.size) - 1
        self._party = 1 << 2 * needs.size
        self._bits: dict[str, int] | None = None

    def __missing__(self, word: str) -> int:
        known = self._index() if self._bits is None else self._bits
        if len(self) >= _KEPT_WORDS:
            self.clear()
        low = word.lower()
        bits = self[word] = known.get(word, 0) | (known.get(low, 0) if low != word else 0)
        return bits

    def mask(self, text: str) -> int:
        """The bits of all needs that a sentence may meet."""
        words = _WORD.findall(text if text.isascii() else fold(text))
        mask = reduce(or_, filter(None, map(self.__getitem__, words)), self._always)
        return mask | (mask >> self._pending & self._all) if mask & self._party else mask

    def _index(self) -> dict[str, int]:
        """Made for the first text: few texts are without case."""
        bits = self._needs.of_words()
        for words, meanings in self._gazetteer.phrases(cased=self._cased):
            meant = self._of(meanings)
            rarest = min(map(_longest_run, words), key=lambda word: share((word.lower(),)))
            bits[rarest] |= meant
            if rarest.isupper() or not self._cased:
                bits[_rarest_letter(rarest)] |= meant  # U.S.
        for word, classes in the_koreas().items():
            bits[word if self._cased else word.lower()] |= self._needs.of_classes(classes) | self._party
        self._bits = bits
        return bits

    def _of(self, meanings: Sequence[Name]) -> int:
        """The bits of a name, or of a noun that needs one."""
        now, named = classes_of(meanings, self._gazetteer)
        bits = self._needs.of_classes(now) | self._needs.of_classes(named) << self._pending
        return bits | self._party if any(name.cls in PARTIES for name in meanings) else bits


def _longest_run(word: str) -> str:
    """Of `cross-border` the part that is looked for."""
    return max(_WORD.findall(word), key=len, default=word)


def _rarest_letter(word: str) -> str:
    """A, I and S stand alone in many sentences that hold no name with dots."""
    return next((letter for letter in word if letter not in "AaIiSs"), word[-1])


_SHARES = {
    "number": 0.3, "owner": 0.3, "office": 0.25, "visitor": 0.2, "actor": 0.4, "leader": 0.15, "official": 0.15,
    "person": 0.1, "head": 0.1, "minister": 0.06, "country": 0.3, "adjective": 0.2, "state": 0.35, "host": 0.4,
    "capital": 0.1, "city": 0.1, "town": 0.15, "troops": 0.15, "unit": 0.2, "forces_people": 0.15,
}  # fmt: skip
"""Share of sentences with a term of the class, as `share` tells it of words; 0.03 of any other."""


def _share_of_classes(names: frozenset[str]) -> float:
    return min(0.6, sum(_SHARES.get(name, 0.03) for name in names))
