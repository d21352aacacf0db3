"""How the pulse of the pollers is said: bars of what came in, with their scale, and a cell for each feed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from tensionwatch.arrivals import Arrivals
from tensionwatch.exchange import FeedRow
from tensionwatch.health import health
from tensionwatch.tui.cells import SPARKS, ZERO, Run, number, sparkline
from tensionwatch.tui.times import Times

STEPS = (1, 5, 15)
"""Minutes of a bar: the fewest in which all that is known has room, else the most."""


class Bars(NamedTuple):
    counts: Sequence[int]
    """Articles, oldest first; the last bar still grows."""
    minutes: int
    """Of each."""
    begins: int
    """The first bar of which anything is known."""

    @classmethod
    def of(cls, arrivals: Arrivals, now: datetime, cells: int) -> Bars:
        minutes = next((step for step in STEPS if _bars_between(arrivals.since, now, step) < cells), STEPS[-1])
        begins = max(0, cells - 1 - _bars_between(arrivals.since, now, minutes))
        return cls(arrivals.bars(now, minutes, cells), minutes, begins)

    @property
    def peak(self) -> int:
        return max(self.counts, default=0)

    def line(self) -> str:
        """One line; before anything is known it is blank."""
        return " " * self.begins + sparkline(self.counts, self.peak)[self.begins :]

    def plot(self, height: int) -> list[str]:
        """So many lines, the topmost first."""
        filled = [-(-8 * height * count // (self.peak or 1)) for count in self.counts]
        return [
            "".join(self._cell(place, eighths - 8 * level, level) for place, eighths in enumerate(filled))
            for level in reversed(range(height))
        ]

    def _cell(self, place: int, eighths: int, level: int) -> str:
        if eighths <= 0:
            return ZERO if level == 0 and place >= self.begins else " "
        return SPARKS[min(8, eighths) - 1]

    def scale(self, arrivals: Arrivals, now: datetime, times: Times) -> str:
        """`peak 12 in 15 min`, and since when that is known where that is less than what is drawn."""
        said = f"peak {self.peak:,} in {self.minutes} min"
        return f"{said} · since {times.moment(arrivals.since, now)}" if self.begins else said


def _bars_between(then: datetime, now: datetime, minutes: int) -> int:
    return int(now.timestamp()) // (60 * minutes) - int(then.timestamp()) // (60 * minutes)


def in_hour_words(arrivals: Arrivals, now: datetime) -> str:
    return f"{number(arrivals.in_hour(now))} new/h"


FRESH, LATE, FAILING, UNASKED = "●", "○", "✗", "·"
_ORDER = (FAILING, LATE, UNASKED, FRESH)
_STYLES = {FRESH: "good", LATE: "warn", FAILING: "bad", UNASKED: "muted"}


def feed_cell(row: FeedRow, now: datetime) -> str:
    """How a feed that is enabled is: fresh, late, failing or not asked yet."""
    word = health(row.feed, row.state, now).word
    if word in ("failing", "gone"):
        return FAILING
    return UNASKED if word == "new" else FRESH if row.fresh else LATE


def feed_cells(rows: Iterable[FeedRow], now: datetime) -> list[str]:
    """Of each enabled feed, those that need somebody first."""
    return sorted((feed_cell(row, now) for row in rows if row.feed.enabled), key=_ORDER.index)


def cell_runs(cells: Sequence[str], room: int) -> list[Run]:
    """As many cells as have room; of those that have none how many they are."""
    shown = cells if len(cells) <= room else cells[: max(0, room - len(f" +{len(cells)}"))]
    runs = [("".join(cell for cell in shown if cell == kind), _STYLES[kind]) for kind in _ORDER]
    left = len(cells) - len(shown)
    return [run for run in (*runs, (f" +{left}" if left else "", "muted")) if run[0]]


def feed_words(cells: Sequence[str]) -> str:
    """`8 of 10 fresh · 1 late · 1 failing`"""
    said = [f"{cells.count(FRESH)} of {len(cells)} fresh"]
    for kind, word in ((LATE, "late"), (FAILING, "failing"), (UNASKED, "not asked yet")):
        said += [f"{count} {word}"] if (count := cells.count(kind)) else []
    return " · ".join(said)
