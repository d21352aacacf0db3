"""One article: why it is flagged, its text with the words that did it, its link, its event.

The text that was opened stays, and its flags: when the feed changes its wording meanwhile, or other rules see something
else in it, a line says so and a key shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from tensionwatch.model import Article
from tensionwatch.reread import same_flags
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import symbol
from tensionwatch.tui.marks import Field
from tensionwatch.tui.messages import EventChosen, FlagDoubted
from tensionwatch.tui.screens.base import DeskScreen
from tensionwatch.tui.screens.choose import ChooseScreen
from tensionwatch.tui.screens.reading import article_page, event_words


class Page(VerticalScroll):
    """The text; scrolls with the keys of a reader."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Down", show=False, id="reader.down"),
        Binding("k", "scroll_up", "Up", show=False, id="reader.up"),
        Binding("space,ctrl+f,ctrl+d", "page_down", "Page down", show=False, id="reader.page_down"),
        Binding("ctrl+b,ctrl+u", "page_up", "Page up", show=False, id="reader.page_up"),
        Binding("g", "scroll_home", "Top", show=False, id="reader.first"),
        Binding("G", "scroll_end", "End", show=False, id="reader.last"),
    ]


class ReaderScreen(DeskScreen):
    NAME = "Reader"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.back", "Back", id="reader.back"),
        Binding("n", "step(1)", "Next", id="reader.next"),
        Binding("p", "step(-1)", "Previous", id="reader.previous"),
        Binding("m", "mark('read')", "Read/unread", id="reader.read"),
        Binding("s", "mark('starred')", "Star", id="reader.star"),
        Binding("w", "doubt", "Wrong flag", id="reader.doubt"),
        Binding("o", "open", "Open in browser", id="reader.browser"),
        Binding("y", "copy", "Copy link", id="reader.copy"),
        Binding("e", "event", "Its event", id="reader.event"),
        Binding("R", "renew", "Show what is new", id="reader.renew"),
    ]

    def __init__(self, context: Context, article: str, listed: Sequence[str]) -> None:
        super().__init__(context)
        self.article_id = article
        self._listed = listed
        self._at = listed.index(article) if article in listed else 0
        self._opened: Article | None = None
        """The article as it was opened: its words stay until the reader turns the page."""

    def body(self) -> list[Widget]:
        return [Page(Static(id="article"), id="page"), Static(id="changed")]  # below: the text must not move

    def on_mount(self) -> None:
        self.query_one(Page).focus()
        self._open()

    def _open(self) -> None:
        self._opened = self.context.desk.article(self.article_id)
        self.desk_app.mark_opened(self.article_id)
        self.query_one(Page).scroll_home(animate=False)

    def pull(self) -> None:
        now = self.context.desk.article(self.article_id)
        if now is None or self._opened is None:
            self.query_one("#article", Static).update("This article is no longer kept.")
            return
        self.query_one("#changed", Static).update(f" {self._news(now)}")
        self.query_one("#changed").display = bool(self._news(now))
        self.refresh_bindings()
        shown = msgspec.structs.replace(self._opened, read=now.read, starred=now.starred, wrong=now.wrong)
        place = f"{self._at + 1} of {len(self._listed)}"
        self.query_one("#article", Static).update(article_page(shown, self.context, place))

    def _news(self, now: Article) -> str:
        """How the article differs from what was opened; empty where it does not."""
        opened = self._opened
        if opened is not None and (now.title, now.summary) != (opened.title, opened.summary):
            return "changed by its publisher while you read" + self.context.says(
                " · {} shows the new wording", "reader.renew"
            )
        if opened is not None and not same_flags(now.flags, opened.flags):
            return "flagged otherwise by other rules while you read" + self.context.says(
                " · {} shows it", "reader.renew"
            )
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  # Textual's signature
        if action == "renew":
            now = self.context.desk.article(self.article_id)
            return now is not None and bool(self._news(now))
        return True

    # ---------------------------------------------------------------- what the user does

    def action_step(self, by: int) -> None:
        at = self._at + by
        if not 0 <= at < len(self._listed):
            self.notify("This is the last of the list." if by > 0 else "This is the first of the list.", markup=False)
            return
        self._at, self.article_id = at, self._listed[at]
        self._open()

    def action_mark(self, field: Field) -> None:
        self.desk_app.toggle_mark(self.article_id, field)

    def action_doubt(self) -> None:
        self.post_message(FlagDoubted(self.article_id))

    def action_open(self) -> None:
        self.desk_app.open_article(self.article_id)

    def action_copy(self) -> None:
        self.desk_app.copy_article(self.article_id)

    def action_event(self) -> None:
        events = self.context.desk.events_of(self.article_id)
        if not events:
            self.notify("This article belongs to no event.", markup=False)
        elif len(events) == 1:
            self.post_message(EventChosen(events[0].id))
        else:
            options = [(f"{symbol(e.kind, e.status)} {event_words(e, self.context)}", e.id) for e in events]
            self.app.push_screen(ChooseScreen("It tells several events", options, None), self._event_chosen)

    def _event_chosen(self, chosen: tuple[str | None] | None) -> None:
        if chosen is not None and chosen[0] is not None:
            self.post_message(EventChosen(chosen[0]))

    def action_renew(self) -> None:
        self._opened = self.context.desk.article(self.article_id)
        self.pull()
