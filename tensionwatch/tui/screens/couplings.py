"""All couples of events of the last 48 hours; below them what the two under the cursor are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tensionwatch.events.couples import Couple
from tensionwatch.model import Event
from tensionwatch.tui.messages import EventChosen
from tensionwatch.tui.screens.coupled import CoupledScreen
from tensionwatch.tui.screens.reading import event_preview
from tensionwatch.tui.widgets.couplings import CouplingList


class CouplingsScreen(CoupledScreen):
    NAME = "Couplings"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.back", "Back", id="couplings.back"),
        Binding("tab", "other_side", "The other event", id="couplings.other"),
    ]

    def body(self) -> list[Widget]:
        cards = Container(Static(id="first"), Static(id="second"), id="both")
        return [CouplingList(self.context, id="couples"), cards]

    def on_mount(self) -> None:
        self.lines.focus()
        self.pull()

    @property
    def lines(self) -> CouplingList:
        return self.query_one("#couples", CouplingList)

    def pull(self) -> None:
        self.take_couples()
        self._show_cards()

    def show_couples(self, couples: Sequence[Couple]) -> None:
        self.lines.show_couples(couples)
        self._show_cards()

    def _show_cards(self) -> None:
        couple = self.lines.couple
        for side, name in enumerate(("#first", "#second")):
            card = self.query_one(name, Static)
            card.set_class(side == self.lines.side, "-picked")
            event = None if couple is None else (couple.first, couple.second)[side]
            card.update(self._card(event), layout=False)

    def _card(self, event: Event | None) -> Content:
        whole = self.context.desk.card(event.id) if event is not None else None
        return Content("") if whole is None else event_preview(whole, self.context)

    @on(CouplingList.Moved, "#couples")
    def _moved(self) -> None:
        self._show_cards()

    @on(CouplingList.Chosen, "#couples")
    def _chosen(self) -> None:
        couple, event = self.lines.couple, self.lines.event
        if couple is not None and event is not None:
            self.post_message(EventChosen(event.id, (couple.first.id, couple.second.id)))

    def action_other_side(self) -> None:
        self.lines.action_side(1 - self.lines.side)
