"""Asks for a short name. Dismisses with it, or with None on escape."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tensionwatch.tui.widgets.typed import TypedLine


class NameScreen(ModalScreen[str | None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Leave it", id="name.close")]

    def __init__(self, heading: str, about: str, value: str = "", *, at_most: int) -> None:
        super().__init__()
        self._heading = heading
        self._about = about
        self._value = value
        self._at_most = at_most

    def compose(self) -> ComposeResult:
        name = TypedLine(self._value, compact=True, max_length=self._at_most, id="name")
        yield Vertical(
            Static(self._heading, markup=False),
            Static(self._about, markup=False, classes="muted"),
            name,
            classes="card",
        )

    def on_mount(self) -> None:
        self.query_one("#name", Input).focus()

    @on(Input.Submitted, "#name")
    def _entered(self, event: Input.Submitted) -> None:
        self.dismiss(" ".join(event.value.split()) or None)
