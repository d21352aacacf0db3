"""A keeper of alerts in a process of its own, on a folder whose configuration bench/alert_torture.py has written, with
events of its own making.

Times are shorter than in the program, by `SCALE`: else to wait for what is tried again would take days.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time, thread_time
from typing import Any, NamedTuple

from tensionwatch import alertkeeper, config
from tensionwatch.alertkeeper import AlertKeeper
from tensionwatch.alerts import outbox
from tensionwatch.clock import SystemClock
from tensionwatch.commands.alerting import make_alertkeeper
from tensionwatch.model import Entry, Evidence, Fetched, Flag, Kind, ReadEntry, Status
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.store import Store
from tensionwatch.watch import Watch

RULE, FEED = "all", "one"


def write_config(folder: Path, channels: dict[str, tuple[Sequence[str], float]]) -> Path:
    """One rule that is told of every event, through these channels: command and timeout of each."""
    named = json.dumps(list(channels))
    told = "".join(
        f'[[channel]]\nid = "{name}"\ncommand = {json.dumps(list(command))}\ntimeout = "{timeout:.0f}s"\n'
        for name, (command, timeout) in channels.items()
    )
    path = folder / "config.toml"
    path.write_text(
        f'[storage]\npath = "store"\n[[feed]]\nid = "{FEED}"\nurl = "https://one.example/rss"\n'
        f'[[region]]\nid = "korea"\ncountries = ["PRK", "KOR"]\n'
        f'[[alert]]\nid = "{RULE}"\nchannels = {named}\n{told}'
    )
    return path


def scale(factor: float) -> None:
    """Make the outbox's times so many times shorter; the keeper looks at what has changed at once."""
    outbox.BACK_OFF = tuple(wait / factor for wait in outbox.BACK_OFF)  # type: ignore[misc]
    outbox.SLOWEST /= factor  # type: ignore[misc]
    outbox.REFILL /= factor  # type: ignore[misc]
    alertkeeper.AT_MOST_EVERY = 0.005  # type: ignore[misc]


class World(NamedTuple):
    store: Store
    watch: Watch
    keeper: AlertKeeper


@contextmanager
def opened(path: Path) -> Iterator[World]:
    loaded = config.load(path)
    with Store.open(loaded.storage.path) as store:
        watch = Watch(store, loaded, load_atlas(), SystemClock())
        for _ in watch.settle():
            pass
        keeper = make_alertkeeper(loaded, watch, SystemClock())
        keeper.begin()
        yield World(store, watch, keeper)


class News:
    """Incidents of ever other pairs of countries, each an event of its own."""

    def __init__(self, first: int = 0) -> None:
        """`first`: how many there are already."""
        pairs = itertools.combinations(sorted(load_atlas().countries), 2)
        self._pairs = itertools.islice(pairs, first, None)
        self._number = first

    def arrive(self, watch: Watch, count: int) -> None:
        """One poll brings so many."""
        entries = tuple(self._entry(*next(self._pairs)) for _ in range(count))
        seen = tuple(entry.hash for entry in entries)
        watch.accept(
            Fetched(feed=FEED, at=datetime.now(UTC), result="ok", entries=entries, seen=seen, rules_version="t"),
            jitter=0.0,
        )

    def _entry(self, actor: str, recipient: str) -> ReadEntry:
        self._number += 1
        name = f"https://one.example/{self._number}"
        entry = Entry(
            entry_id=name, link=name, title=f"Shots fired at the border, {self._number}", summary="",
            published=datetime.now(UTC),
        )  # fmt: skip
        flag = Flag(
            kind=Kind.BORDER_INCIDENT, status=Status.ACTUAL, code="X-CROSS", actor=actor, recipient=recipient,
            place=None, rule="bench", rules_version="t", evidence=(Evidence("title", 0, 5, "Shots"),),
        )  # fmt: skip
        return ReadEntry(entry=entry, hash=f"{self._number:016x}", flags=(flag,))


async def raise_and_deliver(world: World, rng: random.Random, news: News, every: float, ready: int) -> None:
    """For ever: now and then a poll brings a few events, seldom many. `ready`: a pipe that hears when it begins."""
    os.write(ready, b".")
    running = asyncio.create_task(world.keeper.run(lambda _: None))
    while not running.done():
        news.arrive(world.watch, rng.choice((1, 1, 2, 12)))
        await asyncio.sleep(rng.uniform(0, every))
    running.result()


async def until_told(world: World, at_most: float, running: asyncio.Task[None] | None = None) -> None:
    """Until nothing waits to be delivered, or for so many seconds."""
    running = running or asyncio.create_task(world.keeper.run(lambda _: None))
    ends = perf_counter() + at_most
    quiet = 0
    while quiet < 5 and perf_counter() < ends and not running.done():
        await asyncio.sleep(0.02)
        quiet = 0 if world.store.alerts.open_deliveries else quiet + 1
    running.cancel()
    await asyncio.wait({running})


class Beats(NamedTuple):
    longest: float
    """Milliseconds of CPU between two turns of the loop, at most: what others on the machine take is not in it."""
    cpu: float
    """Seconds of this process."""


async def a_thousand(world: World, count: int) -> Beats:
    """At once."""
    longest = 0.0

    async def beat() -> None:
        nonlocal longest
        while True:
            begun = thread_time()
            await asyncio.sleep(0)
            longest = max(longest, thread_time() - begun)

    begun = process_time()
    News().arrive(world.watch, count)
    beating = asyncio.create_task(beat())
    await until_told(world, 60.0)
    beating.cancel()
    return Beats(1000 * longest, process_time() - begun)


def told_of(world: World) -> dict[str, Any]:
    """What is in the store at the end."""
    kept = world.store.alerts
    return {
        "events": len(world.watch.events(limit=1_000_000)),
        "alerts": [alert.id for alert in kept],
        "deliveries": [(d.channel, d.state, d.tries, list(d.alerts)) for d in kept.deliveries()],
    }
