"""Trends: how much happened, or how tense it was, over a day to a year; of a region or a pair, of two side by side, or
of all at once. Every stretch of time opens into its events.

    ┌ regions, pairs ┐┌ what, per what, since when ─────────┐
    │ …              ││ a panel for each line                │
    │                │└ the stretch under the cursor ────────┘
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import Static

from tensionwatch.charting import (
    LEAST_HEIGHT,
    Measure,
    Panel,
    lead,
    panels,
    same_scale,
    stretch_words,
    table,
    whole_words,
)
from tensionwatch.series import Series, Span, Subject, edges
from tensionwatch.tui.context import Context
from tensionwatch.tui.messages import EventChosen, IndexChosen
from tensionwatch.tui.screens.happened import HappenedScreen, Stretch
from tensionwatch.tui.screens.past import PastScreen
from tensionwatch.tui.subjects import short_name, subject_name
from tensionwatch.tui.trendwords import about_words, readout_words
from tensionwatch.tui.widgets.chart import Chart, Grid, Shown, Tile
from tensionwatch.tui.widgets.events import EventList
from tensionwatch.tui.widgets.subjects import SubjectList, key_of
from tensionwatch.tui.widgets.toosmall import LEAST

PAIRS = 60
"""Pairs that are listed: those with most events in a year."""
BESIDE = 60
"""Cells from which the list stands beside the chart; below them it stands above."""
TALL = 44
"""Lines of a terminal from which the events themselves stand below a chart."""
LISTED = 200
"""Of these events, newest first; enter opens all."""


class TrendsScreen(PastScreen):
    MODE = "trends"
    NAME = "Trends"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  # as Textual declares it
        (0, "-slim"), (LEAST[0], "-thin"), (BESIDE, "-narrow"), (100, "-medium"), (170, "-wide"),
    ]  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left_square_bracket", "span(-1)", "Shorter", key_display="[", id="trends.shorter"),
        Binding("right_square_bracket", "span(1)", "Longer", key_display="]", id="trends.longer"),
        Binding("c", "measure", "Measure", id="trends.measure"),
        Binding("v", "compare", "Compare", id="trends.compare"),
        Binding("x", "grid", "All at once", id="trends.grid"),
        Binding("i", "index", "Index", show=False, id="trends.index"),
        Binding("y", "copy", "Copy numbers", show=False, id="trends.copy"),
        Binding("tab", "app.focus_next", "List/events", show=False, id="trends.other_pane"),
        Binding("shift+tab", "app.focus_previous", "Events/list", show=False, id="trends.other_pane_back"),
        Binding("escape", "back", "Whole span", show=False, id="trends.back"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.span = Span.MONTH
        self.measure = Measure.EVENTS
        self.cursor: int | None = None
        """The stretch that enter opens; None is the whole span."""
        self.grid = False
        self._series: Series | None = None
        """As it is shown."""
        self._wanted: Subject | None = None
        """That another screen has led to: it is listed though others have more events."""
        self._asked: tuple[object, ...] | None = None
        """What the events below the chart are of: to count their voices anew takes a while."""

    def body(self) -> list[Widget]:
        plots = (Chart(self.context, id="chart"), Grid(id="grid", plain=self.context.ascii))
        behind = EventList(self.context, id="behind")
        beside = Vertical(Static(id="about"), *plots, Static(id="readout"), behind, id="trend")
        return [Horizontal(SubjectList(self.context, id="subjects"), beside, id="trends")]

    def on_mount(self) -> None:
        self.query_one("#grid").display = self.behind.display = False
        self.lines.focus()

    @property
    def lines(self) -> SubjectList:
        return self.query_one("#subjects", SubjectList)

    @property
    def chart(self) -> Chart:
        return self.query_one("#chart", Chart)

    @property
    def behind(self) -> EventList:
        return self.query_one("#behind", EventList)

    # ---------------------------------------------------------------- showing

    def pull(self) -> None:
        desk = self.context.desk
        if not self.series_are_ready():
            if self._series is None:
                self.chart.say("Taking in the past …")
            return
        pairs = sorted(desk.pair_records(), key=lambda each: (-each.conflict.year - each.cooperation.year, each.pair))
        subjects: list[Subject] = [*desk.names.regions, *(each.pair for each in pairs[:PAIRS])]
        if self._wanted is not None and self._wanted not in subjects:
            subjects.append(self._wanted)
        names = {key_of(subject): short_name(subject, self.context) for subject in subjects}
        self.lines.show_subjects(subjects, names, self.span.value)
        bounds = self._edges()
        self.lines.show_counts({key_of(each): desk.number(each, bounds[0], bounds[-1]) for each in subjects})
        self._show()

    def show_subject(self, subject: Subject) -> None:
        """Put the cursor on a region or pair, which is listed for it where it would not be."""
        self._wanted, self.cursor = subject, None
        self.pull()
        if (row_id := key_of(subject)) in self.lines.ids:
            self.lines.move_to(list(self.lines.ids).index(row_id))
            self._show()

    def show_progress(self, words: str) -> None:
        if self._series is None:
            self.chart.say(words)

    def _edges(self) -> tuple[datetime, ...]:
        return edges(self.span, self.context.desk.now(), self.context.times.zone)

    def _show(self) -> None:
        subject = self.lines.subject
        if subject is None or not self.context.desk.series_are_ready:
            return
        self._series = series = self.context.desk.series(subject, self._edges())
        if self.cursor is not None:
            self.cursor = min(self.cursor, len(series.watched) - 1)
        if series.since is None and not any(self.context.desk.events(limit=1)):
            self.chart.say(self.situation())
        elif self.grid:
            self._show_grid(series)
        else:
            self.chart.show(Shown(self._panels(subject, series), series, self.span, self._zone), self.cursor)
        self._show_about(subject, series)
        self._show_readout(series)
        self._show_behind(subject, series)
        self.refresh_bindings()

    @property
    def _zone(self) -> tzinfo | None:
        return self.context.times.zone

    def _panels(self, subject: Subject, series: Series) -> tuple[Panel, ...]:
        """Those of the one under the cursor; of two each beside the other's, to one scale; their leads alone where
        there is not room for all."""
        other = self.lines.other
        if other is None:
            listed = panels(series, self.measure)
            fits = len(listed) * LEAST_HEIGHT < self.chart.size.height
            return tuple(listed) if fits else (lead(series, self.measure),)
        two = (series, self.context.desk.series(other, series.edges))
        names = (short_name(subject, self.context), short_name(other, self.context))
        whole = zip(*(panels(each, self.measure) for each in two), strict=True)
        both = [_named(beside, names) for beside in whole]
        if 2 * len(both) * (LEAST_HEIGHT + 1) > self.chart.size.height:
            both = [_named([lead(each, self.measure) for each in two], names)]
        return tuple(panel for beside in both for panel in beside)

    def _show_grid(self, series: Series) -> None:
        desk, lines = self.context.desk, self.lines

        def tile_of(number: int) -> Tile:
            row_id = lines.ids[number]
            subject = lines.subject_of(row_id)
            panel = lead(desk.series(subject, series.edges), self.measure)
            return Tile(row_id, short_name(subject, self.context), panel)

        shown = Shown((), series, self.span, self._zone)
        self.query_one("#grid", Grid).show(shown, len(lines.ids), lines.cursor, tile_of)

    def _show_about(self, subject: Subject, series: Series) -> None:
        about = self.query_one("#about", Static)
        names = [short_name(each, self.context) for each in (subject, self.lines.other) if each is not None]
        if len(names) == 1:
            names = [subject_name(subject, self.context)]
        said = about_words(names, series, self.measure, self.span, self._zone, about.size.width, grid=self.grid)
        about.update(said, layout=False)

    def _show_readout(self, series: Series) -> None:
        readout = self.query_one("#readout", Static)
        readout.update(
            readout_words(series, self.cursor, self.span, self._zone, readout.size.width), layout=False
        )  # fmt: skip

    def _show_behind(self, subject: Subject, series: Series) -> None:
        """Where there is room, the newest events of the stretch under the cursor."""
        self._make_room(self.size.height)
        events = self.behind
        if not events.display:
            return
        first, last = self._stretch(series)
        bounds = (series.edges[first], series.edges[last])
        asked = (self.context.desk.revision, subject, bounds, self.cursor)
        if asked != self._asked:
            other = self._asked is None or asked[1:] != self._asked[1:]
            self._asked = asked
            found = self.context.desk.happened(subject, *bounds)[:LISTED]
            events.empty = "" if found else "Nothing happened here then, as far as is known."
            self.list_slowly(events, found, from_top=other)

    def _stretch(self, series: Series) -> tuple[int, int]:
        """The stretches that the cursor is on: the first, and the one after the last."""
        return (0, len(series.watched)) if self.cursor is None else (self.cursor, self.cursor + 1)

    def _make_room(self, height: int) -> None:
        """In a terminal of so many lines."""
        events, tall = self.behind, height >= TALL and not self.grid
        if events.display != tall:
            if events.has_focus:
                self.lines.focus()
            events.display = tall

    def on_resize(self, event: Resize) -> None:
        """Before all is laid out for it, so that the chart gets its size at once."""
        if self._series is not None:
            self._make_room(event.size.height)

    @on(Chart.Resized)
    @on(Grid.Resized)
    def _resized(self) -> None:
        """With the terminal, or as the list above has grown, or one of the two has come in place of the other."""
        self._show()

    # ---------------------------------------------------------------- what the user does

    @on(SubjectList.Moved, "#subjects")
    def _moved(self) -> None:
        self._show()

    @on(SubjectList.Chosen, "#subjects")
    def _chosen(self) -> None:
        """The events of the stretch under the cursor, else of the whole span."""
        subject, series = self.lines.subject, self._series
        if subject is None or series is None:
            return
        if self.cursor is None:
            stretches = [Stretch(whole_words(series, self._zone), series.edges[0], series.edges[-1])]
            self.app.push_screen(HappenedScreen(self.context, subject, stretches, 0))
            return
        stretches = [
            Stretch(stretch_words(series, n, self.span, self._zone), series.edges[n], series.edges[n + 1])
            for n in range(len(series.watched))
        ]
        self.app.push_screen(HappenedScreen(self.context, subject, stretches, self.cursor))

    @on(EventList.Chosen, "#behind")
    def _event_chosen(self, message: EventList.Chosen) -> None:
        self.post_message(EventChosen(message.row_id, tuple(self.behind.ids)))

    @on(Chart.Picked)
    def _stretch_picked(self, message: Chart.Picked) -> None:
        if message.stretch == self.cursor:
            self._chosen()
        self.cursor = message.stretch
        self._show()

    @on(Grid.Picked)
    def _tile_picked(self, message: Grid.Picked) -> None:
        at = list(self.lines.ids).index(message.tile)
        if at == self.lines.cursor:
            self.action_grid()
        self.lines.move_to(at)

    def action_span(self, by: int) -> None:
        spans = list(Span)
        at = spans.index(self.span) + by
        if not 0 <= at < len(spans):
            self.notify("A year is the longest span." if by > 0 else "A day is the shortest span.", markup=False)
            return
        self.span, self.cursor = spans[at], None
        self.pull()

    def action_measure(self) -> None:
        self.measure = self.measure.next
        self._show()

    def action_stretch(self, by: int) -> None:
        """Along the stretches; the first look at them begins with the running one."""
        if self._series is None:
            return
        last = len(self._series.watched) - 1
        self.cursor = last if self.cursor is None else min(max(self.cursor + by, 0), last)
        self._show()

    def action_compare(self) -> None:
        """Hold what the cursor goes to against this one; on the same one again, no more."""
        lines = self.lines
        lines.compared = None if lines.compared == lines.current else lines.current
        lines.repaint()
        if lines.compared is not None:
            self.notify(f"Compared with {lines.name_of(lines.compared)}: move to another.", markup=False)
        self._show()

    def action_grid(self) -> None:
        """What comes in place of the other is drawn once it has its size."""
        self.grid = not self.grid
        self.query_one("#grid").display = self.grid
        self.chart.display = not self.grid
        self._make_room(self.size.height)
        self.refresh_bindings()

    def action_index(self) -> None:
        if isinstance(subject := self.lines.subject, str):
            self.post_message(IndexChosen(subject))

    def action_copy(self) -> None:
        """The numbers, a stretch a line, with tabs between them."""
        if self._series is None or self.lines.subject is None:
            return
        self.app.copy_to_clipboard("\n".join(table(self._series)))
        numbers = f"{len(self._series.watched)} lines, with tabs between the numbers"
        self.notify(f"Copied: {short_name(self.lines.subject, self.context)}, {numbers}.", markup=False)

    def action_back(self) -> None:
        """What was chosen last is let go first."""
        if self.cursor is not None:
            self.cursor = None
        elif self.grid:
            self.action_grid()
        else:
            self.lines.compared = None
            self.lines.repaint()
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  # Textual's signature
        """Keys that would do nothing are not offered."""
        if action == "back":
            return self.cursor is not None or self.grid or (self.is_whole and self.lines.compared is not None)
        return action != "index" or (self.is_whole and isinstance(self.lines.subject, str))


def _named(beside: Iterable[Panel], names: Sequence[str]) -> list[Panel]:
    """The same line of two, each called by whose it is, to one scale."""
    return same_scale(
        [panel._replace(words=f"{name}: {panel.words}") for panel, name in zip(beside, names, strict=True)]
    )  # fmt: skip
