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
from tensionwatch.watch import Watch


def make_alertkeeper(loaded: Config, watch: Watch, clock: Clock) -> AlertKeeper:
    """With its outbox."""
    return AlertKeeper(watch, loaded, clock, _make_outbox(loaded, watch, clock))


def _make_outbox(loaded: Config, watch: Watch, clock: Clock) -> Queue:
    """What the messages say is looked up when they are sent: of an event, how it is then."""
    kept = watch.store.alerts

    def event(event_id: str) -> Event | None:
        found = watch.told(event_id)
        return None if found is None else watch.held(found)

    def payload(delivery: Delivery) -> Payload:
        alerts = [alert for alert in map(kept.alert, delivery.alerts) if alert is not None]
        return compose(delivery, *message_words(alerts), alerts, event, watch.article)

    return Queue(kept, loaded.channels, payload, clock)
