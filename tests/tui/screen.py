"""Looking at a running screen as a user does: the characters that are on it."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.cells import cell_len
from textual.app import App
from textual.pilot import Pilot

from tests.waiting import LONG


def rows(app: App[None]) -> list[str]:
    """The lines of the terminal."""
    return [strip.text for strip in app.screen._compositor.render_strips()]


def text(app: App[None]) -> str:
    return "\n".join(line.rstrip() for line in rows(app))


def line_with(app: App[None], words: str) -> str:
    """The first line that has these words; an AssertionError showing the screen when none has."""
    for line in rows(app):
        if words in line:
            return line
    raise AssertionError(f"{words!r} is not on the screen:\n{text(app)}")


def column_of(line: str, words: str) -> int:
    """The cell in which these words begin."""
    return cell_len(line[: line.index(words)])


def said(app: App[None]) -> list[str]:
    """The toasts so far; beside this file those that are gone again too, for a busy machine shows them too late."""
    every: list[str] | None = getattr(app._notifications, "every_message", None)
    return list(every) if every is not None else [notification.message for notification in app._notifications]


async def press(pilot: Pilot[None], *keys: str) -> None:
    """One after the other, each when what the one before it did is done."""
    for key in keys:
        await pilot.press(key)
    await pilot.pause()


async def until(pilot: Pilot[None], holds: Callable[[], bool], what: str = "it") -> None:
    """Let the application run until this holds; an AssertionError that says what, and shows the screen, when it never
    does."""
    deadline = time.monotonic() + LONG
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} never came to hold:\n{text(pilot.app)}\n{said(pilot.app)}")
        await pilot.pause(0.02)
