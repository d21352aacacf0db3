"""Saved filters as tabs above the articles."""

from __future__ import annotations

from datetime import timedelta

from textual.pilot import Pilot
from textual.widgets import Input

from tensionwatch.exchange import ArticleQuery, Group
from tensionwatch.model import SavedFilter
from tensionwatch.tui.screens.articles import ArticlesScreen
from tensionwatch.tui.screens.name import NameScreen
from tensionwatch.tui.widgets.tabs import FilterTabs, visible
from tests.tui.screen import press, rows, said, text, until
from tests.tui.test_articles import at_articles
from tests.tui.test_filter_line import type_in
from tests.tui.world import World, tell_stories

SIZE = (100, 24)
FILTERS = (
    SavedFilter(name="Unread", query="unread"),
    SavedFilter(name="Visits", query="kind:visit"),
    SavedFilter(name="Korea", query="region:korea since:7d"),
)


def a_world(filters: tuple[SavedFilter, ...] = FILTERS) -> World:
    world = World(filters=filters)
    tell_stories(world)
    return world


async def save_as(pilot: Pilot[None], name: str) -> None:
    await press(pilot, "F")
    await until(pilot, lambda: isinstance(pilot.app.screen, NameScreen))
    pilot.app.screen.query_one(Input).value = name
    await press(pilot, "enter")


async def test_each_tab_tells_its_unread_and_keys_lead_from_one_to_the_next() -> None:
    world = a_world()
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        await until(pilot, lambda: "All 11  Unread 11  Visits 3  Korea 4" in rows(app)[1])
        for key in ("greater_than_sign", "right", "l"):
            await press(pilot, key)
        assert screen.query_now.region == "korea"
        assert " 4 of 11" in rows(app)[2]
        await press(pilot, "l")
        assert screen.query_now == ArticleQuery()
        for key, expected in (("less_than_sign", "Korea"), ("left", "Visits"), ("h", "Unread")):
            await press(pilot, key)
            assert screen._tab == expected
        await press(pilot, "m")
        await until(pilot, lambda: "All 10  Unread 10" in rows(app)[1])


async def test_without_saved_filters_there_is_no_line_of_tabs_and_its_keys_do_nothing(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        assert " 11 of 11" in rows(app)[1]
        await press(pilot, "l", "h", "X")
        assert screen.query_now == ArticleQuery()
        assert "This tab stays: it has all articles." in said(app)


async def test_each_tab_keeps_its_cursor_its_keys_and_its_line() -> None:
    app = a_world().app()
    async with app.run_test(size=(100, 12)) as pilot:
        screen = await at_articles(pilot)
        await press(pilot, "G", "k")
        there, above = screen.lines.current, screen.lines.above
        assert above > 0
        await press(pilot, "l", "f", "slash", *"talks", "enter")
        assert screen.query_now == ArticleQuery(unread=True, flagged=True, text="talks")
        await press(pilot, "h")
        assert (screen.lines.current, screen.lines.above) == (there, above)
        assert screen.query_now == ArticleQuery()
        await press(pilot, "l")
        assert screen.query_now == ArticleQuery(unread=True, flagged=True, text="talks")
        await press(pilot, "escape")
        assert screen.query_now == ArticleQuery(unread=True)
        await press(pilot, "escape")
        assert screen.query_now == ArticleQuery()


async def test_a_key_takes_back_what_the_tab_says() -> None:
    app = a_world().app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        await press(pilot, "l", "u")
        assert screen.query_now == ArticleQuery()
        await press(pilot, "u")
        assert screen.query_now == ArticleQuery(unread=True)


async def test_a_click_leads_to_a_tab_and_one_on_the_plus_asks_for_a_name() -> None:
    app = a_world().app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        await until(pilot, lambda: "Korea 4" in rows(app)[1])
        line = rows(app)[1]
        await pilot.click(FilterTabs, offset=(line.index("Visits") + 1, 0))
        await until(pilot, lambda: screen.query_now == ArticleQuery(group=Group.VISIT))
        await press(pilot, "f")
        await pilot.click(FilterTabs, offset=(rows(app)[1].index("+"), 0))
        await until(pilot, lambda: isinstance(app.screen, NameScreen))
        await press(pilot, "escape")
        assert app.screen is screen


async def test_the_present_filter_is_saved_as_a_tab_durably_and_undone() -> None:
    world = a_world()
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        await press(pilot, "l", "u", "f", "slash", *"since")
        await type_in(pilot, ":9h -kind:talks")
        await press(pilot, "enter", "j")
        listed, there = list(screen.lines.ids), screen.lines.current
        await save_as(pilot, "Mine")
        (saved,) = world.store.filters.all()
        assert (saved.name, saved.query) == ("Mine", "flagged since:9h -kind:talks")
        assert "Saved as the tab Mine · z undoes" in said(app)
        assert screen._tab == "Mine"
        assert (list(screen.lines.ids), screen.lines.current) == (listed, there)
        await until(pilot, lambda: "Mine" in rows(app)[1])
        await press(pilot, "z")
        assert world.store.filters.all() == []
        await until(pilot, lambda: "Mine" not in rows(app)[1])
        assert screen._tab == ""


async def test_a_saved_tab_is_saved_anew_under_its_name_and_undone() -> None:
    world = a_world(())
    world.watch.keep_filter(SavedFilter(name="Mine", query="flagged", saved=world.clock.at))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await at_articles(pilot)
        await press(pilot, "l", "F")
        assert "This tab is saved as it is." in said(app)
        await press(pilot, "u")
        await save_as(pilot, "mine")
        assert [(each.name, each.query) for each in world.watch.filters] == [("Mine", "flagged unread")]
        await press(pilot, "z")
        assert [(each.name, each.query) for each in world.watch.filters] == [("Mine", "flagged")]


async def test_a_saved_tab_is_removed_and_comes_back() -> None:
    world = a_world()
    world.watch.keep_filter(SavedFilter(name="Mine", query="flagged", saved=world.clock.at))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        await press(pilot, "h")
        assert screen.query_now == ArticleQuery(flagged=True)
        await press(pilot, "X")
        assert world.store.filters.all() == []
        assert screen.query_now == ArticleQuery()
        await press(pilot, "z")
        assert [each.name for each in world.store.filters.all()] == ["Mine"]
        await press(pilot, "l", "X")
        assert any("[[filter]] of the configuration" in message for message in said(app))


async def test_names_that_are_taken_are_refused_and_nothing_is_saved_without_a_filter() -> None:
    world = a_world()
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await at_articles(pilot)
        await press(pilot, "F")
        assert "Nothing is filtered: there is nothing to save." in said(app)
        await press(pilot, "f")
        await save_as(pilot, "visits")
        await save_as(pilot, "ALL")
        assert any(message.startswith("visits is the name of the tab of the configuration") for message in said(app))
        assert any(message.startswith("ALL is the name of the tab of all articles") for message in said(app))
        await save_as(pilot, "  ")
        assert world.store.filters.all() == []


async def test_the_articles_of_a_feed_are_shown_among_all() -> None:
    world = a_world()
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        await press(pilot, "l", "3", "j", "enter")
        await until(pilot, lambda: isinstance(app.screen, ArticlesScreen))
        assert screen._tab == ""
        assert screen.query_now.feed is not None
        await press(pilot, "escape")
        assert screen.query_now == ArticleQuery()


async def test_a_tab_whose_words_cannot_be_read_any_more_says_so() -> None:
    world = a_world(())
    world.watch.keep_filter(SavedFilter(name="Old", query="region:gone unread", saved=world.clock.at))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        await press(pilot, "l")
        assert "region:gone?" in text(app)
        assert screen.query_now == ArticleQuery(unread=True)


async def test_many_tabs_scroll_with_the_active_one_in_sight() -> None:
    names = [f"Tab number {n}" for n in range(9)]
    app = a_world(tuple(SavedFilter(name=name, query="unread") for name in names)).app()
    async with app.run_test(size=(60, 20)) as pilot:
        await at_articles(pilot)
        for name in names:
            await press(pilot, "l")
            assert name in rows(app)[1]
            assert len(rows(app)[1]) == 60
        assert rows(app)[1].startswith("‹")
        await press(pilot, "l")
        assert "All" in rows(app)[1]
        assert rows(app)[1].rstrip().endswith("›")
        await pilot.click(FilterTabs, offset=(rows(app)[1].rindex("›"), 0))
        await press(pilot)
        assert "All" not in rows(app)[1]
        await pilot.click(FilterTabs, offset=(0, 0))
        await press(pilot)
        assert "All" in rows(app)[1]


def test_of_tabs_that_do_not_fit_the_active_is_always_among_those_seen() -> None:
    for width in range(1, 60):
        for active in range(6):
            first, last = visible([7, 9, 12, 5, 20, 3], active, width)
            assert first <= active < last
            assert last - first == 1 or sum([7, 9, 12, 5, 20, 3][first:last]) <= width - 4


async def test_what_comes_in_is_counted_in_the_tabs() -> None:
    world = a_world()
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await at_articles(pilot)
        await until(pilot, lambda: "All 11  Unread 11  Visits 3" in rows(app)[1])
        world.publish("One more", ago=timedelta(minutes=1))
        await until(pilot, lambda: "All 12  Unread 12  Visits 3" in rows(app)[1])
