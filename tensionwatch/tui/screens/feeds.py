"""The health of the feeds: state, last success, next check and why; the reason in full for the one selected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tensionwatch.ports import FeedRow
from tensionwatch.tui.cells import line
from tensionwatch.tui.look import FEED_STYLES, feed_word
from tensionwatch.tui.messages import FeedChosen
from tensionwatch.tui.screens.base import DeskScreen
from tensionwatch.tui.times import relative
from tensionwatch.tui.widgets.feeds import FeedList


class FeedsScreen(DeskScreen):
    MODE = "feeds"
    NAME = "Feeds"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "poll", "Poll this feed"),
        Binding("a", "app.poll_now", "Poll all"),
    ]

    def body(self) -> list[Widget]:
        return [FeedList(self.context, id="feeds"), Static(id="feed")]

    def on_mount(self) -> None:
        self.lines.empty = "No feed is configured: tensionwatch init writes a configuration to start from."
        self.lines.focus()

    @property
    def lines(self) -> FeedList:
        return self.query_one("#feeds", FeedList)

    def pull(self) -> None:
        self.lines.show_rows(self.context.desk.feed_rows())
        self._show_selected()

    @on(FeedList.Moved, "#feeds")
    def _show_selected(self) -> None:
        row = self.lines.row
        self.query_one("#feed", Static).update(Content.assemble(*self._about(row)) if row is not None else "")

    def _about(self, row: FeedRow) -> Iterator[tuple[str, str]]:
        state, word = row.state, feed_word(row)
        style = {"good": "$success", "bad": "bold $error", "muted": "$tw-muted"}[FEED_STYLES[word]]
        yield line(row.feed.name), "bold"
        yield f" · {line(row.feed.publisher)} · {line(row.feed.url)}\n", "$tw-muted"
        yield word, style
        if state.http_status is not None:
            yield f" · HTTP {state.http_status}", "$tw-muted"
        yield f" · {line(state.reason)}" if state.reason else "", ""
        yield f"\n{self._next(row)}", "$tw-muted"
        if state.moved_to is not None:
            yield f"\nmoved for good to {line(state.moved_to)}", "$tw-muted"
        if state.proxied:
            yield "\nthrough a proxy: names are checked, not the addresses they lead to", "$tw-muted"

    def _next(self, row: FeedRow) -> str:
        state, now, times = row.state, self.context.desk.now(), self.context.times
        checked = f"checked {relative(state.last_checked, now)}" if state.last_checked else "never checked"
        if not row.feed.enabled:
            return f"{checked} · disabled in the configuration"
        if state.result == "gone":
            return f"{checked} · gone for good (HTTP 410): not asked again, remove or replace it"
        due = times.full(state.next_check) if state.next_check else "now"
        why = f" ({line(state.next_reason)})" if state.next_reason else ""
        held = f" · not before {times.full(state.not_before)}, as the server asked" if state.not_before else ""
        return f"{checked} · next {due}{why}{held}"

    @on(FeedList.Chosen, "#feeds")
    def _chosen(self, message: FeedList.Chosen) -> None:
        self.post_message(FeedChosen(message.row_id))

    def action_poll(self) -> None:
        row = self.lines.row
        if row is not None:
            self.desk_app.poll_feed(row.feed)
