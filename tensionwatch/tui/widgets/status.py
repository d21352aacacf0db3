"""The two lines of context: where one is (top), and what the poller is doing (bottom)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeAlias

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from tensionwatch.exchange import FeedRow, PollStatus, RoundStatus
from tensionwatch.health import health
from tensionwatch.tui.cells import fit, line
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import ALERT, FAILED
from tensionwatch.tui.pulse import Bars, in_hour_words
from tensionwatch.tui.tabs import TABS, Tab
from tensionwatch.tui.times import relative
from tensionwatch.words import READING, again_words

TROUBLE, WARNING = "bold $error", "bold $warning"
BARS = 8
"""Cells of the pulse: the last two hours, once so much is known."""
PULSE_FROM = 76
"""Cells from which there is room for it."""
MANY = 10
"""Feeds in a round of polls that are counted, not named: more names than these the line cannot hold."""


def following_words(status: PollStatus, context: Context) -> str:
    """Who collects, where this screen does not."""
    if status.collector:
        return f"following: {status.collector} collects"
    return "nobody collects now" + context.says(" · {} collects here", "app.collect")


def _round_words(done: RoundStatus) -> str:
    """`120 of 500 feeds · 4,800 new`"""
    return f"{done.done:,} of {done.total:,} feeds · {done.new:,} new"


Form: TypeAlias = Literal["whole", "close", "key"]
FORMS: tuple[Form, ...] = ("whole", "close", "key")
"""Of the tabs that one is not on: the longest that has room."""


class TopLine(Static):
    """` 1 Watch  2 Articles  3 Feeds  4 Alerts ⚠2         tensionwatch`; a click on a name goes there."""

    ALLOW_SELECT = False
    auto_links = False

    def __init__(self, context: Context, title: str, here: str) -> None:
        super().__init__(id="top")
        self._shared = context
        self._title = line(title)
        self._here = here
        self._waiting = self._wrong = 0

    def show_waiting(self, alerts: int, wrong: int) -> None:
        """So many alerts wait to be acknowledged, and so many warnings and errors in the log to be looked at."""
        if (alerts, wrong) != (self._waiting, self._wrong):
            self._waiting, self._wrong = alerts, wrong
            self.refresh()

    def render(self) -> Content:
        width = self.size.width
        for form in FORMS:
            tabs = [self._tab(tab, form) for tab in TABS]
            room = width - sum(tab.cell_length for tab in tabs)
            if room >= 0:
                break
        title = f"{self._title} " if cell_len(self._title) < room - 1 else ""
        return Content.assemble(*tabs, (title.rjust(room), "$tw-muted"))

    def _tab(self, tab: Tab, form: Form) -> Content:
        is_here = tab.mode == self._here
        here = "bold reverse" if self.app.no_color else "bold $accent on $panel"
        style, click = here if is_here else "$tw-muted", f"@click=app.go('{tab.mode}')"
        key = self._shared.key(f"app.{tab.mode}")
        waiting, mark = {"alerts": (self._waiting, ALERT), "log": (self._wrong, FAILED)}.get(tab.mode, (0, ""))
        told = f"{mark}{min(waiting, 99)} " if waiting else ""
        word = _tab_words(key, tab.name, "whole" if is_here else form)
        return Content.assemble((word, f"{style} {click}"), (told, f"bold $warning {click}"))


def _tab_words(key: str, name: str, form: Form) -> str:
    """One without a key has its name alone."""
    if form == "key":
        return f" {key or name} "
    return f"{' ' * (form == 'whole')}{key}{' ' * bool(key)}{name} "


class StatusLine(Static):
    """The pulse of the pollers, what they are doing and how the feeds are, and the clock. Red when polling as such does
    not work."""

    ALLOW_SELECT = False

    def __init__(self, context: Context) -> None:
        super().__init__(id="status")
        self._shared = context
        self._rows: Sequence[FeedRow] = ()
        self._stopped: str | None = None
        self.has_pulse = True
        """Else it stands elsewhere on the screen."""

    def show_rows(self, rows: Sequence[FeedRow], stopped: str | None) -> None:
        """Take in how the feeds are, and why polling has ended, if it has."""
        self._rows, self._stopped = rows, stopped
        self.refresh()

    def render(self) -> Content:
        now = self._shared.desk.now()
        status = self._shared.polling.status()  # once: among 500 feeds it takes 0.4 ms to find the next
        said, style = poll_words(self._shared, status, self._rows, self._stopped)
        again = again_words(self._shared.rules.status())
        if again and style != TROUBLE:
            said, style = f"↻ {again}", "$accent"
        # Where nobody is reached, how each feed is says nothing; nor where that is not read yet.
        is_unknown = status.offline_since is not None or status.reading is not None
        health, health_style = ("", "") if style == TROUBLE or is_unknown else self._health()
        clock = f" · {self._shared.times.clock(now)} " if health else f" {self._shared.times.clock(now)} "
        pulse = "" if style == TROUBLE or is_unknown else self._pulse(now)
        if style == TROUBLE:
            health, health_style = self._shared.says(" {} says more", "app.help"), TROUBLE
        if (style == WARNING or again) and cell_len(f" {pulse}{said}{health}{clock}") >= self.size.width:
            pulse = ""  # what is said is more urgent; what is done from second to second is cut rather
        if (again or pulse) and health and cell_len(pulse + said + health + clock) > self.size.width - 2:
            health, health_style = self._health(short=True)
        right = cell_len(health + clock)
        room = self.size.width - right - 1
        said = fit(" " + pulse + said, room)
        drawn = said[: 1 + len(pulse)]
        return Content.assemble(
            (drawn, "$accent"), (said[len(drawn) :], style), " ", (health, health_style), (clock, "$tw-muted")
        )

    def _pulse(self, now: datetime) -> str:
        """`▂▁▃▁▂▅▂▁ 34 new/h  `"""
        if not self.has_pulse or self.size.width < PULSE_FROM:
            return ""
        arrivals = self._shared.desk.arrivals
        return f"{Bars.of(arrivals, now, BARS).line()} {in_hour_words(arrivals, now)}  "

    def _health(self, *, short: bool = False) -> tuple[str, str]:
        """How rules and feeds are; in short only what is wrong."""
        now = self._shared.desk.now()
        words = [health(row.feed, row.state, now).word for row in self._rows]
        failed = sum(word in ("failing", "gone") for word in words)
        well = sum(word in ("ok", "silent") for word in words)
        rules = self._shared.rules.status().in_force
        wrong = [f"rules ✗ {len(rules.problems)}"] if rules is not None and rules.problems else []
        if failed:
            wrong.append(f"feeds ✗ {failed}" if short else f"feeds {well} ok, ✗ {failed} failed")
        elif not wrong or not short:
            return " · ".join([*wrong, f"feeds {well} ok"]), "bold $warning" if wrong else "$tw-muted"
        return " · ".join(wrong), "bold $warning"


def poll_words(
    context: Context, status: PollStatus, rows: Sequence[FeedRow], stopped: str | None = None
) -> tuple[str, str]:
    """What the poller is doing, and the style that this is said in; `stopped` says why it does nothing any more."""
    now = context.desk.now()
    if trouble := stopped or status.trouble:
        return "■ " + line(trouble), TROUBLE
    if status.reading is not None:
        return f"↻ {READING}: {status.reading:.0%}", "$accent"
    if status.follows:
        return following_words(status, context), "$accent" if status.collector else WARNING
    if status.paused:
        return "‖ paused" + context.says(" · {} goes on", "app.pause"), WARNING
    if status.offline_since is not None:
        at = context.polling.next_poll().at
        again = f" · asking again {relative(max(at, now), now)}" if at else ""
        return f"offline since {context.times.moment(status.offline_since, now)}{again}", WARNING
    if status.round.is_under_way and status.round.total >= MANY:
        return f"↻ {_round_words(status.round)}", "$accent"
    names = {row.feed.id: line(row.feed.name) for row in rows}
    if status.under_way:
        asked = ", ".join(names.get(i, i) for i in status.under_way)
        return f"↻ polling {len(status.under_way)}: {asked}", "$accent"
    at, feed = context.polling.next_poll()
    if at is None:
        return "no poll is due", "$tw-muted"
    name = names.get(feed or "", "")
    return f"next {relative(max(at, now), now)}" + (f": {name}" if name else ""), "$tw-muted"
