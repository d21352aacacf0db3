"""The index of an archive, day by day, as it stood then."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensionwatch.events import Ledger, belongs
from tensionwatch.index.history import Alarm, History, Standing, standings
from tensionwatch.index.intensity import Sums
from tensionwatch.model import Article, Event, Kind, Region, Status
from tests.builders import NOON, a_flag, a_visit, an_article

KOREA = Region(id="korea", name="Korea", countries=frozenset({"PRK", "KOR"}))
FIRST = NOON.date()
PAPERS = tuple(f"paper-{number}.example" for number in range(12))
_ids = count()


def regions_of(event: Event) -> list[str]:
    return ["korea"] if belongs(event, KOREA, lambda place: ()) else []


def quiet(days: int, papers: Iterable[str] = PAPERS) -> list[Article]:
    """A day's news of each paper, of nothing, from the first day on."""
    return [an_article(f"q{next(_ids)}", hours=24 * day - 6, publisher=p) for day in range(days) for p in papers]


def crossing(day: float, publisher: str = PAPERS[0], **more: object) -> Article:
    return an_article(f"c{next(_ids)}", a_flag(**more), hours=24 * day, publisher=publisher)


def run(articles: Iterable[Article]) -> tuple[list[Alarm], list[Standing], History]:
    ledger = Ledger()
    history = History(["korea"], regions_of, ledger.told.ranks)
    listed = sorted(articles, key=lambda a: (a.effective is None, a.effective, a.id))
    found = list(standings(listed, lambda article: ledger.update([article]), history))
    alarms = [each for each in found if isinstance(each, Alarm)]
    return alarms, [each for each in found if isinstance(each, Standing)], history


def of(standing: Standing, family: str = "incident"):
    return next(each for each in standing.surprises if each.family == family)


def everywhere(day: float) -> list[Article]:
    """A crossing that all papers tell, one each quarter of an hour: no history makes that likely."""
    return [crossing(day + number / 96, paper) for number, paper in enumerate(PAPERS)]


def test_the_report_that_makes_the_day_unlikely_raises_the_alarm() -> None:
    told = everywhere(49)
    alarms, days, _ = run([*quiet(50), *told])
    (alarm,) = alarms
    assert (alarm.region, alarm.surprise.family, alarm.surprise.day) == ("korea", "incident", days[-1].day)
    assert 2 <= alarm.surprise.count < len(PAPERS)
    assert alarm.at == told[alarm.surprise.count - 1].effective
    assert [(each.article, each.pairs) for each in alarm.behind] == [(told[0].id, alarm.surprise.count)]
    assert (of(days[-1]).count, of(days[-1]).events, of(days[-1]).alarm) == (len(PAPERS), 1, True)


def test_one_voice_raises_nothing_and_its_copy_is_no_second_one() -> None:
    words = "Soldiers of the north came over the line at dawn and went back an hour later, the south says"
    copies = [an_article(f"copy{n}", a_flag(), hours=24 * 39 + n, publisher=PAPERS[n], title=words) for n in range(3)]
    alarms, days, _ = run([*quiet(40), *copies])
    assert alarms == []
    assert of(days[-1]).count == 0


def test_a_series_and_day_raise_one_alarm_and_another_day_its_own() -> None:
    alarms, _, _ = run([*quiet(52), *everywhere(49), *everywhere(51)])
    assert [alarm.at.date() - FIRST for alarm in alarms] == [timedelta(49), timedelta(51)]


def test_under_28_days_of_history_there_is_no_alarm() -> None:
    alarms, days, _ = run([*quiet(30), *everywhere(29)])
    assert alarms == []
    assert (of(days[-1]).count, of(days[-1]).days, days[-1].unlikely) == (len(PAPERS), 27, None)
    alarms, days, _ = run([*quiet(31), *everywhere(30)])
    assert (len(alarms), of(days[-1]).days) == (1, 28)
    assert days[-1].unlikely > 3


def test_days_without_news_are_no_quiet_days() -> None:
    """Nobody listened: they lie in no baseline."""
    gap = [a for a in quiet(50) if not 10 <= (a.effective.date() - FIRST).days < 30]
    _, days, _ = run(gap)
    assert len(days) == 50
    assert of(days[-1]).days == 50 - 3 - 20


def test_a_visit_counts_from_the_day_on_which_it_takes_place() -> None:
    planned = [
        an_article(f"p{n}", a_visit("RUS", "PRK", Status.PLANNED), hours=24 * 45 + n, publisher=PAPERS[n])
        for n in range(4)
    ]
    there = [
        an_article(f"v{n}", a_visit("RUS", "PRK"), hours=24 * 48 + n / 4, publisher=PAPERS[n])
        for n in range(len(PAPERS))
    ]
    alarms, days, _ = run([*quiet(50), *planned, *there])
    assert [(a.at.date() - FIRST, a.surprise.family) for a in alarms] == [(timedelta(48), "visit")]
    assert [of(day, "visit").count for day in days[45:49]] == [0, 0, 0, len(PAPERS)]


def test_a_day_stands_as_it_was_known_when_it_ended() -> None:
    """The second voice comes after midnight: the day before has none of it, and no alarm is raised for a day that is
    over."""
    _, days, history = run([*quiet(40), crossing(38.45), crossing(38.55, PAPERS[1])])
    assert (of(days[38]).count, of(days[39]).count) == (0, 1)
    assert of(next(iter(history.standing(days[38].day)))).count == 1  # as it is known later
    assert days[38].conflict == pytest.approx(0.72 * 0.5 * 0.5 ** (0.05 / 2), rel=1e-6)


def test_intensity_is_what_the_sums_of_the_events_then_say() -> None:
    articles = [*quiet(10), crossing(5), crossing(5.2, PAPERS[1]), crossing(7, code="193")]
    _, days, _ = run(articles)
    for standing in days:
        end = NOON.replace(hour=0) + timedelta(days=1 + (standing.day - FIRST).days)
        ledger = Ledger([a for a in articles if a.effective < end])
        sums = Sums(event for event in ledger if regions_of(event))
        assert standing.conflict == pytest.approx(sums.conflict(end), abs=1e-12)
    assert max(day.conflict for day in days) > 0.5


def test_level_holds_the_share_of_news_against_the_days_before() -> None:
    _, days, _ = run([*quiet(40), crossing(20), *(crossing(39, paper) for paper in PAPERS[:3])])
    level = days[-1].level
    assert (level.publishers, level.share) == (12, pytest.approx(0.125))  # half the news of three of twelve papers
    assert level.value == pytest.approx(100 * 0.125 / (0.5 / 12 / of(days[-1]).days))


def test_an_article_of_two_conflicts_is_one_article_and_one_taken_back_is_none() -> None:
    both = an_article("both", a_flag(), a_flag(kind=Kind.THREAT, code="138"), hours=24 * 39, publisher=PAPERS[0])
    _, days, _ = run([*quiet(40), both])
    assert days[-1].level.share == pytest.approx(1 / 2 / 12)


def test_levels_of_a_whole_span_have_one_base() -> None:
    lasting = [crossing(day, paper) for day in range(30, 60) for paper in PAPERS]
    _, days, history = run([*quiet(60), *lasting])
    levels = history.levels("korea", history.days)
    assert levels[FIRST + timedelta(59)] == levels[FIRST + timedelta(30)] == pytest.approx(200)
    assert levels[FIRST] == 0
    known = [day.level.value for day in days[31:] if day.level.value is not None]
    assert known[-1] < known[0] / 2  # what lasts becomes usual there


def test_undated_articles_count_nowhere() -> None:
    undated = an_article("u", a_flag(), dated=False)
    alarms, days, _ = run([*quiet(5), undated])
    assert alarms == []
    assert len(days) == 5
    assert all(day.conflict == 0 for day in days)


def test_of_nothing_there_is_nothing() -> None:
    alarms, days, _ = run([])
    assert (alarms, days) == ([], [])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 200), st.sampled_from(PAPERS), st.sampled_from(["PRK", "KOR", None]),
                          st.sampled_from(["X-CROSS", "193"])), max_size=30))  # fmt: skip
def test_at_the_end_all_is_as_if_told_at_once(told) -> None:
    """However often events were told otherwise on the way, what is left behind is of the events as they are."""
    articles = [
        an_article(f"h{n}", a_flag(actor, "KOR" if actor == "PRK" else "PRK", code=code), hours=hours, publisher=paper)
        for n, (hours, paper, actor, code) in enumerate(told)
    ]
    _, _, step_by_step = run(articles)
    ledger = Ledger()
    at_once = History(["korea"], regions_of, ledger.told.ranks)
    listed = sorted((a for a in articles), key=lambda a: (a.effective, a.id))
    telling = ledger.update(listed)
    nothing = type(telling)(version=0)
    for article in listed[:-1]:
        at_once.take(article, nothing)
    if listed:
        at_once.take(listed[-1], telling)
    for day in {a.effective.date() for a in articles} | {date(2026, 3, 20)}:
        assert list(step_by_step.standing(day)) == list(at_once.standing(day))
