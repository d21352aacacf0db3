"""`tensionwatch alerts …`: what was raised and what became of it; tests of the channels; acknowledged, sent again."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from tensionwatch.alertkeeper import AlertBook
from tensionwatch.alerts.outbox import retried
from tensionwatch.alerts.records import Alert, Channel, Delivery
from tensionwatch.alerts.send import send
from tensionwatch.alerts.wire import Payload, a_test
from tensionwatch.clock import SystemClock
from tensionwatch.commands.common import BadOption, did_you_mean, opened_store
from tensionwatch.commands.starting import json_line, load_config, say
from tensionwatch.commands.told import at
from tensionwatch.config import Config
from tensionwatch.errors import SendFailed
from tensionwatch.model import to_json
from tensionwatch.sanitise import visible
from tensionwatch.store import Store
from tensionwatch.store.alerting import AlertRecords
from tensionwatch.units import about_words
from tensionwatch.words import counted

_SHOWN = 5
"""Ids named where the beginning of one has several."""


def run(args: argparse.Namespace) -> int:
    loaded, notices = load_config(args)
    for notice in notices:
        say(notice)
    actions: dict[str, Callable[[argparse.Namespace, Config], int]] = {
        "list": _list, "test": _test, "retry": _retry, "ack": _acknowledge,
    }  # fmt: skip
    return actions[args.action](args, loaded)


# ------------------------------------------------------------------ list


def _list(args: argparse.Namespace, loaded: Config) -> int:
    """Without the lock."""
    now = SystemClock().now()
    with opened_store(loaded, read_only=True) as store:
        kept = store.alerts
        alerts = (kept.unseen if args.unseen else kept.newest)[: args.limit]
        for alert in alerts:
            if args.json:
                deliveries = list(map(_report, kept.deliveries_of(alert.id)))
                print(json_line({**to_json(alert), "deliveries": deliveries}))
            else:
                print("\n".join(_lines(alert, kept.deliveries_of(alert.id), now)))
        if not alerts:
            say(f"no {'unseen ' if args.unseen else ''}alerts" if len(kept) else _why_none(loaded))
        elif not args.json:
            say(_summary(store))
    return 0


def _report(delivery: Delivery) -> dict[str, Any]:
    """With the number of its alerts in place of their ids: a thousand alerts of one digest would name a million."""
    return {**to_json(delivery), "alerts": len(delivery.alerts)}


def _why_none(loaded: Config) -> str:
    if not any(rule.enabled for rule in loaded.alerts):
        return "no alerts: no [[alert]] rule is configured; 'tensionwatch init' writes examples"
    return f"no alerts yet in {loaded.storage.path}"


def _summary(store: Store) -> str:
    status = AlertBook(store, SystemClock()).status()
    given_up = sum(delivery.state == "failed" for delivery in store.alerts.deliveries())
    told = [counted(len(store.alerts), "alert"), f"{status.unseen:,} unseen"]
    if status.undelivered:
        told.append(f"{counted(status.undelivered, 'message')} to be delivered")
    if given_up:
        told.append(f"{counted(given_up, 'message')} given up ('tensionwatch alerts retry')")
    if status.mutes:
        told.append(f"{counted(status.mutes, 'mute')} in force")
    return ", ".join(told)


def _lines(alert: Alert, deliveries: Iterable[Delivery], now: datetime) -> Iterator[str]:
    """`9c1f02ab…  2026-03-01 14:05Z  new   korea  ▲ incident …`, and below it what became of each message."""
    word = alert.withheld or ("seen" if alert.seen else "new")
    yield f"{alert.id}  {at(alert.at)}  {word:<9}  {visible(alert.rule)}  {visible(alert.title)}"
    yield from (f"    {visible(each.channel)}: {delivery_words(each, now)}" for each in deliveries)


def delivery_words(delivery: Delivery, now: datetime) -> str:
    """`delivered 2026-03-01 14:05Z`, `tried 3 times, next in 5m: Connection refused`, `given up …`"""
    with_others = f" with {len(delivery.alerts) - 1:,} more" if len(delivery.alerts) > 1 else ""
    reason = f": {visible(delivery.reason)}" if delivery.reason else ""
    tried = f"tried {counted(delivery.tries, 'time')}" if delivery.tries else ""
    if delivery.state == "delivered":
        return f"delivered {at(delivery.finished)}{with_others}"
    if delivery.state == "failed":
        return f"given up {at(delivery.finished)}, {tried or 'never tried'}{with_others}{reason}"
    if delivery.state == "sending":
        return f"being sent{with_others}"
    due = delivery.next_try
    when = f"next in {about_words((due - now).total_seconds())}" if due is not None and due > now else "waits"
    doubtful = " (it may have arrived)" if delivery.unsure else ""
    return f"{', '.join(filter(None, (tried, when)))}{with_others}{reason}{doubtful}"


# ------------------------------------------------------------------ test


def _test(args: argparse.Namespace, loaded: Config) -> int:
    """Neither store nor lock: what is sent is no alert."""
    channels = [_channel(name, loaded) for name in dict.fromkeys(args.channel)] or list(loaded.channels)
    if not channels:
        raise BadOption("alerts test: no [[channel]] is configured")
    return int(not all(asyncio.run(_test_all(channels))))


async def _test_all(channels: Sequence[Channel]) -> list[bool]:
    payload = a_test(SystemClock().now())
    return await asyncio.gather(*(_test_one(channel, payload) for channel in channels))


async def _test_one(channel: Channel, payload: Payload) -> bool:
    """Says what came of it."""
    begun = time.monotonic()
    try:
        await send(channel, payload)
    except SendFailed as failed:
        print(f"{channel.id}: failed: {visible(str(failed))}")
        return False
    print(f"{channel.id}: delivered in {time.monotonic() - begun:.1f}s")
    return True


def _channel(name: str, loaded: Config) -> Channel:
    channels = {channel.id: channel for channel in loaded.channels}
    if name not in channels:
        there = f"; there are {', '.join(channels)}" if channels else "; no [[channel]] is configured"
        raise BadOption(f"alerts test: no channel '{name}'{did_you_mean(name, channels) or there}")
    return channels[name]


# ------------------------------------------------------------------ retry, ack


def _retry(args: argparse.Namespace, loaded: Config) -> int:
    with opened_store(loaded) as store:
        wanted = {alert.id for alert in _named(args.id, store.alerts, "retry")} if args.id else None
        failed = [
            delivery
            for delivery in store.alerts.deliveries()
            if delivery.state == "failed" and (wanted is None or wanted & set(delivery.alerts))
        ]
        store.alerts.keep(deliveries=map(retried, failed))
    print(f"{counted(len(failed), 'message')} will be sent by the next screen or poll")
    return 0


def _acknowledge(args: argparse.Namespace, loaded: Config) -> int:
    if args.all == bool(args.id):
        raise BadOption("alerts ack: which? ids, as 'tensionwatch alerts list' has them, or --all")
    with opened_store(loaded) as store:
        alerts = list(store.alerts) if args.all else _named(args.id, store.alerts, "ack")
        unseen = [alert.id for alert in alerts if alert.seen is None]
        AlertBook(store, SystemClock()).acknowledge(unseen)
    print(f"{counted(len(unseen), 'alert')} acknowledged")
    return 0


def _named(names: Iterable[str], kept: AlertRecords, action: str) -> list[Alert]:
    """The alerts of these ids, or beginnings of ids. Raises BadOption."""
    return [_one_named(name, kept, action) for name in dict.fromkeys(names)]


def _one_named(name: str, kept: AlertRecords, action: str) -> Alert:
    if (exact := kept.alert(name)) is not None:
        return exact
    found = [alert for alert in kept if name and alert.id.startswith(name)]
    if len(found) > 1:
        ids = ", ".join(alert.id for alert in found[:_SHOWN])
        raise BadOption(f"alerts {action}: '{name}' is the beginning of several: {ids}{' …' * (len(found) > _SHOWN)}")
    if not found:
        near = did_you_mean(name, (alert.id for alert in kept)) or "; 'tensionwatch alerts list' has their ids"
        raise BadOption(f"alerts {action}: no alert '{name}'{near}")
    return found[0]
