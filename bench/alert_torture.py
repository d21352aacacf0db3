"""Kills the keeper of alerts between event and delivery, takes its network away, and raises a thousand alerts at once;
then looks whether any was lost, came twice, or was a flood.

    .venv/bin/python bench/alert_torture.py [--runs N] [--outage SECONDS] [--seed N] [--folder DIR] [--json]

1. `--runs`: a keeper that takes events in and tells two commands of them is killed (kill -9) at a random moment; the
   next goes on with the same folder. The commands append the message to a file; they outlive the keeper, as a mail that
   is on its way does. Every event of the store must then be in each file. One that is there twice must say `again`:
   nobody could know whether the first had arrived.
2. A dead network: of four channels one is refused, one has no route, one hangs, one is well. After an outage of an
   hour (in times that are all a hundredth of the program's) all come back; every alert must be in all of them.
3. A thousand events at once.

Ends with 1 if any alert was lost, or came twice without saying so.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import random
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from alert_child import News, World, a_thousand, opened, raise_and_deliver, scale, told_of, until_told, write_config

from tensionwatch.alerts import outbox
from tensionwatch.alerts.records import Delivery
from tensionwatch.logbook import LOG
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.store import Store

FRESH_AFTER = 25
"""Kills that one folder lives through before it is looked at and another is begun."""
LONGEST = 0.5
"""Seconds that a keeper lives at most, from when it has opened its store."""
EARLY = 0.2
"""Share of the keepers that are killed as they begin."""
SLOW = 'sleep "0.0$(($$ % 5))"; exec cat >>"$0"'
"""A command that takes up to 40 ms and appends what it is given to a file."""
PATIENCE = 60.0
SCALE = 100.0
"""So many times shorter are all waits while the network is dead."""
TIMEOUT = 2.0


class Found(NamedTuple):
    """What a channel's file holds against what was raised."""

    alerts: int
    messages: int
    lost: int
    """Alerts."""
    twice: int
    """Messages that came more than once, each time but the first said to come again."""
    unsaid: int
    """Alerts that came more than once without that."""

    def plus(self, other: Found) -> Found:
        return Found(*(a + b for a, b in zip(self, other, strict=True)))


NOTHING = Found(0, 0, 0, 0, 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--outage", type=float, default=36.0, help="seconds, each a hundred of the program's")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to work")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = []
    with _workplace(options.folder) as place:
        kills = kill_many(place / "kills", options.runs, random.Random(options.seed))
        found = kills.found
        rows += [
            _row("kill -9: alerts lost", found.lost, 0, "alerts",
                 f"{kills.runs} kills, {found.alerts} alerts to be told, {found.messages} messages"),
            _row("kill -9: twice without saying so", found.unsaid, 0, "alerts", ""),
            _row("kill -9: twice, said so", found.twice, kills.delivering, "messages",
                 f"of {kills.delivering} that were being sent when their keeper was killed"),
        ]  # fmt: skip
        rows += at_once(place / "once", 1000)
        rows += dead_network(place / "network", options.outage)  # last: it makes the times of this process shorter
    if options.json:
        print(json.dumps(rows))
    else:
        for row in rows:
            goal = "" if row["goal"] is None else f"(≤ {row['goal']:g})"
            print(f"{row['name']:<44} {row['ours']:>8g} {row['unit']:<9} {goal:<9} {row['done']}")
    return int(not all(row["holds"] for row in rows))


def _row(name: str, ours: float, goal: float | None, unit: str, done: str) -> dict[str, Any]:
    return {
        "name": name, "ours": ours, "peer": None, "ratio": None, "goal": goal, "holds": goal is None or ours <= goal,
        "unit": unit, "done": done,
    }  # fmt: skip


@contextmanager
def _workplace(folder: Path | None) -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="alerts-", dir=folder))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)  # a command that has outlived its keeper may still be at it


def examine(told: dict[str, Any], messages: Path) -> Found:
    """Every event raised one alert; each must be in the file."""
    came = [json.loads(line) for line in messages.read_text("utf-8").splitlines()] if messages.exists() else []
    first: set[str] = set()
    unsaid: set[str] = set()
    for message in came:
        ids = {alert["id"] for alert in message["alerts"]}
        if not message["again"]:
            unsaid |= ids & first
        first |= ids
    raised = set(told["alerts"])
    lost = told["events"] - len(raised) + len(raised - first)
    twice = sum(number > 1 for number in Counter(message["id"] for message in came).values())
    return Found(len(raised), len(came), lost, twice, len(unsaid))


# ------------------------------------------------------------------ kill -9


class Kills(NamedTuple):
    runs: int
    delivering: int
    """Messages that were being sent when their keeper was killed."""
    found: Found


def kill_many(place: Path, runs: int, rng: random.Random) -> Kills:
    load_atlas()  # once, and not in each keeper
    delivering, found = 0, NOTHING
    for begun in range(0, runs, FRESH_AFTER):
        folder = place / str(begun)
        folder.mkdir(parents=True)
        files = {name: folder / f"{name}.jsonl" for name in ("phone", "mail")}
        path = write_config(folder, {name: (("/bin/sh", "-c", SLOW, str(file)), 30) for name, file in files.items()})
        for _ in range(min(FRESH_AFTER, runs - begun)):
            delivering += _killed(path, rng)
        told = _at_peace(path)
        for file in files.values():
            found = found.plus(examine(told, file))
    return Kills(runs, delivering, found)


def _killed(path: Path, rng: random.Random) -> int:
    """How many messages were being sent then."""
    reader, writer = os.pipe()
    seed, early = rng.random(), rng.random() < EARLY
    pid = os.fork()
    if pid == 0:
        try:
            scale(2000)
            with opened(path) as world:
                news = News(len(world.watch.events(limit=1_000_000)))
                asyncio.run(raise_and_deliver(world, random.Random(seed), news, 0.05, writer))
        finally:
            os._exit(1)
    os.close(writer)
    if not early:
        os.read(reader, 1)
    time.sleep(rng.uniform(0, LONGEST))
    os.close(reader)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with Store.open(path.parent / "store", read_only=True) as store:
        return sum(delivery.state == "sending" for delivery in store.alerts.deliveries())


def _at_peace(path: Path) -> dict[str, Any]:
    """A last keeper tells what waits; what there is then."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            scale(2000)
            with opened(path) as world:
                asyncio.run(until_told(world, PATIENCE))
                with os.fdopen(writer, "w") as pipe:
                    json.dump(told_of(world), pipe)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        told: dict[str, Any] = json.load(pipe)
    os.waitpid(pid, 0)
    return told


# ------------------------------------------------------------------ a dead network

POST = """
import pathlib, sys, urllib.request
body = sys.stdin.buffer.read()
urllib.request.urlopen(urllib.request.Request(sys.argv[1], body), timeout=600).read()
with open(sys.argv[2], "ab") as file: file.write(body)
"""


class Town:
    """One port that hangs or answers, one that is closed or answers, one without a route."""

    def __init__(self) -> None:
        self.is_up = threading.Event()
        town = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                town.is_up.wait()
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Not here."""

        self._handler = Handler
        self._hangs = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._hangs.daemon_threads = True
        self._serve(self._hangs)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.closed = free.getsockname()[1]
        self.hanging = self._hangs.server_port

    def come_back(self) -> None:
        opened = ThreadingHTTPServer(("127.0.0.1", self.closed), self._handler)
        opened.daemon_threads = True
        self._serve(opened)
        self.is_up.set()

    def _serve(self, server: ThreadingHTTPServer) -> None:
        threading.Thread(target=server.serve_forever, daemon=True).start()


def dead_network(folder: Path, outage: float) -> list[dict[str, Any]]:
    folder.mkdir(parents=True)
    route = folder / "no-route"
    route.write_text("http://240.0.0.1:9/")  # reserved: the kernel refuses it, nothing is sent
    town = Town()
    post = folder / "post.py"
    post.write_text(POST)
    by_route = folder / "by_route.py"
    by_route.write_text(f"import sys; sys.argv[1] = open({str(route)!r}).read()\n{POST}")
    places = {"refused": f"http://127.0.0.1:{town.closed}/", "hangs": f"http://127.0.0.1:{town.hanging}/"}
    files = {name: folder / f"{name}.jsonl" for name in ("refused", "no route", "hangs", "well")}
    files = {name.replace(" ", "-"): file for name, file in files.items()}
    channels = {
        name: ((sys.executable, str(post), url, str(files[name])), TIMEOUT) for name, url in places.items()
    } | {
        "no-route": ((sys.executable, str(by_route), "-", str(files["no-route"])), TIMEOUT),
        "well": (("/bin/sh", "-c", SLOW, str(files["well"])), TIMEOUT),
    }  # fmt: skip
    path = write_config(folder, channels)
    scale(SCALE)
    with opened(path) as world, _log_lines() as lines:
        tries = _counting_tries(world)
        asyncio.run(_outage(world, town, route, outage))
        told, late = told_of(world), _latest(world, "well")
    found = {name: examine(told, file) for name, file in files.items()}
    dead = [name for name in files if name != "well"]
    all_of = NOTHING
    for each in found.values():
        all_of = all_of.plus(each)
    words = ", ".join(f"{name} {found[name].messages} messages, {tries[name]} tries" for name in files)
    return [
        _row("dead network: alerts lost", all_of.lost, 0, "alerts", f"{all_of.alerts} to be told over 4 channels"),
        _row("dead network: twice without saying so", all_of.unsaid, 0, "alerts", "a server that hangs may have it"),
        _row("dead network: twice, said so", all_of.twice, None, "alerts", "those that a server hung over"),
        _row("dead network: messages a channel", max(found[n].messages for n in dead), 10, "messages", words),
        _row("dead network: lines in the log", len(lines), 2 * len(dead), "lines", "when it fails, when it is back"),
        _row("dead network: the well channel's latest", round(late / outbox.REFILL, 1), None, "minutes",
             "of the program's; one alert in 10 s is a flood, of which it is told once a minute"),
    ]  # fmt: skip


def _latest(world: World, channel: str) -> timedelta:
    """How long after it was raised an alert came, at most."""
    kept = world.store.alerts
    done = [(each.finished, each.alerts) for each in kept.deliveries() if each.channel == channel]
    raised = {alert.id: alert.at for alert in kept}
    return max(finished - raised[alert] for finished, alerts in done if finished for alert in alerts)


@contextmanager
def _log_lines() -> Iterator[list[str]]:
    """What is said of channels meanwhile."""
    lines: list[str] = []

    class Hears(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage().startswith("channel"):
                lines.append(record.getMessage())

    hears = Hears()
    LOG.addHandler(hears)
    LOG.setLevel(logging.INFO)
    yield lines
    LOG.removeHandler(hears)


def _counting_tries(world: World) -> Counter[str]:
    """Of each channel: digests take the place of what was tried before."""
    tries: Counter[str] = Counter()
    kept = world.store.alerts
    keep_delivery = kept.keep_delivery

    def counted(delivery: Delivery, replaces: Iterable[str] = ()) -> None:
        tries[delivery.channel] += delivery.state == "sending"
        keep_delivery(delivery, replaces)

    kept.keep_delivery = counted  # type: ignore[method-assign]
    return tries


async def _outage(world: World, town: Town, route: Path, length: float) -> None:
    running = asyncio.create_task(world.keeper.run(lambda _: None))
    news, ends = News(), time.monotonic() + length
    while time.monotonic() < ends:
        news.arrive(world.watch, 1)
        await asyncio.sleep(0.1)
    town.come_back()
    route.write_text(f"http://127.0.0.1:{town.hanging}/")
    await until_told(world, PATIENCE, running)


# ------------------------------------------------------------------ at once


def at_once(folder: Path, count: int) -> list[dict[str, Any]]:
    folder.mkdir(parents=True)
    files = {name: folder / f"{name}.jsonl" for name in ("phone", "mail")}
    path = write_config(folder, {name: (("/bin/sh", "-c", SLOW, str(file)), 30) for name, file in files.items()})
    with opened(path) as world:
        beats = asyncio.run(a_thousand(world, count))
        told = told_of(world)
    found = [examine(told, file) for file in files.values()]
    return [
        _row(f"{count:,} at once: alerts lost", sum(f.lost for f in found), 0, "alerts", f"{count} events, 2 channels"),
        _row(f"{count:,} at once: twice", sum(f.twice + f.unsaid for f in found), 0, "alerts", ""),
        _row(f"{count:,} at once: messages a channel", max(f.messages for f in found), 6, "messages", ""),
        _row(f"{count:,} at once: the loop held up", round(beats.longest, 1), 50, "ms of CPU",
             f"at most; {beats.cpu:.2f} s of CPU in all"),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
