"""Keys of the user's own on the screen: they do what they are given for, and every text names them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from logging import ERROR, LogRecord
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import Screen

from tensionwatch.keys import PLACES, Keymap, scope
from tensionwatch.tui.app import TensionwatchApp
from tensionwatch.tui.context import Manners
from tensionwatch.tui.screens.help import HelpScreen
from tensionwatch.tui.screens.index import IndexScreen
from tests.tui.screen import press, rows, said, text, until
from tests.tui.world import World

sys.path.append(str(Path(__file__).parents[2] / "docs"))

import keys as docs_keys

WALK = {
    "Watch": ("1",), "Articles": ("2",), "Reader": ("enter",), "Feeds": ("3",), "Alerts": ("4",),
    "Trends": ("5",), "Events": ("5", "#subjects", "enter"), "Pairs": ("6",), "Pair": ("6", "enter"),
    "Index": ("1", "i"), "Couplings": ("1", "1", "x"), "Event": ("1", "1", "#events", "enter"),
}  # fmt: skip


def with_keys(world: World, **keys: str | tuple[str, ...]) -> TensionwatchApp:
    """`app_undo="u"` for `app.undo`."""
    changed = {name.replace("_", ".", 1): (given,) if isinstance(given, str) else given for name, given in keys.items()}
    return world.app(manners=Manners(keys=Keymap(changed)))


def test_the_table_of_keys_is_that_of_the_bindings() -> None:
    assert docs_keys.FILE.read_text("utf-8") == docs_keys.text(), "python docs/keys.py writes it"


def test_every_binding_has_a_name_of_its_own() -> None:
    names = [binding.id for binding in docs_keys.bindings()]
    assert None not in names
    assert len(names) == len(set(names))


async def test_what_is_at_work_together_is_known(world: World) -> None:
    """Else keys that meet would not be refused."""
    app = world.app()
    async with app.run_test(size=(200, 60)) as pilot:
        met = set[tuple[str, str]]()
        for name, keys in WALK.items():
            for key in keys:
                if key.startswith("#"):
                    app.screen.query_one(key).focus()
                else:
                    await press(pilot, key)
            for widget in app.screen.focus_chain:
                widget.focus()
                await pilot.pause()
                for here in chains(app.screen):
                    met.add((name, here))
        known = {(name, scope) for name, scopes in PLACES for scope in scopes}
        assert met <= known


def chains(screen: Screen[object]) -> Iterator[str]:
    for active in screen.active_bindings.values():
        if active.binding.id is not None:
            yield scope(active.binding.id)


async def test_a_changed_key_does_it_and_the_old_one_does_not(world: World) -> None:
    app = with_keys(world, watch_index="I", app_articles=("f2", "B"))
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "i")
        assert not isinstance(app.screen, IndexScreen)
        await press(pilot, "I")
        assert isinstance(app.screen, IndexScreen)
        await press(pilot, "2")
        assert app.current_mode == "watch"
        await press(pilot, "f2")
        assert app.current_mode == "articles"
        await press(pilot, "1", "B")
        assert app.current_mode == "articles"


async def test_bar_tabs_hints_and_help_name_the_keys_in_force(world: World) -> None:
    app = with_keys(world, watch_index="I", app_articles="f2", app_undo="U")
    async with app.run_test(size=(120, 50)) as pilot:
        await pilot.pause()
        assert " f2 Articles " in rows(app)[0]
        assert "I Index" in rows(app)[-1]
        assert "I opens it" in text(app)
        await press(pilot, "f2", "A")
        assert said(app)[-1].endswith("marked read · U undoes")
        await press(pilot, "U")
        assert "marked read" not in said(app)[-1]
        await press(pilot, "1", "question_mark", "slash", *"index")
        await pilot.pause()
        assert re.search(r" I {10,}Index", text(app))


async def test_a_key_that_was_taken_away_is_named_nowhere_and_its_action_is_in_the_palette(world: World) -> None:
    app = with_keys(world, watch_index=(), app_help=(), app_pause=())
    async with app.run_test(size=(200, 60)) as pilot:
        await press(pilot, "i", "question_mark", "P")
        assert not isinstance(app.screen, IndexScreen | HelpScreen)
        assert not world.polling.status().paused
        assert "nowhere" not in text(app)
        assert "opens it" not in text(app)
        assert "Help" not in rows(app)[-1]
        commands = {command.title: command for command in app.get_system_commands(app.screen)}
        assert commands["Index"].help == "no key"
        commands["Index"].callback()
        await until(pilot, lambda: isinstance(app.screen, IndexScreen))


async def test_the_help_of_a_screen_tells_no_key_that_was_taken_away(world: World) -> None:
    app = with_keys(world, watch_index=(), app_pause=())
    async with app.run_test(size=(120, 60)) as pilot:
        await press(pilot, "question_mark")
        assert "nowhere" not in text(app)
        assert "Pause/go on" not in text(app)
        assert "Poll now" in text(app)


async def test_several_keys_taken_away_from_one_list_are_all_gone(world: World) -> None:
    app = with_keys(world, list_down=("J",), list_up=(), list_first=())
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "2", "j", "down")
        lines = app.screen.query_one("#articles")
        assert lines.cursor == 0  # type: ignore[attr-defined]  # a LineList
        await press(pilot, "J", "J", "g", "k")
        assert lines.cursor == 2  # type: ignore[attr-defined]  # a LineList


@pytest.mark.parametrize("binding", [b for b in docs_keys.bindings() if b.key_display])
def test_what_a_binding_is_to_be_shown_as_is_what_texts_call_it(binding: Binding) -> None:
    """The user's own key has no such word of its own."""
    assert Keymap().shown(binding.id or "") == binding.key_display


TEXTS = {
    "help": ("2", "question_mark"), "reader": ("2", "enter"), "record": ("7", "enter", "tab"),
}  # fmt: skip


@pytest.mark.parametrize("place", TEXTS)
async def test_arrows_and_pages_of_a_text_can_be_given_other_keys(place: str) -> None:
    world = World()
    world.publish("A long one", summary="Word by word it goes on. " * 400)
    world.log.handle(LogRecord("tensionwatch", ERROR, "", 0, "Word by word it goes on. " * 400, None, None))
    app = world.app(
        manners=Manners(keys=Keymap({f"{place}.down": ("x",), f"{place}.page_down": ("ctrl+x",), f"{place}.last": ()}))
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, *TEXTS[place])
        page = app.screen.focused
        assert isinstance(page, VerticalScroll)
        await press(pilot, "down", "pagedown", "end", "G")
        assert page.scroll_y == 0
        await press(pilot, "x")
        assert page.scroll_y == 1
        await press(pilot, "ctrl+x")
        assert page.scroll_y > 5
        await press(pilot, "home")
        assert page.scroll_y == 0
