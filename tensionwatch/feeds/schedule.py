"""When a feed is asked again, and where. Pure: time and chance are passed in.

    our pace         the feed's own interval; else a sixteenth of what usually lies between two news of it, or of its
                     silence, if that is longer, between the configured `interval` and `longest_interval`
    failure          the shortest interval, then twice that, and so on up to max(interval, 6 h)
    never before     what the server asks (max-age and Expires, Retry-After), what the feed asks (ttl, sy:*, skipHours,
                     skipDays)
    HTTP 410         never

Chance only ever adds to a wait: it brings no poll before what anybody has asked for. A server's Retry-After holds in
every case, also where the user asks for a poll at once; what else is asked for gives way to the user.

An address that has answered with a permanent redirect for a week is asked no more: its target is, as long as that
works.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from tensionwatch.model import Feed, FeedState, Fetched, Record
from tensionwatch.units import DAY, HOUR, MINUTE, about_words, duration_words

SHARE_OF_GAP: Final = 16
"""A feed that usually brings something every 16 hours is asked every hour: news is then 30 minutes old on average,
which is 3 % of what lies between two of them."""
LONGEST_BACKOFF: Final = 6.0 * HOUR
LONGEST_FRESHNESS: Final = 24.0 * HOUR
"""A max-age or Expires above this is taken for a mistake."""
LONGEST_FEED_FLOOR: Final = 7.0 * DAY
"""A ttl or sy:* above this too: nobody watches what is worth less than a look a week."""
LONGEST_RETRY_AFTER: Final = 7.0 * DAY
"""All in seconds."""

CLOCK_TOLERANCE: Final = timedelta(minutes=10)
"""A state from further in the future was written by a clock that was wrong."""
LONGEST_WAIT: Final = timedelta(days=60)
"""An interval of four weeks, half as much by chance, and a week of skipDays are less."""

ADOPTED_AFTER: Final = timedelta(days=7)
"""Longer than a hotel's or an office's network, which redirect everything, is borne with."""
GIVEN_UP_AFTER: Final = 3
"""Failures of an adopted address until the configured one is asked again."""

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Bounds(Record, frozen=True, kw_only=True):
    """What the user has configured for all feeds."""

    interval: float
    """Seconds: the shortest time between two polls of a feed that names no interval of its own."""
    longest: float
    """Seconds: the longest that our own pace makes of it."""
    jitter: float
    """Share of our own wait that chance may add to it."""


class NextCheck(Record, frozen=True):
    """When to ask again, and why then."""

    at: datetime | None
    """None means never."""
    reason: str
    """In words: "every 15m", "server asked to wait 2h", "failed 3 times"."""
    not_before: datetime | None
    """End of a server's Retry-After; None when it sent none."""
    interval: float
    """Seconds of our own pace."""


def at_this_address(feed: Feed, state: FeedState) -> FeedState:
    """What is remembered of the feed at its present address. What its entries are, and how often they come, stays."""
    if state.url == feed.url:
        return state
    return FeedState(
        feed=feed.id,
        url=feed.url,
        seen=state.seen,
        articles=state.articles,
        flagged=state.flagged,
        newest=state.newest,
        publishers=state.publishers,
        watched_since=state.watched_since,
        last_new=state.last_new,
        gaps=state.gaps,
        usual_gap=state.usual_gap,
        arrived=state.arrived,
        week=state.week,
        entries_a_day=state.entries_a_day,
        switched=state.switched,
        switched_at=state.switched_at,
    )


def address(feed: Feed, state: FeedState, now: datetime) -> str:
    """Where the feed is asked: its configured address, or that to which it has moved for good."""
    if state.moved_to is None or state.moved_since is None or now - state.moved_since < ADOPTED_AFTER:
        return feed.url
    return state.moved_to if state.url == feed.url and state.failures < GIVEN_UP_AFTER else feed.url


# ------------------------------------------------------------------ is it time?


def due_at(state: FeedState, now: datetime, *, everything: bool = False) -> datetime | None:
    """When the feed may be asked: `now` or later; None for one that is gone.

    `everything` leaves out all but a server's Retry-After."""
    if state.result == "gone":
        return None
    at = now
    if not _from_the_future(state, now):
        if state.not_before and state.not_before <= now + timedelta(seconds=LONGEST_RETRY_AFTER) + CLOCK_TOLERANCE:
            at = max(at, state.not_before)
        if state.next_check and not everything and state.next_check <= now + LONGEST_WAIT:
            at = max(at, state.next_check)
    return at if everything else _first_allowed(at, state)


def is_due(state: FeedState, now: datetime, *, everything: bool = False) -> bool:
    """May the feed be asked now? `everything` as in `due_at`."""
    return due_at(state, now, everything=everything) == now


def _from_the_future(state: FeedState, now: datetime) -> bool:
    """Was the clock ahead when this was written? Its times then say nothing, and would silence the feed for years."""
    return state.last_checked is not None and state.last_checked > now + CLOCK_TOLERANCE


# ------------------------------------------------------------------ when is it next?


def next_check(*, feed: Feed, state: FeedState, fetched: Fetched, bounds: Bounds, jitter: float) -> NextCheck:
    """When the feed is asked again after `fetched`.

    `state` knows already what `fetched` teaches: failures in a row, the latest news, what the feed asks for. `jitter`
    in [0, 1] is how much of the spread that `bounds` allow is added."""
    pace, why = own_pace(feed, state, fetched.at, bounds)
    if fetched.result == "gone":
        return NextCheck(None, "gone: not asked again", None, pace)
    own = pace
    if fetched.result == "failed":
        own = _backoff(feed.interval or bounds.interval, state.failures)
        why = "failed once" if state.failures <= 1 else f"failed {state.failures} times"
    floor, asked = _floor(state, fetched)
    spread = jitter * bounds.jitter * own
    at = fetched.at + timedelta(seconds=max(own, floor) + spread)
    why = asked if floor > own else why
    if (allowed := _first_allowed(at, state)) > at:
        at, why = allowed + timedelta(seconds=min(spread, 0.5 * HOUR)), _skip_words(at, state)
    retry_after = _retry_after(fetched)
    not_before = fetched.at + timedelta(seconds=retry_after) if retry_after else None
    return NextCheck(at, why, not_before, pace)


def own_pace(feed: Feed, state: FeedState, now: datetime, bounds: Bounds) -> tuple[float, str]:
    """Seconds between two polls as we would have it, and why, in words."""
    if feed.interval is not None:
        return feed.interval, f"every {duration_words(feed.interval)}"
    gap = state.usual_gap or 0.0
    silence = (now - state.last_new).total_seconds() if state.last_new else 0.0
    wanted = max(gap, silence) / SHARE_OF_GAP
    if wanted > 10 * MINUTE:
        wanted = float(round(wanted / MINUTE) * MINUTE)
    wait = max(min(wanted, bounds.longest), bounds.interval)
    every = f"every {duration_words(wait)}"
    if wait == bounds.interval:
        return wait, every
    why = f"publishes about every {about_words(gap)}" if gap >= silence else f"nothing new for {about_words(silence)}"
    return wait, f"{every}: {why}"


def _backoff(shortest: float, failures: int) -> float:
    return min(shortest * 2.0 ** min(max(failures, 1) - 1, 30), max(shortest, LONGEST_BACKOFF))


def _floor(state: FeedState, fetched: Fetched) -> tuple[float, str]:
    """Seconds until somebody wants to be asked again, and who it is.

    What headers and feed say of a good answer holds for that: a try that failed has brought nothing that could be kept
    for so long."""
    floors = [(_retry_after(fetched), "server asked to wait {}")]
    if fetched.result != "failed":
        floors.append((min(state.floor or 0.0, LONGEST_FRESHNESS), "server calls it fresh for {}"))
        floors.append((min(state.feed_floor or 0.0, LONGEST_FEED_FLOOR), "feed asks for {} (ttl or sy:*)"))
    seconds, words = max(floors)
    return seconds, words.format(duration_words(seconds))


def _retry_after(fetched: Fetched) -> float:
    return min(fetched.retry_after or 0.0, LONGEST_RETRY_AFTER)


# ------------------------------------------------------------------ hours and days in which a feed sleeps


def _first_allowed(at: datetime, state: FeedState) -> datetime:
    """`at`, or the first full hour after it that the feed does not skip; `at` where it skips all of them."""
    allowed = at
    for _ in range(8 * 24 if state.skip_hours or state.skip_days else 0):
        if allowed.hour not in state.skip_hours and allowed.weekday() not in state.skip_days:
            return allowed
        allowed = allowed.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return at


def _skip_words(at: datetime, state: FeedState) -> str:
    if at.weekday() in state.skip_days:
        return f"not on {', '.join(_DAYS[day] for day in sorted(state.skip_days))} UTC (skipDays)"
    first = last = at.hour
    while (first - 1) % 24 in state.skip_hours:
        first = (first - 1) % 24
    while last in state.skip_hours:
        last = (last + 1) % 24
    return f"not between {first:02}:00 and {last:02}:00 UTC (skipHours)"
