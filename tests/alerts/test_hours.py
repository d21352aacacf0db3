"""When quiet hours end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.alerts.hours import held_until, zone

SEOUL, BERLIN = ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/Berlin")
NIGHT = (22 * 60, 7 * 60)


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("21:59", None), ("22:00", "2026-03-02 07:00"), ("23:59", "2026-03-02 07:00"), ("00:00", "2026-03-01 07:00"),
        ("06:59", "2026-03-01 07:00"), ("07:00", None), ("12:00", None),
    ],
)  # fmt: skip
def test_they_may_pass_midnight(at: str, until: str | None) -> None:
    now = datetime.fromisoformat(f"2026-03-01T{at}").replace(tzinfo=SEOUL)
    ends = held_until(NIGHT, now.astimezone(UTC), SEOUL)
    assert (None if ends is None else f"{ends.astimezone(SEOUL):%Y-%m-%d %H:%M}") == until


def test_they_may_lie_within_a_day() -> None:
    now = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    assert held_until((12 * 60, 14 * 60), now, UTC) == datetime(2026, 3, 1, 14, tzinfo=UTC)
    assert held_until((13 * 60, 14 * 60), now, UTC) is None


def test_there_may_be_none() -> None:
    assert held_until(None, datetime(2026, 3, 1, tzinfo=UTC), UTC) is None


def test_they_end_by_the_clock_when_that_is_changed() -> None:
    """In Berlin 02:00 to 03:00 is left out on 29 March, and comes twice on 25 October."""
    spring = datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert held_until(NIGHT, spring, BERLIN) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    second_half_past_two = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert held_until((60, 2 * 60 + 45), second_half_past_two, BERLIN) == datetime(2026, 10, 25, 1, 45, tzinfo=UTC)


@given(
    st.integers(0, 366 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.integers(0, 1439), st.integers(0, 1439), st.sampled_from([UTC, SEOUL, BERLIN, None]),
)  # fmt: skip
def test_they_end_within_a_day_and_an_hour_and_nothing_is_held_after(
    now: datetime, begin: int, end: int, where: ZoneInfo | None
) -> None:
    if begin != end and (until := held_until((begin, end), now, where)) is not None:
        assert now < until <= now + timedelta(hours=25)


@pytest.mark.parametrize(("name", "expected"), [("local", None), ("UTC", UTC), ("Asia/Seoul", SEOUL)])
def test_the_zone_is_that_of_the_screen(name: str, expected: object) -> None:
    assert zone(name) == expected
