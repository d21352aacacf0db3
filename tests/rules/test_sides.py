"""Who did it to whom, where the words of the pattern do not say so."""

from __future__ import annotations

from tensionwatch.model import Kind
from tensionwatch.rules import Rules
from tensionwatch.rules.atlas import load_atlas


def pairs(rules: Rules, title: str, kind: Kind, summary: str = "") -> list[tuple[str | None, str | None]]:
    return [(flag.actor, flag.recipient) for flag in rules.classify(title, summary) if flag.kind is kind]


def test_of_several_countries_the_neighbour_is_the_side_of_an_incident(rules: Rules) -> None:
    title = "Brazil and Egypt worried as Thai soldiers cross border"
    assert pairs(rules, title, Kind.BORDER_INCIDENT, "Cambodia says it will answer.") == [("THA", "KHM")]


def test_an_army_that_fights_at_home_has_no_other_side(rules: Rules) -> None:
    (pair,) = pairs(rules, "Nigerian army bombs village in Nigeria", Kind.ARMED_ATTACK)
    assert pair == ("NGA", None)


def test_force_in_a_disputed_land_is_used_on_the_other_who_claims_it(rules: Rules) -> None:
    assert pairs(rules, "Azerbaijan launches attack on Nagorno-Karabakh", Kind.ARMED_ATTACK) == [("AZE", "ARM")]


def test_an_air_raid_alert_is_of_the_side_that_hears_it(rules: Rules) -> None:
    assert (None, "GRC") in pairs(rules, "Air raid alert on Greek island as Egypt tests missiles", Kind.ARMED_ATTACK)


def test_every_border_is_told_from_both_sides() -> None:
    atlas = load_atlas()
    countries = ("KOR", "PRK", "ISR", "LBN", "UKR", "RUS", "THA", "KHM", "TWN", "CHN", "IND", "PAK", "SDN", "TCD")
    for country in countries:
        for other in atlas.neighbours(country):
            assert country in atlas.neighbours(other), (country, other)
    assert atlas.neighbours("NATO") == frozenset()
