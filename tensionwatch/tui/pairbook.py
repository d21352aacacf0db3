"""The book of a pair in lines: counts over four windows, what the last 30 days weigh, how incidents recur, the months
of a year. Conflict and cooperation stand one above the other and are never netted. Pure but for names and times."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from tensionwatch.events.pairs import Book, Column
from tensionwatch.series import Pair, PairRecord, Series, Windows
from tensionwatch.tui.cells import ZERO, cut, fit, line, longest, number
from tensionwatch.tui.context import Context
from tensionwatch.tui.subjects import subject_name
from tensionwatch.tui.times import relative, span
from tensionwatch.tui.widgets.pairs import WINDOWS, change_words
from tensionwatch.words import counted

LABEL = 13
CELL = 5
MONTHS_FROM = 7
"""Months of which there is room at least, where any are told."""


def book_lines(
    pair: Pair, record: PairRecord | None, book: Book | None, months: Series, context: Context, width: int
) -> Iterator[Content]:
    yield Content.assemble(
        (f" {cut(subject_name(pair, context), width - 14)}", "bold $accent"), (f" ({', '.join(pair)})", "$tw-muted")
    )
    if record is None:
        yield Content(" Nothing in the last 365 days.")
        return
    yield _row("", [*WINDOWS, "  last 30 days"], "$tw-muted")
    sides = (("− conflict", record.conflict, "$tw-incident"), ("+ cooperation", record.cooperation, "$tw-visit"))
    columns = (book.conflict, book.cooperation) if book is not None else (None, None)
    for (label, counts, style), column in zip(sides, columns, strict=True):
        room = width - LABEL - 2 - CELL * len(counts) - 3
        said = f"  {longest(_column_forms(column), room)}" if column is not None else ""
        yield _row(label, [*_numbers(counts), said], style)
    yield Content(f" {cut(_again(record, context), width - 2)}")
    yield from _months(months, context, width)


def _row(label: str, cells: list[str], style: str) -> Content:
    numbers, rest = cells[: len(WINDOWS)], cells[len(WINDOWS) :]
    told = "".join(fit(cell, CELL, right=True) for cell in numbers)
    return Content.assemble((f" {fit(label, LABEL)}{told}", style), ("".join(rest), "$tw-muted"))


def _numbers(counts: Windows) -> list[str]:
    return [number(count) if count else ZERO for count in counts]


def _column_forms(column: Column) -> tuple[str, ...]:
    """`9 events · 34 reports · 12 publishers · weight −74.0` in shorter and shorter words."""
    weight = f"weight {column.weight:+.1f}".replace("-", "−") if column.events else "weight 0"
    told = (
        counted(column.events, "event"), counted(column.reports, "report"), counted(column.publishers, "publisher")
    )  # fmt: skip
    short = f"{column.events} ev · {column.reports} rep · {column.publishers} pub"
    return (" · ".join((*told, weight)), f"{short} · {weight}", short, f"{column.events} ev")


def _again(record: PairRecord, context: Context) -> str:
    """`Border incidents: last 12 d ago, usually every 9 d · conflict of 30 days +5.2 against usual 3.1`"""
    now = context.desk.now()
    if record.last_incident is None:
        said = "Border incidents: none in 365 days"
    else:
        said = f"Border incidents: last {relative(record.last_incident, now)}"
        if record.usual_interval is not None:
            said += f", usually every {span(record.usual_interval)}"
    if record.usual is None:
        return f"{said} · what is usual is not known yet"
    return f"{said} · conflict in 30 days {change_words(record)} against usual {record.usual:.1f}"


def _months(months: Series, context: Context, width: int) -> Iterator[Content]:
    """A column a month, as many as there is room for; of one that was not watched there is no number."""
    fitting = min(len(months.watched), (width - LABEL - 2) // CELL)
    if fitting < MONTHS_FROM:
        return
    seen = range(len(months.watched) - fitting, len(months.watched))
    yield _month_row("", [f"{context.times.here(months.edges[n]):%b}" for n in seen], "$tw-muted")
    sides = (("− by month", months.conflict, "$tw-incident"), ("+ by month", months.cooperation, "$tw-visit"))
    for label, counts, style in sides:
        none = [ZERO if watched else "" for watched in months.watched]
        yield _month_row(label, [number(counts[n]) if counts[n] else none[n] for n in seen], style)


def _month_row(label: str, cells: list[str], style: str) -> Content:
    return Content.assemble((f" {fit(label, LABEL)}{''.join(fit(cell, CELL, right=True) for cell in cells)}", style))


def record_words(record: PairRecord, context: Context) -> Iterator[str]:
    """A pair's record to be pasted elsewhere."""
    one, other = (f"{line(context.desk.country_name(country))} ({country})" for country in record.pair)
    yield f"{one} and {other}"
    for label, counts in (("conflict", record.conflict), ("cooperation", record.cooperation)):
        told = ", ".join(f"{count} in {window}" for count, window in zip(counts, WINDOWS, strict=True))
        yield f"{label}: {told}"
    yield _again(record, context)
