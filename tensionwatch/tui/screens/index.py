"""The index card of a region: every number opened into what it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from tensionwatch.tui.context import Context
from tensionwatch.tui.indexcard import index_facts, index_head
from tensionwatch.tui.messages import EventChosen, FeedWanted, MuteWanted
from tensionwatch.tui.muting import of_region
from tensionwatch.tui.screens.base import DeskScreen
from tensionwatch.tui.widgets.facts import FactList


class IndexScreen(DeskScreen):
    NAME = "Index"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,i", "app.back", "Back", id="index.back"),
        Binding("n", "step(1)", "Next region", id="index.next"),
        Binding("p", "step(-1)", "Previous", id="index.previous"),
        Binding("m", "mute", "Mute its alerts", id="index.mute"),
    ]

    def __init__(self, context: Context, region: str, listed: Sequence[str] = ()) -> None:
        super().__init__(context)
        self.region_id = region
        self._listed = listed or (region,)

    def body(self) -> list[Widget]:
        return [Static(id="card"), FactList(self.context, id="parts")]

    def on_mount(self) -> None:
        self.facts.focus()
        self.pull()

    @property
    def facts(self) -> FactList:
        return self.query_one("#parts", FactList)

    def pull(self) -> None:
        self._show()

    def _show(self, *, from_top: bool = False) -> None:
        desk = self.context.desk
        if not self.index_is_ready():
            if not self.facts.ids:
                self.query_one("#card", Static).update("Counting what the index is made of …")
            return
        explained = desk.explain(self.region_id)
        name = next((row.region.name for row in desk.regions() if row.region.id == self.region_id), self.region_id)
        self.query_one("#card", Static).update(index_head(name, explained.index))
        self.facts.show_facts(index_facts(explained, self.context), from_top=from_top)

    @on(FactList.Chosen, "#parts")
    def _chosen(self, message: FactList.Chosen) -> None:
        fact = self.facts.fact(message.row_id)
        if fact.event is not None:
            events = dict.fromkeys(each.event for each in self.facts.facts if each.event is not None)
            self.post_message(EventChosen(fact.event, tuple(events)))
        elif fact.feed is not None:
            self.post_message(FeedWanted(fact.feed))

    def action_step(self, by: int) -> None:
        at = self._listed.index(self.region_id) + by
        if not 0 <= at < len(self._listed):
            self.notify("This is the last region." if by > 0 else "This is the first region.", markup=False)
            return
        self.region_id = self._listed[at]
        self._show(from_top=True)

    def action_mute(self) -> None:
        self.post_message(MuteWanted([of_region(self.region_id, self.context.desk)]))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  # Textual's signature
        return action != "step" or len(self._listed) > 1
