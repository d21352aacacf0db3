"""The scenario as data: what it promises to show, and what is published when."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.demo.scenario import Expected, Report, load_scenario, parse_scenario
from tensionwatch.model import Kind, Status

from .conftest import START

SCENARIO = load_scenario()
MOMENTS = st.floats(min_value=-60, max_value=SCENARIO.duration + 60)
OUTLETS = [outlet.id for outlet in SCENARIO.outlets]
CROSSING = Expected(kind=Kind.BORDER_INCIDENT, status=Status.ACTUAL, actor="PRK", recipient="KOR")


def told(story: str) -> list[Report]:
    return [report for report in SCENARIO.reports if report.story == story]


def live() -> list[Report]:
    return [report for report in SCENARIO.reports if report.moment.live]


def statuses(kind: Kind) -> set[Status]:
    return {flag.status for report in SCENARIO.reports for flag in report.expect if flag.kind is kind}


def test_the_second_crossing_is_told_by_at_least_six_publishers() -> None:
    publishers = {outlet.id: outlet.publisher for outlet in SCENARIO.outlets}
    reports = told("second-crossing")
    assert len({publishers[report.outlet] for report in reports}) >= 6
    assert all(CROSSING in report.expect for report in reports)


def test_at_least_seven_outlets_tell_the_story_in_three_formats() -> None:
    assert len({report.outlet for report in SCENARIO.reports}) >= 7
    assert {outlet.format for outlet in SCENARIO.outlets} == {"rss", "atom", "rdf"}


def test_there_are_sixty_to_eighty_wordings_all_different() -> None:
    assert 60 <= len(SCENARIO.reports) <= 80
    assert len({report.title for report in SCENARIO.reports}) == len(SCENARIO.reports)


def test_an_outlet_tells_a_story_once_and_in_sections_that_it_has() -> None:
    sections = {outlet.id: set(outlet.sections) for outlet in SCENARIO.outlets}
    assert len({(report.outlet, report.story) for report in SCENARIO.reports}) == len(SCENARIO.reports)
    assert all(report.sections and set(report.sections) <= sections[report.outlet] for report in SCENARIO.reports)


def test_one_outlet_runs_the_same_article_in_two_feeds() -> None:
    assert any(len(report.sections) == 2 for report in SCENARIO.reports)


def test_a_reprint_repeats_the_wire_story_nearly_word_for_word() -> None:
    wire, reprint = (
        next(r for r in told("second-crossing") if r.outlet == outlet) for outlet in ("meridian", "palawan")
    )
    assert wire.summary != reprint.summary
    assert wire.summary.split(" - ")[1] == reprint.summary.split(" – ")[1]


def test_false_friends_expect_no_flag() -> None:
    innocent = {report.story for report in SCENARIO.reports if not report.expect}
    assert innocent >= {"border-collie", "friendly-clash", "hospital-visit", "war-film", "price-war", "tank-top"}
    assert not any(report.also for report in SCENARIO.reports if report.story in innocent)


def test_visits_and_incidents_are_shown_in_every_status_that_does_not_count_too() -> None:
    assert statuses(Kind.DIPLOMATIC_VISIT) == {Status.ACTUAL, Status.PLANNED, Status.OFF, Status.HYPOTHETICAL}
    assert statuses(Kind.BORDER_INCIDENT) == {Status.ACTUAL, Status.OFF, Status.HISTORICAL}


def test_no_kind_is_both_expected_and_merely_allowed() -> None:
    both = [r.title for r in SCENARIO.reports if {flag.kind for flag in r.expect} & set(r.also)]
    assert both == []


def test_something_new_comes_at_least_every_fifteen_seconds() -> None:
    moments = sorted(report.moment.seconds for report in live())
    gaps = [later - earlier for earlier, later in pairwise([0, *moments, SCENARIO.duration])]
    assert max(gaps) <= 15
    assert 240 <= SCENARIO.duration <= 360


def test_the_first_crossing_lies_about_twelve_days_back() -> None:
    assert min(r.moment.instant(START, 1) for r in told("first-crossing")) == START - timedelta(days=12)


@given(MOMENTS, st.sampled_from([0.5, 1.0, 3.0, 60.0]), st.sampled_from(OUTLETS))
def test_nothing_from_the_future_is_published_and_the_newest_comes_first(
    seconds: float, speed: float, outlet: str
) -> None:
    now = START + timedelta(seconds=seconds)
    entries = SCENARIO.published(outlet, now, START, speed)
    assert all(entry.at <= now and entry.at <= entry.updated <= now for entry in entries)
    assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)


@given(MOMENTS, MOMENTS, st.sampled_from(OUTLETS))
def test_what_is_published_stays_published(one: float, other: float, outlet: str) -> None:
    earlier, later = (
        {e.report.story for e in SCENARIO.published(outlet, START + timedelta(seconds=t), START, 1)}
        for t in sorted((one, other))
    )
    assert earlier <= later


def test_at_the_end_everything_is_published() -> None:
    end = START + timedelta(seconds=SCENARIO.duration)
    assert sum(len(SCENARIO.published(outlet, end, START, 1)) for outlet in OUTLETS) == len(SCENARIO.reports)


def test_speed_moves_the_live_part_alone() -> None:
    for report in SCENARIO.reports:
        plain, fast = (report.moment.instant(START, speed) - START for speed in (1, 4))
        assert fast == (plain / 4 if report.moment.live else plain)


def test_an_edited_headline_replaces_the_first_one_at_its_moment() -> None:
    [report] = [report for report in SCENARIO.reports if report.edits]
    [edit] = report.edits

    def title(seconds: float) -> str:
        entries = SCENARIO.published(report.outlet, START + timedelta(seconds=seconds), START, 1)
        return next(entry.title for entry in entries if entry.report == report)

    assert title(edit.moment.seconds - 1) == report.title
    assert title(edit.moment.seconds) == edit.title
    assert report.titles == (report.title, edit.title)


OUTLET = '[[outlet]]\nid = "a"\nname = "A"\npublisher = "a.example"\n'
REPORT = '[[story.report]]\noutlet = "a"\ntitle = "t"\nsummary = "s"\n'


def test_a_misspelt_key_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="sumary"):
        parse_scenario(f'duration = 1\n{OUTLET}[[story]]\nid = "s"\nat = 1\n{REPORT}sumary = "x"')


@pytest.mark.parametrize("when", ["", 'at = 1\nago = "1d"\n'])
def test_a_story_needs_exactly_one_moment(when: str) -> None:
    with pytest.raises(ValueError, match="either 'at' or 'ago'"):
        parse_scenario(f'duration = 1\n{OUTLET}[[story]]\nid = "s"\n{when}{REPORT}')


def test_an_unknown_outlet_is_refused() -> None:
    with pytest.raises(ValueError, match="no such outlet: a"):
        parse_scenario(f'duration = 1\noutlet = []\n[[story]]\nid = "s"\nat = 1\n{REPORT}')
