"""The first screen: what is unusual in which region, its counters, and the newest flagged events.

Every number opens: enter on a region lists its events, on its index what the numbers are made of, on a count just the
events that make it up, on an event its card.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tensionwatch.index.records import RegionIndex
from tensionwatch.index.words import interval_words
from tensionwatch.model import Event
from tensionwatch.ports import Counts, Group, Known, RegionRow, Window
from tensionwatch.tui.cells import cut, line, many, sparkline
from tensionwatch.tui.changes import Looked
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import GROUP_WORDS, SYMBOLS
from tensionwatch.tui.messages import EventChosen, IndexChosen
from tensionwatch.tui.screens.base import DeskScreen
from tensionwatch.tui.screens.reading import event_preview
from tensionwatch.tui.situation import Situation, filtered
from tensionwatch.tui.tension import coverage_words, intensity_words, state_words
from tensionwatch.tui.times import relative
from tensionwatch.tui.widgets.alerts import waits
from tensionwatch.tui.widgets.events import EventList
from tensionwatch.tui.widgets.regions import Cell, RegionTable
from tensionwatch.words import READING

NEWEST = 500
"""Events listed when no count asks for more."""
ALL = 1_000_000
"""A count is opened whole, however long ago its events were last told of."""

MEANINGS = ("events · reports · publishers", "events·reports·publ.", "ev·rep·pub", "e·r·p")
"""What the three numbers are; the longest that fits."""
WAITING = 500
"""Alerts that are looked through for those that wait."""


class WatchScreen(DeskScreen):
    MODE = "watch"
    NAME = "Watch"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "Regions/events", id="watch.other_pane"),
        Binding("shift+tab", "app.focus_previous", "Events/regions", show=False, id="watch.other_pane_back"),
        Binding("escape", "all_events", "Unmark/all events", id="watch.all_events"),
        Binding("i", "index", "Index", id="watch.index"),
        Binding("s", "order", "Order", id="watch.order"),
        Binding("c", "look", "Seen: clear ↑", id="watch.seen"),
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

    def body(self) -> list[Widget]:
        regions = Vertical(RegionTable(self.context, self._looked, id="regions"), Static(id="detail"), id="above")
        events = Vertical(Static(id="about"), EventList(self.context, id="events"), id="right")
        return [regions, Container(events, Static(id="preview"), id="below")]

    @property
    def table(self) -> RegionTable:
        return self.query_one("#regions", RegionTable)

    @property
    def lines(self) -> EventList:
        return self.query_one("#events", EventList)

    def pull(self) -> None:
        self._rows = self.context.desk.regions()
        self._looked.update(self._rows)
        if self.index_is_ready():
            self._indexes = self.context.desk.index()
        self.table.show_rows(self._rows, self._indexes, self._alerts())
        self._show_events()
        self._show_detail()
        self.refresh_bindings()

    def _alerts(self) -> Counter[str]:
        """How many alerts of each region wait."""
        alerting = self.context.alerting
        waiting = alerting.alerts(WAITING) if alerting.status().unseen else []
        return Counter(alert.region for alert in waiting if alert.region is not None and waits(alert))

    # ---------------------------------------------------------------- events

    def _show_events(self, *, from_top: bool = False) -> None:
        events = self._events()
        self.lines.empty = "" if events else self._why_empty()
        self.lines.show_events(events, from_top=from_top)
        self._show_about()
        self._show_preview()

    def _events(self) -> list[Event]:
        desk, now = self.context.desk, self.context.desk.now()
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
        where, lines = self._where(), self.lines
        says = self.context.says
        above = f" · {many(lines.above, 'line')} above{says(' ({})', 'list.first')}" if lines.above else ""
        merges = says(" ({} merges)", "events.merge")
        marked = f" · {len(lines.marked)} marked{merges}" if lines.marked else ""
        back = says("  {}: all", "watch.all_events") if self._region is not None else ""
        if self.context.desk.known is not Known.ALL:  # what these lines sum up to is known once all is read
            content = Content.assemble((f" {where}", "bold $accent"), (f" · {READING} …{above}{back}", "$tw-muted"))
            self.query_one("#about", Static).update(content, layout=False)
            return
        rest = f"{marked}{above}{back}"
        counts = f" · {many(len(lines.ids), 'event')}"
        told = f" · {many(lines.counts.reports, 'report')} · {many(lines.counts.publishers, 'publisher')}"
        short = f" · {lines.counts.reports} rep · {lines.counts.publishers} pub"
        room = lines.size.width - cell_len(f" {where}{counts}{rest}")
        counts += next((words for words in (told, short) if cell_len(words) <= room), "")
        self.query_one("#about", Static).update(
            Content.assemble((f" {where}", "bold $accent"), (f"{counts}{rest}", "$tw-muted")), layout=False
        )

    def _show_preview(self) -> None:
        """Where there is room beside the list: what the event under its cursor is."""
        preview, current = self.query_one("#preview", Static), self.lines.current
        if not self.has_class("-wide"):  # it is not on the screen, and costs as much as a card
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
        self._show_detail()
        self._show_about()
        self._show_preview()

    # ---------------------------------------------------------------- what the user does

    @on(RegionTable.Moved, "#regions")
    def _region_moved(self, message: RegionTable.Moved) -> None:
        left = self.table.row_of(message.left) if message.left is not None else None
        if left is not None and message.left != message.row_id:
            self._looked.look(left)
            self.table.repaint()
            self.refresh_bindings()
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

    def action_look(self) -> None:
        for row in self._rows:
            self._looked.look(row)
        self.table.repaint()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  # Textual's signature
        """Keys that would do nothing are not offered."""
        if action == "all_events":
            return self._region is not None or bool(self.lines.marked)
        return action != "look" or self._looked.any_risen(self._rows)


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
    tone = "bold $warning" if index is not None and index.word == "unusual" else ""
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
