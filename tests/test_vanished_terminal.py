"""A terminal that vanishes: the screen ends, and what it has collected is kept."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tensionwatch.errors import HungUp
from tests.program import ENVIRONMENT
from tests.waiting import LONG, wait_until

_CONFIG = """
[storage]
path = "{folder}/store"
[log]
path = "{folder}/log"
[ui]
theme = "tensionwatch"
[[feed]]
id = "one"
url = "http://127.0.0.1:9/feed.xml"
allow_private = true
"""


def _ignore_hangup() -> None:
    """As nohup does."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _shown(folder: Path, *, ignores: bool) -> tuple[subprocess.Popen[bytes], int]:
    """A screen that has painted, and the other end of its terminal."""
    (folder / "config.toml").write_text(_CONFIG.format(folder=folder))
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "tensionwatch", "--config", str(folder / "config.toml")],
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env=ENVIRONMENT | {"HOME": str(folder), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
        preexec_fn=_ignore_hangup if ignores else None,
    )  # fmt: skip
    os.close(theirs)
    written, deadline = b"", time.monotonic() + LONG
    while b"Watch" not in written or b"Quit" not in written:
        assert time.monotonic() < deadline, written[-2_000:]
        if select.select([ours], [], [], 0.1)[0]:
            written += os.read(ours, 65_536)
    return child, ours


def _log(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.glob("log*") if path.is_file())


@pytest.mark.parametrize("ignores", [True, False])
def test_a_screen_whose_terminal_vanishes_ends_and_leaves_its_store_in_order(tmp_path: Path, ignores: bool) -> None:
    child, terminal = _shown(tmp_path, ignores=ignores)
    try:
        wait_until(lambda: "poll one: failed" in _log(tmp_path), lambda: _log(tmp_path))
        os.close(terminal)
        assert child.wait(LONG) == HungUp.exit_code
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    assert "the terminal is gone: the screen ends" in _log(tmp_path)
    assert _log(tmp_path).rstrip().endswith("ended")
    told = subprocess.run(
        [sys.executable, "-m", "tensionwatch", "--config", str(tmp_path / "config.toml"), "store", "verify"],
        capture_output=True, text=True, check=False, env=ENVIRONMENT | {"HOME": str(tmp_path)},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr


def test_a_screen_that_is_hung_up_ends_so_too(tmp_path: Path) -> None:
    child, terminal = _shown(tmp_path, ignores=False)
    try:
        child.send_signal(signal.SIGHUP)
        while select.select([terminal], [], [], LONG)[0]:
            try:
                if not os.read(terminal, 65_536):
                    break
            except OSError:  # EIO: the other end is closed
                break
        assert child.wait(LONG) == HungUp.exit_code
    finally:
        os.close(terminal)
        if child.poll() is None:
            child.kill()
            child.wait()
    assert _log(tmp_path).rstrip().endswith("ended")
