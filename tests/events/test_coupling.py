"""Events that share a party within a day."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.events import Ledger
from tensionwatch.events.coupling import CAP
from tensionwatch.model import Event, Kind, Status
from tests.builders import NOON, a_flag, a_visit, an_article
from tests.events.test_ledger import ARTICLES


def whole(ledger: Ledger, article: str) -> Event:
    (event,) = ledger.told.of_article(article)
    return ledger.told.whole(event, None, NOON)


def test_a_visit_and_a_crossing_of_one_day_are_coupled_with_the_reason() -> None:
    ledger = Ledger([an_article("visit", a_visit("RUS", "PRK")), an_article("crossing", a_flag("PRK", "KOR"), hours=3)])
    visit, crossing = whole(ledger, "visit"), whole(ledger, "crossing")
    assert [link.event for link in visit.coupled] == [crossing.id]
    assert crossing.coupled[0].reason == "shares PRK: visit RUS→PRK, 3 h earlier"
    assert crossing.coupled[0].shared == ("PRK",)


def test_a_visit_is_near_what_happens_while_it_goes_on() -> None:
    told = [an_article(f"v{n}", a_visit("RUS", "PRK"), hours=20 * n) for n in range(4)]
    ledger = Ledger([*told, an_article("crossing", a_flag("PRK", "KOR"), hours=50)])
    assert whole(ledger, "crossing").coupled[0].reason == "shares PRK: visit RUS→PRK, at the same time"


def test_what_lies_more_than_a_day_apart_is_not_coupled() -> None:
    ledger = Ledger([an_article("a", a_flag("PRK", "KOR")), an_article("b", a_flag("PRK", "JPN"), hours=25)])
    assert whole(ledger, "a").coupled == ()


def test_what_was_called_off_or_may_be_is_not_coupled() -> None:
    articles = [an_article("a", a_flag("PRK", "KOR"))]
    articles += [
        an_article(status.value, a_visit("RUS", "PRK", status), hours=1, publisher=status.value)
        for status in (Status.OFF, Status.HISTORICAL)
    ]
    assert whole(Ledger(articles), "a").coupled == ()


def test_a_busy_day_couples_the_nearest_of_other_kinds_first_and_tells_how_many_it_left_out() -> None:
    states = "FRA DEU ITA ESP POL GBR NLD BEL SWE FIN".split()
    articles = [an_article(f"v{n}", a_visit("USA", host), hours=n) for n, host in enumerate(states)]
    attack = a_flag("USA", "YEM", kind=Kind.ARMED_ATTACK, code="195")
    ledger = Ledger([*articles, an_article("strike", attack, hours=9)])
    visit = whole(ledger, "v8")
    assert 0 < len(visit.coupled) <= CAP
    assert visit.coupled[0].reason.startswith("shares USA: attack")
    assert len(visit.coupled) + visit.not_coupled == len(states)


@given(ARTICLES, st.randoms(use_true_random=False))
def test_couplings_are_mutual_and_few(articles, rng) -> None:
    ledger = Ledger(articles)
    events = {event.id: ledger.told.whole(event, None, NOON + timedelta(days=40)) for event in ledger}
    for event in events.values():
        assert len(event.coupled) <= CAP
        for link in event.coupled:
            back = next(b for b in events[link.event].coupled if b.event == event.id)
            assert (back.shared, back.hours) == (link.shared, -link.hours)


def test_an_attack_beside_an_incident_of_the_same_two_stands_first_as_perhaps_the_same() -> None:
    attack = a_flag(kind=Kind.ARMED_ATTACK, code="190", place="korean-dmz")
    visits = [an_article(f"visit{n}", a_visit("PRK", host), hours=2) for n, host in enumerate(("CHN", "RUS", "VNM"))]
    ledger = Ledger([*visits, an_article("crossing", a_flag(), hours=2), an_article("attack", attack, hours=9)])
    first = whole(ledger, "crossing").coupled[0]
    assert first.reason == "shares KOR, PRK: attack PRK→KOR, 7 h later, perhaps the same event told otherwise"
    assert whole(ledger, "attack").coupled[0].reason.endswith("perhaps the same event told otherwise")


def test_an_attack_at_another_place_is_not_the_incident_told_otherwise() -> None:
    attack = a_flag(kind=Kind.ARMED_ATTACK, code="190", place="kaesong")
    crossing = a_flag(place="korean-dmz")
    ledger = Ledger([an_article("crossing", crossing), an_article("attack", attack, hours=1)])
    assert whole(ledger, "crossing").coupled[0].reason == "shares KOR, PRK: attack PRK→KOR, 1 h later"
