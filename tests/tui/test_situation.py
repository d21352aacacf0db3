"""Where there is nothing to show, the screen says what is so and what to do: with the real configuration, store,
ingest process and poller, against a server on loopback that answers, refuses, waits, or is not there."""

from __future__ import annotations

import argparse
import os
import random
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from tensionwatch import config
from tensionwatch.clock import SystemClock
from tensionwatch.commands.alerting import make_alertkeeper
from tensionwatch.commands.common import make_poller, make_rulekeeper, open_watch
from tensionwatch.commands.starting import load_config, start_ingest
from tensionwatch.config import Config
from tensionwatch.errors import IngestError
from tensionwatch.feeds.poller import Poller
from tensionwatch.following import Following, RulesElsewhere
from tensionwatch.model import Fetched, FetchRequest
from tensionwatch.store import FollowedStore, Store
from tensionwatch.tui.app import TensionwatchApp
from tensionwatch.watch import Watch
from tests.feeds.server import FeedServer, Reply, held_until
from tests.store.folders import files_no_larger_than
from tests.tui.screen import line_with, press, rows, text, until
from tests.tui.test_full_disk import Newsroom
from tests.tui.world import FEEDS, SmallAtlas, StubRules, World

pytestmark = pytest.mark.usefixtures("loopback")


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer().running() as running:
        yield running


def configured(folder: Path, *urls: str, more: str = "") -> Config:
    """A configuration in a file, with a feed for each of these."""
    tables = [
        f'[[feed]]\nid = "f{n}"\nname = "Feed {n}"\nurl = "{url}"\nallow_private = true\n{more}\n'
        for n, url in enumerate(urls)
    ]
    path = folder / "config.toml"
    path.write_text(f'[storage]\npath = "{folder / "store"}"\n' + "".join(tables))
    return config.load(path)


@asynccontextmanager
async def running(loaded: Config, notices: Sequence[str] = ()) -> AsyncIterator[TensionwatchApp]:
    """The screen as `tensionwatch` opens it."""
    with open_watch(loaded, list(notices)) as watch:
        ingest = start_ingest(loaded)
        alerting = make_alertkeeper(loaded, watch, SystemClock())
        rules = make_rulekeeper(loaded, watch, ingest)
        app = TensionwatchApp(watch, make_poller(loaded, watch, ingest), rules, alerting, loaded.ui)
        try:
            yield app
        finally:
            await ingest.close()


def prose_of(app: TensionwatchApp) -> str:
    """What is on the screen, as if it had one line."""
    return " ".join(" ".join(rows(app)).split())


async def test_a_first_run_without_a_configuration_says_so_and_how_to_have_one(
    tmp_path: Path, server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    loaded, notices = load_config(argparse.Namespace(config=None))
    assert notices
    released = threading.Event()
    held = server.on("/a", held_until(released, Reply(status=500)))
    feeds = [replace(feed, url=held, allow_private=True) for feed in loaded.feeds[:2]]
    loaded = replace(loaded, feeds=tuple(feeds), storage=replace(loaded.storage, path=tmp_path / "store"))
    async with running(loaded, notices) as app, app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "First poll under way: 0 of 2 feeds answered" in text(app))
        said = prose_of(app)
        assert "No configuration found: using the shipped one" in said
        assert "'tensionwatch init' writes it to" in said
        assert "3 shows each feed" in said
        await press(pilot, "2")
        assert "First poll under way" in text(app)
        released.set()


async def test_feeds_that_all_fail_say_why_in_groups_and_what_to_do(tmp_path: Path, server: FeedServer) -> None:
    refused = server.on("/a", Reply(status=403))
    loaded = configured(tmp_path, refused, server.on("/b", Reply(status=403)), server.url("/none"))
    async with running(loaded) as app, app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "✗ All 3 feeds fail" in text(app))
        said = prose_of(app)
        assert "2 × HTTP 403 Forbidden; HTTP 404 Not Found." in said
        assert "3 shows each feed, what it said last, and what to do about it" in said
        assert "r asks all of them again, now" in said
        assert "tensionwatch feeds check ID" in said
        await press(pilot, "2")
        assert line_with(app, "asks all of them again, now").split()[0] == "r"  # whatever has the focus
        await press(pilot, "question_mark")
        assert "✗ All 3 feeds fail" in text(app), "the help says it too, where the list is not empty"


async def test_where_nobody_answers_it_says_that_this_machine_is_offline(tmp_path: Path) -> None:
    with FeedServer().running() as server:
        away = server.url("/a")
    loaded = configured(tmp_path, away, away.replace("127.0.0.1", "127.0.0.2"))
    async with running(loaded) as app, app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "! Offline: no server answers" in text(app))
        assert "Is the network up?" in prose_of(app)
        assert line_with(app, "asks now").split()[0] == "r"
        await press(pilot, "3", "question_mark")
        assert "! Offline: no server answers" in text(app), "the help says it where a list is not empty"


async def test_where_every_feed_is_disabled_it_says_by_whom_and_how_to_enable_one(
    tmp_path: Path, server: FeedServer
) -> None:
    loaded = configured(tmp_path, server.url("/a"), server.url("/b"), more="enabled = false")
    async with running(loaded) as app, app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "! No feed is enabled: all 2 feeds are disabled" in text(app))
        assert "2 in the configuration." in text(app)
        await press(pilot, "3", "e")
        assert "enabled by hand since" in text(app)
        await press(pilot, "1")
        await until(pilot, lambda: "The only feed" in text(app) or "First poll" in text(app))


async def test_feeds_disabled_by_hand_are_told_apart(tmp_path: Path, server: FeedServer) -> None:
    loaded = configured(tmp_path, server.on("/a", Reply(status=500)))
    async with running(loaded) as app, app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "3", "e", "1")
        await until(pilot, lambda: "! No feed is enabled: the only feed is disabled" in text(app))
        assert "1 by hand." in text(app)


async def test_without_a_feed_it_says_how_to_add_one(tmp_path: Path) -> None:
    loaded = configured(tmp_path)
    async with running(loaded) as app, app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "! No feed is configured" in text(app))
        assert "tensionwatch feeds add https://…" in text(app)
        await press(pilot, "3")
        assert "tensionwatch feeds add https://…" in text(app)


async def test_where_filters_hide_all_they_are_named_and_the_key_that_takes_them_away(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2", "slash", *"zeppelin", "enter")
        await until(pilot, lambda: "No article passes these filters: “zeppelin”" in text(app))
        assert "There are 11 articles without them." in text(app)
        assert line_with(app, "takes them away").split()[0] == "esc"


async def test_a_store_that_another_process_holds_says_who_collects(tmp_path: Path) -> None:
    loaded = configured(tmp_path, "http://127.0.0.1:9/a")
    with Store.open(tmp_path / "store"), FollowedStore.follow(tmp_path / "store") as store:
        watch = Watch(store, loaded, SmallAtlas(), SystemClock())
        alerting = make_alertkeeper(loaded, watch, SystemClock())
        app = TensionwatchApp(watch, Following(store, watch), RulesElsewhere(), alerting, loaded.ui)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "Nothing here yet" in text(app))
            assert f"Nothing here yet: pid {os.getpid()} holds the store" in text(app)


async def test_a_full_disk_says_that_news_waits_and_nothing_is_lost(tmp_path: Path) -> None:
    newsroom, loaded = Newsroom(), World(feeds=FEEDS[:1]).config
    newsroom.headlines = ["Envoy lands"]
    with Store.open(tmp_path) as store:
        watch = Watch(store, loaded, SmallAtlas(), SystemClock())
        poller = Poller(watch, loaded.poll, newsroom, SystemClock(), random.Random(1))
        alerting = make_alertkeeper(loaded, watch, SystemClock())
        app = TensionwatchApp(watch, poller, StubRules(), alerting, loaded.ui)
        with files_no_larger_than(100):
            async with app.run_test(size=(80, 24)) as pilot:
                await until(pilot, lambda: "✗ News cannot be kept" in text(app))
                said = prose_of(app)
                assert "File too large: news cannot be kept" in said
                assert "What was kept before is not lost" in said
                assert "df -h shows which disk is full" in said
                assert "? says more" in rows(app)[-2]


async def test_an_ingest_process_that_cannot_be_had_is_told_with_what_to_do(tmp_path: Path) -> None:
    class Broken:
        async def fetch(self, request: FetchRequest) -> Fetched:
            raise IngestError("the ingest process could not be started: no memory")

    loaded = World(feeds=FEEDS[:1]).config
    with Store.open(tmp_path) as store:
        watch = Watch(store, loaded, SmallAtlas(), SystemClock())
        poller = Poller(watch, loaded.poll, Broken(), SystemClock(), random.Random(1))
        alerting = make_alertkeeper(loaded, watch, SystemClock())
        app = TensionwatchApp(watch, poller, StubRules(), alerting, loaded.ui)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "✗ Polling does not work" in text(app))
            assert "The ingest process could not be started: no memory." in text(app)
            assert line_with(app, "tries again now").split()[0] == "r"
