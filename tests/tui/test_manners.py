"""Nothing moves under the reader's eye when a poll lands."""

from __future__ import annotations

from datetime import timedelta

from textual.geometry import Offset

from tensionwatch.model import Kind
from tensionwatch.tui.screens.articles import ArticlesScreen
from tensionwatch.tui.screens.reader import Page, ReaderScreen
from tensionwatch.tui.widgets.events import EventList
from tensionwatch.tui.widgets.lines import LineList
from tensionwatch.tui.widgets.regions import RegionTable
from tests.tui.screen import column_of, press, rows, text, until
from tests.tui.world import World, flag

SIZE = (100, 24)


def news(world: World, count: int = 5) -> None:
    """Later than everything so far, on pairs of their own: each an event and a line above all others."""
    for n in range(count):
        pair = ("IND", "PAK"), ("THA", "KHM"), ("ARM", "AZE"), ("ISR", "LBN"), ("USA", "VEN")
        world.publish(
            f"Late news {n}", flag(Kind.TALKS, *pair[n % 5], code="046"), outlet=n % 5, ago=timedelta(seconds=30 - n)
        )


def line_of_cursor(lines: LineList) -> int:
    return lines.cursor - lines.above


async def test_cursor_and_line_stay_on_the_same_article_when_rows_come_in_above(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "j", "j", "j")
        assert isinstance(app.screen, ArticlesScreen)
        lines = app.screen.lines
        current, line, before = lines.current, line_of_cursor(lines), rows(app)
        news(world)
        await until(pilot, lambda: len(lines.ids) == 16)
        assert (lines.current, line_of_cursor(lines)) == (current, line)
        assert [row[:60] for row in rows(app)[2:13]] == [row[:60] for row in before[2:13]]


async def test_the_first_row_too_stays_where_it_is_for_one_who_is_reading_the_list(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2")
        assert isinstance(app.screen, ArticlesScreen)
        lines = app.screen.lines
        current = lines.current
        news(world, 12)
        await until(pilot, lambda: len(lines.ids) == 23)
        assert (lines.current, line_of_cursor(lines)) == (current, 0)
        await press(pilot, "g")
        assert "Late news" in rows(app)[2]


async def test_the_event_under_the_cursor_stays_when_newer_ones_come(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "j", "j")
        events = app.screen.query_one(EventList)
        current, screen_line = events.current, events.region.y + line_of_cursor(events)
        news(world)
        await until(pilot, lambda: len(events.ids) == 12)
        assert events.current == current
        assert events.region.y + line_of_cursor(events) == screen_line
        assert "JPN→VNM" in rows(app)[screen_line]
        assert f"{events.above} lines above (g)" in text(app)
        assert events.has_focus


async def test_events_that_nobody_is_at_show_the_newest(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        news(world)
        await until(pilot, lambda: len(app.screen.query_one(EventList).ids) == 12)
        events = app.screen.query_one(EventList)
        assert "USA→VEN" in rows(app)[events.region.y]


async def test_the_region_under_the_cursor_stays_and_so_does_the_focus(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "j", "j", "l")
        table = app.screen.query_one(RegionTable)
        news(world)
        await until(pilot, lambda: "↑" in text(app))
        assert (table.current, table.column, table.has_focus) == ("southasia", 1, True)


async def test_a_filter_by_region_survives_a_poll(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "enter")
        news(world)
        await until(pilot, lambda: "↑" in text(app))
        assert "Korean Peninsula · 2 events" in text(app)


async def test_the_page_one_reads_does_not_change_or_scroll(world: World) -> None:
    world.publish(
        "Long", summary=" ".join(f"sentence {n} of a long report." for n in range(400)), ago=timedelta(minutes=1)
    )
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter", "space", "j")
        page = app.screen.query_one(Page)
        scroll, before = page.scroll_offset, rows(app)[:-2]
        assert scroll != Offset(0, 0)
        news(world)
        await pilot.pause(0.4)
        assert isinstance(app.screen, ReaderScreen)
        assert (page.scroll_offset, rows(app)[:-2]) == (scroll, before)
        assert page.has_focus


async def test_a_new_wording_of_the_page_one_reads_waits_for_a_key(world: World) -> None:
    world.publish("First wording", outlet=0, key="edited", ago=timedelta(minutes=1))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        world.clock.at += timedelta(minutes=2)
        world.publish("Second wording", outlet=0, key="edited", ago=timedelta(minutes=3))
        before = rows(app)[:3]
        await until(pilot, lambda: "R shows the new wording" in text(app))
        assert rows(app)[:3] == before
        assert "First wording" in text(app)
        assert "Second wording" not in text(app)
        await press(pilot, "R")
        assert "Second wording" in text(app)
        assert "R shows the new wording" not in text(app)


async def test_next_follows_the_list_as_it_was_when_the_article_was_opened(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        news(world)
        await pilot.pause(0.4)
        await press(pilot, "n")
        assert "Troops cross demarcation line" in text(app)


async def test_what_is_being_typed_is_left_alone(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "slash", *"lin")
        news(world)
        await pilot.pause(0.4)
        await press(pilot, "e")
        await until(pilot, lambda: "/ line" in text(app))


async def test_the_place_is_kept_while_the_terminal_is_resized(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "2", "G")
        assert isinstance(app.screen, ArticlesScreen)
        lines = app.screen.lines
        current = lines.current
        await pilot.resize_terminal(80, 12)
        await pilot.pause()
        assert lines.current == current
        assert 0 <= line_of_cursor(lines) < lines.size.height


async def test_columns_stay_straight_beside_wide_characters(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2")
        korean, english = rows(app)[4], rows(app)[3]
        assert "남북" in korean
        assert column_of(korean, "harbour.example") == column_of(english, "meridian.example")
        assert korean.rstrip().endswith("…")


async def test_a_burst_of_polls_is_one_message_at_a_time_and_few_pulls(world: World) -> None:
    app = world.app()
    pulls = 0
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause(0.3)
        pull = world.watch.regions

        def counting() -> object:
            nonlocal pulls
            pulls += 1
            return pull()

        world.watch.regions = counting  # type: ignore[method-assign, assignment]  # to count the snapshots
        news(world, 50)
        await until(pilot, lambda: len(app.screen.query_one(EventList).ids) == 12)
        assert 1 <= pulls <= 12  # a slow machine may tick meanwhile
