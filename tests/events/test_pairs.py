"""The book of a pair, and strain."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tensionwatch.events import Ledger
from tensionwatch.events.goldstein import SCALE, score
from tensionwatch.events.life import life
from tensionwatch.events.pairs import book, hostilities, strains
from tensionwatch.model import Article, Bloc, Claim, Event, Kind, Status
from tensionwatch.rules import load_rules
from tests.builders import NOON, a_flag, a_visit, an_article

EAST = Bloc(id="east", name="East", members=frozenset({"USA", "JPN", "KOR"}))


def hostile(actor: str, recipient: str, times: int = 3, *, voices: int = 2) -> list[Article]:
    """Clashes two days apart, before NOON."""
    return [
        an_article(f"{actor}{recipient}{n}{p}", a_flag(actor, recipient), hours=-48 * (n + 1), publisher=f"{p}.example")
        for n in range(times)
        for p in range(voices)
    ]


def strained(*articles: Article, blocs: tuple[Bloc, ...] = ()) -> list[str]:
    ledger = Ledger([*articles, an_article("visit", a_visit("RUS", "PRK"))])
    (visit,) = ledger.told.of_article("visit")
    return [strain.on for strain in strains(visit, hostilities(ledger, NOON), blocs)]


def test_conflict_and_cooperation_stand_side_by_side() -> None:
    articles = [
        an_article("shots", a_flag("KOR", "PRK", code="193")),
        an_article("again", a_flag("KOR", "PRK", code="193"), hours=50, publisher="two.example"),
        an_article("visit", a_visit("KOR", "PRK"), hours=60),
        an_article("plan", a_flag("KOR", "PRK", kind=Kind.TALKS, code="046", status=Status.PLANNED), hours=61),
        an_article("else", a_flag("KOR", "JPN", code="193")),
    ]
    ledger = Ledger(articles)
    found = book("KOR", "PRK", ledger, ledger.told.voices)
    assert (found.conflict.events, found.conflict.publishers, found.conflict.weight) == (2, 2, -20.0)
    assert (found.cooperation.events, found.cooperation.weight) == (1, 1.9)
    assert len(found.pending) == 1
    assert found.kinds == {"border_incident": 2, "diplomatic_visit": 1}


def test_a_visit_called_off_is_conflict() -> None:
    ledger = Ledger([an_article("a", a_visit(status=Status.OFF))])
    found = book("RUS", "PRK", ledger, ledger.told.voices)
    assert (found.conflict.weight, found.cooperation.events) == (-4.0, 0)


@pytest.mark.parametrize(
    ("kind", "code", "expected"),
    [
        (Kind.DIPLOMATIC_VISIT, "042", 1.9),
        (Kind.BORDER_INCIDENT, "X-SEA", -7.2),
        (Kind.ARMED_ATTACK, "1951", -10.0),  # what refines 195 is worth what it is
        (Kind.SANCTIONS, "999", -8.0),
    ],
)
def test_a_code_is_worth_what_the_scale_says(kind: Kind, code: str, expected: float) -> None:
    assert score(kind, code) == expected


def test_every_code_of_the_rules_is_on_the_scale() -> None:
    codes = {rule.spec.code for rule in load_rules().rules}
    assert codes
    assert {code for code in codes if code not in SCALE} == set()


def test_a_visit_between_two_adversaries_of_a_third_strains_it() -> None:
    assert strained(*hostile("PRK", "KOR"), *hostile("RUS", "KOR")) == ["KOR"]


def test_a_visit_to_one_adversary_does_not() -> None:
    assert strained(*hostile("PRK", "KOR")) == []


@pytest.mark.parametrize("few", [hostile("RUS", "KOR", 2), hostile("RUS", "KOR", voices=1)])
def test_adversaries_are_made_by_three_events_of_two_voices(few: list[Article]) -> None:
    assert strained(*hostile("PRK", "KOR"), *few) == []


def test_a_bloc_has_the_adversaries_of_its_members() -> None:
    clashes = [*hostile("PRK", "KOR"), *hostile("RUS", "USA")]
    assert strained(*clashes) == []
    assert strained(*clashes, blocs=(EAST,)) == ["east"]


def told(*statuses: tuple[Status, float], visit: bool = True) -> Event:
    flag = (lambda status: a_visit(status=status)) if visit else (lambda status: a_flag(status=status))
    (event,) = Ledger(an_article(f"a{n}", flag(status), hours=hours) for n, (status, hours) in enumerate(statuses))
    return event


def phases(event: Event, hours: float) -> list[str]:
    return [step.phase for step in life(event, NOON + timedelta(hours=hours))]


def test_a_visit_goes_from_announced_to_over() -> None:
    event = told((Status.PLANNED, 0), (Status.ACTUAL, 50))
    assert phases(event, 60) == ["announced", "under way"]
    assert phases(event, 50 + 73) == ["announced", "under way", "over"]


def test_a_visit_in_doubt_and_then_called_off_is_never_over() -> None:
    event = told((Status.PLANNED, 0), (Status.HYPOTHETICAL, 5), (Status.OFF, 9))
    assert phases(event, 900) == ["announced", "in doubt", "called off"]
    assert event.happened is None


def test_more_who_say_it_is_off_outweigh_one_who_saw_it() -> None:
    event = told((Status.ACTUAL, 0), (Status.OFF, 1), (Status.OFF, 2))
    assert (event.status, event.happened) == (Status.OFF, None)


def test_an_incident_is_claimed_by_one_denied_by_another_and_confirmed_by_a_third() -> None:
    said = [
        (Claim(by="KOR", stance="claimed"), Status.ACTUAL),
        (Claim(by="PRK", stance="denied"), Status.OFF),
        (Claim(by="USA", stance="confirmed"), Status.ACTUAL),
        (Claim(by="KOR", stance="claimed"), Status.ACTUAL),
    ]
    articles = [an_article(f"a{n}", a_flag(claim=c, status=s), hours=n) for n, (c, s) in enumerate(said)]
    (event,) = Ledger(articles)
    assert [(c.by, c.stance, c.articles) for c in event.claims] == [
        ("KOR", "claimed", ("a0", "a3")), ("PRK", "denied", ("a1",)), ("USA", "confirmed", ("a2",)),
    ]  # fmt: skip
    assert event.claims[1].at == NOON + timedelta(hours=1)
    assert event.status is Status.ACTUAL


def test_a_copy_that_tells_another_event_is_no_further_publisher_of_the_book() -> None:
    wire = "Patrol boats ram one another off the northern limit line and a sailor is killed, the navy says"
    ledger = Ledger(
        [
            an_article("a", a_flag("KOR", "PRK", code="193"), publisher="wire.example", title=wire),
            an_article("b", a_flag("KOR", "PRK", kind=Kind.THREAT, code="138"), publisher="two.example", title=wire),
        ]
    )
    found = book("KOR", "PRK", ledger, ledger.told.voices)
    assert (found.conflict.events, found.conflict.reports, found.conflict.publishers) == (2, 2, 1)
