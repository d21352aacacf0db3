"""What stands above and below a chart: what it is of, and what a stretch of it holds. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from rich.cells import cell_len
from textual.content import Content

from tensionwatch.charting import Measure, stretch_words, whole_words
from tensionwatch.exchange import Group
from tensionwatch.series import Series, Span
from tensionwatch.tui.cells import cut, longest
from tensionwatch.tui.look import SYMBOLS

_SHORT = {Measure.EVENTS: "events", Measure.SIDES: "both sides", Measure.INTENSITY: "intensity"}
LEAST_NAME = 12
"""Cells that a name keeps, whatever stands beside it."""


def about_words(
    names: Sequence[str], series: Series, measure: Measure, span: Span, zone: tzinfo | None, width: int, *, grid: bool
) -> Content:
    """`Korean Peninsula · events per day · 30d · watched since 12 Nov 2026`; of two their names."""
    what, short = measure.value, _SHORT[measure]
    if grid:
        what = short = "events" if measure is Measure.EVENTS else "conflict"
    if measure is not Measure.INTENSITY:
        what, short = f"{what} per {span.step}", f"{short}/{span.step.removesuffix('ours')}"
    name = "All at once, each to its own scale" if grid else " and ".join(names)
    room = width - 2
    name = cut(name, max(LEAST_NAME, room - len(short) - 3))
    rest = room - cell_len(name)
    bases = [f" · {said} · {span.value}" for said in (what, short)]
    told = (f"{base} · {since}" for base in bases for since in since_words(series, zone))
    forms = (*told, *bases, f" · {short}")
    return Content.assemble((f" {name}", "bold $accent"), (longest(forms, rest), "$tw-muted"))


def since_words(series: Series, zone: tzinfo | None) -> tuple[str, ...]:
    """When watching began, in shorter and shorter words."""
    if series.since is None:
        return ("not watched yet",)
    since = series.since.astimezone(zone)
    return (f"watched since {since:%d %b %Y}", f"since {since:%d %b %Y}", f"since {since:%b’%y}")


def readout_words(series: Series, cursor: int | None, span: Span, zone: tzinfo | None, width: int) -> Content:
    """Two lines on the stretch under the cursor; without one, on the whole span."""
    first, end = (0, len(series.watched)) if cursor is None else (cursor, cursor + 1)
    words = whole_words(series, zone) if cursor is None else stretch_words(series, cursor, span, zone)
    groups = " ".join(f"{SYMBOLS[group]} {sum(series.events[group.value][first:end])}" for group in Group)
    unknown = "" if any(series.watched[first:end]) else " · not watched"
    conflict, cooperation = sum(series.conflict[first:end]), sum(series.cooperation[first:end])
    level = (f"{series.conflict_intensity[end - 1]:.1f}", f"{series.cooperation_intensity[end - 1]:.1f}")
    counts = f"conflict {conflict} · cooperation {cooperation}"
    forms = (
        f"{counts} · intensity of conflict {level[0]}, of cooperation {level[1]}",
        f"{counts} · intensity {level[0]} and {level[1]}",
        counts,
    )
    sides = longest(forms, width - 2)
    return Content.assemble(
        (f" {words}", "bold"), f" · {groups}", (unknown, "$tw-muted"), "\n", (f" {sides}", "$tw-muted")
    )
