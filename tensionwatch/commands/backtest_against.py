"""`tensionwatch backtest … --against FILE.csv --column C`: our numbers beside a published series.

FILE.csv ─▶ dates and values ─steps─▶ ours as means of the same stretches ─▶ correlations
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from tensionwatch.commands.backtest_series import Found
from tensionwatch.commands.corpus import BadArchive
from tensionwatch.config_values import nearest
from tensionwatch.index.compare import Correlation, Step, mean_of, pearson, spearman, steps, within
from tensionwatch.model import to_json
from tensionwatch.words import counted

MISSING = frozenset({"", ".", "na", "n/a", "nan", "null", "none", "-"})
DATE_COLUMNS = ("date", "month", "day", "time", "period", "observation_date")
NUMBERS = {
    "conflict": "mean intensity of conflict",
    "level": "share of the news that tells of conflict, against its mean over all days",
    "surprise": "mean of −log10 of the most surprising family's larger tail",
}
"""What `--number` may name, and what it is."""


class Published(NamedTuple):
    """A column of a file."""

    name: str
    dates: list[date]
    values: dict[date, float]
    """Of those dates that have one."""


def read(path: Path, column: str) -> Published:
    """Raises BadArchive that says what is missing or wrong, and where."""
    try:
        with path.expanduser().open(encoding="utf-8-sig", newline="") as file:
            table = csv.reader(file)
            header = [name.strip() for name in next(table, [])]
            rows = [(table.line_num, [*row, *[""] * (len(header) - len(row))]) for row in table if any(row)]
    except OSError as error:
        raise BadArchive(f"{path}: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadArchive(f"{path}: not a CSV file in UTF-8: {error}") from error
    if column not in header:
        meant = nearest(column, header) or nearest(column.lower(), [name.lower() for name in header])
        meant = next((name for name in header if name.lower() == meant.lower()), "")
        hint = f"; did you mean '{meant}'?" if meant else f": it has {', '.join(header[:12])}" if header else ""
        raise BadArchive(f"{path}: no column '{column}'{hint}")
    at, where = _date_column(path, header, rows), header.index(column)
    dates = [_date(path, line, row[at]) for line, row in rows]
    if len(set(dates)) < len(dates):
        raise BadArchive(f"{path}: column '{header[at]}' has some dates twice: a series has one value a date")
    given = zip(dates, rows, strict=True)
    values = {day: _value(path, line, row[where]) for day, (line, row) in given if not _is_missing(row[where])}
    return Published(column, dates, values)


def _is_missing(text: str) -> bool:
    return text.strip().lower() in MISSING


def _date_column(path: Path, header: Sequence[str], rows: Sequence[tuple[int, list[str]]]) -> int:
    """The one of a known name, else the first that holds nothing but dates."""
    names = [name.lower() for name in header]
    for name in DATE_COLUMNS:
        if name in names:
            return names.index(name)
    for number in range(len(header)):
        if rows and all(_parsed(row[number]) for _, row in rows):
            return number
    raise BadArchive(f"{path}: no column of dates: none is called {', '.join(DATE_COLUMNS)}, or holds dates alone")


def _date(path: Path, line: int, text: str) -> date:
    if (found := _parsed(text)) is None:
        raise BadArchive(f"{path}:{line}: not a month such as 2022-09 or a day such as 2022-09-30: '{text}'")
    return found


def _parsed(text: str) -> date | None:
    """A month is its first day; a time of day is left out."""
    text = text.strip()
    try:
        return date.fromisoformat(f"{text}-01" if len(text) == len("2022-09") else text[: len("2022-09-30")])
    except ValueError:
        return None


def _value(path: Path, line: int, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadArchive(f"{path}:{line}: not a number: '{text}'")
    return value


# ------------------------------------------------------------------ comparing


class Compared(NamedTuple):
    region: str
    number: str
    column: str
    pairs: list[tuple[Step, float, float]]
    """Step, ours, theirs."""
    left_out: int
    """Steps that both cover and ours is not known of."""
    pearson: Correlation | None
    spearman: Correlation | None


def compare(found: Found, region: str, number: str, published: Published) -> Compared:
    days = [standing.day for standing in found.of(region)]
    ours = _DAILY[number](found, region)
    both = [
        (step, published.values[step.first])
        for step in steps(published.dates)
        if step.first in published.values and days and within(step, days[0], days[-1])
    ]
    pairs = [(step, mean, theirs) for step, theirs in both if (mean := mean_of(step, ours)) is not None]
    one, other = [pair[1] for pair in pairs], [pair[2] for pair in pairs]
    return Compared(
        region, number, published.name, pairs, len(both) - len(pairs), pearson(one, other), spearman(one, other)
    )


def _conflict(found: Found, region: str) -> dict[date, float]:
    return {standing.day: standing.conflict for standing in found.of(region)}


def _level(found: Found, region: str) -> dict[date, float]:
    return found.history.levels(region, found.history.days)


def _surprise(found: Found, region: str) -> dict[date, float]:
    return {s.day: unlikely for s in found.of(region) if (unlikely := s.unlikely) is not None}


_DAILY: Mapping[str, Callable[[Found, str], dict[date, float]]] = {
    "conflict": _conflict, "level": _level, "surprise": _surprise,
}  # fmt: skip


def lines(compared: Compared) -> Iterator[str]:
    unit = _unit(compared)
    count = counted(len(compared.pairs), unit)
    if not compared.pairs:
        unknown = (
            f", which ours is not known of ({counted(compared.left_out, 'such step')})" if compared.left_out else ""
        )
        yield f"{compared.region} and {compared.column}: no whole stretch in common{unknown}"
        return
    first, last = compared.pairs[0][0].first, compared.pairs[-1][0].first
    yield f"{compared.region} {compared.number} and {compared.column}: {count}, {first} to {last}"
    yield f"  ours is the {NUMBERS[compared.number]}"
    for name, found in (("Pearson", compared.pearson), ("Spearman", compared.spearman)):
        if found is not None:
            yield f"  {name:<9} {found.r:5.2f}   95 % interval {found.low:5.2f} to {found.high:.2f}"
    if compared.pearson is None:
        yield "  too few, or one side never changes: no correlation"
    if compared.left_out:
        yield f"  {counted(compared.left_out, unit)} left out: ours is not known of them"
    if unit == "month" and compared.pearson is not None:
        yield f"  {count} are few, and each is much like the last: the true intervals are wider than these"


def _unit(compared: Compared) -> str:
    lengths = {(step.end - step.first).days for step, *_ in compared.pairs}
    return "month" if lengths and lengths <= {28, 29, 30, 31} else "day" if lengths == {1} else "step"


def as_json(compared: Compared) -> dict[str, Any]:
    return {
        "region": compared.region,
        "number": compared.number,
        "column": compared.column,
        "n": len(compared.pairs),
        "left_out": compared.left_out,
        "from": compared.pairs[0][0].first.isoformat() if compared.pairs else None,
        "to": compared.pairs[-1][0].first.isoformat() if compared.pairs else None,
        "pearson": None if compared.pearson is None else to_json(compared.pearson),
        "spearman": None if compared.spearman is None else to_json(compared.spearman),
        "pairs": [[step.first.isoformat(), round(ours, 4), theirs] for step, ours, theirs in compared.pairs],
    }
