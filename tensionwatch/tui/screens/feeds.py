"""The health of the feeds: trouble first, and all that is known of the one selected."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlsplit

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget

from tensionwatch.tui.messages import FeedChosen, MuteWanted
from tensionwatch.tui.muting import of_feed
from tensionwatch.tui.screens.base import DeskScreen
from tensionwatch.tui.widgets.facts import FactList
from tensionwatch.tui.widgets.feedfacts import feed_facts
from tensionwatch.tui.widgets.feeds import FeedList


class FeedsScreen(DeskScreen):
    MODE = "feeds"
    NAME = "Feeds"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "poll", "Poll it", id="feeds.poll"),
        Binding("a", "app.poll_now", "Poll all", id="feeds.poll_all"),
        Binding("s", "order", "Order", id="feeds.order"),
        Binding("o", "open", "Site", id="feeds.site"),
        Binding("y", "copy", "Copy address", id="feeds.copy"),
        Binding("m", "mute", "Mute its alerts", id="feeds.mute"),
        Binding("tab", "app.focus_next", "Details", id="feeds.other_pane"),
        Binding("shift+tab", "app.focus_previous", "Details/list", show=False, id="feeds.other_pane_back"),
    ]

    def body(self) -> list[Widget]:
        return [Container(FeedList(self.context, id="feeds"), FactList(self.context, id="feed"), id="health")]

    def on_mount(self) -> None:
        self.lines.empty = "No feed is configured: tensionwatch init writes a configuration to start from."
        self.lines.focus()

    @property
    def lines(self) -> FeedList:
        return self.query_one("#feeds", FeedList)

    def pull(self) -> None:
        self.lines.show_rows(self.context.desk.feed_rows())
        self._show_selected(from_top=False)

    @on(FeedList.Moved, "#feeds")
    def _moved(self) -> None:
        self._show_selected(from_top=True)

    def _show_selected(self, *, from_top: bool) -> None:
        seen = self.lines.seen
        facts = feed_facts(seen, self.context) if seen is not None else ()
        self.query_one("#feed", FactList).show_facts(facts, from_top=from_top)

    @on(FeedList.Chosen, "#feeds")
    def _chosen(self, message: FeedList.Chosen) -> None:
        self.post_message(FeedChosen(message.row_id))

    def show_feed(self, feed: str) -> None:
        """Put the cursor on a feed."""
        self.pull()
        if feed in self.lines.ids:
            self.lines.move_to(self.lines.ids.index(feed))
            self._show_selected(from_top=True)

    def action_mute(self) -> None:
        if (seen := self.lines.seen) is not None:
            self.post_message(MuteWanted([of_feed(seen.row.feed)]))

    def action_order(self) -> None:
        self.lines.next_order()
        self._show_selected(from_top=True)

    def action_poll(self) -> None:
        if (seen := self.lines.seen) is not None:
            self.desk_app.poll_feed(seen.row.feed)

    def action_open(self) -> None:
        """The front page of the host: what a feed says of its site may lead anywhere."""
        if (seen := self.lines.seen) is not None:
            parts = urlsplit(seen.row.address)
            self.desk_app.open_address(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/")

    def action_copy(self) -> None:
        if (seen := self.lines.seen) is not None:
            self.desk_app.copy_address(seen.row.feed.url)
