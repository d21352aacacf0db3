"""Alerts and mutes, one line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from tensionwatch.alerts.records import Alert, AlertRule, Delivery, Mute
from tensionwatch.model import Article
from tensionwatch.tui.cells import Run, cut_words, fit, line, many
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import ALERT
from tensionwatch.tui.messages import UnmuteWanted
from tensionwatch.tui.muting import mute_label, until_words
from tensionwatch.tui.times import relative
from tensionwatch.tui.widgets.facts import Fact
from tensionwatch.tui.widgets.lines import LineList
from tensionwatch.words import counted

WIDE = 100
"""Cells from which a line has the rule's name."""
SENT, RULE, WHEN, WHEN_WIDE = 11, 24, 7, 13
"""Cells of what became of its messages, of its rule's name, of its time."""


class AlertList(LineList):
    """Newest first: `⚠ 14:05  ▲ incident PRK→KOR …   Crossings   ✓ sent`"""

    def __init__(self, context: Context, *, id: str) -> None:
        super().__init__(context, id=id)
        self._alerts: dict[str, Alert] = {}
        self._rules: dict[str, AlertRule] = {}

    def show_alerts(self, alerts: Sequence[Alert], rules: Mapping[str, AlertRule]) -> None:
        self._alerts = {alert.id: alert for alert in alerts}
        self._rules = dict(rules)
        self.show(list(self._alerts))

    @property
    def alert(self) -> Alert | None:
        """The one under the cursor."""
        return self._alerts.get(self.current) if self.current is not None else None

    @property
    def waiting(self) -> list[str]:
        """Those that nobody has acknowledged."""
        return [alert.id for alert in self._alerts.values() if waits(alert)]

    def runs(self, row_id: str, width: int) -> list[Run]:
        alert, wide = self._alerts[row_id], width >= WIDE
        times, now = self.context.times, self.context.desk.now()
        is_new = waits(alert)
        when, size = (times.medium(alert.at, now), WHEN_WIDE) if wide else (times.short(alert.at, now), WHEN)
        sent, style = sent_words(alert, self.context.alerting.deliveries(alert.id), self.context)
        rest = width - 2 - size - SENT - (RULE if wide else 0) - 1
        rule = self._rules.get(alert.rule)
        name = cut_words(line(rule.name if rule is not None else alert.rule), RULE - 2)
        return [
            (f"{ALERT if is_new else ' '} ", "warn"),
            (fit(when, size), "muted"),
            (fit(cut_words(line(alert.title), rest), rest + 1), "unread" if is_new else "muted"),
            (fit(name, RULE) if wide else "", "muted"),
            (fit(sent, SENT), style),
        ]


def waits(alert: Alert) -> bool:
    """Does it ask for somebody's attention?"""
    return alert.seen is None and not alert.withheld


def sent_words(alert: Alert, deliveries: Sequence[Delivery], context: Context) -> Run:
    """What became of its messages, the worst of them, in at most 10 cells."""
    if alert.withheld:
        return f"– {alert.withheld}", "muted"
    states = {delivery.state for delivery in deliveries}
    if "failed" in states:
        return "✗ failed", "bad"
    if alert.held_until is not None and alert.held_until > context.desk.now():
        return "‖ held", "muted"
    if states & {"waiting", "sending"}:
        tried = any(delivery.tries for delivery in deliveries if delivery.state == "waiting")
        return ("↻ retries", "warn") if tried else ("… waits", "muted")
    return ("✓ sent", "good") if states else ("· screen", "muted")


def alert_facts(alert: Alert, rule: AlertRule | None, context: Context) -> Iterator[Fact]:
    """All of an alert: what it says, which rule asked for it, what became of each message, and what it opens."""
    times, now = context.times, context.desk.now()
    yield Fact("alert", line(alert.title), event=alert.event, style="strong")
    reports = [article for i in alert.articles if (article := context.desk.article(i)) is not None]
    told_below = {line(alert.title), *_told(reports)}
    for text in dict.fromkeys(map(line, alert.text.splitlines())):
        if text and text not in told_below and not text.startswith("rule: "):
            yield Fact("says", text)
    yield Fact("rule", line(rule.name) if rule is not None else f"{line(alert.rule)}, no longer configured")
    yield Fact("raised", f"{times.full(alert.at)}, {relative(alert.at, now)} · {_seen_words(alert, context)}")
    if alert.held_until is not None and alert.held_until > now:
        yield Fact("held", f"quiet hours: not sent before {times.moment(alert.held_until, now)}")
    deliveries = context.alerting.deliveries(alert.id)
    for delivery in deliveries:
        yield _delivery_fact(delivery, context)
    if not deliveries:
        yield Fact("sent", "nowhere: " + (_WITHHELD[alert.withheld] if alert.withheld else "its rule names no channel"))
    for article in reports:
        yield Fact("told by", f"{line(article.publisher)} · {line(article.title)}", article=article.id)


def _told(reports: Iterable[Article]) -> Iterator[str]:
    """The lines of an alert's text that name a report: those stand below, and open it."""
    for article in reports:
        yield line(f"{article.publisher}: {article.title}")
        yield line(article.link or "")


_WITHHELD = {
    "muted": "what it is about was muted when it came",
    "cool-down": "it came within the cool-down of its rule, after another one",
}


def _seen_words(alert: Alert, context: Context) -> str:
    if alert.seen is not None:
        return f"acknowledged {context.times.medium(alert.seen, context.desk.now())}"
    return "listed alone" if alert.withheld else "not acknowledged yet"


def _delivery_fact(delivery: Delivery, context: Context) -> Fact:
    """`mail: failed after 8 tries: connection refused`"""
    times, now = context.times, context.desk.now()
    others = len(delivery.alerts) - 1
    parts = [f"{line(delivery.channel)}: "]
    why = f": {line(delivery.reason)}" if delivery.reason else ""
    tries = many(delivery.tries, "try").replace("trys", "tries")
    style = ""
    if delivery.state == "delivered":
        when = f" {times.medium(delivery.finished, now)}" if delivery.finished is not None else ""
        parts.append(f"✓ delivered{when}" + (f", {tries}" if delivery.tries > 1 else ""))
    elif delivery.state == "failed":
        parts.append(f"✗ failed, given up after {tries}{why}")
        style = "bad"
    else:
        again = f", again {relative(delivery.next_try, now)}" if delivery.next_try is not None else ""
        parts.append(f"↻ tried {delivery.tries}×{again}{why}" if delivery.tries else f"… waits to be sent{again}")
        style = "warn" if delivery.tries else ""
    unsure = " · it may have arrived" if delivery.unsure and delivery.state != "delivered" else ""
    digest = f" · one message with {counted(others, 'other alert')}" if others > 0 else ""
    return Fact("sent", "".join(parts) + unsure + digest, style=style)


class MuteList(LineList):
    """What raises no alerts now."""

    HEAD = 1
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("delete,backspace", "unmute", "Take mute back", key_display="del", id="mutes.unmute"),
    ]

    def __init__(self, context: Context, *, id: str) -> None:
        super().__init__(context, id=id)
        self._mutes: dict[str, Mute] = {}
        self._rules: dict[str, AlertRule] = {}

    def show_mutes(self, mutes: Sequence[Mute], rules: Mapping[str, AlertRule]) -> None:
        self._mutes = {mute.id: mute for mute in mutes}
        self._rules = dict(rules)
        self.show(list(self._mutes))

    def heading(self, y: int, width: int) -> list[Run]:  # noqa: ARG002  # LineList's signature
        there = "" if self.has_focus else self.context.says("{} goes there, ", "alerts.other_pane")
        back = there + self.context.says("{} takes one back", "mutes.unmute")
        return [(" Muted: no alerts of", "heading"), (f"   {back}", "muted")]

    def runs(self, row_id: str, width: int) -> list[Run]:
        mute, now = self._mutes[row_id], self.context.desk.now()
        until = until_words(mute.until, self.context.times, now)
        label = cut_words(mute_label(mute, self.context.desk, self._rules), max(10, width - len(until) - 5))
        return [("   ", ""), (f"{label}  ", ""), (until, "muted")]

    def action_unmute(self) -> None:
        if self.current is not None:
            self.post_message(UnmuteWanted(self._mutes[self.current]))
