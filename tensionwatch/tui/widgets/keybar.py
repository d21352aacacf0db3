"""The keys that matter here, as many as fit: what does not is a `?` away. A click does what the key does."""

from __future__ import annotations

from rich.cells import cell_len
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tensionwatch.keys import is_nowhere

ALWAYS = ("app.collect", "app.help", "app.quit")
"""For these the bar has room first; the first is offered where nobody collects any more."""


class KeyBar(Static):
    ALLOW_SELECT = False
    auto_links = False  # the keys are clickable, but no links to be underlined

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._listed: list[Binding] = []

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, _screen: Screen[object]) -> None:
        """Screens say so at each news; nearly always it is the same."""
        if (keys := self._keys()) != self._listed:
            self._listed = keys
            self.refresh()

    def render(self) -> Content:
        self._listed = keys = self._listed or self._keys()
        always = [key for key in keys if key.id in ALWAYS]
        room = self.size.width - 1 - sum(self._width(key) for key in always)
        fitting = []
        for key in (key for key in keys if key not in always):
            if (room := room - self._width(key)) < 0:
                break
            fitting.append(key)
        return Content.assemble(" ", *(self._piece(key) for key in (*fitting, *always)))

    def _keys(self) -> list[Binding]:
        """One binding per action, in order: the focused widget's first, the app's last."""
        seen: dict[str, Binding] = {}
        for active in self.screen.active_bindings.values():
            if active.binding.show and active.enabled and not is_nowhere(active.binding.key):
                seen.setdefault(active.binding.action, active.binding)
        return list(seen.values())

    def _shown(self, binding: Binding) -> str:
        return self.app.get_key_display(binding)

    def _width(self, binding: Binding) -> int:
        return cell_len(self._shown(binding)) + cell_len(binding.description) + 3

    def _piece(self, binding: Binding) -> Content:
        click = f"@click=app.simulate_key('{binding.key}')"
        return Content.assemble(
            (self._shown(binding), f"bold $accent {click}"), (f" {binding.description}  ", f"$tw-muted {click}")
        )
