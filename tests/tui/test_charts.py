"""How often a chart is drawn: once for each size that it gets."""

from __future__ import annotations

import pytest
from textual.geometry import Size
from textual.pilot import Pilot
from textual.visual import VisualType
from textual.widgets import Static

from tensionwatch.tui.widgets.chart import Chart, Grid
from tests.tui.past import tell_a_year
from tests.tui.screen import press, until
from tests.tui.world import World

KEYS = {"#chart": ["5"], "#grid": ["5", "x"], "#weeks": ["6", "s", "enter"]}


@pytest.fixture
def world() -> World:
    world = World()
    tell_a_year(world)
    return world


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Size]:
    """The sizes for which something has been drawn, in that order."""
    drawn: list[Size] = []

    def noted(self: Chart | Grid, content: VisualType = "", *, layout: bool = True) -> None:
        drawn.append(self.size)
        Static.update(self, content, layout=layout)

    for kind in (Chart, Grid):
        monkeypatch.setattr(kind, "update", noted)
    monkeypatch.setattr("tensionwatch.tui.app.SLIDE", 10**9)  # no pull but for the news of a test
    return drawn


async def rest(pilot: Pilot[None]) -> None:
    """Until all that a change of the size leads to has come: a message, a layout and a message again."""
    for _ in range(5):
        await pilot.pause()


@pytest.mark.parametrize("place", KEYS)
async def test_a_terminal_of_another_size_has_a_chart_drawn_once_for_each_size_that_it_gets(
    world: World, drawn: list[Size], place: str
) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, *KEYS[place])
        await until(pilot, lambda: bool(app.screen.query(place)) and app.screen.query_one(place).size in drawn)
        await rest(pilot)
        chart = app.screen.query_one(place)
        for size in ((130, 40), (131, 50), (130, 40), (99, 40)):  # at 50 lines events come below the chart
            was = chart.size
            drawn.clear()
            await pilot.resize_terminal(*size)
            await until(pilot, lambda: bool(drawn))
            await rest(pilot)
            assert drawn[-1] == chart.size != was
            assert was not in drawn, "not before it has its new size"
            # below 100 cells the list beside it becomes narrower, which Textual finds out once all is laid out
            assert len(drawn) == (2 if size[0] == 99 and place != "#weeks" else 1)


async def test_what_comes_in_the_place_of_the_other_is_drawn_once_and_with_news_once_more(
    world: World, drawn: list[Size]
) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "5")
        await until(pilot, lambda: len(drawn) > 0)
        for place in ("#grid", "#chart"):
            await rest(pilot)
            drawn.clear()
            await press(pilot, "x")
            await rest(pilot)
            assert drawn == [app.screen.query_one(place).size]
            app.pull()
            await rest(pilot)
            assert drawn == [app.screen.query_one(place).size] * 2


async def test_the_weeks_of_a_pair_come_with_the_room_for_them(world: World, drawn: list[Size]) -> None:
    app = world.app()
    async with app.run_test(size=(120, 33)) as pilot:
        await press(pilot, *KEYS["#weeks"])
        await until(pilot, lambda: bool(app.screen.query("#weeks")))
        await rest(pilot)
        assert not app.screen.query_one("#weeks").display
        drawn.clear()
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: bool(drawn))
        await rest(pilot)
        assert drawn == [app.screen.query_one("#weeks").size]
