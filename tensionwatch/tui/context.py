"""What every screen shares."""

from __future__ import annotations

from dataclasses import dataclass

from tensionwatch.ports import Alerting, Desk, FullText, Polling, RuleKeeping
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
    pages: FullText | None = None
    """None where no pages are fetched."""
