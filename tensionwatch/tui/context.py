"""What every screen shares."""

from __future__ import annotations

from dataclasses import dataclass

from tensionwatch.logring import LogRing
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
    log: LogRing
