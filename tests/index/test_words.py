"""The index in words."""

from __future__ import annotations

from datetime import date

import pytest

from tensionwatch.index.records import Coverage, Level, RegionIndex, Surprise
from tensionwatch.index.words import family_words, interval_words, surprise_words, words
from tensionwatch.model import Kind
from tests.builders import NOON


def a_surprise(family: str = "incident", *, alarm: bool = True, **more: object) -> Surprise:
    fields: dict[str, object] = {
        "day": date(2026, 3, 1), "count": 9, "events": 3, "usual_events": 0.2, "memory": 56, "days": 56, "mean": 0.7,
        "variance": 3.0, "dispersion": 4.0, "low": 0, "high": 4, "tail": 1e-5, "clumped": 1e-4,
    }  # fmt: skip
    return Surprise(family=family, alarm=alarm, **fields | more)


def an_index(*surprises: Surprise, days: int = 56, learning: bool = False) -> RegionIndex:
    return RegionIndex(
        region="here",
        at=NOON,
        conflict=1.0,
        cooperation=0.0,
        trend=(0.0,) * 14,
        level=Level(value=None, why="", publishers=0, share=None, usual=None),
        surprises=surprises,
        history_days=days,
        learning=learning,
        coverage=Coverage(fresh=1, feeds=1),
    )


def test_a_day_like_any_other_is_calm() -> None:
    assert words(an_index(a_surprise(alarm=False))) == "calm"


def test_a_short_history_is_learning() -> None:
    assert words(an_index(a_surprise(), days=12, learning=True)) == "learning: 12 of 28 days"


def test_what_is_unusual_is_told_with_what_is_usual() -> None:
    assert words(an_index(a_surprise(), a_surprise("visit", alarm=False))) == (
        "unusual: 3 incidents, usually 0.2 a day"
    )


def test_further_families_are_named() -> None:
    index = an_index(a_surprise(), a_surprise("armed_attack"), a_surprise("military_posture"))
    assert words(index) == "unusual: 3 incidents, usually 0.2 a day; also attacks, acts of posture"


def test_of_no_more_events_than_usual_it_is_how_many_tell_of_them() -> None:
    told = a_surprise("armed_attack", events=1, count=14, usual_events=0.9, mean=3.04)
    assert surprise_words(told) == "1 attack in 14 reports, usually 3 a day"


def test_what_never_was_is_said_so() -> None:
    assert surprise_words(a_surprise(events=1, usual_events=0.0, memory=364)) == "1 incident, none in 364 days before"


def test_what_is_rare_is_told_in_days() -> None:
    assert surprise_words(a_surprise(events=1, usual_events=3 / 364, memory=364)) == "1 incident, usually 1 in 121 days"


@pytest.mark.parametrize(
    ("usual", "said"),
    [
        (0.05, "0.05"),
        (0.2, "0.2"),
        (0.96, "1"),
        (1.04, "1"),
        (1.26, "1.3"),
        (9.96, "10"),
        (41.7, "42"),
        (1234.5, "1,234"),
    ],
)
def test_rates_have_as_many_digits_as_mean_something(usual: float, said: str) -> None:
    assert surprise_words(a_surprise(events=9000, usual_events=usual)).endswith(f"usually {said} a day")


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0, 4, "0 to 4 reports on 90 % of days"),
        (0, 1, "0 to 1 report on 90 % of days"),
        (0, 0, "0 reports on 90 % of days"),
    ],
)
def test_the_interval_in_words(low: int, high: int, said: str) -> None:
    assert interval_words(a_surprise(low=low, high=high)) == said


@pytest.mark.parametrize("kind", Kind)
def test_each_family_has_a_name_for_one_and_for_many(kind: Kind) -> None:
    many = family_words(kind.family)
    assert many.split()[0].endswith("s")
    assert surprise_words(a_surprise(kind.family, events=2)).startswith(f"2 {many}, ")
    assert surprise_words(a_surprise(kind.family, events=1)).startswith("1 ")


def test_one_act_of_posture_is_an_act() -> None:
    assert surprise_words(a_surprise("military_posture", events=1)).startswith("1 act of posture, ")
