"""The couples of events of two days, the most telling first."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.events import Ledger
from tensionwatch.events.couples import EACH, KEPT, SINCE, Couple, Couples
from tensionwatch.events.coupling import WITHIN
from tensionwatch.model import Article, Kind, Status
from tests.builders import NOON, a_flag, a_visit, an_article
from tests.events.test_ledger import ARTICLES

STATES = "FRA DEU ITA ESP POL GBR NLD BEL SWE FIN".split()


def couples(*articles: Article, hours: float = 24) -> list[Couple]:
    ledger = Ledger(articles)
    return Couples(lambda: ledger.told).of(NOON + timedelta(hours=hours))


def pairs(found: list[Couple]) -> list[str]:
    """`visit RUS→PRK + incident PRK→KOR`"""
    return [
        " + ".join(f"{event.family} {event.actor}→{event.recipient}" for event in (couple.first, couple.second))
        for couple in found
    ]


def test_a_visit_and_a_crossing_of_one_day_are_a_couple_in_the_order_of_time() -> None:
    (couple,) = couples(an_article("v", a_visit("RUS", "PRK")), an_article("c", a_flag("PRK", "KOR"), hours=3))
    assert pairs([couple]) == ["visit RUS→PRK + incident PRK→KOR"]
    assert (couple.shared, couple.hours) == (("PRK",), 3.0)


def test_while_a_visit_goes_on_nothing_lies_between() -> None:
    told = [an_article(f"v{n}", a_visit("RUS", "PRK"), hours=12 * n) for n in range(3)]
    (couple,) = couples(*told, an_article("c", a_flag("PRK", "KOR"), hours=20))
    assert couple.hours == 0


def test_the_story_of_two_states_is_no_couple_but_its_turn_is() -> None:
    pact = a_flag("RUS", "PRK", kind=Kind.MILITARY_COOPERATION, code="062")
    protest = a_flag("KOR", "PRK", kind=Kind.DIPLOMATIC_PROTEST, code="112")
    assert couples(an_article("v", a_visit("RUS", "PRK")), an_article("p", pact, hours=1)) == []
    assert couples(an_article("c", a_flag()), an_article("p", protest, hours=1)) == []
    turned = couples(an_article("c", a_flag()), an_article("v", a_visit("KOR", "PRK"), hours=1))
    assert pairs(turned) == ["incident PRK→KOR + visit KOR→PRK"]
    assert turned[0].shared == ("KOR", "PRK")


def test_an_incident_with_a_visit_comes_before_all_else_and_a_quiet_country_before_a_busy_one() -> None:
    threat = a_flag("USA", "IRN", kind=Kind.THREAT, code="138")
    busy = [an_article(f"b{n}", a_visit("USA", host), hours=1) for n, host in enumerate(STATES)]
    strait = an_article("strait", a_flag("IRN", "USA"), hours=2)
    quiet = [an_article("v", a_visit("RUS", "PRK")), an_article("c", a_flag("PRK", "KOR"), hours=3)]
    found = couples(*busy, strait, *quiet, an_article("t", threat, hours=2))
    assert pairs(found)[0] == "visit RUS→PRK + incident PRK→KOR"
    tiers = [sorted({couple.first.family, couple.second.family}) == ["incident", "visit"] for couple in found]
    assert tiers == sorted(tiers, reverse=True)


def test_of_the_couples_between_the_same_states_one_is_told_with_how_many_there_are() -> None:
    articles = [an_article(f"c{n}", a_flag("PRK", "KOR"), hours=n * 37 - 35) for n in range(2)]
    pact = a_flag("RUS", "PRK", kind=Kind.MILITARY_COOPERATION, code="062")
    found = couples(*articles, an_article("v", a_visit("RUS", "PRK")), an_article("p", pact, hours=1), hours=8)
    assert pairs(found) == ["visit RUS→PRK + incident PRK→KOR"]
    assert found[0].more == 1


def test_no_event_floods_the_list() -> None:
    visits = [an_article(f"v{n}", a_visit("USA", host), hours=1) for n, host in enumerate(STATES)]
    found = couples(*visits, an_article("c", a_flag("IRN", "USA"), hours=2))
    assert sum("incident" in each for each in pairs(found)) == EACH


def test_what_is_older_than_two_days_or_did_not_happen_is_left_out() -> None:
    articles = [an_article("v", a_visit("RUS", "PRK")), an_article("c", a_flag("PRK", "KOR"), hours=3)]
    assert len(couples(*articles, hours=47.9)) == 1
    assert couples(*articles, hours=48) == []
    off = an_article("off", a_visit("RUS", "PRK", Status.OFF))
    assert couples(off, articles[1]) == []


def test_what_grows_old_leaves_without_news_and_what_is_told_comes_in() -> None:
    ledger = Ledger([an_article("v", a_visit("RUS", "PRK")), an_article("c", a_flag("PRK", "KOR"), hours=3)])
    kept = Couples(lambda: ledger.told)
    assert len(kept.of(NOON + timedelta(hours=4))) == 1
    kept.take(ledger.update([an_article("s", a_flag("PRK", "JPN"), hours=5, publisher="two.example")]))
    assert pairs(kept.of(NOON + timedelta(hours=5)))[:2] == [
        "visit RUS→PRK + incident PRK→KOR", "visit RUS→PRK + incident PRK→JPN",
    ]  # fmt: skip
    assert pairs(kept.of(NOON + timedelta(hours=50))) == ["incident PRK→KOR + incident PRK→JPN"]
    assert kept.of(NOON + timedelta(hours=60)) == []


def test_an_event_that_is_no_more_takes_its_couple_along() -> None:
    crossing = an_article("c", a_flag("PRK", "KOR"), hours=3)
    ledger = Ledger([an_article("v", a_visit("RUS", "PRK")), crossing])
    kept, now = Couples(lambda: ledger.told), NOON + timedelta(hours=4)
    assert kept.of(now)
    kept.take(ledger.update([an_article("c", hours=3)]))
    assert kept.of(now) == []


@given(ARTICLES, st.randoms(use_true_random=False))
def test_kept_up_they_are_as_made_anew(articles: list[Article], rng) -> None:
    ledger, now = Ledger(), NOON + timedelta(hours=30)
    kept = Couples(lambda: ledger.told)
    kept.of(now)
    rng.shuffle(articles)
    for article in articles:
        kept.take(ledger.update([article]))
        if rng.random() < 0.3:
            kept.of(now)
    found = kept.of(now)
    assert found == Couples(lambda: ledger.told).of(now)
    assert len(found) <= KEPT
    for couple in found:
        assert couple.shared == tuple(sorted(couple.first.sides & couple.second.sides)) != ()
        assert 0 <= couple.hours <= WITHIN / timedelta(hours=1)
        assert all(event.last_reported is not None for event in (couple.first, couple.second))
        assert all(event.last_reported > now - SINCE for event in (couple.first, couple.second))  # type: ignore[operator]  # see above
