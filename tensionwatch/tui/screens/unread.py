"""In place of a tab while the store is being read and nothing of what it shows is known."""

from __future__ import annotations

from textual.widget import Widget
from textual.widgets import Static

from tensionwatch.exchange import Known
from tensionwatch.tui.context import Context
from tensionwatch.tui.screens.base import DeskScreen
from tensionwatch.words import READING


class UnreadScreen(DeskScreen):
    """Gives way to its tab as soon as that has something to show."""

    NAME = "Reading the store"

    def __init__(self, context: Context, mode: str) -> None:
        super().__init__(context)
        self.MODE = mode  # type: ignore[misc]  # it stands for each of the tabs

    def body(self) -> list[Widget]:
        return [Static(id="unread")]

    def pull(self) -> None:
        if self.context.desk.known is Known.ALL and self.is_active:
            self.desk_app.switch_mode(self.MODE)

    def show_status(self, stopped: str | None) -> None:
        super().show_status(stopped)
        share = self.context.polling.status().reading
        said = f"{READING.capitalize()}: {share or 0.0:.0%}. What is here appears once it is read."
        self.query_one("#unread", Static).update(said, layout=False)
