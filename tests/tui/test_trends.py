"""The trends: what is drawn, over which span, and what every stretch of it opens into."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from tensionwatch.charting import MARGIN, Measure, Panel, panel_words
from tensionwatch.config import UiConfig
from tensionwatch.plotting import extent
from tensionwatch.series import Span
from tensionwatch.tui.context import Manners
from tensionwatch.tui.screens.event import EventScreen
from tensionwatch.tui.screens.happened import HappenedScreen
from tensionwatch.tui.screens.index import IndexScreen
from tensionwatch.tui.screens.pairs import PairsScreen
from tensionwatch.tui.screens.trends import TrendsScreen
from tensionwatch.tui.terminal import Terminal
from tensionwatch.tui.widgets.chart import Chart, Grid
from tensionwatch.watch import Watch
from tests.tui.past import tell_a_year
from tests.tui.screen import line_with, press, rows, said, text, until
from tests.tui.world import SmallAtlas, World, flag

SIZES = [(80, 24), (120, 40), (200, 60)]
BRAILLE = range(0x2801, 0x2900)


@pytest.fixture
def world() -> World:
    world = World()
    tell_a_year(world)
    return world


def screen_of(pilot: Pilot[None]) -> TrendsScreen:
    assert isinstance(pilot.app.screen, TrendsScreen)
    return pilot.app.screen


async def drawn(pilot: Pilot[None]) -> None:
    """Go there, and wait for the chart: it is drawn anew once the list beside it has its size."""
    await press(pilot, "5")
    await until(pilot, lambda: "Korean Peninsula ·" in text(pilot.app) and "◆ other · " in text(pilot.app))


@pytest.mark.parametrize("size", SIZES)
async def test_a_panel_of_each_group_with_its_scale_and_the_axis_of_time(world: World, size: tuple[int, int]) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await drawn(pilot)
        for words in ("▲ incidents · ", "● visits · ", "◆ other · ", "max 1", "mean 0.2", "min 0", "now 1"):
            assert words in text(app)
        assert "24 Oct" in text(app)
        assert "since Jan’26" in text(app) or "watched since 28 Jan 2026" in text(app)
        assert any(ord(letter) in BRAILLE for letter in text(app))
        assert {cell_len(line) for line in rows(app)} == {size[0]}


async def test_a_stretch_that_nobody_watched_is_a_gap_and_a_quiet_one_is_zero(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await drawn(pilot)
        await press(pilot, "right_square_bracket", "right_square_bracket")
        screen = screen_of(pilot)
        series, chart = screen._series, screen.chart
        assert series is not None
        ground = next(line for line in rows(app) if " 0 ┬" in line)[chart.region.x + MARGIN :]
        cells: dict[bool, set[int]] = {True: set(), False: set()}
        for number, watched in enumerate(series.watched):
            first, last = extent(number, len(series.watched), chart.size.width - MARGIN)
            cells[watched].update(range(first, last + 1))
        assert {ground[cell] for cell in cells[True]} <= {"─", "┬"}
        assert {ground[cell] for cell in cells[False] - cells[True]} <= {" ", "┬"}
        assert series.watched.count(False) > 8, "nothing was watched before January, and fifteen days are missing"


@pytest.mark.parametrize("size", SIZES)
async def test_keys_lead_along_the_spans(world: World, size: tuple[int, int]) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await drawn(pilot)
        assert screen_of(pilot).span is Span.MONTH
        await press(pilot, "right_square_bracket")
        assert "· 90d" in text(app)
        await press(pilot, "right_square_bracket", "right_square_bracket")
        assert "· 365d" in text(app)
        assert "A year is the longest span." in said(app)
        assert "Nov’25" in text(app)
        for _ in range(3):
            await press(pilot, "left_square_bracket")
        assert "· 7d" in text(app)
        assert any(f"{day} " in text(app) for day in ("Tue 17", "Wed 18", "Mon 16"))
        await press(pilot, "left_square_bracket", "left_square_bracket")
        assert "· 24h" in text(app)
        assert "12:00" in text(app)
        assert "A day is the shortest span." in said(app)


async def test_a_key_leads_from_events_to_both_sides_to_intensity_and_back(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await drawn(pilot)
        await press(pilot, "c")
        assert "conflict and cooperation per day" in text(app)
        assert "− conflict · " in text(app)
        assert "+ cooperation · " in text(app)
        await press(pilot, "c")
        assert "· intensity ·" in text(app)
        series = screen_of(pilot)._series
        assert series is not None
        assert f"now {round(series.conflict_intensity[-1], 3):.1f}" in line_with(app, "− conflict")
        await press(pilot, "c")
        assert screen_of(pilot).measure is Measure.EVENTS


async def test_the_cursor_of_time_tells_a_stretch_and_enter_lists_its_events(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await drawn(pilot)
        await press(pilot, "left")
        assert "Mon 23 Nov 2026 · ▲ 1 ● 1" in text(app)
        assert "▴" in text(app), "marked without a colour too"
        await press(pilot, *["h"] * 6)
        assert "Tue 17 Nov 2026 · ▲ 1 ● 0 ◆ 0" in text(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, HappenedScreen)
        assert "Korean Peninsula · Tue 17 Nov 2026 · 1 event · 2 reports · 2 publishers" in text(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, EventScreen)
        await press(pilot, "escape", "p")
        assert "Mon 16 Nov 2026 · 0 events" in text(app)
        assert "Nothing happened here in this stretch of time" in text(app)
        await press(pilot, "n", "n")
        assert "Wed 18 Nov 2026 · 1 event" in text(app)
        await press(pilot, *["n"] * 6)
        assert "Nothing is later than this." in said(app)
        await press(pilot, "escape")
        assert screen_of(pilot).cursor is not None
        await press(pilot, "l", "l")
        assert "Thu 19 Nov 2026" in text(app)
        await press(pilot, "escape")
        assert screen_of(pilot).cursor is None


async def test_without_a_cursor_of_time_enter_lists_all_that_the_list_counts(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await drawn(pilot)
        series = screen_of(pilot)._series
        assert series is not None
        count = sum(sum(counts) for counts in series.events.values())
        assert line_with(app, "Korean Peninsula  ").split()[2] == str(count)
        await press(pilot, "enter")
        assert isinstance(app.screen, HappenedScreen)
        await until(pilot, lambda: f"{count} events" in text(app))
        await press(pilot, "escape")
        assert isinstance(app.screen, TrendsScreen)


async def test_the_list_has_the_regions_and_then_the_pairs_with_most_events(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await drawn(pilot)
        ids = list(screen_of(pilot).lines.ids)
        assert ids[0] == "region:korea"
        assert [row_id for row_id in ids if row_id.startswith("pair:")][:2] == ["pair:KOR-PRK", "pair:JPN-KOR"]
        await press(pilot, *["j"] * 8)
        assert screen_of(pilot).lines.current == "pair:JPN-KOR"
        assert "JPN – South Korea · events" in text(app)
        assert "● visits · " in text(app)


async def test_two_are_held_against_one_another_to_one_scale(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await drawn(pilot)
        await press(pilot, "v", "j", "c")
        assert "Taiwan Strait and Korean Peninsula" in text(app)
        assert "− Taiwan Strait: conflict" in text(app)
        assert "− Korean Peninsula: conflict" in text(app)
        assert line_with(app, "+Korean Peninsula")
        panels = screen_of(pilot).chart._shown
        assert panels is not None
        assert panels.panels[0].peak == panels.panels[1].peak
        await press(pilot, "escape")
        assert "Taiwan Strait and" not in text(app)
        assert "Taiwan Strait ·" in text(app)


async def test_where_there_is_little_room_two_are_held_against_one_another_by_what_says_most(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await drawn(pilot)
        await press(pilot, "v", "j")
        assert "■ Taiwan Strait: events" in text(app)
        assert "■ Korean Peninsula: events" in text(app)


async def test_all_at_once_and_back_to_the_one_under_the_cursor(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(200, 60)) as pilot:
        await drawn(pilot)
        await press(pilot, "x")
        await until(pilot, lambda: "▸ Korean Peninsula" in text(app))
        for name in ("Taiwan Strait", "Ukraine", "Caucasus", "KOR–PRK"):
            assert f"  {name}  max " in text(app)
        assert app.screen.query_one(Grid).columns == 4
        await press(pilot, "j")
        assert "▸ Taiwan Strait" in text(app)
        await press(pilot, "escape")
        assert "Taiwan Strait · events per day" in text(app)


async def test_all_at_once_in_a_small_terminal_goes_along_with_the_cursor(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await drawn(pilot)
        await press(pilot, "x", "G")
        last = screen_of(pilot).lines.name_of(screen_of(pilot).lines.ids[-1])
        await until(pilot, lambda: f"▸ {last}" in text(app))
        assert {cell_len(line) for line in rows(app)} == {80}


async def test_a_click_picks_a_stretch_and_a_second_one_opens_it(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await drawn(pilot)
        await pilot.click(Chart, offset=(40, 5))
        picked = screen_of(pilot).cursor
        assert picked is not None
        await pilot.click(Chart, offset=(2, 5))
        assert screen_of(pilot).cursor == picked, "the margin is no time"
        await pilot.click(Chart, offset=(40, 5))
        await until(pilot, lambda: isinstance(app.screen, HappenedScreen))


async def test_a_click_on_a_small_chart_goes_to_it_and_a_second_one_opens_it(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(200, 60)) as pilot:
        await drawn(pilot)
        await press(pilot, "x")
        await until(pilot, lambda: "▸ Korean" in text(app))
        await pilot.click(Grid, offset=(45, 2))
        await until(pilot, lambda: "▸ Taiwan Strait" in text(app))
        await pilot.click(Grid, offset=(45, 2))
        await until(pilot, lambda: not screen_of(pilot).grid)


async def test_in_a_tall_terminal_the_events_of_the_stretch_stand_below_the_chart(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(200, 60)) as pilot:
        await drawn(pilot)
        behind = screen_of(pilot).behind
        assert len(behind.ids) > 3
        await press(pilot, "left", *["h"] * 6)
        assert len(behind.ids) == 1
        await press(pilot, "tab", "enter")
        assert isinstance(app.screen, EventScreen)
        await press(pilot, "escape", "shift+tab")
        assert screen_of(pilot).lines.has_focus


async def test_the_index_of_a_region_is_a_key_away_and_a_pair_has_none(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await drawn(pilot)
        await press(pilot, "i")
        assert isinstance(app.screen, IndexScreen)
        await press(pilot, "escape", "G", "i")
        assert isinstance(app.screen, TrendsScreen)


async def test_the_numbers_can_be_copied(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    app = world.app()
    copied: list[str] = []
    monkeypatch.setattr(app, "copy_to_clipboard", copied.append)
    async with app.run_test(size=(80, 24)) as pilot:
        await drawn(pilot)
        await press(pilot, "y")
    lines = copied[0].splitlines()
    assert lines[0].split("\t")[:3] == ["since", "until", "incident"]
    assert len(lines) == 32
    assert lines[-1].split("\t")[:3] == ["2026-11-23T00:00Z", "2026-11-24T00:00Z", "1"]


async def test_news_changes_the_chart_and_nothing_else(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await drawn(pilot)
        await press(pilot, "j", "j", "left", "h", "h")
        before = (screen_of(pilot).lines.current, screen_of(pilot).cursor, screen_of(pilot).span)
        for number in range(4):
            world.publish(f"Border {number}", flag(actor="IND", recipient="PAK"), outlet=number)
        await until(pilot, lambda: "IND–PAK" in text(app))
        assert (screen_of(pilot).lines.current, screen_of(pilot).cursor, screen_of(pilot).span) == before


async def test_the_axis_is_in_the_zone_that_times_are_shown_in() -> None:
    world = World(ui=UiConfig(timezone="Asia/Seoul", theme="tensionwatch"))
    tell_a_year(world)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await drawn(pilot)
        await press(pilot, "left_square_bracket", "left_square_bracket", "left")
        assert "Mon 23 Nov 21:00–22:00" in text(app)
        await press(pilot, "t")
        assert "Mon 23 Nov 12:00–13:00" in text(app)


async def test_an_empty_store_says_what_to_do() -> None:
    app = World().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "5")
        await until(pilot, lambda: "First poll under way" in text(app))
        await press(pilot, "c", "x", "x", "left", "enter")
        assert isinstance(app.screen, HappenedScreen)


async def test_what_takes_long_is_taken_in_between_the_keys_and_says_how_far_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tensionwatch.tui.screens.past.PATIENCE", -1)
    watch = Watch(world.store, world.config, SmallAtlas(), world.clock)
    world.watch = watch
    shares = iter(range(1, 40))

    def slowly() -> Iterator[float]:
        for share in shares:
            yield share / 100
        yield from Watch.prepare_series(watch)

    monkeypatch.setattr(watch, "prepare_series", slowly)
    shown: list[str] = []
    say = Chart.say

    def noted(chart: Chart, words: str) -> None:
        shown.append(words)
        say(chart, words)

    monkeypatch.setattr(Chart, "say", noted)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await drawn(pilot)
        assert "Taking in the past: 39 %" in shown


async def test_without_colour_or_in_a_slim_terminal_all_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = world.app()
    async with app.run_test(size=(40, 24)) as pilot:
        await press(pilot, "5")
        await until(pilot, lambda: "Korean Peninsula ·" in text(app))
        assert {cell_len(line) for line in rows(app)} == {40}
        assert "■ events" in text(app) or "▲ incidents" in text(app)
        await press(pilot, "left")
        assert "▴" in text(app)


async def test_a_terminal_without_unicode_gets_charts_of_ascii(world: World) -> None:
    app = world.app(manners=Manners(terminal=Terminal(ascii=True)))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "5")
        await until(pilot, lambda: "o visits" in text(app).lower())
        chart = screen_of(pilot).chart
        plotted = [line[chart.region.x :] for line in rows(app)[3 : 1 + chart.size.height]]
        assert any("##" in line for line in plotted)
        assert not any(ord(letter) in BRAILLE for line in plotted for letter in line)
        await press(pilot, "x")
        await until(pilot, lambda: "> Korean Peninsula" in text(app))


async def test_the_help_lists_the_keys_of_this_screen(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(100, 60)) as pilot:
        await drawn(pilot)
        await press(pilot, "question_mark")
        for words in ("Shorter", "Longer", "Measure", "Compare", "All at once", "Copy numbers"):
            assert words in text(app)


async def test_a_tab_that_is_left_and_come_back_to_is_as_it_was(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await drawn(pilot)
        await press(pilot, "right_square_bracket", "j", "left", "6")
        assert isinstance(app.screen, PairsScreen)
        world.clock.at += timedelta(minutes=1)
        await press(pilot, "5")
        assert "Taiwan Strait · events/day · 90d" in text(app) or "Taiwan Strait · events per day · 90d" in text(app)
        assert screen_of(pilot).cursor is not None


def test_the_words_of_a_screen_are_no_longer_than_their_place() -> None:
    """Every form of a panel's words, from long to short."""
    panel = Panel("▲", "^", "incidents", "incident", (1.0, None, 2.0, 0.0), adds_up=True, peak=4)
    told: set[str] = set()
    for width in range(4, 90):
        words = panel_words(panel, "day", width)
        assert len(words) <= width
        told.add(words)
    assert "incidents · 3 in all · min 1 · mean 1.5 · max 2 · now 0 per day" in told
