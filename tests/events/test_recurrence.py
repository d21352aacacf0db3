"""A text's own count, held against the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from tensionwatch.events import Ledger
from tensionwatch.events.windows import window
from tensionwatch.model import Event, Flag, Kind, Ordinal, Recurrence, Toll
from tensionwatch.words import nth_words
from tests.builders import NOON, a_flag, a_visit, an_article

AT = datetime(2024, 6, 19, 12, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("scope", "count", "since"),
    [
        ("in recent weeks", 2, AT - timedelta(weeks=6)),
        ("in recent days", 2, AT - timedelta(days=10)),
        ("in the last three months", 3, AT - timedelta(days=3 * 30.44)),
        ("in two weeks", 2, AT - timedelta(days=14)),
        ("in as many days", 3, AT - timedelta(days=3)),
        ("in 24 years", 1, AT - timedelta(days=24 * 365.25)),
        ("in less than a week", 2, AT - timedelta(days=7)),
        ("in a month", 2, AT - timedelta(days=30.44)),
        ("in the past year", 4, AT - timedelta(days=365.25)),
        ("in more than a decade", 1, AT - timedelta(days=3652.5)),
        ("since 2016", 1, datetime(2016, 1, 1, tzinfo=UTC)),
        ("this year", 3, datetime(2024, 1, 1, tzinfo=UTC)),
        ("this month", 3, datetime(2024, 6, 1, tzinfo=UTC)),
        ("this week", 2, datetime(2024, 6, 17, tzinfo=UTC)),
        ("in decades", 1, AT - timedelta(days=3 * 3652.5)),
        ("in half a year", 2, AT - timedelta(days=365.25 / 2)),
        ("in a 15-month war", 1, AT - timedelta(days=15 * 30.44)),
        ("after a five-year gap", 1, AT - timedelta(days=5 * 365.25)),
        ("straight night", 3, AT - timedelta(days=3)),
        ("day in a row", 4, AT - timedelta(days=4)),
        ("week running", 2, AT - timedelta(days=14)),
        ("of the year", 4, datetime(2024, 1, 1, tzinfo=UTC)),
        ("so far this year", 4, datetime(2024, 1, 1, tzinfo=UTC)),
        ("since Russia’s 2014 annexation", 1, datetime(2014, 1, 1, tzinfo=UTC)),
        ("since February 2022", 1, datetime(2022, 2, 1, tzinfo=UTC)),
        ("since early May", 2, datetime(2024, 5, 1, tzinfo=UTC)),
        ("since Oct. 7", 2, datetime(2023, 10, 7, tzinfo=UTC)),
        ("since 7 October", 2, datetime(2023, 10, 7, tzinfo=UTC)),
        ("since Monday", 2, datetime(2024, 6, 17, tzinfo=UTC)),
        ("since last week", 2, datetime(2024, 6, 10, tzinfo=UTC)),
        ("since last month", 2, datetime(2024, 5, 1, tzinfo=UTC)),
        ("since last year", 2, datetime(2023, 1, 1, tzinfo=UTC)),
        ("since last autumn", 2, datetime(2023, 9, 1, tzinfo=UTC)),
        ("since their row two years ago", 1, AT - timedelta(days=2 * 365.25)),
        ("ever", 1, datetime(1, 1, 1, tzinfo=UTC)),
        ("in its history", 1, datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_scope_reaches_back_as_far_as_it_says(scope: str, count: int, since: datetime) -> None:
    found = window(scope, AT, count)
    assert found is not None
    assert abs(found.since - since) < timedelta(hours=1)


@pytest.mark.parametrize("scope", [None, "", "so far", "of the war", "since the pandemic began"])
def test_words_without_a_stretch_of_time_give_no_window(scope: str | None) -> None:
    assert window(scope, AT) is None


def test_only_lengths_that_the_words_give_are_exact() -> None:
    exact = {
        scope: found.exact
        for scope in ("in two weeks", "in recent weeks", "since 2016")
        if (found := window(scope, AT))
    }
    assert exact == {"in two weeks": True, "in recent weeks": False, "since 2016": True}


def counted(count: int, scope: str | None, *earlier: float, visit: bool = False, history: float = 100) -> Event:
    """An event of NOON that counts so, with others these many days before, in a ledger that begins `history` before."""
    ordinal = Ordinal(count=count, scope=scope, words="…")
    flag = a_visit if visit else a_flag
    articles = [an_article(f"e{n}", flag(), hours=-24 * days) for n, days in enumerate(earlier)]
    ledger = Ledger([*articles, an_article("now", replaced(flag(), ordinal))])
    (event,) = ledger.told.of_article("now")
    return ledger.told.whole(event, NOON - timedelta(days=history), NOON)


def replaced(flag: Flag, ordinal: Ordinal) -> Flag:
    return replace(flag, ordinal=ordinal)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (counted(2, "in recent weeks", 12), "source says 2nd in recent weeks; we have 2, 12 days apart"),
        (
            counted(2, "in recent weeks", history=3),
            "source says 2nd in recent weeks; we have 1: history starts 3 days ago",
        ),
        (counted(2, "in recent weeks", 60), "source says 2nd in recent weeks; we have 1"),
        (counted(3, "this month"), "source says 3rd this month; we have 1"),
        (counted(3, "in two weeks", 2, 9), "source says 3rd in two weeks; we have 3 in 9 days"),
        (
            counted(1, "in 24 years", visit=True, history=30),
            "source says first in 24 years; we have 1: history starts 30 days ago",
        ),
        (
            counted(1, "in 24 years", 20, visit=True, history=30),
            "source says first in 24 years; we have 2, 20 days apart: history starts 30 days ago",
        ),
        (counted(2, None, 70, history=80), "source says 2nd; we have 2, 70 days apart"),
    ],
)
def test_the_ledger_answers_the_count(event: Event, says: str) -> None:
    assert event.recurrence[0].says == says


def test_events_of_others_and_of_another_kind_are_not_counted() -> None:
    ordinal = Ordinal(count=2, scope="in recent weeks", words="…")
    articles = [
        an_article("other pair", a_flag("CHN", "IND"), hours=-100),
        an_article("visit", a_visit("KOR", "PRK"), hours=-100),
        an_article("now", replaced(a_flag(), ordinal)),
    ]
    ledger = Ledger(articles)
    (event,) = ledger.told.of_article("now")
    assert ledger.told.whole(event, None, NOON).recurrence[0].ours == 1


def test_a_return_visit_is_not_the_second() -> None:
    ordinal = Ordinal(count=2, scope="this year", words="…")
    ledger = Ledger(
        [an_article("there", a_visit("PRK", "RUS"), hours=-300), an_article("now", replaced(a_visit(), ordinal))]
    )
    (event,) = ledger.told.of_article("now")
    assert ledger.told.whole(event, None, NOON).recurrence[0].ours == 1


# ------------------------------------------------------------------ what is counted


def answered(now: Flag, *earlier: tuple[Flag, float], history: float = 100) -> Recurrence:
    """What the ledger says to the count of `now`, where these flags were raised so many days before."""
    articles = [an_article(f"e{n}", flag, hours=-24 * days) for n, (flag, days) in enumerate(earlier)]
    ledger = Ledger([*articles, an_article("now", now)])
    (event,) = ledger.told.of_article("now")
    return ledger.told.whole(event, NOON - timedelta(days=history), NOON).recurrence[0]


def an_ordinal(count: int, of: str | None, scope: str | None = "in recent weeks", **more: str) -> Ordinal:
    return Ordinal(count=count, scope=scope, words="…", of=of, **more)


def test_a_crossing_is_held_against_crossings_not_against_balloons_fire_or_those_who_go_the_other_way() -> None:
    now = a_flag(ordinal=an_ordinal(2, "crossing"))
    count = answered(
        now,
        (a_flag(), 12),
        (a_flag(code="X-AIR"), 9),
        (a_flag(code="194"), 7),
        (a_flag("KOR", "PRK"), 5),
    )
    assert count.says == "source says 2nd crossing in recent weeks; we have 2, 12 days apart"
    assert (count.ours, len(count.earlier)) == (2, 1)


def test_an_airspace_violation_is_held_against_those_and_an_incident_against_all_whichever_way() -> None:
    earlier = ((a_flag(), 12), (a_flag(code="X-AIR"), 9), (a_flag("KOR", "PRK", code="193"), 5))
    assert answered(a_flag(code="X-AIR", ordinal=an_ordinal(3, "airspace")), *earlier).ours == 2
    assert answered(a_flag(code="X-AIR", ordinal=an_ordinal(3, "incident")), *earlier).ours == 4


def test_clashes_have_no_direction_and_attacks_have_one() -> None:
    back = a_flag("KHM", "THA", code="193")
    clash, shelling = (
        a_flag("THA", "KHM", code=c, ordinal=an_ordinal(2, of)) for c, of in (("193", "clash"), ("194", "fire"))
    )
    assert answered(clash, (back, 4)).ours == 2
    assert answered(shelling, (back, 4)).ours == 1


def a_trip(*people: str, **more: object) -> Flag:
    return a_flag("RUS", "PRK", kind=Kind.DIPLOMATIC_VISIT, code="042", people=people, **more)


def test_visits_of_a_named_person_are_held_against_that_persons_alone() -> None:
    now = a_trip("Vladimir Putin", "Kim Jong Un", ordinal=an_ordinal(1, "visit", "in 24 years"))
    count = answered(now, (a_trip("Sergei Lavrov"), 30), (a_trip(), 60), (a_trip("Vladimir Putin"), 20))
    assert count.by == "Vladimir Putin"
    assert count.says == (
        "source says first visit by Vladimir Putin in 24 years; we have 2, 20 days apart: history starts 100 days ago"
    )


def test_visits_counted_for_an_office_are_held_against_the_states_and_that_is_said() -> None:
    ordinal = an_ordinal(1, "visit", "since 2019", narrowed="by a Russian president")
    count = answered(a_trip("Vladimir Putin", ordinal=ordinal), (a_trip("Sergei Lavrov"), 30))
    assert count.by is None
    assert count.says.startswith("source says first visit since 2019; we have 2 of any sort, 30 days apart")


def test_trips_abroad_are_held_against_trips_to_any_country() -> None:
    now = a_trip("Vladimir Putin", ordinal=an_ordinal(1, "abroad", "this year"))
    elsewhere = a_flag("RUS", "CHN", kind=Kind.DIPLOMATIC_VISIT, code="042", people=("Vladimir Putin",))
    assert answered(now, (elsewhere, 10)).ours == 2


def test_a_meeting_is_held_against_meetings_on_either_side() -> None:
    now = a_trip(ordinal=an_ordinal(2, "meeting", "in three months"))
    back = a_flag("PRK", "RUS", kind=Kind.DIPLOMATIC_VISIT, code="042")
    assert answered(now, (back, 40)).ours == 2


def test_where_the_stretch_cannot_be_dated_all_that_we_have_is_given_as_such() -> None:
    now = a_trip(ordinal=an_ordinal(1, "visit", "since the pandemic began"))
    assert answered(now, (a_trip(), 40)).says == (
        "source says first visit since the pandemic began; we have 2, 40 days apart in all: history starts 100 days ago"
    )


def test_nights_in_a_row_are_so_many_nights() -> None:
    now = a_flag(code="194", ordinal=an_ordinal(2, "fire", "straight night"))
    assert answered(now, (a_flag(code="194"), 1.9)).says == (
        "source says 2nd incident with fire in as many nights; we have 2, 2 days apart"
    )


# ------------------------------------------------------------------ superlatives


def an_attack(killed: int | None = None, **more: object) -> Flag:
    toll = Toll(killed=killed) if killed is not None else None
    return a_flag("RUS", "UKR", kind=Kind.ARMED_ATTACK, code="195", toll=toll, **more)


def test_the_largest_is_not_measured_and_that_is_said() -> None:
    now = an_attack(ordinal=an_ordinal(1, "attack", "since 2016", quality="largest"))
    assert answered(now, (an_attack(), 12), (an_attack(), 4), history=30).says == (
        "source says largest attack since 2016; we hold no measure of that, and have 3 in 12 days: "
        "history starts 30 days ago"
    )


@pytest.mark.parametrize(
    ("here", "before", "says"),
    [
        (12, (7, None), "12 killed here, 7 at most before; we have 3 in 9 days"),
        (12, (40, 7), "12 killed here, 40 in one 9 days before; we have 3 in 9 days"),
        (12, (None, None), "12 killed here; we have 3 in 9 days"),
        (None, (40, 7), "no toll known here; we have 3 in 9 days"),
        (12, (), "12 killed here; we have 1"),
    ],
)
def test_the_deadliest_is_held_against_the_tolls_we_have(
    here: int | None, before: tuple[int | None, ...], says: str
) -> None:
    now = an_attack(here, ordinal=an_ordinal(1, "attack", "in two weeks", quality="deadliest"))
    count = answered(now, *((an_attack(killed), 9.0 - 5 * n) for n, killed in enumerate(before)))
    assert count.says == f"source says deadliest attack in two weeks; {says}"
    assert len(count.surpassed) == (says.find("40 in one") > 0)


def test_the_line_shows_our_own_count_only_where_the_text_counts_what_we_count() -> None:
    def nth(ordinal: Ordinal) -> str:
        ledger = Ledger([an_article("e", a_flag(), hours=-288), an_article("now", a_flag(ordinal=ordinal))])
        return nth_words(ledger.told.whole(ledger.told.of_article("now")[0], None, NOON))

    assert nth(an_ordinal(2, "crossing")) == "2nd in 12 d"
    assert nth(an_ordinal(1, "crossing", quality="largest")) == ""
    assert nth(an_ordinal(1, "crossing", narrowed="on the island")) == ""
