"""When a feed is asked again: tables, and what must hold for all numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tensionwatch.feeds.schedule import Bounds, NextCheck, address, due_at, is_due, next_check, own_pace
from tensionwatch.model import Feed, FeedState, Fetched
from tests.feeds.conftest import NOON

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
FEED = Feed(id="post", url="https://post.example/rss", name="Post", publisher="post.example")
BOUNDS = Bounds(interval=15 * MINUTE, longest=HOUR, jitter=0.1)
FRESH = FeedState(feed="post", url=FEED.url)


def fetched(result: str = "ok", **more: object) -> Fetched:
    return Fetched(feed="post", at=NOON, result=result, **more)  # type: ignore[arg-type]  # kwargs of mixed types


def check(
    answer: Fetched,
    *,
    feed: Feed = FEED,
    state: FeedState = FRESH,
    interval: float = 15 * MINUTE,
    failures: int = 0,
    jitter: float = 0.0,
) -> NextCheck:
    bounds = replace(BOUNDS, interval=interval)
    state = replace(state, failures=failures, floor=answer.floor)
    return next_check(feed=feed, state=state, fetched=answer, bounds=bounds, jitter=jitter)


# ------------------------------------------------------------------ our own pace


@pytest.mark.parametrize(
    ("gap", "silence", "wait", "reason"),
    [
        (None, None, 15 * MINUTE, "every 15m"),
        (10 * MINUTE, 5 * MINUTE, 15 * MINUTE, "every 15m"),
        (4 * HOUR, HOUR, 15 * MINUTE, "every 15m"),
        (10 * HOUR, HOUR, 38 * MINUTE, "every 38m: publishes about every 10h"),
        (DAY, HOUR, HOUR, "every 1h: publishes about every 1d"),
        (10 * MINUTE, 8 * HOUR, 30 * MINUTE, "every 30m: nothing new for 8h"),
        (None, 9 * DAY, HOUR, "every 1h: nothing new for 9d"),
        (None, -DAY, 15 * MINUTE, "every 15m"),
    ],
)
def test_quiet_feeds_are_asked_less_often_and_busy_ones_as_often_as_is_allowed(
    gap: float | None, silence: float | None, wait: float, reason: str
) -> None:
    last_new = NOON - timedelta(seconds=silence) if silence is not None else None
    state = replace(FRESH, usual_gap=gap, last_new=last_new)
    assert own_pace(FEED, state, NOON, BOUNDS) == (wait, reason)
    own = replace(FEED, interval=5 * MINUTE)
    assert own_pace(own, state, NOON, BOUNDS) == (5 * MINUTE, "every 5m"), "its own interval is exactly that"


@given(st.none() | st.floats(0, 1e9), st.none() | st.floats(-1e9, 1e9), st.floats(1, 1e6), st.floats(1, 1e6))
def test_our_own_pace_stays_within_its_bounds(
    gap: float | None, silence: float | None, interval: float, longest: float
) -> None:
    last_new = NOON - timedelta(seconds=silence) if silence is not None else None
    state = replace(FRESH, usual_gap=gap, last_new=last_new)
    wait, _ = own_pace(FEED, state, NOON, Bounds(interval=interval, longest=longest, jitter=0))
    assert interval <= wait <= max(interval, longest)


# ------------------------------------------------------------------ waits and their reasons


@pytest.mark.parametrize(
    ("answer", "failures", "jitter", "wait", "reason"),
    [
        (fetched(), 0, 0.0, 15 * MINUTE, "every 15m"),
        (fetched("unchanged"), 0, 1.0, 16.5 * MINUTE, "every 15m"),
        (fetched(floor=2 * HOUR), 0, 0.0, 2 * HOUR, "server calls it fresh for 2h"),
        (fetched(floor=2 * HOUR), 0, 1.0, 2 * HOUR + 1.5 * MINUTE, "server calls it fresh for 2h"),
        (fetched(floor=5 * MINUTE), 0, 0.0, 15 * MINUTE, "every 15m"),
        (fetched(floor=15 * MINUTE), 0, 0.0, 15 * MINUTE, "every 15m"),
        (fetched(floor=90 * DAY), 0, 0.0, DAY, "server calls it fresh for 1d"),
        (fetched(retry_after=HOUR, floor=2 * MINUTE), 0, 0.0, HOUR, "server asked to wait 1h"),
        (fetched("failed"), 1, 0.0, 15 * MINUTE, "failed once"),
        (fetched("failed"), 2, 0.0, 30 * MINUTE, "failed 2 times"),
        (fetched("failed"), 4, 0.0, 2 * HOUR, "failed 4 times"),
        (fetched("failed"), 12, 0.0, 6 * HOUR, "failed 12 times"),
        (fetched("failed"), 10**9, 0.0, 6 * HOUR, "failed 1000000000 times"),
        (fetched("failed", retry_after=90 * MINUTE), 1, 0.0, 90 * MINUTE, "server asked to wait 1h 30m"),
        (fetched("failed", retry_after=30.0), 5, 0.0, 4 * HOUR, "failed 5 times"),
        (fetched("failed", retry_after=365 * DAY), 1, 0.0, 7 * DAY, "server asked to wait 7d"),
    ],
)
def test_the_wait_and_its_reason(answer: Fetched, failures: int, jitter: float, wait: float, reason: str) -> None:
    found = check(answer, failures=failures, jitter=jitter)
    assert found.at is not None
    assert ((found.at - NOON).total_seconds(), found.reason) == (wait, reason)


@pytest.mark.parametrize("result", ["ok", "unchanged"])
def test_what_the_feed_asks_for_holds_after_every_good_answer(result: str) -> None:
    found = check(fetched(result), state=replace(FRESH, feed_floor=2 * HOUR))
    assert (found.at, found.reason) == (NOON + timedelta(hours=2), "feed asks for 2h (ttl or sy:*)")


def test_a_feed_that_asks_for_a_look_a_month_gets_one_a_week() -> None:
    assert check(fetched(), state=replace(FRESH, feed_floor=30 * DAY)).at == NOON + timedelta(days=7)


def test_a_try_that_failed_does_not_wait_for_what_the_feed_asked_last() -> None:
    found = check(fetched("failed"), state=replace(FRESH, feed_floor=DAY), failures=1)
    assert (found.at, found.reason) == (NOON + timedelta(minutes=15), "failed once")


def test_a_feed_polled_often_is_retried_as_soon_and_a_rarely_polled_one_no_sooner() -> None:
    assert check(fetched("failed"), interval=2.0, failures=1).at == NOON + timedelta(seconds=2)
    rare = replace(FEED, interval=2 * DAY)
    assert check(fetched("failed"), feed=rare, failures=40).at == NOON + timedelta(days=2)


def test_gone_is_never_asked_again() -> None:
    assert check(fetched("gone")) == NextCheck(None, "gone: not asked again", None, 15 * MINUTE)


@given(
    own=st.none() | st.floats(1, 10 * DAY),
    interval=st.floats(1, 10 * DAY),
    retry_after=st.none() | st.floats(0, 1e9),
    floor=st.none() | st.floats(0, 1e9),
    feed_floor=st.none() | st.floats(0, 1e9),
    skip_hours=st.sets(st.integers(0, 23), max_size=23),
    skip_days=st.sets(st.integers(0, 6), max_size=6),
    failures=st.integers(0, 10_000),
    jitter=st.floats(0, 1),
    result=st.sampled_from(["ok", "unchanged", "failed"]),
)
def test_never_before_what_anybody_asked_nor_in_an_hour_that_is_skipped(
    own: float | None,
    interval: float,
    retry_after: float | None,
    floor: float | None,
    feed_floor: float | None,
    skip_hours: set[int],
    skip_days: set[int],
    failures: int,
    jitter: float,
    result: str,
) -> None:
    answer = fetched(result, retry_after=retry_after, floor=floor)
    state = replace(FRESH, feed_floor=feed_floor, skip_hours=tuple(skip_hours), skip_days=tuple(skip_days))
    feed = replace(FEED, interval=own)
    found = check(answer, feed=feed, state=state, interval=interval, failures=failures, jitter=jitter)
    assert found.at is not None
    asked = max(min(retry_after or 0, 7 * DAY), own or interval)
    if result != "failed":
        asked = max(asked, min(floor or 0, DAY), min(feed_floor or 0, 7 * DAY))
    assert (found.at - NOON).total_seconds() >= asked - 1e-5
    assert (found.not_before is None) == (not retry_after)
    assert found.not_before is None or found.at >= found.not_before
    assert found.at.hour not in skip_hours
    assert found.at.weekday() not in skip_days


@given(interval=st.floats(1, 10 * DAY), failures=st.integers(1, 100), jitter=st.floats(0, 1))
def test_more_failures_never_mean_an_earlier_retry(interval: float, failures: int, jitter: float) -> None:
    earlier, later = (
        check(fetched("failed"), interval=interval, failures=count, jitter=jitter).at
        for count in (failures, failures + 1)
    )
    assert earlier is not None
    assert later is not None
    assert earlier <= later


# ------------------------------------------------------------------ hours and days that a feed skips


@pytest.mark.parametrize(
    ("at", "hours", "days", "next_at", "reason"),
    [
        ((1, 50), (2, 3, 4), (), (5, 0), "not between 02:00 and 05:00 UTC (skipHours)"),
        ((22, 0), (22, 23, 0, 1), (), (26, 0), "not between 22:00 and 02:00 UTC (skipHours)"),
        ((12, 0), (2, 3), (), (12, 15), "every 15m"),
        ((12, 0), (), (6,), (24, 0), "not on Sun UTC (skipDays)"),
        ((12, 0), (0, 1), (0, 6), (50, 0), "not on Mon, Sun UTC (skipDays)"),
        ((12, 0), tuple(range(24)), (), (12, 15), "every 15m"),
    ],
)
def test_the_next_check_moves_to_the_first_hour_that_is_not_skipped(
    at: tuple[int, int], hours: tuple[int, ...], days: tuple[int, ...], next_at: tuple[int, int], reason: str
) -> None:
    sunday = datetime(2026, 3, 1, tzinfo=UTC)
    answer = replace(fetched(), at=sunday + timedelta(hours=at[0], minutes=at[1]))
    found = check(answer, state=replace(FRESH, skip_hours=hours, skip_days=days))
    assert (found.at, found.reason) == (sunday + timedelta(hours=next_at[0], minutes=next_at[1]), reason)


def test_after_an_hour_that_is_skipped_feeds_do_not_all_come_at_the_stroke() -> None:
    state = replace(FRESH, skip_hours=(12, 13))
    times = {check(fetched(), state=state, jitter=tenth / 10).at for tenth in range(11)}
    assert len(times) == 11
    assert all(NOON + timedelta(hours=2) <= at <= NOON + timedelta(hours=2.5) for at in times if at)


def test_a_start_in_a_skipped_hour_waits_for_its_end_unless_the_user_asks() -> None:
    state = replace(FRESH, next_check=NOON - timedelta(hours=2), skip_hours=(11, 12, 13))
    assert due_at(state, NOON) == NOON + timedelta(hours=2)
    assert not is_due(state, NOON)
    assert is_due(state, NOON, everything=True)


# ------------------------------------------------------------------ what is due


@pytest.mark.parametrize(
    ("next_at", "not_before", "result", "due", "due_when_everything"),
    [
        (None, None, None, True, True),
        (NOON, None, "ok", True, True),
        (NOON + timedelta(seconds=1), None, "ok", False, True),
        (NOON, NOON + timedelta(seconds=1), "failed", False, False),
        (NOON, NOON, "failed", True, True),
        (None, None, "gone", False, False),
    ],
)
def test_what_is_due(
    next_at: datetime | None, not_before: datetime | None, result: str | None, due: bool, due_when_everything: bool
) -> None:
    state = replace(FRESH, next_check=next_at, not_before=not_before, result=result)
    assert is_due(state, NOON) is due
    assert is_due(state, NOON, everything=True) is due_when_everything


@pytest.mark.parametrize(
    ("checked", "next_at", "not_before", "due"),
    [
        (timedelta(days=900), timedelta(days=901), None, True),
        (timedelta(days=900), timedelta(days=901), timedelta(days=901), True),
        (timedelta(minutes=5), timedelta(minutes=20), None, False),
        (timedelta(0), timedelta(days=40), None, False),
        (timedelta(0), timedelta(days=61), None, True),
        (timedelta(0), timedelta(0), timedelta(days=7), False),
        (timedelta(0), timedelta(0), timedelta(days=8), True),
    ],
)
def test_times_that_a_wrong_clock_has_written_silence_no_feed(
    checked: timedelta, next_at: timedelta, not_before: timedelta | None, due: bool
) -> None:
    held = NOON + not_before if not_before else None
    state = replace(FRESH, last_checked=NOON + checked, next_check=NOON + next_at, not_before=held)
    assert is_due(state, NOON) is due


# ------------------------------------------------------------------ where it is asked


TARGET = "https://post.example/feed.xml"


def moved(days: float, *, failures: int = 0, url: str = FEED.url) -> FeedState:
    return FeedState(feed="post", url=url, moved_to=TARGET, moved_since=NOON - timedelta(days=days), failures=failures)


@pytest.mark.parametrize(
    ("state", "where"),
    [
        (FeedState(feed="post", url=FEED.url), FEED.url),
        (moved(6.99), FEED.url),
        (moved(7), TARGET),
        (moved(300, failures=2), TARGET),
        (moved(300, failures=3), FEED.url),
        (moved(300, url="https://elsewhere.example/rss"), FEED.url),
    ],
)
def test_a_feed_is_asked_where_it_has_been_for_a_week(state: FeedState, where: str) -> None:
    assert address(FEED, state, NOON) == where
