"""Events: what happened, counted once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tensionwatch.events import Ledger, belongs
from tensionwatch.events.sighting import sightings_of
from tensionwatch.events.told import EVENTS_VERSION, Told
from tensionwatch.model import Article, Event, Kind, Ordinal, Region, Status, Telling, Toll
from tests.builders import NOON, a_flag, a_visit, an_article


def only(ledger: Ledger) -> Event:
    (event,) = ledger
    return event


def test_many_outlets_on_one_crossing_are_one_event() -> None:
    event = only(Ledger(an_article(f"a{n}", a_flag(), hours=n, publisher=f"p{n}.example") for n in range(6)))
    assert (event.actor, event.recipient, event.reports, len(event.publishers)) == ("PRK", "KOR", 6, 6)


def test_two_articles_of_one_publisher_are_two_reports_and_one_voice() -> None:
    event = only(Ledger([an_article("a", a_flag()), an_article("b", a_flag(), hours=1)]))
    assert (event.reports, event.publishers) == (2, ("one.example",))


def test_an_incident_never_spans_more_than_36_hours() -> None:
    events = list(Ledger(an_article(f"a{n}", a_flag(), hours=12 * n) for n in range(6)))
    assert sorted(e.reports for e in events) == [2, 4]


def test_a_visit_goes_from_announcement_to_three_days_after_its_last_report() -> None:
    articles = [
        an_article("announced", a_visit(status=Status.PLANNED)),
        an_article("arrived", a_visit(), hours=100),
        an_article("left", a_visit(), hours=140),
        an_article("another", a_visit(), hours=140 + 73),
    ]
    first, second = sorted(Ledger(articles), key=lambda e: e.reports, reverse=True)
    assert first.articles == ("announced", "arrived", "left")
    assert [s.status for s in first.states] == [Status.PLANNED, Status.ACTUAL]
    assert first.happened == NOON + timedelta(hours=100)
    assert second.articles == ("another",)


def test_a_planned_visit_has_not_happened() -> None:
    event = only(Ledger([an_article("a", a_visit(status=Status.PLANNED))]))
    assert (event.status, event.happened) == (Status.PLANNED, None)


def test_a_visit_called_off_is_off() -> None:
    flags = (Status.PLANNED, Status.OFF)
    event = only(Ledger(an_article(f"a{n}", a_visit(status=s), hours=n) for n, s in enumerate(flags)))
    assert event.status is Status.OFF


def test_a_denial_joins_the_incident_that_it_denies() -> None:
    event = only(Ledger([an_article("a", a_flag()), an_article("b", a_flag(status=Status.OFF), hours=2)]))
    assert (event.status, event.reports) == (Status.ACTUAL, 2)
    assert [s.status for s in event.states] == [Status.ACTUAL, Status.OFF]


def test_an_anniversary_is_no_part_of_todays_incident() -> None:
    events = list(Ledger([an_article("a", a_flag()), an_article("b", a_flag(status=Status.HISTORICAL), hours=1)]))
    assert sorted(e.status.value for e in events) == ["actual", "historical"]


def test_who_crossed_outranks_who_fired() -> None:
    shots = a_flag("KOR", "PRK", code="193")
    articles = [an_article(f"shots{n}", shots, hours=n) for n in range(3)] + [an_article("crossing", a_flag(), hours=4)]
    event = only(Ledger(articles))
    assert (event.actor, event.recipient, event.code, event.reports) == ("PRK", "KOR", "X-CROSS", 4)


@pytest.mark.parametrize("kind", [Kind.ARMED_ATTACK, Kind.THREAT, Kind.DIPLOMATIC_PROTEST, Kind.SANCTIONS])
def test_what_one_side_does_and_what_the_other_does_back_are_two(kind: Kind) -> None:
    articles = [
        an_article("a", a_flag("RUS", "UKR", kind=kind, code="190")),
        an_article("b", a_flag("UKR", "RUS", kind=kind, code="190"), hours=2),
        an_article("c", a_flag("UKR", "RUS", kind=kind, code="190"), hours=3),
    ]
    events = {(e.actor, e.recipient): e.articles for e in Ledger(articles)}
    assert events == {("RUS", "UKR"): ("a",), ("UKR", "RUS"): ("b", "c")}


def test_an_attack_by_someone_unknown_joins_the_one_on_the_same_side() -> None:
    articles = [
        an_article("a", a_flag("RUS", "UKR", kind=Kind.ARMED_ATTACK, code="190")),
        an_article("b", a_flag("UKR", "RUS", kind=Kind.ARMED_ATTACK, code="190"), hours=1),
        an_article("c", a_flag(None, "RUS", kind=Kind.ARMED_ATTACK, code="190"), hours=2),
    ]
    assert sorted(e.articles for e in Ledger(articles)) == [("a",), ("b", "c")]


def test_a_pact_that_two_sign_is_one_whoever_is_named_first() -> None:
    pact = [("JPN", "AUS"), ("AUS", "JPN")]
    articles = [
        an_article(f"a{n}", a_flag(*pair, kind=Kind.MILITARY_COOPERATION, code="062"), hours=n)
        for n, pair in enumerate(pact)
    ]
    assert only(Ledger(articles)).reports == 2


def test_a_crossing_and_the_shots_at_it_in_one_article_are_one_report() -> None:
    assert only(Ledger([an_article("a", a_flag(), a_flag("KOR", "PRK", code="193"))])).reports == 1


def test_an_unknown_side_joins_the_incident_that_it_fits() -> None:
    articles = [an_article("a", a_flag()), an_article("b", a_flag(None, "KOR"), hours=2)]
    assert only(Ledger(articles)).reports == 2


def test_an_unknown_side_at_another_place_is_an_event_of_its_own() -> None:
    known = a_flag("CHN", "IND", place="ladakh")
    unknown = a_flag(None, "IND", place="kashmir")
    events = list(Ledger([an_article("a", known), an_article("b", unknown, hours=2)]))
    assert sorted(str(e.actor) for e in events) == ["CHN", "None"]


def test_undated_reports_make_an_event_that_enters_no_window() -> None:
    event = only(Ledger([an_article("a", a_flag(), dated=False), an_article("b", a_flag(), dated=False)]))
    assert (event.first_reported, event.happened, event.reports) == (None, None, 2)


def test_an_edit_that_takes_the_flag_away_takes_the_event_away() -> None:
    ledger = Ledger([an_article("a", a_flag())])
    ledger.update([an_article("a")])
    assert list(ledger) == []
    assert ledger.told.of_article("a") == []


def test_an_event_knows_its_articles_and_they_know_it() -> None:
    ledger = Ledger([an_article("a", a_flag()), an_article("b", a_flag(), hours=1)])
    assert [e.id for e in ledger.told.of_article("b")] == [only(ledger).id]
    assert ledger.told.get(only(ledger).id) == only(ledger)


def test_the_id_stays_when_earlier_reports_come_in_late() -> None:
    ledger = Ledger([an_article("b", a_flag(), hours=5)])
    before = only(ledger).id
    late = an_article("a", a_flag(), hours=1)
    ledger.update([replace(late, first_seen=NOON + timedelta(hours=9))])
    assert only(ledger).id == before
    assert only(ledger).articles == ("a", "b")


def test_different_visitors_of_one_state_are_different_visits() -> None:
    names = ("Antony Blinken", "William Burns", "Antony Blinken", None)
    flags = [replace(a_visit("USA", "ISR"), people=(name,) if name else ()) for name in names]
    events = Ledger(an_article(f"a{n}", flag, hours=n) for n, flag in enumerate(flags))
    # the last names nobody, and joins the one told of last that fits
    assert sorted(e.articles for e in events) == [("a0", "a2", "a3"), ("a1",)]


def test_a_host_named_in_both_makes_them_no_one_visit() -> None:
    flags = [
        replace(a_visit("USA", "ISR"), people=("Antony Blinken", "Benjamin Netanyahu")),
        replace(a_visit("USA", "ISR"), people=("William Burns", "Benjamin Netanyahu")),
    ]
    assert len(Ledger(an_article(f"a{n}", flag, hours=n) for n, flag in enumerate(flags))) == 2


def test_a_visit_announced_the_other_way_is_another_visit() -> None:
    flags = (a_visit("USA", "CHN", Status.PLANNED), a_visit("CHN", "USA", Status.PLANNED))
    assert len(Ledger(an_article(f"a{n}", flag, hours=n) for n, flag in enumerate(flags))) == 2


def test_a_visit_that_never_pauses_ends_after_ten_days() -> None:
    events = Ledger(an_article(f"a{n:02}", a_visit(), hours=24 * n) for n in range(25))
    assert max((e.last_reported - e.first_reported).days for e in events) <= 10


def test_clashes_at_two_places_or_of_far_apart_tolls_are_two_incidents() -> None:
    fire = {"code": "193"}
    here, there = a_flag(place="korean-dmz", **fire), a_flag(place="nll", **fire)
    small, large = a_flag(toll=Toll(killed=1), **fire), a_flag(toll=Toll(killed=9), **fire)
    for pair in ((here, there), (small, large)):
        assert len(Ledger(an_article(f"a{n}", flag, hours=n) for n, flag in enumerate(pair))) == 2


def test_a_crossing_by_air_and_one_by_sea_are_two_incidents_and_fire_answers_either() -> None:
    codes = ("X-AIR", "X-SEA", "193")
    events = Ledger(an_article(f"a{n}", a_flag(code=code), hours=n) for n, code in enumerate(codes))
    assert sorted(e.reports for e in events) == [1, 2]


def test_a_late_incident_is_cut_as_if_it_had_come_in_time() -> None:
    known = [an_article(f"a{n:02}", a_flag(), hours=10 * n) for n in range(1, 30)]
    ledger = Ledger(known)
    early = an_article("early", a_flag())
    ledger.update([early])
    assert set(map(repr, ledger)) == set(map(repr, Ledger([early, *known])))


def test_any_id_that_a_report_once_gave_finds_its_event() -> None:
    ledger = Ledger([an_article("b", a_flag(None, "KOR"), hours=3)])
    alone = only(ledger).id
    ledger.update([an_article("a", a_flag(), hours=2)])
    assert ledger.told.get(alone) == only(ledger)
    assert ledger.told.get("nobody's") is None


def test_what_the_texts_count_is_kept() -> None:
    second = Ordinal(count=2, scope="in recent weeks", words="second crossing in recent weeks")
    (count,) = only(Ledger([an_article("a", a_flag(ordinal=second))])).recurrence
    assert (count.ordinal, count.articles) == (second, ("a",))


SIDES = st.sampled_from(["PRK", "KOR", "CHN", None])
PEOPLE = st.sampled_from([(), ("Kim Jong Un",), ("Xi Jinping",), ("Wang Yi", "Yoon Suk Yeol")])
TOLLS = st.sampled_from([None, Toll(killed=1), Toll(killed=9)])
FLAGS = st.builds(
    a_flag,
    SIDES,
    SIDES,
    kind=st.sampled_from([Kind.BORDER_INCIDENT, Kind.DIPLOMATIC_VISIT, Kind.THREAT]),
    status=st.sampled_from(list(Status)),
    code=st.sampled_from(["X-CROSS", "193"]),
    place=st.sampled_from([None, "korean-dmz", "nll"]),
    people=PEOPLE,
    toll=TOLLS,
)
ARTICLES = st.lists(
    st.tuples(FLAGS, st.integers(0, 400), st.booleans(), st.sampled_from(["one.example", "two.example"])), max_size=16
).map(
    lambda drawn: [
        an_article(f"a{n:02}", flag, hours=hours, dated=dated, publisher=publisher)
        for n, (flag, hours, dated, publisher) in enumerate(drawn)
    ]
)


@given(ARTICLES, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(articles: list[Article], rng) -> None:
    shuffled = list(articles)
    rng.shuffle(shuffled)
    one_by_one = Ledger()
    for article in shuffled:
        one_by_one.update([article])
    assert set(map(repr, one_by_one)) == set(map(repr, Ledger(articles)))


def held(told: Told) -> tuple[object, ...]:
    """All that it holds, whatever the order."""
    events = {event.id: (repr(event), sorted(told.ranks(event))) for event in told}
    articles = {article for event in told for article in event.articles}
    near = {article: told.near(article) for article in articles}
    return events, near, {article: sorted(e.id for e in told.of_article(article)) for article in articles}


@given(ARTICLES)
def test_a_ledger_begun_in_steps_is_as_one_of_all_articles_at_once(articles: list[Article]) -> None:
    ledger = Ledger()
    for _ in ledger.begin(articles, ()):
        pass
    assert held(ledger.told) == held(Ledger(articles).told)


@given(ARTICLES, ARTICLES)
def test_what_an_update_says_it_has_changed_makes_the_events_before_those_after(
    before: list[Article], after: list[Article]
) -> None:
    ledger = Ledger(before)
    kept = Told(lambda article: sightings_of({a.id: a for a in (*before, *after)}[article]))
    for telling in Told(lambda _: ()).differing(ledger.told, 3):
        kept.take(telling)
    kept.take(ledger.update(after))
    assert held(kept) == held(ledger.told)
    for telling in kept.differing(ledger.told, 3):
        assert telling == Telling(version=EVENTS_VERSION)


@given(ARTICLES, ARTICLES)
def test_an_update_is_undone_by_the_articles_as_they_were(before: list[Article], after: list[Article]) -> None:
    ledger = Ledger(before)
    ledger.update(after)
    was = {article.id: article for article in before}
    ledger.update(was.get(article.id, replace(article, flags=())) for article in after)
    assert held(ledger.told) == held(Ledger(before).told)


@given(ARTICLES, ARTICLES)
def test_flags_that_change_are_counted_as_if_they_had_always_been_so(
    before: list[Article], after: list[Article]
) -> None:
    ledger = Ledger(before)
    ledger.update(after)
    left = {article.id: article for article in (*before, *after)}
    assert set(map(repr, ledger)) == set(map(repr, Ledger(left.values())))


def test_a_flag_that_is_marked_wrong_tells_no_event() -> None:
    article = an_article("a", a_flag(), a_visit())
    event = only(Ledger([replace(article, wrong=(Kind.BORDER_INCIDENT,))]))
    assert event.kind is Kind.DIPLOMATIC_VISIT


@given(ARTICLES)
def test_every_flag_is_told_by_exactly_one_event_of_its_family(articles: list[Article]) -> None:
    ledger = Ledger(articles)
    told = sorted((e.family, a) for e in ledger for a in e.articles)
    assert told == sorted((f.kind.family, a.id) for a in articles for f in a.flags)


KOREA = Region(id="korea", name="Korea", countries=frozenset({"PRK", "KOR"}))
UKRAINE = Region(
    id="ukraine", name="Ukraine", countries=frozenset({"UKR"}), dyads=frozenset({frozenset({"RUS", "UKR"})})
)
PLACES = {"korean-dmz": frozenset({"PRK", "KOR"}), "kursk": frozenset({"RUS", "UKR"})}


@pytest.mark.parametrize(
    ("flag", "region", "inside"),
    [
        (a_flag("PRK", "KOR"), KOREA, True),
        (a_visit("RUS", "PRK"), KOREA, True),  # its host is there
        (a_visit("PRK", "RUS"), KOREA, False),  # a shared actor alone is not enough
        (a_flag("RUS", "UKR"), UKRAINE, True),  # the pair is one of its dyads
        (a_visit("RUS", "EGY"), UKRAINE, False),
        (a_flag("USA", "PRK", place="korean-dmz"), KOREA, True),  # its place lies there
        (a_flag("PRK", "UKR", place="kursk"), UKRAINE, True),
        (a_flag(None, "KOR"), KOREA, False),
    ],
)
def test_membership_of_regions(flag, region: Region, inside: bool) -> None:
    event = only(Ledger([an_article("a", flag)]))
    assert belongs(event, region, lambda place: PLACES.get(place, frozenset())) is inside
