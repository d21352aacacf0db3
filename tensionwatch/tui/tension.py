"""How the index is said on the screen: words in the room there is, numbers, trends, coverage. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from tensionwatch.index.records import Coverage, RegionIndex
from tensionwatch.index.surprise import LEARNING
from tensionwatch.index.words import words
from tensionwatch.tui.cells import ZERO, longest, sparkline

NOTHING = 0.05
"""Intensity below which it is told as none: half of the last digit."""
LEAST_PEAK = 1.0
"""Of a trend's scale: two outlets' word of one protest, 0.15, is no peak."""
STYLES = {"unusual": "alarm", "calm": "muted", "learning": "muted"}


def state_words(index: RegionIndex, width: int) -> str:
    """What is unusual, in the longest words that `width` cells hold; first that the region is blind, where it is."""
    forms = _forms(index)
    if index.coverage.blind:
        blind = f"blind {coverage_words(index.coverage)}"
        forms = (*(f"{blind} · {form}" for form in forms), blind, "blind")
    return longest(forms, width)


def _forms(index: RegionIndex) -> tuple[str, ...]:
    """The same in fewer and fewer words."""
    whole = words(index)
    if index.learning:
        days = f"{index.history_days} of {LEARNING} d"
        return whole, f"learning {days}", f"learning {days.replace(' of ', '/').removesuffix(' d')}", "learning"
    first = whole.partition(";")[0]
    rate = first.removesuffix(" a day")
    what = first.partition(",")[0]
    bare = rate.removeprefix("unusual: ")
    return whole, first, rate, bare, bare.replace(", usually ", ", usual "), what, index.word


def state_style(index: RegionIndex) -> str:
    """What is unusual stands out without colour too, of a blind region as of others."""
    return STYLES[index.word]


def coverage_words(coverage: Coverage) -> str:
    """`31/34`"""
    return f"{coverage.fresh}/{coverage.feeds}"


def intensity_words(value: float) -> str:
    """In at most 4 cells: `·`, `0.3`, `12.4`, `128`, `12k`."""
    if value < NOTHING:
        return ZERO
    return f"{value:.1f}" if value < 99.95 else f"{value:.0f}" if value < 9999.5 else f"{min(value / 1000, 999):.0f}k"


def trend_peak(index: RegionIndex) -> float:
    """What the highest bar of its trend stands for: each region's is drawn to its own scale, from 0 on."""
    return max(LEAST_PEAK, *index.trend) if index.trend else LEAST_PEAK


def trend_line(index: RegionIndex, cells: int) -> str:
    """Conflict at the end of each of the last half days, the last one as of now; in half the cells, of each day."""
    values = [value if value >= NOTHING else 0.0 for value in index.trend]
    if cells < len(values):
        values = values[::-1][:: -(-len(values) // cells)][::-1]
    return sparkline(values, trend_peak(index)).rjust(cells)


def unusual_first(indexes: dict[str, RegionIndex], regions: list[str]) -> list[str]:
    """The regions that are unusual before the others, both in the order they have."""
    return sorted(regions, key=lambda region: region not in indexes or indexes[region].word != "unusual")


def learning_words(indexes: list[RegionIndex]) -> Iterator[str]:
    """Why no surprise can raise an alert yet; nothing where one can."""
    if indexes and all(index.learning for index in indexes):
        days = max(index.history_days for index in indexes)
        yield f"The index is learning, {days} of {LEARNING} days: until then nothing is called unusual."
