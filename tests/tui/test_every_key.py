"""Every key of every screen does what it says: pressed in the real application, seen on it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

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
    WALKS,
    Case,
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

EVERY_KEY = "TENSIONWATCH_EVERY_KEY"
TEXTUALS = {"ctrl+c", "up", "down", "left", "right", "pageup", "pagedown", "home", "end"}
"""By the first Textual copies what the mouse has selected, and where nothing is, it goes on to the application; a text
that has the focus scrolls by the others by itself, and where it cannot, they go on too."""
TABS = [name.removeprefix("app.") for name, binding in BINDINGS.items() if binding.action.startswith("go(")]
ALWAYS = [*(f"app.{tab}" for tab in TABS), "app.pause", "app.utc", "app.undo", "app.reload_rules", "app.help"]
"""At work on every screen that is no dialogue; so is app.poll_now, but on Feeds its key is that of one feed."""
TURNS = max(len(binding.key.split(",")) for binding in BINDINGS.values()) if os.environ.get(EVERY_KEY) else 1
"""One for the first key of each binding; with TENSIONWATCH_EVERY_KEY set more for the others, which is 25 s longer.
Those of lists are all pressed below."""


def test_every_binding_has_a_case_here() -> None:
    tested = {*CASES, *ELSEWHERE}
    assert sorted(BINDINGS.keys() - tested) == [], "add a line for these to tests/tui/key_cases.py"
    assert sorted(tested - BINDINGS.keys()) == [], "these are no bindings any more"
    assert len(CASES) == len(set(CASES)), "each has one line"


@pytest.mark.parametrize("turn", range(TURNS))
@pytest.mark.parametrize("place", WALKS)
async def test_each_key_of_a_place_does_what_it_is_there_for(place: str, turn: int) -> None:
    walk, world = WALKS[place], keyed_world()
    app = world.app()
    seen = Seen(app, world)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        for step in walk.way:
            await take(pilot, seen, step)
        for name, case in walk.cases.items():
            app.clear_notifications()
            app.copy_to_clipboard("")
            for step in case.before:
                await take(pilot, seen, step)
            await does_what_it_is_there_for(pilot, seen, name, case, turn)


async def does_what_it_is_there_for(pilot: Pilot[None], seen: Seen, name: str, case: Case, turn: int) -> None:
    keys = BINDINGS[name].key.split(",")
    key = keys[min(turn, len(keys) - 1)]
    here, pressed = f"on {on(seen)}", f"{key} ({name})"
    await until(pilot, lambda: case.look(seen) != case.then, f"{here}, before {pressed}: anything but {case.then!r}")
    at_work = seen.app.screen.active_bindings.get(key)
    assert at_work is not None, f"{here}, {pressed} does nothing"
    assert at_work.enabled, f"{here}, {pressed} is not offered"
    textuals = at_work.binding.id is None and key in TEXTUALS
    assert at_work.binding.id == name or textuals, f"{here}, {pressed} is {at_work.binding.id}"
    await press(pilot, key)
    await until(pilot, lambda: case.look(seen) == case.then, f"{here}, after {pressed}: {case.then!r}")


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
        for down, up in pairs("list.down", "list.up"):
            await press(pilot, down)
            assert cursor(seen) == 1, down
            await press(pilot, up)
            assert cursor(seen) == 0, up
        for down, up in pairs("list.page_down", "list.page_up"):
            await press(pilot, down)
            assert cursor(seen) == page, down
            await press(pilot, up)
            assert cursor(seen) == 0, up
        for end, start in pairs("list.last", "list.first"):
            await press(pilot, end)
            assert cursor(seen) == last, end
            await press(pilot, start)
            assert cursor(seen) == 0, start


def pairs(there: str, back: str) -> Iterator[tuple[str, str]]:
    """The keys of two bindings, each with one of the other."""
    return zip(BINDINGS[there].key.split(","), BINDINGS[back].key.split(","), strict=True)


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
        tab = TABS[(TABS.index(mode(seen)) + 1 + list(SCREENS).index(place) % (len(TABS) - 1)) % len(TABS)]
        await take(pilot, seen, f"app.{tab}")  # one, another on each: the keys of all are pressed among WALKS
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
