"""Every key of every screen does what it says: pressed in the real application, seen on it."""

from __future__ import annotations

import asyncio
import os
from itertools import product

import pytest
from textual.events import Key
from textual.pilot import Pilot

from tensionwatch.tui.screens.reader import ReaderScreen
from tensionwatch.tui.widgets.facts import FactList
from tests import waiting
from tests.tui.key_cases import (
    BINDINGS,
    CASES,
    ELSEWHERE,
    LISTS,
    SCREENS,
    SIZE,
    Seen,
    Step,
    a_mute,
    cursor,
    ended,
    focus,
    key_of,
    keyed_world,
    lines,
    listed,
    mode,
    on,
)
from tests.tui.screen import press, said, until

TEXTUALS = {"ctrl+c", "up", "down", "left", "right", "pageup", "pagedown", "home", "end"}
"""By the first Textual copies what the mouse has selected, and where nothing is, it goes on to the application; a text
that has the focus scrolls by the others by itself, and where it cannot, they go on too."""
TABS = [name.removeprefix("app.") for name, binding in BINDINGS.items() if binding.action.startswith("go(")]
ALWAYS = [*(f"app.{tab}" for tab in TABS), "app.pause", "app.utc", "app.undo", "app.reload_rules", "app.help"]
"""At work on every screen that is no dialogue; so is app.poll_now, but on Feeds its key is that of one feed."""
PRESSED = [
    (name, key)
    for name, binding in BINDINGS.items()
    for key in binding.key.split(",")[: None if os.environ.get("TENSIONWATCH_EVERY_KEY") else 1]
    if name in CASES
]
"""The first key of each binding; with TENSIONWATCH_EVERY_KEY set the others too, which is 20 s longer. Those of lists
are all pressed below."""


def test_every_binding_has_a_case_here() -> None:
    tested = CASES.keys() | ELSEWHERE.keys()
    assert sorted(BINDINGS.keys() - tested) == [], "add a line for these to tests/tui/key_cases.py"
    assert sorted(tested - BINDINGS.keys()) == [], "these are no bindings any more"


@pytest.mark.parametrize(("name", "key"), PRESSED)
async def test_a_key_does_what_it_is_there_for(name: str, key: str) -> None:
    case, world = CASES[name], keyed_world()
    app = world.app()
    seen = Seen(app, world)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        for step in case.before:
            await take(pilot, seen, step)
        await until(pilot, lambda: case.look(seen) != case.then)
        at_work = app.screen.active_bindings[key]
        assert at_work.enabled
        textuals = at_work.binding.id is None and key in TEXTUALS
        assert at_work.binding.id == name or textuals, f"here {key} is {at_work.binding.id}"
        await press(pilot, key)
        await until(pilot, lambda: case.look(seen) == case.then)


async def take(pilot: Pilot[None], seen: Seen, step: Step) -> None:
    if callable(step):
        step(seen.world)
        seen.app.pull()
        await pilot.pause()
    else:
        await press(pilot, key_of(step))


@pytest.mark.parametrize("place", LISTS)
async def test_the_keys_of_lists_move_in_each_of_them(place: str) -> None:
    world = keyed_world()
    a_mute(world)
    world.alerting.mute("rule", "crossings", None)
    app = world.app()
    seen = Seen(app, world)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        for step in LISTS[place]:
            await take(pilot, seen, step)
        assert focus(seen) == place
        last = listed(seen) - 1
        assert last > 0
        page = min(last, max(1, lines(seen)._rows_in_view - 1))
        for down, up in product(*(BINDINGS[name].key.split(",") for name in ("list.down", "list.up"))):
            await press(pilot, down)
            assert cursor(seen) == 1, down
            await press(pilot, up)
            assert cursor(seen) == 0, up
        for down, up in product(*(BINDINGS[name].key.split(",") for name in ("list.page_down", "list.page_up"))):
            await press(pilot, down)
            assert cursor(seen) == page, down
            await press(pilot, up)
            assert cursor(seen) == 0, up
        for end, start in product(*(BINDINGS[name].key.split(",") for name in ("list.last", "list.first"))):
            await press(pilot, end)
            assert cursor(seen) == last, end
            await press(pilot, start)
            assert cursor(seen) == 0, start


@pytest.mark.parametrize("place", SCREENS)
async def test_the_keys_that_work_everywhere_work_on_each_screen(place: str) -> None:
    world = keyed_world()
    app = world.app()
    seen = Seen(app, world)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        for step in SCREENS[place]:
            await take(pilot, seen, step)
        assert on(seen) == place
        here = {each.binding.id for each in app.screen.active_bindings.values()}
        for name in ALWAYS:
            assert name in here, name
        await take(pilot, seen, "app.pause")
        assert world.polling.state.paused
        await take(pilot, seen, "app.utc")
        assert "Times in" in said(app)[-1]
        await take(pilot, seen, "app.undo")
        assert said(app)[-1] == "No mark to undo."
        await take(pilot, seen, "app.reload_rules")
        assert world.rules.reloads == 1
        await take(pilot, seen, "app.help")
        assert on(seen) == "HelpScreen"
        await take(pilot, seen, "help.close")
        assert on(seen) == place
        for tab in TABS:
            await take(pilot, seen, f"app.{tab}")
            assert mode(seen) == tab
        await take(pilot, seen, "app.quit")
        await until(pilot, lambda: ended(seen) == 0)


async def test_one_may_quit_while_a_screen_is_being_made(monkeypatch: pytest.MonkeyPatch) -> None:
    world, made = keyed_world(), asyncio.Event()
    app = world.app()
    seen = Seen(app, world)
    prepare = ReaderScreen._pre_process

    async def slowly(screen: ReaderScreen) -> bool:
        await made.wait()
        return await prepare(screen)

    monkeypatch.setattr(ReaderScreen, "_pre_process", slowly)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2")
        app.post_message(Key("enter", None))
        await waiting.until(lambda: on(seen) == "ReaderScreen")
        app.exit()
        made.set()
        await waiting.until(lambda: app.screen.is_mounted)
    assert (ended(seen), app._exception) == (0, None)


async def test_a_fact_that_news_has_changed_since_it_was_chosen_opens_nothing() -> None:
    world = keyed_world()
    app = world.app()
    seen = Seen(app, world)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        for step in LISTS["facts"]:
            await take(pilot, seen, step)
        facts = lines(seen)
        facts.post_message(FactList.Chosen(facts, "told by|None|None|None|who told it before|0"))
        await pilot.pause()
        assert on(seen) == "EventScreen"
        assert app.is_running
