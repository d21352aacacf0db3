"""Who types faster than screens open gets what was typed, in its order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual import events
from textual.app import App
from textual.keys import _character_to_key

from tensionwatch.config import UiConfig
from tensionwatch.keys import Keymap
from tensionwatch.tui.app import TensionwatchApp
from tensionwatch.tui.context import Manners
from tensionwatch.tui.inorder import STUCK
from tensionwatch.tui.screens.reader import ReaderScreen
from tests import waiting
from tests.tui.screen import press, text, until
from tests.tui.world import World, tell_stories

SIZE = (100, 30)


def post(app: App[None], *typed: str | events.Event) -> None:
    """All at once, as a terminal does that was read late."""
    for each in typed:
        if isinstance(each, str):
            character = {"enter": "\r", "escape": "\x1b"}.get(each, each if len(each) == 1 else None)
            app.post_message(events.Key(_character_to_key(each) if len(each) == 1 else each, character))
        else:
            app.post_message(each)


def all_is_done(app: TensionwatchApp) -> bool:
    return not app._in_order._line and app._in_order._since is None


def click(x: int, y: int) -> list[events.Event]:
    """With the left button."""
    args = (None, x, y, 0, 0, 1, False, False, False)
    return [events.MouseDown(*args), events.MouseUp(*args)]


async def test_a_filter_typed_with_the_key_of_its_tab_is_the_filter(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        post(app, *"2/border", "enter", "j", "enter")
        await until(pilot, lambda: isinstance(app.screen, ReaderScreen))
        await until(pilot, lambda: "Border guards trade fire" in text(app))
        await press(pilot, "escape")
        assert "2 of 11" in text(app)
        assert world.polling.asked == []  # the `r` of the word polls where it is no letter


async def test_keys_that_come_before_the_first_paint_are_not_lost(world: World) -> None:
    app = world.app()
    post(app, *"2/border", "enter")
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "2 of 11" in text(app))


async def test_what_is_pasted_waits_for_the_line_that_is_opened_for_it(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        post(app, *"2/", events.Paste("bor\x1b[31mder"), "enter", *"3")
        await until(pilot, lambda: app.current_mode == "feeds")
        await press(pilot, "2")
        assert "2 of 11" in text(app)


async def test_a_click_and_the_keys_after_it_come_in_their_order(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        at = text(app).splitlines()[0].index("2 Articles")
        post(app, *click(at + 3, 0), *"/border", "enter", *click(2, 0))
        await until(pilot, lambda: app.current_mode == "watch" and "articles" in app._screen_stacks)
        await press(pilot, "2")
        assert "2 of 11" in text(app)


@pytest.mark.parametrize("seed", range(3))
async def test_typed_at_once_or_one_by_one_is_the_same(seed: int) -> None:
    keys = random.Random(seed).choices(
        "1 2 3 4 5 6 7 j k G n p m s u u f enter enter escape escape ? / a r".split(), k=25
    )

    async def seen(*, at_once: bool) -> tuple[str, list[str], list[str], object]:
        world = World(ui=UiConfig(timezone="UTC", theme="tensionwatch"))
        tell_stories(world)
        app = world.app()
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause()
            if at_once:
                post(app, *keys)
            else:
                for key in keys:
                    post(app, key)
                    await pilot.pause()
            await until(pilot, lambda: all_is_done(app))
            await pilot.pause()
            articles = [article for article in world.store.articles() if article.read or article.starred]
            marks = sorted(f"{article.title} {article.read} {article.starred}" for article in articles)
            screens = [f"{mode}: {stack}" for mode, stack in app._screen_stacks.items()]
            return app.current_mode, screens, marks, world.polling.asked

    assert await seen(at_once=True) == await seen(at_once=False), keys


@asynccontextmanager
async def hanging(app: TensionwatchApp, *keys: str) -> AsyncIterator[None]:
    """After these keys what has the focus waits for ever, and a key with it, longer than it may."""
    app.CLOSE_TIMEOUT = 0.2
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, *keys)
        assert app.focused is not None
        app.focused.call_later(asyncio.Event().wait)
        post(app, "j")
        await asyncio.sleep(STUCK * 1.1)
        yield
        assert app._exit


async def has_not_quit(app: TensionwatchApp) -> bool:
    """Once it has looked at all it was sent."""
    looked = asyncio.Event()
    app.call_later(looked.set)
    await looked.wait()
    return not app._exit


@pytest.mark.parametrize("quits", ["ctrl+c", "q"])
async def test_what_hangs_is_quit_at_once(world: World, caplog: pytest.LogCaptureFixture, quits: str) -> None:
    app = world.app()
    async with hanging(app):
        post(app, quits)
        await waiting.until(lambda: app._exit)
    assert "cut off at the end of the screen" in caplog.text


async def test_a_key_that_quits_as_the_user_bound_it_does_so_too(world: World) -> None:
    app = world.app(manners=Manners(Keymap({"app.quit": ("ctrl+x",)})))
    async with hanging(app):
        post(app, "ctrl+c")
        assert await has_not_quit(app)
        post(app, "ctrl+x")
        await waiting.until(lambda: app._exit)


async def test_where_a_line_hangs_a_letter_is_none_that_quits(world: World) -> None:
    app = world.app()
    async with hanging(app, "2", "slash"):
        post(app, "q")
        assert await has_not_quit(app)
        post(app, "ctrl+c")
        await waiting.until(lambda: app._exit)


async def test_where_something_hangs_a_word_that_waits_for_a_line_does_not_quit(world: World) -> None:
    app = world.app()
    async with hanging(app):
        post(app, *"2/iraq")
        assert await has_not_quit(app)
        post(app, "ctrl+c")
        await waiting.until(lambda: app._exit)


async def test_keys_that_come_as_the_screen_ends_do_no_harm(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2")
        post(app, *"jk" * 50)
    assert (app.is_running, app._exception) == (False, None)
