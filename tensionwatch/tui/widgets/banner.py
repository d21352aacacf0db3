"""The line that says on every screen that alerts wait. It stands below the rest: nothing is moved when it comes."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from tensionwatch.exchange import AlertStatus
from tensionwatch.tui.cells import cut_words, line
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import ALERT, FAILED
from tensionwatch.words import counted

SHORT = 50
"""Cells below which only the latest alert has room."""


class Banner(Static):
    """`⚠ 14:05 ▲ incident PRK→KOR … · 3 more · 4 shows them`; away while no alert waits. A click shows them."""

    ALLOW_SELECT = False
    auto_links = False

    def __init__(self, context: Context) -> None:
        super().__init__(id="banner")
        self._shared = context
        self._status = AlertStatus()
        self.display = False

    def show(self, status: AlertStatus, *, hidden: bool) -> None:
        waits = bool(status.unseen or status.failed) and not hidden
        if waits != self.display:  # it costs a new layout
            self.display = waits
        if status != self._status:
            self._status = status
            self.refresh()

    def render(self) -> Content:
        status, click = self._status, "@click=app.go('alerts')"
        shows = self._shared.says(" · {} shows", "app.alerts")
        tails = (f"{self._others(status)}{shows}", f"{self._in_short(status)}{shows}", shows)
        if status.latest is None:
            return Content.styled(f" {FAILED} {tails[0].removeprefix(' · ')}", f"bold {click}")
        when = self._shared.times.medium(status.latest.at, self._shared.desk.now())
        said = f" {ALERT} {when} {line(status.latest.title)}"
        width = self.size.width
        whole = cell_len(said + tails[0]) < width
        tail = tails[0] if whole else tails[1] if width >= SHORT else tails[2]
        return Content.assemble((cut_words(said, width - cell_len(tail)), f"bold {click}"), (tail, click))

    @staticmethod
    def _others(status: AlertStatus) -> str:
        more = f" · {status.unseen - 1} more" if status.unseen > 1 else ""
        return more + (f" · {counted(status.failed, 'message')} not delivered" if status.failed else "")

    @staticmethod
    def _in_short(status: AlertStatus) -> str:
        more = f" · {status.unseen - 1} more" if status.unseen > 1 else ""
        return more + (f" · {FAILED}{status.failed}" if status.failed else "")
