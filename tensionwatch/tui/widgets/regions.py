"""The table of regions: events per group and window, and a trend. The cursor is a row and, within it, a count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType

from tensionwatch.ports import Group, RegionRow, Window
from tensionwatch.tui.cells import ZERO, Run, fit, line, number, sparkline
from tensionwatch.tui.changes import Looked
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import GROUP_WORDS, RISEN, SYMBOLS
from tensionwatch.tui.times import relative
from tensionwatch.tui.widgets.lines import LineList

CELL = 4  # three digits and the mark of a risen count
THREE = 11  # `12·340·17`: events, reports, publishers, and the mark
NAME = 22  # cells that a name gets before counts are told in three numbers
GAP = 2
TREND = 14
LAST = 13  # "59 min ago" and its gap


class Layout(NamedTuple):
    """What a width has room for."""

    name: int
    """Cells of the region's name."""
    windows: tuple[Window, ...]
    widths: tuple[int, ...]
    """Cells of each window's count; THREE where it is told in three numbers."""
    trend: bool
    last: int
    """Cells of the last report; 0 where there is no room."""

    @classmethod
    def of(cls, width: int) -> Layout:
        """Counts come first: reports and publishers beside the events go below 114 cells (those of a day below 135),
        the last report below 98, the trend below 75, the last hour below 54."""
        windows = tuple(Window) if width >= 54 else (Window.DAY, Window.WEEK)
        rest = width - len(Group) * (GAP + len(windows) * CELL)
        trend = rest >= 17 + GAP + TREND
        rest -= (GAP + TREND) * trend
        last = LAST if trend and rest >= 20 + LAST else 0
        whole = max(0, rest - last - NAME) // (len(Group) * (THREE - CELL)) if last else 0
        widths = tuple(THREE if whole >= n else CELL for n in range(len(windows), 0, -1))
        rest -= len(Group) * (sum(widths) - len(windows) * CELL)
        return cls(max(4, min(32, rest - last)), windows, widths, trend, last)

    @property
    def group(self) -> int:
        """Cells of a group's counts and the gap before them."""
        return GAP + sum(self.widths)

    def column_at(self, x: int) -> int:
        """The column of the cursor at this cell of a row."""
        group, within = divmod(x - self.name, self.group)
        if not 0 <= group < len(Group) or within < GAP:
            return 0
        starts = [GAP + sum(self.widths[:n]) for n in range(len(self.widths))]
        return 1 + group * len(self.windows) + sum(start <= within for start in starts) - 1

    @property
    def cells(self) -> tuple[tuple[Group, Window], ...]:
        """The counts of a row, left to right; column 0 of the cursor is the region itself, column n is cells[n - 1]."""
        return tuple((group, window) for group in Group for window in self.windows)


class RegionTable(LineList):
    HEAD = 2
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "column(1)", "Next count", show=False),
        Binding("left,h", "column(-1)", "Previous count", show=False),
        Binding("enter", "choose", "Its events", key_display="⏎"),
    ]

    def __init__(self, context: Context, looked: Looked, *, id: str) -> None:
        super().__init__(context, id=id, empty="")
        self._rows: dict[str, RegionRow] = {}
        self._looked = looked
        self._peak = 0
        self.column = 0

    def show_rows(self, rows: Sequence[RegionRow]) -> None:
        self._rows = {row.region.id: row for row in rows}
        self._peak = max((n for row in rows for n in row.trend), default=0)
        self.show([row.region.id for row in rows])

    @property
    def row(self) -> RegionRow | None:
        """The row under the cursor."""
        return self._rows.get(self.current) if self.current is not None else None

    @property
    def cell(self) -> tuple[Group, Window] | None:
        """The count under the cursor; None on the region itself."""
        cells = self._layout_now.cells
        return cells[min(self.column, len(cells)) - 1] if self.column else None

    @property
    def _layout_now(self) -> Layout:
        return Layout.of(self.scrollable_content_region.width)

    def row_of(self, region_id: str) -> RegionRow | None:
        return self._rows.get(region_id)

    # ---------------------------------------------------------------- drawing

    def heading(self, y: int, width: int) -> list[Run]:
        layout = Layout.of(width)
        wide = layout.group
        if y == 0:
            groups = [(fit(f"{SYMBOLS[g]} {GROUP_WORDS[g]}", wide - 1, right=True) + " ", g.value) for g in Group]
            return [(fit(" Events", layout.name), "heading"), *groups, ("  trend" if layout.trend else "", "heading")]
        sized = zip(layout.windows, layout.widths, strict=True)
        windows = "".join(fit(_window_words(w, size), size - 1, right=True) + " " for w, size in sized)
        groups = [(" " * GAP + windows, "muted")] * len(Group)
        scale = "  " + fit(f"7d, peak {number(self._peak)}", TREND) if layout.trend else ""
        last = fit("last report", layout.last, right=True)
        return [(fit(" that happened in", layout.name), "muted"), *groups, (scale + last, "muted")]

    def runs(self, row_id: str, width: int) -> list[Run]:
        row, layout = self._rows[row_id], Layout.of(width)
        quiet = not any(count.events for windows in row.counts.values() for count in windows.values())
        picked = self.cell if self.has_focus and row_id == self.current else None
        runs: list[Run] = [(fit(" " + line(row.region.name), layout.name), "muted" if quiet else "strong")]
        for group in Group:
            runs.append((" " * GAP, ""))
            for window, size in zip(layout.windows, layout.widths, strict=True):
                runs += self._count(row, group, window, size, picked=picked == (group, window))
        if layout.trend:
            runs.append(("  " + sparkline(row.trend, self._peak), "accent" if any(row.trend) else "muted"))
        when = relative(row.last, self.context.desk.now()) if row.last else "never"
        return [*runs, (fit(when, layout.last, right=True), "muted")]

    def _count(self, row: RegionRow, group: Group, window: Window, size: int, *, picked: bool) -> list[Run]:
        counts = row.counts[group][window]
        events = counts.events
        risen = self._looked.risen(row, group, window)
        style = "muted" if not events else "risen" if risen else group.value
        told = (events, counts.reports, counts.publishers) if size == THREE else (events,)
        text = ("·".join(map(number, told)) if events else ZERO).rjust(size - 1)
        return [(text, "pick" if picked else style), (RISEN if risen else " ", "risen" if risen else "")]

    # ---------------------------------------------------------------- moving

    def action_column(self, by: int) -> None:
        self.column = min(max(self.column + by, 0), len(self._layout_now.cells))
        self.repaint()
        if self.current is not None:
            self.post_message(self.Moved(self, self.current, self.current))

    def point(self, x: int) -> bool:
        before, self.column = self.column, self._layout_now.column_at(x)
        self.repaint()
        return self.column != before


def _window_words(window: Window, size: int) -> str:
    """`7d e·r·p` where its count is told in three numbers."""
    return f"{window.value} e·r·p" if size == THREE else window.value
