"""The program's demo on a terminal, as one who tries it has it: all tabs, an event, an article, and the way out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pytest

from tests.program import ENVIRONMENT
from tests.waiting import LONG, wait_until

sys.path.append(str(Path(__file__).parents[1] / "bench"))

from terminal import Terminal

ON_AT_REST = {"25", "7"}
"""Modes of a terminal that nobody uses: the cursor is seen, long lines wrap."""
TRIES = 30
"""Times that a key is pressed which may not be heard yet."""
TABS = {
    "3": "trouble first", "4": "No alerts so far| rule  ", "5": "Region, then pair", "6": "pairs · events",
    "7": "poll ", "1": "Newest, all regions",
}  # fmt: skip


@pytest.fixture
def demo(tmp_path: Path) -> Terminal:
    environment = ENVIRONMENT | {"HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    return Terminal([sys.executable, "-m", "tensionwatch", "demo", "--speed", "60"], environment)


def to_articles(terminal: Terminal) -> None:
    """Press 2 until it is heard: the first picture is there before the program listens."""
    terminal.until("Korean Peninsula", LONG)
    for _ in range(TRIES):
        terminal.press("2")
        with suppress(TimeoutError):
            terminal.until("any region", LONG / TRIES)
            return
    pytest.fail("it does not listen")


def left(terminal: Terminal) -> tuple[bytes, int]:
    """What was drawn until q has ended it, and its exit code. The first q may still find the help open and close it."""
    for _ in range(TRIES):
        terminal.press("q")
        with suppress(subprocess.TimeoutExpired):
            return terminal.rest(LONG / TRIES)
    pytest.fail("it does not end")


def test_the_demo_goes_through_all_tabs_and_leaves_the_terminal_as_it_was(demo: Terminal) -> None:
    with demo as terminal:
        before = termios.tcgetattr(terminal.end)
        to_articles(terminal)
        for key, words in TABS.items():
            terminal.press(key)
            terminal.until(words, LONG)
        terminal.press("\t")
        terminal.until("Open", LONG)
        terminal.press("\r")
        terminal.until("life ", LONG)
        terminal.press("\r")
        terminal.until(r"\d+ of \d+", LONG)
        terminal.press("\x1b")
        terminal.until("life ", LONG)
        terminal.press("?")
        terminal.until("keys and symbols", LONG)
        terminal.press("\x1b")
        terminal.until("life ", LONG)
        drawn, code = left(terminal)
        assert code == 0
        assert {"25", "1049", "2004"} <= terminal.modes.keys()
        assert {mode for mode, on in terminal.modes.items() if on} <= ON_AT_REST
        assert b"Traceback" not in drawn
        assert termios.tcgetattr(terminal.end) == before


def test_ctrl_z_suspends_the_screen_and_it_goes_on_where_it_was(demo: Terminal) -> None:
    with demo as terminal:
        to_articles(terminal)
        terminal.press("\x1a")
        wait_until(lambda: state(terminal.pid) == "T", lambda: f"it is {state(terminal.pid)}")
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.until("any region", LONG)
        assert left(terminal)[1] == 0


def state(pid: int) -> str:
    """Of a process: T is stopped."""
    return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
