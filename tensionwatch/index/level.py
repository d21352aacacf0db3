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
from typing import TypeAlias

from tensionwatch.index.records import Level
from tensionwatch.index.surprise import LEARNING

PRESENT = 0.8
"""Share of the baseline's days on which a publisher must have said anything."""
FEWEST = 5
"""Publishers under which the level is not known."""

Told: TypeAlias = Mapping[str, tuple[int, int]]
"""Publisher → (articles with a conflict flag of the region, articles)."""


def level(today: Told, baseline: Sequence[Told]) -> Level:
    """`baseline` has an entry for each day, an empty one where nothing came."""
    if len(baseline) < LEARNING:
        return _unknown(f"learning: {len(baseline)} of {LEARNING} days", 0)
    steady = [publisher for publisher in sorted(_there(today)) if _is_steady(publisher, baseline)]
    if len(steady) < FEWEST:
        return _unknown(
            f"{len(steady)} of at least {FEWEST} publishers that were there all along and today", len(steady)
        )
    share = fmean(_share(today[publisher]) for publisher in steady)
    usual = fmean(_usual(publisher, baseline) for publisher in steady)
    if usual == 0:
        return _unknown(f"no conflict in the {len(baseline)} days before", len(steady), share, usual)
    return Level(value=100 * share / usual, why="", publishers=len(steady), share=share, usual=usual)


def _unknown(why: str, publishers: int, share: float | None = None, usual: float | None = None) -> Level:
    return Level(value=None, why=why, publishers=publishers, share=share, usual=usual)


def _there(day: Told) -> set[str]:
    return {publisher for publisher, (_, articles) in day.items() if articles > 0}


def _is_steady(publisher: str, baseline: Sequence[Told]) -> bool:
    return sum(day.get(publisher, (0, 0))[1] > 0 for day in baseline) >= PRESENT * len(baseline)


def _usual(publisher: str, baseline: Sequence[Told]) -> float:
    """Its share on the days on which it was there."""
    return fmean(_share(day[publisher]) for day in baseline if day.get(publisher, (0, 0))[1] > 0)


def _share(told: tuple[int, int]) -> float:
    conflict, articles = told
    return conflict / articles
