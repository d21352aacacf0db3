"""The log on the screen."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from rich.cells import cell_len

from tensionwatch.logring import LogRing
from tensionwatch.tui.app import TensionwatchApp
from tensionwatch.tui.screens.log import LogScreen
from tensionwatch.tui.widgets.log import LogList, RecordPane
from tests.tui.screen import line_with, press, rows, said, text, until
from tests.tui.world import NOON, World

SIZE = (120, 40)
LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def tell(world: World, level: str, words: str, *, ago: timedelta = timedelta(), fault: bool = False) -> None:
    """As if a part had said it."""
    record = logging.LogRecord("tensionwatch", LEVELS[level], "", 0, words, None, None)
    record.created = (NOON - ago).timestamp()
    if fault:
        try:
            raise RuntimeError("what a fault says")
        except RuntimeError as error:
            record.exc_info = (RuntimeError, error, error.__traceback__)
    world.log.handle(record)


def told(world: World, count: int = 60) -> World:
    """A run with a warning at every tenth record."""
    for n in range(count):
        level = "warning" if n % 10 == 5 else "info"
        tell(world, level, f"poll f{n}: {'failed' if level == 'warning' else 'ok'}", ago=timedelta(minutes=count - n))
    return world


def lines_of(app: TensionwatchApp) -> LogList:
    assert isinstance(app.screen, LogScreen)
    return app.screen.lines


@contextmanager
def pane_of(app: TensionwatchApp) -> Iterator[RecordPane]:
    assert isinstance(app.screen, LogScreen)
    yield app.screen.pane


async def test_the_newest_is_at_the_end_and_the_list_follows_it(world: World) -> None:
    app = told(world).app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "7")
        await until(pilot, lambda: "poll f59: ok" in rows(app)[-3])
        assert rows(app)[1].startswith(" 60 records · follows the end")
        tell(world, "info", "poll f60: ok")
        await until(pilot, lambda: "poll f60: ok" in rows(app)[-3])
        assert "12:00:00  · info    poll f60: ok" in rows(app)[-3]


async def test_nothing_moves_under_who_has_scrolled_away_from_the_end(world: World) -> None:
    app = told(world).app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "7", "pageup", "k")
        before = [line[:-1] for line in rows(app)[2:-3]]  # without the scroll bar
        tell(world, "warning", "poll f60: failed")
        await until(pilot, lambda: "61 records" in rows(app)[1])
        assert [line[:-1] for line in rows(app)[2:-3]] == before
        await until(pilot, lambda: "7 Log ✗1" in rows(app)[0])  # it has not been looked at
        await press(pilot, "space")
        assert "poll f60: failed" in rows(app)[-3]
        assert "✗" not in rows(app)[0]


async def test_warnings_and_errors_are_counted_on_the_tab_until_somebody_looks(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        tell(world, "error", "the disk is full")
        tell(world, "warning", "poll f1: failed")
        tell(world, "info", "poll f2: ok")
        await until(pilot, lambda: "7 Log ✗2" in rows(app)[0])
        await press(pilot, "7")
        await until(pilot, lambda: "✗2" not in rows(app)[0])
        assert rows(app)[2].startswith("•")  # marked for as long as one looks
        assert rows(app)[3].startswith("•")
        assert rows(app)[4].startswith(" ")
        await press(pilot, "1", "7")
        assert not rows(app)[2].startswith("•")


async def test_space_takes_the_marks_away(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        tell(world, "error", "the disk is full")
        await press(pilot, "7")
        await until(pilot, lambda: rows(app)[2].startswith("•"))
        await press(pilot, "space")
        assert not rows(app)[2].startswith("•")


async def test_l_goes_through_the_levels(world: World) -> None:
    tell(world, "debug", "a detail")
    tell(world, "info", "a fact")
    tell(world, "warning", "a warning")
    tell(world, "error", "an error")
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "7")
        seen = []
        for _ in range(5):
            shown = [word for word in ("detail", "fact", "a warning", "an error") if word in text(app)]
            seen.append((rows(app)[1].split("·")[-2].split("  ")[-1].strip(), len(shown)))
            await press(pilot, "l")
        assert seen == [
            ("all levels", 4), ("info and graver", 3), ("warning and graver", 2), ("errors", 1), ("all levels", 4),
        ]  # fmt: skip
        await press(pilot, "escape")
        assert "4 records" in rows(app)[1]


async def test_the_filter_line_narrows_as_one_types_and_escape_shows_all(world: World) -> None:
    app = told(world).app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "7", "slash", *"FAILED f5", "enter")
        await until(pilot, lambda: "2 of 60 records" in rows(app)[1])
        assert "poll f5: failed" in text(app)
        assert "poll f55: failed" in text(app)
        await press(pilot, "slash")
        assert "FAILED f5" in rows(app)[1]
        await press(pilot, "x")
        await until(pilot, lambda: "No record passes these filters" in text(app))
        await press(pilot, "y", "enter")
        await press(pilot, "escape")
        await until(pilot, lambda: "60 records" in rows(app)[1])
        assert isinstance(app.focused, LogList)
        await press(pilot, "l", "l", "slash", "escape")
        assert "6 of 60" in rows(app)[1], "the first escape closes the line, and leaves the level"
        await press(pilot, "escape")
        assert rows(app)[1].startswith(" 60 records")


async def test_a_filter_looks_into_tracebacks_too(world: World) -> None:
    tell(world, "error", "a fault", fault=True)
    tell(world, "info", "well")
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "7", "slash", *"runtimeerror", "enter")
        await until(pilot, lambda: "1 of 2 records" in rows(app)[1])


async def test_enter_opens_the_whole_record_and_the_pane_goes_with_the_cursor(world: World) -> None:
    tell(world, "warning", "long " + "words " * 60 + "and the last one")
    tell(world, "error", "a fault in this program", fault=True)
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "7", "enter")
        await until(pilot, lambda: "RuntimeError: what a fault says" in text(app))
        assert "✗ error   Mon 23 Nov 2026 12:00:00.000 UTC" in text(app)
        assert line_with(app, "raise RuntimeError").startswith("     ")  # its indent is kept
        await press(pilot, "k")
        await until(pilot, lambda: "and the last one" in text(app))
        assert "! warning   Mon 23" in text(app)
        await press(pilot, "escape")
        with pane_of(app) as pane:
            assert not pane.display
        await press(pilot, "enter", "enter")
        with pane_of(app) as pane:
            assert not pane.display


async def test_a_long_record_is_scrolled_by_the_keys_of_lists(world: World) -> None:
    tell(world, "error", " ".join(f"word{n}" for n in range(1500)))
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "7", "enter", "tab")
        with pane_of(app) as pane:
            assert pane.has_focus
            await until(pilot, lambda: pane.max_scroll_y > 20)
            places = []
            for key in ("j", "j", "k", "space", "G", "g"):
                await press(pilot, key)
                await pilot.pause()
                places.append(round(pane.scroll_target_y))
        assert places[:3] == [1, 2, 1]
        assert places[3] > 3
        assert places[4] == pane.max_scroll_y
        assert places[5] == 0
        await press(pilot, "escape")
        assert isinstance(app.focused, LogList)


async def test_n_and_p_go_to_the_next_and_the_previous_warning(world: World) -> None:
    app = told(world).app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "7")
        seen = []
        for key in ("p", "p", "n", "n"):
            await press(pilot, key)
            record = lines_of(app).record
            assert record is not None
            seen.append(record.text)
        assert seen == ["poll f55: failed", "poll f45: failed", "poll f55: failed", "poll f55: failed"]


async def test_y_copies_the_whole_record(world: World) -> None:
    tell(world, "error", "a fault in this program", fault=True)
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "7", "y")
        assert app.clipboard.startswith("2026-11-23T12:00:00.000+00:00 ")
        assert "RuntimeError: what a fault says" in app.clipboard
        assert said(app)[-1] == "Copied: a fault in this program"


async def test_an_empty_log_says_so_and_no_key_does_harm(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "7")
        assert "Nothing has been logged yet." in text(app)
        await press(pilot, "y", "enter", "n", "p", "space", "l", "escape", "tab", "shift+tab")
        assert app.clipboard == ""
        world.log.trouble = "Permission denied"
        await press(pilot, "1", "7")
        assert "The log file cannot be read: Permission denied." in text(app)


async def test_what_is_no_text_does_not_reach_the_terminal(world: World) -> None:
    world.log = LogRing(lambda text: text)  # a file that others have written into
    tell(world, "error", "[@click=app.quit]x[/] \x1b]0;title\x07 \u202eabc", fault=True)
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "7", "enter", "y")
        assert "[@click=app.quit]x[/]" in line_with(app, "error")
        assert "\x1b" not in text(app)
        assert "\u202e" not in text(app)
        assert "\x1b" not in app.clipboard


async def test_the_help_tells_where_the_file_is(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "7", "question_mark")
        assert "kept nowhere: there is no [log] path" in text(app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_log_fits_at_each_size_and_has_its_tab(world: World, size: tuple[int, int]) -> None:
    app = told(world, 300).app()
    async with app.run_test(size=size) as pilot:
        await press(pilot, "7", "enter")
        await pilot.pause()
        lines = rows(app)
        assert len(lines) == size[1]
        assert all(cell_len(line) == size[0] for line in lines)
        assert "7 Log" in lines[0]
        assert "poll f299: ok" in text(app)


async def test_a_run_of_thousands_is_followed_and_the_cursor_kept(world: World) -> None:
    app = told(world, 5000).app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "7", "pageup", "pageup")
        at, line = lines_of(app).current, lines_of(app).cursor - lines_of(app).above
        for n in range(30):
            tell(world, "info", f"poll more{n}: ok")
        await until(pilot, lambda: lines_of(app).ids[-1] == "5030")
        assert lines_of(app).current == at
        assert lines_of(app).cursor - lines_of(app).above == line
