"""What every screen shares."""

from __future__ import annotations

from dataclasses import dataclass, field

from tensionwatch.keys import Keymap
from tensionwatch.ports import Alerting, Desk, Polling, RuleKeeping
from tensionwatch.tui.marks import Marks
from tensionwatch.tui.times import Times


@dataclass(frozen=True, slots=True)
class Context:
    desk: Desk
    polling: Polling
    rules: RuleKeeping
    alerting: Alerting
    times: Times
    marks: Marks
    keys: Keymap = field(default_factory=Keymap)
    """The keys in force. No text names a key but through `key` or `says`: the user may have changed it."""

    def key(self, action: str) -> str:
        """How a text calls the key of an action, such as `app.undo`: `z`; empty where it has none."""
        return self.keys.shown(action)

    def says(self, text: str, *actions: str) -> str:
        """`says("{} undoes", "app.undo")`: the text with these keys in it; empty where one of them was taken away."""
        return self.keys.says(text, *actions)
