"""The alerts: newest first, all of the one under the cursor below, and what is muted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tensionwatch.alerts.records import AlertRule
from tensionwatch.tui.cells import line
from tensionwatch.tui.messages import AlertsSeen, ArticleChosen, EventChosen, IndexChosen, MuteWanted
from tensionwatch.tui.muting import of_alert
from tensionwatch.tui.screens.base import DeskScreen
from tensionwatch.tui.tension import learning_words
from tensionwatch.tui.widgets.alerts import AlertList, MuteList, alert_facts
from tensionwatch.tui.widgets.facts import FactList

LISTED = 1000


class AlertsScreen(DeskScreen):
    MODE = "alerts"
    NAME = "Alerts"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "seen", "Seen", id="alerts.seen"),
        Binding("A", "all_seen", "All seen", id="alerts.all_seen"),
        Binding("m", "mute", "Mute", id="alerts.mute"),
        Binding("tab", "app.focus_next", "Details", id="alerts.other_pane"),
        Binding("shift+tab", "app.focus_previous", "Details/list", show=False, id="alerts.other_pane_back"),
    ]

    def body(self) -> list[Widget]:
        return [
            AlertList(self.context, id="alerts"),
            FactList(self.context, id="alert"),
            MuteList(self.context, id="mutes"),
        ]

    def on_mount(self) -> None:
        self.lines.focus()

    @property
    def lines(self) -> AlertList:
        return self.query_one("#alerts", AlertList)

    @property
    def facts(self) -> FactList:
        return self.query_one("#alert", FactList)

    def show_alert(self, alert_id: str) -> None:
        """Put the cursor on it, where it is listed."""
        if alert_id in self.lines.ids:
            self.lines.move_to(list(self.lines.ids).index(alert_id))

    def pull(self) -> None:
        alerting, rules = self.context.alerting, self._rules()
        mutes = alerting.mutes()
        self.lines.empty = self._why_empty(rules)
        self.lines.show_alerts(alerting.alerts(LISTED), rules)
        there = self.query_one("#mutes", MuteList)
        if bool(mutes) != there.display:
            if there.has_focus:
                self.lines.focus()
            there.display = bool(mutes)
        there.show_mutes(mutes, rules)
        self._show_alert()
        self.refresh_bindings()

    def _rules(self) -> dict[str, AlertRule]:
        return {rule.id: rule for rule in self.context.alerting.rules()}

    def _why_empty(self, rules: Mapping[str, AlertRule]) -> str:
        watching = [line(rule.name) for rule in rules.values() if rule.enabled]
        if not watching:
            why = "every [[alert]] is off in" if rules else "there is no [[alert]] in"
            return f"No alerts are asked for: {why} the configuration. config.example.toml shows how one looks."
        said = [f"No alerts so far. {len(watching)} rule{'s watch' if len(watching) > 1 else ' watches'}:"]
        said.append(", ".join(watching) + ".")
        learning = learning_words(self.context.desk.index()) if self.index_is_ready() else ()
        return " ".join((*said, *learning))

    def _show_alert(self, *, from_top: bool = False) -> None:
        alert = self.lines.alert
        facts = alert_facts(alert, self._rules().get(alert.rule), self.context) if alert is not None else ()
        if bool(alert) != self.facts.display:
            self.facts.display = alert is not None
        self.facts.show_facts(facts, from_top=from_top)

    @on(AlertList.Moved, "#alerts")
    def _moved(self) -> None:
        self._show_alert(from_top=True)
        self.refresh_bindings()

    @on(AlertList.Chosen, "#alerts")
    def _chosen(self) -> None:
        """Open the event that it is about, else the numbers of its region."""
        alert = self.lines.alert
        if alert is None:
            return
        if alert.event is not None:
            self.post_message(EventChosen(alert.event))
        elif alert.region is not None:
            self.post_message(IndexChosen(alert.region))

    @on(FactList.Chosen, "#alert")
    def _fact_chosen(self, message: FactList.Chosen) -> None:
        fact, alert = self.facts.fact(message.row_id), self.lines.alert
        if fact.article is not None and alert is not None:
            self.post_message(ArticleChosen(fact.article, alert.articles))
        elif fact.event is not None:
            self.post_message(EventChosen(fact.event))

    def action_seen(self) -> None:
        if (alert := self.lines.alert) is not None:
            self.post_message(AlertsSeen((alert.id,), seen=alert.seen is None))

    def action_all_seen(self) -> None:
        if waiting := self.lines.waiting:
            self.post_message(AlertsSeen(waiting, seen=True))

    def action_mute(self) -> None:
        if (alert := self.lines.alert) is not None:
            self.post_message(MuteWanted(list(of_alert(alert, self.context.desk, self._rules()))))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  # Textual's signature
        """Keys that would do nothing are not offered."""
        if action in ("seen", "mute"):
            return self.is_whole and self.lines.alert is not None
        return action != "all_seen" or (self.is_whole and bool(self.lines.waiting))
