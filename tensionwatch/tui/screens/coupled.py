"""What the screens share that show which events are coupled: after news that is found between two turns of the loop."""

from __future__ import annotations

from collections.abc import Sequence

from tensionwatch.breath import Pace
from tensionwatch.events.couples import Couple
from tensionwatch.exchange import Known
from tensionwatch.tui.context import Context
from tensionwatch.tui.screens.base import DeskScreen


class CoupledScreen(DeskScreen):
    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._couples_come = False
        """Are they being found?"""

    def show_couples(self, couples: Sequence[Couple]) -> None:
        """As they are now."""
        raise NotImplementedError

    def take_couples(self) -> None:
        """Show them as soon as they are known: at once where nothing has changed."""
        if self.context.desk.known is not Known.ALL:
            return  # the app pulls once it is
        if self.context.desk.couplings_are_ready:
            self.show_couples(self.context.desk.couplings())
        elif not self._couples_come:
            self._couples_come = True
            self.run_worker(self._find_couples(), group="couplings")

    async def _find_couples(self) -> None:
        try:
            pace = Pace()
            for _ in self.context.desk.prepare_couplings():
                await pace.breathe()
        finally:
            self._couples_come = False
        if self.is_whole and self.is_current:
            self.show_couples(self.context.desk.couplings())
