"""Surprise: is a day's count more than chance would bring? Pure, and the tail summed here: SciPy's distributions take
longer to import than the program to start.

The count x of a day, pairs of an event and an independent publisher, is held against W = 56 days before a guard of two:

    m = (0.5 + Σx) / (1 + W)                         mean: of the posterior Gamma(0.5 + Σx, 1 + W)
    φ = (20 + W · max(1, s²/x̄)) / (10 + W)           dispersion: drawn to 2, as if from 10 more days
    V = m·φ + m² / (0.5 + Σx)                        spread of a new day, and what is not known of m
    k = m² / (V − m)                                 the tail P(X ≥ x) is that of the negative binomial

An alarm asks that this tail be below 0.001, and a second one too. For pairs come in clumps: an event of five publishers
is five of them. By the first tail alone each first event of two publishers in eight weeks is an alarm (0.0006), though
after eight quiet weeks such a day has a chance of about 0.01; of series of pairs in which nothing changes it raises 4.6
false alarms per 1,000 days, of both together 1.2 (bench/false_alarms.py). The second is the same distribution with

    D = 56, or as many weeks more, up to 52, as hold 10 days with reports; n of them have reports
    m = (c/5 + Σx) / (1 + D)                         the prior is a third of an event (2.1 pairs on a day)
    φ = (10·c + n · max(1, s²/x̄)) / (10 + n)         drawn to c; a day without reports says nothing of clumps

Of sums of clumps S the variance over the mean is E[S²]/E[S], the size of the clump that a pair is found in. A clump is
what one event has on one day, for its pairs of the next day are that day's count: 1.9 to 2.2 in the first three of 16
months, when 5 publishers were read, 3.3 over all of them. Events cluster a little themselves: c is 1.15 times that
(`clump_of`). And eight empty weeks do not show that something is rarer than one day in a thousand: only a longer
memory can.

Sources: the negative binomial with variance proportional to the mean, its upper quantile as threshold, and the share of
the estimate's own error in it are those of surveillance of infectious diseases (C. P. Farrington et al., "A statistical
algorithm for the early detection of outbreaks of infectious disease", Journal of the Royal Statistical Society A 159,
1996; A. Noufaily et al., "An improved algorithm for outbreak detection in multiple surveillance systems", Statistics in
Medicine 32, 2013, who replaced the former's normal approximation by that quantile). With φ = 1 it is the exact
predictive distribution of a Poisson count under a gamma prior (the "Bayes" detector in M. Höhle, "surveillance: An R
package for the monitoring of infectious diseases", Computational Statistics 22, 2007). The guard is that of EARS's C2
(L. Hutwagner et al., Journal of Urban Health 80, 2003): the first days of a rise must not pass for usual on the next.
Priors and spans are ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from math import exp, lgamma, log, log1p, sqrt
from operator import mul
from typing import NamedTuple

from tensionwatch.index.records import Surprise

W = 56
"""Days of the baseline: eight weeks, so that each weekday weighs the same."""
LONGEST = 364
"""Days that are remembered of what is rare; a history need not be kept for longer."""
ENOUGH = 10
"""Days that the expected dispersion weighs as much as; and, with reports, that a memory goes back for beyond `W`."""
GUARD = timedelta(days=2)
"""Between the baseline and the day that is judged."""
LEARNING = 28
"""Days of history under which nothing is said to be unusual."""
ALPHA = 0.001

CLUMP = 3.5
"""Variance over mean that clumps make, where that is not known."""
LEAST_CLUMP = 2.3
"""What events of two publishers make: those of one do not count."""

_SINGLE, _SINGLE_DISPERSION = 0.5, 2.0
_PRIOR = 1 / 5
"""Of the clump: pairs in one day."""
_CLUSTERED = 1.15
"""Times what the clumps alone would make: variance over mean of the events themselves is 1.1 to 1.3 within 56 days."""
_CLUMP_PAIRS = 200
"""Pairs that `CLUMP` weighs as much as."""
_NEGLIGIBLE = 1e-16
"""Share of a sum below which the rest of a series is left out."""


class Baseline(NamedTuple):
    """What is usual."""

    days: int
    total: int
    mean: float
    dispersion: float
    variance: float
    k: float | None
    """Size of the negative binomial; None is Poisson, where the variance is no more than the mean."""


def stretch(history: Sequence[int]) -> int:
    """How many of the last days of a history are remembered: `W`, or, while they hold fewer than `ENOUGH` days with
    reports, more by whole weeks, up to `LONGEST` and to what there is."""
    told = [back for back, count in enumerate(reversed(history), start=1) if count]
    needed = told[ENOUGH - 1] if len(told) >= ENOUGH else LONGEST
    return min(len(history), LONGEST, max(W, -(-needed // 7) * 7))


def clump_of(sizes: Iterable[int]) -> float:
    """The c of a collection, of the pairs that each of its events has on each day; near `CLUMP` while they are few."""
    listed = list(sizes)
    return clump(sum(listed), sum(map(mul, listed, listed)))


def clump(pairs: int, squares: int) -> float:
    """The same of the sum of these numbers and of their squares."""
    return max(LEAST_CLUMP, (_CLUMP_PAIRS * CLUMP + _CLUSTERED * squares) / (_CLUMP_PAIRS + pairs))


def baseline(counts: Sequence[int]) -> Baseline:
    """Of a count of each day, `W` of them or what there is; of no day what the priors say."""
    return _fitted(counts, _SINGLE, _SINGLE_DISPERSION, len(counts))


def of_clumps(counts: Sequence[int], clump: float = CLUMP) -> Baseline:
    """The same of pairs that come in clumps, of as many days as `stretch` says."""
    return _fitted(counts, clump * _PRIOR, clump, len(counts) - counts.count(0))


def _fitted(counts: Sequence[int], prior: float, dispersed: float, votes: int) -> Baseline:
    """`prior` counts in one day, and a dispersion drawn to `dispersed` by `ENOUGH` days against so many `votes`."""
    days, total = len(counts), sum(counts)
    size = prior + total
    mean = size / (1 + days)
    dispersion = (ENOUGH * dispersed + votes * max(1.0, _ratio(counts))) / (ENOUGH + votes)
    variance = mean * dispersion + mean**2 / size
    return Baseline(days, total, mean, dispersion, variance, mean**2 / (variance - mean) if variance > mean else None)


def _ratio(counts: Sequence[int]) -> float:
    """s²/x̄, the unbiased variance over the mean; 1 where there is neither."""
    days, total = len(counts), sum(counts)
    if total == 0 or days < 2:
        return 1.0
    squares: int = sum(map(mul, counts, counts))
    return (days * squares - total * total) / ((days - 1) * total)


# ------------------------------------------------------------------ the distribution


def tail(count: int, usual: Baseline) -> float:
    """P(X ≥ count), to about ten digits however small it is."""
    if count <= 0:
        return 1.0
    if count > usual.mean:
        return min(1.0, _upwards(count, usual))
    return max(0.0, 1.0 - _downwards(count - 1, usual))


def _log_chance(count: int, usual: Baseline) -> float:
    """log P(X = count)"""
    m, k = usual.mean, usual.k
    if k is None:
        return count * log(m) - m - lgamma(count + 1)
    q_log = -log1p(k / m)  # of m / (m + k)
    return lgamma(count + k) - lgamma(k) - lgamma(count + 1) - k * log1p(m / k) + count * q_log


def _step(count: int, usual: Baseline) -> float:
    """P(X = count + 1) / P(X = count); falls with count beyond the mean."""
    m, k = usual.mean, usual.k
    return m / (count + 1) if k is None else (count + k) / (count + 1) * m / (m + k)


def _upwards(count: int, usual: Baseline) -> float:
    """P(X ≥ count), from a count beyond the mean on, until what is left is nothing: all steps are below one, and those
    to come no longer than this one, or (of a size below one) hardly: so a geometric series bounds the rest."""
    first = _log_chance(count, usual)
    term = total = 1.0
    while True:
        step = _step(count, usual)
        term *= step
        total += term
        count += 1
        if term * step <= _NEGLIGIBLE * total * (1 - step):
            return exp(first) * total


def _downwards(count: int, usual: Baseline) -> float:
    """P(X ≤ count), from count down."""
    first = _log_chance(count, usual)
    term = total = 1.0
    while count > 0 and term > _NEGLIGIBLE * total:
        count -= 1
        term /= _step(count, usual)
        total += term
    return exp(first) * total


def interval(usual: Baseline) -> tuple[int, int]:
    """The counts between which nine of ten days lie: of the rest at most half are below, at most half above."""
    beyond = 0.05
    start = max(0, int(usual.mean - 12 * sqrt(usual.variance)))  # what is below that is no chance worth a number
    chance = exp(_log_chance(start, usual))
    below, low, count = chance, None, start
    while True:
        if low is None and below > beyond:
            low = count
        if low is not None and 1 - below <= beyond:
            return low, count
        chance *= _step(count, usual)
        below += chance
        count += 1


# ------------------------------------------------------------------ a day of a series


def surprise(
    family: str,
    day: date,
    count: int,
    events: int,
    counts: Sequence[int],
    event_counts: Sequence[int],
    clump: float = CLUMP,
) -> Surprise:
    """A day's count against `counts`, of each day of the history before the guard, oldest first: of up to `LONGEST`
    days, of which the last `W` are the baseline, and `stretch` says how many are remembered for the second tail.
    `events` and `event_counts`, of the same days, are the events that the pairs are of: they are put in words, and
    decide nothing. `clump` is what `clump_of` says of the collection."""
    usual, memory = baseline(counts[-W:]), stretch(counts)
    remembered = event_counts[len(event_counts) - memory :]
    low, high = interval(usual)
    chance = tail(count, usual)
    of_such = tail(count, of_clumps(counts[len(counts) - memory :], clump))
    return Surprise(
        family=family,
        day=day,
        count=count,
        events=events,
        usual_events=sum(remembered) / len(remembered) if remembered else 0.0,
        memory=memory,
        days=usual.days,
        mean=usual.mean,
        variance=usual.variance,
        dispersion=usual.dispersion,
        low=low,
        high=high,
        tail=chance,
        clumped=of_such,
        alarm=max(chance, of_such) < ALPHA and usual.days >= LEARNING,
    )
