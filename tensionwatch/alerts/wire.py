"""What a command is given on its standard input: one JSON object. Pure; its JSON Schema is docs/schema/payload.json.

    Delivery, its alerts, their events and articles ─compose─▶ Payload ─to_line─▶ `{"version": 1, "id": "9c1f…", …}`

A message may come more than once (see queue.py), then under the same `id` and with `again`. Whoever must act once alone
keeps the ids of the *alerts*: these stay the same even where several messages have become one digest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from tensionwatch.alerts.records import Alert, Delivery
from tensionwatch.model import Article, Event, Record, to_json
from tensionwatch.sanitise import escaped_json

VERSION: Final = 1
"""Grows when a reader of the old form would not understand the new one."""
DETAILED: Final = 20
"""Alerts of one message that bring their event and articles: of more the object would be megabytes."""


class Report(Record, frozen=True, kw_only=True):
    """An article that tells it."""

    title: str
    link: str | None
    publisher: str
    at: datetime | None


class Told(Record, frozen=True, kw_only=True):
    """One alert of a message."""

    id: str
    """The same however often it is told."""
    rule: str
    at: datetime
    """When it was raised."""
    region: str | None
    stage: str
    title: str
    text: str
    event: Event | None
    """As it is now; null where the alert is about a number, the event is gone, and beyond 20 alerts of a digest."""
    articles: tuple[Report, ...]
    """Empty where `event` is left out."""


class Payload(Record, frozen=True, kw_only=True):
    """One message."""

    version: int = VERSION
    id: str
    digest: bool
    """It tells of more than one alert."""
    again: bool = False
    """It may have arrived before: this program ended, or time ran out, while it was sent."""
    test: bool = False
    """`tensionwatch alerts test` sent it: it tells of nothing that happened."""
    title: str
    text: str
    alerts: tuple[Told, ...]


def compose(
    delivery: Delivery,
    title: str,
    text: str,
    alerts: Iterable[Alert],
    event_of: Callable[[str], Event | None],
    article_of: Callable[[str], Article | None],
) -> Payload:
    """What this delivery says. `title` and `text` are of the message as a whole."""
    told = tuple(
        _told(alert, event_of, article_of) if number < DETAILED else _told(alert, _no_event, _no_article)
        for number, alert in enumerate(alerts)
    )
    return Payload(
        id=delivery.id, digest=len(delivery.alerts) > 1, again=delivery.unsure, title=title, text=text, alerts=told
    )


def a_test(now: datetime) -> Payload:
    """A message that tells of nothing that happened, in the form of one that does."""
    title, text = "tensionwatch: a test", "Alerts arrive here. This one tells of nothing that happened."
    told = Told(
        id=f"test-{now:%Y%m%dT%H%M%S%fZ}", rule="test", at=now, region=None, stage="test", title=title, text=text,
        event=None, articles=(),
    )  # fmt: skip
    return Payload(id=told.id, digest=False, test=True, title=title, text=text, alerts=(told,))


def to_line(payload: Payload) -> bytes:
    """In UTF-8, with what a terminal must not see escaped: whatever a headline holds, the object is one line."""
    return escaped_json(json.dumps(to_json(payload), ensure_ascii=False)).encode() + b"\n"


def _told(alert: Alert, event_of: Callable[[str], Event | None], article_of: Callable[[str], Article | None]) -> Told:
    return Told(
        id=alert.id,
        rule=alert.rule,
        at=alert.at,
        region=alert.region,
        stage=alert.stage,
        title=alert.title,
        text=alert.text,
        event=event_of(alert.event) if alert.event is not None else None,
        articles=tuple(map(_report, filter(None, map(article_of, alert.articles)))),
    )


def _report(article: Article) -> Report:
    return Report(title=article.title, link=article.link, publisher=article.publisher, at=article.effective)


def _no_event(_: str) -> None:
    return None


def _no_article(_: str) -> None:
    return None
