"""The table of regions: is it unusual, how intense is it and since when, who sees it; then events per group and window.
The cursor is a row and, within it, the index or a count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final, NamedTuple

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from tensionwatch.exchange import Group, RegionRow, Window
from tensionwatch.index.records import RegionIndex
from tensionwatch.tui.cells import ZERO, Run, cut, cut_words, fit, line, longest, number
from tensionwatch.tui.changes import Looked
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import ALERT, GROUP_WORDS, RISEN, SYMBOLS
from tensionwatch.tui.tension import (
    coverage_words,
    intensity_words,
    state_style,
    state_words,
    trend_line,
    unusual_first,
)
from tensionwatch.tui.times import relative
from tensionwatch.tui.widgets.lines import LineList

CELL = 4  # three digits and the mark of a risen count
THREE = 11  # `12·340·17`: events, reports, publishers, and the mark
NOW = 5  # intensity, and its gap
COVER = 8  # a gap and `312/340`
LAST = 13  # "59 min ago" and its gap
HALF_DAYS, DAYS = 14, 7  # a trend's bars
WORD, SHORT, WORDS = 9, 25, 43
"""Cells of what is unusual, with a gap: `unusual`, `3 incidents, usually 0.2`, the whole of it."""
NAMES = (19, 22, 32)
"""Cells of a region's name between the mark of its alerts and a gap: where all is told, comfortably, at most."""

Cell = tuple[Group, Window]
INDEX: Final = 1
"""The column of the cursor that stands on the index; 0 is the region itself, the counts come after it."""


class Layout(NamedTuple):
    """What a width has room for."""

    name: int
    words: int
    now: int
    """Cells of the intensity; 0 where there is no room, as of those below."""
    trend: int
    cover: int
    gap: int
    """Before the counts of a group."""
    windows: tuple[Window, ...]
    widths: tuple[int, ...]
    """Cells of each window's count; THREE where it is told in three numbers."""
    last: int

    @classmethod
    def of(cls, width: int) -> Layout:
        """What is unusual comes first, then how intense it is, then the counts of a day and a week; what 80 cells have
        no room for comes with more, in this order."""
        if width < 80:
            return cls._narrow(width)
        rest = width - (NAMES[0] + SHORT + NOW + DAYS + 2 * CELL * len(Group))
        extras = (
            ("trend", HALF_DAYS - DAYS), ("cover", COVER), ("gap", len(Group)), ("words", WORDS - SHORT),
            ("name", NAMES[1] - NAMES[0]), ("hour", CELL * len(Group)), ("last", LAST),
            ("week", (THREE - CELL) * len(Group)), ("day", (THREE - CELL) * len(Group)),
        )  # fmt: skip
        told = set()
        for extra, cells in extras:
            if cells > rest:
                break
            told.add(extra)
            rest -= cells
        windows = tuple(Window) if "hour" in told else (Window.DAY, Window.WEEK)
        three = {window for window, extra in ((Window.WEEK, "week"), (Window.DAY, "day")) if extra in told}
        return cls(
            min(NAMES[2], (NAMES[1] if "name" in told else NAMES[0]) + rest),
            WORDS if "words" in told else SHORT,
            NOW,
            HALF_DAYS if "trend" in told else DAYS,
            COVER if "cover" in told else 0,
            int("gap" in told),
            windows,
            tuple(THREE if window in three else CELL for window in windows),
            LAST if "last" in told else 0,
        )

    @classmethod
    def _narrow(cls, width: int) -> Layout:
        """Below 80 cells the trend goes first, then words and intensity, then the week."""
        windows = (Window.DAY, Window.WEEK) if width >= 50 else (Window.DAY,)
        rest = width - CELL * len(windows) * len(Group)
        words = SHORT if rest >= NAMES[0] + SHORT else WORD
        now = NOW if rest >= NAMES[0] - 4 + words + NOW else 0
        return cls(max(4, rest - words - now), words, now, 0, 0, 0, windows, (CELL,) * len(windows), 0)

    @property
    def before(self) -> int:
        """Cells before the counts."""
        return self.name + self.words + self.now + self.trend + self.cover

    @property
    def group(self) -> int:
        """Cells of a group's counts and the gap before them."""
        return self.gap + sum(self.widths)

    def column_at(self, x: int) -> int:
        """The column of the cursor at this cell of a row."""
        if x < self.before:
            return INDEX if x >= self.name else 0
        group, within = divmod(x - self.before, self.group)
        if group >= len(Group):
            return 0
        starts = [self.gap + sum(self.widths[:n]) for n in range(len(self.widths))]
        window = max(0, sum(start <= within for start in starts) - 1)
        return INDEX + 1 + group * len(self.windows) + window

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The counts of a row, left to right; column n of the cursor is cells[n - 2]."""
        return tuple((group, window) for group in Group for window in self.windows)


class RegionTable(LineList):
    HEAD = 2
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "column(1)", "Next number", show=False, id="regions.next_column"),
        Binding("left,h", "column(-1)", "Previous number", show=False, id="regions.previous_column"),
        Binding("enter", "choose", "Its events", key_display="⏎", id="regions.open"),
    ]

    def __init__(self, context: Context, looked: Looked, *, id: str) -> None:
        super().__init__(context, id=id, empty="")
        self._rows: dict[str, RegionRow] = {}
        self._indexes: dict[str, RegionIndex] = {}
        self._alerts: Mapping[str, int] = {}
        self._looked = looked
        self.column = 0
        self.unusual_first = True
        """Else they stand as configured."""

    def show_rows(
        self, rows: Sequence[RegionRow], indexes: Sequence[RegionIndex] = (), alerts: Mapping[str, int] | None = None
    ) -> None:
        """`alerts` of each region wait to be acknowledged."""
        self._rows = {row.region.id: row for row in rows}
        self._indexes = {index.region: index for index in indexes}
        self._alerts = alerts or {}
        self._show_sorted()

    def _show_sorted(self) -> None:
        regions = list(self._rows)
        self.show(unusual_first(self._indexes, regions) if self.unusual_first else regions)
        # Held on its line, the cursor would push what has become unusual out of sight: it goes along with its region.
        self._bring_into_view()

    def next_order(self) -> None:
        self.unusual_first = not self.unusual_first
        self._show_sorted()

    def _bring_into_view(self) -> None:
        if len(self.ids) <= self._rows_in_view:
            self._scroll_top_to(0)
        else:
            super()._bring_into_view()

    @property
    def row(self) -> RegionRow | None:
        """The row under the cursor."""
        return self._rows.get(self.current) if self.current is not None else None

    @property
    def cell(self) -> Cell | None:
        """The count under the cursor; None on the region itself and on its index."""
        cells = self._layout_now.cells
        return cells[min(self.column - INDEX, len(cells)) - 1] if self.column > INDEX else None

    @property
    def on_index(self) -> bool:
        """Is the cursor on the index?"""
        return self.column == INDEX

    @property
    def _layout_now(self) -> Layout:
        return Layout.of(self.scrollable_content_region.width)

    def row_of(self, region_id: str) -> RegionRow | None:
        return self._rows.get(region_id)

    def index_of(self, region_id: str) -> RegionIndex | None:
        return self._indexes.get(region_id)

    # ---------------------------------------------------------------- drawing

    def heading(self, y: int, width: int) -> list[Run]:
        layout = Layout.of(width)
        index = self._index_heading(y, layout)
        if y == 0:
            size = layout.group - 1
            groups = [(fit(_group_words(g, size), size, right=True) + " ", g.value) for g in Group]
            return [*index, *groups, (fit("last", layout.last, right=True), "heading")]
        sized = zip(layout.windows, layout.widths, strict=True)
        windows = "".join(fit(_window_words(w, size), size - 1, right=True) + " " for w, size in sized)
        groups = [(" " * layout.gap + windows, "muted")] * len(Group)
        return [*index, *groups, (fit("report", layout.last, right=True), "muted")]

    def _index_heading(self, y: int, layout: Layout) -> list[Run]:
        """What the columns are; below it the order, what is usual, and a trend's scale."""
        order = "unusual first" if self.unusual_first else "as configured"
        below = len(self.ids) - self.above - self._rows_in_view
        more = f" ↓{below}" if below > 0 else ""
        region = (" Region", longest((f" {order}{more}", f" {order}", more), layout.name - 1))
        unusual = (("Is it unusual today?", "Unusual"), ("against what is usual", ""))
        size = layout.now + layout.trend
        conflict = (("Conflict, 7 days", "Conflict 7d", "Conf."), (" now to own peak", " now to max", " now"))
        return [
            (fit(text, size, right=right), "muted" if y else "heading")
            for text, size, right in (
                (region[y], layout.name, False),
                (longest(unusual[y], layout.words - 1), layout.words, False),
                (longest(conflict[y], size) if size else "", size, False),
                (("feeds", "fresh")[y], layout.cover, True),
            )
        ]

    def runs(self, row_id: str, width: int) -> list[Run]:
        row, layout = self._rows[row_id], Layout.of(width)
        here = self.has_focus and row_id == self.current
        picked = self.cell if here else None
        quiet = not any(count.events for windows in row.counts.values() for count in windows.values())
        name = cut_words(line(row.region.name), layout.name - 2)
        alert = ALERT if self._alerts.get(row_id) else " "
        runs: list[Run] = [
            (alert, "warn"),
            (fit(name, layout.name - 1), "muted" if quiet else "strong"),
            *self._index(self._indexes.get(row_id), layout, picked=here and self.on_index),
        ]
        for group in Group:
            runs.append((" " * layout.gap, ""))
            for window, size in zip(layout.windows, layout.widths, strict=True):
                runs += self._count(row, group, window, size, picked=picked == (group, window))
        when = relative(row.last, self.context.desk.now()) if row.last else "never"
        return [*runs, (fit(when, layout.last, right=True), "muted")]

    @staticmethod
    def _index(index: RegionIndex | None, layout: Layout, *, picked: bool) -> list[Run]:
        if index is None:
            return [(fit("counting …", layout.before - layout.name), "muted")]
        grey = index.coverage.blind or index.conflict == 0
        said = cut(state_words(index, layout.words - 1), layout.words - 1)
        pad = " " * (layout.words - cell_len(said))
        runs: list[Run] = [(said, "pick" if picked else state_style(index)), (pad, "")]
        if layout.now:
            now = fit(intensity_words(index.conflict), layout.now - 1, right=True)
            runs += [(now, "muted" if grey else "strong"), (" ", "")]
        if layout.trend:
            runs.append((trend_line(index, layout.trend), "muted" if grey else "accent"))
        if layout.cover:
            cover = fit(coverage_words(index.coverage), layout.cover, right=True)
            runs.append((cover, "warn" if index.coverage.blind else "muted"))
        return runs

    def _count(self, row: RegionRow, group: Group, window: Window, size: int, *, picked: bool) -> list[Run]:
        counts = row.counts[group][window]
        events = counts.events
        risen = self._looked.risen(row, group, window)
        style = "muted" if not events else "risen" if risen else group.value
        told = (events, counts.reports, counts.publishers) if size == THREE else (events,)
        text = "·".join(map(number, told)) if events else ZERO
        pad = " " * (size - 1 - len(text))  # what has risen is reversed, which is to tell it from its neighbour
        if picked:
            return [(pad + text, "pick"), (RISEN if risen else " ", "risen" if risen else "")]
        return [(pad, ""), (text, style), (RISEN if risen else " ", "risen" if risen else "")]

    # ---------------------------------------------------------------- moving

    def action_column(self, by: int) -> None:
        self.column = min(max(self.column + by, 0), INDEX + len(self._layout_now.cells))
        self.repaint()
        if self.current is not None:
            self.post_message(self.Moved(self, self.current, self.current))

    def point(self, x: int) -> bool:
        before, self.column = self.column, self._layout_now.column_at(x)
        self.repaint()
        return self.column != before


def _group_words(group: Group, width: int) -> str:
    symbol, word = SYMBOLS[group], GROUP_WORDS[group]
    return longest((f"{symbol} {word}", f"{symbol} {word[:3]}.", symbol), width)


def _window_words(window: Window, size: int) -> str:
    """`7d e·r·p` where its count is told in three numbers."""
    return f"{window.value} e·r·p" if size == THREE else window.value
