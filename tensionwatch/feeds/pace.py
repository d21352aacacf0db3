"""How often a feed publishes, learned from what its polls bring. Pure.

Dates in a feed teach nothing: a feed may date an entry as it likes, and what matters to the next poll is when entries
come. A gap is learned only where we looked on: one that spans a night without polling would make an hourly feed daily.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from tensionwatch.model import FeedState
from tensionwatch.units import DAY, HOUR, WEEK

GAPS_KEPT: Final = 8
GAPS_NEEDED: Final = 3
"""Until a usual gap is spoken of."""
FADES: Final = 0.75
"""Weight of a gap beside that of the next, so that a feed which changes its ways is known anew after a few."""
LOOKED_AWAY: Final = 3 * HOUR
"""Seconds without a good answer, at least, after which what is new may have come at any time."""


def observed(state: FeedState, at: datetime, new: int) -> FeedState:
    """The state with what a good answer teaches; `new` counts the entries that the feed showed for the first time.

    What the first good answer brings has gathered for who knows how long: it only opens the watch."""
    if state.watched_since is None or state.last_new is None or at < state.last_new:
        return replace(state, watched_since=at, last_new=at, arrived=0, week=())
    arrived = state.arrived + new
    gaps = (*state.gaps, round((at - state.last_new).total_seconds())) if new and _looked_on(state, at) else state.gaps
    return replace(
        state,
        last_new=at if new else state.last_new,
        arrived=arrived,
        gaps=gaps[-GAPS_KEPT:],
        usual_gap=usual_gap(gaps[-GAPS_KEPT:]),
        entries_a_day=_a_day(state, at, new, arrived),
        week=(*(week := state.week_to(at) or (0,))[:-1], week[-1] + new),
    )


def usual_gap(gaps: tuple[int, ...]) -> float | None:
    """The mean of the gaps, the latest weighing most; None of fewer than three."""
    if len(gaps) < GAPS_NEEDED:
        return None
    weights = [FADES**age for age in range(len(gaps))][::-1]
    return sum(weight * gap for weight, gap in zip(weights, gaps, strict=True)) / sum(weights)


def _looked_on(state: FeedState, at: datetime) -> bool:
    """Was the feed seen often enough to say when the new came?"""
    away = at - (state.last_success or at)
    return away <= timedelta(seconds=max(LOOKED_AWAY, 2 * (state.interval or 0.0), 2 * (state.feed_floor or 0.0)))


def _a_day(state: FeedState, at: datetime, new: int, arrived: int) -> float | None:
    """The mean of all that was watched, and once that is a week, of about the last one."""
    watched = (at - (state.watched_since or at)).total_seconds()
    if watched < DAY:
        return None
    if watched < WEEK or state.entries_a_day is None:
        return arrived / watched * DAY
    share = min((at - (state.last_success or at)).total_seconds() / WEEK, 1.0)
    return max(state.entries_a_day * (1.0 - share) + new / WEEK * DAY, 0.0)
