"""What stands beside the timeline where there is room: the alerts that wait, and the pulse of the pollers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tensionwatch.alerts.records import Alert
from tensionwatch.exchange import AlertStatus, FeedRow
from tensionwatch.tui.cells import Run, cut_words, fit, line, longest, spread
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import ALERT, FAILED
from tensionwatch.tui.pulse import Bars, cell_runs, feed_cells, feed_words, in_hour_words
from tensionwatch.tui.widgets.lines import LineList
from tensionwatch.tui.widgets.status import poll_words

TIME = 6
JUST_CAME = timedelta(seconds=30)
"""For so long an alert stands out among those that wait."""
PLOTTED, HIGHEST = 8, 4
"""Lines from which the pulse is a plot, and how many of them that takes at most."""
HALF_A_DAY = 48
"""Bars of a quarter of an hour that are drawn at most: with more no bar could be told from the next."""
TONES = {"good": "$success", "warn": "$warning", "bad": "$error", "muted": "$tw-muted"}


class AlertPanel(LineList):
    """Alerts that nobody has acknowledged, newest first."""

    HEAD = 1
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", "The alert", key_display="⏎", id="panel.alert")]

    def __init__(self, context: Context, *, id: str) -> None:
        super().__init__(context, id=id)
        self._alerts: dict[str, Alert] = {}
        self._status = AlertStatus()

    def show_alerts(self, alerts: Sequence[Alert], status: AlertStatus) -> None:
        """Those that wait."""
        self._alerts, self._status = {alert.id: alert for alert in alerts}, status
        self.empty = "None waits." if self.context.alerting.rules() else "No [[alert]] is configured."
        self.show(list(self._alerts))

    def heading(self, y: int, width: int) -> list[Run]:  # noqa: ARG002  # as LineList declares it
        waiting = f" · {self._status.unseen}" if self._status.unseen else ""
        failed = f" · {FAILED} {self._status.failed} not delivered" if self._status.failed else ""
        return [(f" {ALERT} Alerts", "warn" if waiting else "heading"), (waiting, "muted"), (failed, "bad")]

    def runs(self, row_id: str, width: int) -> list[Run]:
        alert, now = self._alerts[row_id], self.context.desk.now()
        came = now - alert.at < JUST_CAME
        title = cut_words(line(alert.title), width - TIME - 2)
        when = fit(self.context.times.short(alert.at, now), TIME)
        return [(" ", ""), (when, "muted"), (" ", ""), (title, "risen" if came else "unread")]


class PulsePanel(Static):
    """Bars of what came in with their scale, a cell for each feed, and what comes next. A click shows the feeds."""

    ALLOW_SELECT = False
    auto_links = False

    def __init__(self, context: Context, *, id: str) -> None:
        super().__init__(id=id)
        self._shared = context
        self._rows: Sequence[FeedRow] = ()
        self._stopped: str | None = None

    def show_rows(self, rows: Sequence[FeedRow], stopped: str | None) -> None:
        self._rows, self._stopped = rows, stopped
        if self.display:
            self.refresh()

    def render(self) -> Content:
        lines = [Content.assemble(*pieces) for pieces in self._lines(self._shared.desk.now(), *self.size)]
        return Content("\n").join(lines[: max(1, self.size.height)])

    async def on_click(self) -> None:
        await self.run_action("app.go('feeds')")

    def _lines(self, now: datetime, width: int, height: int) -> Iterator[list[Run]]:
        arrivals, inner = self._shared.desk.arrivals, width - 2
        title, rate = spread(" ~ Pulse of the pollers", f"{in_hour_words(arrivals, now)} ", width)
        yield [(title, "bold"), (rate, "bold $accent")]
        bars = Bars.of(arrivals, now, min(HALF_A_DAY, inner))
        high = min(HIGHEST, height - 4) if height >= PLOTTED else 1
        for drawn in bars.plot(high) if high > 1 else [bars.line()]:
            yield [(f" {drawn}", "$accent")]
        yield [(f" {fit(bars.scale(arrivals, now, self._shared.times), inner)}", "$tw-muted")]
        cells = feed_cells(self._rows, now)
        yield [(" ", ""), *((text, TONES[style]) for text, style in cell_runs(cells, inner))]
        said, tone = poll_words(self._shared, self._shared.polling.status(), self._rows, self._stopped)
        yield [(f" {longest((feed_words(cells), f'{len(cells)} feeds'), inner)}", "$tw-muted")]
        yield [(f" {fit(said, inner)}", tone)]
