"""The events behind a number: those of a region or pair in one stretch of time. n and p lead along the stretches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, NamedTuple

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tensionwatch.series import Subject
from tensionwatch.tui.context import Context
from tensionwatch.tui.messages import EventChosen
from tensionwatch.tui.screens.past import PastScreen, counts_words
from tensionwatch.tui.subjects import subject_name
from tensionwatch.tui.widgets.events import EventList


class Stretch(NamedTuple):
    words: str
    """Of it: `Mon 23 Nov 2026`."""
    since: datetime
    until: datetime
    """It goes up to, and without, this."""


class HappenedScreen(PastScreen):
    NAME = "Events"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.back", "Back", id="happened.back"),
        Binding("n", "step(1)", "Later", id="happened.next"),
        Binding("p", "step(-1)", "Earlier", id="happened.previous"),
    ]

    def __init__(self, context: Context, subject: Subject, stretches: Sequence[Stretch], at: int) -> None:
        super().__init__(context)
        self._subject = subject
        self._stretches = stretches
        self._at = at
        self._shown: tuple[int, int] | None = None
        """Revision and stretch of the list as it stands: to count its voices anew takes a while."""

    def body(self) -> list[Widget]:
        return [Static(id="about"), EventList(self.context, id="events")]

    def on_mount(self) -> None:
        self.lines.focus()

    @property
    def lines(self) -> EventList:
        return self.query_one("#events", EventList)

    def pull(self) -> None:
        self._show()

    def show_progress(self, words: str) -> None:
        self.query_one("#about", Static).update(Content(f" {words}"), layout=False)

    def _show(self, *, from_top: bool = False) -> None:
        if not self.series_are_ready():
            return
        desk, stretch = self.context.desk, self._stretches[self._at]
        if self._shown != (desk.revision, self._at):
            self._shown = (desk.revision, self._at)
            events = desk.happened(self._subject, stretch.since, stretch.until)
            self.lines.empty = "" if events else "Nothing happened here in this stretch of time, as far as is known."
            self.list_slowly(self.lines, events, from_top=from_top)
        self.show_counts()

    def show_counts(self) -> None:
        stretch = self._stretches[self._at]
        self.query_one("#about", Static).update(
            Content.assemble(
                (f" {subject_name(self._subject, self.context)}", "bold $accent"),
                (f" · {stretch.words} · {counts_words(self.lines.counts)}", "$tw-muted"),
            ),
            layout=False,
        )

    @on(EventList.Chosen, "#events")
    def _chosen(self, message: EventList.Chosen) -> None:
        self.post_message(EventChosen(message.row_id, tuple(self.lines.ids)))

    def action_step(self, by: int) -> None:
        if not 0 <= self._at + by < len(self._stretches):
            self.notify("Nothing is later than this." if by > 0 else "The span begins here.", markup=False)
            return
        self._at += by
        self._show(from_top=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  # Textual's signature
        return action != "step" or len(self._stretches) > 1
