"""How a feed is, in words: the same on the screen and in headless output. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Literal

from tensionwatch.model import Feed, FeedState, Record, Region
from tensionwatch.units import DAY, HOUR, WEEK, about_words

SILENT_GAPS: Final = 4
"""A feed is silent when nothing new has come for so many of its usual gaps,"""
SILENT_AT_LEAST: Final = timedelta(days=2)
"""and for so long."""
DEAD_AFTER: Final = timedelta(days=30)
"""The same of a feed of which no usual gap is known."""
FRESH_AT_LEAST: Final = timedelta(hours=1)


class Health(Record, frozen=True):
    """How a feed is."""

    word: Literal["ok", "new", "silent", "failing", "gone", "off"]
    """`new` has not been asked yet, `off` is disabled, in the configuration or by hand; `silent` answers well, but with
    nothing new for unusually long."""
    reason: str
    """Why, in words for the user: "silent for 9 days, usually daily"; empty where there is nothing to say."""

    @property
    def well(self) -> bool:
        """Does it need nobody's attention?"""
        return self.word in ("ok", "new", "off")


def health(feed: Feed, state: FeedState, now: datetime) -> Health:
    """How the feed is at its present address."""
    if not feed.enabled:
        return Health("off", _off(state))
    if state.result is None or state.url != feed.url:
        return Health("new", "not asked yet")
    if state.result == "gone":
        return Health("gone", "gone for good (HTTP 410): not asked again, remove or replace it")
    if state.failures:
        return Health("failing", _failing(state))
    return _silence(state, now) or Health("ok", state.reason or _publishes(state))


def is_fresh(feed: Feed, state: FeedState, now: datetime, *, interval: float) -> bool:
    """Is its last success no longer ago than max(2 × its interval, 1 h)? Its interval is the wait that was planned,
    with what server and feed ask for; `interval` (seconds) is that of a feed which has not been asked yet."""
    if not feed.enabled or state.last_success is None:
        return False
    planned = timedelta(seconds=max(state.interval or feed.interval or interval, state.feed_floor or 0.0))
    if not state.failures and state.next_check is not None:
        planned = max(planned, state.next_check - state.last_success)
    return now - state.last_success <= max(2 * planned, FRESH_AT_LEAST)


def feeds_of(region: Region, feeds: Iterable[Feed]) -> frozenset[str]:
    """Ids of the region's feeds: the enabled ones that have one of its tags. All of them where it names no tags, or
    none has any: a region whose last feed has gone is told of by the others, and not blind for ever."""
    enabled = [feed for feed in feeds if feed.enabled]
    tagged = [feed for feed in enabled if not set(region.tags).isdisjoint(feed.tags)]
    return frozenset(feed.id for feed in tagged or enabled)


def _off(state: FeedState) -> str:
    if state.switched is None or state.switched_at is None:
        return "disabled in the configuration"
    return f"disabled by hand since {state.switched_at:%Y-%m-%d %H:%M} UTC"


def _failing(state: FeedState) -> str:
    why = f": {state.reason}" if state.reason else ""
    if state.failures == 1:
        return f"failed once{why}"
    if state.last_success is None:
        return f"has never worked, failed {state.failures} times{why}"
    return f"failing since {state.last_success:%Y-%m-%d %H:%M} UTC, {state.failures} times in a row{why}"


def _silence(state: FeedState, now: datetime) -> Health | None:
    """Counted up to the last good answer: what came later nobody has seen. A feed that has shown nothing new since it
    is watched is as old as its newest entry."""
    if state.last_new is None or state.last_success is None:
        return None
    since = state.last_new if state.arrived or state.newest is None else min(state.last_new, state.newest)
    silent = min(state.last_success, now) - since
    if state.usual_gap is None:
        return Health("silent", f"nothing new for {_long(silent)}") if silent > DEAD_AFTER else None
    if silent <= max(SILENT_GAPS * timedelta(seconds=state.usual_gap), SILENT_AT_LEAST):
        return None
    return Health("silent", f"silent for {_long(silent)}, usually {gap_words(state.usual_gap)}")


def _publishes(state: FeedState) -> str:
    return f"publishes {gap_words(state.usual_gap)}" if state.usual_gap else ""


def _long(silent: timedelta) -> str:
    return f"{silent.days} days"


def gap_words(seconds: float) -> str:
    """`daily`, `hourly`, `weekly`, `every 3h`."""
    for length, word in ((HOUR, "hourly"), (DAY, "daily"), (WEEK, "weekly")):
        if 0.75 * length <= seconds <= 1.35 * length:
            return word
    return f"every {about_words(seconds)}"
