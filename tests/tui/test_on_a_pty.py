"""The screen on a real terminal driver: what reaches a terminal that has less, its title, going to the background."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import LONG, wait_until

_SCREEN = """
import os, sys
from tensionwatch.config import UiConfig
from tensionwatch.tui.context import Manners
from tensionwatch.tui.terminal import terminal
from tests.tui.tension import alert
from tests.tui.world import World, tell_stories
world = World(ui=UiConfig(timezone="UTC", theme="tensionwatch"))
tell_stories(world)
world.keep_alerts(alert(1), alert(2))
has = terminal(os.environ, sys.__stderr__.encoding, world.config.ui)
world.app(manners=Manners(terminal=has)).run(mouse="mouse" in sys.argv)
"""
_COLOUR = re.compile(rb"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;\d+)*m")
_TITLE = re.compile(rb"\x1b\]2;([^\x07]*)\x07")


class Screen:
    def __init__(self, child: subprocess.Popen[bytes], end: int) -> None:
        self.child, self._end = child, end
        self.written = b""

    def until(self, words: bytes, *, after: int = 0) -> None:
        """Read what it draws until these words are in it."""
        deadline = time.monotonic() + LONG
        while words not in self.written[after:]:
            assert time.monotonic() < deadline, self.written[-2_000:]
            if select.select([self._end], [], [], 0.1)[0]:
                self.written += os.read(self._end, 65_536)

    def press(self, keys: bytes) -> int:
        """Gives where that is in what is written."""
        os.write(self._end, keys)
        return len(self.written)

    @property
    def state(self) -> str:
        """`R`, `S`, or `T` of one that was stopped."""
        return Path(f"/proc/{self.child.pid}/stat").read_text().rpartition(")")[2].split()[0]

    def end(self) -> bytes:
        """Press q; all that it wrote."""
        os.write(self._end, b"q")
        while True:
            assert select.select([self._end], [], [], LONG)[0], self.written[-2_000:]
            try:
                chunk = os.read(self._end, 65_536)
            except OSError:  # EIO: the other end is closed
                break
            self.written += chunk
            if not chunk:
                break
        assert self.child.wait(LONG) == 0, self.written[-2_000:]
        return self.written


@contextmanager
def screen(*arguments: str, **environment: str) -> Iterator[Screen]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    left_out = ("NO_COLOR", "COLORTERM", "LC_ALL", "LC_CTYPE", "LANG", "TERM")
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    child = subprocess.Popen(
        [sys.executable, "-c", _SCREEN, *arguments], stdin=theirs, stdout=theirs, stderr=theirs,
        env=kept | environment, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    try:
        yield Screen(child, ours)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        os.close(ours)


def test_a_vt100_gets_ascii_and_no_colour() -> None:
    with screen(TERM="vt100", LANG="C") as shown:
        shown.until(b"Korean Peninsula")
        shown.until(b"Harbour festival", after=shown.press(b"2"))
        shown.until(b"Ridge Observer", after=shown.press(b"3"))
        written = shown.end()
    assert written.isascii()
    assert not _COLOUR.search(written)
    assert not _TITLE.search(written)


def test_no_color_means_none_and_leaves_the_symbols() -> None:
    with screen(TERM="xterm-256color", LANG="en_GB.UTF-8", NO_COLOR="1") as shown:
        shown.until(b"Korean Peninsula")
        written = shown.end()
    assert "▲".encode() in written
    assert not _COLOUR.search(written)


def test_a_terminal_of_sixteen_colours_is_sent_no_others() -> None:
    with screen(TERM="xterm-16color", LANG="en_GB.UTF-8") as shown:
        shown.until(b"Korean Peninsula")
        written = shown.end()
    assert _COLOUR.search(written)
    assert not re.search(rb"\x1b\[[\d;]*[34]8;[25];", written)


def test_the_title_of_the_window_tells_of_alerts_and_is_put_back() -> None:
    with screen(TERM="xterm-256color", LANG="en_GB.UTF-8") as shown:
        shown.until(b"\x1b]2;(2) tensionwatch\x07")
        shown.press(b"4")
        shown.until(b"\x1b]2;tensionwatch\x07", after=shown.press(b"A"))
        written = shown.end()
    assert written.count(b"\x1b[22;2t") == written.count(b"\x1b[23;2t") == 1
    assert written.index(b"\x1b[22;2t") < written.index(b"\x1b]2;") < written.index(b"\x1b[23;2t")


def test_the_mouse_is_taken_where_it_may_be() -> None:
    with screen("mouse", TERM="xterm-256color", LANG="en_GB.UTF-8") as shown:
        shown.until(b"Korean Peninsula")
        assert b"\x1b[?1000h" in shown.end()
    with screen(TERM="xterm-256color", LANG="en_GB.UTF-8") as shown:
        shown.until(b"Korean Peninsula")
        assert b"\x1b[?1000h" not in shown.end()


def test_ctrl_z_leaves_the_terminal_and_comes_back_as_it_was() -> None:
    with screen(TERM="xterm-256color", LANG="en_GB.UTF-8") as shown:
        shown.until(b"Korean Peninsula")
        shown.press(b"2")
        shown.until(b"Harbour festival")
        at = shown.press(b"\x1a")
        shown.until(b"\x1b[23;2t", after=at)
        shown.until(b"\x1b[?1049l", after=at)
        wait_until(lambda: shown.state == "T")
        at = len(shown.written)
        shown.child.send_signal(signal.SIGCONT)
        shown.until(b"\x1b[?1049h", after=at)
        shown.until(b"Harbour festival", after=at)
        shown.until(b"\x1b]2;(2) tensionwatch\x07", after=at)
        shown.until(b"Korean Peninsula", after=shown.press(b"1"))
        shown.end()


def test_a_filter_typed_with_its_tab_at_the_first_paint_is_there() -> None:
    for painted in (b"\x1b[?1004h", b"Korean Peninsula"):  # when it has begun to listen, and when it has painted
        with screen(TERM="xterm-256color", LANG="en_GB.UTF-8") as shown:
            shown.until(painted)
            shown.until(b"2 of 11", after=shown.press(b"2/border\r"))
            shown.until(b"Korean Peninsula", after=shown.press(b"1"))
            shown.end()


def test_one_that_was_stopped_from_outside_goes_on_and_can_be_quit() -> None:
    """SIGSTOP cannot be heard: only that it goes on is."""
    with screen(TERM="xterm-256color", LANG="en_GB.UTF-8") as shown:
        shown.until(b"Korean Peninsula")
        shown.child.send_signal(signal.SIGSTOP)
        wait_until(lambda: shown.state == "T")
        at = len(shown.written)
        shown.child.send_signal(signal.SIGCONT)
        shown.until(b"Korean Peninsula", after=at)
        shown.until(b"2 of 11", after=shown.press(b"2/border\r"))
        shown.end()
