"""Themes, times, help and palette as the user turns them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.choices import Choices
from tensionwatch.config import UiConfig
from tensionwatch.tui.context import Manners
from tensionwatch.tui.screens.feeds import FeedsScreen
from tensionwatch.tui.screens.help import HelpScreen
from tensionwatch.tui.screens.index import IndexScreen
from tensionwatch.tui.times import SHORT, Times
from tests.tui.screen import line_with, press, rows, said, text, until
from tests.tui.tension import alert
from tests.tui.world import World

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


# ------------------------------------------------------------------ themes


async def test_a_theme_that_was_chosen_is_there_the_next_time(world: World, tmp_path: Path) -> None:
    path = tmp_path / "screen.json"
    app = world.app(manners=Manners(choices=Choices(path)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.theme == "tensionwatch"
        app.theme = "tensionwatch-contrast"
        await until(pilot, path.exists)
    app = world.app(manners=Manners(choices=Choices(path)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.theme == "tensionwatch-contrast"


async def test_a_theme_that_cannot_be_kept_is_used_and_told(world: World, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    app = world.app(manners=Manners(choices=Choices(tmp_path / "state" / "screen.json")))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.theme = "nord"
        await until(pilot, lambda: any("not kept for the next time" in told for told in said(app)))
        assert app.theme == "nord"


async def test_a_theme_that_is_gone_gives_way_to_our_own(world: World, tmp_path: Path) -> None:
    choices = Choices(tmp_path / "screen.json")
    choices.keep_theme("of-an-older-textual", "tensionwatch")
    app = world.app(manners=Manners(choices=choices))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.theme == "tensionwatch"


# ------------------------------------------------------------------ times


async def test_lists_say_when_or_how_long_ago(world: World) -> None:
    world.keep_alerts(alert(1))
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "2")
        assert "11:00" in line_with(app, "Harbour festival")
        await press(pilot, "T")
        assert said(app)[-1] == "Lists say how long ago."
        assert "1 h ago" in line_with(app, "Harbour festival")
        assert "11:00" not in line_with(app, "Harbour festival")
        await press(pilot, "1")
        assert "3 h" in line_with(app, "RUS→PRK")
        await press(pilot, "4")
        assert "ago" in rows(app)[1]
        await press(pilot, "2", "T")
        assert "11:00" in line_with(app, "Harbour festival")


async def test_the_configuration_says_how_it_begins() -> None:
    world = World(ui=UiConfig(timezone="UTC", theme="tensionwatch", times="relative"))
    world.publish("Late", ago=timedelta(minutes=7))
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "2")
        assert "7 min ago" in line_with(app, "Late")


@given(st.timedeltas(timedelta(days=-9_000), timedelta(days=9_000)), st.booleans())
def test_times_fit_their_columns(distance: timedelta, told_relative: bool) -> None:
    times = Times("UTC", told_relative=told_relative)
    assert len(times.short(NOW + distance, NOW)) <= SHORT
    assert len(times.medium(NOW + distance, NOW)) <= 12
    assert times.moment(NOW + distance, NOW) == Times("UTC").medium(NOW + distance, NOW)


def test_a_short_distance_leaves_out_what_goes_without_saying() -> None:
    times = Times("UTC", told_relative=True)
    told = [times.short(NOW + timedelta(minutes=minutes), NOW) for minutes in (-3, -90, 0, 5, 59)]
    assert told == ["3 min", "1 h", "now", "+5min", "+59min"]


# ------------------------------------------------------------------ help


async def test_help_finds_the_lines_that_have_all_words(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(100, 40)) as pilot:
        await press(pilot, "question_mark", "slash", *"border inc")
        await until(pilot, lambda: "Everywhere" not in text(app))
        assert "border incident: something crossed" in text(app)
        assert "diplomatic visit between" not in text(app)
        await press(pilot, *"zzz")
        assert "No line has these words." in text(app)
        await press(pilot, "escape")
        assert "Everywhere" in text(app)
        assert isinstance(app.screen, HelpScreen)
        await press(pilot, "escape")
        assert not isinstance(app.screen, HelpScreen)


async def test_help_scrolls_from_end_to_end_by_keys(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(100, 20)) as pilot:
        await press(pilot, "question_mark")
        assert "On this screen" in text(app)
        await press(pilot, "G")
        assert "On this screen" not in text(app)
        await press(pilot, "b", "pageup", "k", "up", "g")
        assert "On this screen" in text(app)
        await press(pilot, "slash", *"undo", "enter", "j", "down", "space")
        assert isinstance(app.screen, HelpScreen)
        assert "Undo mark" in text(app)


async def test_help_tells_the_keys_of_the_list_that_one_is_not_in(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(100, 60)) as pilot:
        await press(pilot, "question_mark")
        there = text(app).partition("In its other lists")[2].partition("Everywhere")[0]
        assert re.search(r"M +Merge", there)
        await press(pilot, "escape", "tab", "question_mark")
        here = text(app).partition("On this screen")[2].partition("Moving")[0]
        assert re.search(r"M +Merge", here)


# ------------------------------------------------------------------ palette


async def test_the_palette_goes_to_regions_and_feeds_by_name(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(100, 40)) as pilot:
        await press(pilot, "ctrl+p", *"taiwan")
        await until(pilot, lambda: "region: what its index is made of" in text(app))
        await press(pilot, "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, IndexScreen))
        assert "Taiwan Strait" in rows(app)[1]
        name = world.config.feeds[3].name
        await press(pilot, "ctrl+p", *name.replace(" ", ""))
        await until(pilot, lambda: "feed: how it is" in text(app))
        await press(pilot, "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, FeedsScreen))
        assert isinstance(app.screen, FeedsScreen)
        assert app.screen.lines.current == world.config.feeds[3].id


async def test_the_palette_draws_names_as_text() -> None:
    from tests.tui.test_hostile import hostile_world

    app = hostile_world().app()
    async with app.run_test(size=(100, 40)) as pilot:
        await press(pilot, "ctrl+p", *"click")
        await until(pilot, lambda: "[@click=app.quit]x[/]" in text(app))
        assert "region: what its index is made of" in text(app)
