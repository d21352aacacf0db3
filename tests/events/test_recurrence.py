"""A text's own count, held against the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from tensionwatch.events import Ledger
from tensionwatch.events.recurrence import window
from tensionwatch.model import Event, Flag, Ordinal
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
    ],
)
def test_a_scope_reaches_back_as_far_as_it_says(scope: str, count: int, since: datetime) -> None:
    found = window(scope, AT, count)
    assert found is not None
    assert abs(found.since - since) < timedelta(hours=1)


@pytest.mark.parametrize("scope", [None, "", "so far", "of the war"])
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
