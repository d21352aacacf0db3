"""Killed (SIGKILL) between an event's commit and its alert, in the middle of keeping it, after it, and at random: none
is lost, none there twice, none without its deliveries."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tensionwatch.store import Store

CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
from msgspec.structs import replace
from tensionwatch.alertkeeper import AlertKeeper
from tensionwatch.alerts.records import AlertRule, Channel
from tensionwatch.clock import SystemClock
from tensionwatch.model import Batch
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.store import Store
from tensionwatch.store.alerting import AlertRecords
from tensionwatch.watch import Watch
from tests.builders import a_flag, an_article
from tests.test_watch import a_config

folder, first, die = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
rule = AlertRule(id="any", name="Any", channels=("mail", "ntfy"))
config = replace(
    a_config(folder), alerts=(rule,), channels=(Channel(id="mail", command=("cat",)), Channel(id="ntfy", url="x://y")),
)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
keep = AlertRecords.keep

def killed(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def dying_keep(self, alerts=(), *rest, **more):
    if alerts and die == "before":
        killed()
    if alerts and die == "torn":
        write = os.pwrite
        os.pwrite = lambda fd, data, at: (write(fd, bytes(data)[: len(data) // 2], at), killed())
    keep(self, alerts, *rest, **more)
    if alerts and die == "after":
        killed()

AlertRecords.keep = dying_keep

def news(number):
    now = SystemClock().now()
    country = LETTERS[number // 676 % 26] + LETTERS[number // 26 % 26] + LETTERS[number % 26]
    article = an_article(f"a{number:06}", a_flag(country, "KOR"), title=f"word{number} other{number} third{number}")
    return replace(article, published=now, effective=now, first_seen=now)

async def main():
    with Store.open(folder) as store:
        watch = Watch(store, config, load_atlas(), SystemClock())
        for _ in watch.settle():
            pass
        keeper = AlertKeeper(watch, config, SystemClock())
        if die == "never":
            print(len(await keeper.once()), flush=True)
            return
        running = asyncio.create_task(keeper.run(lambda raised: None))
        await asyncio.sleep(0.05)
        number = first
        while not running.done():
            watch._chronicle.take(Batch(articles=(news(number),), new=1))
            watch.changed()
            print(number, flush=True)
            number += 1
            await asyncio.sleep(0.02)

asyncio.run(main())
"""


def child(folder: Path, first: int, die: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, str(folder), str(first), die]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1])


def acknowledged(folder: Path, first: int, die: str, after: float = 30.0) -> list[int]:
    """Events that a child says it has kept before it is killed, by itself or after so many seconds."""
    with child(folder, first, die) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        if die == "random":
            time.sleep(after)
            process.kill()
        lines += process.stdout.readlines()
        assert process.wait(60) == -signal.SIGKILL
    return [int(line) for line in lines if line.strip()]


def settled(folder: Path) -> None:
    """A start that is not killed."""
    done = child(folder, 0, "never")
    out, _ = done.communicate(timeout=120)
    assert done.returncode == 0, out


def look(folder: Path, events: set[str]) -> None:
    with Store.open(folder, read_only=True) as store:
        alerts = list(store.alerts)
        assert store.notices == []
        told = {event.id: event.articles for event, _ in store.events()}
    articles = Counter(article for alert in alerts for article in told[alert.event or ""])
    assert set(articles) >= events
    assert set(articles.values()) == {1}
    with Store.open(folder, read_only=True) as store:
        channels = Counter(
            (alert, delivery.channel) for delivery in store.alerts.deliveries() for alert in delivery.alerts
        )
    assert channels == {(alert.id, channel): 1 for alert in alerts for channel in ("mail", "ntfy")}


@pytest.mark.parametrize("die", ["before", "torn", "after"])
def test_a_kill_around_the_keeping_of_an_alert_loses_nothing(tmp_path: Path, die: str) -> None:
    kept = acknowledged(tmp_path, 0, die)
    assert kept
    with Store.open(tmp_path, read_only=True) as store:
        assert bool(len(store.alerts)) == (die == "after")
    settled(tmp_path)
    look(tmp_path, {f"a{number:06}" for number in kept})


def test_kills_at_random_lose_nothing(tmp_path: Path) -> None:
    chance = random.Random(7)
    kept: list[int] = []
    for run in range(6):
        kept += acknowledged(tmp_path, 1000 * run, "random", after=chance.uniform(0.0, 1.6))
    settled(tmp_path)
    settled(tmp_path)
    assert len(kept) > 6
    look(tmp_path, {f"a{number:06}" for number in kept})
