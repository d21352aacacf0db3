"""One collector, several screens: real processes on one store, the screens on terminals of their own."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tensionwatch.clock import SystemClock
from tensionwatch.demo import DemoServer
from tensionwatch.store import Store, files
from tensionwatch.store.journal import LOCK
from tests.program import ENVIRONMENT, call
from tests.test_cli import write_config
from tests.waiting import wait_until

COMMAND = (sys.executable, "-m", "tensionwatch", "--config")


class Screen:
    """`tensionwatch` on a terminal of its own."""

    def __init__(self, config: Path) -> None:
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(ENVIRONMENT | {"HOME": str(config.parent), "TERM": "xterm-256color"})
            os.execv(COMMAND[0], [*COMMAND, str(config)])
        os.set_blocking(self._terminal, False)
        self.drawn = ""

    def until(self, holds: Callable[[], bool], why: str) -> None:
        def holds_once_it_is_read() -> bool:
            with suppress(BlockingIOError):
                drawn = os.read(self._terminal, 65536).decode("utf-8", "replace")
                self.drawn += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", drawn)
            return holds()

        wait_until(holds_once_it_is_read, lambda: f"{why}:\n{self.drawn[-3000:]}")

    def shows(self, words: str) -> None:
        """From now on."""
        self.until(lambda: words in self.drawn, f"never showed {words!r}")
        self.drawn = self.drawn.rpartition(words)[2]

    def press(self, key: str) -> None:
        os.write(self._terminal, key.encode())

    def end(self) -> int:
        """Its exit code."""
        ended: list[int] = []

        def is_over() -> bool:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                ended.append(os.waitstatus_to_exitcode(status))
            return bool(pid)

        self.press("q")
        try:
            self.until(is_over, "did not end")
        except OSError:  # its side of the terminal is closed: it is over, or about to be
            ended.append(os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]))
        os.close(self._terminal)
        return ended[0]


@contextmanager
def collecting(config: Path) -> Iterator[subprocess.Popen[str]]:
    """`tensionwatch poll`, once it has polled."""
    environment = ENVIRONMENT | {"HOME": str(config.parent)}
    command = [*COMMAND, str(config), "poll"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            assert "entries" in process.stdout.readline()
            yield process
        finally:
            process.kill()


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    server = DemoServer(SystemClock(), finished=True)
    server.start()
    yield write_config(tmp_path, [server.feed_url("meridian", "world"), server.feed_url("lantern", "world")])
    server.stop()


def test_a_second_one_follows_and_takes_over_when_the_collector_is_killed(config: Path, tmp_path: Path) -> None:
    with collecting(config) as collector:
        screen = Screen(config)
        screen.shows(f"following: pid {collector.pid} collects")
        assert call("--config", config, "list", home=tmp_path).returncode == 0
        assert call("--config", config, "store", "stats", home=tmp_path).returncode == 0
        second = call("--config", config, "poll", "--once", home=tmp_path)
        assert (second.returncode, f"pid {collector.pid}" in second.stderr) == (3, True)
        screen.press("r")
        screen.shows(f"Not here: pid {collector.pid} collects")
        collector.send_signal(signal.SIGKILL)
        collector.wait()
    screen.shows("nobody collects now · C collects here")
    screen.press("C")
    screen.until(lambda: files.holder(tmp_path / "store" / LOCK) == files.Holder(screen.pid), "never took over")
    screen.shows("feeds 2 ok")
    assert screen.end() == 0
    assert files.holder(tmp_path / "store" / LOCK) is None


def test_several_screens_follow_one_that_collects_and_show_its_marks(config: Path, tmp_path: Path) -> None:
    collector = Screen(config)
    collector.shows("feeds 2 ok")
    others = [Screen(config), Screen(config)]
    for other in others:
        other.shows(f"following: pid {collector.pid} collects")
        other.press("2")
        other.shows("p0.example")
        other.press("u")  # unread ones alone
    collector.press("2")
    collector.shows("p0.example")
    collector.press("A")
    collector.shows("marked read")
    for other in others:
        other.shows("No article passes these filters")
        assert other.end() == 0
    assert collector.end() == 0
    with Store.open(tmp_path / "store", read_only=True) as store:
        assert len(store) > 5
        assert store.unread == 0
        assert store.notices == []
