"""How far a poll is, as it is told in a terminal and elsewhere."""

from __future__ import annotations

import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tensionwatch.clock import SystemClock
from tensionwatch.commands.progress import round_words
from tensionwatch.demo import DemoServer
from tensionwatch.exchange import RoundStatus
from tests.waiting import LONG, wait_until

from .program import ENVIRONMENT
from .test_cli import write_config


class Feeds:
    """Two that answer at once, and one that does not answer until it is closed."""

    def __init__(self, folder: Path) -> None:
        self._server = DemoServer(SystemClock(), finished=True)
        self._server.start()
        self._silent = socket.create_server(("127.0.0.1", 0))
        urls = [self._server.feed_url(outlet, "world") for outlet in ("meridian", "lantern")]
        # Requests to one host wait for one another: the silent one gets an address of its own.
        self.config = write_config(folder, [*urls, f"http://localhost:{self._silent.getsockname()[1]}/never.xml"])
        named = self.config.read_text().replace('id = "feed2"', 'id = "feed2"\nname = "[bold]slow[/] one"', 1)
        self.config.write_text(named)  # what would be markup to rich

    def end_the_silence(self) -> None:
        self._silent.close()

    def close(self) -> None:
        self._silent.close()
        self._server.stop()


@pytest.fixture
def feeds(tmp_path: Path) -> Iterator[Feeds]:
    feeds = Feeds(tmp_path)
    yield feeds
    feeds.close()


def poll(config: Path, *, err: int, out: int) -> subprocess.Popen[bytes]:
    environment = {**ENVIRONMENT, "HOME": str(config.parent), "TERM": "xterm-256color", "COLUMNS": "80"}
    command = [sys.executable, "-m", "tensionwatch", "--config", str(config), "poll", "--once"]
    return subprocess.Popen(command, stdout=out, stderr=err, env=environment)


class Reading:
    """What is written into the other end, as it comes."""

    def __init__(self, end: int) -> None:
        self._parts: list[bytes] = []
        self._thread = threading.Thread(target=self._drain, args=(end,))
        self._thread.start()

    def _drain(self, end: int) -> None:
        try:
            while part := os.read(end, 65_536):
                self._parts.append(part)
        except OSError:  # EIO: the terminal's other end is closed
            pass

    @property
    def text(self) -> str:
        return b"".join(self._parts).decode()

    def until(self, words: str) -> None:
        wait_until(lambda: words in self.text, lambda: self.text)

    def whole(self) -> str:
        self._thread.join(LONG)
        return self.text


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


class Terminal:
    def __init__(self) -> None:
        self._ours, self.theirs = pty.openpty()
        self.reading = Reading(self._ours)
        self._is_open = True

    def written(self) -> str:
        """All, once the program has ended."""
        self.close()
        return self.reading.text

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            os.close(self.theirs)
            self.reading.whole()
            os.close(self._ours)


def test_round_words() -> None:
    assert round_words(RoundStatus(total=500, done=120, new=4800)) == "120 of 500 feeds, 4,800 new"
    assert round_words(RoundStatus(total=1, done=1, failed=1)) == "1 of 1 feed, 0 new, 1 failed"


def test_elsewhere_than_in_a_terminal_a_line_now_and_then_says_how_far_it_is(feeds: Feeds) -> None:
    with poll(feeds.config, err=subprocess.PIPE, out=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        out, err = Reading(process.stdout.fileno()), Reading(process.stderr.fileno())
        err.until("poll: 2 of 3 feeds")
        feeds.end_the_silence()
        said, told = out.whole(), err.whole()
    assert all(re.fullmatch(r"poll: [012] of 3 feeds, \d+ new", line) for line in told.splitlines())
    assert "\x1b" not in said + told
    assert said.count("not seen before") == 2


def test_in_a_terminal_a_bar_says_how_far_it_is_below_the_lines_and_leaves_nothing_behind(
    feeds: Feeds, terminal: Terminal
) -> None:
    with poll(feeds.config, err=terminal.theirs, out=terminal.theirs):
        terminal.reading.until("2 of 3 feeds")
        feeds.end_the_silence()
    written = terminal.written()
    assert "· [bold]slow[/] one" in written
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written)
    results = [line for line in re.split(r"[\r\n]+", plain) if "not seen before" in line]
    # What is written above the bar begins where that was taken away, at the start of a line.
    assert [line.split()[0] for line in results] == ["ok", "ok"]
    assert " of 3 feeds" not in plain.splitlines()[-1]
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")  # the cursor is shown again


def test_lines_go_to_the_pipe_alone_while_the_bar_is_in_the_terminal(feeds: Feeds, terminal: Terminal) -> None:
    with poll(feeds.config, err=terminal.theirs, out=subprocess.PIPE) as process:
        assert process.stdout is not None
        out = Reading(process.stdout.fileno())
        terminal.reading.until("2 of 3 feeds")
        feeds.end_the_silence()
        said = out.whole()
    assert said.count("not seen before") == 2
    assert "\x1b" not in said
    assert "not seen before" not in terminal.written()


def test_ctrl_c_takes_the_bar_away_and_says_how_far_it_was(feeds: Feeds, terminal: Terminal) -> None:
    with poll(feeds.config, err=terminal.theirs, out=subprocess.DEVNULL) as process:
        terminal.reading.until("2 of 3 feeds")
        process.send_signal(signal.SIGINT)
    last = terminal.written().rstrip().splitlines()[-1]
    assert process.returncode == 130
    assert re.search(r"tensionwatch: interrupted after 2 of 3 feeds: \d+ new articles kept$", last)


def test_a_reader_that_has_gone_does_not_end_the_poll(feeds: Feeds) -> None:
    with poll(feeds.config, err=subprocess.PIPE, out=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = Reading(process.stderr.fileno())
        errors.until("poll: 2 of 3 feeds")
        feeds.end_the_silence()
        assert "Traceback" not in errors.whole()
    assert process.returncode == 0
