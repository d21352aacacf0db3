"""A stay in a town of web sites that keep score: ours breaks no rule, and the score tells who does."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent.parent / "bench"))

import courtesy
import courtesy_town as town
from courtesy_town import BEGINS, DAY, HOUR, Reply, Visit

DAYS = 10.0
"""A move is adopted after 7; bench/courtesy.py stays for a month."""
UNBROKEN_BY_PLAIN = {
    "a quiet feed is not forgotten", "Expires: 0 is no reason to stay away",
    "max-age is capped", "301 is not adopted within a week", "308 is not adopted within a week",
    "302 is never adopted", "301 to what is no feed is not adopted", "a target that breaks is given up",
}  # fmt: skip
"""Who comes all the time misses nothing, and who remembers nothing adopts nothing."""


@pytest.fixture(autouse=True)
def put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the stay sets, so that nothing waits in real time, is as before afterwards."""
    for module, name in ((courtesy.agenda, "SPREAD_AT_MOST"), (courtesy.poller, "SHORTEST_WAIT")):
        monkeypatch.setattr(module, name, getattr(module, name))


async def test_no_rule_of_the_town_is_broken_and_each_is_put_to_the_test() -> None:
    found = await courtesy.scores("ours", DAYS)
    assert len(found) >= 40
    assert [verdict for verdict in found if courtesy.score(verdict) < 1] == []


async def test_a_loop_as_is_often_written_breaks_what_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courtesy, "RESTARTS", 3)  # it asks everybody at each
    monkeypatch.setattr(town, "FIRST_PAUSE", 1.0)  # a slow machine takes its time to send all that come together
    found = await courtesy.scores("plain", DAYS)
    assert {verdict.name for verdict in found if courtesy.score(verdict) == 1} == UNBROKEN_BY_PLAIN
    assert sum(map(courtesy.score, found)) / len(found) < 0.5


def visits(*hours: float, path: str = "/feed", status: int = 200, wanted: bool = False, **headers: str) -> list[Visit]:
    """So many hours after the beginning; each takes a second of real time."""
    return [
        Visit("127.7.0.1", path, BEGINS + at * HOUR, {}, Reply(status, headers), wanted, at, at + 1 / 3600)
        for at in hours
    ]


def broken(judge: town.Judge, *parts: Sequence[Visit]) -> int:
    return judge(sorted((visit for part in parts for visit in part), key=lambda visit: visit.at))[1]


def test_who_stays_away_is_found_out() -> None:
    ends = BEGINS + 10 * DAY
    assert broken(town.never_later(36 * HOUR, ends), visits(0, 30, 60, *range(90, 240, 30))) == 0
    assert broken(town.never_later(36 * HOUR, ends), visits(0, 30)) == 1
    assert broken(town.never_later(36 * HOUR, ends), visits(0, 100, *range(101, 240, 30))) == 1


def test_who_adopts_too_soon_is_found_out() -> None:
    judge = town.not_straight_to("/new", BEGINS + 7 * DAY)
    sent = [*visits(0, 6, path="/feed", status=301), *visits(0, 6, path="/new")]
    assert broken(judge, sent) == 0
    assert broken(judge, sent, visits(12, 18, path="/new")) == 2
    assert broken(judge, sent, visits(169, path="/new")) == 0


def test_who_comes_before_he_was_told_is_found_out_even_where_his_user_wants_it() -> None:
    told = visits(0, status=503, **{"Retry-After": "36000"})
    assert broken(town.waits_as_told, told, visits(10)) == 0
    assert broken(town.waits_as_told, told, visits(9, wanted=True)) == 1
    assert broken(town.never_sooner(2 * HOUR), visits(0), visits(1, wanted=True)) == 0
    assert broken(town.never_sooner(2 * HOUR), visits(0, 1)) == 1


@pytest.mark.parametrize(
    ("hours", "found"),
    [((0, 1, 3, 7, 13, 19), 0), ((0, 1, 2, 3, 4), 1), ((0, 1, 3, 4), 1), ((0, 1, 3, 7, 60), 1)],
)
def test_who_does_not_back_off_or_never_comes_back_is_found_out(hours: tuple[float, ...], found: int) -> None:
    assert broken(town.backs_off(BEGINS, timedelta(hours=6)), visits(*hours)) == found


def test_requests_that_overlap_and_crowds_are_found_out() -> None:
    assert broken(town.one_at_a_time, visits(0, 1, 2)) == 0
    assert broken(town.one_at_a_time, visits(0, 1, 1, 2)) == 1
    apart = [visit for n in range(4) for visit in visits(30 + n, path=f"/{n}")]
    together = [visit for n in range(4) for visit in visits(40, path=f"/{n}")]
    assert broken(town.not_all_at_once, apart) == 0
    assert broken(town.not_all_at_once, apart, together) == 1


def test_a_rule_that_was_never_put_to_the_test_scores_nothing() -> None:
    assert courtesy.score(town.Verdict("x", 0, 0)) == 0
    assert courtesy.as_row(town.Verdict("x", 4, 1))["ours"] == 0.25
    assert courtesy.as_row(town.Verdict("x", 4, 0))["holds"]
