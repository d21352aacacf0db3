"""Which patterns a sentence may match, told from its bare words: most sentences match none and are read no further.

A pattern needs things one after the other: one of a set of words, a term of one of a set of classes. Each step of each
pattern is a bit of one large number, the steps of a pattern side by side with a bit kept free above them:

    border , {state} → 3 bits    {leader} .. visit~ → 2 bits    …

and a word is the number of all steps that it may meet. The words of a sentence joined have every step that they meet
somewhere; one added to the lowest step of each pattern then carries into the free bit of those of which all are met:
two operations for all patterns, which six of ten sentences do not pass. For the others the steps are taken in order,
each from a word of its own, for all patterns at once too (shift-and: Baeza-Yates and Gonnet, 1992).

A name of several words counts where its two rarest are there, one that is also a common word where it has its capital.
Only words that mean something are known here. Of an item's 2.7 sentences 0.4 are left to be read, half of which hold
a match. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import reduce
from operator import itemgetter, or_
from typing import Any, NamedTuple, TypeAlias, cast

from tensionwatch.rules.collection import no_collection
from tensionwatch.rules.frequency import is_common, rank
from tensionwatch.rules.gazetteer import Gazetteer, Name
from tensionwatch.rules.pattern import Need, Pattern
from tensionwatch.rules.terms import PARTIES, classes_of, the_koreas
from tensionwatch.rules.text import fold, spaced

_Names: TypeAlias = tuple[tuple[frozenset[bytes], str, int], ...]
"""More steps that a word may meet where another is there (one of the set, if it is not empty) and where the text has it
as it is written between ("" for anyhow)."""


class _Known(NamedTuple):
    """What a word may mean."""

    most: int
    """All the steps that it may meet."""
    alone: int
    """Those that it meets by itself."""
    names: _Names

    def read_by(self, reading: Callable[[int], int]) -> _Known:
        """The same of other bits."""
        alone = reading(self.alone)
        if not self.names:
            return _Known(alone, alone, ())
        names: dict[tuple[str, int], frozenset[bytes]] = {}
        for others, form, more in self.names:
            # All persons of one surname are one entry: half as many to look at. (Without others it stands anyhow.)
            if (bits := reading(more)) | alone != alone:
                known = names.get((form, bits), others)
                names[form, bits] = known | others if known and others else frozenset()
        each = tuple((others, form, bits) for (form, bits), others in names.items())
        return _Known(reading(self.most), alone, each)


class Tables(NamedTuple):
    """All that a gate looks up; of plain values, so that it can be kept in a file: to make it takes 0.4 s."""

    alone: dict[bytes, _Known]
    """Word → what it may mean in a sentence that names no PARTIES; what means nothing is not here."""
    named: dict[bytes, _Known]
    """In one that does: then an office or a force, too, meets what needs one."""
    parties: frozenset[bytes]
    """The words that such a name may have."""
    begun: dict[bytes, int]
    """The beginnings that a sentence has whose first word this is."""
    lowest: int
    starts: int
    lasts: int
    free: int
    """Of each way the bits of its first step, of the step that any word may stand before, of its last step, and the one
    above."""
    numbers: dict[int, list[int]]
    """The place of a way's last step → the numbers of its patterns."""


_most = itemgetter(_Known._fields.index("most"))
"""Quicker than by name, where each word of a text is asked; and for a tuple as it comes out of a file."""


class Gate:
    """The patterns of one language."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def candidates(self, text: str, *, cased: bool) -> list[int]:
        """Numbers of the patterns that a sentence of this text may match, in their order. Without case names count
        in any."""
        plain = _plain(text)
        words = _words(plain)
        tables = self._tables
        meanings = tables.alone if tables.parties.isdisjoint(words) else tables.named
        known = list(filter(None, map(meanings.get, words)))
        begun = tables.begun.get(words[0], 0) if words else 0
        if not self._all_met(reduce(or_, map(_most, known), begun)):
            return []
        told = _told(known, words, plain, cased=cased)
        met = reduce(or_, told, begun)
        if not self._all_met(met):
            return []
        if not met & PARTY:  # what looked like the name of one was none
            told = _told(filter(None, map(tables.alone.get, words)), words, plain, cased=cased)
        return self._in_order(told, begun)

    def _all_met(self, met: int) -> int:
        """Bits of the ways of which each step is among those met; 0 for none."""
        return met + self._tables.lowest & self._tables.free

    def _in_order(self, words: Iterable[int], begun: int) -> list[int]:
        """Numbers of the patterns whose steps these words meet one after the other."""
        state, starts = begun, self._tables.starts
        for bits in words:
            state |= (state << 1 | starts) & bits
        found: list[int] = []
        left = state & self._tables.lasts
        while left:
            last = left.bit_length() - 1
            found += self._tables.numbers[last]
            left ^= 1 << last
        return sorted(found)


def _told(known: Iterable[_Known], words: Iterable[bytes], plain: str, *, cased: bool) -> list[int]:
    """The steps that each word may meet in a sentence of these words."""
    there, told = set(words), []
    for _, bits, names in known:
        for others, form, more in names:
            if (not others or not others.isdisjoint(there)) and (not cased or form in plain):
                bits |= more
        if bits:
            told.append(bits)
    return told


def _known(alone: int, names: Mapping[tuple[frozenset[str], str], int]) -> _Known:
    more = tuple((_encoded(others), form, meant) for (others, form), meant in names.items() if meant)
    return _Known(reduce(or_, (meant for *_, meant in more), alone), alone, more)


def _encoded(words: Iterable[str]) -> frozenset[bytes]:
    return frozenset(map(str.encode, words))


PARTY = 1
"""The lowest bit: a name that says for whom an office or a force acts."""


class _Way(NamedTuple):
    """Patterns that need the same in the same order."""

    begins: Need | None
    needs: tuple[Need, ...]

    def commonest(self) -> float:
        """Share of the sentences that meet the commonest of its needs that are words."""
        return max((need.share() for need in self.needs if not need.classes), default=1.0)


class _Steps:
    """The bits of all steps: of each way its beginning, if it has one, its needs, and one that stays free.

    An office or a force acts for a state only where a name says which: the steps that it would meet then lie `_size`
    bits higher, and wait for a name that sets PARTY."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        numbers: dict[_Way, list[int]] = {}
        for number, pattern in enumerate(patterns):
            numbers.setdefault(_Way(pattern.begins, pattern.needs), []).append(number)
        self._bits: dict[Need, int] = {}
        self._beginnings: dict[Need, int] = {}
        self.lowest = self.starts = self.lasts = self.free = 0
        self.numbers: dict[int, list[int]] = {}
        """The place of a way's last step → the numbers of its patterns."""
        at = 1
        # Those of common words come first, so that the numbers of the words that texts have most are short: on average
        # 4,900 bits instead of 7,400. To read them from memory takes as long as to reckon with them.
        for way, meant in sorted(numbers.items(), key=lambda each: each[0].commonest(), reverse=True):
            self.lowest |= 1 << at
            if way.begins is not None:
                self._beginnings[way.begins] = self._beginnings.get(way.begins, 0) | 1 << at
                at += 1
            else:
                self.starts |= 1 << at
            for need in way.needs:
                self._bits[need] = self._bits.get(need, 0) | 1 << at
                at += 1
            self.lasts |= 1 << at - 1
            self.numbers[at - 1] = meant
            self.free |= 1 << at
            at += 1
        self._size, self._all = at, (1 << at) - 1
        self._same: dict[int, int] = {}
        self._of_classes: dict[frozenset[str], int] = {}
        self.begun: dict[bytes, int] = {}
        for need, bits in self._beginnings.items():
            for word in need.words:
                first = _runs(word)[0].encode()
                self.begun[first] = self.begun.get(first, 0) | bits

    def waiting(self, bits: int) -> int:
        """The same, as they are until there is a name."""
        return bits << self._size

    def named(self, bits: int) -> int:
        """The bits as they are where there is a name."""
        return self._one((bits | bits >> self._size) & self._all)

    def unnamed(self, bits: int) -> int:
        """The bits as they are where there is none."""
        return self._one(bits & self._all)

    def _one(self, bits: int) -> int:
        """One object for numbers that are equal: thousands of names are, and the processor finds that one sooner."""
        return self._same.setdefault(bits, bits)

    def begin_with_names(self, firsts: Iterable[str], lasts: Set[str]) -> None:
        """A name that begins with one of `firsts` may have any class, and as its word one of `lasts`."""
        found = (bits for need, bits in self._beginnings.items() if need.classes or not need.words.isdisjoint(lasts))
        mask = reduce(or_, found, 0)
        for word in map(str.encode, firsts):
            self.begun[word] = self.begun.get(word, 0) | mask

    def of_words(self) -> dict[tuple[str, frozenset[str]], int]:
        """Word, and others of which one must be there too → the steps that it meets."""
        found: dict[tuple[str, frozenset[str]], int] = {}
        for need, bits in self._bits.items():
            for words, second in need.phrases:
                for word in words:
                    found[word, second] = found.get((word, second), 0) | bits
        return found

    def of_classes(self, classes: frozenset[str]) -> int:
        """The steps that a term of these classes meets."""
        if classes not in self._of_classes:
            found = (bits for need, bits in self._bits.items() if not need.classes.isdisjoint(classes))
            self._of_classes[classes] = reduce(or_, found, 0)
        return self._of_classes[classes]


@no_collection()
def make(patterns: Sequence[Pattern], gazetteer: Gazetteer) -> Tables:
    """The tables of a gate to these patterns."""
    tables = _Maker(patterns, gazetteer).tables()
    for pattern in patterns:
        pattern.forget()
    return tables


def plain(tables: Tables) -> tuple[Any, ...]:
    """As tuples, which is all that marshal knows: 13 MB for 1,900 patterns."""
    return tuple(tables._replace(alone=_plainly(tables.alone), named=_plainly(tables.named)))


def _plainly(known: Mapping[bytes, _Known]) -> dict[bytes, _Known]:
    """A gate needs no more of them."""
    return {word: cast(_Known, tuple(each)) for word, each in known.items()}


class _Maker:
    def __init__(self, patterns: Sequence[Pattern], gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._steps = _Steps(patterns)

    def tables(self) -> Tables:
        steps = self._steps
        alone: dict[str, int] = {}
        names: dict[str, dict[tuple[frozenset[str], str], int]] = {}
        firsts: set[str] = set()
        lasts: set[str] = set()

        def put(words: Sequence[str], second: frozenset[str], form: str, meant: int) -> None:
            """A word, by its rarest run, or a name by its rarest word."""
            rarest, *rest = sorted(words, key=rank, reverse=True) if len(words) > 1 else words
            others = frozenset(map(_longest_run, second or rest[:1]))
            if others or form:
                more = names.setdefault(rarest, {})
                more[others, form] = more.get((others, form), 0) | meant
            else:
                alone[rarest] = alone.get(rarest, 0) | meant

        for (word, second), bits in steps.of_words().items():
            put(_runs(word), second, "", bits)
        for phrase, meanings in (*self._gazetteer.nouns(), *self._gazetteer.names()):
            runs = [run for word in phrase for run in _RUN.findall(word)]
            firsts.add(runs[0].lower())
            lasts.add(phrase[-1].lower())
            rarest = max(runs, key=lambda run: rank(run.lower()))
            form = rarest if rarest != rarest.lower() and is_common(rarest.lower()) else ""
            put([run.lower() for run in runs], frozenset(), form, reduce(or_, map(self._of, meanings)))
        for word, classes in the_koreas().items():
            firsts.add(word.lower())
            put([word.lower()], frozenset(), word, steps.of_classes(classes) | PARTY)
        steps.begin_with_names(firsts, lasts)
        meant = {word.encode(): _known(alone.get(word, 0), names.get(word, {})) for word in alone.keys() | names.keys()}
        return Tables(
            alone={word: known for word, each in meant.items() if (known := each.read_by(steps.unnamed)).most},
            named={word: known for word, each in meant.items() if (known := each.read_by(steps.named)).most},
            parties=frozenset(word for word, each in meant.items() if each.most & PARTY),
            begun=steps.begun,
            lowest=steps.lowest,
            starts=steps.starts,
            lasts=steps.lasts,
            free=steps.free,
            numbers=steps.numbers,
        )

    def _of(self, name: Name) -> int:
        """The steps that a name meets, or a noun that needs one."""
        steps = self._steps
        now, named = classes_of((name,), self._gazetteer)
        bits = steps.of_classes(now) | steps.waiting(steps.of_classes(named))
        return bits | PARTY if name.cls in PARTIES else bits


_RUN = re.compile(r"[^\W_]+")
_RUN_OR_MARK = re.compile(r"[^\W_]+|[,:]")
_ABBREVIATION = re.compile(r"\b(?:[A-Za-z]\.){2,}")
_QUOTES = "’‘“”—–…\u00a0"
_SPACED = bytes(ord(chr(code).lower()) if chr(code).isalnum() or chr(code) in ",:" else 32 for code in range(256))
"""Of ASCII."""


def _plain(text: str) -> str:
    """Without diacritics and quotes; with `US` beside `U.S.`."""
    if text.count(".") > 1:
        text = _ABBREVIATION.sub(lambda match: f"{match[0].replace('.', '')} {match[0]} ", text)
    if text.isascii():
        return text
    for quote in _QUOTES:
        text = text.replace(quote, " ")
    return fold(spaced(text))


def _words(plain: str) -> list[bytes]:
    """Its runs of letters and digits, in lower case, and the marks that patterns know. As bytes, which take two thirds
    of the time of strings."""
    if not plain.isascii():
        return [word.encode() for word in _RUN_OR_MARK.findall(plain.lower())]
    return plain.encode().translate(_SPACED).replace(b",", b" , ").replace(b":", b" : ").split()


def _runs(word: str) -> list[str]:
    return _RUN.findall(word) or [word]


def _longest_run(word: str) -> str:
    """Of `cross-border` the part that is looked for."""
    return max(_RUN.findall(word), key=len, default=word)
