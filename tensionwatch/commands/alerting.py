"""What a command that collects needs to raise alerts and send them."""

from __future__ import annotations

from tensionwatch.alertkeeper import AlertKeeper
from tensionwatch.alerts.digest import message_words
from tensionwatch.alerts.queue import Queue
from tensionwatch.alerts.records import Delivery
from tensionwatch.alerts.wire import Payload, compose
from tensionwatch.clock import Clock
from tensionwatch.config import Config
from tensionwatch.model import Event
from tensionwatch.ports import Indexing
from tensionwatch.store import Store
from tensionwatch.watch import Watch


def make_alertkeeper(loaded: Config, watch: Watch, store: Store, indexing: Indexing, clock: Clock) -> AlertKeeper:
    """With its outbox; `store` is the one that the watch is on."""
    return AlertKeeper(watch, store, indexing, loaded, clock, make_outbox(loaded, watch, store, clock))


def make_outbox(loaded: Config, watch: Watch, store: Store, clock: Clock) -> Queue:
    """What the messages say is looked up when they are sent: of an event, how it is then."""

    def event(event_id: str) -> Event | None:
        found = watch.told(event_id)
        return None if found is None else watch.held(found)

    def payload(delivery: Delivery) -> Payload:
        alerts = [alert for alert in map(store.alerts.alert, delivery.alerts) if alert is not None]
        return compose(delivery, *message_words(alerts), alerts, event, watch.article)

    return Queue(store.alerts, loaded.channels, payload, clock)
