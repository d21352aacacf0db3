"""What else a sentence says of an event: its toll, who claims it, how often it has happened. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from tensionwatch.model import Claim, Kind, Ordinal, Toll
from tensionwatch.rules.counting import Counting, countings
from tensionwatch.rules.counting_words import PLACED, action, counts_in, intrusion, noun_of, tells
from tensionwatch.rules.reading import Reading
from tensionwatch.rules.text import Term

_UNITS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()
_NUMBERS = {word: n for n, word in enumerate(_UNITS, 1)} | {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50}
_NUMBER = rf"(?P<n>\d{{1,3}}(?:,\d{{3}})*|{'|'.join(_NUMBERS)}|an?)"
_KILLED = re.compile(
    rf"\b(?:kill(?:s|ed|ing)?|dead|death)\s+(?:at least\s+|more than\s+|about\s+)?{_NUMBER}\b(?!\s*(?:year|day|week))"
    rf"|\b{_NUMBER.replace('<n>', '<m>')}(?:\s+[\w-]+){{0,3}}?\s+(?:(?:was|were|are|is)\s+)?(?:killed|dead|died|die)\b",
    re.IGNORECASE,
)
_WOUNDED = re.compile(
    rf"\b(?:wound(?:s|ed|ing)?|injur(?:es|ed|ing))\s+(?:at least\s+|more than\s+|about\s+)?{_NUMBER}\b"
    rf"|\b{_NUMBER.replace('<n>', '<m>')}(?:\s+[\w-]+){{0,3}}?\s+(?:(?:was|were|are|is)\s+)?(?:wounded|injured|hurt)\b",
    re.IGNORECASE,
)
_SAYS_KILLED, _SAYS_WOUNDED = ("kill", "dea", "die"), ("wound", "injur", "hurt")
_GOES_ON = frozenset({"it", "this", "that", "the", "marking"})
_GOES_ON_FOR = 2
"""Sentences."""
_CLAUSE = re.compile(
    r"[;:—–]|\b(?:as|after|while|when|amid|before|but|because|where|whose|which|who|that|including|since|hours?|days?)\b",
    re.IGNORECASE,
)
"""Between a verb and a "time": the time is not the verb's."""
_OPENING = re.compile(r"(?:^|,)\W*(?:for\s+)?(?:the\s+|a\s+)?$", re.IGNORECASE)
_WORD = re.compile(r"[\w-]+")
_PLAIN, _STEM = re.compile(r"\b[a-z]{4,}\b"), 3
"""Words that name nobody, and how many letters tell that two are forms of one verb."""


class Details:
    """What one sentence says besides, read once for all that is found in it."""

    def __init__(self, sentences: Reading, at: int) -> None:
        self._sentences = sentences
        self._at = at
        self._counted: dict[int, list[Counting]] = {}

    def toll(self, kind: Kind) -> Toll | None:
        """Of what is violent."""
        return self._toll if kind in (Kind.BORDER_INCIDENT, Kind.ARMED_ATTACK) else None

    @cached_property
    def _toll(self) -> Toll | None:
        return read_toll(self._sentences[self._at].text)

    @cached_property
    def claim(self) -> Claim | None:
        return read_claim(self._sentences[self._at].terms)

    def ordinal(self, kind: Kind, code: str, words: str) -> Ordinal | None:
        """The count of what these words of the sentence tell: in the sentence itself, or in one of the next that go on
        about it: "It was the second …"."""
        sentences, at = self._sentences, self._at
        if action(kind, code) is None:
            return None
        if (ordinal := self._here(kind, code, words)) is not None:
            return ordinal
        headline = sentences.titled(at)
        for number in range(at + 1, min(at + 1 + _GOES_ON_FOR, len(sentences))):
            goes_on = sentences.may_begin_with(number, _GOES_ON)
            if goes_on or (headline and not sentences.titled(number)):
                ordinal = self._goes_on(kind, code, number, words, again=goes_on)
                if ordinal is not None:
                    return ordinal
        return None

    def _countings(self, number: int) -> list[Counting]:
        if number not in self._counted:
            self._counted[number] = list(countings(self._sentences.text(number)))
        return self._counted[number]

    def _here(self, kind: Kind, code: str, words: str) -> Ordinal | None:
        """Of the sentence's counts the first that ranks this: by its noun, or by a verb of the same clause."""
        if not self._countings(self._at):
            return None
        text = self._sentences.text(self._at)
        begin = text.find(words)
        for counting in self._countings(self._at):
            bound = counting
            if counting.noun is None:
                if begin < 0 or not _of_this(counting, text, begin, begin + len(words), kind):
                    continue
                bound = counting._replace(noun=_noun_before(text[begin + len(words) : counting.start]))
            if (ordinal := self._ordinal(bound, kind, code, self._at)) is not None:
                return ordinal
        return None

    def _goes_on(self, kind: Kind, code: str, number: int, told: str, *, again: bool) -> Ordinal | None:
        """The count of a sentence that goes on about what was told: "It is the second such …", "The visit is his
        first …". One that does not begin so, as a lead does under its headline, must name what is counted."""
        if not self._countings(number):
            return None
        text = self._sentences.text(number)
        if again and _WORD.findall(text[:10].casefold())[:1] == ["the"]:
            noun = _noun_before(" ".join(_WORD.findall(text[:60])[:5]))
            again = noun is not None and counts_in(kind, noun) is not None
        for counting in self._countings(number):
            bound = counting
            if counting.noun is None:
                if not again or (counting.clause and not _again(text[counting.start :], told, kind)):
                    continue
                bound = counting._replace(noun=_noun_before(text[: counting.start]))
            if (ordinal := self._ordinal(bound, kind, code, number)) is not None:
                return ordinal
        return None

    def _ordinal(self, counting: Counting, kind: Kind, code: str, number: int) -> Ordinal | None:
        """The count as one of this kind, None where it counts something else."""
        of = action(kind, code)
        if counting.noun is not None:
            of = counts_in(kind, counting.noun)
            if of == "intrusion":
                of = intrusion(counting.before, code)
            elif of == "incident" and "such" in counting.before.split():
                of = action(kind, code)
            elif of == "visit" and counting.abroad:
                of = "abroad"
        if of is None:
            return None
        spot = (
            counting.spot if kind in PLACED and counting.spot and not self._of_a_state(counting.spot, number) else None
        )
        return Ordinal(
            count=counting.rank, scope=counting.scope,
            words=self._sentences.text(number)[counting.start : counting.end], of=of,
            quality=counting.quality, narrowed=" ".join(filter(None, [counting.narrowed, spot])) or None,
        )  # fmt: skip

    def _of_a_state(self, spot: str, number: int) -> bool:
        """Does "on Israel" name a whole country, or its people?"""
        last = _WORD.findall(spot)[-1].casefold()
        return any(last == term.low and term.classes & _STATES for term in self._sentences[number].terms)


_STATES = frozenset({"country", "adjective"})


def _noun_before(text: str) -> str | None:
    """The last countable noun: what a bare "the second in a week" is of."""
    nouns = (noun_of(word) for word in reversed(_WORD.findall(text.casefold())))
    return next((noun for noun in nouns if noun is not None), None)


def _of_this(counting: Counting, text: str, begin: int, end: int, kind: Kind) -> bool:
    """Does a count that names no noun rank what text[begin:end] tells? A "time" is its verb's: that before it in the
    clause, or what follows where the count opens the sentence or a clause follows it."""
    if end > counting.start and begin >= counting.start:
        opens = counting.clause or _OPENING.search(text[: counting.start]) is not None
        return opens and _CLAUSE.search(text, counting.end, begin) is None
    if counting.clause:
        return _again(text[counting.start :], text[begin:end], kind)
    return _CLAUSE.search(text, end, counting.start) is None


def _again(clause: str, told: str, kind: Kind) -> bool:
    """Does "the third time that …" go on with the verb that was told ("rams", "has rammed"), or one of its kind?"""
    stems = {word[:_STEM] for word in _PLAIN.findall(told)}
    return any(word[:_STEM] in stems or tells(kind, word) for word in _PLAIN.findall(clause))


def read_toll(text: str) -> Toll | None:
    """Killed and wounded, as numbers that the sentence states; None when it states neither."""
    low = text.casefold()
    killed = _count(_KILLED, text) if any(map(low.__contains__, _SAYS_KILLED)) else None
    wounded = _count(_WOUNDED, text) if any(map(low.__contains__, _SAYS_WOUNDED)) else None
    return None if killed is None and wounded is None else Toll(killed=killed, wounded=wounded)


def _count(pattern: re.Pattern[str], text: str) -> int | None:
    match = pattern.search(text)
    if match is None:
        return None
    word = (match["n"] or match["m"]).lower().replace(",", "")
    return int(word) if word.isdigit() else _NUMBERS.get(word, 1)


_STANCES = {
    "denies": "denied", "denied": "denied", "deny": "denied", "rejects": "denied", "rejected": "denied",
    "confirms": "confirmed", "confirmed": "confirmed", "admits": "confirmed", "admitted": "confirmed",
    "claims": "claimed", "claimed": "claimed", "accuses": "claimed", "accused": "claimed", "accusing": "claimed",
    "alleges": "claimed", "alleged": "claimed", "says": "claimed", "said": "claimed",
}  # fmt: skip


def read_claim(terms: Sequence[Term]) -> Claim | None:
    """Who says, denies or confirms it, where the sentence names the side that speaks."""
    for at, term in enumerate(terms):
        stance = _STANCES.get(term.low)
        if stance is None:
            continue
        speaker = next((t for t in reversed(terms[max(0, at - 3) : at]) if t.country and "actor" in t.classes), None)
        if speaker is not None:
            return Claim(by=speaker.country, stance=stance)  # type: ignore[arg-type] # the table holds these words only
    return None
