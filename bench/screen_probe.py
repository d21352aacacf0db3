"""The screen as `tensionwatch` opens it, with a task on its loop that notes how late it is; see screen_poll.py.

    screen_probe.py CONFIG FOUND.json SAMPLES WHY ASKING

Asks, through the pipe ASKING, for an entry more, sample by sample, and writes what it has found to FOUND.json.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
import traceback
from collections import Counter
from pathlib import Path

from tensionwatch import config, logfile
from tensionwatch.clock import SystemClock
from tensionwatch.commands.alerting import make_alertkeeper
from tensionwatch.commands.common import make_poller, make_rulekeeper, open_watch, settle, take_short_turns
from tensionwatch.commands.starting import start_ingest
from tensionwatch.exchange import Group, Window
from tensionwatch.watch import Watch

NAP = 0.005
"""Seconds between two wakes."""
HELD_UP = 0.025
"""Seconds after which the stack of a loop that does not come back is looked at."""
SHOWN_OF_STACK = 7


class Probe:
    """Wakes on the loop again and again."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self.busy: list[float] = []
        """Milliseconds by which each wake was late, and CPU time of the loop's thread since the one before."""
        self.on = False
        self.woken = time.monotonic()

    async def run(self) -> None:
        while True:
            slept, worked = time.monotonic(), time.thread_time()
            await asyncio.sleep(NAP)
            self.woken = time.monotonic()
            if self.on:
                self.late.append(max(0.0, 1000 * (self.woken - slept - NAP)))
                self.busy.append(1000 * (time.thread_time() - worked))


class Why(threading.Thread):
    """Looks what the loop is at when it does not come back."""

    def __init__(self, probe: Probe) -> None:
        super().__init__(daemon=True)
        self._probe = probe
        self._main = threading.main_thread().ident or 0
        self.seen: Counter[str] = Counter()

    def run(self) -> None:
        looked_at = 0.0
        while True:
            time.sleep(0.004)
            woken = self._probe.woken
            if self._probe.on and woken != looked_at and time.monotonic() - woken > HELD_UP + NAP:
                looked_at = woken
                frames = traceback.extract_stack(sys._current_frames()[self._main])
                places = [f"  {Path(f.filename).name}:{f.lineno} {f.name}" for f in frames[-SHOWN_OF_STACK:]]
                self.seen["\n".join(places)] += 1


async def measure(
    app: object, watch: Watch, probe: Probe, status: object, samples: int, asking: int
) -> dict[str, object]:
    """A cold reload, then as many changes; `shown` are the times at which the counter was drawn."""
    from tensionwatch.feeds.poller import Poller
    from tensionwatch.tui.app import TensionwatchApp

    assert isinstance(status, Poller)
    assert isinstance(app, TensionwatchApp)
    feeds = sum(feed.enabled for feed in watch.feeds)
    began = time.monotonic()
    probe.on = True
    while any(row.state.last_checked is None for row in watch.feed_rows()):
        await asyncio.sleep(0.1)
    probe.on = False
    seconds = time.monotonic() - began
    articles = sum(row.state.articles for row in watch.feed_rows())
    await asyncio.sleep(2)
    shown = []
    for sample in range(samples):
        before = visits(watch)
        os.write(asking, f"{sample}\n".encode())
        while visits(watch) == before:
            await asyncio.sleep(0.01)
        # The counter is drawn once the screen has taken a snapshot that has it.
        revision = watch.revision
        pulled = app.pulled
        while app.pulled == pulled or watch.revision < revision:
            await asyncio.sleep(0.01)
        shown.append(time.time())
    return {"seconds": seconds, "articles": articles, "shown": shown, "feeds": feeds}


def visits(watch: Watch) -> int:
    korea = next(row for row in watch.regions() if row.region.id == "korea")
    return korea.counts[Group.VISIT][Window.HOUR].events


async def session(
    loaded: config.Config, watch: Watch, ingest: object, found: Path, samples: int, why: bool, asking: int
) -> None:
    from tensionwatch.tui.app import TensionwatchApp

    class Watched(TensionwatchApp):
        """Counts the snapshots that it has drawn."""

        pulled = 0

        def pull(self) -> None:
            super().pull()
            self.call_after_refresh(self._drawn)

        def _drawn(self) -> None:
            self.pulled += 1

    probe = Probe()
    reasons = Why(probe)
    if why:
        reasons.start()
    poller, rules = make_poller(loaded, watch, ingest), make_rulekeeper(loaded, watch, ingest)  # type: ignore[arg-type]
    alerting = make_alertkeeper(loaded, watch, SystemClock())
    app = Watched(watch, poller, rules, alerting, loaded.ui)
    tasks = [asyncio.create_task(settle(watch)), asyncio.create_task(probe.run())]

    async def measured() -> None:
        while not app.is_running or app.pulled == 0:
            await asyncio.sleep(0.01)
        result = await measure(app, watch, probe, poller, samples, asking)
        stacks = [f"{count} times\n{stack}" for stack, count in reasons.seen.most_common(12)]
        found.write_text(json.dumps(result | {"late": probe.late, "busy": probe.busy, "stacks": stacks}))
        app.exit()

    tasks.append(asyncio.create_task(measured()))
    try:
        await app.run_async()
    finally:
        for task in tasks:
            task.cancel()
        await ingest.close()  # type: ignore[attr-defined]


def main() -> None:
    path, found, samples, why, asking = sys.argv[1:]
    loaded = config.load(Path(path))
    assert loaded.log.path is not None
    logfile.start(loaded.log.path, "info", (), lambda _: None)
    take_short_turns()
    with open_watch(loaded, [], quiet_start=1.5) as watch:
        ingest = start_ingest(loaded)
        asyncio.run(session(loaded, watch, ingest, Path(found), int(samples), bool(int(why)), int(asking)))


if __name__ == "__main__":
    main()
