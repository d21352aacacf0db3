"""Alerts, and what the index says, made up: how a screen shows them is asked for here, not how they come about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tensionwatch.alerts.records import Alert, AlertRule
from tensionwatch.index.records import Coverage, Explained, Level, RegionIndex, Surprise, Weighed

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RISING = (0.0, 0.0, 0.1, 0.1, 0.2, 0.3, 0.3, 0.4, 0.6, 0.8, 1.1, 1.6, 2.4, 3.4)


def surprise(
    family: str = "incident", count: int = 9, events: int = 3, *, usual: float = 0.2, alarm: bool = True, days: int = 56
) -> Surprise:
    return Surprise(
        family=family, day=NOON.date(), count=count, events=events, usual_events=usual, memory=days, days=days,
        mean=0.4, variance=0.9, dispersion=2.0, low=0, high=2, tail=1e-6 if alarm else 0.4,
        clumped=0.00002 if alarm else 0.5, alarm=alarm,
    )  # fmt: skip


def index(
    region: str,
    *surprises: Surprise,
    conflict: float = 0.0,
    trend: tuple[float, ...] = (0.0,) * 14,
    fresh: int = 31,
    feeds: int = 34,
    days: int = 56,
    level: float | None = 104.0,
) -> RegionIndex:
    known = level is not None
    return RegionIndex(
        region=region, at=NOON, conflict=conflict, cooperation=0.7, trend=trend,
        level=Level(
            value=level, why="" if known else "3 of at least 5 publishers that were there all along and today",
            publishers=12 if known else 3, share=0.043 if known else None, usual=0.041 if known else None,
        ),
        surprises=surprises, history_days=days, learning=days < 28, coverage=Coverage(fresh=fresh, feeds=feeds),
    )  # fmt: skip


def weighed(event: str, *, publishers: int = 3, hours: float = 1) -> Weighed:
    decay = 2 ** (-hours / 48)
    credence = 1 - 0.5**publishers
    return Weighed(
        event=event, at=NOON - timedelta(hours=hours), score=-9.5, weight=0.95, publishers=publishers,
        credence=credence, decay=decay, part=0.95 * credence * decay,
    )  # fmt: skip


class SaidIndex:
    """Says what it is given; of regions it is given nothing for, that they are calm."""

    def __init__(self, regions: Sequence[str]) -> None:
        self._regions = regions
        self.said: dict[str, RegionIndex] = {}
        self.opened: dict[str, Explained] = {}

    def index(self) -> list[RegionIndex]:
        return [self.said.get(region) or index(region) for region in self._regions]

    def explain(self, region: str) -> Explained:
        said = next(each for each in self.index() if each.region == region)
        return self.opened.get(region) or Explained(
            index=said, conflict=(), cooperation=(), rest=0.0, cooperation_rest=0.0, pairs={}, days={}, publishers={}
        )


def rule(rule_id: str = "crossings", name: str = "Crossings", **more: Any) -> AlertRule:
    return AlertRule(id=rule_id, name=name, **more)


def alert(
    number: int,
    title: str = "▲ incident PRK→KOR DMZ crossing · 2nd in 12 d · 6 publishers",
    *,
    ago: timedelta = timedelta(minutes=5),
    rule: str = "crossings",
    region: str | None = "korea",
    **more: Any,
) -> Alert:
    more = {"event": None, "stage": "reported", "text": "Warning shots were fired.\nrule: Crossings"} | more
    return Alert(
        id=f"alert{number}", rule=rule, key=f"{rule}|event|{number}", at=NOON - ago, region=region, title=title, **more
    )
