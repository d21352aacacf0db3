"""A series laid out in lines: each as wide as asked for, the axis of time where its stretches stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.charting import MARGIN, Measure, heights, labels, lead, lines, panels, plot, stretch_at, table, ticks
from tensionwatch.exchange import Group
from tensionwatch.series import Mark, Series, Span, Strand, Watched, edges

NOW = datetime(2026, 11, 23, 12, 34, tzinfo=UTC)
SEOUL = ZoneInfo("Asia/Seoul")


def a_series(span: Span = Span.MONTH, *, events: int = 40, watched: int = 400) -> Series:
    strand = Strand()
    for number in range(events):
        at = (NOW - timedelta(hours=19 * number)).timestamp()
        worth = -0.5 if number % 3 else 0.3
        strand.put(Mark(f"e{number}", list(Group)[number % 3], at, at, worth))
    today = NOW.toordinal()
    return strand.series(edges(span, NOW, SEOUL), NOW, Watched(range(today - watched, today + 1)))


@given(
    st.sampled_from(list(Span)), st.sampled_from(list(Measure)), st.integers(26, 180), st.integers(13, 50),
    st.integers(0, 30) | st.none(), st.booleans(), st.integers(0, 400),
)  # fmt: skip
def test_every_line_fills_its_width_and_all_their_height(
    span: Span, measure: Measure, width: int, height: int, cursor: int | None, plain: bool, watched: int
) -> None:
    series = a_series(span, watched=watched)
    at = None if cursor is None else min(cursor, len(series.watched) - 1)
    drawn = plot(panels(series, measure), span.step, width, height, plain=plain)
    told = list(lines(drawn, series, span, SEOUL, width, cursor=at, plain=plain))
    assert len(told) == height
    for number, runs in enumerate(told):
        length = sum(len(text) for text, _ in runs)
        heading = number in _headings(len(drawn), height)
        assert length <= width if heading else length == width
    if plain:
        text = "".join(text for runs in told for text, _ in runs)
        assert all(ord(letter) < 128 for letter in text.replace("·", "").replace("’", ""))


def _headings(number: int, height: int) -> set[int]:
    found, line = set(), 0
    for rows in heights(number, height):
        found.add(line)
        line += rows + 2
    return found


@pytest.mark.parametrize("span", list(Span))
@pytest.mark.parametrize("room", [20, 46, 60, 120, 190])
def test_labels_of_time_begin_where_their_stretch_does_and_keep_apart(span: Span, room: int) -> None:
    series = a_series(span)
    marks = ticks(series, span, SEOUL, room)
    line = labels(marks, room)
    assert len(line) == room
    assert marks[0][0] <= 20
    for (place, label), (after, _) in pairwise(marks):
        assert place + len(label) + 2 < after
    for place, label in marks:
        assert line[place : place + len(label)] == label


@pytest.mark.parametrize("measure", list(Measure))
def test_what_nobody_watched_is_not_known_and_what_was_quiet_is_zero(measure: Measure) -> None:
    series = a_series(events=0, watched=10)
    for panel in panels(series, measure):
        assert panel.values[:20] == (None,) * 20
        assert panel.values[-10:] == (0,) * 10


def test_what_is_known_of_a_time_that_nobody_watched_is_drawn() -> None:
    series = a_series(events=40, watched=2)
    assert sum(value or 0 for value in lead(series, Measure.EVENTS).values) == sum(map(sum, series.events.values()))


def test_a_place_on_a_line_is_the_stretch_that_is_drawn_there() -> None:
    series = a_series()
    assert stretch_at(MARGIN - 1, series, 80) is None
    assert stretch_at(MARGIN, series, 80) == 0
    assert stretch_at(79, series, 80) == len(series.watched) - 1


def test_the_table_has_a_line_for_each_stretch_and_adds_up() -> None:
    series = a_series(Span.YEAR)
    head, *rest = (line.split("\t") for line in table(series))
    assert len(rest) == len(series.watched)
    for group in Group:
        place = head.index(group.value)
        assert sum(int(line[place]) for line in rest) == sum(series.events[group.value])
    assert {line[-1] for line in rest} <= {"yes", "no"}
    assert all(a[1] == b[0] for a, b in pairwise(rest))
