"""What the log has to tell, held for the screen: this run's records as they come, and the end of the file before it.

    LOG ──emit──▶ LogRing (the last 5,000) ◀──run── LogTail (logread.py): former runs, other processes

Each is sanitised and without secrets when it comes in, as in the file.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from tensionwatch.logread import LogRecord, LogTail, level_of
from tensionwatch.sanitise import visible

SIZE: Final = 5_000
"""Records held: 2 MB at most of the usual ones."""
QUIET_START: Final = 3.0
"""Seconds that belong to the first paint, before the file is read: 300 KB of it take 20 ms of CPU."""
LOOK: Final = 1.0
"""Seconds between two looks whether others have written into the file: a stat each, 5 µs."""


class LogRing(logging.Handler):
    """A handler that keeps the latest records. `clean` makes a line fit to be seen."""

    def __init__(self, clean: Callable[[str], str] = visible, path: Path | None = None) -> None:
        super().__init__()
        self.path = path
        """Of the file; None where none is kept."""
        self.revision = 0
        """Grows with each change."""
        self.unseen = 0
        """Warnings and errors since `look`."""
        self.looked = 0
        """Number of the last record there was at `look`."""
        self.trouble = ""
        """Why the file cannot be read."""
        self._clean = clean
        self._formatter = logging.Formatter()
        self._number = 0
        self._former: list[LogRecord] = []
        self._records: deque[LogRecord] = deque(maxlen=SIZE)
        now = datetime.now(UTC)
        self._began = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as the file has it
        self._wanted = asyncio.Event()

    # ---------------------------------------------------------------- what comes in

    def emit(self, record: logging.LogRecord) -> None:
        """Called by `logging`, in whatever thread, under this handler's lock."""
        try:
            text = record.getMessage()
        except (TypeError, ValueError):  # its arguments do not fit: told as it was written
            text = str(record.msg)
        trace: list[str] = []
        if record.exc_info:
            trace = self._formatter.formatException(record.exc_info).split("\n")
        self._keep(
            LogRecord(
                at=datetime.fromtimestamp(record.created, UTC),
                pid=record.process or 0,
                level=level_of(record.levelname.lower()),
                text=self._clean(text),
                trace=tuple(map(self._clean, trace)),
            )
        )

    def _keep(self, record: LogRecord) -> None:
        self._number += 1
        self._records.append(replace(record, number=self._number))
        self.unseen += record.is_grave
        self.revision += 1

    def _take(self, read: Iterable[LogRecord], *, former: bool) -> None:
        """Of the file, without what this process has written into it."""
        ours, since = os.getpid(), self._began
        others = [record for record in read if record.pid != ours or record.at < since]
        if not others:
            return
        self.acquire()
        try:
            if former:
                self._former = [replace(record, number=n - len(others)) for n, record in enumerate(others)]
                self.revision += 1
            else:
                for record in others:
                    self._keep(record)
        finally:
            self.release()

    async def run(self) -> None:
        """Read the end of the file once, then what others write into it, until cancelled."""
        if self.path is None:
            return
        tail, former = LogTail(self.path), True
        await self._wait(QUIET_START)
        while True:
            try:
                if tail.has_changed():
                    self._take(await asyncio.to_thread(tail.read), former=former)
                    former = False
                self.trouble = ""
            except OSError as error:
                self.trouble = error.strerror or str(error)
            await self._wait(LOOK)

    async def _wait(self, seconds: float) -> None:
        self._wanted.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wanted.wait()

    # ---------------------------------------------------------------- what is asked

    def records(self) -> list[LogRecord]:
        """Oldest first. Numbers are theirs for good, those of former runs below zero."""
        self.acquire()
        try:
            kept = [*self._former, *self._records]
        finally:
            self.release()
        # What others write comes up to a second late. Nearly sorted: 0.5 ms for 5,000.
        return sorted(kept, key=lambda record: record.at)

    def want(self) -> None:
        """Somebody looks: read the file now."""
        self._wanted.set()

    def look(self) -> None:
        """All there is has been seen."""
        self.looked, self.unseen = self._number, 0


def start(ring: LogRing, level: str) -> None:
    """Let it hear what the parts say, from `level` up where no log file says otherwise."""
    log = logging.getLogger("tensionwatch")
    if log.level == logging.NOTSET:
        log.setLevel(level.upper())
    for name in HEARD:
        logging.getLogger(name).addHandler(ring)


def stop(ring: LogRing) -> None:
    for name in HEARD:
        logging.getLogger(name).removeHandler(ring)


HEARD: Final = ("tensionwatch", "asyncio")
"""Whose records are kept, as in the file."""
