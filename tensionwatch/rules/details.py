"""What else a sentence says of an event: its toll, who claims it, how often it has happened. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from tensionwatch.model import Claim, Kind, Ordinal, Toll
from tensionwatch.rules.counting import Counting, countings
from tensionwatch.rules.counting_words import action, counts_in, intrusion, noun_of
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
_OPENING = re.compile(r"\W*(?:for\s+)?(?:the\s+|a\s+)?", re.IGNORECASE)
_WORD = re.compile(r"[\w-]+")
_PLAIN, _STEM = re.compile(r"\b[a-z]{4,}\b"), 3
"""Words that name nobody, and how many letters tell that two are forms of one verb."""


class Details:
    """What one sentence says besides, read once for all that is found in it."""

    def __init__(self, sentences: Reading, at: int) -> None:
        self._sentences = sentences
        self._at = at

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
        if self._countings and (ordinal := self._here(kind, code, words)) is not None:
            return ordinal
        for number in range(at + 1, min(at + 1 + _GOES_ON_FOR, len(sentences))):
            if sentences.may_begin_with(number, _GOES_ON) and (ordinal := _goes_on(kind, code, sentences.text(number), words)):
                return ordinal
        return None

    @cached_property
    def _countings(self) -> list[Counting]:
        return list(countings(self._sentences.text(self._at)))

    def _here(self, kind: Kind, code: str, words: str) -> Ordinal | None:
        """Of the sentence's counts the first that ranks this: by its noun, or by a verb of the same clause."""
        text = self._sentences.text(self._at)
        begin = text.find(words)
        for counting in self._countings:
            if counting.noun is None and not _of_this(counting, text, begin, begin + len(words), kind):
                continue
            if (ordinal := _ordinal(counting, kind, code, text)) is not None:
                return ordinal
        return None


def _of_this(counting: Counting, text: str, begin: int, end: int, kind: Kind) -> bool:
    """Does a count that names no noun rank what text[begin:end] tells? A "time" is its verb's: that before it in the
    clause, or what follows where the count opens the sentence or a clause follows it. What is bare ("the second in a
    week") is of the noun before."""
    if begin < 0:
        return False
    if end > counting.start and begin >= counting.start:
        opens = counting.clause or _OPENING.fullmatch(text, 0, counting.start) is not None
        return opens and _CLAUSE.search(text, counting.end, begin) is None
    if counting.clause or _CLAUSE.search(text, end, counting.start) is not None:
        return False
    named = [
        noun for word in _WORD.findall(text[end : counting.start].casefold()) if (noun := noun_of(word)) is not None
    ]
    return not named or counts_in(kind, named[-1]) is not None


def _goes_on(kind: Kind, code: str, text: str, told: str) -> Ordinal | None:
    """The count of a sentence that goes on about what was told: "It is the second such …", "The visit is his first …"."""
    words = _WORD.findall(text[:60].casefold())[:5]
    if words[:1] == ["the"]:
        noun = next((noun for word in words[1:] if (noun := noun_of(word)) is not None), None)
        if noun is None or counts_in(kind, noun) is None:
            return None
    counted = (_ordinal(c, kind, code, text) for c in countings(text) if not c.clause or _again(text[c.end :], told))
    return next(filter(None, counted), None)


def _again(clause: str, told: str) -> bool:
    """Does "the third time that" go on with the verb that was told: "rams", "has rammed"? """
    stems = {word[:_STEM] for word in _PLAIN.findall(told)}
    return any(word[:_STEM] in stems for word in _PLAIN.findall(clause))


def _ordinal(counting: Counting, kind: Kind, code: str, text: str) -> Ordinal | None:
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
    return Ordinal(
        count=counting.rank, scope=counting.scope, words=text[counting.start : counting.end], of=of,
        quality=counting.quality, narrowed=counting.narrowed,
    )  # fmt: skip


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
