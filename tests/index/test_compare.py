"""Our numbers beside a published series: steps of time and correlations."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.index.compare import Step, mean_of, pearson, spearman, steps, within


def stretches(*dates: str) -> list[tuple[str, str]]:
    found = steps([date.fromisoformat(each) for each in dates])
    return [(step.first.isoformat(), step.end.isoformat()) for step in found]


def test_firsts_of_months_stand_for_months_the_last_one_too() -> None:
    assert stretches("2026-02-01", "2026-01-01") == [("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-03-01")]
    assert stretches("2026-12-01") == [("2026-12-01", "2027-01-01")]


def test_ends_of_months_stand_for_the_months_that_they_end() -> None:
    assert stretches("2026-01-31", "2026-02-28") == [("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-03-01")]


def test_days_and_weeks_last_until_the_next() -> None:
    assert stretches("2026-01-05", "2026-01-06") == [("2026-01-05", "2026-01-06"), ("2026-01-06", "2026-01-07")]
    assert stretches("2026-01-05", "2026-01-12") == [("2026-01-05", "2026-01-12"), ("2026-01-12", "2026-01-19")]
    assert stretches("2026-01-05") == [("2026-01-05", "2026-01-06")]
    assert stretches() == []


def test_a_step_is_compared_where_our_days_cover_all_of_it() -> None:
    january = Step(first=date(2026, 1, 1), end=date(2026, 2, 1))
    assert within(january, date(2026, 1, 1), date(2026, 1, 31))
    assert not within(january, date(2026, 1, 2), date(2026, 3, 1))
    assert not within(january, date(2025, 1, 1), date(2026, 1, 30))


def test_a_mean_is_of_the_days_that_are_known() -> None:
    january = Step(first=date(2026, 1, 1), end=date(2026, 2, 1))
    assert mean_of(january, {date(2026, 1, 1): 1.0, date(2026, 1, 31): 4.0, date(2026, 2, 1): 90.0}) == 2.5
    assert mean_of(january, {date(2026, 2, 1): 90.0}) is None


def test_pearson_with_the_interval_of_a_text_book() -> None:
    """r = 0.6 of 28 pairs: z = 0.6931 ± 1.96 / 5, which is 0.292 to 0.795."""
    one = [float(n) for n in range(28)]
    residual = [(-1) ** n * (1 + (n * 7 % 5)) for n in range(28)]
    fit = _with_correlation(one, residual, 0.6)
    found = pearson(one, fit)
    assert found is not None
    assert (round(found.r, 6), round(found.low, 3), round(found.high, 3)) == (0.6, 0.292, 0.795)


def _with_correlation(one: list[float], noise: list[float], r: float) -> list[float]:
    """`one` and what of `noise` is not along it, mixed so that they correlate with r."""
    count = len(one)
    a = [x - sum(one) / count for x in one]
    b = [x - sum(noise) / count for x in noise]
    along = sum(x * y for x, y in zip(a, b, strict=True)) / sum(x * x for x in a)
    b = [y - along * x for x, y in zip(a, b, strict=True)]
    size = (sum(x * x for x in a) / sum(y * y for y in b)) ** 0.5
    return [r * x + (1 - r * r) ** 0.5 * size * y for x, y in zip(a, b, strict=True)]


def test_spearman_is_of_ranks_and_its_interval_is_the_wider_one() -> None:
    one = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    assert spearman(one, [x**9 for x in one]).r == pytest.approx(1)
    shuffled = [2.0, 1.0, 4.0, 3.0, 6.0, 5.0, 8.0, 7.0]
    of_ranks, of_values = spearman(one, shuffled), pearson(one, shuffled)
    assert of_ranks.r == pytest.approx(of_values.r)
    assert of_ranks.low < of_values.low < of_values.high < of_ranks.high


def test_equal_values_share_their_rank() -> None:
    """By hand: ranks 1.5, 1.5, 3, 4, 5 against 1 to 5."""
    assert spearman([7, 7, 8, 9, 10], [1, 2, 3, 4, 5]).r == pytest.approx(9.5 / (9.5 * 10) ** 0.5)


@pytest.mark.parametrize("correlate", [pearson, spearman])
def test_too_few_pairs_and_a_side_that_never_changes_have_none(correlate) -> None:
    assert correlate([1, 2, 3, 4], [1, 2, 3, 5]) is None
    assert correlate([1, 2, 3, 4, 5], [2, 2, 2, 2, 2]) is None


@given(st.lists(st.tuples(st.integers(-99, 99), st.integers(-99, 99)), min_size=5, max_size=40))
def test_an_interval_holds_its_correlation_and_neither_leaves_what_is_possible(pairs: list[tuple[int, int]]) -> None:
    for correlate in (pearson, spearman):
        found = correlate(*map(list, zip(*pairs, strict=True)))
        if found is not None:
            assert -1 <= found.low <= found.r <= found.high <= 1


@given(st.sets(st.dates(date(2020, 1, 1), date(2026, 1, 1)), min_size=1, max_size=30))
def test_steps_follow_each_other_without_gap_and_have_a_length(dates: set[date]) -> None:
    found = steps(dates)
    assert len(found) == len(dates)
    assert all(step.end > step.first for step in found)
    assert all(one.end == other.first for one, other in pairwise(found))
    assert timedelta(0) < found[-1].end - found[-1].first
