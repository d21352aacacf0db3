"""How a feed is, in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from tensionwatch.health import Health, gap_words, health, is_fresh
from tensionwatch.model import FeedState
from tests.builders import NOON, a_feed

HOUR, DAY = 3_600.0, 86_400.0
GOOD = FeedState(
    feed="one",
    url=a_feed().url,
    result="unchanged",
    last_checked=NOON,
    last_success=NOON,
    watched_since=NOON - timedelta(days=60),
    last_new=NOON - timedelta(hours=1),
    arrived=9,
)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (FeedState(feed="one", url=a_feed().url), Health("new", "not asked yet")),
        (replace(GOOD, url="https://elsewhere.example/"), Health("new", "not asked yet")),
        (GOOD, Health("ok", "")),
        (replace(GOOD, usual_gap=3 * HOUR), Health("ok", "publishes every 3h")),
        (replace(GOOD, reason="cut short: 4 entries kept"), Health("ok", "cut short: 4 entries kept")),
        (replace(GOOD, result="failed", failures=1, reason="HTTP 500"), Health("failing", "failed once: HTTP 500")),
        (
            replace(GOOD, result="failed", failures=4, reason="HTTP 500"),
            Health("failing", "failing since 2026-03-01 12:00 UTC, 4 times in a row: HTTP 500"),
        ),
        (
            replace(GOOD, result="failed", failures=4, reason="no such host: x", last_success=None),
            Health("failing", "has never worked, failed 4 times: no such host: x"),
        ),
        (
            replace(GOOD, result="gone"),
            Health("gone", "gone for good (HTTP 410): not asked again, remove or replace it"),
        ),
    ],
)
def test_a_feed_says_how_it_is(state: FeedState, told: Health) -> None:
    assert health(a_feed(), state, NOON) == told
    assert health(a_feed(enabled=False), state, NOON) == Health("off", "disabled in the configuration")


@pytest.mark.parametrize(
    ("silent_days", "usual_gap", "reason"),
    [
        (9, DAY, "silent for 9 days, usually daily"),
        (3, HOUR, "silent for 3 days, usually hourly"),
        (30, WEEK := 7 * DAY, "silent for 30 days, usually weekly"),
        (1.9, HOUR, None),
        (3.9, DAY, None),
        (27, WEEK, None),
        (29, None, None),
        (45, None, "nothing new for 45 days"),
    ],
)
def test_a_feed_that_is_silent_for_unusually_long_is_named(
    silent_days: float, usual_gap: float | None, reason: str | None
) -> None:
    state = replace(GOOD, usual_gap=usual_gap, last_new=NOON - timedelta(days=silent_days))
    told = health(a_feed(), state, NOON)
    assert told.word == ("silent" if reason else "ok")
    if reason:
        assert told.reason == reason


def test_a_feed_is_not_called_silent_for_the_days_in_which_nobody_asked_it() -> None:
    state = replace(GOOD, usual_gap=HOUR)
    assert health(a_feed(), state, NOON + timedelta(days=40)).word == "ok"


def test_a_feed_that_was_dead_before_it_was_added_is_as_old_as_its_newest_entry() -> None:
    added = replace(GOOD, watched_since=NOON, last_new=NOON, arrived=0, newest=NOON - timedelta(days=800))
    assert health(a_feed(), added, NOON) == Health("silent", "nothing new for 800 days")
    assert health(a_feed(), replace(added, arrived=1), NOON).word == "ok"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(HOUR, "hourly"), (DAY, "daily"), (20 * HOUR, "daily"), (7 * DAY, "weekly"), (600, "every 10m"),
     (3 * HOUR, "every 3h"), (3 * DAY, "every 3d"), (30 * DAY, "every 30d")],
)  # fmt: skip
def test_how_often_in_words(seconds: float, words: str) -> None:
    assert gap_words(seconds) == words


@pytest.mark.parametrize(
    ("changes", "hours", "fresh"),
    [
        ({}, 1, True),
        ({}, 1.1, False),
        ({"interval": HOUR}, 2, True),
        ({"interval": HOUR}, 2.1, False),
        ({"feed_floor": 6 * HOUR}, 12, True),
        ({"next_check": NOON + timedelta(hours=8)}, 15, True),
        ({"next_check": NOON + timedelta(hours=8), "failures": 3}, 15, False),
        ({"last_success": None}, 0, False),
    ],
)
def test_a_feed_is_fresh_for_twice_the_wait_that_was_planned(
    changes: dict[str, object], hours: float, fresh: bool
) -> None:
    state = replace(GOOD, **changes)
    assert is_fresh(a_feed(), state, NOON + timedelta(hours=hours), interval=900) is fresh
    assert not is_fresh(a_feed(enabled=False), state, NOON, interval=900)
