"""How often chance alone raises an alarm: series without any change in them, and what surprise says of each day.

    .venv/bin/python bench/false_alarms.py [--days N] [--rates R,R,…] [--seed N] [--json]

A series is one family of one region: made-up counts of 480 days (16 months), from the first day on, so that the youth
of a history is in it; each day after `LEARNING` and the guard is judged, as at its end, by `surprise.surprise`.
`--days` are the days judged in all (by default a million and more: a minute or so), shared among
the kinds of series, and in each evenly among its rates:

- `poisson`, `overdispersed` (variance twice the mean): single counts;
- `weekly`: overdispersed, with the week of the news (a Saturday has 0.6 of a Monday);
- `pairs`: what is counted here. Events are few (at rates of the regions in the shipped configuration), a little
  clustered (variance 1.2 times the mean) and follow the week; each brings 2 to 18 publishers, most of them on the day
  of its first report and the rest on the next, in the proportions of 4,276 events of 16 months of 14 publishers;
- `pairs of twice as many`: the same with twice the publishers, and the clump that comes of them;
- `region`: eleven families at once, at the rates of the Korean Peninsula: days on which any of them alarms.

Beside ours stand z > 3 (mean and standard deviation of 56 days) and `single`: the first of our two tails alone, which
takes each pair for an event of its own. Intervals are 95 %, of a Poisson count of alarms.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import accumulate
from math import exp, lgamma, log
from operator import mul
from typing import NamedTuple

from tensionwatch.index.surprise import ALPHA, CLUMP, GUARD, LEARNING, Baseline, W, clump_of, surprise, tail

GOAL = 1.0
"""False alarms per 1,000 days."""
LENGTH = 480
SINGLE = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
EVENTS = (0.002, 0.005, 0.01, 0.02, 0.035, 0.05, 0.1, 0.2, 0.5, 1.5)
REGION = (0.045, 0.008, 0.031, 0.004, 0.062, 0.037, 0.012, 0.039, 0.021, 0.027, 0.006)
"""Events a day of two publishers and more."""
WEEK = (1.14, 1.07, 1.06, 1.12, 1.06, 0.68, 0.87)
EVENTS_DISPERSION = 1.2
GUARD_DAYS = GUARD.days
SOME_DAY = date(2026, 3, 1)

SIZES = {
    (1, 1): 813, (1, 2): 222, (1, 3): 98, (1, 4): 48, (1, 5): 30, (1, 6): 26, (1, 8): 24, (1, 11): 13,
    (2, 0): 1193, (2, 1): 269, (2, 2): 97, (2, 3): 42, (2, 4): 22, (2, 5): 14, (2, 6): 12, (2, 8): 14,
    (3, 0): 366, (3, 1): 124, (3, 2): 44, (3, 3): 33, (3, 5): 17, (3, 7): 13, (4, 0): 179, (4, 1): 71,
    (4, 2): 34, (4, 3): 20, (4, 5): 26, (5, 0): 88, (5, 1): 37, (5, 2): 20, (5, 3): 12, (5, 5): 12,
    (6, 0): 44, (6, 1): 16, (6, 2): 13, (6, 4): 8, (7, 0): 32, (7, 1): 18, (7, 2): 13, (7, 4): 7,
    (8, 0): 12, (8, 1): 11, (8, 2): 6, (8, 4): 8, (9, 0): 9, (9, 1): 7, (9, 3): 16, (10, 0): 15,
    (11, 1): 7, (12, 1): 6, (13, 2): 2, (14, 0): 2, (17, 1): 1,
}  # fmt: skip
"""(publishers on the day of the first report, on later ones) → events that had so many."""


class Row(NamedTuple):
    name: str
    days: int
    alarms: tuple[int, int, int]
    """Ours, z > 3, with the priors of single counts."""

    def rate(self, which: int = 0) -> float:
        """Per 1,000 days."""
        return 1000 * self.alarms[which] / self.days

    def as_json(self) -> dict[str, object]:
        ours, peer, single = (self.rate(which) for which in range(3))
        return {
            "name": self.name, "ours": round(ours, 3), "peer": round(peer, 3),
            "ratio": round(ours / peer, 4) if peer else None,
            "goal": GOAL, "holds": ours <= GOAL, "unit": "per 1,000 days",
            "interval": [round(end, 3) for end in self.interval()], "days": self.days, "single": round(single, 3),
        }  # fmt: skip

    def interval(self) -> tuple[float, float]:
        return tuple(1000 * end / self.days for end in poisson_interval(self.alarms[0]))  # type: ignore[return-value]

    def line(self) -> str:
        low, high = self.interval()
        ours = f"{self.rate():7.2f}  {low:5.2f} to {high:5.2f}"
        peers = f"{self.rate(1):8.2f} {self.rate(2):8.2f}"
        return f"{self.name:<30}{self.days:>10,}  {ours}  {peers}  {'holds' if self.rate() <= GOAL else 'MISSED'}"


def poisson_interval(count: int, share: float = 0.95) -> tuple[float, float]:
    """Means of which so many or more, and so many or fewer, would be chance of half the rest (Garwood)."""
    beyond = (1 - share) / 2

    def at_least(number: int, mean: float) -> float:
        return tail(number, Baseline(days=0, total=0, mean=mean, dispersion=1, variance=mean, k=None))

    low = solve(lambda mean: at_least(count, mean) - beyond, count) if count else 0.0
    return low, solve(lambda mean: at_least(count + 1, mean) - (1 - beyond), count + 1)


def solve(rising: Callable[[float], float], near: int) -> float:
    low, high = 0.0, 5.0 * near + 10
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return high


# ------------------------------------------------------------------ series


class Counts:
    """Draws counts of a mean, Poisson or with a variance of `dispersion` times it."""

    def __init__(self, mean: float, dispersion: float) -> None:
        k = mean / (dispersion - 1) if dispersion > 1 else None
        chances: list[float] = []
        while sum(chances) < 1 - 1e-12 and len(chances) < 40 * (mean + 5):
            chances.append(exp(log_chance(len(chances), mean, k)))
        self._values, self._cumulated = range(len(chances)), list(accumulate(chances))

    def draw(self, rng: random.Random, number: int) -> list[int]:
        return rng.choices(self._values, cum_weights=self._cumulated, k=number)


def log_chance(count: int, mean: float, k: float | None) -> float:
    if k is None:
        return count * log(mean) - mean - lgamma(count + 1)
    return lgamma(count + k) - lgamma(k) - lgamma(count + 1) + k * log(k / (k + mean)) + count * log(mean / (k + mean))


Maker = Callable[[random.Random], list[int]]


def single(rate: float, dispersion: float) -> Maker:
    counts = Counts(rate, dispersion)
    return lambda rng: counts.draw(rng, LENGTH)


def weekly(rate: float, dispersion: float) -> Maker:
    days = [Counts(rate * share, dispersion) for share in WEEK]

    def make(rng: random.Random) -> list[int]:
        drawn = [iter(day.draw(rng, LENGTH // 7 + 1)) for day in days]
        return [next(drawn[day % 7]) for day in range(LENGTH)]

    return make


def pairs(rate: float, times: int = 1) -> Maker:
    """`times`: as many publishers."""
    events = weekly(rate, EVENTS_DISPERSION)
    sizes, weights = [(times * first, times * later) for first, later in SIZES], list(accumulate(SIZES.values()))

    def make(rng: random.Random) -> list[int]:
        series = [0] * (LENGTH + 1)
        for day, number in enumerate(events(rng)):
            for first, later in rng.choices(sizes, cum_weights=weights, k=number):
                series[day] += first
                series[day + 1] += later
        return series[:LENGTH]

    return make


# ------------------------------------------------------------------ alarms


def deviates(history: Sequence[int], count: int) -> bool:
    """z > 3"""
    recent = history[-W:]
    days, total, squares = len(recent), sum(recent), sum(map(mul, recent, recent))
    mean = total / days
    variance = (squares - total * mean) / (days - 1)
    return count > mean and (count - mean) ** 2 > 9 * variance


def judged(series: Sequence[int], clump: float) -> Iterator[tuple[int, tuple[bool, bool, bool]]]:
    """What each says of the days with any count, for one without is none's alarm."""
    for day in range(LEARNING + GUARD_DAYS, len(series)):
        if count := series[day]:
            history = series[: day - GUARD_DAYS]
            found = surprise("incident", SOME_DAY, count, 1, history, (), clump)
            yield day, (found.alarm, deviates(history, count), found.tail < ALPHA)


def simulate(
    name: str,
    makers: Sequence[Maker],
    rng: random.Random,
    days: int,
    clump: float = CLUMP,
) -> Row:
    """Series of each maker at a time: the families of one region, whose days are counted once."""
    alarms: list[int] = [0, 0, 0]
    done = 0
    while done < days:
        found: list[set[int]] = [set(), set(), set()]
        for make in makers:
            for day, said in judged(make(rng), clump):
                for which, alarm in enumerate(said):
                    if alarm:
                        found[which].add(day)
        alarms = [before + len(more) for before, more in zip(alarms, found, strict=True)]
        done += LENGTH - LEARNING - GUARD_DAYS
    return Row(name, done, (alarms[0], alarms[1], alarms[2]))


def rows(days: int, rates: Sequence[float] | None, seed: int) -> Iterator[Row]:
    days_of_events = [count for each, number in SIZES.items() for _ in range(number) for count in each]
    once, twice = clump_of(days_of_events), clump_of(2 * count for count in days_of_events)
    kinds: list[tuple[str, Callable[[float], Maker], Sequence[float], float]] = [
        ("poisson", lambda rate: single(rate, 1.0), SINGLE, CLUMP),
        ("overdispersed", lambda rate: single(rate, 2.0), SINGLE, CLUMP),
        ("weekly", lambda rate: weekly(rate, 2.0), SINGLE, CLUMP),
        ("pairs", pairs, EVENTS, once),
        ("pairs of twice as many", lambda rate: pairs(rate, 2), EVENTS, twice),
    ]
    share = days // (len(kinds) + 1)
    for kind, maker, usual, clump in kinds:
        parts = []
        for rate in rates or usual:
            rng = random.Random(f"{seed} {kind} {rate}")
            parts.append(simulate(f"{kind} {rate:g}", [maker(rate)], rng, share // len(rates or usual), clump))
            yield parts[-1]
        yield Row(f"{kind}, all", sum(part.days for part in parts), total(parts))
    yield simulate("region", [pairs(rate) for rate in REGION], random.Random(f"{seed} region"), share, once)


def total(parts: Sequence[Row]) -> tuple[int, int, int]:
    ours, peer, single = (sum(part.alarms[which] for part in parts) for which in range(3))
    return ours, peer, single


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=1_050_000)
    parser.add_argument("--rates", help="a day, instead of the built-in ones; of pairs, of events")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rates = [float(rate) for rate in args.rates.split(",")] if args.rates else None
    if not args.json:
        columns = f"{'days':>10}  {'ours':>7}  {'95 %':^14}  {'z > 3':>8} {'single':>8}"
        print(f"{'per 1,000 days':<30}{columns}  goal <= {GOAL:g}")
    for row in rows(args.days, rates, args.seed):
        print(json.dumps(row.as_json()) if args.json else row.line(), flush=True)
    if not args.json:
        print(f"{time.process_time():.0f} s of CPU")


if __name__ == "__main__":
    main()
