"""Every size of terminal: nothing sticks out, nothing is cut without an ellipsis, columns give way in order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rich.cells import cell_len
from textual.widget import Widget

from tensionwatch.exchange import Group, Window
from tensionwatch.tui.widgets.regions import RegionTable
from tests.tui.screen import line_with, press, rows, text, until
from tests.tui.tension import RISING, alert, index, surprise
from tests.tui.world import World, flag

WALK = (
    (), ("tab", "enter"), ("enter",), ("question_mark",), ("escape", "2"), ("R",), ("escape", "f", "u"), ("3",),
    ("4",), ("m",), ("escape", "5"), ("c", "left"), ("x",), ("escape", "enter"), ("escape", "6"), ("enter",),
    ("1", "1", "i"),
)  # fmt: skip


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (40, 12)])
async def test_every_screen_fills_the_terminal_and_none_scrolls_sideways(world: World, size: tuple[int, int]) -> None:
    world.keep_alerts(*(alert(n) for n in range(20)))
    world.alerting.mute("pair", "KOR-PRK", None)
    app = world.app()
    async with app.run_test(size=size) as pilot:
        for keys in WALK:
            await press(pilot, *keys)
            assert len(rows(app)) == size[1]
            assert {cell_len(line) for line in rows(app)} == {size[0]}
            assert not [w for w in app.screen.walk_children(Widget) if w.show_horizontal_scrollbar and w.id != "words"]


async def test_at_80_cells_what_is_unusual_the_trend_and_a_day_and_a_week_are_there(world: World) -> None:
    world.said.said["korea"] = index("korea", surprise(), conflict=3.4, trend=RISING)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert line_with(app, "unusual first").split()[-6:] == ["24h", "7d"] * 3
        korea = line_with(app, "Korean Peninsula")
        assert korea.split()[2:] == [*"3 incidents, usually 0.2 3.4 ·▁▁▁▂▄█".split(), "1", "1", "1", "1", "·", "·"]
        assert "India–China… " in text(app), "a name is cut between its words"


async def test_narrower_still_the_trend_goes_first_then_the_week(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(70, 24)) as pilot:
        await pilot.pause()
        assert "max" not in rows(app)[2]
        assert rows(app)[2].count("7d") == 3
        await pilot.resize_terminal(48, 24)
        await pilot.pause()
        assert "7d" not in rows(app)[2]
        table = app.screen.query_one(RegionTable)
        await press(pilot, *["l"] * 9)
        assert table.column == 4
        assert table.cell == (Group.OTHER, Window.DAY)


async def test_wider_there_are_headlines_and_the_last_report(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(150, 40)) as pilot:
        await pilot.pause()
        assert line_with(app, "Korean Peninsula").rstrip().endswith("20 min ago")
        assert "Minister lands in Pyongyang" in line_with(app, "RUS→PRK")


async def test_resizing_live_redraws_for_the_new_size(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(200, 60)) as pilot:
        await press(pilot, "2")
        for size in ((80, 24), (120, 40), (200, 60)):
            await pilot.resize_terminal(*size)
            await until(pilot, lambda width=size[0]: {cell_len(line) for line in rows(app)} == {width})
            assert len(rows(app)) == size[1]


async def test_every_filter_stays_in_sight_however_long_its_words(world: World) -> None:
    world.publish("Shots at the line again", flag(), ago=timedelta(minutes=2))
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2", "R", "j", "enter", "K", "j", "enter", "u", "slash", *"line")
        await press(pilot, "enter")
        filters = rows(app)[1]
        for words in ("R Korean Peninsula", "K incidents", "u unread", " f ", " S ", "/ line"):
            assert words in filters
