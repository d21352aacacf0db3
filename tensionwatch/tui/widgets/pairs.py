"""The ledger of pairs, a line each: conflict and cooperation over four windows, side by side and never netted; which of
them prevails, what was last, how border incidents recur, how the year went."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from tensionwatch.series import Pair, PairRecord, Windows
from tensionwatch.tui.cells import ZERO, Run, cut_words, fit, line, longest, number, sparkline
from tensionwatch.tui.context import Context
from tensionwatch.tui.times import span
from tensionwatch.tui.widgets.lines import LineList

WINDOWS = ("24h", "7d", "30d", "365d")
CELLS = (5, 4, 4, 5)
"""Of the count of each window: three digits and a gap."""
CODES = 9
NAMES = 40
"""Cells of a pair's name: in codes, in whole words at most."""
WHOLE_FROM = 22
"""Cells of a name from which it is told in whole words."""
BALANCE = 6
LAST = 8
AGAIN, TREND, CHANGE = 18, 14, 10
CONFLICT_BAR, COOPERATION_BAR = "━", "─"


class Order(StrEnum):
    NEWEST = "newest first"
    CONFLICT = "most conflict first"
    CHANGE = "most change first"
    NAME = "by name"

    @property
    def short(self) -> str:
        """At most eight cells."""
        return self.value.removeprefix("most ").removeprefix("by ").removesuffix(" first")

    @property
    def next(self) -> Order:
        orders = list(Order)
        return orders[(orders.index(self) + 1) % len(orders)]


class Layout(NamedTuple):
    """What a width has room for."""

    name: int
    windows: tuple[int, ...]
    """Which of the four."""
    balance: int
    last: int
    again: int
    trend: int
    change: int

    @classmethod
    def of(cls, width: int) -> Layout:
        """The counts come first; what there is no room for comes with more, in this order."""
        windows = (0, 1, 2, 3) if width >= CODES + 2 * sum(CELLS) else (1, 3)
        rest = width - CODES - 2 * sum(CELLS[n] for n in windows)
        told = set()
        for extra, cells in (("last", LAST), ("balance", BALANCE + 2), ("again", AGAIN), ("trend", TREND),
                             ("change", CHANGE)):  # fmt: skip
            if cells > rest:
                break
            told.add(extra)
            rest -= cells
        return cls(
            min(NAMES, CODES + max(0, rest)),
            windows,
            BALANCE + 2 if "balance" in told else 0,
            LAST if "last" in told else 0,
            AGAIN if "again" in told else 0,
            TREND if "trend" in told else 0,
            CHANGE if "change" in told else 0,
        )


class PairList(LineList):
    HEAD = 2

    def __init__(self, context: Context, *, id: str) -> None:
        super().__init__(context, id=id)
        self._records: Mapping[str, PairRecord] = {}
        self.order = Order.NEWEST

    def show_records(self, records: Sequence[PairRecord], *, from_top: bool = False) -> None:
        self._records = {"-".join(each.pair): each for each in sorted(records, key=_keys(self._name_of)[self.order])}
        self.show(list(self._records), from_top=from_top)

    @property
    def record(self) -> PairRecord | None:
        """Under the cursor."""
        return self._records.get(self.current) if self.current is not None else None

    @property
    def pairs(self) -> list[Pair]:
        """As they stand."""
        return [record.pair for record in self._records.values()]

    def _name_of(self, pair: Pair) -> str:
        return " – ".join(line(self.context.desk.country_name(country)) for country in pair)

    # ---------------------------------------------------------------- drawing

    def heading(self, y: int, width: int) -> list[Run]:
        layout = Layout.of(width)
        sides = sum(CELLS[n] for n in layout.windows)
        if y == 0:
            return [
                (fit(" Pair", layout.name), "heading"),
                (fit(longest(("− conflict", "− confl."), sides), sides, right=True), "incident"),
                (fit(longest(("+ cooperation", "+ coop."), sides), sides, right=True), "visit"),
                *_right(("balance", layout.balance), ("last", layout.last), ("incidents", layout.again),
                        ("months", layout.trend), ("30 d", layout.change), style="heading"),
            ]  # fmt: skip
        windows = "".join(fit(WINDOWS[n], CELLS[n], right=True) for n in layout.windows)
        return [
            (fit(longest((f" {self.order.value}", f" {self.order.short}"), layout.name), layout.name), "muted"),
            (windows, "muted"),
            (windows, "muted"),
            *_right((f"{CONFLICT_BAR}− {COOPERATION_BAR}+", layout.balance), ("ago", layout.last),
                    ("last, usual", layout.again), ("all, to peak", layout.trend), ("v. usual", layout.change),
                    style="muted"),
        ]  # fmt: skip

    def runs(self, row_id: str, width: int) -> list[Run]:
        record, layout, now = self._records[row_id], Layout.of(width), self.context.desk.now()
        name = self._name_of(record.pair) if layout.name > WHOLE_FROM else "–".join(record.pair)
        last = span((now - record.last).total_seconds()) if record.last is not None else ""
        peak = max(record.trend)
        return [
            (" " + fit(cut_words(name, layout.name - 1), layout.name - 1), "strong"),
            *_counts(record.conflict, layout, "incident"),
            *_counts(record.cooperation, layout, "visit"),
            *_balance(record, layout.balance),
            (fit(last, layout.last, right=True), "muted"),
            (fit(again_words(record, now.timestamp(), layout.again - 1), layout.again, right=True), ""),
            (fit(sparkline(record.trend, peak), layout.trend, right=True), "accent"),
            (fit(change_words(record), layout.change, right=True), "warn" if (record.change or 0) >= 1 else "muted"),
        ]


def _right(*columns: tuple[str, int], style: str) -> list[Run]:
    return [(fit(text, size, right=True), style) for text, size in columns]


def _counts(counts: Windows, layout: Layout, style: str) -> list[Run]:
    return [
        (fit(number(counts[n]) if counts[n] else ZERO, CELLS[n], right=True), style if counts[n] else "muted")
        for n in layout.windows
    ]


def balance(record: PairRecord) -> tuple[str, str]:
    """`━━━━`, `──`: which part of the year's events is conflict, and which cooperation; never nothing of one where
    there is any of it."""
    conflict, cooperation = record.conflict.year, record.cooperation.year
    if not conflict + cooperation:
        return "", ""
    part = round(BALANCE * conflict / (conflict + cooperation))
    part = min(max(part, int(conflict > 0)), BALANCE - int(cooperation > 0))
    return CONFLICT_BAR * part, COOPERATION_BAR * (BALANCE - part)


def _balance(record: PairRecord, width: int) -> list[Run]:
    if not width:
        return []
    conflict, cooperation = balance(record)
    pad = " " * (width - len(conflict) - len(cooperation))
    return [(pad, ""), (conflict, "incident"), (cooperation, "visit")]


def again_words(record: PairRecord, now: float, width: int) -> str:
    """`12 d, every 9 d`: how long ago the last border incident was, and the usual time between two."""
    if record.last_incident is None:
        return ZERO
    ago = span(now - record.last_incident.timestamp())
    if record.usual_interval is None:
        return ago
    usual = span(record.usual_interval)
    return longest((f"{ago}, every {usual}", f"{ago}, ~{usual}", ago), width)


def change_words(record: PairRecord) -> str:
    """`+5.2`: conflict of the last 30 days against what is usual; `?` while that is not known."""
    if record.change is None:
        return "?"
    return ZERO if abs(record.change) < 0.05 else f"{record.change:+.1f}".replace("-", "−")


def _keys(name: Callable[[Pair], str]) -> Mapping[Order, Callable[[PairRecord], Any]]:
    def newest(record: PairRecord) -> tuple[float, Pair]:
        return (-record.last.timestamp() if record.last is not None else 0.0, record.pair)

    return {
        Order.NEWEST: newest,
        Order.CONFLICT: lambda record: (tuple(-n for n in reversed(record.conflict)), newest(record)),
        Order.CHANGE: lambda record: (-abs(record.change or 0.0), newest(record)),
        Order.NAME: lambda record: name(record.pair).casefold(),
    }
