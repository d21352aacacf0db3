"""What an alert becomes on its way out: a delivery to each channel of its rule, and the words of a message that tells
of one or of many. Pure; which of those that wait become one message is for `outbox` to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from tensionwatch.alerts.records import Alert, AlertRule, Delivery
from tensionwatch.index.words import FAMILY_WORDS, family_words
from tensionwatch.words import counted

LINES: Final = 20
"""Alerts that a message of many names."""
_NUMBERS: Final = {"surprise": "unusual", "intensity": "of intensity"}


def deliveries_of(alert: Alert, rule: AlertRule) -> list[Delivery]:
    """None of what is not sent. The same alert to the same channel is always the same delivery."""
    if alert.withheld:
        return []
    return [
        Delivery(
            id=blake2b(f"{channel}\0{alert.id}".encode(), digest_size=8).hexdigest(),
            channel=channel,
            alerts=(alert.id,),
            state="waiting",
            next_try=alert.held_until,
        )
        for channel in dict.fromkeys(rule.channels)
    ]


def message_words(alerts: Sequence[Alert]) -> tuple[str, str]:
    """One line, and more. Of many: `23 alerts: 14 incidents, 6 visits, 3 unusual`, and a line for each of the first."""
    if len(alerts) == 1:
        return alerts[0].title, alerts[0].text
    ordered = sorted(alerts, key=lambda alert: alert.at)
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
