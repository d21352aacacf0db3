"""What is plotted stands at its place, at its height, and nothing at what is not known."""

from __future__ import annotations

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.plotting import ASCII_LEVELS, area, bars, extent, number_at

VALUES = st.lists(st.none() | st.floats(0, 1e6), min_size=1, max_size=120)
WIDTHS, HEIGHTS = st.integers(1, 160), st.integers(1, 20)


def dots(lines: list[str], cell: int) -> int:
    """How many dots high the taller half of a column of braille is."""
    left, right = 0, 0
    for row, line in enumerate(reversed(lines)):
        bits = max(0, ord(line[cell]) - 0x2800) if line[cell] != " " else 0
        for level, (a, b) in enumerate(((0x40, 0x80), (0x04, 0x20), (0x02, 0x10), (0x01, 0x08))):
            left = max(left, 4 * row + level + 1) if bits & a else left
            right = max(right, 4 * row + level + 1) if bits & b else right
    return max(left, right)


@given(VALUES, WIDTHS, HEIGHTS, st.booleans())
def test_bars_and_areas_fill_just_their_room(values: list[float | None], width: int, height: int, plain: bool) -> None:
    peak = max((value for value in values if value is not None), default=1.0) or 1.0
    for draw in (bars, area):
        lines = draw(values, peak, width, height, plain=plain)
        assert len(lines) == height
        assert {len(line) for line in lines} == {width}
        letters = set("".join(lines))
        assert letters <= (set(ASCII_LEVELS) if plain else {" ", *map(chr, range(0x2801, 0x2900))})


@given(st.lists(st.none() | st.floats(0, 50), min_size=1, max_size=40), HEIGHTS)
def test_a_bar_is_as_high_as_its_value_and_never_nothing_where_there_is_something(
    values: list[float | None], height: int
) -> None:
    width = len(values) * 2
    lines = bars(values, 50.0, width, height)
    for number, value in enumerate(values):
        cells = range(*(extent(number, len(values), width)[n] + n for n in (0, 1)))
        high = max(dots(lines, cell) for cell in cells)
        assert high == (0 if not value else max(1, ceil(value / 50 * height * 4 - 1e-9)))


@given(st.integers(1, 100), WIDTHS)
def test_every_number_has_cells_and_every_cell_a_number(numbers: int, width: int) -> None:
    covered: set[int] = set()
    for number in range(numbers):
        first, last = extent(number, numbers, width)
        assert 0 <= first <= last < width
        covered.update(range(first, last + 1))
    if numbers <= width:
        assert covered == set(range(width))
        for cell in range(width):
            first, last = extent(number_at(cell, numbers, width), numbers, width)
            assert first <= cell <= last


def test_what_is_not_known_leaves_a_gap_in_an_area() -> None:
    (line,) = area([4.0, 4.0, None, None, None, 4.0, 4.0], 4.0, 14, 1)
    assert line[:3] == line[-3:] == "⣿⣿⣿"
    assert line[5:9] == "    "


def test_ascii_tells_the_height_of_a_cell_in_four_steps() -> None:
    assert bars([0.0, 1.0, 2.0, 3.0, 4.0], 4.0, 10, 1, plain=True) == ["  ..::++##"]
