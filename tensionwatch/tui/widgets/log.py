"""The log: a line a record, the newest below; and the whole of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tensionwatch.logread import LEVELS, LogRecord
from tensionwatch.tui.cells import Run, fit, line, many, prose, spread
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import FAILED, UNREAD
from tensionwatch.tui.times import Times
from tensionwatch.tui.widgets.lines import LineList

SYMBOLS: Final = {"debug": " ", "info": "·", "warning": "!", "error": FAILED}
STYLES: Final = {"debug": "muted", "info": "", "warning": "warn", "error": "bad"}
LIFE: Final = ("begun:", "ended")
"""How the first and the last record of a run begin."""


class LogList(LineList):
    """Follows the end for as long as the cursor is there and in view; else nothing in view moves."""

    HEAD = 1

    def __init__(self, context: Context, *, id: str) -> None:
        super().__init__(context, id=id)
        self._records: dict[str, LogRecord] = {}
        self._all: Sequence[LogRecord] = ()
        self.level = 0
        """Index in LEVELS of the lowest that is shown."""
        self.words = ""
        """Only records that have each of these."""
        self.fresh_after = 0
        """Warnings and errors of a higher number are marked."""

    @property
    def record(self) -> LogRecord | None:
        """The one under the cursor."""
        return self._records.get(self.current) if self.current is not None else None

    @property
    def is_narrowed(self) -> bool:
        return bool(self.words) or self.level > 0

    @property
    def follows(self) -> bool:
        """Is the cursor at the end, and that in view?"""
        last = len(self.ids) - 1
        return self.cursor >= last and self.above + self._rows_in_view > last

    def show_records(self, records: Sequence[LogRecord]) -> None:
        self._all = records
        self._show(to_end=self.follows)

    def narrow(self, words: str, level: int) -> None:
        """Show those alone that have these words, and are of this level or a graver one."""
        self.words, self.level = words, level
        self._show(to_end=self.follows)

    def _show(self, *, to_end: bool) -> None:
        wanted, levels = self.words.casefold().split(), LEVELS[self.level :]
        self._records = {
            str(record.number): record for record in self._all if record.level in levels and _has(record, wanted)
        }
        self.show(list(self._records))
        if to_end:
            self.to_end()

    def to_end(self) -> None:
        """Put the cursor on the newest, and follow."""
        self.cursor = max(0, len(self.ids) - 1)
        self._scroll_top_to(len(self.ids) - self._rows_in_view)
        self.refresh()

    def on_resize(self) -> None:
        # Before it is laid out it has a line: what is at the end then stands at the top.
        if self.cursor == len(self.ids) - 1:
            self.to_end()
        elif self.ids:
            self._bring_into_view()

    def to_grave(self, by: int) -> None:
        """To the next warning or error, or the one before."""
        ids, index = self.ids, self.cursor + by
        while 0 <= index < len(ids):
            if self._records[ids[index]].is_grave:
                self.move_to(index)
                return
            index += by

    # ---------------------------------------------------------------- drawing

    def heading(self, y: int, width: int) -> list[Run]:  # noqa: ARG002  # it has one line
        told = many(len(self._all), "record")
        if self.is_narrowed:
            told = f"{len(self.ids)} of {told}"
        below, says = len(self.ids) - self.above - self._rows_in_view, self.context.says
        where = "follows the end" if self.follows else ""
        if below > 0:
            where = many(below, "line") + " below" + says(" ({})", "list.last")
        level = "all levels" if self.level == 0 else f"{LEVELS[self.level]} and graver" if self.level < 3 else "errors"
        words = f" · “{line(self.words)}”" if self.words else ""
        told = f" {told}{words} · {where}".rstrip(" ·")
        left, right = spread(told, level + says(" · {}", "log.level") + " ", width)
        return [(left, "accent" if self.is_narrowed else "muted"), (right, "accent")]

    def runs(self, row_id: str, width: int) -> list[Run]:
        record = self._records[row_id]
        times, now = self.context.times, self.context.desk.now()
        fresh = record.is_grave and record.number > self.fresh_after
        when = _when(record.at, times, now)
        style = STYLES[record.level]
        begins = record.text.startswith(LIFE)
        room = width - 26
        told = line(record.text) + (f" · {many(len(record.trace), 'more line')}" if record.trace else "")
        return [
            (UNREAD if fresh else " ", "unread"),
            (f" {fit(when, 12, right=True)}  ", "muted"),
            (f"{SYMBOLS[record.level]} {fit(record.level, 7)} ", style or "muted"),
            (fit(told, room), "heading" if begins else style),
        ]


def _has(record: LogRecord, wanted: Sequence[str]) -> bool:
    if not wanted:
        return True
    said = "\n".join((record.text, record.level, *record.trace)).casefold()
    return all(word in said for word in wanted)


def _when(at: datetime, times: Times, now: datetime) -> str:
    """At most 12 cells: to the second today, to the minute before."""
    here = times.here(at)
    return f"{here:%H:%M:%S}" if here.date() == times.here(now).date() else times.medium(at, now)


class RecordPane(VerticalScroll, can_focus=True, inherit_bindings=False):
    """All of one record, the lines of its traceback as they are."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_down", "Down", show=False, id="record.down"),
        Binding("up,k", "scroll_up", "Up", show=False, id="record.up"),
        Binding("space,pagedown", "page_down", "Page down", show=False, id="record.page_down"),
        Binding("pageup", "page_up", "Page up", show=False, id="record.page_up"),
        Binding("g,home", "scroll_home", "First", show=False, id="record.first"),
        Binding("G,end", "scroll_end", "Last", show=False, id="record.last"),
    ]

    def show_record(self, record: LogRecord, times: Times) -> None:
        self.query_one(Static).update(Content.assemble(*whole_record(record, times)))


def whole_record(record: LogRecord, times: Times) -> Iterator[tuple[str, str]]:
    """As it is opened: pieces and the style of each."""
    tone = {"warning": "bold $warning", "error": "bold $error"}.get(record.level, "bold")
    yield f"{SYMBOLS[record.level]} {record.level}", tone
    at = times.here(record.at)
    yield f"   {at:%a %d %b %Y %H:%M:%S}.{at.microsecond // 1000:03} {times.label(record.at)}", "$tw-muted"
    yield f"   process {record.pid}\n", "$tw-muted"
    yield prose(record.text), ""
    for said in record.trace:
        yield f"\n{prose(said)}", "$tw-muted"


def record_text(record: LogRecord) -> str:
    """As it is copied."""
    head = f"{record.at.isoformat(timespec='milliseconds')} {record.pid} {record.level} {record.text}"
    return "\n".join(map(prose, (head, *record.trace)))
