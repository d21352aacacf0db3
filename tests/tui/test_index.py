"""The index on the first screen, and the card that its numbers open into."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from tensionwatch.index.records import Explained
from tensionwatch.model import Fetched, Region
from tensionwatch.tui.screens.event import EventScreen
from tensionwatch.tui.screens.feeds import FeedsScreen
from tensionwatch.tui.screens.index import IndexScreen
from tensionwatch.tui.screens.watch import WatchScreen
from tensionwatch.tui.widgets.regions import RegionTable
from tensionwatch.watch import Watch
from tests.tui.screen import column_of, line_with, press, rows, said, text, until
from tests.tui.tension import RISING, alert, index, surprise, weighed
from tests.tui.world import FEEDS, REGIONS, SmallAtlas, World, tell_stories

SIZES = [(80, 24), (120, 40)]


@pytest.fixture
def tense(world: World) -> World:
    """Shots in Korea, where they are rare; more of them than usual in Thailand too; half of Taiwan's feeds are away."""
    said = world.said.said
    said["korea"] = index(
        "korea", surprise(), surprise("diplomatic_protest", 1, 1, alarm=False), conflict=3.4, trend=RISING
    )
    said["taiwan"] = index("taiwan", conflict=0.6, trend=(0.6,) * 14, fresh=9)
    said["southasia"] = index("southasia", days=12, level=None)
    said["thai"] = index("thai", surprise("incident", 40, 14, usual=3.1), conflict=33.2, trend=(30.0,) * 14)
    shots, visit = (next(e for e in world.watch.events() if e.actor == side) for side in ("PRK", "RUS"))
    world.said.opened["korea"] = Explained(
        index=said["korea"],
        conflict=(weighed(shots.id, publishers=3),),
        cooperation=(weighed(visit.id, publishers=1, hours=3),),
        rest=0.012,
        cooperation_rest=0.0,
        publishers={"han.example": (1, 9), "meridian.example": (1, 12)},
        pairs={"incident": tuple((shots.id, publisher) for publisher in shots.publishers)},
        days={"incident": (0, 0, 1, 0, 0, 2, 0) * 8},
    )
    return world


def lose_a_feed(world: World) -> None:
    """All but the last answer two hours on."""
    world.clock.at += timedelta(hours=2)
    for feed in FEEDS[:-1]:
        world.take(Fetched(feed=feed.id, at=world.clock.at, result="ok"))


def order(pilot: Pilot[None]) -> list[str]:
    return list(pilot.app.screen.query_one(RegionTable).ids)


# ---------------------------------------------------------------- the dashboard


@pytest.mark.parametrize("size", SIZES)
async def test_each_region_says_in_words_whether_it_is_unusual(tense: World, size: tuple[int, int]) -> None:
    app = tense.app()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        whole = size[0] > 100
        korea = "unusual: 3 incidents, usually 0.2 a day" if whole else "3 incidents, usually 0.2"
        assert korea in line_with(app, "Korean Peninsula")
        assert "unusual: 3 incidents, usually 0.2 a day" in text(app), "the selected one says it whole"
        assert "learning: 12 of 28 days" in text(app)
        assert "blind 9/34 · calm" in line_with(app, "Taiwan Strait")
        assert "calm" in line_with(app, "Ukraine")


@pytest.mark.parametrize("size", SIZES)
async def test_intensity_and_its_trend_stand_below_one_another(tense: World, size: tuple[int, int]) -> None:
    app = tense.app()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        korea, thai = line_with(app, "Korean Peninsula"), line_with(app, "Thailand–Cambodia")
        assert column_of(korea, " 3.4 ") == column_of(thai, "33.2 ")
        assert "▃▄▆█" in korea or "▂▄█" in korea
        assert "Conflict" in rows(app)[1]
        assert "own peak" in rows(app)[2] or "to max" in rows(app)[2]


async def test_after_a_start_the_screen_does_not_wait_for_the_index(world: World) -> None:
    world.watch = Watch(world.store, world.config, SmallAtlas(), world.clock)
    assert not world.watch.index_is_ready
    app = world.app()
    drawn = []
    show = RegionTable.show_rows

    def noted(table: RegionTable, *args: Any) -> None:
        show(table, *args)
        drawn.append(len(args[1]))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RegionTable, "show_rows", noted)
        async with app.run_test(size=(100, 30)) as pilot:
            await until(pilot, lambda: "learning: 0 of 28 days" in line_with(app, "Korean Peninsula"))
    assert drawn[0] == 0
    assert drawn[-1] == len(world.watch.regions())


async def test_with_room_the_feeds_that_see_a_region_are_counted(tense: World) -> None:
    app = tense.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "31/34" in line_with(app, "Korean Peninsula")
        assert line_with(app, "Taiwan Strait").count("9/34") == 2
        taiwan = app.screen.query_one(RegionTable).runs("taiwan", 120)
        assert {style for shown, style in taiwan if "0.6" in shown} == {"muted"}, "a blind region's numbers are grey"


async def test_what_is_unusual_comes_first_until_a_key_asks_for_the_configured_order(tense: World) -> None:
    configured = [row.region.id for row in tense.watch.regions()]
    app = tense.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        assert order(pilot) == ["korea", "thai", "taiwan", "southasia", "ukraine", "caucasus", "elsewhere"]
        await press(pilot, "s")
        assert order(pilot) == configured
        assert "as configured" in text(app)
        await press(pilot, "s")
        assert order(pilot)[:2] == ["korea", "thai"]


async def test_the_cursor_stays_with_its_region_when_another_becomes_unusual(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "j", "l")
        table = app.screen.query_one(RegionTable)
        assert table.current == "taiwan"
        world.said.said["thai"] = index("thai", surprise())
        world.watch.changed()
        await until(pilot, lambda: order(pilot)[0] == "thai")
        assert (table.current, table.on_index, table.above) == ("taiwan", True, 0)
        assert rows(app)[3].startswith(" Thailand–Cambodia"), "it is in sight"


async def test_a_region_with_alerts_that_wait_is_marked(tense: World) -> None:
    tense.keep_alerts(alert(1, region="caucasus"))
    app = tense.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert line_with(app, "Caucasus").startswith("⚠Caucasus")
        tense.alerting.acknowledge(["alert1"])
        await until(pilot, lambda: line_with(app, "Caucasus").startswith(" Caucasus"))


async def test_meaning_is_told_without_any_colour(tense: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    tense.keep_alerts(alert(1))
    app = tense.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        for words in (
            "unusual: 3 incidents",
            "blind 9/34",
            "learning",
            "calm",
            "⚠Korean",
            "⚠ Alerts · 1",
            "4 Alerts ⚠1",
        ):
            assert words in text(app)


@pytest.mark.parametrize("width", [48, 80, 100, 120, 200])
async def test_columns_stay_straight_beside_a_wide_name(width: int) -> None:
    wide = Region(id="korea", name="한반도와 동해 그리고 서해", countries=frozenset({"KOR", "PRK"}))
    world = World(regions=(wide, *REGIONS[1:]))
    tell_stories(world)
    app = world.app()
    async with app.run_test(size=(width, 30)) as pilot:
        await pilot.pause()
        rows_of_regions = [line for line in rows(app)[3:10] if "calm" in line]
        assert len(rows_of_regions) == 7
        assert len({column_of(line, "calm") for line in rows_of_regions}) == 1
        assert {cell_len(line) for line in rows(app)} == {width}


# ---------------------------------------------------------------- the card


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("keys", [("i",), ("l", "enter")])
async def test_a_key_and_enter_on_the_index_open_the_card(
    tense: World, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    app = tense.app()
    async with app.run_test(size=size) as pilot:
        await press(pilot, *keys)
        assert isinstance(app.screen, IndexScreen)
        assert "conflict 3.40 · cooperation 0.70 · level 104 · 31/34 feeds fresh" in text(app)
        part = line_with(app, "0.95×0.88×0.99 = 0.819")
        assert "3 pub, 1 h ago" in part
        assert "incident PRK→KOR" in part
        assert "0.012 is the rest" in text(app)
        await press(pilot, "escape")
        assert isinstance(app.screen, WatchScreen)


async def test_the_card_tells_usual_interval_level_coverage_and_history(tense: World) -> None:
    lose_a_feed(tense)
    app = tense.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "i")
        said_whole = " ".join(text(app).split())
        for words in (
            "▲ incidents: 3 events in 9 reports; usually 0.4, 0 to 2 reports on 90 % of days;",
            "chance of so many 1 in 50,000: unusual",
            "56 days before, 0 to 2 a day",
            "han.example, harbour.example, meridian.example",
            "104 (100 is usual): 4.3 % of what 12 publishers say today",
            "articles that tell of it: han.example 1 of 9, meridian.example 1 of 12",
            "31 of 34 feeds fresh",
            "✗ Northern Lantern · failing, last good 2 h ago",
            "56 days; a day is held against 56 of them, what is rare against more",
        ):
            assert words in said_whole


async def test_the_card_of_a_region_that_learns_says_how_to_seed_it_and_why_its_level_is_unknown(tense: World) -> None:
    app = tense.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "i", "n", "n", "n")
        said_whole = " ".join(text(app).split())
        assert "India–China–Pakistan learning: 12 of 28 days" in said_whole
        assert "tensionwatch backtest ARCHIVE --into STORE" in said_whole
        assert "level unknown: 3 of at least 5 publishers" in said_whole


async def test_enter_on_an_event_of_the_card_opens_it_and_on_a_feed_goes_there(tense: World) -> None:
    lose_a_feed(tense)
    app = tense.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "i", "j", "enter")
        assert isinstance(app.screen, EventScreen)
        assert "North Korea → South Korea" in text(app)
        await press(pilot, "escape", "G", "k")
        assert isinstance(app.screen, IndexScreen)
        assert app.screen.facts.current is not None
        assert "Northern Lantern" in app.screen.facts.current
        await press(pilot, "enter")
        assert isinstance(app.screen, FeedsScreen)
        assert app.screen.lines.current == FEEDS[5].id


async def test_next_and_previous_lead_along_the_regions_as_they_stand(tense: World) -> None:
    app = tense.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "i", "n")
        assert "Thailand–Cambodia  unusual: 14 incidents, usually 3.1 a day" in text(app)
        await press(pilot, "p", "p")
        assert "This is the first region." in said(app)


async def test_the_card_stays_where_it_is_while_news_comes_in(tense: World) -> None:
    app = tense.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "i", "j", "j", "j")
        assert isinstance(app.screen, IndexScreen)
        facts = app.screen.facts
        before = facts.current, facts.above
        tense.publish("Late news", ago=timedelta(seconds=1))
        await pilot.pause(0.4)
        assert (facts.current, facts.above) == before
