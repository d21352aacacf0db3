"""What the index says and alerts, made up: how a screen shows them is asked for here, not how they come about."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from tensionwatch.alerts.records import Alert, AlertRule, Delivery, Mute
from tensionwatch.index.records import Coverage, Explained, Level, RegionIndex, Surprise, Weighed
from tensionwatch.ports import AlertStatus

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RISING = (0.0, 0.0, 0.1, 0.1, 0.2, 0.3, 0.3, 0.4, 0.6, 0.8, 1.1, 1.6, 2.4, 3.4)


def surprise(
    family: str = "incident", count: int = 9, events: int = 3, *, usual: float = 0.2, alarm: bool = True, days: int = 56
) -> Surprise:
    return Surprise(
        family=family, day=NOON.date(), count=count, events=events, usual_events=usual, days=days, mean=0.4,
        variance=0.9, dispersion=2.0, low=0, high=2, tail=0.00002 if alarm else 0.4, alarm=alarm,
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
            index=said, conflict=(), cooperation=(), rest=0.0, pairs={}, days={}
        )


def rule(
    rule_id: str = "crossings", name: str = "Crossings", *, bell: bool = True, channels: tuple[str, ...] = ("mail",)
) -> AlertRule:
    return AlertRule(id=rule_id, name=name, bell=bell, channels=channels)


def alert(
    number: int,
    title: str = "▲ incident PRK→KOR DMZ crossing · 2nd in 12 d · 6 publishers",
    *,
    event: str | None = None,
    region: str | None = "korea",
    rule: str = "crossings",
    ago: timedelta = timedelta(minutes=5),
    articles: tuple[str, ...] = (),
    text: str = "Warning shots were fired.\nhttps://meridian.example/story/2",
) -> Alert:
    return Alert(
        id=f"alert{number}", rule=rule, key=f"{rule}|event|{number}|actual", at=NOON - ago, region=region, event=event,
        stage="actual", title=title, text=text, articles=articles,
    )  # fmt: skip


class SaidAlerts:
    """Keeps alerts, deliveries and mutes in memory, and tells of those that are raised while it runs."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.configured: list[AlertRule] = []
        self.kept: list[Alert] = []
        self.sent: list[Delivery] = []
        self.muted: list[Mute] = []
        self.tell: Callable[[Alert], None] = lambda alert: None
        self._made = 0

    def raise_(self, *alerts: Alert) -> None:
        for each in alerts:
            self.kept.insert(0, each)
            self.tell(each)

    def status(self) -> AlertStatus:
        waiting = [each for each in self.kept if each.seen is None]
        return AlertStatus(
            unseen=len(waiting),
            latest=waiting[0] if waiting else None,
            undelivered=sum(each.state == "waiting" for each in self.sent),
            failed=sum(each.state == "failed" for each in self.sent),
            mutes=len(self.muted),
        )

    def rules(self) -> Sequence[AlertRule]:
        return self.configured

    def alerts(self, limit: int = 200) -> list[Alert]:
        return self.kept[:limit]

    def deliveries(self, alert_id: str) -> list[Delivery]:
        return [each for each in self.sent if alert_id in each.alerts]

    def acknowledge(self, alert_ids: Sequence[str], *, seen: bool = True) -> None:
        at = self._now() if seen else None
        self.kept = [replace(each, seen=at) if each.id in alert_ids else each for each in self.kept]

    def mutes(self) -> list[Mute]:
        return self.muted

    def mute(self, what: str, name: str, length: timedelta | None) -> Mute:
        self._made += 1
        at = self._now()
        mute = Mute(id=str(self._made), what=what, name=name, at=at, until=at + length if length else None)  # type: ignore[arg-type]  # a screen says what it may
        self.muted.append(mute)
        return mute

    def unmute(self, mute_id: str) -> None:
        self.muted = [mute for mute in self.muted if mute.id != mute_id]

    async def run(self, tell: Callable[[Alert], None]) -> None:
        self.tell = tell
        await asyncio.Event().wait()
