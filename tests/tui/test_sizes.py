"""Every size of terminal: nothing sticks out, nothing is cut without an ellipsis, columns give way in order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rich.cells import cell_len
from textual.widget import Widget

from tensionwatch.ports import Window
from tensionwatch.tui.widgets.regions import RegionTable
from tests.tui.screen import line_with, press, rows, text, until
from tests.tui.world import World, flag

WALK = ((), ("tab", "enter"), ("enter",), ("question_mark",), ("escape", "2"), ("R",), ("escape", "f", "u"), ("3",))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (40, 12)])
async def test_every_screen_fills_the_terminal_and_none_scrolls_sideways(world: World, size: tuple[int, int]) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        for keys in WALK:
            await press(pilot, *keys)
            assert len(rows(app)) == size[1]
            assert {cell_len(line) for line in rows(app)} == {size[0]}
            assert not [w for w in app.screen.walk_children(Widget) if w.show_horizontal_scrollbar and w.id != "words"]


async def test_at_80_cells_all_counts_and_the_trend_are_there(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert line_with(app, "that happened in").split()[3:] == ["1h", "24h", "7d"] * 3 + ["7d,", "peak", "2"]
        assert "India–China–Pakistan" in text(app)


async def test_narrower_still_the_trend_goes_first_then_the_last_hour(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(70, 24)) as pilot:
        await pilot.pause()
        assert "trend" not in rows(app)[1]
        assert line_with(app, "24h  7d").count("1h") == 3
        await pilot.resize_terminal(50, 24)
        await pilot.pause()
        assert line_with(app, "24h  7d").count("1h") == 0
        table = app.screen.query_one(RegionTable)
        await press(pilot, *["l"] * 9)
        assert table.column == 6
        assert table.cell is not None
        assert table.cell[1] is Window.WEEK


async def test_wider_there_are_headlines_and_the_last_report(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "20 min ago" in line_with(app, "Korean Peninsula")
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
