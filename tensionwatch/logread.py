"""The log file read back: its end, and then what is appended, wherever it has been renamed to.

`parse` is pure; `LogTail.read` is for a thread of its own.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from msgspec.structs import replace

from tensionwatch.model import Record

Level = Literal["debug", "info", "warning", "error"]
LEVELS: Final[tuple[Level, ...]] = ("debug", "info", "warning", "error")

READ_AT_MOST: Final = 300_000
"""Bytes at once: 2,000 to 3,000 records."""

_LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})Z (\d{1,10}) ([a-z]{4,8}) +(.*)", re.DOTALL)
_TRACE: Final = "  | "


class LogRecord(Record, frozen=True, kw_only=True):
    """One thing that happened."""

    at: datetime
    pid: int
    level: Level
    text: str
    trace: tuple[str, ...] = ()
    """The lines of its traceback."""
    number: int = 0
    """In the order in which they were kept."""

    @property
    def is_grave(self) -> bool:
        """A warning, or worse?"""
        return self.level in ("warning", "error")


def level_of(word: str) -> Level:
    """A level of four; what is worse than an error is one, what is none is `info`."""
    if word == "critical":
        return "error"
    return next((level for level in LEVELS if level == word), "info")


def parse(lines: Iterable[str]) -> Iterator[LogRecord]:
    """Records as `logfile.Lines` writes them. Lines before the first are the end of one that was cut: left out."""
    record: LogRecord | None = None
    trace: list[str] = []
    for line in lines:
        if (begun := _begun(line)) is not None:
            if record is not None:
                yield replace(record, trace=tuple(trace))
            record, trace = begun, []
        else:
            trace.append(line.removeprefix(_TRACE))
    if record is not None:
        yield replace(record, trace=tuple(trace))


def _begun(line: str) -> LogRecord | None:
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    try:
        at = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    except ValueError:  # the 31st of February
        return None
    return LogRecord(at=at, pid=int(found[2]), level=level_of(found[3]), text=found[4])


class LogTail:
    """The end of the file at `path`, then what comes after."""

    def __init__(self, path: Path, most: int = READ_AT_MOST) -> None:
        self._path = path
        self._most = most
        self._file: tuple[int, int] | None = None
        """Device and inode of the file that was read last."""
        self._read = 0
        """Bytes of it."""

    def has_changed(self) -> bool:
        """Is there more to read? Raises OSError; where there is no file there is nothing."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return False
        is_same = (found.st_dev, found.st_ino) == self._file and found.st_size == self._read
        return stat.S_ISREG(found.st_mode) and not is_same

    def read(self) -> list[LogRecord]:
        """What has been written since the last time, at first the end of it. Raises OSError."""
        before = self._path.with_name(f"{self._path.name}.1")
        first = self._file is None
        text = b""
        file = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            found = os.fstat(file)
            now = (found.st_dev, found.st_ino)
            if now != self._file:
                text = self._rest_of(before, first=first, missing=self._most - found.st_size)
                self._file, self._read = now, max(0, found.st_size - self._most)
            elif found.st_size < self._read:
                self._read = 0
            start = max(self._read, found.st_size - self._most)
            new = os.pread(file, found.st_size - start, start)
        finally:
            os.close(file)
        whole = new[: new.rfind(b"\n") + 1]  # a line that is being written comes with the next look
        self._read = start + len(whole)
        return list(parse((text + whole).decode("utf-8", "replace").split("\n")[:-1]))

    def _rest_of(self, renamed: Path, *, first: bool, missing: int) -> bytes:
        """Of the file that went before: what was not read of it; at first, as much as this one is too short."""
        try:
            with renamed.open("rb") as file:
                found = os.fstat(file.fileno())
                if first:
                    start = max(0, found.st_size - max(missing, 0))
                elif (found.st_dev, found.st_ino) == self._file:
                    start = max(self._read, found.st_size - self._most)
                else:
                    return b""
                return os.pread(file.fileno(), found.st_size - start, start)
        except FileNotFoundError:
            return b""
