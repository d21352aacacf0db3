"""A series laid out for a terminal: a panel for each of its lines, above one axis of time. Pure.

Each line has a panel, a scale and a symbol of its own, so that no colour is needed to tell them apart. Below a panel
runs a line wherever there was news to count; where there was none it is broken, and nothing is drawn.

      ▲ incidents · 4 in all · max 2 · mean 0.1 · now 1
    2         ⣿      ⡇
    0 ───┬─────────┬─────────   ─┬───
         24 Oct    3 Nov         21 Nov
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from tensionwatch.exchange import Group
from tensionwatch.plotting import Extent, area, bars, extent, number_at
from tensionwatch.series import Series, Span

MARGIN = 6
"""Cells on the left, for the scale."""
LEAST_PEAK = 1.0
"""Of an intensity's scale: two outlets' word of one protest, 0.15, is no peak."""
NOTHING = 0.05
"""Intensity below which there is none."""
LEAST_COUNT = 3
"""Of a scale of counts: one event fills no panel."""
LEAST_HEIGHT = 4
"""Lines in which a panel can be read."""

Run: TypeAlias = tuple[str, str]
"""A piece of a line, and the names of its styles, by spaces."""


class Measure(StrEnum):
    """What is drawn of a series."""

    EVENTS = "events"
    SIDES = "conflict and cooperation"
    INTENSITY = "intensity"

    @property
    def next(self) -> Measure:
        kinds = list(Measure)
        return kinds[(kinds.index(self) + 1) % len(kinds)]


class Panel(NamedTuple):
    symbol: str
    plain_symbol: str
    """The same in ASCII."""
    words: str
    style: str
    values: tuple[float | None, ...]
    """None is unknown."""
    adds_up: bool
    """Is it a count? Else it is a level, of which there is no sum."""
    peak: float
    """What the upper end of its scale stands for."""

    @property
    def whole(self) -> list[float]:
        """What is known of stretches that are over."""
        return [value for value in self.values[:-1] if value is not None]


_GROUPS = {
    Group.INCIDENT: ("▲", "^", "incidents"),
    Group.VISIT: ("●", "o", "visits"),
    Group.OTHER: ("◆", "*", "other"),
}
_CONFLICT = ("−", "-", "conflict", "incident")
_COOPERATION = ("+", "+", "cooperation", "visit")


def panels(series: Series, measure: Measure) -> list[Panel]:
    """All lines of what is measured."""
    if measure is Measure.EVENTS:
        return [_counted(series, *_GROUPS[group], group.value, series.events[group.value]) for group in Group]
    if measure is Measure.SIDES:
        counts = (series.conflict, series.cooperation)
        return [
            _counted(series, *names, values)
            for names, values in zip((_CONFLICT, _COOPERATION), counts, strict=True)
        ]  # fmt: skip
    levels = (series.conflict_intensity, series.cooperation_intensity)
    return [
        _level(series, *names, values) for names, values in zip((_CONFLICT, _COOPERATION), levels, strict=True)
    ]  # fmt: skip


def lead(series: Series, measure: Measure) -> Panel:
    """The one line that says most: all events, or conflict."""
    if measure is Measure.EVENTS:
        all_groups = tuple(map(sum, zip(*series.events.values(), strict=True)))
        return _counted(series, "■", "#", "events", "accent", all_groups)
    return panels(series, measure)[0]


def _counted(series: Series, symbol: str, plain: str, words: str, style: str, counts: Sequence[int]) -> Panel:
    values = tuple(
        count if watched or count else None for count, watched in zip(counts, series.watched, strict=True)
    )  # fmt: skip
    return Panel(symbol, plain, words, style, values, adds_up=True, peak=float(max(LEAST_COUNT, *counts)))


def _level(series: Series, symbol: str, plain: str, words: str, style: str, levels: Sequence[float]) -> Panel:
    known = [
        round(level, 3) if level >= NOTHING else 0.0 for level in levels
    ]  # as it fades it is plotted anew at times
    values = tuple(level if watched or level else None for level, watched in zip(known, series.watched, strict=True))
    return Panel(symbol, plain, words, style, values, adds_up=False, peak=max(LEAST_PEAK, *levels))


def same_scale(several: Sequence[Panel]) -> list[Panel]:
    """The same panels, to be held against one another."""
    peak = max((panel.peak for panel in several), default=LEAST_PEAK)
    return [panel._replace(peak=peak) for panel in several]


# ------------------------------------------------------------------ words


def number_words(value: float, *, whole: bool) -> str:
    """In at most five cells: `3`, `0.3`, `0.03`, `12.4`, `1.2k`."""
    if value >= 1000:
        return f"{value / 1000:.1f}k"
    if 0.005 < value < 0.095:
        return f"{value:.2f}"
    return f"{value:.0f}" if whole and value == int(value) else f"{value:.1f}"


def panel_words(panel: Panel, step: str, width: int) -> str:
    """What the panel says in numbers, in the longest form that has room."""
    whole, now = panel.whole, panel.values[-1]
    known = [value for value in panel.values if value is not None]
    if not known:
        return _first_that_fits((f"{panel.words} · not watched", panel.words), width)
    in_all = f" · {number_words(sum(known), whole=True)} in all" if panel.adds_up else ""
    peak = f"max {number_words(max(known), whole=panel.adds_up)}"
    least = f"min {number_words(min(whole or known), whole=panel.adds_up)}"
    mean = f"mean {number_words(sum(whole) / len(whole), whole=False)}" if whole else ""
    present = f"now {number_words(now, whole=panel.adds_up)}" if now is not None else "now unknown"
    rest = " · ".join(filter(None, (least, mean, peak, present)))
    return _first_that_fits(
        (
            f"{panel.words}{in_all} · {rest} per {step}" if panel.adds_up else f"{panel.words} · {rest}",
            f"{panel.words}{in_all} · {rest}",
            f"{panel.words} · {rest}",
            f"{panel.words} · {' · '.join(filter(None, (mean, peak, present)))}",
            f"{panel.words} {peak} {present}",
            f"{panel.words} {peak}",
            panel.words,
        ),
        width,
    )


def tile_words(panel: Panel) -> str:
    """What a small chart says: `max 3 · now 1`"""
    known = [value for value in panel.values if value is not None]
    if not known:
        return "not watched"
    now = panel.values[-1]
    present = "?" if now is None else number_words(now, whole=panel.adds_up)
    return f"max {number_words(max(known), whole=panel.adds_up)} · now {present}"


def _first_that_fits(forms: Iterable[str], width: int) -> str:
    said = ""
    for said in forms:
        if len(said) <= width:
            return said
    return said[: max(0, width)]


def stretch_words(series: Series, number: int, span: Span, zone: tzinfo | None) -> str:
    """`Mon 23 Nov 14:00–15:00`, `Mon 23 Nov`, `16 Nov – 22 Nov`: one stretch."""
    since, until = (series.edges[n].astimezone(zone) for n in (number, number + 1))
    if span in (Span.DAY, Span.WEEK):
        return f"{since:%a %d %b %H:%M}–{until:%H:%M}"
    if span is Span.YEAR:
        return f"{since:%d %b} – {until - timedelta(hours=12):%d %b %Y}"
    return f"{since:%a %d %b %Y}"


def whole_words(series: Series, zone: tzinfo | None) -> str:
    """`24 Oct 2026 – now`"""
    return f"{series.edges[0].astimezone(zone):%d %b %Y %H:%M} – now"


# ------------------------------------------------------------------ lines


class Drawn(NamedTuple):
    """A panel as it was plotted, whatever the cursor."""

    panel: Panel
    heading: str
    rows: tuple[str, ...]


def heights(number: int, height: int) -> list[int]:
    """How many lines each of so many panels has for its plot, of `height` for all with the axis of time."""
    each, left = divmod(max(0, height - 1 - 2 * number), number)
    return [max(1, each + (place < left)) for place in range(number)]


def plot(several: Sequence[Panel], step: str, width: int, height: int, *, plain: bool = False) -> list[Drawn]:
    """Each panel in its share of `height` lines of `width` cells."""
    room = width - MARGIN
    found = []
    for panel, rows in zip(several, heights(len(several), height), strict=True):
        draw = bars if panel.adds_up else area
        symbol = panel.plain_symbol if plain else panel.symbol
        heading = f"{symbol} {panel_words(panel, step, room - 2)}"
        found.append(Drawn(panel, heading, tuple(draw(panel.values, panel.peak, room, rows, plain=plain))))
    return found


def lines(
    drawn: Sequence[Drawn],
    series: Series,
    span: Span,
    zone: tzinfo | None,
    width: int,
    *,
    cursor: int | None = None,
    plain: bool = False,
) -> Iterator[list[Run]]:
    """All lines, the axis of time last; the cells of the stretch under the cursor are marked."""
    room, numbers = width - MARGIN, len(series.watched)
    marks = ticks(series, span, zone, room)
    at = extent(cursor, numbers, room) if cursor is not None else None
    for each in drawn:
        yield [(" " * MARGIN, ""), (each.heading, f"{each.panel.style} strong")]
        for number, row in enumerate(each.rows):
            label = number_words(each.panel.peak, whole=each.panel.adds_up) if number == 0 else ""
            yield [(f"{label:>{MARGIN - 1}} ", "muted"), *_marked(row, at, each.panel.style)]
        ground = _ground(each.panel, room, {place for place, _ in marks}, at, plain=plain)
        yield [(f"{'0':>{MARGIN - 1}} ", "muted"), *_marked(ground, at, "muted")]
    yield [(" " * MARGIN, ""), (labels(marks, room), "muted")]


def _marked(text: str, at: Extent | None, style: str) -> Iterator[Run]:
    if at is None:
        yield text, style
        return
    yield text[: at.first], style
    yield text[at.first : at.last + 1], f"{style} cursor"
    yield text[at.last + 1 :], style


def _ground(panel: Panel, room: int, places: set[int], at: Extent | None, *, plain: bool) -> str:
    """The zero line; broken where nothing is known."""
    line, tick, mark = ("-", "+", "^") if plain else ("─", "┬", "▴")
    cells = [" "] * room
    for number, value in enumerate(panel.values):
        if value is not None:
            first, last = extent(number, len(panel.values), room)
            cells[first : last + 1] = line * (last + 1 - first)
    for place in places:
        cells[place] = tick
    if at is not None:
        cells[at.first : at.last + 1] = mark * (at.last + 1 - at.first)
    return "".join(cells)


_LABELS = {Span.DAY: "%H:%M", Span.WEEK: "%a %d", Span.MONTH: "%d %b", Span.QUARTER: "%d %b", Span.YEAR: "%b’%y"}


def ticks(series: Series, span: Span, zone: tzinfo | None, room: int) -> list[tuple[int, str]]:
    """(cell, label) of as many stretches as there is room for; each label begins where its stretch does."""
    numbers = len(series.watched)
    found: list[tuple[int, str]] = []
    free, said = 0, ""
    for number in range(numbers):
        at: datetime = series.edges[number].astimezone(zone)
        label = f"{at:{_LABELS[span]}}"
        place = extent(number, numbers, room).first
        if (span is Span.WEEK and at.hour) or label == said or place < free or place + len(label) > room:
            continue
        found.append((place, label))
        free, said = place + len(label) + 3, label
    return found


def labels(marks: Iterable[tuple[int, str]], room: int) -> str:
    line = ""
    for place, label in marks:
        line = f"{line:<{place}}{label}"
    return f"{line:<{room}}"


def stretch_at(cell: int, series: Series, width: int) -> int | None:
    """Which stretch is drawn at that cell of a line; None on the margin."""
    if cell < MARGIN:
        return None
    return number_at(cell - MARGIN, len(series.watched), width - MARGIN)


def table(series: Series) -> Iterator[str]:
    """The numbers with tabs between them, a heading first and then a stretch a line; times in UTC."""
    groups = [group.value for group in Group]
    yield "\t".join(
        ("since", "until", *groups, "conflict", "cooperation", "conflict_intensity", "cooperation_intensity", "watched")
    )
    for n, watched in enumerate(series.watched):
        numbers = (*(series.events[group][n] for group in groups), series.conflict[n], series.cooperation[n])
        levels = (f"{series.conflict_intensity[n]:.3f}", f"{series.cooperation_intensity[n]:.3f}")
        times = (f"{at:%Y-%m-%dT%H:%MZ}" for at in series.edges[n : n + 2])
        yield "\t".join((*times, *map(str, numbers), *levels, "yes" if watched else "no"))
