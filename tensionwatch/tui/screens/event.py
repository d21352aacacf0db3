"""One event opened: what is known of it, and every article that tells it."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from tensionwatch.tui.context import Context
from tensionwatch.tui.marks import Field
from tensionwatch.tui.messages import ArticleChosen, FlagDoubted
from tensionwatch.tui.screens.base import DeskScreen
from tensionwatch.tui.screens.reading import event_card
from tensionwatch.tui.widgets.articles import ArticleList


class EventScreen(DeskScreen):
    NAME = "Event"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.back", "Back"),
        Binding("m,space", "mark('read')", "Read/unread"),
        Binding("s", "mark('starred')", "Star"),
        Binding("w", "doubt", "Wrong flag"),
        Binding("o", "open", "Open in browser"),
        Binding("y", "copy", "Copy link"),
        Binding("A", "all_read", "All read"),
    ]

    def __init__(self, context: Context, event: str) -> None:
        super().__init__(context)
        self.event_id = event

    def body(self) -> list[Widget]:
        return [Static(id="card"), ArticleList(self.context, id="reports")]

    def on_mount(self) -> None:
        self.lines.focus()
        self.pull()

    @property
    def lines(self) -> ArticleList:
        return self.query_one("#reports", ArticleList)

    def pull(self) -> None:
        """An event that was merged into another, or taken apart, is followed by an article that it had."""
        event = self.context.desk.event(self.event_id)
        if event is None and self.lines.ids:
            event = next(iter(self.context.desk.events_of(self.lines.ids[0])), None)
        if event is not None:
            self.event_id = event.id
            whole = self.context.desk.card(event.id) or event
            self.query_one("#card", Static).update(event_card(whole, self.context))
            self.lines.show(tuple(reversed(event.articles)))
        else:
            self.query_one("#card", Static).update("No article tells this event any more: its flags have changed.")

    @on(ArticleList.Chosen, "#reports")
    def _chosen(self, message: ArticleList.Chosen) -> None:
        self.post_message(ArticleChosen(message.row_id, self.lines.ids))

    def action_mark(self, field: Field) -> None:
        if self.lines.current is not None:
            self.desk_app.toggle_mark(self.lines.current, field)

    def action_doubt(self) -> None:
        if self.lines.current is not None:
            self.post_message(FlagDoubted(self.lines.current))

    def action_open(self) -> None:
        self.desk_app.open_article(self.lines.current)

    def action_copy(self) -> None:
        self.desk_app.copy_article(self.lines.current)

    def action_all_read(self) -> None:
        self.desk_app.mark_all_read(self.lines.ids)
