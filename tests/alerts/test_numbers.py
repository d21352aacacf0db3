"""Alerts of a region's numbers: once per series and day, once per crossing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tensionwatch.alerts.decide import SETTLING, of_numbers
from tensionwatch.alerts.records import Alert, AlertRule
from tensionwatch.index.records import Coverage, Level, RegionIndex, Surprise
from tensionwatch.model import Kind
from tests.builders import NOON

from .world import ANY, World, mute

TODAY = NOON.date()
SURPRISE = AlertRule(id="s", name="Unusual", surprise=True)
CONFLICT = AlertRule(id="c", name="Conflict", intensity=5.0)


def a_surprise(family: str = "incident", day: date = TODAY, *, alarm: bool = True) -> Surprise:
    return Surprise(
        family=family, day=day, count=6, events=3, usual_events=0.2, memory=56, days=56, mean=0.4, variance=0.9,
        dispersion=2.0, low=0, high=2, tail=0.0001, clumped=0.0002, alarm=alarm,
    )  # fmt: skip


def an_index(region: str = "korea", *surprises: Surprise, fresh: int = 8, **changes: Any) -> RegionIndex:
    index = RegionIndex(
        region=region, at=NOON, conflict=1.0, cooperation=0.5, trend=(0.0,) * 14,
        level=Level(value=None, why="", publishers=0, share=None, usual=None), surprises=surprises, history_days=56,
        learning=False, coverage=Coverage(fresh=fresh, feeds=10),
    )  # fmt: skip
    return replace(index, **changes)


class Numbers(World):
    def are(self, *indexes: RegionIndex, at: datetime | None = None) -> list[Alert]:
        self.now = at or self.now
        alerts, states = of_numbers(indexes, self.ground, self.known)
        self.states |= {state.rule: state for state in states}
        self.raised += alerts
        return alerts

    def conflict(self, value: float, **changes: Any) -> list[Alert]:
        self.now += timedelta(minutes=1)
        return self.are(an_index(conflict=value, **changes))


# ------------------------------------------------------------------ surprise


def test_what_is_unusual_is_told_once_for_each_series_and_day() -> None:
    numbers = Numbers(SURPRISE)
    (alert,) = numbers.are(an_index("korea", a_surprise(), a_surprise("visit", alarm=False)), an_index("sahel"))
    assert (alert.key, alert.family, alert.stage) == (f"s|surprise|korea|incident|{TODAY}", "incident", "surprise")
    assert alert.title == "▲ unusual in Korea: 3 incidents, usually 0.2 a day"
    assert "so many by chance: 0.0002" in alert.text
    assert numbers.are(an_index("korea", a_surprise())) == []
    numbers.restart()
    assert numbers.are(an_index("korea", a_surprise()), at=NOON + timedelta(hours=5)) == []
    assert len(numbers.are(an_index("korea", a_surprise(), a_surprise("talks")), an_index("sahel", a_surprise()))) == 2


def test_a_surprise_of_yesterday_is_still_told_after_midnight() -> None:
    numbers = Numbers(SURPRISE)
    after = NOON + timedelta(days=1)
    late = an_index("korea", a_surprise("visit", after.date(), alarm=False), yesterday=(a_surprise(),))
    assert len(numbers.are(late, at=after)) == 1
    assert numbers.are(late, at=after) == []


def test_nothing_is_unusual_while_that_is_being_learnt() -> None:
    assert Numbers(SURPRISE).are(an_index("korea", a_surprise(), learning=True)) == []


def test_where_few_feeds_answer_a_surprise_is_told_with_that_word() -> None:
    """What is not seen makes a count too small, never too large."""
    (alert,) = Numbers(SURPRISE).are(an_index("korea", a_surprise(), fresh=4))
    assert "only 4 of 10 feeds answer: it may be more than is counted here" in alert.text


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        (replace(SURPRISE, regions=("sahel",)), 0),
        (replace(SURPRISE, regions=("sahel", "korea")), 2),
        (replace(SURPRISE, kinds=(Kind.BORDER_INCIDENT, Kind.SANCTIONS)), 1),
        (replace(SURPRISE, kinds=(Kind.SANCTIONS,)), 0),
        (ANY, 0),
    ],
)
def test_a_surprise_is_of_the_regions_and_kinds_that_are_asked_for(rule: AlertRule, count: int) -> None:
    assert len(Numbers(rule).are(an_index("korea", a_surprise(), a_surprise("visit")))) == count


def test_a_new_rule_does_not_speak_of_days_before_it() -> None:
    numbers = Numbers(SURPRISE, since=NOON - timedelta(hours=1))
    yesterday = (a_surprise("visit", TODAY - timedelta(days=1)),)
    assert [alert.family for alert in numbers.are(an_index("korea", a_surprise(), yesterday=yesterday))] == ["incident"]


def test_a_muted_region_and_a_cool_down_hold_numbers_back_too() -> None:
    numbers = Numbers(replace(SURPRISE, cooldown=3600.0))
    numbers.mutes = [mute("region", "sahel", hours=1)]
    alerts = numbers.are(an_index("korea", a_surprise(), a_surprise("visit")), an_index("sahel", a_surprise()))
    assert [alert.withheld for alert in alerts] == ["", "cool-down", "muted"]


# ------------------------------------------------------------------ intensity


def test_intensity_is_told_when_it_rises_above_and_again_only_after_it_has_fallen() -> None:
    numbers = Numbers(CONFLICT)
    values = (3, 5, 6, 4.5, 5.5, 4.1, 5.2, 3.9, 4.9, 5.0, 7)
    told = [value for value in values if numbers.conflict(value)]
    assert told == [5, 5.0]
    assert len({alert.id for alert in numbers.raised}) == 2
    assert numbers.raised[0].title == "▲ conflict in Korea rose to 5, above 5"


def test_what_was_above_when_the_rule_was_made_has_not_crossed() -> None:
    numbers = Numbers(CONFLICT, since=NOON)
    assert numbers.conflict(9) == []
    assert numbers.states["c"].above == ("korea",)
    numbers.now += SETTLING
    assert numbers.conflict(9) == []
    assert numbers.conflict(3) == []
    assert len(numbers.conflict(6)) == 1


def test_what_the_first_polls_bring_in_is_no_crossing() -> None:
    numbers = Numbers(CONFLICT, since=NOON)
    assert [numbers.conflict(value) for value in (0, 2, 6, 4, 7)] == [[], [], [], [], []]
    numbers.now += SETTLING
    assert numbers.conflict(8) == []


def test_a_crossing_while_the_program_was_away_is_told_once() -> None:
    numbers = Numbers(CONFLICT)
    numbers.conflict(1)
    numbers.restart()
    assert len(numbers.conflict(8)) == 1
    numbers.restart()
    assert numbers.conflict(8) == []


def test_intensity_that_fades_because_little_is_seen_has_not_fallen() -> None:
    numbers = Numbers(CONFLICT)
    numbers.conflict(1)
    assert len(numbers.conflict(6)) == 1
    assert numbers.conflict(2, fresh=1) == []
    assert numbers.conflict(6) == []


def test_each_region_crosses_by_itself() -> None:
    numbers = Numbers(CONFLICT)
    numbers.are(an_index("korea"), an_index("sahel"))
    (alert,) = numbers.are(an_index("korea", conflict=6.0), an_index("sahel"))
    assert alert.region == "korea"
    (alert,) = numbers.are(an_index("korea", conflict=6.0), an_index("sahel", conflict=8.0))
    assert alert.region == "sahel"
