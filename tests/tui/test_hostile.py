"""Text from outside is drawn as text, whatever it says, in every widget."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

import pytest
from rich.cells import cell_len

from tensionwatch.model import Feed, Fetched, Region
from tensionwatch.tui.app import TensionwatchApp
from tests.tui.screen import press, rows, said
from tests.tui.world import FEEDS, NOON, World, flag, visit

HOSTILE = (
    "[/]",
    "[@click=app.quit]x[/]",
    "[red]not red[/red] [link=file:///etc/passwd]y[/link]",
    "$primary {braces} %s \\[",
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b31m",
    "\u202egnp.exe\u202c \u2066x\u2069 \u200b\u200f",
    "\r\n\tline\u2028break\x00\x7f\x85",
    "國" * 10_000,
    "👨‍👩‍👧‍👦 é̶̡̛ 한국 🇰🇷 " * 50,
    "",
)


def hostile_world(title: str) -> World:
    feed = Feed(id="f", url="https://f.example/rss", name=title or "f", publisher=title or "p")
    region = Region(id="r", name=title or "r", countries=frozenset({"KOR", "PRK"}))
    world = World(feeds=(feed, *FEEDS[1:]), regions=(region,), notices=(title,))
    for outlet in (0, 1):
        world.publish(title, flag(place=title[:50] or None), summary=title, outlet=outlet, ago=timedelta(minutes=outlet + 1))
    world.publish(title + " ", visit("RUS", "PRK", people=(title[:200],)), summary=title, link=f"https://f.example/{title[:50]}")
    world.take(Fetched(feed="f", at=NOON, result="failed", reason=title))
    return world


def check(app: TensionwatchApp, size: tuple[int, int]) -> None:
    """Every line is as wide as the terminal, and no character in it can do anything."""
    for line in rows(app):
        assert cell_len(line) == size[0]
        assert not [c for c in line if unicodedata.category(c) in {"Cc", "Cs"} or c in "\u202e\u202c\u2066\u2069\u2028\x9b"]


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_text_is_only_text_on_every_screen(title: str) -> None:
    size = (80, 24)
    app = hostile_world(title).app(title=title or "t")
    async with app.run_test(size=size) as pilot:
        for keys in (
            (), ("enter", "tab", "enter"), ("enter",), ("e",), ("question_mark",), ("escape", "1", "1"), ("l", "enter"), ("2",),
            ("y",), ("o",), ("R",), ("escape", "K"), ("escape", "enter"), ("n",), ("3",), ("r",), ("ctrl+p",),
        ):  # fmt: skip
            await press(pilot, *keys)
            check(app, size)
        assert app.is_running


async def test_markup_in_a_title_is_shown_as_it_was_written() -> None:
    app = hostile_world("[@click=app.quit]x[/]").app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "2")
        assert any("[@click=app.quit]x[/]" in line for line in rows(app))
        assert "[@click=app.quit]x[/]" in said(app)
        await pilot.click("#articles", offset=(70, 0))
        await pilot.pause()
        assert app.is_running


async def test_markup_in_an_error_of_the_poller_is_shown_as_it_was_written() -> None:
    from tensionwatch.ports import PollStatus

    world = World()
    world.polling.state = PollStatus(trouble="[/red] could not start \x1b[2J")
    app = world.app()
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        check(app, (100, 24))
        assert any("[/red] could not start" in line for line in rows(app))
