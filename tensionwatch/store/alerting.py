"""What is kept of alerts: four tables beside those of articles and events, all in memory as records too.

    alerts       what was raised, for 90 days            deliveries   one message each, until delivered or given up
    alert_rules  from when on a rule speaks              mutes        of what nobody wants to be told

Each change is one record of the journal, durable on return: an alert and its deliveries are there both, or neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cached_property

import msgspec

from tensionwatch.alerts.records import Alert, Delivery, Mute, RuleState
from tensionwatch.store.kept import Kept
from tensionwatch.store.keyed import KeyedTable
from tensionwatch.store.table import JournalDB

OPEN = ("waiting", "sending")
"""States of deliveries of which nobody knows yet how they end."""


class AlertRecords:
    """Made by the store, which gives `commit`: what is changed within it is one durable record of the journal. Whatever
    changes something raises StoreUnwritable, with nothing changed."""

    def __init__(self, db: JournalDB, commit: Callable[[], AbstractContextManager[None]]) -> None:
        self._commit = commit
        self._alerts = Kept(db, "alerts", Alert)
        self._deliveries = Kept(db, "deliveries", Delivery)
        self._mutes = Kept(db, "mutes", Mute)
        self._states = Kept(db, "alert_rules", RuleState)

    @property
    def kept(self) -> tuple[Kept[Alert], Kept[Delivery], Kept[Mute], Kept[RuleState]]:
        return self._alerts, self._deliveries, self._mutes, self._states

    @property
    def tables(self) -> tuple[KeyedTable, ...]:
        return tuple(kept.table for kept in self.kept)

    # ---------------------------------------------------------------- looking

    def __len__(self) -> int:
        return len(self._alerts.records)

    def __iter__(self) -> Iterator[Alert]:
        """All, in the order in which they were raised."""
        return iter(list(self._alerts.records.values()))

    def alert(self, alert_id: str) -> Alert | None:
        return self._alerts.records.get(alert_id)

    @cached_property
    def newest(self) -> list[Alert]:
        """All, newest first."""
        return sorted(self._alerts.records.values(), key=lambda alert: (alert.at, alert.id), reverse=True)

    @cached_property
    def unseen(self) -> list[Alert]:
        """Those that ask for attention, newest first."""
        return [alert for alert in self.newest if alert.seen is None and not alert.withheld]

    @cached_property
    def unseen_failures(self) -> list[Delivery]:
        """Of these, what was given up."""
        ids = {alert.id for alert in self.unseen}
        failed = (delivery for delivery in self._deliveries.records.values() if delivery.state == "failed")
        return [delivery for delivery in failed if not ids.isdisjoint(delivery.alerts)]

    def deliveries(self) -> list[Delivery]:
        return list(self._deliveries.records.values())

    def deliveries_of(self, alert_id: str) -> list[Delivery]:
        """By channel."""
        found = (delivery for delivery in self._deliveries.records.values() if alert_id in delivery.alerts)
        return sorted(found, key=lambda delivery: (delivery.channel, delivery.id))

    @cached_property
    def open_deliveries(self) -> list[Delivery]:
        """That wait, or were being sent; in the order in which they were raised."""
        return [delivery for delivery in self._deliveries.records.values() if delivery.state in OPEN]

    def mutes(self) -> list[Mute]:
        """Ended ones too."""
        return list(self._mutes.records.values())

    @property
    def rules(self) -> frozenset[str]:
        """Ids of those that a state is kept of."""
        return frozenset(self._states.records)

    def state(self, rule: str) -> RuleState | None:
        return self._states.records.get(rule)

    # ---------------------------------------------------------------- changing

    def keep(
        self,
        alerts: Iterable[Alert] = (),
        deliveries: Iterable[Delivery] = (),
        states: Iterable[RuleState] = (),
        forgotten: Iterable[str] = (),
    ) -> None:
        """Insert or replace them, all in one record; `forgotten` are rules that there are no more."""
        self._change(tuple(alerts), tuple(deliveries), tuple(states), gone_states=tuple(forgotten))

    def keep_delivery(self, delivery: Delivery, replaces: Iterable[str] = ()) -> None:
        """Insert or replace one, in the place of these others too: a digest that says what each of them would have."""
        self._change(deliveries=(delivery,), gone_deliveries=tuple(each for each in replaces if each != delivery.id))

    def acknowledge(self, alert_ids: Iterable[str], seen: datetime | None) -> None:
        """None takes it back. Ids of no alert are passed over."""
        known = (self._alerts.records[each] for each in dict.fromkeys(alert_ids) if each in self._alerts.records)
        self._change(tuple(msgspec.structs.replace(a, seen=seen) for a in known if (a.seen is None) != (seen is None)))

    def keep_mute(self, mute: Mute) -> None:
        self._change(mutes=(mute,))

    def remove_before(self, before: datetime) -> int:
        """Alerts that were raised before and have nothing to deliver any more, their deliveries, and mutes that had
        ended; gives how many alerts."""
        busy = {alert for delivery in self.open_deliveries for alert in delivery.alerts}
        gone = {a.id for a in self._alerts.records.values() if a.at < before and a.id not in busy}
        deliveries = (d for d in self._deliveries.records.values() if d.state not in OPEN)
        self._change(
            gone_alerts=tuple(gone),
            gone_deliveries=tuple(d.id for d in deliveries if all(self._is_gone(a, gone) for a in d.alerts)),
            gone_mutes=tuple(m.id for m in self._mutes.records.values() if m.until is not None and m.until < before),
        )
        return len(gone)

    def _is_gone(self, alert_id: str, gone: set[str]) -> bool:
        return alert_id in gone or alert_id not in self._alerts.records

    def _change(
        self,
        alerts: tuple[Alert, ...] = (),
        deliveries: tuple[Delivery, ...] = (),
        states: tuple[RuleState, ...] = (),
        mutes: tuple[Mute, ...] = (),
        gone_alerts: tuple[str, ...] = (),
        gone_deliveries: tuple[str, ...] = (),
        gone_mutes: tuple[str, ...] = (),
        gone_states: tuple[str, ...] = (),
    ) -> None:
        changed = (alerts, deliveries, states, mutes, gone_alerts, gone_deliveries, gone_mutes, gone_states)
        if not any(changed):
            return
        with self._commit():
            self._alerts.put(alerts)
            self._deliveries.put(deliveries)
            self._states.put(states)
            self._mutes.put(mutes)
            self._alerts.table.remove(gone_alerts)
            self._deliveries.table.remove(gone_deliveries)
            self._mutes.table.remove(gone_mutes)
            self._states.table.remove(gone_states)
        self._alerts.know(alerts, gone_alerts)
        self._deliveries.know(deliveries, gone_deliveries)
        self._states.know(states, gone_states)
        self._mutes.know(mutes, gone_mutes)
        self.forget_lists()

    def forget_lists(self) -> None:
        """Something has changed: what was made of it is made anew."""
        for name in ("newest", "unseen", "unseen_failures", "open_deliveries"):
            self.__dict__.pop(name, None)
