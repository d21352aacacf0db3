"""The page of a pair: its book, conflict and cooperation side by side by window and by month, and its events, newest
first; what has not happened stands there too, with its word, and enters no sum."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import Static

from tensionwatch.charting import Measure, panels
from tensionwatch.events.pairs import Book
from tensionwatch.model import Event
from tensionwatch.series import MONTH, YEAR, Pair, PairRecord, Span, edges, months
from tensionwatch.tui.context import Context
from tensionwatch.tui.messages import EventChosen, TrendWanted
from tensionwatch.tui.pairbook import book_lines, record_words
from tensionwatch.tui.screens.past import PastScreen, counts_words
from tensionwatch.tui.subjects import short_name
from tensionwatch.tui.widgets.chart import Chart, Shown
from tensionwatch.tui.widgets.events import EventList

TALL = 36
"""Lines of a terminal from which the weeks of a year are drawn too."""


class PairScreen(PastScreen):
    NAME = "Pair"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.back", "Back", id="pair.back"),
        Binding("n", "step(1)", "Next pair", id="pair.next"),
        Binding("p", "step(-1)", "Previous", id="pair.previous"),
        Binding("c", "trend", "Chart", id="pair.trend"),
        Binding("y", "copy", "Copy", show=False, id="pair.copy"),
    ]

    def __init__(self, context: Context, pair: Pair, listed: Sequence[Pair] = ()) -> None:
        super().__init__(context)
        self.pair = pair
        self._listed = listed or (pair,)
        self._revision: tuple[Pair, int] | None = None
        """Of the list and the book, as they stand."""
        self._events: list[Event] | None = None
        """As listed: to count their voices anew takes a while."""
        self._book: Book | None = None

    def body(self) -> list[Widget]:
        return [
            Static(id="book"),
            Chart(self.context, id="weeks"),
            Static(id="about"),
            EventList(self.context, id="events"),
        ]

    def on_mount(self) -> None:
        self.query_one("#weeks").display = False
        self.lines.focus()

    @property
    def lines(self) -> EventList:
        return self.query_one("#events", EventList)

    # ---------------------------------------------------------------- showing

    def pull(self) -> None:
        if self.series_are_ready():
            self._show()

    def show_progress(self, words: str) -> None:
        self.query_one("#book", Static).update(Content(f" {words}"))

    def _show(self, *, from_top: bool = False) -> None:
        self._list_events(from_top=from_top)
        self._show_book()
        self._make_room(self.size.height)
        self._show_weeks()
        self.show_counts()
        self.refresh_bindings()

    def _show_book(self) -> None:
        by_month = self.context.desk.series(self.pair, months(self.context.desk.now(), self.context.times.zone))
        said = book_lines(self.pair, self._record(), self._book, by_month, self.context, self.size.width)
        self.query_one("#book", Static).update(Content("\n").join(said))

    def _record(self) -> PairRecord | None:
        """None once nothing of it lies within a year."""
        return next((each for each in self.context.desk.pair_records() if each.pair == self.pair), None)

    def _list_events(self, *, from_top: bool) -> None:
        """A year of them, and of the last 30 days what has not happened."""
        desk, now = self.context.desk, self.context.desk.now()
        if self._revision == (self.pair, desk.revision):
            return
        self._revision = (self.pair, desk.revision)
        happened = desk.happened(self.pair, now - YEAR, now + timedelta(microseconds=1))
        self._book = desk.book(*self.pair, now - MONTH)
        pending = [event for event in map(desk.event, self._book.pending) if event is not None]
        events = sorted([*happened, *pending], key=_newest, reverse=True)
        if events != self._events:
            self._events = events
            self.list_slowly(self.lines, events, from_top=from_top)
        self.lines.empty = "" if events else "Nothing is known to have happened between these two in the last 365 days."

    def _show_weeks(self) -> None:
        weeks, zone = self.query_one("#weeks", Chart), self.context.times.zone
        if weeks.display:
            series = self.context.desk.series(self.pair, edges(Span.YEAR, self.context.desk.now(), zone))
            weeks.show(Shown(tuple(panels(series, Measure.SIDES)), series, Span.YEAR, zone), None)

    def show_counts(self) -> None:
        said = f" · {counts_words(self.lines.counts)}"
        about = self.query_one("#about", Static)
        about.update(Content.assemble((" Events of a year", "bold $accent"), (said, "$tw-muted")), layout=False)

    def _make_room(self, height: int) -> None:
        """In a terminal of so many lines."""
        weeks = self.query_one("#weeks")
        if weeks.display != (height >= TALL):
            weeks.display = height >= TALL

    def on_resize(self, event: Resize) -> None:
        """The chart comes or goes before all is laid out, so that the list below gets its size at once."""
        if self.is_whole and self.context.desk.series_are_ready:
            self._make_room(event.size.height)
            self.call_after_refresh(self._show_book)

    @on(Chart.Resized)
    def _resized(self) -> None:
        self._show_weeks()

    # ---------------------------------------------------------------- what the user does

    @on(EventList.Chosen, "#events")
    def _chosen(self, message: EventList.Chosen) -> None:
        self.post_message(EventChosen(message.row_id, tuple(self.lines.ids)))

    def action_step(self, by: int) -> None:
        at = self._listed.index(self.pair) + by
        if not 0 <= at < len(self._listed):
            self.notify("This is the last pair." if by > 0 else "This is the first pair.", markup=False)
            return
        self.pair = self._listed[at]
        self._show(from_top=True)

    def action_trend(self) -> None:
        self.post_message(TrendWanted(self.pair))

    def action_copy(self) -> None:
        if (record := self._record()) is not None:
            self.app.copy_to_clipboard("\n".join(record_words(record, self.context)))
            self.notify(f"Copied: {short_name(self.pair, self.context)}.", markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  # Textual's signature
        return action != "step" or len(self._listed) > 1


def _newest(event: Event) -> tuple[bool, object, str]:
    return (event.last_reported is not None, event.last_reported or 0, event.id)
