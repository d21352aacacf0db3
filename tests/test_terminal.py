"""What bench/screen.py takes for a frame is one: its figures hang on that."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "bench"))

from terminal import SIZE, Terminal


def test_a_frame_is_what_is_drawn_after_a_key_without_its_sequences() -> None:
    script = r"""stty -echo; printf 'ready %s\n' "$(stty size)"; while read -r line; do
        printf '\033[2J\033[1;31m%s\033]0;title\007 is\033[0m drawn\n' "$line"; done"""
    with Terminal(["sh", "-c", script], os.environ) as terminal:
        ready = terminal.until("ready .*\n")
        assert f"ready {SIZE[0]} {SIZE[1]}" in ready.text
        at = terminal.press("a word\n")
        frame = terminal.until("drawn")
        assert frame.text.splitlines() == ["a word is drawn"]
        assert terminal.begun < ready.last < at < frame.first <= frame.last


def test_a_program_that_draws_nothing_more_is_told_of() -> None:
    with (
        Terminal(["sleep", "600"], os.environ) as terminal,
        pytest.raises(TimeoutError, match="nothing was drawn"),
    ):
        terminal.until("what never comes", limit=0.2)


def test_cpu_time_is_that_of_all_its_processes() -> None:
    work = f"{sys.executable} -c 'sum(i * i for i in range(2_000_000)); print(1, flush=True); input()'"
    with Terminal(["sh", "-c", f"{work}; true"], os.environ) as terminal:
        terminal.until("1")
        assert terminal.cpu() > 0.01
        terminal.press("\n")
