"""What the screens look like, as pictures that people can open: a change of them is meant, or it is a fault.

A picture that differs is written beside the others as NAME.new.svg. Look at it; if it is as it should be:

    ACCEPT_SNAPSHOTS=1 .venv/bin/python -m pytest tests/tui/test_snapshots.py

takes all as they are now (`-k NAME` the one). They are of one Textual alone, the one in constraints.txt.
"""

from __future__ import annotations

import logging
import os
import re
from collections import defaultdict
from collections.abc import Sequence
from difflib import unified_diff
from html import unescape
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import pytest

from tensionwatch.tui.app import TensionwatchApp
from tests.tui.key_cases import key_of, keyed_world, past
from tests.tui.screen import press
from tests.tui.tension import RISING, index, surprise
from tests.tui.world import World

FOLDER = Path(__file__).with_name("snapshots")
CONSTRAINTS = Path(__file__).parents[2] / "constraints.txt"
ACCEPT = "ACCEPT_SNAPSHOTS"
DRAWS = ("textual", "rich")
"""Whose versions a picture hangs on."""


class Picture(NamedTuple):
    size: tuple[int, int]
    keys: Sequence[str]


PICTURES = {
    "watch-80x24": Picture((80, 24), ()),
    "watch-200x60": Picture((200, 60), ()),
    "event-120x40": Picture((120, 40), ("watch.other_pane", "list.down", "list.open")),
    "reader-120x40": Picture((120, 40), ("app.articles", "list.down", "list.open")),
    "articles-80x24": Picture((80, 24), ("app.articles", "articles.only_flagged")),
    "feeds-120x40": Picture((120, 40), ("app.feeds",)),
    "alerts-80x24": Picture((80, 24), ("app.alerts",)),
    "trends-120x40": Picture((120, 40), ("app.trends",)),
    "pairs-120x40": Picture((120, 40), ("app.pairs",)),
    "log-80x24": Picture((80, 24), ("app.log", "list.open")),
}
"""`keys` are bindings by their names, as in key_cases.py."""


def pinned() -> dict[str, str]:
    """Versions of what draws, by constraints.txt; none where that is not there, as in an unpacked wheel."""
    text = CONSTRAINTS.read_text("utf-8") if CONSTRAINTS.exists() else ""
    return dict(re.findall(rf"^({'|'.join(DRAWS)})==(\S+)", text, re.MULTILINE))


def otherwise() -> str:
    """Why pictures cannot be compared here; empty where they can."""
    return ", ".join(
        f"{name} {version(name)} is installed, the pictures are of {pinned().get(name, 'another')}"
        for name in DRAWS
        if version(name) != pinned().get(name)
    )


def pictured_world() -> World:
    world = keyed_world()
    world.said.said["korea"] = index("korea", surprise(), conflict=3.4, trend=RISING)
    past(world)
    for n, level in enumerate((logging.INFO, logging.INFO, logging.WARNING, logging.INFO, logging.ERROR)):
        record = logging.LogRecord("tensionwatch", level, "", 0, f"record {n}", None, None)
        record.created, record.process = world.clock.at.timestamp() + n, 4242
        world.log.handle(record)
    return world


def drawn(app: TensionwatchApp) -> str:
    """The screen as SVG, without the number by which Rich tells pictures on one page apart, a line each element."""
    svg = re.sub(r"terminal-\d+-", "terminal-", app.export_screenshot(title="tensionwatch"))
    return svg.replace("><", ">\n<")


def words(svg: str) -> list[str]:
    """The lines of the screen in it."""
    lines: defaultdict[int, str] = defaultdict(str)
    for number, text in re.findall(r"<text[^>]*#terminal-line-(\d+)\)[^>]*>([^<]*)</text>", svg):
        lines[int(number)] += unescape(text).replace("\xa0", " ")
    return [lines[number].rstrip() for number in sorted(lines)]


@pytest.mark.skipif(bool(otherwise()), reason=otherwise())
@pytest.mark.parametrize("name", PICTURES)
async def test_a_screen_looks_as_it_did(name: str) -> None:
    picture, kept, new = PICTURES[name], FOLDER / f"{name}.svg", FOLDER / f"{name}.new.svg"
    app = pictured_world().app()
    async with app.run_test(size=picture.size) as pilot:
        await press(pilot, *map(key_of, picture.keys))
        await pilot.pause()
        svg = drawn(app)
    if os.environ.get(ACCEPT):
        kept.write_text(svg, "utf-8")
    before = kept.read_text("utf-8") if kept.exists() else ""
    if svg != before:
        new.write_text(svg, "utf-8")
        texts = "\n".join(unified_diff(words(before), words(svg), kept.name, new.name, lineterm="", n=1))
        pytest.fail(f"{new} differs from {kept.name}; {ACCEPT}=1 takes it\n{texts or 'in colours or places alone'}")
    new.unlink(missing_ok=True)


def test_every_picture_that_is_kept_is_of_a_screen_here() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg") if not path.stem.endswith(".new")} == PICTURES.keys()
