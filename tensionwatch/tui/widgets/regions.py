"""The table of regions: events per group and window, and a trend. The cursor is a row and, within it, a count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from tensionwatch.ports import Group, RegionRow, Window
from tensionwatch.tui.cells import ZERO, Run, fit, line, number, sparkline
from tensionwatch.tui.changes import Looked
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import GROUP_WORDS, RISEN, SYMBOLS
from tensionwatch.tui.times import relative
from tensionwatch.tui.widgets.lines import LineList

CELLS = tuple((group, window) for group in Group for window in Window)
"""The counts of a row, left to right; column 0 of the cursor is the region itself, column n is CELLS[n - 1]."""
CELL = 4  # three digits and the mark of a risen count
GAP = 2
TREND = 14
COUNTS = len(Group) * (GAP + len(Window) * CELL)
LAST = 13  # "59 min ago" and its gap; only where the name keeps 20 cells beside it


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
        return CELLS[self.column - 1] if self.column else None

    def row_of(self, region_id: str) -> RegionRow | None:
        return self._rows.get(region_id)

    # ---------------------------------------------------------------- drawing

    def heading(self, y: int, width: int) -> list[Run]:
        name, last = _widths(width)
        if y == 0:
            groups = [(f"{SYMBOLS[g]} {GROUP_WORDS[g]}".rjust(GAP + 3 * CELL - 1) + " ", g.value) for g in Group]
            return [(fit(" Events", name), "heading"), *groups, ("  " + fit("trend", TREND), "heading")]
        windows = [(" " * GAP * (w is Window.HOUR) + w.value.rjust(CELL - 1) + " ", "muted") for _, w in CELLS]
        scale = f"7 days, peak {self._peak}"
        tail = [(fit("last report", last, right=True), "muted")] if last else []
        return [(fit(" that happened in", name), "muted"), *windows, ("  " + fit(scale, TREND), "muted"), *tail]

    def runs(self, row_id: str, width: int) -> list[Run]:
        row = self._rows[row_id]
        name, last = _widths(width)
        quiet = all(row.counts[g][w].events == 0 for g, w in CELLS)
        pick = self.has_focus and row_id == self.current
        runs: list[Run] = [(fit(" " + line(row.region.name), name), "muted" if quiet else "strong")]
        for place, (group, window) in enumerate(CELLS, start=1):
            if window is Window.HOUR:
                runs.append((" " * GAP, ""))
            runs.extend(self._count(row, group, window, picked=pick and place == self.column))
        runs.append(("  " + sparkline(row.trend, self._peak), "muted" if not any(row.trend) else "accent"))
        if last:
            when = relative(row.last, self.context.desk.now()) if row.last else "never"
            runs.append((fit(when, last, right=True), "muted"))
        return runs

    def _count(self, row: RegionRow, group: Group, window: Window, *, picked: bool) -> list[Run]:
        events = row.counts[group][window].events
        risen = self._looked.risen(row, group, window)
        style = "muted" if not events else "risen" if risen else group.value
        text = (number(events) if events else ZERO).rjust(CELL - 1)
        return [(text, "pick" if picked else style), (RISEN if risen else " ", "risen" if risen else "")]

    # ---------------------------------------------------------------- moving

    def action_column(self, by: int) -> None:
        self.column = min(max(self.column + by, 0), len(CELLS))
        self.repaint()
        if self.current is not None:
            self.post_message(self.Moved(self, self.current, self.current))

    def point(self, x: int) -> None:
        name, _ = _widths(self.scrollable_content_region.width)
        group, within = divmod(x - name, GAP + len(Window) * CELL)
        inside = 0 <= group < len(Group) and within >= GAP
        self.column = 1 + group * len(Window) + (within - GAP) // CELL if inside else 0
        self.repaint()


def _widths(width: int) -> tuple[int, int]:
    """Cells of the region's name (at most 32) and of the last report (0 where there is no room)."""
    rest = width - COUNTS - GAP - TREND
    last = LAST if rest - LAST >= 20 else 0
    return max(8, min(32, rest - last)), last
