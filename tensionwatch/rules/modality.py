"""Did it happen? Cues around a rule's trigger say whether it is planned, off, hypothetical or historical. Pure.

In the manner of ConText (Harkema et al. 2009): a cue has a direction and a reach, and a barrier between it and the
trigger ends its scope ("Putin, who will visit Hanoi, arrives in Pyongyang"). Doubt wins in the order off,
hypothetical, planned, historical; without a cue the trigger is taken as news of what happened, for headlines use
the present for the past and the infinitive for the future.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from tensionwatch.model import Status
from tensionwatch.rules.terms import Term


class Cue(NamedTuple):
    words: tuple[str, ...]
    status: Status
    where: Literal["before", "after", "sentence"]
    reach: int
    """Terms that may stand between the cue and the trigger."""


class Verdict(NamedTuple):
    status: Status
    cue: tuple[int, int] | None
    """Indices of the first and last term of the cue; None where none was found."""


_ORDER = (Status.OFF, Status.HYPOTHETICAL, Status.PLANNED, Status.HISTORICAL)


class Modality:
    """The cues of one language."""

    def __init__(self, cues: Sequence[Cue], barriers: frozenset[str]) -> None:
        self._by_first: dict[str, list[Cue]] = {}
        for cue in cues:
            self._by_first.setdefault(cue.words[0], []).append(cue)
        self._barriers = barriers

    def judge(self, terms: Sequence[Term], first: int, last: int) -> Verdict:
        """The status of what the trigger `terms[first..last]` reports."""
        best: Verdict | None = None
        for at, term in enumerate(terms):
            for cue in self._by_first.get(term.low, ()):
                end = at + len(cue.words) - 1
                if not _stands(cue.words, terms, at) or not self._in_scope(cue, terms, at, end, first, last):
                    continue
                if best is None or _ORDER.index(cue.status) < _ORDER.index(best.status):
                    best = Verdict(cue.status, (at, end))
        return best or Verdict(Status.ACTUAL, None)

    def _in_scope(self, cue: Cue, terms: Sequence[Term], at: int, end: int, first: int, last: int) -> bool:
        if cue.where == "sentence":
            return True
        between = range(end + 1, first) if cue.where == "before" else range(last + 1, at)
        if (cue.where == "before" and end >= first) or (cue.where == "after" and at <= last):
            return False
        return len(between) <= cue.reach and not any(terms[i].low in self._barriers for i in between)


def _stands(words: Sequence[str], terms: Sequence[Term], at: int) -> bool:
    return all(at + i < len(terms) and terms[at + i].low == word for i, word in enumerate(words))
