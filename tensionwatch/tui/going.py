"""Where the application goes from what the user chose: to a text, a card, a page, or a line of another tab."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.screen import Screen

from tensionwatch.exchange import ArticleQuery, Known
from tensionwatch.tui.marking import MarkingApp
from tensionwatch.tui.messages import (
    AlertWanted,
    ArticleChosen,
    EventChosen,
    FeedChosen,
    FeedWanted,
    IndexChosen,
    TrendWanted,
)
from tensionwatch.tui.screens.alerts import AlertsScreen
from tensionwatch.tui.screens.articles import ArticlesScreen
from tensionwatch.tui.screens.couplings import CouplingsScreen
from tensionwatch.tui.screens.event import EventScreen
from tensionwatch.tui.screens.feeds import FeedsScreen
from tensionwatch.tui.screens.index import IndexScreen
from tensionwatch.tui.screens.reader import ReaderScreen
from tensionwatch.words import READING

if TYPE_CHECKING:
    from tensionwatch.tui.screens.trends import TrendsScreen


class GoingApp(MarkingApp):
    _wish: Callable[[], object]
    """What the user wants opened, which is done once all of the store is read."""

    async def action_go(self, mode: str) -> None:
        """Show a tab as it was left; from within it, its first screen."""
        raise NotImplementedError

    def _is_early(self, wish: Callable[[], object]) -> bool:
        """Is what is wanted not read yet? Then it is opened once that is."""
        if self.context.desk.known is Known.ALL:
            return False
        self._wish = wish
        self.say(f"{READING.capitalize()}; it opens then.", timeout=2)
        return True

    async def _first_of(self, mode: str) -> Screen[object]:
        """Of a tab its first screen, or what stands in its place while too little is known."""
        await self.switch_mode(mode)
        await self.action_go(mode)
        return self.screen

    def on_article_chosen(self, message: ArticleChosen) -> None:
        if self._is_early(partial(self.on_article_chosen, message)):
            return
        self.push_screen(ReaderScreen(self.context, message.article, message.listed))

    def on_event_chosen(self, message: EventChosen) -> None:
        if self._is_early(partial(self.on_event_chosen, message)):
            return
        self.push_screen(EventScreen(self.context, message.event, message.listed))

    async def on_feed_chosen(self, message: FeedChosen) -> None:
        if isinstance(screen := await self._first_of("articles"), ArticlesScreen):
            screen.filter_by(ArticleQuery(feed=message.feed))

    def on_index_chosen(self, message: IndexChosen) -> None:
        if self._is_early(partial(self.on_index_chosen, message)):
            return
        if message.region not in {row.region.id for row in self.context.desk.regions()}:
            self.say("This region is no longer configured.")
            return
        self.push_screen(IndexScreen(self.context, message.region, message.listed))

    async def on_trend_wanted(self, message: TrendWanted) -> None:
        screen = await self._first_of("trends")
        if self.current_mode == "trends":
            cast("TrendsScreen", screen).show_subject(message.subject)

    async def on_feed_wanted(self, message: FeedWanted) -> None:
        if isinstance(screen := await self._first_of("feeds"), FeedsScreen):
            screen.show_feed(message.feed)

    def on_couplings_wanted(self) -> None:
        self.push_screen(CouplingsScreen(self.context))

    async def on_alert_wanted(self, message: AlertWanted) -> None:
        if isinstance(screen := await self._first_of("alerts"), AlertsScreen):
            screen.show_alert(message.alert)
