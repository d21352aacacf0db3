"""What else a sentence says of an event: its toll, who claims it, how often it has happened. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from tensionwatch.model import Claim, Kind, Ordinal, Toll
from tensionwatch.rules.reading import Reading
from tensionwatch.rules.text import Term

_UNITS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()
_NUMBERS = {word: n for n, word in enumerate(_UNITS, 1)} | {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50}
_ORDINALS = {
    word: n
    for n, word in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth".split(), 1)
}  # fmt: skip

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
_SCOPE = (
    r"(?P<scope>(?:in|within|over|during|this|since|for)\s+(?:the\s+)?(?:last\s+|past\s+|recent\s+|as many\s+|"
    r"less than\s+|more than\s+|almost\s+|nearly\s+|about\s+)?(?:\w+\s+)?"
    r"(?:hours?|days?|weeks?|months?|years?|decades?|century|\d{4}))"
)
_COUNTED = {
    kind: re.compile(
        rf"\b(?P<o>{'|'.join(_ORDINALS)}|(?P<d>\d{{1,2}})(?:st|nd|rd|th))\s+(?:[\w’'-]+\s+){{0,3}}?"
        rf"(?:{nouns})s?\b(?:(?:\s+[\w’'-]+){{0,6}}?\s+{_SCOPE})?",
        re.IGNORECASE,
    )
    for kind, nouns in {
        Kind.BORDER_INCIDENT: r"crossing|incursion|intrusion|incident|breach|violation|clash|time|such|encounter",
        Kind.DIPLOMATIC_VISIT: r"visit|trip|meeting|summit|time|journey",
        Kind.WEAPONS_TEST: r"test|launch|time|missile|nuclear test",
        Kind.ARMED_ATTACK: r"attack|strike|raid|time|such",
    }.items()
}
_SAYS_KILLED, _SAYS_WOUNDED = ("kill", "dea", "die"), ("wound", "injur", "hurt")
_SAYS_ORDINAL = re.compile(rf"{'|'.join(_ORDINALS)}|\d(?:st|nd|rd|th)")
"""Few texts hold one of these: to look for them first takes a tenth of what the expressions take."""
_GOES_ON = frozenset({"it", "this", "that"})


class Details:
    """What one sentence says besides, read once for all that is found in it."""

    def __init__(self, sentences: Reading, at: int) -> None:
        self._sentences = sentences
        self._at = at
        self._ordinals: dict[Kind, Ordinal | None] = {}

    def toll(self, kind: Kind) -> Toll | None:
        """Of what is violent."""
        return self._toll if kind in (Kind.BORDER_INCIDENT, Kind.ARMED_ATTACK) else None

    @cached_property
    def _toll(self) -> Toll | None:
        return read_toll(self._sentences[self._at].text)

    @cached_property
    def claim(self) -> Claim | None:
        return read_claim(self._sentences[self._at].terms)

    def ordinal(self, kind: Kind) -> Ordinal | None:
        """The count in the sentence itself, or in one of the next two that go on about it: "It was the second …"."""
        if kind not in self._ordinals:
            self._ordinals[kind] = self._ordinal(kind) if kind in _COUNTED else None
        return self._ordinals[kind]

    def _ordinal(self, kind: Kind) -> Ordinal | None:
        sentences, at = self._sentences, self._at
        if (ordinal := read_ordinal(kind, sentences.text(at))) is not None:
            return ordinal
        for number in range(at + 1, min(at + 3, len(sentences))):
            if not sentences.may_begin_with(number, _GOES_ON):
                continue
            later = sentences[number]
            goes_on = later.field == sentences[at].field and later.terms[1].low in _GOES_ON
            if goes_on and (ordinal := read_ordinal(kind, later.text)) is not None:
                return ordinal
        return None


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


def read_ordinal(kind: Kind, text: str) -> Ordinal | None:
    """ "the second border crossing in recent weeks" → 2, "in recent weeks"."""
    match = _COUNTED[kind].search(text) if _SAYS_ORDINAL.search(text.casefold()) else None
    if match is None:
        return None
    count = int(match["d"]) if match["d"] else _ORDINALS[match["o"].lower()]
    return Ordinal(count=count, scope=match["scope"], words=match.group())


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
