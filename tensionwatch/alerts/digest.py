"""Many at once become one message. Pure.

    alert ──deliveries_of──▶ a Delivery to each channel of its rule, waiting
    waiting ones of a channel that are due ──planned──▶ each by itself, or one digest in place of them all

More than `LIMIT` alerts within a minute are too many for messages of their own: a first lot of that size goes at once
as one; what comes while others went out less than a minute ago waits until that minute is over, and goes as one then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final, NamedTuple

from msgspec.structs import replace

from tensionwatch.alerts.records import Alert, AlertRule, Delivery
from tensionwatch.index.words import FAMILY_WORDS, family_words
from tensionwatch.words import counted

LIMIT: Final = 5
"""Alerts that one channel is told singly within `SPAN`."""
SPAN: Final = timedelta(minutes=1)
LINES: Final = 20
"""Alerts that a digest names."""

_NUMBERS: Final = {"surprise": "unusual", "intensity": "of intensity"}


class Bundle(NamedTuple):
    """A delivery as it is to be sent."""

    delivery: Delivery
    replaces: tuple[str, ...] = ()
    """Ids of the deliveries that it stands for."""


class Plan(NamedTuple):
    send: list[Bundle]
    again: datetime | None
    """When those that are to wait can go; None where none are."""


def deliveries_of(alert: Alert, rule: AlertRule) -> list[Delivery]:
    """None of what is not sent."""
    if alert.withheld:
        return []
    return [
        Delivery(
            id=_name(channel, alert.id), channel=channel, alerts=(alert.id,), state="waiting", next_try=alert.held_until
        )
        for channel in dict.fromkeys(rule.channels)
    ]


def planned(due: Sequence[Delivery], delivered: Iterable[datetime], now: datetime) -> Plan:
    """What is to become of the deliveries of one channel whose time has come. `delivered` has, for each alert that it
    was told lately, when. One that may have arrived already goes by itself: what it said must stay as it was."""
    alone = [Bundle(delivery) for delivery in due if delivery.unsure]
    rest = [delivery for delivery in due if not delivery.unsure]
    recent = [at for at in delivered if at > now - SPAN]
    if len(recent) + sum(len(delivery.alerts) for delivery in rest) <= LIMIT:
        return Plan(alone + [Bundle(delivery) for delivery in rest], None)
    if recent:
        return Plan(alone, min(recent) + SPAN)
    return Plan([*alone, _bundle(rest)], None)


def _bundle(deliveries: Sequence[Delivery]) -> Bundle:
    """As often tried, and since as long, as the one that was tried most."""
    if len(deliveries) == 1:
        return Bundle(deliveries[0])
    alerts = tuple(dict.fromkeys(alert for delivery in deliveries for alert in delivery.alerts))
    tried = max(deliveries, key=lambda delivery: delivery.tries)
    digest = replace(tried, id=_name(tried.channel, *alerts), alerts=alerts)
    return Bundle(digest, tuple(delivery.id for delivery in deliveries))


def message_words(alerts: Sequence[Alert]) -> tuple[str, str]:
    """One line, and more. Of many: `23 alerts: 14 incidents, 6 visits, 3 unusual`, and a line each."""
    if len(alerts) == 1:
        return alerts[0].title, alerts[0].text
    ordered = sorted(alerts, key=lambda alert: (alert.at, alert.id))
    kinds = Counter(alert.family if alert.event is not None else alert.stage for alert in ordered)
    lines = [alert.title for alert in ordered[:LINES]]
    if len(ordered) > LINES:
        lines.append(f"and {len(ordered) - LINES:,} more")
    sums = ", ".join(_sum(kind or "", number) for kind, number in kinds.most_common())
    return f"{counted(len(ordered), 'alert')}: {sums}", "\n".join(lines)


def _sum(kind: str, number: int) -> str:
    if kind not in FAMILY_WORDS:
        return f"{number:,} {_NUMBERS.get(kind, kind)}"
    return f"{number:,} {FAMILY_WORDS[kind] if number == 1 else family_words(kind)}"


def _name(channel: str, *alerts: str) -> str:
    return blake2b("\0".join((channel, *alerts)).encode(), digest_size=8).hexdigest()
