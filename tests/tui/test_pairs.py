"""The ledger of pairs, and the page of each."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from tensionwatch.series import PairRecord, Windows
from tensionwatch.tui.screens.event import EventScreen
from tensionwatch.tui.screens.pair import PairScreen
from tensionwatch.tui.screens.pairs import PairsScreen
from tensionwatch.tui.screens.trends import TrendsScreen
from tensionwatch.tui.widgets.pairs import BALANCE, Order, balance
from tests.tui.past import tell_a_year
from tests.tui.screen import line_with, press, rows, said, text, until
from tests.tui.world import NOON, World, flag

SIZES = [(80, 24), (120, 40), (200, 60)]


@pytest.fixture
def world() -> World:
    world = World()
    tell_a_year(world)
    return world


def screen_of(pilot: Pilot[None]) -> PairsScreen:
    assert isinstance(pilot.app.screen, PairsScreen)
    return pilot.app.screen


async def listed(pilot: Pilot[None]) -> None:
    await press(pilot, "6")
    await until(pilot, lambda: "pairs · events of 365 days" in text(pilot.app))


def order(pilot: Pilot[None]) -> list[str]:
    return list(screen_of(pilot).lines.ids)


@pytest.mark.parametrize("size", SIZES)
async def test_conflict_and_cooperation_stand_side_by_side_over_four_windows(
    world: World, size: tuple[int, int]
) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await listed(pilot)
        assert "− conflict" in rows(app)[2]
        assert "+ cooperation" in rows(app)[2]
        assert rows(app)[3].split().count("365d") == 2
        record = next(each for each in world.watch.pair_records() if each.pair == ("KOR", "PRK"))
        line = line_with(app, "KOR–PRK" if size[0] == 80 else "South Korea – North Korea")
        counts = [str(count) if count else "·" for count in (*record.conflict, *record.cooperation)]
        assert line.split()[-len(line.split()) :][1 if size[0] == 80 else 5 :][:8] == counts
        assert "━" * 6 in line
        assert {cell_len(row) for row in rows(app)} == {size[0]}


async def test_how_incidents_recur_and_how_the_year_went_stand_in_the_line(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(pilot)
        korea = line_with(app, "South Korea – North Korea")
        assert "2 h, every 6 d" in korea
        assert "▆" in korea or "█" in korea
        assert korea.rstrip().endswith("·"), "as many as usual"
        assert line_with(app, "China – Taiwan").rstrip().endswith("+5.0"), "threats that there were none of before"


async def test_a_key_leads_through_the_orders(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(pilot)
        records = {"-".join(each.pair): each for each in world.watch.pair_records()}
        assert "newest first" in rows(app)[3]
        lasts = [records[row_id].last for row_id in order(pilot)]
        assert lasts == sorted(lasts, reverse=True)  # type: ignore[type-var]  # each has had an event
        await press(pilot, "s")
        assert "most conflict first" in rows(app)[3]
        assert order(pilot)[0] == "KOR-PRK"
        await press(pilot, "s")
        assert "most change first" in rows(app)[3]
        changes = [abs(records[row_id].change or 0) for row_id in order(pilot)]
        assert changes == sorted(changes, reverse=True)
        await press(pilot, "s")
        assert "by name" in rows(app)[3]
        assert order(pilot)[0] == "ARM-AZE"
        await press(pilot, "s")
        assert screen_of(pilot).lines.order is Order.NEWEST


async def test_the_filter_line_narrows_by_codes_and_names_and_escape_shows_all(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(pilot)
        every = order(pilot)
        await press(pilot, "slash", *"korea")
        assert order(pilot) == [each for each in every if "KOR" in each or "PRK" in each]
        assert f"{len(order(pilot))} of {len(every)} pairs · korea" in text(app)
        await press(pilot, "space", *"rus", "enter")
        assert order(pilot) == ["PRK-RUS"]
        assert screen_of(pilot).lines.has_focus
        await press(pilot, "escape")
        assert order(pilot) == every
        await press(pilot, "slash", *"nowhere", "enter")
        assert "No pair passes these filters: “nowhere”" in text(app)
        await press(pilot, "escape", "slash", "escape")
        assert screen_of(pilot).lines.has_focus


@pytest.mark.parametrize("size", SIZES)
async def test_enter_opens_the_book_of_a_pair(world: World, size: tuple[int, int]) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await listed(pilot)
        await press(pilot, "s", "enter")
        assert isinstance(app.screen, PairScreen)
        assert "South Korea – North Korea (KOR, PRK)" in text(app)
        assert "weight −" in line_with(app, "− conflict")
        assert "usually every 6 d" in text(app)
        months = line_with(app, "− by month").split()[3:]
        assert sum(int(count) for count in months if count != "·") == sum(
            1 for event in world.watch.happened(("KOR", "PRK"), NOON - timedelta(days=400), NOON) if event.happened
        )
        assert ("− conflict · " in text(app)) == (size[1] >= 36), "the weeks are drawn where there is room"
        assert {cell_len(row) for row in rows(app)} == {size[0]}


async def test_the_months_of_the_two_sides_are_counted_apart(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(pilot)
        await press(pilot, "slash", *"jpn", "enter", "enter")
        assert isinstance(app.screen, PairScreen)
        assert set(line_with(app, "− by month").split()[3:]) == {"·"}
        assert "3" in line_with(app, "+ by month").split()[3:]
        assert "Border incidents: none in 365 days" in text(app)


async def test_the_events_of_a_pair_open_and_what_has_not_happened_stands_among_them(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(pilot)
        await press(pilot, "slash", *"jpn", "enter", "enter")
        assert "○ visit" in line_with(app, "planned")
        assert "1 ev · 1 rep · 1 pub" not in line_with(app, "+ cooperation"), "it enters no sum"
        await press(pilot, "enter")
        assert isinstance(app.screen, EventScreen)
        await press(pilot, "escape", "escape")
        assert isinstance(app.screen, PairsScreen)


async def test_next_and_previous_lead_along_the_pairs_as_they_stand(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(pilot)
        pairs = order(pilot)
        await press(pilot, "enter", "n")
        assert isinstance(app.screen, PairScreen)
        assert "-".join(app.screen.pair) == pairs[1]
        await press(pilot, "p", "p")
        assert "This is the first pair." in said(app)
        for _ in pairs:
            await press(pilot, "n")
        assert "This is the last pair." in said(app)


async def test_the_trend_of_a_pair_is_a_key_away_from_the_list_and_from_its_page(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(pilot)
        await press(pilot, "s", "c")
        await until(pilot, lambda: isinstance(app.screen, TrendsScreen) and "KOR–PRK" in text(app))
        assert isinstance(app.screen, TrendsScreen)
        await until(pilot, lambda: getattr(app.screen, "lines").current == "pair:KOR-PRK")  # noqa: B009  # of either screen
        await press(pilot, "6", "j", "enter", "c")
        await until(pilot, lambda: isinstance(app.screen, TrendsScreen))
        await until(pilot, lambda: getattr(app.screen, "lines").current not in (None, "pair:KOR-PRK"))  # noqa: B009  # as above


async def test_a_record_can_be_copied_from_the_list_and_from_its_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = world.app()
    copied: list[str] = []
    monkeypatch.setattr(app, "copy_to_clipboard", copied.append)
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(pilot)
        await press(pilot, "s", "y", "enter", "y")
    assert copied[0].splitlines()[0] == "South Korea (KOR) and North Korea (PRK)"
    assert copied[0].splitlines()[1].startswith("conflict: 1 in 24h, ")
    assert copied == [copied[0], copied[0]]


async def test_the_cursor_stays_with_its_pair_while_news_comes_in(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(pilot)
        await press(pilot, "j", "j")
        lines = screen_of(pilot).lines
        current, at = lines.current, line_with(app, "CHN–TWN")
        line = rows(app).index(at)
        world.publish("Shots", flag(actor="IND", recipient="PAK"), outlet=1, ago=timedelta(seconds=1))
        await until(pilot, lambda: "1 line above" in text(app))
        assert (lines.current, rows(app).index(line_with(app, "CHN–TWN"))) == (current, line)
        await press(pilot, "g")
        assert lines.current == "IND-PAK"
        assert "above" not in text(app)


async def test_the_page_of_a_pair_follows_news_of_it(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(pilot)
        await press(pilot, "s", "enter", "j", "j")
        assert isinstance(app.screen, PairScreen)
        current, before = app.screen.lines.current, len(app.screen.lines.ids)
        world.publish("Talks", flag(actor="KOR", recipient="PRK", code="194"), ago=timedelta(days=3))
        await until(pilot, lambda: len(app.screen.lines.ids) != before)  # type: ignore[attr-defined]  # the page's
        assert app.screen.lines.current == current


async def test_an_empty_store_and_one_without_pairs_say_so() -> None:
    world = World()
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "6", "enter", "c", "y")
        await until(pilot, lambda: "First poll under way" in text(app))
        world.publish("Shells land", flag(recipient=None))
        await until(pilot, lambda: "between two countries that are both known" in " ".join(text(app).split()))


async def test_meaning_is_told_without_colour_and_in_a_slim_terminal(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = world.app()
    async with app.run_test(size=(40, 14)) as pilot:
        await listed(pilot)
        assert "− confl" in rows(app)[2]
        assert "+ coop" in rows(app)[2]
        assert {cell_len(row) for row in rows(app)} == {40}


async def test_the_help_lists_the_keys_of_these_screens(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(100, 60)) as pilot:
        await listed(pilot)
        await press(pilot, "question_mark")
        for words in ("Filter", "Order", "Chart", "Copy"):
            assert words in text(app)
        await press(pilot, "escape", "enter", "question_mark")
        for words in ("Next pair", "Previous", "Chart"):
            assert words in text(app)


def test_a_balance_never_hides_the_side_that_there_is_little_of() -> None:
    def record(conflict: int, cooperation: int) -> PairRecord:
        return PairRecord(
            pair=("A", "B"), conflict=Windows(0, 0, 0, conflict), cooperation=Windows(0, 0, 0, cooperation), last=None,
            last_incident=None, usual_interval=None, trend=(0,), usual=None,
        )  # fmt: skip

    assert balance(record(100, 1)) == ("━" * (BALANCE - 1), "─")
    assert balance(record(1, 100)) == ("━", "─" * (BALANCE - 1))
    assert balance(record(5, 0)) == ("━" * BALANCE, "")
    assert balance(record(0, 0)) == ("", "")
