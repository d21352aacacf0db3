"""Level: a share of the news against its own past."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.index.level import FEWEST, PRESENT, Told, level
from tensionwatch.index.surprise import LEARNING

FIVE = [f"p{n}.example" for n in range(5)]


def a_day(conflict: int, articles: int, publishers: list[str] = FIVE) -> dict[str, tuple[int, int]]:
    return dict.fromkeys(publishers, (conflict, articles))


def test_a_level_by_hand() -> None:
    """Four publishers have 10 of 100 today and one 30 of 100, on average 0.14; before, each had 7 of 100."""
    today = {**a_day(10, 100), "p4.example": (30, 100)}
    found = level(today, [a_day(7, 100)] * 56)
    assert (found.publishers, found.why) == (5, "")
    assert (found.share, found.usual) == (pytest.approx(0.14), pytest.approx(0.07))
    assert found.value == pytest.approx(200)


def test_twice_the_articles_with_twice_the_conflict_is_no_more_tension() -> None:
    assert level(a_day(14, 200), [a_day(7, 100)] * 56).value == pytest.approx(100)


def test_each_publisher_weighs_the_same_however_much_it_writes() -> None:
    today = {**a_day(0, 10), "p0.example": (500, 1000)}
    assert level(today, [a_day(1, 10)] * 56).share == pytest.approx(0.1)


def test_fewer_than_five_publishers_are_no_level() -> None:
    found = level(a_day(1, 10, FIVE[:4]), [a_day(1, 10)] * 56)
    assert (found.value, found.publishers) == (None, 4)
    assert str(FEWEST) in found.why


def test_a_publisher_that_was_not_there_all_along_is_left_out() -> None:
    """`new` was there on 79 % of the days, `known` on 81 %."""
    baseline = [a_day(1, 10) for _ in range(100)]
    for number, day in enumerate(baseline):
        day |= ({"new.example": (9, 10)} if number < 79 else {}) | ({"known.example": (1, 10)} if number < 81 else {})
    today = a_day(1, 10, [*FIVE, "new.example", "known.example"])
    found = level(today, baseline)
    assert (PRESENT, found.publishers, found.usual) == (0.8, 6, pytest.approx(0.1))


def test_a_publisher_that_is_silent_today_is_left_out_of_both_sides() -> None:
    baseline = [{**a_day(1, 10), "loud.example": (10, 10)}] * 56
    found = level(a_day(1, 10), baseline)
    assert (found.publishers, found.value) == (5, pytest.approx(100))


def test_a_publisher_without_an_article_is_not_there() -> None:
    today = {**a_day(1, 10), "p4.example": (0, 0)}
    assert level(today, [a_day(1, 10)] * 56).publishers == 4


def test_a_missing_day_of_one_that_tells_much_of_conflict_is_no_calm() -> None:
    """It missed one day in seven; on the days on which it is there all is as ever."""
    loud = {**a_day(1, 10), "loud.example": (9, 10)}
    assert level(loud, [loud, loud, loud, loud, loud, loud, a_day(1, 10)] * 8).value == pytest.approx(100)


def test_a_region_without_conflict_in_its_past_has_no_level() -> None:
    found = level(a_day(1, 10), [a_day(0, 10)] * 56)
    assert (found.value, found.usual) == (None, 0)
    assert found.why


def test_a_short_past_is_no_measure() -> None:
    short, enough = [a_day(1, 10)] * (LEARNING - 1), [a_day(1, 10)] * LEARNING
    assert (level(a_day(1, 10), short).value, level(a_day(1, 10), enough).value) == (None, pytest.approx(100))


SHARES = st.fixed_dictionaries({f"p{n}.example": st.tuples(st.integers(0, 9), st.integers(9, 40)) for n in range(8)})
BASELINES = st.lists(SHARES, min_size=3, max_size=3).map(lambda days: [*days * 10])


@given(BASELINES, SHARES)
def test_adding_a_publisher_that_has_just_begun_moves_nothing(baseline: list[Told], today: Told) -> None:
    assert level({**today, "new.example": (50, 50)}, baseline) == level(today, baseline)


@given(BASELINES, SHARES, st.sampled_from([f"p{n}.example" for n in range(8)]))
def test_losing_a_publisher_is_as_if_it_had_never_been(baseline: list[Told], today: Told, lost: str) -> None:
    without = {name: told for name, told in today.items() if name != lost}
    never = [{name: told for name, told in day.items() if name != lost} for day in baseline]
    assert level(without, baseline) == level(without, never)


@given(st.integers(2, 60), st.integers(10, 60))
def test_losing_one_of_many_moves_the_level_by_less_than_one_percent_where_all_rise_alike(rise: int, many: int) -> None:
    """Each has a share of its own; today each has `rise` times it."""
    names = [f"p{n}.example" for n in range(many)]
    baseline = [{name: (n % 7 + 1, 1000) for n, name in enumerate(names)}] * 56
    today = {name: (rise * (n % 7 + 1), 1000) for n, name in enumerate(names)}
    whole, less = level(today, baseline).value, level(dict(list(today.items())[1:]), baseline).value
    assert less == pytest.approx(whole, rel=0.01)
    assert whole == pytest.approx(100 * rise)
