"""Which events are told, when, and that none is told twice."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tensionwatch.alerts.decide import conditions, renewed
from tensionwatch.alerts.known import Known
from tensionwatch.alerts.records import Alert, AlertRule, RuleState
from tensionwatch.model import Article, Correction, Kind, Status
from tests.builders import NOON, a_flag, a_visit

from .world import ANY, TWO, World, mute, report

ONE, OTHER, THIRD = "one.example", "other.example", "third.example"


def stages(alerts: list[Alert]) -> list[str]:
    return [alert.stage for alert in alerts]


def a_rule(**conditions: Any) -> AlertRule:
    return AlertRule(id="r", name="Rule", **conditions)


# ------------------------------------------------------------------ when the conditions hold


def test_an_incident_is_told_once_enough_independent_publishers_report_it() -> None:
    world = World(TWO)
    assert world.comes(report(1, -3, ONE)) == []
    assert world.comes(report(2, -2, ONE)) == []
    (alert,) = world.comes(report(3, -1, OTHER))
    assert (alert.rule, alert.stage, alert.family, alert.pair, alert.region) == (
        "two", "reported", "incident", "KOR-PRK", "korea",
    )  # fmt: skip
    assert alert.key == f"two|event|{alert.event}|reported"
    assert alert.articles == ("a001", "a002", "a003")
    assert world.comes(report(4, -0.5, THIRD)) == []


def test_the_line_and_the_text_say_what_happened_and_who_told_first() -> None:
    toll = a_flag(place="dmz")
    world = World(TWO)
    (alert,) = world.comes(report(1, -3, ONE, toll), report(2, -2, ONE, toll), report(3, -1, OTHER, toll))
    assert alert.title == "▲ incident PRK→KOR DMZ crossing · 2 publishers"
    assert alert.text.splitlines() == [
        "Korea",
        f"one.example: {world.articles['a001'].title}", "  https://one.example/a001",
        f"other.example: {world.articles['a003'].title}", "  https://other.example/a003",
        "rule: Two",
    ]  # fmt: skip


def test_what_comes_from_outside_cannot_steer_a_terminal() -> None:
    article = replace(report(1, -1, ONE), title="\x1b[2Jred", link="https://x.example/\x07", publisher="o\x9bne")
    (alert,) = World(ANY).comes(article)
    assert not any(ord(c) < 32 and c != "\n" for c in alert.title + alert.text)


@pytest.mark.parametrize(
    ("rule", "is_told"),
    [
        (a_rule(), True),
        (a_rule(kinds=(Kind.BORDER_INCIDENT, Kind.TALKS)), True),
        (a_rule(kinds=(Kind.DIPLOMATIC_VISIT,)), False),
        (a_rule(regions=("ukraine", "korea")), True),
        (a_rule(regions=("ukraine",)), False),
        (a_rule(pairs=(frozenset({"KOR", "PRK"}),)), True),
        (a_rule(pairs=(frozenset({"KOR", "JPN"}),)), False),
        (a_rule(publishers=2), False),
        (a_rule(keywords=("beta1",)), True),
        (a_rule(keywords=("nothing", "ALPHA1  beta1")), True),
        (a_rule(keywords=("alpha",)), False),
        (a_rule(surprise=True), False),
        (a_rule(intensity=1.0), False),
        (a_rule(kinds=(Kind.BORDER_INCIDENT,), keywords=("nothing",)), False),
    ],
)
def test_all_conditions_must_hold(rule: AlertRule, is_told: bool) -> None:
    assert len(World(rule).comes(report(1, -1, ONE))) == is_told


@pytest.mark.parametrize(
    ("keyword", "is_found"),
    [("erdogan", True), ("Erdoğan’s", True), ("état  D'URGENCE", True), ("urgenc", False), ("c++", True)],
)
def test_keywords_are_whole_words_whatever_their_case_and_accents(keyword: str, is_found: bool) -> None:
    article = replace(report(1, -1, ONE), title="Erdoğan's word", summary="Un état d’urgence, and C++.")
    assert len(World(a_rule(keywords=(keyword,))).comes(article)) == is_found


def test_a_keyword_may_come_with_a_later_report() -> None:
    world = World(a_rule(keywords=("ultimatum",)))
    assert world.comes(report(1, -2, ONE)) == []
    assert len(world.comes(replace(report(2, -1, OTHER), summary="An ultimatum follows."))) == 1


def test_each_rule_tells_for_itself() -> None:
    world = World(ANY, TWO)
    assert [alert.rule for alert in world.comes(report(1, -2, ONE))] == ["any"]
    assert [alert.rule for alert in world.comes(report(2, -1, OTHER))] == ["two"]


# ------------------------------------------------------------------ stages


def test_a_visit_is_told_when_it_is_announced_when_it_is_under_way_and_when_it_is_called_off() -> None:
    world = World(ANY)
    assert stages(world.comes(report(1, -30, ONE, a_visit(status=Status.PLANNED)))) == ["announced"]
    assert stages(world.comes(report(2, -29, OTHER, a_visit(status=Status.PLANNED)))) == []
    (under_way,) = world.comes(report(3, -3, ONE, a_visit()))
    assert under_way.stage == "under way"
    assert under_way.title == "● visit RUS→PRK under way · 2 publishers"
    assert world.comes(report(4, -2, OTHER, a_visit())) == []
    off = [report(5 + n, -1, f"{n}.example", a_visit(status=Status.OFF)) for n in range(3)]
    (called_off,) = world.comes(*off)
    assert (called_off.stage, called_off.event) == ("off", under_way.event)
    assert "called off" in called_off.title


def test_a_new_stage_needs_its_own_publishers() -> None:
    """Five papers that announced it do not say that it has begun."""
    world = World(TWO)
    planned = [report(n, -30 + n, f"{n}.example", a_visit(status=Status.PLANNED)) for n in range(5)]
    assert stages(world.comes(*planned)) == ["announced"]
    assert world.comes(report(10, -3, ONE, a_visit())) == []
    assert stages(world.comes(report(11, -2, OTHER, a_visit()))) == ["under way"]


@pytest.mark.parametrize("status", [Status.PLANNED, Status.OFF, Status.HYPOTHETICAL, Status.HISTORICAL])
def test_what_has_not_happened_is_no_alert_but_of_visits(status: Status) -> None:
    world = World(ANY)
    assert world.comes(report(1, -2, ONE, a_flag(status=status))) == []
    assert stages(world.comes(report(2, -1, OTHER, a_flag()))) == ["reported"]


def test_what_has_no_date_enters_no_alert() -> None:
    undated = replace(report(1, -1, ONE), published=None, effective=None)
    assert World(ANY).comes(undated) == []


# ------------------------------------------------------------------ what is news


def test_a_new_rule_speaks_only_of_what_is_first_reported_from_then_on() -> None:
    world = World(ANY, since=NOON - timedelta(hours=1))
    assert world.comes(report(1, -1.5, ONE)) == []
    assert world.comes(report(2, -0.5, OTHER)) == []
    assert len(world.comes(report(3, -0.5, ONE, a_flag("CHN", "IND")))) == 1


def test_a_rule_made_after_the_announcement_tells_when_the_visit_is_under_way() -> None:
    world = World(ANY, since=NOON - timedelta(hours=5))
    assert world.comes(report(1, -20, ONE, a_visit(status=Status.PLANNED))) == []
    assert stages(world.comes(report(2, -1, ONE, a_visit()))) == ["under way"]


def test_nothing_older_than_three_days_is_raised() -> None:
    world = World(TWO)
    old = [report(1, -80, ONE), report(2, -73, OTHER), report(3, -71.9, THIRD)]
    assert world.comes(*old[:2]) == []
    assert world.comes(*old) == []
    assert len(world.comes(report(4, -90, ONE, a_flag("CHN", "IND")), report(5, -71, OTHER, a_flag("CHN", "IND")))) == 1


def test_a_rule_is_another_once_it_asks_for_something_else_or_was_switched_off() -> None:
    rule = a_rule(kinds=(Kind.TALKS,), regions=("a", "b"))
    told_otherwise = replace(rule, name="x", cooldown=5.0, quiet=(0, 5), channels=("c",), bell=False)
    assert conditions(told_otherwise) == conditions(replace(rule, regions=("b", "a"))) == conditions(rule)
    changed: list[dict[str, Any]] = [
        {"kinds": ()}, {"regions": ("a",)}, {"pairs": (frozenset("ab"),)}, {"publishers": 2}, {"keywords": ("x",)},
        {"surprise": True}, {"intensity": 2.0}, {"enabled": False},
    ]  # fmt: skip
    assert len({conditions(rule), *(conditions(replace(rule, **change)) for change in changed)}) == 9
    state = RuleState(rule="r", conditions=conditions(rule), since=NOON)
    assert renewed([told_otherwise], lambda _: state, NOON + timedelta(days=1)) == []
    (fresh,) = renewed([replace(rule, publishers=3)], lambda _: state, NOON + timedelta(days=1))
    assert fresh.since == NOON + timedelta(days=1)


def test_a_clock_that_was_ahead_silences_nothing() -> None:
    ahead = NOON + timedelta(days=3650)
    state = RuleState(rule="any", conditions=conditions(ANY), since=ahead)
    assert [each.since for each in renewed([ANY], lambda _: state, NOON)] == [NOON]
    world = World(replace(ANY, cooldown=3600.0), now=ahead)
    world.comes(report(1, 24 * 3650 - 1, ONE))
    world.now = NOON
    assert [alert.withheld for alert in world.comes(report(2, -1, ONE))] == [""]


# ------------------------------------------------------------------ never twice


def test_a_start_tells_nothing_again() -> None:
    world = World(ANY, TWO)
    world.comes(report(1, -3, ONE), report(2, -2, OTHER), report(3, -2, ONE, a_visit()))
    assert len(world.raised) == 3
    world.restart()
    assert world.look_at_all() == []


def test_events_that_are_merged_are_not_told_again() -> None:
    world = World(ANY)
    north, south = a_flag(place="dmz"), a_flag(place="nll")
    world.comes(report(1, -40, ONE, north), report(2, -1, OTHER, south))
    assert len(world.raised) == 2
    groups = (("a001",), ("a002",))
    merged = Correction(id="c", at=NOON, act="merge", family="incident", sides=("KOR", "PRK"), groups=groups)
    told = world.ledger.correct([merged])
    assert len(list(world.ledger)) == 1
    assert world.decide(told.events) == []
    world.restart()
    assert world.look_at_all() == []


def test_a_part_that_is_split_off_is_not_told_again() -> None:
    world = World(ANY)
    world.comes(*(report(n, -5 + n / 10, f"{n}.example") for n in range(1, 8)))
    (alert,) = world.raised
    groups = (("a005", "a006", "a007"), ("a001", "a002", "a003", "a004"))
    split = Correction(id="c", at=NOON, act="split", family="incident", sides=("KOR", "PRK"), groups=groups)
    for told in (world.ledger.correct([split]), world.ledger.correct([])):
        assert world.decide(told.events) == []
    assert len({event.id for event in world.ledger}) == 1
    assert alert.articles == tuple(f"a{n:03}" for n in range(1, 8))


def test_an_event_that_grew_after_its_alert_is_known_by_all_its_reports_after_a_restart() -> None:
    world = World(ANY)
    world.comes(report(1, -5, ONE))
    world.comes(*(report(n, -4 + n / 10, f"{n}.example") for n in range(2, 8)))
    world.restart()
    groups = (("a005", "a006", "a007"), ("a001", "a002", "a003", "a004"))
    split = Correction(id="c", at=NOON, act="split", family="incident", sides=("KOR", "PRK"), groups=groups)
    assert world.decide(world.ledger.correct([split]).events) == []


def test_an_event_that_other_rules_see_otherwise_is_not_told_again() -> None:
    """Its id is made of its first report: a new version of the rules that drops that one gives it another."""
    world = World(ANY)
    world.comes(*(report(n, -5 + n / 10, f"{n}.example") for n in range(1, 6)))
    (alert,) = world.raised
    told = world.ledger.update([replace(world.articles["a001"], flags=())])
    assert [event.id != alert.event for event in told.events] == [True]
    assert world.decide(told.events) == []


def test_an_article_that_tells_of_two_pairs_makes_two_alerts() -> None:
    world = World(ANY)
    both = report(1, -1, ONE, a_flag(), a_flag("CHN", "IND"))
    assert {alert.pair for alert in world.comes(both)} == {"KOR-PRK", "CHN-IND"}


def test_daily_incidents_are_each_told() -> None:
    world = World(ANY)
    for day in range(3):
        world.now = NOON + timedelta(hours=37 * day)
        assert stages(world.comes(report(day, 37 * day, ONE))) == ["reported"]
    assert len({alert.event for alert in world.raised}) == 3


# ------------------------------------------------------------------ cool-down, quiet hours, mutes


def test_what_falls_into_the_cool_down_is_kept_unsent_and_counted_in_the_next_one() -> None:
    world = World(a_rule(cooldown=6 * 3600.0))
    (first,) = world.comes(report(1, -40, ONE, a_flag(place="dmz")))
    world.now += timedelta(hours=1)
    held = world.comes(report(2, -3, ONE, a_flag(place="nll")), report(3, 0.5, ONE, a_flag("KOR", "PRK", place="jsa")))
    assert [alert.withheld for alert in (first, *held)] == ["", "cool-down", "cool-down"]
    (other,) = world.comes(report(4, 0.5, ONE, a_flag("CHN", "IND")))
    assert other.withheld == ""
    world.restart()
    world.now = NOON + timedelta(hours=39)
    (next_one,) = world.comes(report(5, 38, ONE))
    assert next_one.withheld == ""
    assert "and 2 more since 2026-03-01 12:00 UTC" in next_one.text
    world.now += timedelta(hours=40)
    (last,) = world.comes(report(6, 78, ONE))
    assert "more since" not in last.text


def test_in_quiet_hours_an_alert_is_raised_and_held_back_until_they_end() -> None:
    world = World(a_rule(quiet=(22 * 60, 7 * 60)))
    assert world.comes(report(1, -1, ONE))[0].held_until is None
    world.now = NOON.replace(hour=23)
    quiet = World(a_rule(quiet=(0, 23 * 60 + 59)))
    (alert,) = quiet.comes(report(1, -1, ONE))
    assert alert.held_until is not None
    assert NOON < alert.held_until <= NOON + timedelta(days=1)
    assert not alert.withheld


@pytest.mark.parametrize(
    ("what", "name", "is_muted"),
    [
        ("pair", "KOR-PRK", True), ("pair", "CHN-IND", False), ("region", "korea", True), ("region", "ukraine", False),
        ("rule", "any", True), ("rule", "two", False),
    ],
)  # fmt: skip
def test_what_is_muted_is_kept_unsent(what: str, name: str, is_muted: bool) -> None:
    world = World(ANY)
    world.mutes = [mute(what, name, hours=2)]
    (alert,) = world.comes(report(1, -1, ONE))
    assert alert.withheld == ("muted" if is_muted else "")
    world.now += timedelta(hours=3)
    assert world.look_at_all() == []
    (later,) = world.comes(report(2, 37, OTHER))
    assert later.withheld == ""


def test_an_event_of_two_regions_is_told_for_the_one_that_is_not_muted() -> None:
    world = World(ANY)
    world.regions = ("korea", "taiwan")
    world.mutes = [mute("region", "korea")]
    assert world.comes(report(1, -1, ONE))[0].withheld == ""
    world.mutes += [mute("region", "taiwan")]
    assert world.comes(report(2, -1, ONE, a_flag("CHN", "TWN")))[0].withheld == "muted"


def test_an_event_can_be_muted_before_its_next_stage() -> None:
    world = World(ANY)
    (announced,) = world.comes(report(1, -20, ONE, a_visit(status=Status.PLANNED)))
    world.mutes = [mute("event", announced.event or "")]
    assert world.comes(report(2, -1, ONE, a_visit()))[0].withheld == "muted"


def test_articles_of_a_muted_feed_count_nothing() -> None:
    world = World(TWO)
    world.mutes = [mute("feed", "one", at=NOON - timedelta(hours=9), hours=8)]
    assert world.comes(report(1, -3, ONE), report(2, -2, OTHER)) == []
    assert world.look_at_all() == []
    assert len(world.comes(report(3, -0.5, THIRD))) == 1


def test_an_article_that_another_feed_shows_too_counts_while_one_of_them_is_muted() -> None:
    world = World(ANY)
    world.mutes = [mute("feed", "one")]
    assert world.comes(report(1, -1, ONE)) == []
    world.mutes = [mute("feed", "two")]
    assert len(world.look_at_all()) == 1


# ------------------------------------------------------------------ whatever the order

PAIRS = (("PRK", "KOR"), ("CHN", "IND"), ("AZE", "ARM"))
reports = st.lists(
    st.tuples(st.sampled_from(PAIRS), st.integers(-700, 0), st.integers(1, 4), st.booleans()), min_size=1, max_size=14
)


def _articles(drawn: list[tuple[tuple[str, str], int, int, bool]]) -> list[Article]:
    return [
        report(number, tenths / 10, f"{publisher}.example", (a_visit if visit else a_flag)(*pair))
        for number, (pair, tenths, publisher, visit) in enumerate(drawn)
    ]


@settings(max_examples=150)
@given(reports, st.data())
def test_however_the_news_is_bundled_the_same_is_told(drawn: Any, data: st.DataObject) -> None:
    """As it comes, by time: at once, one by one, or in lots, with restarts between."""
    articles = sorted(_articles(drawn), key=lambda article: (article.effective, article.id))
    at_once = World(ANY, TWO)
    at_once.comes(*articles)
    cuts = sorted(data.draw(st.sets(st.integers(1, max(len(articles) - 1, 1)))))
    in_lots = World(ANY, TWO)
    for begin, end in pairwise([0, *cuts, len(articles)]):
        in_lots.comes(*articles[begin:end])
        if data.draw(st.booleans()):
            in_lots.restart()
            assert in_lots.look_at_all() == []
    assert {alert.key for alert in in_lots.raised} == {alert.key for alert in at_once.raised}
    assert len({alert.id for alert in in_lots.raised}) == len(in_lots.raised)


_RECLUSTERED = [(PAIRS[0], -1, 1, False), (PAIRS[0], 0, 1, False), (PAIRS[0], -361, 1, False)]


def test_a_first_report_that_comes_last_and_draws_the_others_apart_tells_nothing_again() -> None:
    world = World(ANY)
    assert [len(world.comes(article)) for article in _articles(_RECLUSTERED)] == [1, 0, 0]
    assert len(list(world.ledger)) == 2


@settings(max_examples=150)
@given(reports, st.data())
def test_in_whatever_order_it_comes_nothing_is_left_out_and_nothing_told_twice(drawn: Any, data: st.DataObject) -> None:
    """Reports of the last days, which our feeds show in any order: an event's id is that of the one we saw first."""
    drawn_articles = data.draw(st.permutations(_articles(drawn)))
    articles = [replace(a, first_seen=NOON + timedelta(seconds=n)) for n, a in enumerate(drawn_articles)]
    world = World(ANY, TWO)
    for article in articles:
        world.comes(article)
    at_once = World(ANY, TWO)
    for alert in at_once.comes(*articles):
        event = world.ledger.told.exactly(alert.event or "")
        assert event is not None
        assert world.known.tells(alert.rule, alert.stage, event)
    assert len({alert.key for alert in world.raised}) == len(world.raised)
    for rule in ("any", "two"):
        mine = [alert for alert in world.raised if alert.rule == rule]
        for one, other in ((a, b) for a in mine for b in mine if a.id < b.id and a.stage == b.stage):
            shared = set(one.articles) & set(other.articles)
            assert not (2 * len(shared) > min(len(one.articles), len(other.articles)) and one.pair == other.pair)


@given(reports)
def test_what_is_remembered_after_a_restart_is_what_was_known(drawn: Any) -> None:
    world = World(ANY)
    world.comes(*_articles(drawn))
    again = Known(world.raised, lambda _: ())
    assert all(again.tells(alert.rule, alert.stage, event) for alert in world.raised for event in world.ledger
               if event.id == alert.event)  # fmt: skip
    assert all(alert.key in again for alert in world.raised)
