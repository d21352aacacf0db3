"""Surprise: the negative binomial against exact sums, and what is unusual."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from math import comb

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tensionwatch.index.records import Surprise
from tensionwatch.index.surprise import (
    ALPHA,
    CLUMP,
    ENOUGH,
    LEARNING,
    LEAST_CLUMP,
    LONGEST,
    Baseline,
    W,
    baseline,
    clump_of,
    interval,
    of_clumps,
    stretch,
    surprise,
    tail,
)

COUNTS = st.lists(st.integers(0, 12) | st.just(0), min_size=LEARNING, max_size=80)
DAY = date(2026, 3, 1)


def usual_of(mean: float, k: float | None) -> Baseline:
    variance = mean if k is None else mean + mean**2 / k
    return Baseline(days=56, total=0, mean=mean, dispersion=1.0, variance=variance, k=k)


def judged(count: int, history: list[int], **more: float) -> Surprise:
    return surprise("incident", DAY, count, 1, history, [min(1, each) for each in history], **more)


# ------------------------------------------------------------------ the tail


def exact_tail(count: int, mean: Decimal, k: Decimal | None) -> Decimal:
    """P(X ≥ count) as one minus what is below it, with 120 digits of which rounding takes a few."""
    with localcontext() as context:
        context.prec = 120
        if k is None:
            chance = (-mean).exp()
            steps = (mean / (n + 1) for n in range(count))
        else:
            chance = (k * (k / (k + mean)).ln()).exp()
            steps = ((k + n) / (n + 1) * mean / (k + mean) for n in range(count))
        below = Decimal(0)
        for step in steps:
            below += chance
            chance *= step
        return 1 - below


@settings(max_examples=50)
@given(
    st.integers(0, 250),
    st.floats(0.005, 60),
    st.none() | st.floats(0.001, 50),
)
def test_the_tail_is_that_of_an_exact_sum_however_small(count: int, mean: float, k: float | None) -> None:
    expected = exact_tail(count, Decimal(mean), None if k is None else Decimal(k))
    assume(expected > Decimal("1e-90"))  # below it the exact sum itself has too few digits left
    found = tail(count, usual_of(mean, k))
    assert found == pytest.approx(float(expected), rel=1e-9, abs=0)


def test_with_whole_numbers_it_is_the_wait_for_the_kth_success() -> None:
    """k = 3 successes of chance 3/5 each, m = 2: P(X ≥ 4) failures before, with fractions by hand."""
    success, failure = Fraction(3, 5), Fraction(2, 5)
    below = sum(comb(n + 2, n) * success**3 * failure**n for n in range(4))
    assert tail(4, usual_of(2.0, 3.0)) == pytest.approx(float(1 - below), rel=1e-12, abs=0)


def test_a_poisson_tail_by_hand() -> None:
    assert tail(2, usual_of(1.0, None)) == pytest.approx(0.26424111765711533, rel=1e-12)  # 1 − 2/e


def test_any_day_has_nothing_or_more() -> None:
    assert tail(0, usual_of(0.1, 0.05)) == 1.0


@given(COUNTS, st.integers(0, 60))
def test_more_is_never_less_surprising(history: list[int], count: int) -> None:
    usual = baseline(history)
    assert tail(count + 1, usual) <= tail(count, usual)


@settings(max_examples=25)
@given(COUNTS)
def test_the_tail_of_all_counts_adds_up_to_the_mean(history: list[int]) -> None:
    """E[X] = Σ P(X ≥ n), n from 1."""
    usual = baseline(history)
    total, count = 0.0, 1
    while (chance := tail(count, usual)) > 1e-12:
        total, count = total + chance, count + 1
    assert total == pytest.approx(usual.mean, rel=1e-6)


def test_a_count_a_thousand_times_the_usual_has_its_tail_all_the_same() -> None:
    expected = exact_tail(3000, Decimal(250), Decimal(3))
    assert tail(3000, usual_of(250.0, 3.0)) == pytest.approx(float(expected), rel=1e-9, abs=0)


# ------------------------------------------------------------------ the interval


@settings(max_examples=50)
@given(COUNTS)
def test_at_most_a_twentieth_of_days_lies_on_either_side_of_the_interval(history: list[int]) -> None:
    usual = baseline(history)
    low, high = interval(usual)
    below, above = 1 - tail(low, usual), tail(high + 1, usual)
    assert max(below, above) <= 0.05 + 1e-9
    assert low == 0 or 1 - tail(low + 1, usual) > 0.05 - 1e-9  # no narrower one would do
    assert high == 0 or tail(high, usual) > 0.05 - 1e-9


def test_the_interval_of_a_coin_thrown_until_heads() -> None:
    """m = 1, k = 1: P(X = n) = 1/2^(n+1); P(X > 3) = 1/16 is more than 5 %, P(X > 4) = 1/32 is less."""
    assert interval(usual_of(1.0, 1.0)) == (0, 4)


def test_the_interval_of_a_great_mean_is_around_it() -> None:
    low, high = interval(usual_of(2000.0, None))
    assert (low, high) == (1927, 2074)  # 2,000 ± 1.645 · 44.7, and the half that a step takes


# ------------------------------------------------------------------ the baseline


def test_a_baseline_by_hand() -> None:
    """56 days, eight of them with 2 reports: Σx 16, x̄ 2/7, s² = (32 − 256/56) / 55 = 0.49870."""
    usual = baseline([0, 0, 0, 0, 0, 0, 2] * 8)
    ratio = (32 - 256 / 56) / 55 / (2 / 7)
    mean, dispersion = 16.5 / 57, (20 + 56 * ratio) / 66
    assert (usual.days, usual.total) == (56, 16)
    assert usual.mean == pytest.approx(mean)
    assert usual.dispersion == pytest.approx(dispersion)
    assert usual.variance == pytest.approx(mean * dispersion + mean**2 / 16.5)
    assert usual.k == pytest.approx(mean**2 / (usual.variance - mean))


def test_a_baseline_of_clumps_by_hand() -> None:
    usual = of_clumps([0, 0, 0, 0, 0, 0, 2] * 8)
    ratio = (32 - 256 / 56) / 55 / (2 / 7)
    mean, dispersion = 16.7 / 57, (10 * 3.5 + 8 * ratio) / 18
    assert (usual.days, usual.total) == (56, 16)
    assert usual.mean == pytest.approx(mean)
    assert usual.dispersion == pytest.approx(dispersion)
    assert usual.variance == pytest.approx(mean * dispersion + mean**2 / 16.7)
    assert usual.k == pytest.approx(mean**2 / (usual.variance - mean))


def test_days_more_even_than_chance_pull_the_dispersion_to_one_and_no_further() -> None:
    assert baseline([3] * 56).dispersion == pytest.approx((20 + 56) / 66)
    assert of_clumps([3] * 56).dispersion == pytest.approx((10 * 3.5 + 56) / 66)


def test_of_no_day_the_priors_speak() -> None:
    single, clumps = baseline([]), of_clumps([])
    assert (single.days, single.mean, single.dispersion) == (0, 0.5, 2.0)
    assert (clumps.days, clumps.mean, clumps.dispersion) == (0, pytest.approx(0.7), CLUMP)


@given(COUNTS)
def test_the_order_of_the_days_tells_nothing(history: list[int]) -> None:
    assert baseline(history) == pytest.approx(baseline(history[::-1]))


def test_what_is_told_often_is_held_against_eight_weeks() -> None:
    assert stretch([1] * 300) == W


def test_what_is_rare_is_held_against_as_many_weeks_as_hold_ten_days_with_reports() -> None:
    every_tenth = [0, 0, 0, 0, 0, 0, 0, 0, 0, 3] * 30
    assert stretch(every_tenth) == 91  # the tenth day back with reports is the 91st, and thirteen weeks are 91 days
    assert stretch([*every_tenth, 0]) == 98


def test_what_was_never_told_is_held_against_a_year_and_no_more() -> None:
    assert stretch([0] * 900) == LONGEST


@given(st.lists(st.sampled_from([0, 0, 0, 0, 2]), max_size=500))
def test_a_memory_is_whole_weeks_or_all_that_there_is(history: list[int]) -> None:
    days = stretch(history)
    assert days == len(history) or (days % 7 == 0 and W <= days <= LONGEST)
    enough = sum(map(bool, history[len(history) - days :])) >= ENOUGH
    assert enough or days in (len(history), LONGEST)


def test_few_events_leave_the_clump_as_it_is_expected_and_many_make_it() -> None:
    assert clump_of([]) == CLUMP
    assert clump_of([20]) == pytest.approx((200 * 3.5 + 1.15 * 400) / 220)
    assert clump_of([12] * 5000) == pytest.approx(1.15 * 12, abs=0.05)


def test_where_few_publishers_are_read_clumps_are_small_but_no_smaller_than_of_two() -> None:
    assert clump_of([2] * 5000) == pytest.approx(2.3, abs=0.05)
    assert clump_of([1] * 5000) == LEAST_CLUMP


# ------------------------------------------------------------------ alarms


def test_a_first_event_of_two_publishers_is_unusual_after_a_year_and_not_after_eight_weeks() -> None:
    assert judged(2, [0] * LONGEST).alarm
    first = judged(2, [0] * W)
    assert not first.alarm
    assert first.tail < ALPHA < first.clumped == first.chance, "as two single counts it would be one"


def test_both_tails_must_be_small() -> None:
    """Of even days clumps expect more than the days themselves have; of uneven ones each tail knows it."""
    even, uneven = judged(9, [2] * W), judged(9, [0, 0, 0, 0, 0, 0, 14] * 8)
    assert even.tail < ALPHA <= even.clumped
    assert not even.alarm
    assert uneven.tail >= ALPHA
    assert not uneven.alarm


def test_eight_weeks_of_nothing_make_four_publishers_unusual() -> None:
    assert [judged(count, [0] * W).alarm for count in (3, 4)] == [False, True]


def test_where_publishers_are_many_it_takes_more_of_them() -> None:
    assert judged(6, [0] * W, clump=CLUMP).alarm
    assert not judged(6, [0] * W, clump=12.0).alarm


def test_a_war_is_no_alarm_each_day() -> None:
    history = [14, 9, 11, 17, 8, 12, 10] * 8
    assert not judged(19, history).alarm
    assert judged(60, history).alarm


def test_what_is_usual_on_weekdays_is_no_alarm_on_one() -> None:
    assert not judged(6, [5, 5, 6, 4, 5, 0, 0] * 8).alarm


def test_a_history_of_27_days_raises_no_alarm_and_one_of_28_does() -> None:
    assert judged(40, [0] * LEARNING).alarm
    learning = judged(40, [0] * (LEARNING - 1))
    assert not learning.alarm
    assert learning.tail < ALPHA


def test_the_usual_events_are_those_of_the_days_remembered() -> None:
    """Of a year, in which the last eight weeks have an event each second day."""
    counts = [0] * 308 + [0, 3] * 28
    found = surprise("visit", DAY, 3, 1, counts, [1] * 308 + [0, 1] * 28)
    assert (found.days, found.memory, found.usual_events) == (W, W, 0.5)


def test_a_surprise_says_what_it_rests_on() -> None:
    history = [0, 0, 0, 0, 0, 0, 2] * 8
    usual = baseline(history)
    found = judged(3, history)
    assert (found.family, found.day, found.count, found.events, found.days) == ("incident", DAY, 3, 1, 56)
    assert (found.mean, found.variance, found.dispersion) == (usual.mean, usual.variance, usual.dispersion)
    assert (found.low, found.high) == interval(usual)
    assert found.tail == tail(3, usual)
    assert (found.memory, found.clumped) == (56, tail(3, of_clumps(history)))
