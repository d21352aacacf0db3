"""The built-in rules, on the demo's story and on sentences that each show one general fact."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensionwatch.demo import load_scenario
from tensionwatch.model import Flag, Kind, Status
from tensionwatch.rules import Rules
from tensionwatch.rules.bench import failures
from tensionwatch.words import code_words
from tests.rules.conftest import built_in

INCIDENT, VISIT = Kind.BORDER_INCIDENT, Kind.DIPLOMATIC_VISIT


def of_kind(flags: tuple[Flag, ...], kind: Kind) -> list[tuple[str, str | None, str | None]]:
    return [(f.status.value, f.actor, f.recipient) for f in flags if f.kind is kind]


def wordings() -> list[object]:
    return [
        pytest.param(report, title, id=f"{report.story}-{report.outlet}-{n}")
        for report in load_scenario().reports
        for n, title in enumerate(report.titles)
    ]


@pytest.mark.parametrize(("report", "title"), wordings())
def test_the_demo_is_read_as_it_was_meant(rules: Rules, report, title: str) -> None:
    flags = rules.classify(title, report.summary)
    got = {(f.kind, f.status, f.actor, f.recipient) for f in flags}
    wanted = {(e.kind, e.status, e.actor, e.recipient) for e in report.expect}
    assert wanted <= got
    assert {kind for kind, *_ in got} <= {e.kind for e in report.expect} | set(report.also)
    # A response (warning shots at intruders) has the same two sides; nothing else of an expected kind may come along.
    pairs = {(e.kind, frozenset({e.actor, e.recipient})) for e in report.expect}
    assert all((k, frozenset({a, r})) in pairs for k, _, a, r in got if k in {e.kind for e in report.expect})


STORY_TITLE = "Russia's president looks for military cooperation in North Korea as his war drags on"
STORY = (
    "Russian President Vladimir Putin arrived in Pyongyang on Wednesday, his first visit to North Korea since the year "
    "he took office. Hours earlier North Korean soldiers had briefly crossed the fortified border into South Korea, "
    "leading South Korean soldiers to fire warning shots. It was the second border crossing in recent weeks."
)


def test_the_story_that_started_it(rules: Rules) -> None:
    flags = rules.classify(STORY_TITLE, STORY)
    assert of_kind(flags, VISIT) == [("actual", "RUS", "PRK")]
    assert of_kind(flags, INCIDENT) == [("actual", "PRK", "KOR"), ("actual", "KOR", "PRK")]
    crossing = next(f for f in flags if f.code == "X-CROSS")
    assert crossing.ordinal is not None
    assert (crossing.ordinal.count, crossing.ordinal.scope) == (2, "in recent weeks")
    visit = next(f for f in flags if f.kind is VISIT)
    assert visit.people == ("Vladimir Putin",)


def test_the_setting_of_the_story_is_no_news_of_its_own(rules: Rules) -> None:
    setting = (
        " He thanked his host for standing by what he calls a “special military operation” in Ukraine. The friendship "
        "matters more to him as international sanctions narrow Russia’s choices."
    )
    kinds = {flag.kind for flag in rules.classify(STORY_TITLE, STORY + setting)}
    assert kinds == {VISIT, INCIDENT, Kind.MILITARY_COOPERATION}


@pytest.mark.parametrize(
    ("title", "status"),
    [
        ("Russian president arrives in Hanoi", Status.ACTUAL),
        ("Russian president heads to Hanoi", Status.ACTUAL),
        ("Russian president to visit Hanoi", Status.PLANNED),
        ("Russian president will visit Hanoi", Status.PLANNED),
        ("Russian president plans visit to Hanoi", Status.PLANNED),
        ("Russian president due in Hanoi", Status.PLANNED),
        ("Russian president cancels visit to Hanoi", Status.OFF),
        ("Russian president postpones trip to Vietnam", Status.OFF),
        ("Russian president's visit to Hanoi called off", Status.OFF),
        ("Russian president could visit Hanoi", Status.HYPOTHETICAL),
    ],
)
def test_the_status_of_a_visit(rules: Rules, title: str, status: Status) -> None:
    assert of_kind(rules.classify(title, ""), VISIT) == [(status.value, "RUS", "VNM")]


@pytest.mark.parametrize(
    "title",
    [
        "Thai health minister visits Chiang Mai hospital",
        "Border collie crosses three counties to find her master",
        "Japan edge South Korea in fiery friendly clash",
        "Police fire warning shots at protesters",
        "Central bank fires warning shot at markets",
        "Chinese carmakers wage a price war",
        "Council sanctions tank top day",
        "Visiting professor praises South Korea's noodle bars",
        "Tourists arrive in Thailand by the planeload",
        "War film shot on the border wins prize",
        "Emma Raducanu beats China's Zheng to reach final",
    ],
)
def test_false_friends_raise_no_flag_of_the_main_kinds(rules: Rules, title: str) -> None:
    flags = rules.classify(title, "")
    assert of_kind(flags, VISIT) + of_kind(flags, INCIDENT) == []


def test_evidence_stands_where_it_says(rules: Rules) -> None:
    title, summary = "LIVE: Putin’s party lands in Pyongyang – updates", STORY
    for flag in rules.classify(title, summary):
        for e in flag.evidence:
            assert {"title": title, "summary": summary}[e.field][e.start : e.end] == e.words


def test_a_year_long_past_is_history(rules: Rules) -> None:
    flags = rules.classify(
        "How Chinese troops crossed the border into Vietnam in 1979", "", published=datetime(2026, 3, 1, tzinfo=UTC)
    )
    assert {f.status for f in flags if f.kind is INCIDENT} == {Status.HISTORICAL}


def test_an_explanation_says_what_lost_and_why(rules: Rules) -> None:
    explained = rules.explain("Thai prime minister visits Bangkok")
    assert explained.flags == ()
    assert any(f.lost == "both sides are one country" for f in explained.findings)


def test_a_language_without_rules_says_so(rules: Rules) -> None:
    explained = rules.explain("푸틴 평양 도착", lang="ko")
    assert explained.flags == ()
    assert "no rules for language 'ko'" in str(explained.note)


def test_the_same_words_give_the_same_flags_in_capitals(rules: Rules) -> None:
    assert of_kind(rules.classify("PUTIN ARRIVES IN PYONGYANG", ""), VISIT) == [("actual", "RUS", "PRK")]


def test_every_code_has_words(rules: Rules) -> None:
    assert [rule.id for rule in rules.rules if code_words(rule.spec.code) == rule.spec.code] == []


def test_every_rule_keeps_its_own_examples(rules: Rules) -> None:
    assert [str(failure) for failure in failures(rules)] == []
    assert [rule.id for rule in rules.rules if len(rule.spec.examples) < 2 or len(rule.spec.counter) < 2] == []


@settings(max_examples=3 * settings().max_examples)
@given(st.text(max_size=120), st.text(max_size=200))
def test_any_text_is_classified_without_complaint(title: str, summary: str) -> None:
    for flag in built_in().classify(title, summary):
        assert flag.evidence


WORDS = st.sampled_from(
    "Putin Kim Seoul North Korea Russian soldiers troops cross crossed border arrives in at visit to will not denies "
    "cancels fire warning shots , . the of and China's Moscow U.S. president minister talks with 1979 '".split(" ")
)


@settings(max_examples=3 * settings().max_examples)
@given(st.lists(WORDS, max_size=30).map(" ".join))
def test_any_run_of_news_words_is_classified_without_complaint(text: str) -> None:
    flags = built_in().classify(text, text)
    assert flags == built_in().explain(text, text).flags
    for flag in flags:
        for e in flag.evidence:
            assert text[e.start : e.end] == e.words
