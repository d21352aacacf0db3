"""Level: how large a share of the news tells of conflict in a region, 100 being what is usual. Pure.

    s_p = articles of publisher p with a conflict flag of the region / all its articles
    level = 100 · mean over p of s_p today / mean over p of (mean over days of s_p in the baseline)

After the Geopolitical Risk index (D. Caldara and M. Iacoviello, "Measuring Geopolitical Risk", American Economic Review
112, 2022): the share of articles that tell of it, not their number, scaled so that a reference period is 100. Theirs is
of the same ten newspapers throughout; ours of whoever is there: the publishers present on `PRESENT` of the baseline's
days and today. Each is held against its own days, so that a missing day of one that tells much of conflict, or little,
does not pass for calm or tension.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import NamedTuple, TypeAlias

from tensionwatch.events.goldstein import score
from tensionwatch.index.records import Level
from tensionwatch.index.surprise import LEARNING
from tensionwatch.model import Kind, Status

PRESENT = 0.8
"""Share of the baseline's days on which a publisher must have said anything."""
FEWEST = 5
"""Publishers under which the level is not known."""

Told: TypeAlias = Mapping[str, tuple[int, int]]
"""Publisher → (articles with a conflict flag of the region, articles)."""


class Usual(NamedTuple):
    """What a baseline says; made once a day, for a level of every minute."""

    days: int
    shares: Mapping[str, float]
    """Of each publisher that was there all along, on the days on which it was."""


def level(today: Told, baseline: Sequence[Told]) -> Level:
    """`baseline` has an entry for each day, an empty one where nothing came."""
    return level_of(today, usual_of(baseline))


def usual_of(baseline: Sequence[Told]) -> Usual:
    shares: dict[str, list[float]] = {}
    for day in baseline:
        for publisher, told in day.items():
            if told[1] > 0:
                shares.setdefault(publisher, []).append(_share(told))
    enough = PRESENT * len(baseline)
    return Usual(len(baseline), {name: fmean(found) for name, found in shares.items() if len(found) >= enough})


def steady(today: Told, usual: Usual) -> list[str]:
    """The publishers that the level is averaged over."""
    return [name for name in sorted(usual.shares) if today.get(name, (0, 0))[1] > 0]


def level_of(today: Told, usual: Usual) -> Level:
    if usual.days < LEARNING:
        return unknown(f"learning: {usual.days} of {LEARNING} days")
    names = steady(today, usual)
    if len(names) < FEWEST:
        return unknown(f"{len(names)} of at least {FEWEST} publishers that were there all along and today", len(names))
    share = fmean(_share(today[name]) for name in names)
    before = fmean(usual.shares[name] for name in names)
    if before == 0:
        return unknown(f"no conflict in the {usual.days} days before", len(names), share, before)
    return Level(value=100 * share / before, why="", publishers=len(names), share=share, usual=before)


def unknown(why: str, publishers: int = 0, share: float | None = None, usual: float | None = None) -> Level:
    return Level(value=None, why=why, publishers=publishers, share=share, usual=usual)


def _share(told: tuple[int, int]) -> float:
    conflict, articles = told
    return conflict / articles


def tells_of_conflict(kind: Kind, code: str, status: Status) -> bool:
    """Is it a conflict flag? A threat or a doubt is, as in the GPR; what once happened (an anniversary) is not, as the
    GPR leaves such articles out; a visit that is called off is an act of its own (160)."""
    if status is Status.HISTORICAL:
        return False
    return score(kind, code) < 0 or (kind is Kind.DIPLOMATIC_VISIT and status is Status.OFF)
