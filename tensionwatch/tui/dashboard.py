"""What the first screen has room for: where the panels stand, and how high the table of regions may be. Pure.

narrow or low        100 cells and high enough      170 cells
table                table                          table
coupling (a line)    timeline                       timeline │ card
timeline             couplings │ alerts │ pulse              │ couplings, alerts, pulse
"""

from __future__ import annotations

from typing import Literal, NamedTuple

STRIP_FROM, COLUMN_FROM = 100, 170
"""Cells from which panels have room in a strip below the timeline, and in a column beside it."""
STRIP = 7
"""Lines of the strip."""
COLUMN_LEAST = 24
"""Lines that a card and three panels take at least."""
TIMELINE = 8
"""Lines of the timeline that everything else gives way to, where the terminal has three times as many."""
TIMELINE_BESIDE_STRIP = 10
"""With fewer there is no strip."""
AROUND = 4
"""Lines of the tabs, above the timeline, of the status and the keys."""
LOW = 18
"""Lines of a terminal below which the region under the cursor is told in one line, and no coupling."""


class Arrangement(NamedTuple):
    panels: Literal["none", "strip", "column"]
    table: int
    """Lines of the table of regions, its heading included, at most."""
    detail: int
    """Lines on the region under the cursor."""
    coupling: bool
    """Does the foremost coupling have a line of its own?"""

    @classmethod
    def of(cls, width: int, height: int, rows: int) -> Arrangement:
        """`rows` are the lines that the table would take."""
        detail = 2 if height >= LOW else 1
        table = min(rows, height // 2)
        rest = height - AROUND - detail - table
        if width >= COLUMN_FROM and rest >= COLUMN_LEAST:
            return cls("column", table, detail, coupling=False)
        if width >= STRIP_FROM and rest - STRIP >= TIMELINE_BESIDE_STRIP:
            return cls("strip", table, detail, coupling=False)
        coupling = height >= LOW
        most = height - AROUND - 1 - detail - coupling - min(TIMELINE, height // 3)  # one for the banner
        return cls("none", max(3, min(table, most)), detail, coupling)
