"""The screen as `tensionwatch` opens it, on a clock that is set from outside; see screen_day.py.

    screen_day_child.py CONFIG NOW ORDERS ANSWERS WHY

A line in the pipe ORDERS is a time (ISO): the clock stands there then, what has fallen due is polled, and a line in
ANSWERS says how many articles are kept. `end` ends it. With WHY the answer has what memory has been taken since the
last but one question by which lines, which makes it many times slower.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import tracemalloc
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from tensionwatch import config, logfile
from tensionwatch.commands.alerting import make_alertkeeper
from tensionwatch.commands.common import end, make_rulekeeper, settle
from tensionwatch.commands.starting import start_ingest
from tensionwatch.feeds.poller import SHORTEST_WAIT, Poller
from tensionwatch.feeds.pool import IngestPool
from tensionwatch.model import Fetched, FetchRequest
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.store import Store
from tensionwatch.store.search import Search
from tensionwatch.tui.app import AT_REST, TIDY, TensionwatchApp
from tensionwatch.watch import Watch

TICKS = 12
"""Looks at poller and clock in a step: one for each second of the minute that has passed."""
FRAMES = 3
"""Callers named of each place in memory."""


class DayClock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class Dated:
    """What is fetched has come when the set clock says, and not when the ingest process, which has its own, does."""

    def __init__(self, ingest: IngestPool, clock: DayClock) -> None:
        self._ingest = ingest
        self._clock = clock

    async def fetch(self, request: FetchRequest) -> Fetched:
        return replace(await self._ingest.fetch(request), at=self._clock.now())


class Day:
    """Answers orders for as long as the screen runs."""

    def __init__(self, watch: Watch, clock: DayClock, poller: Poller, orders: int, answers: int, why: bool) -> None:
        self._watch, self._clock, self._poller = watch, clock, poller
        self._orders, self._answers, self._why = orders, answers, why
        self.app: TensionwatchApp | None = None
        self._heard: asyncio.Queue[str] = asyncio.Queue()
        self._taken: list[tracemalloc.Snapshot] = []

    async def run(self) -> None:
        app = self.app
        assert app is not None
        asyncio.get_running_loop().add_reader(self._orders, self._hear)
        while not app.is_running:
            await asyncio.sleep(0.01)
        while (order := await self._heard.get()) != "end":
            if order == "why":
                self._say({"why": self._grown()})
                continue
            if order == "rest":
                await self._idle()
                self._rested(app)
                await self._idle()
                self._say({})
                continue
            self._clock.at = datetime.fromisoformat(order)
            await self._polled()
            for _ in range(TICKS):
                app._tick()
                await asyncio.sleep(0)
            self._say({"articles": sum(row.state.articles for row in self._watch.feed_rows())})
        app.exit()

    @staticmethod
    def _rested(app: TensionwatchApp) -> None:
        """Nobody has typed for a minute: the screen has tidied up, as it does each minute of a real day."""
        app._tidied -= TIDY
        app._typed -= AT_REST
        app._tick()

    def _hear(self) -> None:
        for line in os.read(self._orders, 65_536).decode().splitlines():
            self._heard.put_nowait(line)

    async def _idle(self) -> None:
        """Until at twenty looks in a row, 10 ms apart, nothing was left to run."""
        loop, looks = asyncio.get_running_loop(), 0
        while looks < 20:
            await asyncio.sleep(0.01)
            looks = 0 if loop._ready else looks + 1  # type: ignore[attr-defined]  # asyncio tells nobody else

    async def _polled(self) -> None:
        """Once all is polled that is due."""
        self._poller.pause(False)  # wakes it; did it miss two minutes, it would take the machine to have slept
        await asyncio.sleep(1.2 * SHORTEST_WAIT)
        while True:
            due = self._poller.next_poll().at
            if not self._poller.status().under_way and (due is None or due > self._clock.at):
                return
            await asyncio.sleep(0.01)

    def _grown(self) -> list[str]:
        self._taken = [*self._taken[-1:], tracemalloc.take_snapshot()]
        before, now = self._taken[0], self._taken[-1]
        found = now.compare_to(before, "traceback")[:25]
        return [f"{each.size_diff:+,} bytes, {each.count_diff:+,} blocks\n" + _lines(each) for each in found]

    def _say(self, answer: dict[str, object]) -> None:
        os.write(self._answers, json.dumps(answer).encode() + b"\n")


def _lines(grown: tracemalloc.StatisticDiff) -> str:
    return "\n".join(f"    {frame.filename}:{frame.lineno}" for frame in grown.traceback)


async def session(loaded: config.Config, watch: Watch, clock: DayClock, orders: int, answers: int, why: bool) -> None:
    from tensionwatch.tui import app as screen

    # News is drawn as often as it comes: the day has as many pulls as a real one, in which polls lie seconds apart.
    screen.BETWEEN_PULLS = screen.SHARE = 0  # type: ignore[assignment]
    ingest = start_ingest(loaded)
    poller = Poller(watch, loaded.poll, Dated(ingest, clock), clock, random.Random(1))
    alerting = make_alertkeeper(loaded, watch, clock)
    day = Day(watch, clock, poller, orders, answers, why)
    day.app = screen.TensionwatchApp(watch, poller, make_rulekeeper(loaded, watch, ingest), alerting, loaded.ui)
    tasks = [asyncio.create_task(settle(watch)), asyncio.create_task(watch.housekeeper.run(day.app.tell))]
    tasks.append(asyncio.create_task(day.run()))
    try:
        await day.app.run_async()
    finally:
        await day.app.ended()
        await end(tasks)
        await ingest.close()


def main() -> None:
    path, now, orders, answers, why = sys.argv[1:]
    if int(why):
        tracemalloc.start(FRAMES)
    loaded, clock = config.load(Path(path)), DayClock(datetime.fromisoformat(now))
    assert loaded.log.path is not None
    logfile.start(loaded.log.path, "info", (), lambda _: None)
    store = Store.open(loaded.storage.path)
    search = Search(loaded.storage.path, store.raw_articles)
    search.start(1.5)
    try:
        watch = Watch(store, loaded, load_atlas(), clock, search=search)
        asyncio.run(session(loaded, watch, clock, int(orders), int(answers), bool(int(why))))
    finally:
        store.close()
        search.close()


if __name__ == "__main__":
    main()
