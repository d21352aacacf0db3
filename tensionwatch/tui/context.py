"""What every screen shares."""

from __future__ import annotations

from dataclasses import dataclass

from tensionwatch.ports import Alerting, Desk, Polling, RuleKeeping
from tensionwatch.tui.marks import Marks
from tensionwatch.tui.times import Times


@dataclass(slots=True)
class Context:
    """All parts are asked for anew each time: they are others once the store is read."""

    desk: Desk
    polling: Polling
    rules: RuleKeeping
    alerting: Alerting
    times: Times
    marks: Marks

    def turn_to(self, desk: Desk, polling: Polling, rules: RuleKeeping, alerting: Alerting) -> None:
        """Go on with these; what was marked until now cannot be undone any more."""
        self.desk, self.polling, self.rules, self.alerting = desk, polling, rules, alerting
        self.marks = Marks(desk, alerting)
