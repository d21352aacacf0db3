"""One article: why it is flagged, its text with the words that did it, its links, its event, how its wording changed.

The text that was opened stays, and its flags: when the feed changes its wording meanwhile, or other rules see something
else in it, a line says so and a key shows it. The text of the page behind its link comes below, where the user wants
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static
from textual.worker import Worker

from tensionwatch.errors import PageRefused
from tensionwatch.exchange import Page as FetchedPage
from tensionwatch.model import Article, Event
from tensionwatch.ports import FullText
from tensionwatch.reread import same_flags
from tensionwatch.tui.cells import line
from tensionwatch.tui.context import Context
from tensionwatch.tui.links import LinkRefused, host_of
from tensionwatch.tui.look import symbol
from tensionwatch.tui.marks import Field
from tensionwatch.tui.messages import EventChosen, FlagDoubted, KindMissed
from tensionwatch.tui.screens.base import DeskScreen
from tensionwatch.tui.screens.choose import ChooseScreen
from tensionwatch.tui.screens.reading import Place, article_body, article_head, event_words, link_label, links_of
from tensionwatch.tui.widgets.typed import TypedLine

MAX_NOTE = 500
"""Code points of a note."""


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
        Binding("escape", "leave", "Back", id="reader.back"),
        Binding("n", "step(1)", "Next", id="reader.next"),
        Binding("p", "step(-1)", "Previous", id="reader.previous"),
        Binding("F", "full_text", "Full text", id="reader.full_text"),
        Binding("e", "event", "Its event", id="reader.event"),
        Binding("left_square_bracket", "report(-1)", "Earlier report", key_display="[", id="reader.earlier_report"),
        Binding("right_square_bracket", "report(1)", "Later report", key_display="]", id="reader.later_report"),
        Binding("s", "mark('starred')", "Star", id="reader.star"),
        Binding("N", "note", "Note", id="reader.note"),
        Binding("w", "doubt", "Wrong flag", id="reader.doubt"),
        Binding("W", "missed", "Missed kind", show=False, id="reader.missed"),
        Binding("m", "mark('read')", "Read/unread", id="reader.read"),
        Binding("o", "open", "Open in browser", id="reader.browser"),
        Binding("l", "links", "Its links", id="reader.links"),
        Binding("y", "copy", "Copy link", show=False, id="reader.copy"),
        Binding("Y", "cite", "Copy title and link", show=False, id="reader.cite"),
        Binding("R", "renew", "Show what is new", id="reader.renew"),
    ]

    def __init__(self, context: Context, article: str, listed: Sequence[str]) -> None:
        super().__init__(context)
        self.article_id = article
        self._listed = listed
        self._at = listed.index(article) if article in listed else 0
        self._opened: Article | None = None
        """The article as it was opened: its words stay until the reader turns the page."""
        self._event: str | None = None
        """The event whose reports are stepped through."""
        self._full: FetchedPage | None = None
        self._head: Content | None = None
        self._told: tuple[object, ...] = ()
        """What the text on the screen was made of."""
        self._fetching: Worker[None] | None = None

    def body(self) -> list[Widget]:
        note = TypedLine(placeholder="a note of your own", id="note", compact=True,
                         max_length=MAX_NOTE, select_on_focus=False)  # fmt: skip
        # What changes stands below: the text must not move.
        page = Page(Static(id="article"), Static(id="text"), id="page")
        return [page, note, Static(id="hint"), Static(id="changed")]

    def on_mount(self) -> None:
        self._open()

    def _open(self) -> None:
        self._give_up()
        self._close_note()
        self._opened = self.context.desk.article(self.article_id)
        pages = self.context.pages
        self._full = pages.kept(self._opened) if pages is not None and self._opened is not None else None
        events = [event.id for event in self.context.desk.events_of(self.article_id)]
        if self._event not in events:
            self._event = next(iter(events), None)
        self.desk_app.mark_opened(self.article_id)
        self.query_one(Page).scroll_home(animate=False)

    def pull(self) -> None:
        now = self.context.desk.article(self.article_id)
        if now is None or self._opened is None:
            self.query_one("#article", Static).update("This article is no longer kept.")
            self.query_one("#text", Static).update("")
            self._head, self._told = None, ()
            return
        self.query_one("#changed", Static).update(f" {self._news(now)}")
        self.query_one("#changed").display = bool(self._news(now))
        self.refresh_bindings()
        shown = msgspec.structs.replace(
            self._opened, read=now.read, starred=now.starred, note=now.note, wrong=now.wrong, missed=now.missed
        )
        self._show(shown)

    def _show(self, shown: Article) -> None:
        """What has not changed is not laid out again: a full text takes 0.2 s, and pulls may come four a second."""
        head = article_head(shown, self.context, self._place())
        if self._head is None or not head.is_same(self._head):
            self._head = head
            self.query_one("#article", Static).update(head)
        events = self.context.desk.events_of(shown.id)
        unmarked = msgspec.structs.replace(shown, read=False, starred=False, note=None, missed=())
        told = (unmarked, self._full, events, self.context.times.utc)
        if told != self._told:
            self._told = told
            self.query_one("#text", Static).update(article_body(shown, self.context, events, self._full))

    def _place(self) -> Place:
        event = self._its_event()
        report = event.articles.index(self.article_id) + 1 if event is not None else 0
        return Place(f"{self._at + 1} of {len(self._listed)}", event, report)

    def _its_event(self) -> Event | None:
        """As it is now; None where this is no report of it any more."""
        event = self.context.desk.event(self._event) if self._event is not None else None
        return event if event is not None and self.article_id in event.articles else None

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
        """Keys that would do nothing are not offered."""
        if action == "renew":
            now = self.context.desk.article(self.article_id)
            return now is not None and bool(self._news(now))
        if action == "report":
            event = self._its_event()
            return event is not None and event.reports > 1
        if action == "full_text":
            return self.context.pages is not None
        return True

    # ---------------------------------------------------------------- where the user goes

    async def action_leave(self) -> None:
        """What is under way first: a note, a page that is being fetched."""
        if self.query_one("#note").display:
            self._close_note()
        elif self._fetching is not None:
            self._give_up()
            self.notify("The page is not fetched.", markup=False)
        else:
            await self.app.action_back()

    def action_step(self, by: int) -> None:
        at = self._at + by
        if not 0 <= at < len(self._listed):
            self.notify("This is the last of the list." if by > 0 else "This is the first of the list.", markup=False)
            return
        self._at, self.article_id = at, self._listed[at]
        self._open()

    def action_report(self, by: int) -> None:
        """The earlier or later report of the same event, in order of time; next and previous then go on from where it
        stands in the list, or from where the list was left."""
        event = self._its_event()
        if event is None:
            return
        at = event.articles.index(self.article_id) + by
        if not 0 <= at < len(event.articles):
            self.notify("This is its latest report." if by > 0 else "This is its first report.", markup=False)
            return
        self.article_id = event.articles[at]
        self._at = self._listed.index(self.article_id) if self.article_id in self._listed else self._at
        self._open()

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

    # ---------------------------------------------------------------- links

    def action_open(self) -> None:
        self.desk_app.open_article(self.article_id)

    def action_links(self) -> None:
        """Choose one of several; one alone is opened at once."""
        links = links_of(self._opened) if self._opened is not None else []
        if len(links) > 1:
            options = [(link_label(url, words), url) for url, words in links]
            self.app.push_screen(ChooseScreen("Open which link?", options, None, numbered=True), self._link_chosen)
        elif links:
            self.desk_app.open_address(links[0][0])
        else:
            self.notify("This article has no link.", markup=False)

    def _link_chosen(self, chosen: tuple[str | None] | None) -> None:
        if chosen is not None and chosen[0] is not None:
            self.desk_app.open_address(chosen[0])

    def action_copy(self) -> None:
        self.desk_app.copy_article(self.article_id)

    def action_cite(self) -> None:
        self.desk_app.cite_article(self.article_id)

    # ---------------------------------------------------------------- marks

    def action_mark(self, field: Field) -> None:
        self.desk_app.toggle_mark(self.article_id, field)

    def action_doubt(self) -> None:
        self.post_message(FlagDoubted(self.article_id))

    def action_missed(self) -> None:
        self.post_message(KindMissed(self.article_id))

    def action_note(self) -> None:
        if not self.desk_app.may_mark():
            return
        note, article = self.query_one("#note", Input), self.context.desk.article(self.article_id)
        note.value = (article.note if article is not None else None) or ""
        note.cursor_position = len(note.value)
        note.display = True
        note.focus()
        leaves = self.context.says(", {} leaves it as it was", "reader.back")
        self._hint(f"your note: enter keeps it, empty takes it away{leaves}")

    @on(Input.Submitted, "#note")
    def _noted(self, event: Input.Submitted) -> None:
        """What could not be kept stays in the line."""
        if self.desk_app.note(self.article_id, line(event.value)):
            self._close_note()

    def _close_note(self) -> None:
        self.query_one("#note").display = False
        self._hint("")
        self.query_one(Page).focus()

    # ---------------------------------------------------------------- the page behind its link

    def action_full_text(self) -> None:
        article, pages = self._opened, self.context.pages
        if article is None or pages is None or self._full is not None or self._fetching is not None:
            return
        if article.link is None:
            self.notify("This article has no link.", markup=False)
            return
        try:
            host = host_of(article.link)
        except LinkRefused as refused:
            self.desk_app.say(f"No full text, {refused}: {article.link}", severity="warning", timeout=10)
            return
        self._hint(f"fetching the page at {host}" + self.context.says(" · {} gives up", "reader.back"))
        self._fetching = self.run_worker(self._fetch(pages, article), group="page")

    async def _fetch(self, pages: FullText, article: Article) -> None:
        """Who cancels it has put the screen in order."""
        try:
            self._full = await pages.fetch(article)
        except PageRefused as refused:
            self.desk_app.say(f"No full text: {refused}", severity="warning", timeout=10)
        self._fetching = None
        self._hint("")
        self.pull()

    def _give_up(self) -> None:
        """End the fetching that is under way."""
        if self._fetching is not None:
            self._fetching.cancel()
            self._fetching = None
            self._hint("")

    def _hint(self, words: str) -> None:
        hint = self.query_one("#hint", Static)
        hint.update(Content(f" {words}"))
        hint.display = bool(words)
