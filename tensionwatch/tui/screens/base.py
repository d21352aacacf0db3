"""What all screens of the desk share: a line on top, the status, the keys, and the pull."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from tensionwatch.breath import Pace
from tensionwatch.exchange import ArticleQuery, FeedRow, Known
from tensionwatch.tui.context import Context
from tensionwatch.tui.situation import Situation, situation
from tensionwatch.tui.widgets.banner import Banner
from tensionwatch.tui.widgets.keybar import KeyBar
from tensionwatch.tui.widgets.status import StatusLine, TopLine
from tensionwatch.tui.widgets.toosmall import LEAST, TooSmall

if TYPE_CHECKING:
    from tensionwatch.tui.app import TensionwatchApp


class DeskScreen(Screen[None]):
    """Shows a snapshot of the desk. `pull` takes a new one; the app calls it when there is news and one is visible."""

    MODE: ClassVar[str] = ""
    """The tab it belongs to; empty for the tab it was opened from."""
    NAME: ClassVar[str] = ""
    """What help calls it."""
    VERTICAL_BREAKPOINTS = [(0, "-low"), (LEAST[1], "-short"), (30, "-tall")]  # noqa: RUF012  # as Textual declares it
    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (LEAST[0], "-narrow"), (100, "-medium"), (170, "-wide")]  # noqa: RUF012  # as Textual declares it

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self._prepares = False
        """Is the index being made ready?"""

    def compose(self) -> ComposeResult:
        self._take_size()
        yield TopLine(self.context, self.app.title, self.MODE or self.app.current_mode)
        yield from self.body()
        yield Banner(self.context)
        yield StatusLine(self.context)
        yield KeyBar()
        yield TooSmall()

    def _take_size(self) -> None:
        """Have the classes of the terminal's size while there are no widgets yet: Textual gives them when all are
        there, and styles each again, which takes 15 ms."""
        size = self.app.size
        for cells, breakpoints in (
            (size.width, self.HORIZONTAL_BREAKPOINTS),
            (size.height, self.VERTICAL_BREAKPOINTS),
        ):
            self.add_class(max(each for each in breakpoints if each[0] <= cells)[1], update=False)

    @property
    def desk_app(self) -> TensionwatchApp:
        return cast("TensionwatchApp", self.app)

    @property
    def is_whole(self) -> bool:
        """Are its widgets there? They are not while it is being made or taken away."""
        return self.is_mounted and bool(self.query(StatusLine))

    @property
    def shows_alerts(self) -> bool:
        """Do the alerts that wait stand on it, so that it needs no banner?"""
        return self.MODE == "alerts"

    def on_screen_resume(self) -> None:
        self.desk_app.pull()

    async def painted(self) -> None:
        """Until what has changed so far is on the terminal."""
        done = asyncio.Event()
        self.call_after_refresh(done.set)
        await done.wait()

    def body(self) -> list[Widget]:
        """The widgets between the top line and the status."""
        raise NotImplementedError

    def more_help(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What the help tells beside the keys: headings, and below each (what is written, what it does)."""
        return []

    def pull(self) -> None:
        """Take a snapshot of the desk and show it, holding the user's place."""
        raise NotImplementedError

    def situation(self) -> Situation:
        """Why there is nothing to show, and what to do next: for `LineList.empty`."""
        desk = self.context.desk
        return situation(
            desk.feed_rows(), self.context.polling.status(), len(desk.article_ids(ArticleQuery())), desk.notices,
            self.desk_app.stopped,
        )  # fmt: skip

    def index_is_ready(self) -> bool:
        """May the index be asked? Where that would hold up the screen it is made ready between two turns of the loop,
        and `pull` is called once it is."""
        if self.context.desk.known is not Known.ALL:
            return False  # the app pulls once it is
        ready = self.context.desk.index_is_ready
        if not ready and not self._prepares:
            self._prepares = True
            self.run_worker(self._prepare_index(), group="index")
        return ready

    async def _prepare_index(self) -> None:
        try:
            pace = Pace()
            for _ in self.context.desk.prepare_index():
                await pace.breathe()
        finally:
            self._prepares = False
        if self.is_whole and self.is_current:
            self.desk_app.pull()

    def show_status(self, stopped: str | None) -> None:
        self.show_feeds(self.context.desk.feed_rows(), stopped)
        status = self.context.alerting.status()
        self.query_one(TopLine).show_waiting(status.unseen, self.context.log.unseen)
        self.query_one(Banner).show(status, hidden=self.shows_alerts)

    def show_feeds(self, rows: Sequence[FeedRow], stopped: str | None) -> None:
        """How the feeds are, wherever that stands."""
        self.query_one(StatusLine).show_rows(rows, stopped)
