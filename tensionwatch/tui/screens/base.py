"""What all screens of the desk share: a line on top, the status, the keys, and the pull."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from tensionwatch.tui.context import Context
from tensionwatch.tui.widgets.banner import Banner
from tensionwatch.tui.widgets.keybar import KeyBar
from tensionwatch.tui.widgets.status import StatusLine, TopLine

if TYPE_CHECKING:
    from tensionwatch.tui.app import TensionwatchApp


class DeskScreen(Screen[None]):
    """Shows a snapshot of the desk. `pull` takes a new one; the app calls it when there is news and one is visible."""

    MODE: ClassVar[str] = ""
    """The tab it belongs to; empty for the tab it was opened from."""
    NAME: ClassVar[str] = ""
    """What help calls it."""
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012  # as Textual declares it
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (170, "-wide")]  # noqa: RUF012  # as Textual declares it

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context

    def compose(self) -> ComposeResult:
        yield TopLine(self.app.title, self.MODE or self.app.current_mode)
        yield from self.body()
        yield Banner(self.context)
        yield StatusLine(self.context)
        yield KeyBar()

    @property
    def desk_app(self) -> TensionwatchApp:
        return cast("TensionwatchApp", self.app)

    @property
    def is_whole(self) -> bool:
        """Are its widgets there? They are not while it is being made or taken away."""
        return self.is_mounted and bool(self.query(StatusLine))

    def on_screen_resume(self) -> None:
        self.desk_app.pull()

    def body(self) -> list[Widget]:
        """The widgets between the top line and the status."""
        raise NotImplementedError

    def pull(self) -> None:
        """Take a snapshot of the desk and show it, holding the user's place."""
        raise NotImplementedError

    def show_status(self, stopped: str | None) -> None:
        self.query_one(StatusLine).show_rows(self.context.desk.feed_rows(), stopped)
        status = self.context.alerting.status()
        self.query_one(TopLine).show_waiting(status.unseen)
        self.query_one(Banner).show(status, hidden=self.MODE == "alerts")
