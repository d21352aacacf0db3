"""What every screen shares."""

from __future__ import annotations

from dataclasses import dataclass, field

from tensionwatch.choices import Choices
from tensionwatch.keys import Keymap
from tensionwatch.logring import LogRing
from tensionwatch.ports import Alerting, Desk, FullText, Polling, RuleKeeping
from tensionwatch.tui.marks import Marks
from tensionwatch.tui.terminal import Terminal
from tensionwatch.tui.times import Times


@dataclass(frozen=True, slots=True)
class Manners:
    """How the screen is to be used: with which keys, on what terminal, with what was chosen before."""

    keys: Keymap = field(default_factory=Keymap)
    terminal: Terminal = field(default_factory=Terminal)
    choices: Choices = field(default_factory=Choices)


@dataclass(slots=True)
class Context:
    """All parts are asked for anew each time: they are others once the store is read."""

    desk: Desk
    polling: Polling
    rules: RuleKeeping
    alerting: Alerting
    times: Times
    marks: Marks
    log: LogRing
    manners: Manners = field(default_factory=Manners)
    pages: FullText | None = None
    """None where no pages are fetched."""

    @property
    def keys(self) -> Keymap:
        """The keys in force. No text names a key but through `key` or `says`: the user may have changed it."""
        return self.manners.keys

    @property
    def ascii(self) -> bool:
        """Has the terminal nothing but ASCII? All that is painted is turned into it in the end; what can be drawn
        better with that in mind, as plots can, asks here."""
        return self.manners.terminal.ascii

    def key(self, action: str) -> str:
        """How a text calls the key of an action, such as `app.undo`: `z`; empty where it has none."""
        return self.keys.shown(action)

    def says(self, text: str, *actions: str) -> str:
        """`says("{} undoes", "app.undo")`: the text with these keys in it; empty where one of them was taken away."""
        return self.keys.says(text, *actions)

    def turn_to(
        self, desk: Desk, polling: Polling, rules: RuleKeeping, alerting: Alerting, pages: FullText | None
    ) -> None:
        """Go on with these; what was marked until now cannot be undone any more."""
        self.desk, self.polling, self.rules, self.alerting = desk, polling, rules, alerting
        self.marks, self.pages = Marks(desk, alerting), pages
