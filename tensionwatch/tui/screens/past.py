"""What the screens of the past share: series are made ready between two turns of the loop, and how far that is is said
once it takes longer than a second."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from textual import work

from tensionwatch.breath import Pace, in_steps
from tensionwatch.exchange import Counts
from tensionwatch.model import Event
from tensionwatch.tui.cells import many
from tensionwatch.tui.context import Context
from tensionwatch.tui.screens.base import DeskScreen
from tensionwatch.tui.widgets.events import EventList

PATIENCE = 1.0
"""Seconds before progress is told."""


class PastScreen(DeskScreen):
    """Base: `pull` asks `series_are_ready` first, and is called again once they are."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._takes_in = False

    def series_are_ready(self) -> bool:
        ready = self.context.desk.series_are_ready
        if not ready and not self._takes_in:
            self._takes_in = True
            self.run_worker(self._prepare_series(), group="series")
        return ready

    async def _prepare_series(self) -> None:
        pace, began, told = Pace(), monotonic(), 0
        try:
            for share in self.context.desk.prepare_series():
                if monotonic() - began > PATIENCE and int(100 * share) > told:
                    told = int(100 * share)
                    self.show_progress(f"Taking in the past: {told} %")
                await pace.breathe()
        finally:
            self._takes_in = False
        if self.is_whole and self.is_current:
            self.desk_app.pull()

    def list_slowly(self, lines: EventList, events: Sequence[Event], *, from_top: bool = False) -> None:
        """List events of which many may be of ended months: how many voices tell them is counted between two turns of
        the loop, then `show_counts` is called. Until then they tell what is known without."""
        known = Counts(events=len(events), reports=sum(event.reports for event in events))
        lines.show_events(events, from_top=from_top, counts=known)
        self._count(lines, events)

    @work(exclusive=True, group="count")
    async def _count(self, lines: EventList, events: Sequence[Event]) -> None:
        lines.counts = await in_steps(self.context.desk.count_events_in_steps(events))
        if self.is_whole:
            self.show_counts()

    def show_counts(self) -> None:
        """Say how many there are, and who tells them."""

    def show_progress(self, words: str) -> None:
        """Say how far it is, where there is nothing to show yet."""
        raise NotImplementedError


def counts_words(counts: Counts) -> str:
    """`3 events · 9 reports · 4 publishers`; without the last while they are being counted."""
    told = [many(counts.events, "event"), many(counts.reports, "report")]
    if counts.publishers or not counts.reports:
        told.append(many(counts.publishers, "publisher"))
    return " · ".join(told)
