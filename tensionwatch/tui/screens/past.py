"""What the screens of the past share: series are made ready between two turns of the loop, and how far that is is said
once it takes longer than a second."""

from __future__ import annotations

import asyncio
from time import monotonic

from tensionwatch.tui.context import Context
from tensionwatch.tui.screens.base import DeskScreen

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
        began, told = monotonic(), 0
        try:
            for share in self.context.desk.prepare_series():
                if monotonic() - began > PATIENCE and int(100 * share) > told:
                    told = int(100 * share)
                    self.show_progress(f"Taking in the past: {told} %")
                await asyncio.sleep(0)
        finally:
            self._takes_in = False
        if self.is_whole and self.is_current:
            self.desk_app.pull()

    def show_progress(self, words: str) -> None:
        """Say how far it is, where there is nothing to show yet."""
        raise NotImplementedError
