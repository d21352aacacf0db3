"""A short list to choose one of. Dismisses with a 1-tuple of the choice (None may be one), or None on escape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option


class ChooseScreen(ModalScreen[tuple[str | None] | None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Leave as it is", id="choose.close"),
        Binding("j", "move('down')", "Down", show=False, id="choose.down"),
        Binding("k", "move('up')", "Up", show=False, id="choose.up"),
    ]

    def __init__(self, heading: str, options: Sequence[tuple[str, str | None]], now: str | None) -> None:
        super().__init__()
        self._heading = heading
        self._options = options
        self._now = now

    def compose(self) -> ComposeResult:
        options = (Option(Content(label)) for label, _ in self._options)
        yield Vertical(Static(self._heading, markup=False), OptionList(*options, markup=False), classes="card")

    def on_mount(self) -> None:
        values = [value for _, value in self._options]
        self.query_one(OptionList).highlighted = values.index(self._now) if self._now in values else 0

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss((self._options[event.option_index][1],))

    def action_move(self, way: str) -> None:
        options = self.query_one(OptionList)
        (options.action_cursor_down if way == "down" else options.action_cursor_up)()
