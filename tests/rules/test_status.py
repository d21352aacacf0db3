"""When a visit happened, and when it is only spoken of: cues, their reach, and what the rest of the text says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tensionwatch.model import Kind, Status
from tensionwatch.rules import Rules, load_rules

MARCH_2026 = datetime(2026, 3, 1, tzinfo=UTC)


def visits(rules: Rules, title: str, summary: str = "") -> list[tuple[Status, str | None, str | None]]:
    flags = rules.classify(title, summary, published=MARCH_2026)
    return [(f.status, f.actor, f.recipient) for f in flags if f.kind is Kind.DIPLOMATIC_VISIT]


def test_a_future_rules_its_whole_clause(rules: Rules) -> None:
    title = "Iranian foreign minister will fly to Ankara on Friday for talks with his Turkish counterpart"
    assert visits(rules, title) == [(Status.PLANNED, "IRN", "TUR")]


def test_a_future_in_an_aside_does_not(rules: Rules) -> None:
    assert visits(rules, "Putin, who will go on to Hanoi, arrives in Pyongyang") == [(Status.ACTUAL, "RUS", "PRK")]


def test_to_before_a_name_or_an_article_is_no_infinitive(rules: Rules) -> None:
    assert visits(rules, "A guide to Trump's state visit to Britain") == [(Status.ACTUAL, "USA", "GBR")]
    assert visits(rules, "From quarrel to the Modi visit to Ottawa") == [(Status.ACTUAL, "IND", "CAN")]


def test_who_urges_others_to_act_plans_nothing(rules: Rules) -> None:
    title = "Macron urges rich nations to pay up at Cairo summit"
    assert [status for status, *_ in visits(rules, title)] == [Status.ACTUAL]


def test_may_is_also_a_month(rules: Rules) -> None:
    assert visits(rules, "Lula may visit Beijing") == [(Status.PLANNED, "BRA", "CHN")]
    assert visits(rules, "On May 3 Lula visited Beijing") == [(Status.ACTUAL, "BRA", "CHN")]


def test_a_visit_only_named_takes_its_status_from_the_rest_of_the_text(rules: Rules) -> None:
    title = "Trump's China visit limited to Beijing"
    assert visits(rules, title) == [(Status.ACTUAL, "USA", "CHN")]
    assert visits(rules, title, "Trump will fly to Beijing next week.") == [(Status.PLANNED, "USA", "CHN")]
    assert visits(rules, title, "Trump called off his trip to China.") == [(Status.OFF, "USA", "CHN")]


def test_what_has_begun_is_not_undone_by_plans_for_the_next(rules: Rules) -> None:
    got = visits(rules, "Modi arrives in Paris", "Macron said Modi will visit France again in the autumn.")
    assert got == [(Status.ACTUAL, "IND", "FRA")]


def test_a_visit_of_unknown_host_is_told_by_the_one_that_names_it(rules: Rules) -> None:
    got = visits(rules, "Yellen ends overseas trip", "The US treasury secretary left Beijing after four days.")
    assert got == [(Status.ACTUAL, "USA", "CHN")]
    got = visits(rules, "Blinken lands in Nairobi", "Blinken's overseas trip is his first this year.")
    assert got == [(Status.ACTUAL, "USA", "KEN")]


@pytest.mark.parametrize(
    "title",
    ["In 1928 a British king visited Kenya", "A British king's 1928 visit to Kenya", "British king's 1928 Kenya visit"],
)
def test_a_year_that_dates_the_visit_makes_it_history(rules: Rules, title: str) -> None:
    assert visits(rules, title) == [(Status.HISTORICAL, "GBR", "KEN")]


def test_a_year_that_dates_something_else_does_not(rules: Rules) -> None:
    got = visits(rules, "IAEA chief arrives in Tehran to save the 2015 nuclear deal")
    assert got == [(Status.ACTUAL, "IGO", "IRN")]


def test_the_first_of_several_visitors_is_named(rules: Rules) -> None:
    assert visits(rules, "Polish, Czech and Slovenian premiers visit Kyiv") == [(Status.ACTUAL, "POL", "UKR")]


@pytest.mark.parametrize(
    "title", ["Pope visits Milan", "EU leaders arrive in Brussels", "NATO chief back in Belgium after holiday"]
)
def test_nobody_goes_abroad_where_his_seat_is(rules: Rules, title: str) -> None:
    assert visits(rules, title) == []


def test_what_is_his_is_not_he(rules: Rules) -> None:
    assert visits(rules, "Putin's judo partner lands in Sofia") == []
    assert visits(rules, "Putin lands in Sofia") == [(Status.ACTUAL, "RUS", "BGR")]


def test_an_unnamed_visitor_is_whoever_else_the_item_says_acts_abroad(rules: Rules, tmp_path: Path) -> None:
    pack = tmp_path / "own.toml"
    pack.write_text(OFFICES_VISIT, "utf-8")
    own = load_rules([pack])
    told = own.classify("Albanese pledges reef fund", "The prime minister has touched the soil of Indonesia.")
    assert [(f.actor, f.recipient) for f in told if f.rule == "own.soil"] == [("AUS", "IDN")]
    assert not own.classify("Reef fund grows", "The prime minister has touched the soil of Indonesia.")


OFFICES_VISIT = """
language = "en"

[[rule]]
id = "own.soil"
kind = "diplomatic_visit"
code = "042"
patterns = ["{office} ..2 touch~ the soil of {tgt:host}"]
examples = ["French president: the premier touched the soil of Laos", "Lula: president touched the soil of Peru"]
counter = ["Hoe touched the soil of Laos", "Plough touches the soil of Peru"]
"""


def test_weak_words_count_only_together(tmp_path: Path) -> None:
    pack = tmp_path / "weak.toml"
    pack.write_text(WEAK, "utf-8")
    own = load_rules([pack])
    assert own.classify("Macron seen near a palace in Hanoi", "") == ()
    (weak,) = (f for f in own.explain("Macron seen near a palace in Hanoi").findings if f.rule == "own.palace")
    assert weak.lost == "too weak alone: weighs 0.5 of 1"
    flags = own.classify("Macron seen near a palace in Hanoi", "Macron tried the noodles of Hanoi.")
    assert [(f.kind, f.actor, f.recipient) for f in flags] == [(Kind.DIPLOMATIC_VISIT, "FRA", "VNM")]
    assert own.classify("Macron seen near a palace in Hanoi", "Lula tried the noodles of Lima.") == ()


WEAK = """
language = "en"

[[rule]]
id = "own.palace"
kind = "diplomatic_visit"
code = "042"
weight = 0.5
patterns = ["{src:visitor} ..3 palace in {tgt:host}"]
examples = ["Macron seen near a palace in Hanoi", "Lula at the palace in Lima"]
counter = ["Fire guts palace in Hanoi", "New palace in Lima"]

[[rule]]
id = "own.noodles"
kind = "diplomatic_visit"
code = "042"
weight = 0.5
patterns = ["{src:visitor} ..2 noodles of {tgt:host}"]
examples = ["Macron tried the noodles of Hanoi", "Lula loves noodles of Lima"]
counter = ["Tourists tried the noodles of Hanoi", "New noodles of Lima"]
"""


@pytest.mark.parametrize(("month", "status"), [("July", Status.HISTORICAL), ("February", Status.ACTUAL)])
def test_a_month_long_past_dates_it_and_the_last_one_does_not(rules: Rules, month: str, status: Status) -> None:
    assert visits(rules, f"Lula visited Beijing in {month}") == [(status, "BRA", "CHN")]
