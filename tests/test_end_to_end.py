"""From a feed on a real server, through the real ingest process and store, to a counter on the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from tensionwatch.alertkeeper import AlertKeeper
from tensionwatch.clock import SystemClock
from tensionwatch.commands.alerting import make_alertkeeper
from tensionwatch.commands.common import make_poller, make_rulekeeper, open_watch
from tensionwatch.commands.starting import start_ingest
from tensionwatch.config import Config, RulesConfig
from tensionwatch.demo import DemoServer, demo_config
from tensionwatch.exchange import ArticleQuery, Window
from tensionwatch.model import Kind
from tensionwatch.tui.app import TensionwatchApp
from tensionwatch.watch import Watch
from tests.tui.screen import said, until


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, finished_demo: DemoServer) -> DemoServer:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return finished_demo


def alerts_of(watch: Watch, loaded: Config) -> AlertKeeper:
    return make_alertkeeper(loaded, watch, SystemClock())


def screen_text(app: TensionwatchApp) -> str:
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


async def test_what_a_server_publishes_is_counted_on_the_screen(tmp_path: Path, server: DemoServer) -> None:
    loaded = demo_config(server, tmp_path / "store")
    with open_watch(loaded, []) as watch:
        ingest = start_ingest(loaded)
        rules = make_rulekeeper(loaded, watch, ingest)
        app = TensionwatchApp(watch, make_poller(loaded, watch, ingest), rules, alerts_of(watch, loaded), loaded.ui)
        try:
            async with app.run_test(size=(120, 40)) as pilot:
                await until(pilot, lambda: all(row.state.last_success for row in watch.feed_rows()))
                await until(pilot, lambda: counts_on_the_screen(app) == counts_kept(watch))
                text, kept = screen_text(app), counts_kept(watch)
        finally:
            await ingest.close()
    assert "RUS→PRK" in text
    assert "PRK→KOR" in text
    assert any(count != "·" for count in kept)


def counts_on_the_screen(app: TensionwatchApp) -> list[str]:
    """Of the Korean Peninsula; an arrow marks what rose."""
    korea = next((line for line in screen_text(app).splitlines() if "Korean Peninsula" in line), "")
    return [word.rstrip("↑") for word in korea.split()[-6:]]


def counts_kept(watch: Watch) -> list[str]:
    """The watch's own numbers of a day and a week, zeroes as dots."""
    counts = watch.regions()[0].counts.values()
    return [str(group[window].events or "·") for group in counts for window in (Window.DAY, Window.WEEK)]


async def test_a_pack_that_is_edited_while_the_screen_runs_flags_what_is_kept(
    tmp_path: Path, server: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tensionwatch.feeds.rulekeeper.LOOK_EVERY", 0.1)
    pack = tmp_path / "own.toml"
    pack.write_text('language = "en"\ndisable = ["visit.arive"]', "utf-8")
    loaded = demo_config(server, tmp_path / "store")
    loaded = replace(loaded, rules=RulesConfig(packs=(pack,)))
    with open_watch(loaded, []) as watch:
        ingest = start_ingest(loaded)
        rules = make_rulekeeper(loaded, watch, ingest)
        app = TensionwatchApp(watch, make_poller(loaded, watch, ingest), rules, alerts_of(watch, loaded), loaded.ui)

        def visits() -> set[str]:
            ids = watch.article_ids(ArticleQuery(kind=Kind.DIPLOMATIC_VISIT))
            return {flag.rule for article in map(watch.article, ids) if article for flag in article.flags}

        try:
            async with app.run_test(size=(80, 24)) as pilot:
                await until(pilot, lambda: "visit.arrive" in visits() and "rules ✗ 1" in screen_text(app))
                told = "own.toml:2: disable: no rule 'visit.arive'"
                await until(pilot, lambda: any(told in message for message in said(app)))
                pack.write_text('language = "en"\ndisable = ["visit.arrive"]', "utf-8")
                await until(pilot, lambda: "visit.arrive" not in visits() and "rules ✗" not in screen_text(app))
                await until(pilot, lambda: any(m.startswith("A rule pack has changed: ") for m in said(app)))
                await pilot.press("ctrl+r")
                await until(pilot, lambda: any("the same as before" in message for message in said(app)))
        finally:
            await ingest.close()


async def test_the_first_screen_is_there_before_anything_has_been_polled(tmp_path: Path, server: DemoServer) -> None:
    loaded = demo_config(server, tmp_path / "store")
    with open_watch(loaded, ["a notice for the user"]) as watch:
        ingest = start_ingest(loaded)
        poller = make_poller(loaded, watch, ingest)
        poller.pause(True)
        rules = make_rulekeeper(loaded, watch, ingest)
        app = TensionwatchApp(watch, poller, rules, alerts_of(watch, loaded), loaded.ui)
        try:
            async with app.run_test(size=(80, 24)) as pilot:
                await until(pilot, lambda: all(region.name in screen_text(app) for region in loaded.regions))
                await until(pilot, lambda: "paused" in screen_text(app))
        finally:
            await ingest.close()
