"""Text from outside is drawn as text, whatever it says, in every widget."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from tensionwatch.exchange import Page, PollStatus
from tensionwatch.model import Article, Batch, Feed, Fetched, Link, Region, Revision
from tensionwatch.tui import cells
from tensionwatch.tui.app import TensionwatchApp
from tests.tui.screen import press, rows, said
from tests.tui.world import NOON, World, flag, visit

sys.path.append(str(Path(__file__).parents[2] / "bench"))

import fuzz
from hostile_screen import drawn, looked_through

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


# ---------------------------------------------------------------- each kind of hostile title by itself, in every widget

MATRIX: dict[str, tuple[str, ...]] = {
    "markup": (
        "[/]", "[/red]", "[@click=app.quit]x[/]", "[@click='app.quit']x", "[link=file:///etc/passwd]y[/link]", "[",
        "[bold red on #ffffff]z", "$primary $x", "[" * 300, "\\[red]\\\\[/]", "{0} {x!r} %s %(x)s ${HOME}", ":skull: :warning:",
        "[[red]] [not a tag] [1,2]", "<b onclick=x>y</b>&lt;&#27;[2J",
    ),
    "escapes": (
        "\x1b]0;owned\x07x", "\x1b]0;owned", "\x1b]8;;file:///etc/passwd\x1b\\x\x1b]8;;\x1b\\", "\x1b]52;c;cm0gLXJm\x07x",
        "\x1b]52;c;cm0gLXJm\x9cx", "\x1b[31mx\x1b[0m", "\x9b31mx", "\x9d0;owned\x9cx", "\x1b[2J\x1b[H", "\x1b[?1049l", "\x1b[?1003h",
    ),
    "more escapes": (
        "\x1b[6n\x1b[c", "\x1bP$qm\x1b\\", "\x1bPq#0;2;0;0;0~\x1b\\", "\x1b_Gf=24;AAAA\x1b\\", "\x1bPtmux;\x1b\x1b]0;x\x07\x1b\\",
        "\x1b\x1b[[31m]x", "\x1b\x00[31mx", "\x1b(0\x0e\x0f", "\x1bc", "\ta\bb\x07c", "a\x00b\x7fc",
        "a\r\nb\rc\u2028d\u2029e\x85f\x0bg\x0ch",
    ),
    "what is not seen": (
        "\u202egnp.exe", "a\u2066b\u2067c\u2068d\u2069", "a\u200eb\u200fc\u061cd", "a\u200b\u2060\ufeffb", "a\u200d\u200cb",
        "\u3164\u115f\uffa0", "a\U000e0041\U000e007f", "a\ufe0f\ufe0e\U000e0100" * 40, "a\ufffeb\uffff\U0001ffff",
        "a\ue000\U000f0000", "\u3000\xa0\u2003 " * 50, "",
    ),
    "widths": (
        "e" + "\u0301" * 400, "國" * 400, "國a" * 200, "👨\u200d👩\u200d👧\u200d👦" * 60, "🇰🇷🇰🇵" * 60, "שלום عليكم" * 30, "x" * 9_000,
        "x" * 88 + "國", "\u0301" * 50, "한글" * 99,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", MATRIX)
async def test_hostile_titles_are_drawn_as_text_in_every_widget(kind: str) -> None:
    app, size = hostile_world(MATRIX[kind]).app(title="".join(MATRIX[kind])), (90, 20)
    async with app.run_test(size=size) as pilot:
        walk = (
            "",
            "enter",
            "enter",
            "e",
            *"nnn",
            "escape",
            "escape",
            "escape",
            "2",
            *"jy",
            "enter",
            *"nnnn",
            "escape",
            "3",
            *"jjjj",
        )
        for key in (*walk, "question_mark"):
            await press(pilot, *filter(None, [key]))
            check(app, size)
        for title in MATRIX[kind]:
            app.say(title)
        await pilot.pause()
        check(app, size)
        assert app.is_running


# ---------------------------------------------------------------- what reaches a real terminal


def test_no_part_of_an_escape_survives_in_any_of_100_000_fuzzed_strings() -> None:
    """The terminal gets what these give; the whole way of a tenth of them is tested below."""
    for text in fuzz.strings(100_000):
        for told in (cells.line(text), cells.prose(text).replace("\n", "")):
            assert told.isprintable() or not [c for c in told if unicodedata.category(c) in {"Cc", "Cs"}], ascii(text)
            assert not set(told) & set("\u202e\u2066\u200b\ufeff\u2028"), ascii(text)


def test_a_real_terminal_gets_no_escape_that_the_program_does_not_write_by_itself() -> None:
    """200 strings in every widget; bench/hostile_screen.py does it with 100,000."""
    count, size = 200, (100, 160)
    found = looked_through(*drawn(count, 1, 0, "hostile", size), size[1])
    assert found.code == 0, found.foreign
    assert found.foreign == []
    assert found.beyond == []
    assert found.stages[-1] == "end", "it went through all screens"
    assert set().union(*found.seen.values()) == set(range(count)), "each was drawn somewhere"


class HostilePages:
    """Have a text for every article that nobody has made safe."""

    def kept(self, article: Article) -> Page:
        text = f"{article.title}\n{article.title}"
        return Page(url=f"https://f.example/{article.title[:50]}", at=NOON, text=text, cut=True)

    async def fetch(self, article: Article) -> Page:
        return self.kept(article)


@pytest.mark.parametrize("kind", MATRIX)
async def test_hostile_notes_links_earlier_wordings_and_pages_are_drawn_as_text(kind: str) -> None:
    world, size = World(), (90, 40)
    article = world.store.article(world.publish("Ferry", flag(), summary="It left at dawn.", key="1"))
    assert article is not None
    for number, text in enumerate(MATRIX[kind]):
        links = tuple(Link(text, f"https://{host}/{text}") for host in ("a.example", text[:20], "[::1]"))
        before = (Revision(replaced=NOON, title=text, summary=text), Revision(replaced=NOON, title="x", summary=text))
        told = replace(article, id=f"a{number}", title=text, note=text, links=links, revisions=before, breaks=(1, 2, 3))
        world.store.commit(Batch(articles=(told,)))
    app = world.app(pages=HostilePages())
    async with app.run_test(size=size) as pilot:
        await press(pilot, "2", "enter")
        for _ in MATRIX[kind]:
            # Textual cuts what lies behind a card by the cell, in the middle of a family of emoji too.
            for key in ("", *(("l", "escape") if kind != "widths" else ()), "G", "N", "escape", "Y", "n"):
                await press(pilot, *filter(None, [key]))
                check(app, size)
        assert app.is_running
