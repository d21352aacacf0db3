"""Our numbers beside a published series: brought to its steps of time, and correlated. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from math import atanh, fsum, sqrt, tanh
from statistics import StatisticsError, correlation, fmean

from tensionwatch.model import Record

DAY = timedelta(days=1)
FEWEST = 5
"""Steps under which no interval is worth a line: Fisher's has n − 3 beneath the root."""
_SIDED = 1.959964
"""Of the normal distribution: 95 % lie within so many deviations."""


class Correlation(Record, frozen=True, kw_only=True):
    r: float
    low: float
    high: float
    """The 95 % interval, as if the steps were drawn independently: months in a row are not, and it is wider."""


class Step(Record, frozen=True, kw_only=True):
    """A stretch of days that a published series has one value for."""

    first: date
    end: date
    """The day after its last."""


def steps(dates: Collection[date]) -> list[Step]:
    """The stretches that dates begin: each lasts until the next, the last one as long as the one before it. Dates that
    are all ends of months stand for these months. One date alone is a month if it begins one, else a day."""
    known = sorted(set(dates))
    if known and all((day + DAY).day == 1 for day in known) and len(known) > 1:
        known = [day.replace(day=1) for day in known]
    if not known:
        return []
    if all(day.day == 1 for day in known):
        end = _next_month(known[-1])
    else:
        end = known[-1] + (known[-1] - known[-2] if len(known) > 1 else DAY)
    return [Step(first=first, end=after) for first, after in zip(known, [*known[1:], end], strict=True)]


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def within(step: Step, first: date, last: date) -> bool:
    """Do our days, from the first to the last, cover all of it?"""
    return first <= step.first and step.end <= last + DAY


def mean_of(step: Step, daily: Mapping[date, float]) -> float | None:
    """The mean of those of its days that there is a number of; None where there is of none."""
    known = [daily[day] for day in _days(step) if day in daily]
    return fmean(known) if known else None


def _days(step: Step) -> Iterator[date]:
    day = step.first
    while day < step.end:
        yield day
        day += DAY


# ------------------------------------------------------------------ correlation


def pearson(one: Sequence[float], other: Sequence[float]) -> Correlation | None:
    """Of values in pairs, with Fisher's interval, z = artanh r ± 1.96 / √(n − 3) (R. A. Fisher, "On the probable error
    of a coefficient of correlation", Metron 1, 1921). None of fewer than `FEWEST` pairs, or where one side never
    changes."""
    return _with_interval(one, other, 0.0)


def spearman(one: Sequence[float], other: Sequence[float]) -> Correlation | None:
    """Of their ranks, equal values sharing theirs. The variance of z is (1 + r²/2) / (n − 3): for ranks Fisher's is too
    small (D. G. Bonett and T. A. Wright, "Sample size requirements for estimating Pearson, Kendall and Spearman
    correlations", Psychometrika 65, 2000)."""
    return _with_interval(_ranks(one), _ranks(other), 0.5)


def _with_interval(one: Sequence[float], other: Sequence[float], extra: float) -> Correlation | None:
    if len(one) < FEWEST:
        return None
    try:
        r = max(-1.0, min(1.0, correlation(one, other)))
    except StatisticsError:  # one of them never changes
        return None
    if abs(r) == 1:
        return Correlation(r=r, low=r, high=r)
    spread = _SIDED * sqrt((1 + extra * r**2) / (len(one) - 3))
    return Correlation(r=r, low=tanh(atanh(r) - spread), high=tanh(atanh(r) + spread))


def _ranks(values: Sequence[float]) -> list[float]:
    """From 1; equal values have the mean of theirs."""
    places: dict[float, list[int]] = {}
    for place, value in enumerate(sorted(values), start=1):
        places.setdefault(value, []).append(place)
    return [fsum(places[value]) / len(places[value]) for value in values]
