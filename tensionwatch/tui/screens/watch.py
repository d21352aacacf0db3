"""The first screen: what is unusual in which region, its counters, the newest flagged events, and beside these what
belongs to them: couplings, alerts, the pulse of the pollers.

What has come since one last looked is marked until the user says that it was seen. Every number opens: enter on a
region lists its events, on its index what the numbers are made of, on a count just the events that make it up, on an
event its card.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tensionwatch.alerts.records import Alert
from tensionwatch.events.couples import Couple
from tensionwatch.exchange import Counts, FeedRow, Group, Known, RegionRow, Window
from tensionwatch.index.records import RegionIndex
from tensionwatch.index.words import interval_words
from tensionwatch.model import Event
from tensionwatch.tui.cells import cut, line, many, sparkline
from tensionwatch.tui.changes import REMEMBERED, Looked, Seen
from tensionwatch.tui.context import Context
from tensionwatch.tui.dashboard import Arrangement
from tensionwatch.tui.look import COUPLED, GROUP_WORDS, SYMBOLS
from tensionwatch.tui.messages import AlertWanted, CouplingsWanted, EventChosen, IndexChosen
from tensionwatch.tui.screens.coupled import CoupledScreen
from tensionwatch.tui.screens.reading import event_preview
from tensionwatch.tui.situation import Situation, filtered
from tensionwatch.tui.tension import coverage_words, intensity_words, state_words
from tensionwatch.tui.times import relative
from tensionwatch.tui.widgets.alerts import waits
from tensionwatch.tui.widgets.couplings import CouplingList, couple_words
from tensionwatch.tui.widgets.events import EventList
from tensionwatch.tui.widgets.panels import AlertPanel, PulsePanel
from tensionwatch.tui.widgets.regions import Cell, RegionTable
from tensionwatch.tui.widgets.status import StatusLine
from tensionwatch.words import READING

NEWEST = REMEMBERED
"""Events listed when no count asks for more."""
ALL = 1_000_000
"""A count is opened whole, however long ago its events were last told of."""

MEANINGS = ("events · reports · publishers", "events·reports·publ.", "ev·rep·pub", "e·r·p")
"""What the three numbers are; the longest that fits."""
WAITING = 500
"""Alerts that are looked through for those that wait."""


class WatchScreen(CoupledScreen):
    MODE = "watch"
    NAME = "Watch"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,c", "acknowledge", "Seen", id="watch.seen"),
        Binding("tab", "app.focus_next", "Next pane", id="watch.other_pane"),
        Binding("shift+tab", "app.focus_previous", "Pane before", show=False, id="watch.other_pane_back"),
        Binding("escape", "all_events", "Unmark/all events", id="watch.all_events"),
        Binding("x", "couplings", "Couplings", id="watch.couplings"),
        Binding("i", "index", "Index", id="watch.index"),
        Binding("s", "order", "Order", id="watch.order"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._looked = Looked()
        self._region: str | None = None
        self._cell: Cell | None = None
        self._rows: list[RegionRow] = []
        """As last pulled: to ask the desk counts all regions anew."""
        self._indexes: list[RegionIndex] = []
        """The same; none until it has been counted after a start."""
        self._newest: list[Event] = []
        """Of all regions, as last pulled."""
        self._couples: Sequence[Couple] = ()
        self._arranged: Arrangement | None = None

    def body(self) -> list[Widget]:
        self._rows = self.context.desk.regions()
        self._stand(self._arrangement(), update=False)  # the widgets are styled as they are mounted, and once
        regions = Vertical(RegionTable(self.context, self._looked, id="regions"), Static(id="detail"), id="above")
        events = Vertical(Static(id="about"), EventList(self.context, self._looked, id="events"), id="right")
        panels = Container(
            CouplingList(self.context, id="couples"),
            AlertPanel(self.context, id="waiting"),
            PulsePanel(self.context, id="pulse"),
            id="panels",
        )
        beside = Vertical(Static(id="preview"), panels, id="beside")
        return [regions, Static(id="coupling"), Container(events, beside, id="below")]

    @property
    def table(self) -> RegionTable:
        return self.query_one("#regions", RegionTable)

    @property
    def lines(self) -> EventList:
        return self.query_one("#events", EventList)

    @property
    def couplings(self) -> CouplingList:
        return self.query_one("#couples", CouplingList)

    def pull(self) -> None:
        desk = self.context.desk
        self._rows, self._newest = desk.regions(), desk.events(limit=NEWEST)
        if desk.known is Known.ALL:
            self._looked.update(self._rows, self._newest, desk.now())
        if self.index_is_ready():
            self._indexes = desk.index()
        waiting = self._waiting()
        self._arrange()
        by_region = Counter(alert.region for alert in waiting if alert.region is not None)
        self.table.show_rows(self._rows, self._indexes, by_region)
        self.query_one("#waiting", AlertPanel).show_alerts(waiting, self.context.alerting.status())
        self.take_couples()
        self._show_events()
        self._show_detail()
        self.refresh_bindings()

    def _waiting(self) -> list[Alert]:
        """Alerts that ask for somebody's attention, newest first."""
        alerting = self.context.alerting
        return [alert for alert in alerting.alerts(WAITING) if waits(alert)] if alerting.status().unseen else []

    def show_status(self, stopped: str | None) -> None:
        self.query_one(StatusLine).has_pulse = not self._has_panels
        super().show_status(stopped)

    def show_feeds(self, rows: Sequence[FeedRow], stopped: str | None) -> None:
        super().show_feeds(rows, stopped)
        self.query_one("#pulse", PulsePanel).show_rows(rows, stopped)

    # ---------------------------------------------------------------- what has room

    @property
    def _has_panels(self) -> bool:
        return self._arranged is not None and self._arranged.panels != "none"

    @property
    def shows_alerts(self) -> bool:
        return self._has_panels

    def _arrange(self) -> None:
        """Lay the screen out anew, where its size asks for that: it takes 17 ms."""
        arranged = self._arrangement()
        if arranged == self._arranged or not self._rows:
            return
        self._arranged = arranged
        self.table.styles.max_height = arranged.table
        self.query_one("#detail").styles.height = arranged.detail
        self.query_one("#coupling").display = arranged.coupling
        self._stand(arranged)

    def _arrangement(self) -> Arrangement:
        width, height = self.app.size
        return Arrangement.of(width, height, RegionTable.HEAD + len(self._rows))

    def _stand(self, arranged: Arrangement, *, update: bool = True) -> None:
        classes = {f"-{panels}": arranged.panels == panels for panels in ("strip", "column")}
        self.update_classes(classes, update=update)

    def show_couples(self, couples: Sequence[Couple]) -> None:
        self._couples = couples
        self.couplings.show_couples(couples)
        self._show_coupling()

    def _show_coupling(self) -> None:
        """The foremost couple in one line, and what leads to the others."""
        if self._arranged is None or not self._arranged.coupling:
            return
        more = len(self._couples) - 1
        tail = f" · {more} more" if more > 0 else ""
        tail += self.context.says(" ({})", "watch.couplings") if self._couples else ""
        said = couple_words(self._couples[0]) if self._couples else "no coupling in 48 h"
        said = cut(f" {COUPLED} {said}", self.size.width - cell_len(tail))
        click = "@click=screen.couplings"
        tone = f"bold {click}" if self._couples else "$tw-muted"
        self.query_one("#coupling", Static).update(
            Content.assemble((said, tone), (tail, f"$tw-muted {click}")), layout=False
        )

    # ---------------------------------------------------------------- events

    def _show_events(self, *, from_top: bool = False) -> None:
        events = self._events()
        self.lines.empty = "" if events else self._why_empty()
        self.lines.show_events(events, from_top=from_top)
        self._show_about()
        self._show_preview()

    def _events(self) -> list[Event]:
        desk, now = self.context.desk, self.context.desk.now()
        if self._region is None:
            return self._newest
        if self._cell is None:
            return desk.events(region=self._region, limit=NEWEST)
        group, window = self._cell
        # What happened since then was told of since then.
        listed = desk.events(region=self._region, group=group, since=now - window.length, limit=ALL)
        return [event for event in listed if _counts_in(event, window, now)]

    def _why_empty(self) -> Situation:
        total = len(self.context.desk.events(limit=NEWEST)) if self._region is not None else 0
        if total:
            return filtered(total, "event", action="watch.all_events", words=self._where())
        return self.situation()

    def _show_about(self) -> None:
        """Which events are listed, how many, and what of them is new; what has no room is left out."""
        where, lines = self._where(), self.lines
        told = f" · {many(lines.counts.reports, 'report')} · {many(lines.counts.publishers, 'publisher')}"
        says = self.context.says
        back = says("  {}: all", "watch.all_events") if self._region is not None else ""
        merges = says(" ({} merges)", "events.merge")
        marked = f" · {len(lines.marked)} marked{merges}" if lines.marked else ""
        above = f" · {many(lines.above, 'line')} above{says(' ({})', 'list.first')}" if lines.above else ""
        if self.context.desk.known is not Known.ALL:  # what these lines sum up to is known once all is read
            content = Content.assemble((f" {where}", "bold $accent"), (f" · {READING} …{above}{back}", "$tw-muted"))
            self.query_one("#about", Static).update(content, layout=False)
            return
        count, news = f" · {many(len(lines.ids), 'event')}", self._news_words()
        room = lines.size.width - cell_len(f" {where}{count}{news}{marked}{above}{back}")
        self.query_one("#about", Static).update(
            Content.assemble(
                (f" {where}", "bold $accent"),
                (count, "$tw-muted"),
                (news, "bold"),
                (f"{told if cell_len(told) <= room else ''}{marked}{above}{back}", "$tw-muted"),
            ),
            layout=False,
        )

    def _news_words(self) -> str:
        """` · 12 new since 14:02`"""
        changed, since = self.lines.changed, self._looked.since
        if not changed or since is None:
            return ""
        return f" · {changed} new since {self.context.times.moment(since, self.context.desk.now())}"

    def _show_preview(self) -> None:
        """Where there is room beside the list: what the event under its cursor is."""
        preview, current = self.query_one("#preview", Static), self.lines.current
        if not preview.display or not self.query_one("#beside").display:  # it costs as much as a card
            return
        event = self.context.desk.card(current) if current is not None else None
        preview.update(event_preview(event, self.context) if event is not None else Content(""), layout=False)

    def _where(self) -> str:
        row = self.table.row_of(self._region) if self._region is not None else None
        if row is None:
            return "Newest, all regions"
        name = line(row.region.name)
        if self._cell is None:
            return name
        group, window = self._cell
        return f"{name} · {SYMBOLS[group]} {GROUP_WORDS[group]} that happened in {window.value}"

    # ---------------------------------------------------------------- the selected region

    def _show_detail(self) -> None:
        row, width = self.table.row, self.table.size.width
        said = Content("")
        if row is not None:
            index = self.table.index_of(row.region.id)
            said = Content("\n").join((_unusual(row, index, self.context, width), _counts(row, self.table.cell, width)))
        self.query_one("#detail", Static).update(said, layout=False)

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Say again what says more where there is room."""
        if not self.is_whole:
            return
        self._arrange()
        self._show_coupling()
        self._show_detail()
        self._show_about()
        self._show_preview()

    # ---------------------------------------------------------------- what the user does

    @on(RegionTable.Moved, "#regions")
    def _region_moved(self) -> None:
        self._show_detail()

    @on(RegionTable.Chosen, "#regions")
    def _region_chosen(self, message: RegionTable.Chosen) -> None:
        if self.table.on_index:
            self.action_index()
            return
        chosen = (message.row_id, self.table.cell)
        again = chosen == (self._region, self._cell)
        self._region, self._cell = (None, None) if again else chosen
        self._show_events(from_top=True)
        self.refresh_bindings()

    @on(EventList.Moved, "#events")
    def _event_moved(self) -> None:
        self._show_about()
        self._show_preview()
        self.refresh_bindings()

    @on(EventList.Chosen, "#events")
    def _event_chosen(self, message: EventList.Chosen) -> None:
        self.post_message(EventChosen(message.row_id, tuple(self.lines.ids)))

    @on(CouplingList.Chosen, "#couples")
    def _couple_chosen(self) -> None:
        couple, event = self.couplings.couple, self.couplings.event
        if couple is not None and event is not None:
            self.post_message(EventChosen(event.id, (couple.first.id, couple.second.id)))

    @on(AlertPanel.Chosen, "#waiting")
    def _alert_chosen(self, message: AlertPanel.Chosen) -> None:
        self.post_message(AlertWanted(message.row_id))

    def action_couplings(self) -> None:
        self.post_message(CouplingsWanted())

    def action_all_events(self) -> None:
        if self.lines.marked:
            self.lines.unmark()
            self._show_about()
            self.refresh_bindings()
        elif self._region is not None:
            self._region = self._cell = None
            self._show_events(from_top=True)
            self.refresh_bindings()

    def action_index(self) -> None:
        """What the numbers of the region under the cursor are made of."""
        if self.table.current is not None:
            self.post_message(IndexChosen(self.table.current, tuple(self.table.ids)))

    def action_order(self) -> None:
        self.table.next_order()
        self._show_detail()

    def action_acknowledge(self) -> None:
        """All that has changed was seen, until something changes again."""
        before = self._looked.acknowledge(self._rows, self._newest, self.context.desk.now())
        self.context.marks.remember(lambda: self._unsee(before), "Marked again: what had come before")
        self._show_marks()

    def _unsee(self, before: Seen) -> None:
        self._looked.seen = before
        self._show_marks()

    def _show_marks(self) -> None:
        self.table.repaint()
        self.lines.repaint()
        self._show_about()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  # Textual's signature
        """Keys that would do nothing are not offered."""
        if action == "all_events":
            return self.is_whole and (self._region is not None or bool(self.lines.marked))
        if action == "acknowledge":
            return self._looked.any_risen(self._rows) or any(map(self._looked.is_new, self._newest))
        return True


def _counts_in(event: Event, window: Window, now: datetime) -> bool:
    return event.happened is not None and now - window.length <= event.happened <= now


def _unusual(row: RegionRow, index: RegionIndex | None, context: Context, width: int) -> Content:
    """Of the selected region: how it is in whole words, and as much of what stands behind that as has room."""
    name = cut(line(row.region.name), width // 3)
    room = width - cell_len(name) - 4
    words = state_words(index, room) if index is not None else ""
    said, room = "", room - cell_len(words)
    for part in _behind(row, index, context):
        if (size := cell_len(part) + 3) <= room:
            room -= size
            said += f" · {part}"
    tone = "bold reverse $warning" if index is not None and index.word == "unusual" else ""
    return Content.assemble((f" {name}  ", "bold"), (words, tone), (said, "$tw-muted"))


def _behind(row: RegionRow, index: RegionIndex | None, context: Context) -> Iterator[str]:
    """What is usual, how the news flows, who sees it, what opens it; the most telling first."""
    if index is not None:
        alarm = next((surprise for surprise in index.surprises if surprise.alarm), None)
        if alarm is not None:
            yield interval_words(alarm)
        if not index.coverage.blind:
            yield f"{coverage_words(index.coverage)} feeds"
        yield from filter(None, [context.says("{} opens it", "watch.index")])
        if index.level.value is not None:
            yield f"level {index.level.value:.0f}"
    yield f"last report {relative(row.last, context.desk.now())}" if row.last else "no report this week"
    if index is not None:
        yield f"cooperation {intensity_words(index.cooperation)}"


def _counts(row: RegionRow, cell: Cell | None, width: int) -> Content:
    """The three-way counts: of the count under the cursor in words, else of a day and a week in short."""
    if cell is not None:
        return Content(f" {_in_words(row, *cell)}")
    pieces: list[tuple[str, str]] = [(" ", "")]
    for window in (Window.DAY, Window.WEEK):
        pieces.append((f"{window.value} ", "$tw-muted"))
        pieces += [(f"{SYMBOLS[g]} {_three(row.counts[g][window])} ", _tone(row, g, window)) for g in Group]
        pieces.append((" ", ""))
    said = Content.assemble(*pieces)
    meaning = next((m for m in MEANINGS if said.cell_length + len(m) <= width), "")
    room = width - said.cell_length - len(meaning)
    return Content.assemble(said, (meaning, "$tw-muted"), *_events_trend(row, room))


def _events_trend(row: RegionRow, room: int) -> Iterator[tuple[str, str]]:
    """Where there is room: `   ▁▂█ events per half day, peak 4`."""
    peak = max(row.trend)
    words = f" events per half day over 7 d, peak {peak}"
    if peak and len(row.trend) + len(words) + 3 <= room:
        yield f"   {sparkline(row.trend, peak)}", "$accent"
        yield words, "$tw-muted"


def _in_words(row: RegionRow, group: Group, window: Window) -> str:
    """`▲ incidents in 24h: 1 event · 3 reports · 2 publishers`"""
    count = row.counts[group][window]
    words = (many(count.events, "event"), many(count.reports, "report"), many(count.publishers, "publisher"))
    return f"{SYMBOLS[group]} {GROUP_WORDS[group]} in {window.value}: {' · '.join(words)}"


def _tone(row: RegionRow, group: Group, window: Window) -> str:
    return f"$tw-{group.value}" if row.counts[group][window].events else "$tw-muted"


def _three(count: Counts) -> str:
    return f"{count.events}·{count.reports}·{count.publishers}" if count.events else "·"
