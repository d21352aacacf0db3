"""Border incidents: who is taken for a side, and which words tell of one that happened."""

from __future__ import annotations

import pytest

from tensionwatch.model import Flag, Kind
from tensionwatch.rules import Rules


def incidents(rules: Rules, title: str, summary: str = "") -> list[tuple[str, str | None, str | None]]:
    flags: tuple[Flag, ...] = rules.classify(title, summary)
    return [(f.status.value, f.actor, f.recipient) for f in flags if f.kind is Kind.BORDER_INCIDENT]


@pytest.mark.parametrize(
    "title",
    [
        "Thailand and Cambodia to discuss border clash",
        "Thailand wants Cambodia to answer for border clash",
        "After border clash Thailand plans talks with Cambodia",
    ],
)
def test_a_plan_about_a_clash_does_not_make_the_clash_a_plan(rules: Rules, title: str) -> None:
    assert incidents(rules, title) == [("actual", "THA", "KHM")]


def test_a_feared_clash_has_not_happened(rules: Rules) -> None:
    assert [status for status, *_ in incidents(rules, "Thailand warns of border clash with Cambodia")] == [
        "hypothetical"
    ]


@pytest.mark.parametrize(
    ("title", "pair"),
    [
        ("Russian drones shot down over Kyiv, Ukraine says", None),
        ("Ukrainian drones shot down over Belgorod, Russia says", ("actual", "UKR", "RUS")),
        ("Iran shoots down American drone", ("actual", "IRN", "USA")),
    ],
)
def test_fire_far_behind_a_front_is_no_border_incident(
    rules: Rules, title: str, pair: tuple[str, str, str] | None
) -> None:
    assert incidents(rules, title)[:1] == ([pair] if pair else [])


def test_an_unknown_side_lies_across_the_line_that_is_named(rules: Rules) -> None:
    assert incidents(rules, "Belgorod shelled overnight, governor says") == [("actual", "UKR", "RUS")]


def test_a_clash_of_unnamed_sides_is_the_one_that_the_lead_names(rules: Rules) -> None:
    lead = "Thai and Cambodian troops exchanged fire near the temple on Monday."
    assert incidents(rules, "Villagers flee after border clash", lead) == [("actual", "THA", "KHM")]


def test_a_bloc_is_a_side_only_where_no_state_is_named(rules: Rules) -> None:
    assert incidents(rules, "NATO meets over Russian airspace violations in Estonia")[0][1:] == ("RUS", "EST")
    assert incidents(rules, "NATO meets over Russian airspace violations")[0][1:] == ("RUS", "NATO")


def test_the_unnamed_side_is_whose_sky_or_border_it_is(rules: Rules) -> None:
    title = "Danish jets guard Lithuanian skies after Belarusian drone incursion"
    assert incidents(rules, title)[0] == ("actual", "BLR", "LTU")


def test_a_side_that_no_word_tells_stays_unknown(rules: Rules) -> None:
    assert incidents(rules, "North Korea fires artillery into buffer zone") == [("actual", "PRK", None)]


def test_the_one_who_protests_is_the_one_it_was_done_to(rules: Rules) -> None:
    assert incidents(rules, "Japan summons Chinese envoy over intrusion into its waters") == [("actual", "CHN", "JPN")]


def test_north_and_south_korea_are_two(rules: Rules) -> None:
    assert incidents(rules, "North and South Korea trade artillery fire") == [("actual", "PRK", "KOR")]


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("North Korean drones cross border into South", "X-AIR"),
        ("Chinese drones cross median line of Taiwan Strait", "X-AIR"),
        ("Russian patrol boats cross sea border with Norway", "X-SEA"),
        ("North Korean soldiers cross border with South", "X-CROSS"),
        ("North Korean soldiers cross border behind drones", "X-CROSS"),
    ],
)
def test_what_crosses_says_by_which_way(rules: Rules, title: str, code: str) -> None:
    assert [f.code for f in rules.classify(title, "") if f.kind is Kind.BORDER_INCIDENT] == [code]


def test_who_changes_the_status_quo_at_a_border_has_crossed_it(rules: Rules) -> None:
    assert incidents(rules, "Delhi accuses China of trying to change status quo at border") == [
        ("actual", "CHN", "IND")
    ]
    assert incidents(rules, "Delhi and China agree to keep status quo at border") == []
