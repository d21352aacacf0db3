"""What works everywhere: tabs, help, palette, status, pause, zone, notices, the end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from textual.command import CommandList, CommandPalette
from textual.worker import WorkerFailed

from tensionwatch.config import UiConfig
from tensionwatch.errors import StoreUnwritable
from tensionwatch.exchange import NextPoll, PollStatus, RoundStatus
from tensionwatch.model import Fetched
from tensionwatch.tui.app import TensionwatchApp
from tensionwatch.tui.messages import StoreChanged
from tensionwatch.tui.screens.articles import ArticlesScreen
from tensionwatch.tui.screens.feeds import FeedsScreen
from tensionwatch.tui.screens.help import HelpScreen
from tensionwatch.tui.screens.reader import ReaderScreen
from tensionwatch.tui.screens.watch import WatchScreen
from tests.tui.screen import line_with, press, rows, said, text, until
from tests.tui.world import FEEDS, NOON, World

SIZE = (100, 30)


async def test_numbers_switch_between_the_three_tabs(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        for key, screen in (("2", ArticlesScreen), ("3", FeedsScreen), ("1", WatchScreen)):
            await press(pilot, key)
            assert isinstance(app.screen, screen)


async def test_a_tab_is_found_again_as_it_was_left(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter", "1", "2")
        assert isinstance(app.screen, ReaderScreen)
        await press(pilot, "2")
        assert isinstance(app.screen, ArticlesScreen)


async def test_tabs_and_keys_are_clickable(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        await pilot.click("#top", offset=(rows(app)[0].index("Feeds"), 0))
        await pilot.pause()
        assert isinstance(app.screen, FeedsScreen)
        await pilot.click("#keys", offset=(rows(app)[-1].index("Help"), 0))
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)


async def test_help_tells_the_keys_of_the_screen_the_legend_and_the_notices() -> None:
    world = World(notices=("no configuration found: using the shipped one",))
    app = world.app()
    async with app.run_test(size=(120, 120)) as pilot:
        await press(pilot, "2", "question_mark")
        page = text(app)
        assert "Articles: keys and symbols" in page
        for words in (
            "Unread only",
            "Starred only",
            "border incident",
            "Notices of this run",
            "UTC/local",
            "Page down",
        ):
            assert words in page
        assert "no configuration found: using the shipped one" in page
        await press(pilot, "escape")
        assert isinstance(app.screen, ArticlesScreen)


async def test_help_scrolls_and_closes(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        for key in ("q", "escape", "question_mark"):
            await press(pilot, "question_mark", "j", "G", "g", "k")
            assert isinstance(app.screen, HelpScreen)
            await press(pilot, key)
            assert isinstance(app.screen, WatchScreen)


async def test_the_palette_offers_every_action_and_does_it(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        offered = {command.title for command in app.get_system_commands(app.screen)}
        assert {
            "Poll now",
            "Pause/go on",
            "UTC/local",
            "Help",
            "Quit",
            "Articles",
            "Feeds",
            "Theme",
            "Its events",
        } <= offered
        await press(pilot, "ctrl+p")
        assert isinstance(app.screen, CommandPalette)
        await press(pilot, *"Poll now")
        found = app.screen.query_one(CommandList)
        await until(pilot, lambda: found.option_count == 1 and found.highlighted == 0)
        await press(pilot, "enter", "enter")
        await until(pilot, lambda: world.polling.asked == [None])


async def test_notices_are_toasted_once() -> None:
    app = World(notices=("store: the last 3 lines were unreadable and set aside",)).app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "1", "3")
        assert said(app).count("store: the last 3 lines were unreadable and set aside") == 1


async def test_the_status_line_tells_the_next_poll_the_feeds_and_the_time(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        status = rows(app)[-2]
        assert "next in 42 s: Harbour Gazette" in status
        assert "feeds ✗ 1" in status
        assert "12:00:00 UTC" in status


async def test_the_status_line_tells_what_is_under_way_and_what_is_wrong(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        world.polling.state = PollStatus(under_way=(FEEDS[0].id, FEEDS[1].id))
        app.pull()
        await pilot.pause()
        assert " 11 new/h  ↻ polling 2: Harbour Gazette" in rows(app)[-2]
        many = RoundStatus(total=500, done=120, new=4800)
        world.polling.state = PollStatus(under_way=tuple(feed.id for feed in FEEDS), round=many)
        app.pull()
        await pilot.pause()
        assert " 11 new/h  ↻ 120 of 500 feeds · 4,800 new  " in rows(app)[-2]
        world.polling.state = PollStatus(offline_since=NOON - timedelta(hours=1))
        world.polling.next = NextPoll(NOON + timedelta(seconds=30))
        app.pull()
        await pilot.pause()
        assert rows(app)[-2].startswith(" offline since 11:00 · asking again in 30 s  ")
        assert "failed" not in rows(app)[-2]
        world.polling.state = PollStatus(trouble="the ingest process could not be started")
        app.pull()
        await pilot.pause()
        assert "■ the ingest process could not be started" in rows(app)[-2]
        assert "? says more" in rows(app)[-2]
        await press(pilot, "question_mark")
        assert "✗ Polling does not work" in text(app)
        assert "The ingest process could not be started." in text(app)
        await press(pilot, "escape")
        world.polling.state, world.polling.next = PollStatus(), NextPoll()
        app.pull()
        await pilot.pause()
        assert "no poll is due" in rows(app)[-2]


async def test_r_polls_all_and_p_pauses_and_goes_on(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "r", "P")
        assert world.polling.asked == [None]
        assert world.polling.state.paused
        assert "paused · P goes on" in rows(app)[-2]
        await press(pilot, "P")
        assert not world.polling.state.paused


async def test_t_switches_between_the_configured_zone_and_utc(world: World) -> None:
    seoul = World(ui=UiConfig(timezone="Asia/Seoul", theme="tensionwatch"))
    app = seoul.app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "21:00:00 Asia/Seoul" in rows(app)[-2]
        await press(pilot, "t")
        assert "12:00:00 UTC" in rows(app)[-2]


async def test_the_poller_runs_with_the_screen_and_ends_with_it(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert world.polling.running
    assert not world.polling.running
    revision = world.watch.revision
    world.publish("After the end")
    assert world.watch.revision > revision


async def test_when_polling_ends_for_good_the_reason_stays_and_one_can_read_on(world: World) -> None:
    world.polling.ends_with = StoreUnwritable("/data/journal: no space left on device")
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "polling has stopped: /data/journal: no space left" in rows(app)[-2])
        await press(pilot, "2")
        assert "polling has stopped" in rows(app)[-2]
        assert isinstance(app.screen, ArticlesScreen)


async def test_an_error_that_is_ours_to_mend_is_not_swallowed(world: World) -> None:
    world.polling.ends_with = ZeroDivisionError("a bug")
    app = world.app()
    with pytest.raises(WorkerFailed, match="a bug"):
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: not app.is_running)


async def test_a_mark_that_cannot_be_kept_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreUnwritable("/data/journal: no space left on device")

    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        monkeypatch.setattr(world.watch, "mark", full)
        await press(pilot, "2", "m", "A", "enter")
        assert said(app).count("Not kept: /data/journal: no space left on device") == 3
        assert isinstance(app.screen, ReaderScreen)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_the_program_ends_with(world: World, key: str) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, key)
        assert app.return_code == 0
        assert not app.is_running


async def test_an_unknown_theme_is_told_and_the_own_one_taken() -> None:
    app = World(ui=UiConfig(timezone="UTC", theme="solarised")).app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert app.theme == "tensionwatch"
        assert any("there is no 'solarised'" in message for message in said(app))


async def test_every_theme_can_be_used(world: World) -> None:
    app = TensionwatchApp(
        world.watch, world.polling, world.rules, world.alerting, UiConfig(timezone="local", theme="textual-light")
    )
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "enter")
        assert app.theme == "textual-light"
        for theme in ("tensionwatch-light", "nord", "gruvbox", "textual-dark", "tensionwatch"):
            app.theme = theme
            await pilot.pause()
            assert "3 reports · 3 publishers" in text(app)


async def test_without_colours_all_is_still_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert app.no_color
        assert "▲ incident" in text(app)
        assert "planned" in line_with(app, "JPN→VNM")


def test_only_the_latest_of_several_changes_is_outstanding() -> None:
    assert StoreChanged(2).can_replace(StoreChanged(1))


async def test_an_empty_store_tells_what_is_going_on() -> None:
    world = World()
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "First poll under way: 0 of 6 feeds answered" in text(app)
        world.take(Fetched(feed=FEEDS[0].id, at=NOON, result="ok"))
        await until(pilot, lambda: "First poll under way: 1 of 6 feeds answered" in text(app))
        for outlet in range(6):
            world.fail(outlet, "no network")
        await until(pilot, lambda: "All 6 feeds fail" in text(app))


async def test_windows_slide_though_no_news_comes(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        world.clock.at += timedelta(hours=2)
        app.pull()
        await pilot.pause()
        assert line_with(app, "Korean Peninsula")[24:66].split()[0] == "·"


async def test_a_tick_while_a_screen_is_being_made_or_taken_away_does_no_harm(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        reader = app.screen
        assert isinstance(reader, ReaderScreen)
        assert reader.is_whole
        await reader.query("#status").remove()
        app._tick()
        app.pull()
        assert not reader.is_whole
        await press(pilot, "escape")
        assert isinstance(app.screen, ArticlesScreen)
