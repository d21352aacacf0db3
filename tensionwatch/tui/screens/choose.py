"""A short list to choose one of. Dismisses with a 1-tuple of the choice (None may be one), or None on escape.

Where it is numbered a number chooses, at once when no longer one may be meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option


class ChooseScreen(ModalScreen[tuple[str | None] | None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Leave as it is", id="choose.close"),
        Binding("j", "move('down')", "Down", show=False, id="choose.down"),
        Binding("k", "move('up')", "Up", show=False, id="choose.up"),
    ]

    def __init__(
        self,
        heading: str,
        options: Sequence[tuple[str | Content, str | None]],
        now: str | None,
        *,
        numbered: bool = False,
    ) -> None:
        """`options` are what is shown and what is chosen by it; `now` is the choice in force."""
        super().__init__(classes="numbered" if numbered else None)
        self._numbered = numbered
        self._typed = 0
        """The number so far."""
        self._heading = heading
        self._options = options
        self._now = now

    def compose(self) -> ComposeResult:
        options = (Option(self._label(number, label)) for number, (label, _) in enumerate(self._options, 1))
        yield Vertical(Static(self._heading, markup=False), OptionList(*options, markup=False), classes="card")

    def _label(self, number: int, label: str | Content) -> Content:
        shown = label if isinstance(label, Content) else Content(label)
        return Content.assemble(f"[{number}] ", shown) if self._numbered else shown

    def on_key(self, event: Key) -> None:
        """A number that is none of the list begins anew with its last digit."""
        digit = event.character if event.character is not None and event.character.isdecimal() else None
        if not self._numbered or digit is None or not digit.isascii():
            return
        number = next((n for n in (10 * self._typed + int(digit), int(digit)) if 0 < n <= len(self._options)), 0)
        self._typed = number
        if 10 * number > len(self._options):
            self.dismiss((self._options[number - 1][1],))
        elif number:
            self.query_one(OptionList).highlighted = number - 1

    def on_mount(self) -> None:
        values = [value for _, value in self._options]
        self.query_one(OptionList).highlighted = values.index(self._now) if self._now in values else 0

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss((self._options[event.option_index][1],))

    def action_move(self, way: str) -> None:
        options = self.query_one(OptionList)
        (options.action_cursor_down if way == "down" else options.action_cursor_up)()
