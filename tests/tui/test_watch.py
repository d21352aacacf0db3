"""The first screen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from textual.geometry import Size

from tensionwatch.model import Entry, Feed, Fetched, Kind, ReadEntry, Status
from tensionwatch.tui.screens.event import EventScreen
from tensionwatch.tui.screens.watch import WatchScreen
from tensionwatch.tui.widgets.events import EventList
from tensionwatch.tui.widgets.regions import RegionTable
from tests.tui.screen import column_of, line_with, press, rows, said, text, until
from tests.tui.world import NOON, World, flag, visit


async def test_counts_of_events_stand_under_their_group_and_window(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        groups, windows, korea = rows(app)[1], rows(app)[2], line_with(app, "Korean Peninsula")
        start = column_of(groups, "▲") - 1
        assert windows[start : start + 8].split() == ["24h", "7d"]
        assert korea[-24:].split() == ["1", "1", "1", "1", "·", "·"]


async def test_elsewhere_is_the_last_region(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.screen.query_one(RegionTable).ids[-1] == "elsewhere"
        assert "Elsewhere" not in text(app)
        assert "unusual first ↓1" in text(app), "how many regions are out of sight"
        await press(pilot, "G")
        assert line_with(app, "Elsewhere").startswith(" Elsewhere")


async def test_one_event_of_three_outlets_is_one_line_with_its_three_counts(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        line = line_with(app, "shots fired")
        assert "11:40   ▲ incident  PRK→KOR  DMZ  shots fired · 3 pub" in line
        assert "24h ▲ 1·3·3 ● 1·1·1" in line_with(app, "events · reports · publishers")


async def test_with_room_the_events_of_the_week_are_drawn_by_half_days(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.pause()
        assert "·············█ events per half day over 7 d, peak 2" in line_with(app, "24h ▲ 1·3·3")


async def test_what_did_not_happen_is_dimmed_and_says_so_before_anything_can_be_cut(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "planned" in line_with(app, "JPN→VNM")
        assert "called off" in line_with(app, "ARM→AZE")
        events = app.screen.query_one(EventList)
        planned = next(e for e in world.watch.events() if e.status is Status.PLANNED)
        styles = {style for text, style in events.runs(planned.id, 80) if text.strip() and text.strip() != "•"}
        assert styles == {"muted"}


async def test_enter_on_a_region_shows_its_events_and_enter_again_shows_all(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "enter")
        assert "Korean Peninsula · 2 events" in text(app)
        assert "CHN→TWN" not in text(app)
        await press(pilot, "enter")
        assert "Newest, all regions · 7 events" in text(app)


async def test_escape_shows_all_events_again(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "j", "enter")
        assert "Taiwan Strait · 1 event" in text(app)
        await press(pilot, "escape")
        assert "Newest, all regions" in text(app)


async def test_every_count_opens_into_exactly_the_events_that_make_it_up(world: World) -> None:
    world.publish("Shots at the line, last week but one", flag(), ago=timedelta(days=9))
    app = world.app()
    async with app.run_test(size=(150, 40)) as pilot:
        await pilot.pause()
        table, events = app.screen.query_one(RegionTable), app.screen.query_one(EventList)
        for row, region in enumerate(world.watch.regions()):
            table.move_to(row)
            for column, (group, window) in enumerate(
                ((g, w) for g in region.counts for w in region.counts[g]), start=2
            ):
                table.column = column
                table.action_choose()  # what enter does
                await pilot.pause()
                assert len(events.ids) == region.counts[group][window].events, (region.region.id, group, window)


async def test_the_selected_count_is_told_in_words(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "right", "l")
        assert "▲ incidents in 24h: 1 event · 3 reports · 3 publishers" in text(app)
        await press(pilot, "h", "left", "left")
        assert app.screen.query_one(RegionTable).column == 0


async def test_next_and_previous_on_a_card_lead_along_the_list_of_events(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "tab", "down", "enter")
        assert isinstance(app.screen, EventScreen)
        assert "Minister lands in Pyongyang" in text(app)
        await press(pilot, "n")
        assert "visit JPN→VNM" in text(app)
        assert "Envoy due in Hanoi" in text(app)
        await press(pilot, "p", "p", "p")
        assert "incident PRK→KOR" in text(app)
        assert "This is the first of the list." in said(app)


async def test_enter_on_an_event_of_several_articles_lists_them(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "tab", "enter")
        assert isinstance(app.screen, EventScreen)
        assert "North Korea → South Korea" in text(app)
        assert "3 reports · 3 publishers" in text(app)
        assert len(app.screen.lines.ids) == 3
        await press(pilot, "j", "enter")
        assert "2 of 3" in text(app)
        await press(pilot, "escape", "escape")
        assert app.screen.query_one(EventList).has_focus


async def test_the_event_screen_says_who_claims_and_what_the_texts_count(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "tab", "enter")
        assert "life       happened 11:10 · harbour.example" in text(app)
        await press(pilot, "m", "s")
        article = world.watch.article(app.screen.lines.ids[0])
        assert article is not None
        assert article.read
        assert article.starred
        await press(pilot, "A")
        assert all(world.watch.article(i).read for i in app.screen.lines.ids)  # type: ignore[union-attr]  # they are there


async def test_what_has_changed_is_marked_until_space_says_that_it_was_seen(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        assert "↑" not in text(app)
        assert "Seen" not in rows(app)[-1]
        world.clock.at += timedelta(minutes=2)
        world.publish("Drones cross the strait", flag(actor="CHN", recipient="TWN", code="X-AIR"))
        await until(pilot, lambda: line_with(app, "Taiwan Strait").count("↑") == 2)
        await press(pilot, "j", "j", "j")
        assert line_with(app, "Taiwan Strait").count("↑") == 2, "no key but one takes the marks away"
        assert line_with(app, "CHN→TWN   airspace").startswith("↑11:57")
        assert "Newest, all regions · 8 events · 1 new since 12:00" in text(app)
        assert "space Seen" in rows(app)[-1]
        await press(pilot, "space")
        assert "↑" not in text(app)
        assert " new since" not in text(app)
        assert "space Seen" not in rows(app)[-1]


async def test_what_was_taken_for_seen_is_marked_again_by_undo(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        world.publish("Drones cross the strait", flag(actor="CHN", recipient="TWN", code="X-AIR"))
        await until(pilot, lambda: "1 new since 12:00" in text(app))
        before = text(app)
        await press(pilot, "space", "z")
        assert "Marked again: what had come before" in said(app)
        assert line_with(app, "CHN→TWN   airspace").startswith("↑")
        assert text(app).splitlines()[:20] == before.splitlines()[:20]


async def test_an_event_that_more_publishers_tell_is_marked_and_a_further_word_of_one_is_not(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        world.clock.at += timedelta(minutes=2)
        world.publish("Minister arrives in Pyongyang", visit("RUS", "PRK"), outlet=3, ago=timedelta(hours=2))
        await until(pilot, lambda: len(world.watch.events()[1].articles) == 2)
        await pilot.pause(0.3)
        assert " new since" not in text(app)
        world.publish("Talks open in Pyongyang", visit("RUS", "PRK"), outlet=4, ago=timedelta(hours=2))
        await until(pilot, lambda: "1 new since 12:00" in text(app))
        assert line_with(app, "● visit     RUS→PRK  ").startswith("↑")


async def test_events_with_an_article_read_are_no_longer_bold(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert line_with(app, "RUS→PRK  Ilya").startswith("•")
        await press(pilot, "tab", "down", "enter", "enter", "escape", "escape")
        assert line_with(app, "RUS→PRK  Ilya").startswith(" ")


async def test_where_there_is_room_the_event_under_the_cursor_is_told_beside_the_list(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(200, 60)) as pilot:
        await press(pilot, "tab", "down")
        preview = app.screen.query_one("#preview").region
        shown = [line[preview.x : preview.right] for line in rows(app)[preview.y : preview.bottom]]
        assert any("Minister lands in Pyongyang" in line for line in shown)
        assert any("Ilya Brandt" in line for line in shown)


async def test_regions_and_events_are_reached_with_the_mouse(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        table = app.screen.query_one(RegionTable)
        await pilot.click(RegionTable, offset=(60, 3))
        assert (table.current, table.cell) == ("taiwan", table.cell)
        assert table.cell is not None
        await pilot.click(EventList, offset=(10, 1), times=2)
        await pilot.pause()
        assert isinstance(app.screen, EventScreen)


async def test_undated_events_say_so(world: World) -> None:
    fresh = World(feeds=(Feed(id="new", url="https://new.example/rss", name="New", publisher="new.example"),))
    entry = Entry(entry_id="1", link=None, title="Visit without a date", summary="", published=None)
    flags = (visit("RUS", "PRK"), flag(Kind.TALKS, "RUS", "PRK", code="046"))
    fresh.take(Fetched(feed="new", at=NOON, result="ok", entries=(ReadEntry(entry=entry, hash="1", flags=flags),)))
    app = fresh.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "undated ● visit     RUS→PRK" in text(app)


async def test_news_is_drawn_without_laying_the_screen_out_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """That takes 17 ms of each of four pulls a second while feeds come in."""
    laid_out = []
    lay_out = WatchScreen._refresh_layout

    def counted(self: WatchScreen, *sizes: Size) -> None:
        laid_out.append(self)
        lay_out(self, *sizes)

    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        monkeypatch.setattr(WatchScreen, "_refresh_layout", counted)
        world.publish("Navy ships meet off Palawan", flag(actor="CHN", recipient="PHL"), outlet=1)
        await until(pilot, lambda: "Navy ships meet" in text(app) or "CHN→PHL" in text(app))
    assert laid_out == []
