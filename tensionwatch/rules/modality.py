"""Did it happen? Cues around a rule's trigger say whether it is planned, off, hypothetical or historical. Pure.

In the manner of ConText (Harkema et al. 2009): a cue has a direction and a reach, and a barrier between it and the
trigger ends its scope ("Putin, who will visit Hanoi, arrives in Pyongyang"). Doubt wins in the order off,
hypothetical, planned, historical; without a cue the trigger is taken as news of what happened, for headlines use
the present for the past and the infinitive for the future. A cue of `actual` ("after", "during") says only that the
text is sure of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Literal, NamedTuple

from tensionwatch.model import Status
from tensionwatch.rules.text import Term


class Cue(NamedTuple):
    words: tuple[str, ...]
    status: Status
    where: Literal["before", "after", "sentence"]
    reach: int
    """Terms that may stand between the cue and the trigger."""
    clause: bool = False
    """It rules the whole match: its reach is measured from where the match begins or ends, and inside it has no end
    ("Xi will fly to Moscow and Minsk for [talks] with")."""
    unless_next: frozenset[str] = frozenset()
    """Words that undo it when they come next, as any name then does: "to visit", not "to the summit", "to Kyiv"."""
    unless_before: frozenset[str] = frozenset()
    """Words that undo it when they stand before it, in the match or up to LEAD terms before: "Xi urges nations to act
    at summit" plans nothing."""


class Standing(NamedTuple):
    """A cue whose words a sentence has."""

    cue: Cue
    first: int
    last: int


class Span(NamedTuple):
    """Where a pattern matched: indices of terms, the last ones included."""

    start: int
    first: int
    """The first and the last word that carry the meaning: the trigger."""
    last: int
    end: int


class Verdict(NamedTuple):
    status: Status
    cue: tuple[int, int] | None
    """Indices of the first and last term of the cue; None where none was found."""


LEAD = 6
"""Terms before a match among which a word may undo a cue in it: "prompting militants to fire rockets at" plans none."""

_STRONGEST_FIRST = (Status.OFF, Status.HYPOTHETICAL, Status.PLANNED, Status.HISTORICAL, Status.ACTUAL)
_ORDER = {status: number for number, status in enumerate(_STRONGEST_FIRST)}


class Modality:
    """The cues of one language."""

    def __init__(self, cues: Sequence[Cue], barriers: frozenset[str]) -> None:
        self._by_first: dict[str, list[Cue]] = {}
        for cue in cues:
            self._by_first.setdefault(cue.words[0], []).append(cue)
        self._barriers = barriers

    def cues(self, terms: Sequence[Term]) -> list[Standing]:
        """All cues of a sentence: few, and asked for by each match in it."""
        lows = [term.low for term in terms]
        return [
            Standing(cue, at, at + len(cue.words) - 1)
            for at, low in enumerate(lows)
            if low in self._by_first
            for cue in self._by_first[low]
            if len(cue.words) == 1 or tuple(lows[at : at + len(cue.words)]) == cue.words
        ]

    def judge(
        self, terms: Sequence[Term], cues: Iterable[Standing], span: Span, ignores: Collection[Status] = ()
    ) -> Verdict:
        """The status of what the match at `span` reports; cues of a status in `ignores` are passed by."""
        best: Verdict | None = None
        for cue, at, end in cues:
            if cue.status in ignores or not (best is None or _ORDER[cue.status] < _ORDER[best.status]):
                continue
            if self._in_scope(cue, terms, at, end, span):
                best = Verdict(cue.status, (at, end))
        return best or Verdict(Status.ACTUAL, None)

    def _in_scope(self, cue: Cue, terms: Sequence[Term], at: int, end: int, span: Span) -> bool:
        if cue.where == "sentence":
            return True
        if (cue.where == "before" and end >= span.first) or (cue.where == "after" and at <= span.last):
            return False
        if cue.unless_next and end + 1 < len(terms):
            after = terms[end + 1]
            if after.country is not None or after.low in cue.unless_next:
                return False
        if cue.unless_before and not cue.unless_before.isdisjoint(t.low for t in terms[max(0, span.start - LEAD) : at]):
            return False
        between = range(end + 1, span.first) if cue.where == "before" else range(span.last + 1, at)
        if cue.where == "before" and (_in_aside(terms, span, at) or _in_another_clause(cue, terms, span, end)):
            return False
        return self._distance(cue, at, end, span) <= cue.reach and not any(
            terms[i].low in self._barriers for i in between
        )

    def _distance(self, cue: Cue, at: int, end: int, span: Span) -> int:
        """Terms between the cue and what it is said of; 0 or less where they touch."""
        if cue.where == "before":
            return (span.start if cue.clause else span.first) - end - 1
        return at - (span.end if cue.clause else span.last) - 1


def _in_another_clause(cue: Cue, terms: Sequence[Term], span: Span, end: int) -> bool:
    """Does a comma part the cue from the match: "On highway to ruin, Guterres warns at summit"?"""
    return cue.clause and any(term.low == "," for term in terms[end + 1 : span.start])


def _in_aside(terms: Sequence[Term], span: Span, at: int) -> bool:
    """Does the cue stand between two commas of the match: "Putin, who will go on to Hanoi, arrives"?"""
    opened = any(term.low == "," for term in terms[span.start : at])
    return opened and any(term.low == "," for term in terms[at + 1 : span.first])
