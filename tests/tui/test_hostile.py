"""Text from outside is drawn as text, whatever it says, in every widget."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from rich.cells import cell_len

from tensionwatch.model import Feed, Fetched, Region
from tensionwatch.ports import PollStatus
from tensionwatch.tui.app import TensionwatchApp
from tests.tui.screen import press, rows, said
from tests.tui.world import NOON, World, flag, visit

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


def hostile_world(titles: Sequence[str] = HOSTILE) -> World:
    """Everything that may come from outside says these things: feeds, publishers, regions, places, people, reasons."""
    feeds = [
        Feed(id=f"f{n}", url=f"https://f{n}.example/{t[:9]}", name=t, publisher=t or "p") for n, t in enumerate(titles)
    ]
    regions = [Region(id=f"r{n}", name=t, countries=frozenset({"KOR", "PRK"})) for n, t in enumerate(titles)]
    world = World(feeds=feeds, regions=regions, notices=titles)
    for n, title in enumerate(titles):
        ago, link = timedelta(minutes=10 * n + 1), f"https://f.example/{title[:50]}"
        world.publish(title, flag(place=title[:50] or None), summary=title, outlet=n, ago=ago)
        world.publish(title, visit("RUS", "PRK", people=(title[:200],)), summary=title, outlet=n, ago=ago, link=link)
        world.take(Fetched(feed=f"f{n}", at=NOON, result="failed", reason=title))
    return world


def check(app: TensionwatchApp, size: tuple[int, int]) -> None:
    """Every line is as wide as the terminal, and no character in it can do anything."""
    for line in rows(app):
        assert cell_len(line) == size[0]
        assert not [
            c for c in line if unicodedata.category(c) in {"Cc", "Cs"} or c in "\u202e\u202c\u2066\u2069\u2028\x9b"
        ]


async def test_hostile_text_is_only_text_on_every_screen() -> None:
    size = (80, 24)
    app = hostile_world().app(title="".join(HOSTILE))
    async with app.run_test(size=size) as pilot:
        walk = (
            "", "enter", "l", "tab", "enter", "enter", *"nnnnnnnnn", "e", "escape", "question_mark", "G", "escape",
            "1", "1", "2", "y", "o", *"jyjyjyjyjyjyjyjyjyjy", "R", "G", "enter", "K", "escape", "enter", *"nnnn",
            "3", *"jrjrjrjrjrjr", "ctrl+p",
        )  # fmt: skip
        for key in walk:
            await press(pilot, *filter(None, [key]))
            check(app, size)
        assert app.is_running
    async with hostile_world().app().run_test(size=(200, 60)) as pilot:
        await press(pilot, "tab", "j")
        check(cast("TensionwatchApp", pilot.app), (200, 60))


async def test_markup_in_a_title_is_shown_as_it_was_written() -> None:
    app = hostile_world(["[@click=app.quit]x[/]"]).app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "2")
        assert any("[@click=app.quit]x[/]" in line for line in rows(app))
        assert "[@click=app.quit]x[/]" in said(app)
        await pilot.click("#articles", offset=(70, 0))
        await pilot.pause()
        assert app.is_running


async def test_markup_in_an_error_of_the_poller_is_shown_as_it_was_written() -> None:
    world = World()
    world.polling.state = PollStatus(trouble="[/red] could not start \x1b[2J")
    app = world.app()
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        check(app, (100, 24))
        assert any("[/red] could not start" in line for line in rows(app))
