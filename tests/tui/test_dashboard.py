"""What the first screen has room for, and what its panels open."""

from __future__ import annotations

from datetime import timedelta

import pytest
from textual.pilot import Pilot

from tensionwatch.alerts.records import AlertRule
from tensionwatch.exchange import NextPoll
from tensionwatch.model import Feed, Fetched
from tensionwatch.tui.app import TensionwatchApp
from tensionwatch.tui.dashboard import Arrangement
from tensionwatch.tui.screens.alerts import AlertsScreen
from tensionwatch.tui.screens.couplings import CouplingsScreen
from tensionwatch.tui.screens.event import EventScreen
from tensionwatch.tui.screens.feeds import FeedsScreen
from tensionwatch.tui.screens.watch import WatchScreen
from tensionwatch.tui.tabs import TABS
from tensionwatch.tui.widgets.couplings import CouplingList
from tensionwatch.tui.widgets.events import EventList
from tensionwatch.tui.widgets.panels import AlertPanel, PulsePanel
from tensionwatch.tui.widgets.regions import RegionTable
from tests.tui.screen import line_with, press, rows, text, until
from tests.tui.tension import alert
from tests.tui.world import FEEDS, NOON, World, flag, visit


@pytest.mark.parametrize(
    ("size", "regions", "panels", "table", "timeline"),
    [
        ((80, 24), 5, "none", 7, 9), ((80, 24), 14, "none", 8, 8), ((60, 20), 14, "none", 6, 6),
        ((100, 30), 5, "strip", 7, 10), ((100, 30), 14, "none", 14, 8), ((120, 40), 14, "strip", 16, 11),
        ((160, 50), 14, "strip", 16, 21), ((200, 60), 14, "column", 16, 38), ((200, 30), 14, "none", 14, 8),
    ],
)  # fmt: skip
def test_every_size_has_a_table_of_at_most_half_and_a_timeline(
    size: tuple[int, int], regions: int, panels: str, table: int, timeline: int
) -> None:
    width, height = size
    found = Arrangement.of(width, height, regions + 2)
    assert (found.panels, found.table) == (panels, table)
    banner = panels == "none"
    rest = height - 4 - found.detail - found.table - found.coupling - banner - 7 * (panels == "strip")
    assert rest == timeline


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (60, 20), (100, 30), (160, 50)])
async def test_on_the_screen_it_is_so_with_the_banner(world: World, size: tuple[int, int]) -> None:
    world.keep_alerts(*(alert(n) for n in range(4)))
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert app.screen.query_one(RegionTable).size.height <= size[1] / 2
        assert app.screen.query_one(EventList).size.height >= min(8, size[1] // 3)
        assert "⇄" in text(app)
        assert rows(app)[-1].startswith(" ⏎")


async def test_all_seven_tabs_have_room_at_80_cells(world: World) -> None:
    seven = ["Watch", "Articles", "Feeds", "Alerts", "Trends", "Pairs", "Log"]
    assert len("".join(f" {n} {name} " for n, name in enumerate(seven))) + len("⚠99 ") + len("✗99 ") <= 80
    assert [name for name in seven if name in {tab.name for tab in TABS}] == [tab.name for tab in TABS]
    world.keep_alerts(*(alert(n) for n in range(4)))
    app = world.app(title="a title that is rather long for the line")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert rows(app)[0].startswith(" 1 Watch  2 Articles  3 Feeds  4 Alerts ⚠4 ")
        await pilot.resize_terminal(40, 24)
        await until(pilot, lambda: len(rows(app)[0]) == 40)
        assert rows(app)[0].startswith(" 1 Watch ")
        assert all(app.context.key(f"app.{tab.mode}") in rows(app)[0] for tab in TABS), "there is a key for each"


# ---------------------------------------------------------------- couplings


async def test_at_80_cells_the_foremost_coupling_has_a_line_and_its_key_opens_the_list(world: World) -> None:
    world.publish("Soldiers cross again", flag(actor="PRK", recipient="JPN"), outlet=4, ago=timedelta(hours=1))
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "⇄ PRK  ● visit RUS→PRK  with  ▲ incident PRK→KOR  2 h later · 3 more (x)" in text(app)
        await press(pilot, "x")
        assert isinstance(app.screen, CouplingsScreen)
        assert "⇄ Couplings, 48 h · 4" in text(app)
        assert "Minister lands in Pyongyang" in text(app), "the event that the cursor is on is told below"
        await press(pilot, "l")
        assert "Warning shots fired" in text(app)
        await press(pilot, "tab")
        assert "Minister lands in Pyongyang" in text(app)
        await press(pilot, "right", "enter")
        assert isinstance(app.screen, EventScreen)
        assert "incident PRK→KOR" in text(app)
        await press(pilot, "p")
        assert "visit RUS→PRK" in text(app), "the one before is the other of the two"
        await press(pilot, "escape", "escape")
        assert isinstance(app.screen, WatchScreen)


async def test_a_click_on_the_line_opens_the_list_and_one_on_an_event_its_card(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.click("#coupling", offset=(10, 0))
        await until(pilot, lambda: isinstance(app.screen, CouplingsScreen))
        await pilot.pause()
        await pilot.click(CouplingList, offset=(40, 1))
        assert app.screen.query_one(CouplingList).side == 1
        await pilot.click(CouplingList, offset=(40, 1))
        await until(pilot, lambda: isinstance(app.screen, EventScreen))
        assert "incident PRK→KOR" in text(app)


@pytest.mark.parametrize("size", [(120, 40), (200, 60)])
async def test_with_room_the_couplings_are_a_pane_of_their_own(world: World, size: tuple[int, int]) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await press(pilot, "tab", "tab")
        assert app.screen.query_one(CouplingList).has_focus
        assert "PRK" in line_with(app, "RUS→PRK" if size[0] < 200 else "visit RUS→PRK       with")
        await press(pilot, "l", "enter")
        assert isinstance(app.screen, EventScreen)
        assert "incident PRK→KOR" in text(app)


async def test_a_coupling_stays_under_the_cursor_when_another_comes_above(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "tab", "tab")
        couples = app.screen.query_one(CouplingList)
        before = couples.current
        assert before is not None
        world.publish("Envoy lands in Minsk", visit("UKR", "BLR"), outlet=1, ago=timedelta(hours=1))
        world.publish("Shots at the Belarus line", flag(actor="BLR", recipient="POL"), outlet=2)
        await until(pilot, lambda: "BLR→POL" in text(app) and len(couples.ids) == 2)
        assert couples.current == before
        assert couples.cursor == 0
        world.publish(
            "A delegation of eight is met at the airport", visit("UKR", "BLR"), outlet=3, ago=timedelta(hours=1)
        )
        world.publish("Polish guards came under fire, Warsaw says", flag(actor="BLR", recipient="POL"), outlet=4)
        await until(pilot, lambda: couples.ids[0] != before)
        assert couples.current == before, "what is well told comes above it"


async def test_where_nothing_is_coupled_the_line_and_the_panel_say_so() -> None:
    world = World()
    world.publish("Shots", flag())
    for size, said in (((80, 24), "no coupling in 48 h"), ((120, 40), "None in the last 48 hours")):
        app = world.app()
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            assert said in text(app)


# ---------------------------------------------------------------- alerts


async def test_an_alert_of_the_panel_opens_among_the_others(world: World) -> None:
    world.keep_alerts(*(alert(n, f"▲ alert number {n}", ago=timedelta(minutes=n)) for n in range(1, 4)))
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "tab", "tab", "tab")
        assert app.screen.query_one(AlertPanel).has_focus
        await press(pilot, "j", "enter")
        assert isinstance(app.screen, AlertsScreen)
        assert app.screen.lines.alert is not None
        assert app.screen.lines.alert.title == "▲ alert number 2"


@pytest.mark.parametrize(
    ("rules", "said"), [((AlertRule(id="any", name="Any"),), "None waits."), ((), "No [[alert]] is configured.")]
)
async def test_where_no_alert_waits_the_panel_says_why(rules: tuple[AlertRule, ...], said: str) -> None:
    app = World(alerts=rules).app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert said in text(app)


# ---------------------------------------------------------------- the pulse


async def test_the_status_line_has_the_pulse_until_a_panel_has_it(world: World) -> None:
    world.polling.next = NextPoll(NOON + timedelta(seconds=12), FEEDS[0].id)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "█ 11 new/h  next in 12 s: Harbour Gazette" in rows(app)[-2]
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: "Pulse of the pollers" in text(app) and "new/h" not in rows(app)[-2])
        shown = text(app)
        assert "peak 11 in 1 min · since 12:00" in shown
        assert "✗●●●●●" in shown
        assert "5 of 6 fresh · 1 failing" in shown
        assert shown.count("next in 12 s: Harbour Gazette") == 2
        await press(pilot, "2")
        assert "11 new/h" in rows(app)[-2], "no other screen has the panel"


async def test_a_click_on_the_pulse_shows_the_feeds(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.click(PulsePanel, offset=(5, 2))
        await until(pilot, lambda: isinstance(app.screen, FeedsScreen))


async def test_of_500_feeds_those_in_trouble_have_their_cells_first() -> None:
    feeds = [
        Feed(id=f"f{n}", url=f"https://f{n}.example/rss", name=f"F{n}", publisher=f"f{n}.example") for n in range(500)
    ]
    world = World(feeds=feeds)
    for n in range(500):
        result = "failed" if n == 499 else "ok"
        world.take(Fetched(feed=f"f{n}", at=NOON, result=result))  # type: ignore[arg-type]  # one of its words
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "✗●●" in text(app)
        assert "499 of 500 fresh · 1 failing" in text(app)
        assert line_with(app, "✗●●").rstrip().endswith("+470")


# ---------------------------------------------------------------- resizing


async def resized(pilot: Pilot[None], app: TensionwatchApp, size: tuple[int, int]) -> None:
    await pilot.resize_terminal(*size)
    await until(pilot, lambda: (len(rows(app)), len(rows(app)[-1])) == (size[1], size[0]))
    await pilot.pause()


async def test_what_one_is_at_survives_every_change_of_size(world: World) -> None:
    for number in range(30):
        world.publish(f"Shots {number}", flag(actor="IND", recipient="PAK"), ago=timedelta(days=2 + number))
    app = world.app()
    async with app.run_test(size=(200, 60)) as pilot:
        await press(pilot, "j", "tab", "j", "j", "j")
        table, events = app.screen.query_one(RegionTable), app.screen.query_one(EventList)
        region, event = table.current, events.current
        for size in ((80, 24), (120, 40), (60, 20), (160, 50), (100, 30), (200, 60), (40, 12), (200, 60)):
            await resized(pilot, app, size)
            assert (table.current, events.current) == (region, event)
            assert events.has_focus
            assert events.above <= events.cursor < events.above + max(1, events.size.height)


async def test_focus_is_not_lost_with_a_panel_that_has_no_room_any_more(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "tab", "tab")
        assert app.screen.query_one(CouplingList).has_focus
        await resized(pilot, app, (80, 24))
        assert app.focused is not None
        assert app.focused.display
        await press(pilot, "g", "enter")
        assert isinstance(app.screen, WatchScreen)
