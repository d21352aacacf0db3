"""The card of one event: who and what, what is known of it line by line, and every report that tells it.

enter on a line opens what it names: a coupled or earlier event, or the report that says so. Below the reports stands
what the one under the cursor says: its whole title, the rule and the words of each of its flags.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tensionwatch.model import Article, Flag
from tensionwatch.tui.context import Context
from tensionwatch.tui.marks import Field
from tensionwatch.tui.messages import ArticleChosen, EventChosen, FlagDoubted, MuteWanted
from tensionwatch.tui.muting import of_event
from tensionwatch.tui.screens.base import DeskScreen
from tensionwatch.tui.screens.reading import event_head, report_said
from tensionwatch.tui.widgets.articles import ArticleList
from tensionwatch.tui.widgets.facts import FactList, facts


class ReportList(ArticleList):
    """Reports of one event: each line shows what it says of this one."""

    event = ""
    """Its id."""

    def lead(self, article: Article) -> Flag | None:
        flags = (flag for event, flag in self.context.desk.told_by(article.id) if event.id == self.event)
        return next(flags, None) or super().lead(article)


class EventScreen(DeskScreen):
    NAME = "Event"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.back", "Back", id="event.back"),
        Binding("tab", "app.focus_next", "Facts/reports", id="event.other_pane"),
        Binding("shift+tab", "app.focus_previous", "Reports/facts", show=False, id="event.other_pane_back"),
        Binding("x", "split", "Split off", id="event.split"),
        Binding("u", "withdraw", "Undo split/merge", id="event.withdraw"),
        Binding("n", "step(1)", "Next", id="event.next"),
        Binding("p", "step(-1)", "Previous", id="event.previous"),
        Binding("m,space", "mark('read')", "Read/unread", id="event.read"),
        Binding("s", "mark('starred')", "Star", id="event.star"),
        Binding("w", "doubt", "Wrong flag", id="event.doubt"),
        Binding("o", "open", "Open in browser", id="event.browser"),
        Binding("y", "copy", "Copy link", id="event.copy"),
        Binding("A", "all_read", "All read", id="event.all_read"),
        Binding("M", "mute", "Mute its alerts", id="event.mute"),
    ]

    def __init__(self, context: Context, event: str, listed: Sequence[str] = ()) -> None:
        super().__init__(context)
        self.event_id = event
        self._listed = listed or (event,)
        self._at = self._listed.index(event) if event in self._listed else 0

    def body(self) -> list[Widget]:
        return [
            Static(id="card"),
            FactList(self.context, id="facts"),
            ReportList(self.context, id="reports"),
            Static(id="said"),
        ]

    def on_mount(self) -> None:
        self.lines.focus()
        self.pull()

    @property
    def lines(self) -> ReportList:
        return self.query_one("#reports", ReportList)

    @property
    def facts(self) -> FactList:
        return self.query_one("#facts", FactList)

    def pull(self) -> None:
        """An event that was merged into another, or taken apart, is followed by an article that it had."""
        event = self.context.desk.event(self.event_id)
        if event is None and self.lines.ids:
            event = next(iter(self.context.desk.events_of(self.lines.ids[0])), None)
        if event is not None:
            self.event_id = self.lines.event = event.id
            whole = self.context.desk.card(event.id) or event
            self.query_one("#card", Static).update(event_head(whole, self.context))
            self.facts.show_facts(list(facts(whole, self.context)))
            self.lines.show(tuple(reversed(event.articles)))
        else:
            self.query_one("#card", Static).update("No article tells this event any more: its flags have changed.")
            self.facts.show_facts([])
            self.lines.show(())
        self._show_said()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  # Textual's signature
        """Keys that would do nothing are not offered."""
        if action == "split":
            return self.is_whole and len(self.lines.ids) > 1
        if action == "withdraw":
            event = self.context.desk.event(self.event_id)
            return event is not None and event.corrected
        return action != "step" or len(self._listed) > 1

    def _show_said(self) -> None:
        """What the report under the cursor says of this event."""
        event = self.context.desk.event(self.event_id)
        article = self.context.desk.article(self.lines.current) if self.lines.current is not None else None
        said = report_said(article, event, self.context) if article is not None and event is not None else Content("")
        self.query_one("#said", Static).update(said, layout=False)

    @on(ArticleList.Moved, "#reports")
    def _report_moved(self) -> None:
        self._show_said()

    @on(ArticleList.Chosen, "#reports")
    def _chosen(self, message: ArticleList.Chosen) -> None:
        self.post_message(ArticleChosen(message.row_id, self.lines.ids))

    @on(FactList.Chosen, "#facts")
    def _fact_chosen(self, message: FactList.Chosen) -> None:
        fact = self.facts.fact(message.row_id)
        if fact.event is not None:
            self.post_message(EventChosen(fact.event))
        elif fact.article is not None:
            self.post_message(ArticleChosen(fact.article, self.lines.ids))

    def action_step(self, by: int) -> None:
        """The next or previous event of the list that this one was opened from."""
        at = self._at + by
        if not 0 <= at < len(self._listed):
            self.notify("This is the last of the list." if by > 0 else "This is the first of the list.", markup=False)
            return
        self._at, self.event_id = at, self._listed[at]
        self.facts.show_facts([])
        self.lines.show((), from_top=True)
        self.pull()

    def action_split(self) -> None:
        """The report under the cursor becomes an event of its own; the others stay on the screen."""
        event, chosen = self.context.desk.event(self.event_id), self.lines.current
        if event is None or chosen is None:
            return
        if not self.desk_app.split_off(event.id, chosen):
            return
        rest = next((article for article in event.articles if article != chosen), chosen)
        left = (other for other in self.context.desk.events_of(rest) if other.family == event.family)
        self.event_id = next((other.id for other in left if chosen not in other.articles), self.event_id)
        self.pull()

    def action_withdraw(self) -> None:
        self.desk_app.withdraw(self.lines.ids)

    def action_mute(self) -> None:
        if (event := self.context.desk.event(self.event_id)) is not None:
            self.post_message(MuteWanted(list(of_event(event))))

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
