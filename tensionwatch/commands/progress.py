"""How far a poll is, told on standard error while lines of results go to standard output.

     poller.round() ─▶ a look five times a second ─▶ a bar, where standard error is a terminal
           lines ─▶ buffer ─▶ at each look ─▶ stdout   └▶ else a line every two seconds, from the first second on

Lines wait for the next look, at most 0.2 s, and go out together: of 500 printed one by one, each would draw the bar
anew (0.6 ms each time). Where both streams are the terminal they are written above the bar.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Protocol

from tensionwatch.commands.starting import say
from tensionwatch.exchange import RoundStatus
from tensionwatch.sanitise import visible
from tensionwatch.words import counted

LOOK: Final = 0.2
FIRST_WORD: Final = 1.0
"""Seconds before the first line."""
NEXT_WORD: Final = 2.0


class Rounds(Protocol):
    """Who polls."""

    def round(self) -> RoundStatus: ...

    def asked_now(self) -> str | None: ...


class Bar(Protocol):
    """Where progress is shown."""

    def show(self, done: RoundStatus, feed: str | None) -> None:
        """`feed` is the id of one that is being asked."""
        ...

    def close(self) -> None: ...


class Progress:
    """What is printed while a poll runs."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._lines: list[str] = []

    def line(self, text: str) -> None:
        """Of the result: to standard output at the next look."""
        self._lines.append(text)

    def look(self, polling: Rounds) -> None:
        """Print what has come in, and how far the round is."""
        self.flush()
        self._bar.show(polling.round(), polling.asked_now())

    def flush(self) -> None:
        if not self._lines:
            return
        text = "\n".join([*self._lines, ""])
        self._lines.clear()
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            # The reader (head, less) has gone. Polling goes on: what it brings is kept.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def close(self) -> None:
        self.flush()
        self._bar.close()


@contextmanager
def telling_progress(polling: Rounds, names: Mapping[str, str], least: int = 1) -> Iterator[Progress]:
    """Meanwhile progress is told, of rounds of `least` feeds or more. `names` are those of feeds, by their ids."""
    terminal = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    progress = Progress(_terminal_bar(names, least) if terminal else _Lines(least))

    async def keep_looking() -> None:
        while True:
            progress.look(polling)
            await asyncio.sleep(LOOK)

    looking = asyncio.create_task(keep_looking())
    try:
        yield progress
    finally:
        looking.cancel()
        progress.close()


def round_words(done: RoundStatus) -> str:
    """`120 of 500 feeds, 4,800 new, 3 failed`"""
    failed = f", {done.failed:,} failed" if done.failed else ""
    return f"{done.done:,} of {counted(done.total, 'feed')}, {done.new:,} new{failed}"


class _Lines:
    """A line now and then."""

    def __init__(self, least: int) -> None:
        self._least = least
        self._due: float | None = None

    def show(self, done: RoundStatus, feed: str | None) -> None:  # noqa: ARG002  # a line tells no names
        now = time.monotonic()
        if not done.is_under_way or done.total < self._least:
            self._due = None
        elif self._due is None:
            self._due = now + FIRST_WORD
        elif now >= self._due:
            self._due = now + NEXT_WORD
            say(f"poll: {round_words(done)}")

    def close(self) -> None:
        """There is nothing to take away."""


def _terminal_bar(names: Mapping[str, str], least: int) -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as RichProgress
    from rich.table import Column

    def words(done: RoundStatus, feed: str | None) -> str:
        return round_words(done) + (f" · {visible(names.get(feed, feed))}" if feed is not None else "")

    class TerminalBar:
        """A bar at the bottom; what is printed meanwhile goes above it."""

        def __init__(self) -> None:
            self._drawn: RichProgress | None = None

        def show(self, done: RoundStatus, feed: str | None) -> None:
            if not done.is_under_way or done.total < least:
                self.close()
                return
            if self._drawn is None:
                self._drawn = self._begin()
            (task,) = self._drawn.task_ids
            self._drawn.update(task, total=done.total, completed=done.done, description=words(done, feed))
            self._drawn.refresh()

        @staticmethod
        def _begin() -> RichProgress:
            one_line = Column(no_wrap=True, overflow="ellipsis", ratio=1)
            # A feed's name is no markup, and the bar is drawn by our looks, not by a thread.
            drawn = RichProgress(
                BarColumn(20), TextColumn("{task.description}", markup=False, table_column=one_line),
                console=Console(stderr=True, highlight=False), auto_refresh=False, transient=True, expand=True,
                redirect_stdout=sys.stdout.isatty(),
            )  # fmt: skip
            drawn.add_task("")
            drawn.start()
            return drawn

        def close(self) -> None:
            if self._drawn is not None:
                self._drawn.stop()
                self._drawn = None

    return TerminalBar()
