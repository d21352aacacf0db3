"""The health of the feeds: trouble first, and all that is known of the one selected."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlsplit

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Input

from tensionwatch.tui.messages import FeedChosen, MuteWanted
from tensionwatch.tui.muting import of_feed
from tensionwatch.tui.screens.base import DeskScreen
from tensionwatch.tui.situation import Situation, filtered
from tensionwatch.tui.widgets.facts import FactList
from tensionwatch.tui.widgets.feedfacts import feed_facts
from tensionwatch.tui.widgets.feeds import FeedList
from tensionwatch.tui.widgets.typed import TypedLine


class FeedsScreen(DeskScreen):
    MODE = "feeds"
    NAME = "Feeds"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "poll", "Poll it", id="feeds.poll"),
        Binding("e", "switch", "Disable/enable", id="feeds.switch"),
        Binding("f", "trouble", "Failing only", id="feeds.only_trouble"),
        Binding("slash", "type", "Filter", key_display="/", id="feeds.filter"),
        Binding("s", "order", "Order", id="feeds.order"),
        Binding("escape", "clear", "All feeds", id="feeds.no_filter"),
        Binding("a", "app.poll_now", "Poll all", id="feeds.poll_all"),
        Binding("o", "open", "Site", id="feeds.site"),
        Binding("y", "copy", "Copy address", id="feeds.copy"),
        Binding("m", "mute", "Mute its alerts", id="feeds.mute"),
        Binding("tab", "app.focus_next", "Details", id="feeds.other_pane"),
        Binding("shift+tab", "app.focus_previous", "Details/list", show=False, id="feeds.other_pane_back"),
    ]

    def body(self) -> list[Widget]:
        words = TypedLine(placeholder="a part of a name", id="feed-words", compact=True, select_on_focus=False)
        return [words, Container(FeedList(self.context, id="feeds"), FactList(self.context, id="feed"), id="health")]

    def on_mount(self) -> None:
        self.words.display = False
        self.lines.focus()

    @property
    def words(self) -> TypedLine:
        return self.query_one("#feed-words", TypedLine)

    @property
    def lines(self) -> FeedList:
        return self.query_one("#feeds", FeedList)

    def pull(self) -> None:
        rows = self.context.desk.feed_rows()
        self.lines.empty = self._why_empty()
        self.lines.show_rows(rows)
        self._show_selected(from_top=False)
        self.refresh_bindings()

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
        """Put the cursor on a feed, whatever was filtered."""
        self._narrow("", trouble_only=False)
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
            self.desk_app.poll_feed(seen.row)

    def action_switch(self) -> None:
        if (seen := self.lines.seen) is not None:
            self.desk_app.switch_feed(seen.row)

    # ---------------------------------------------------------------- which are listed

    def _narrow(self, words: str, *, trouble_only: bool) -> None:
        self.lines.narrow(words, trouble_only=trouble_only)
        self.lines.empty = self._why_empty()
        self._show_selected(from_top=True)
        self.refresh_bindings()

    def _why_empty(self) -> Situation:
        total = len(self.context.desk.feed_rows())
        if not self.lines.is_narrowed or not total:
            return self.situation()
        what = "feed in trouble" if self.lines.trouble_only else "feed"
        return filtered(total, "feed", what=what, action="feeds.no_filter", words=self.lines.words)

    def action_trouble(self) -> None:
        self._narrow(self.lines.words, trouble_only=not self.lines.trouble_only)

    def action_type(self) -> None:
        self.words.value = self.lines.words
        self.words.display = True
        self.words.focus()

    @on(Input.Changed, "#feed-words")
    def _typed(self, event: Input.Changed) -> None:
        if event.value != self.lines.words:
            self._narrow(event.value, trouble_only=self.lines.trouble_only)

    @on(Input.Submitted, "#feed-words")
    def _entered(self) -> None:
        self._close_words()

    def action_clear(self) -> None:
        self._close_words()
        self._narrow("", trouble_only=False)

    def _close_words(self) -> None:
        self.words.display = False
        self.lines.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  # Textual's signature
        """Keys that would do nothing are not offered."""
        if not self.is_whole:
            return True
        if action == "clear":
            return self.lines.is_narrowed or self.words.display
        # `poll` stays: where it is not offered its key is the one that polls all.
        return action not in ("switch", "mute", "open", "copy") or self.lines.seen is not None

    def action_open(self) -> None:
        """The front page of the host: what a feed says of its site may lead anywhere."""
        if (seen := self.lines.seen) is not None:
            parts = urlsplit(seen.row.address)
            self.desk_app.open_address(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/")

    def action_copy(self) -> None:
        if (seen := self.lines.seen) is not None:
            self.desk_app.copy_address(seen.row.feed.url)
