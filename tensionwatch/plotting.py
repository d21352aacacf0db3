"""Numbers of a series drawn in the characters of a terminal: bars and areas of braille, or of ASCII. Pure.

plotille's canvas sets the dots (MIT, kept, without dependencies, 3 ms to import beside textual; textual-plotext takes
18 and draws frames and a legend of its own): imported when something is drawn. Every number stands at its own place, so
what is unknown (None) leaves a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

DOTS_WIDE, DOTS_HIGH = 2, 4
"""Of a cell of braille."""
BLANK = "\u2800"
"""Braille without dots."""
GAP_FROM = 4
"""Dots that a bar has room for, from which one of them parts it from the next."""
ASCII_LEVELS = " .:+#"
"""Of a cell, from empty to full."""


class Extent(NamedTuple):
    """Where one of the numbers stands."""

    first: int
    """Its first cell."""
    last: int
    """Its last cell."""


def extent(number: int, numbers: int, width: int) -> Extent:
    """The cells of one of so many numbers, drawn in so many cells."""
    first, end = _dots_of(number, numbers, width)
    return Extent(min(first // DOTS_WIDE, width - 1), min(max(end - 1, first) // DOTS_WIDE, width - 1))


def number_at(cell: int, numbers: int, width: int) -> int:
    """Which of the numbers stands at that cell; the later one where two share it."""
    return min(numbers - 1, max(0, (cell * DOTS_WIDE + 1) * numbers // (width * DOTS_WIDE)))


def bars(values: Sequence[float | None], peak: float, width: int, height: int, *, plain: bool = False) -> list[str]:
    """`height` lines of `width` cells, the upper first: each value from 0 to `peak` as a bar, however small one dot
    high where it is above 0. `plain`: in ASCII."""
    columns = [0] * (width * DOTS_WIDE)
    for number, value in enumerate(values):
        first, end = _dots_of(number, len(values), width)
        if end - first >= GAP_FROM:
            end -= 1
        for column in range(first, max(end, first + 1)):
            columns[min(column, len(columns) - 1)] = max(
                columns[min(column, len(columns) - 1)], _dots_high(value, peak, height)
            )
    return _lines(columns, width, height, plain=plain)


def area(values: Sequence[float | None], peak: float, width: int, height: int, *, plain: bool = False) -> list[str]:
    """The same of values that pass into one another: what lies below the line through them."""
    columns = []
    for column in range(width * DOTS_WIDE):
        at = (column + 0.5) / (width * DOTS_WIDE) * len(values) - 0.5
        columns.append(_dots_high(_between(values, at), peak, height))
    return _lines(columns, width, height, plain=plain)


def _between(values: Sequence[float | None], at: float) -> float | None:
    """On the line from the value before to the one after; unknown where the nearest is."""
    before = min(max(int(at), 0), len(values) - 1)
    after = min(before + 1, len(values) - 1)
    share = min(max(at - before, 0.0), 1.0)
    one, other = values[before], values[after]
    if one is None or other is None:
        return one if share < 0.5 else other
    return one + (other - one) * share


def _dots_of(number: int, numbers: int, width: int) -> tuple[int, int]:
    dots = width * DOTS_WIDE
    return number * dots // numbers, (number + 1) * dots // numbers


def _dots_high(value: float | None, peak: float, height: int) -> int:
    if value is None or value <= 0 or peak <= 0:
        return 0
    return min(height * DOTS_HIGH, max(1, ceil(value / peak * height * DOTS_HIGH - 1e-9)))


def _lines(columns: Sequence[int], width: int, height: int, *, plain: bool) -> list[str]:
    if plain:
        tallest = [max(columns[cell * DOTS_WIDE : (cell + 1) * DOTS_WIDE]) for cell in range(width)]
        rows = range(height - 1, -1, -1)
        return ["".join(ASCII_LEVELS[min(4, max(0, high - 4 * row))] for high in tallest) for row in rows]
    from plotille import Canvas

    canvas = Canvas(width, height, xmin=0, ymin=0, xmax=width * DOTS_WIDE, ymax=height * DOTS_HIGH)
    for cell in range(width):
        pair = columns[cell * DOTS_WIDE : (cell + 1) * DOTS_WIDE]
        whole = min(pair) // DOTS_HIGH  # whole cells at once: a screen of dots one by one takes 60 ms
        for row in range(whole):
            canvas.fill_char(cell * DOTS_WIDE, row * DOTS_HIGH)
        for side, high in enumerate(pair):
            for dot in range(whole * DOTS_HIGH, high):
                canvas.point(cell * DOTS_WIDE + side, dot)
    return [line.replace(BLANK, " ") for line in canvas.plot("\n").split("\n")]
