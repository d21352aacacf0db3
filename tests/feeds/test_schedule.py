"""When a feed is asked again: a table, and what must hold for all numbers."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.feeds.schedule import NextCheck, address, is_due, next_check
from tensionwatch.model import Feed, FeedState, Fetched
from tests.feeds.conftest import NOON

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0


def fetched(result: str = "ok", **more: object) -> Fetched:
    return Fetched(feed="post", at=NOON, result=result, **more)  # type: ignore[arg-type]  # kwargs of mixed types


def check(answer: Fetched, *, interval: float = 15 * MINUTE, failures: int = 0, jitter: float = 0.0) -> NextCheck:
    return next_check(interval=interval, fetched=answer, failures=failures, jitter=jitter, share=0.1)


@pytest.mark.parametrize(
    ("answer", "failures", "jitter", "wait", "reason"),
    [
        (fetched(), 0, 0.0, 15 * MINUTE, "every 15m"),
        (fetched("unchanged"), 0, 1.0, 16.5 * MINUTE, "every 15m"),
        (fetched(), 0, -1.0, 13.5 * MINUTE, "every 15m"),
        (fetched(floor=2 * HOUR), 0, 0.0, 2 * HOUR, "server asked for 2h"),
        (fetched(floor=5 * MINUTE), 0, 0.0, 15 * MINUTE, "every 15m"),
        (fetched(floor=15 * MINUTE), 0, -1.0, 15 * MINUTE, "every 15m"),
        (fetched(floor=90 * DAY), 0, 0.0, DAY, "server asked for 1d"),
        (fetched("failed"), 1, 0.0, MINUTE, "failed once"),
        (fetched("failed"), 2, 0.0, 2 * MINUTE, "failed 2 times"),
        (fetched("failed"), 5, 0.0, 16 * MINUTE, "failed 5 times"),
        (fetched("failed"), 12, 0.0, 6 * HOUR, "failed 12 times"),
        (fetched("failed"), 10**9, 0.0, 6 * HOUR, "failed 1000000000 times"),
        (fetched("failed", retry_after=90 * MINUTE), 1, 0.0, 90 * MINUTE, "server asked for 1h 30m"),
        (fetched("failed", retry_after=30.0), 5, 0.0, 16 * MINUTE, "failed 5 times"),
        (fetched("failed", retry_after=365 * DAY), 1, 0.0, 7 * DAY, "server asked for 7d"),
    ],
)
def test_the_wait_and_its_reason(answer: Fetched, failures: int, jitter: float, wait: float, reason: str) -> None:
    found = check(answer, failures=failures, jitter=jitter)
    assert found.at is not None
    assert ((found.at - NOON).total_seconds(), found.reason) == (wait, reason)


def test_a_feed_polled_often_is_retried_as_soon() -> None:
    assert check(fetched("failed"), interval=2.0, failures=1).at == NOON + timedelta(seconds=2)


def test_a_rarely_polled_feed_backs_off_no_further_than_its_interval() -> None:
    assert check(fetched("failed"), interval=2 * DAY, failures=40).at == NOON + timedelta(days=2)


def test_gone_is_never_asked_again() -> None:
    assert check(fetched("gone")) == NextCheck(None, "gone: not asked again", None)


@given(
    interval=st.floats(1, 10 * DAY),
    retry_after=st.none() | st.floats(0, 1e9),
    floor=st.none() | st.floats(0, 1e9),
    failures=st.integers(0, 10_000),
    jitter=st.floats(-1, 1),
    result=st.sampled_from(["ok", "unchanged", "failed"]),
)
def test_never_before_what_the_server_asked_and_never_at_once(
    interval: float, retry_after: float | None, floor: float | None, failures: int, jitter: float, result: str
) -> None:
    answer = fetched(result, retry_after=retry_after, floor=floor)
    found = check(answer, interval=interval, failures=failures, jitter=jitter)
    assert found.at is not None
    assert found.at > NOON
    asked = max(min(retry_after or 0, 7 * DAY), min(floor or 0, DAY))
    assert (found.at - NOON).total_seconds() >= asked - 1e-5
    assert (found.not_before is None) == (not retry_after)
    assert found.not_before is None or found.at >= found.not_before


@given(interval=st.floats(1, 10 * DAY), failures=st.integers(1, 100), jitter=st.floats(-1, 1))
def test_more_failures_never_mean_an_earlier_retry(interval: float, failures: int, jitter: float) -> None:
    earlier, later = (
        check(fetched("failed"), interval=interval, failures=count, jitter=jitter).at
        for count in (failures, failures + 1)
    )
    assert earlier is not None
    assert later is not None
    assert earlier <= later


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
    state = FeedState(
        feed="post",
        url="u",
        next_check=next_at,
        not_before=not_before,
        result=result,  # type: ignore[arg-type]  # table
    )
    assert is_due(state, NOON) is due
    assert is_due(state, NOON, everything=True) is due_when_everything


# ------------------------------------------------------------------ where it is asked


FEED = Feed(id="post", url="https://post.example/rss", name="Post", publisher="post.example")
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
