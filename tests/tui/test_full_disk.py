"""A disk that fills up while the screen is open: it says so, one reads on, and all is kept once there is room.

Everything is real but where news comes from: the screen, the watch, the poller, the store in a folder, and a limit on
the size of files, at which the system itself refuses to write.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tensionwatch.alertkeeper import AlertKeeper
from tensionwatch.clock import SystemClock
from tensionwatch.feeds import poller as polling
from tensionwatch.feeds.poller import Poller
from tensionwatch.model import Entry, Feed, Fetched, FetchRequest, ReadEntry
from tensionwatch.store import Store
from tensionwatch.tui.app import TensionwatchApp
from tensionwatch.watch import Watch
from tests.store.folders import files_no_larger_than
from tests.tui.screen import press, rows, said, text, until
from tests.tui.world import FEEDS, SmallAtlas, StubRules, World

SIZE = (110, 30)


class Newsroom:
    """Has the headlines that it is given, and tells what it has not told before."""

    def __init__(self) -> None:
        self.headlines: list[str] = []
        self.asked: list[str] = []

    async def fetch(self, request: FetchRequest) -> Fetched:
        self.asked.append(request.feed.id)
        keys = [f"{request.feed.id}:{headline}" for headline in self.headlines]
        new = [self._entry(request.feed, key) for key in keys if key not in request.seen]
        return Fetched(
            feed=request.feed.id,
            at=SystemClock().now(),
            result="ok",
            entries=tuple(new),
            seen=tuple(keys),
            http_status=200,
        )

    def _entry(self, feed: Feed, key: str) -> ReadEntry:
        link = f"https://{feed.id}.example/{key.replace(' ', '-')}"
        entry = Entry(entry_id=key, link=link, title=key, summary="x" * 400, published=SystemClock().now())
        return ReadEntry(entry=entry, hash=key, flags=())


async def test_a_disk_that_fills_up_is_told_and_all_is_kept_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "TROUBLE_PAUSE", 0.3)
    feeds = FEEDS[:3]
    config = World(feeds=feeds).config
    newsroom = Newsroom()
    newsroom.headlines = ["Envoy lands"]
    with Store.open(tmp_path) as store:
        watch = Watch(store, config, SmallAtlas(), SystemClock())
        poller = Poller(watch, config.poll, newsroom, SystemClock(), random.Random(1))
        alerting = AlertKeeper(watch, config, SystemClock())
        app = TensionwatchApp(watch, poller, StubRules(), alerting, config.ui)
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: len(store) == 3)
            first = next(store.articles()).id
            with files_no_larger_than((tmp_path / "journal.log").stat().st_size + 100):
                newsroom.headlines.append("Patrols meet at the ford")
                newsroom.asked.clear()
                await press(pilot, "r")
                await until(pilot, lambda: "■ File too large: news cannot be kept" in rows(app)[-2])
                assert len(store) == 3

                await press(pilot, "2")
                assert "Envoy lands" in text(app)
                await press(pilot, "enter")  # reading goes on, though that it was read cannot be kept
                await until(pilot, lambda: any("Not kept" in toast for toast in said(app)))
                assert store.article(first) is not None
                asked, began = len(newsroom.asked), time.monotonic()
                await pilot.pause(1.0)
                tries = (time.monotonic() - began) / 0.3 + 1
                assert asked <= len(newsroom.asked) <= asked + tries, "one feed tries, the others wait for it"
                assert "■ File too large" in rows(app)[-2]

            await until(pilot, lambda: len(store) == 6)
            await until(pilot, lambda: "■" not in rows(app)[-2])
            assert poller.status().trouble is None
    with Store.open(tmp_path, read_only=True) as kept:
        assert sorted(article.title.partition(":")[2] for article in kept.articles()) == sorted(newsroom.headlines * 3)
        assert {state.feed for state in kept.feed_states()} == {feed.id for feed in feeds}
