"""The health of the feeds."""

from __future__ import annotations

from datetime import timedelta

from tensionwatch.model import Feed, Fetched
from tensionwatch.tui.screens.articles import ArticlesScreen
from tensionwatch.tui.screens.feeds import FeedsScreen
from tests.tui.screen import line_with, press, rows, said, text
from tests.tui.world import FEEDS, NOON, World

SIZE = (120, 40)


async def test_each_feed_has_its_state_last_success_and_next_check(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3")
        assert isinstance(app.screen, FeedsScreen)
        well, ill = line_with(app, "Harbour Gazette"), line_with(app, "Northern Lantern")
        assert well.split()[0] == "✓"
        assert "in 15 min" in well
        assert "every 15m" in well
        assert ill.split()[0] == "✗"
        assert "1×" in ill


async def test_the_reason_is_told_in_full_for_the_selected_feed(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "3", "G")
        assert "failed · connect: name not found (lantern.example)" in text(app)
        assert "https://northern.example/rss" in text(app)


async def test_r_polls_the_selected_feed_and_a_polls_all(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3", "j", "r", "a")
        assert world.polling.asked == [FEEDS[1].id, None]
        assert "Polling Meridian Wire now." in said(app)


async def test_enter_lists_the_articles_of_the_feed(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3", "enter")
        assert isinstance(app.screen, ArticlesScreen)
        assert app.screen.query_now.feed == FEEDS[0].id
        assert "2 of 11" in rows(app)[1]
        assert "Harbour Gazette" in rows(app)[1]
        await press(pilot, "escape")
        assert "11 of 11" in rows(app)[1]


async def test_gone_disabled_never_and_moved_are_told_apart() -> None:
    feeds = [
        Feed(id=i, url=f"https://{i}.example/rss", name=i.title(), publisher=f"{i}.example", enabled=i != "off")
        for i in ("gone", "off", "new", "moved")
    ]
    world = World(feeds=feeds)
    world.take(Fetched(feed="gone", at=NOON, result="gone", reason="HTTP 410 Gone", http_status=410))
    world.take(Fetched(feed="moved", at=NOON, result="ok", moved_to="https://elsewhere.example/rss"))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3")
        assert "gone" in line_with(app, "gone.example  ")
        assert "gone for good (HTTP 410)" in text(app)
        await press(pilot, "j")
        assert "disabled in the configuration" in text(app)
        assert "disabled" in line_with(app, "off.example  ")
        await press(pilot, "r")
        assert world.polling.asked == []
        await press(pilot, "j")
        assert "never checked" in text(app)
        await press(pilot, "j")
        assert "moved for good to https://elsewhere.example/rss" in text(app)


async def test_a_stale_success_grows_old_on_the_screen(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3")
        world.clock.at += timedelta(hours=5)
        world.fail(5, "timeout after 30 s")
        await pilot.pause(0.3)
        assert "5 h ago" in line_with(app, "Harbour Gazette")
        assert "2×" in line_with(app, "Northern Lantern")
