"""What polls teach of how often a feed publishes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tensionwatch.feeds.pace import observed, usual_gap
from tensionwatch.model import FeedState
from tests.feeds.conftest import NOON

HOUR, DAY = 3_600.0, 86_400.0


def polled(*polls: tuple[float, int], state: FeedState | None = None) -> FeedState:
    """After good answers, each so many hours after noon with so many new entries."""
    state = state or FeedState(feed="post", url="u")
    for hours, new in polls:
        at = NOON + timedelta(hours=hours)
        state = replace(observed(state, at, new), last_success=at)
    return state


def hours_on(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def test_what_the_first_poll_brings_teaches_nothing() -> None:
    state = polled((0, 40))
    assert (state.watched_since, state.last_new, state.arrived) == (NOON, NOON, 0)
    assert (state.usual_gap, state.entries_a_day) == (None, None)


def test_a_usual_gap_is_known_from_the_third_arrival_on() -> None:
    polls = [(hour, int(hour % 4 == 0)) for hour in range(13)]
    assert polled(*polls[:12]).usual_gap is None
    assert polled(*polls).usual_gap == 4 * HOUR
    assert polled(*polls).last_new == hours_on(12)


def test_the_latest_gaps_weigh_most() -> None:
    assert usual_gap((3_600,) * 8) == HOUR
    slower = usual_gap((*(3_600,) * 6, 36_000, 36_000))
    assert slower is not None
    assert 4.5 * HOUR < slower < 6 * HOUR


def test_a_feed_that_changes_its_ways_is_known_anew_after_eight_arrivals() -> None:
    hourly = polled(*[(hour, 1) for hour in range(50)])
    assert hourly.usual_gap == HOUR
    state = hourly
    for hour in range(50, 150):
        state = polled((hour, int(hour % 10 == 0)), state=state)
    assert state.usual_gap == pytest.approx(10 * HOUR, rel=0.05)


def test_a_night_without_polling_does_not_make_an_hourly_feed_daily() -> None:
    days = [(day * 24 + hour, 1) for day in range(4) for hour in range(8)]
    assert polled(*days).usual_gap == HOUR


def test_a_feed_that_is_asked_once_a_day_may_be_known_as_daily() -> None:
    state = replace(polled((0, 1)), interval=DAY)
    assert polled(*[(24 * day, 1) for day in range(1, 5)], state=state).usual_gap == DAY


def test_entries_a_day_are_known_after_a_day_and_are_the_mean_until_a_week_is_seen() -> None:
    polls = [(hour, 1) for hour in range(200)]
    assert polled(*polls[:24]).entries_a_day is None
    assert polled(*polls[:25]).entries_a_day == pytest.approx(24)
    assert polled(*polls[:100]).entries_a_day == pytest.approx(24)
    assert polled(*polls).entries_a_day == pytest.approx(24)


def test_entries_a_day_follow_within_about_a_week() -> None:
    state = polled(*[(hour, 2) for hour in range(24 * 14)])
    assert state.entries_a_day == pytest.approx(48, rel=0.02)
    for hour in range(24 * 14, 24 * 28):
        state = polled((hour, 0), state=state)
    assert state.entries_a_day is not None
    assert 5 < state.entries_a_day < 8  # 48 e^-2


def test_a_clock_that_was_ahead_teaches_no_gap() -> None:
    ahead = polled((0, 5), (1, 1), (10_000, 1))
    assert ahead.gaps == (3_600,)
    back = polled((2, 1), (3, 1), state=ahead)
    assert (back.watched_since, back.last_new) == (hours_on(2), hours_on(3))
    assert back.gaps == (3_600, 3_600)


@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.integers(0, 2_000)), max_size=40))
def test_whatever_clocks_and_feeds_do_the_pace_is_one(polls: list[tuple[float, int]]) -> None:
    state = polled(*polls)
    assert state.usual_gap is None or state.usual_gap >= 0
    assert state.entries_a_day is None or state.entries_a_day >= 0
    assert len(state.gaps) <= 8


def test_what_each_of_seven_days_brought_is_known_and_days_without_an_answer_brought_nothing() -> None:
    state = polled((0, 40), (1, 3), (2, 1), (25, 5), (24 * 3, 2))
    assert state.week == (4, 5, 0, 2)
    assert state.week_to(hours_on(24 * 5)) == (4, 5, 0, 2, 0, 0)
    assert state.week_to(hours_on(24 * 8)) == (0, 2, 0, 0, 0, 0, 0)
    assert state.week_to(hours_on(24 * 30)) == (0,) * 7
    assert polled((24 * 5, 1), (24 * 8, 1), state=state).week == (0, 2, 0, 1, 0, 0, 1)


@given(st.lists(st.tuples(st.floats(-500, 500), st.integers(0, 50)), max_size=20))
def test_a_week_has_seven_days_at_most_whatever_clocks_do(polls: list[tuple[float, int]]) -> None:
    state = polled(*polls)
    assert len(state.week) <= 7
    assert sum(state.week) <= sum(new for _, new in polls)
