"""The log file: one line for each thing that happened, for the owner alone, never a secret, three files of 1 MB.

    2026-11-25T14:05:12.480Z 4711 info    poll korea-times: ok, 12 of 40 new, 182 ms
    2026-11-25T14:05:13.002Z 4711 error   a fault in this program
      | Traceback (most recent call last): …

What it is told comes in part from outside: it is sanitised, and lines of a traceback are marked, so that no text can
pass for a line of ours. A log that cannot be written stops nothing: that is told once. Several processes may write into
it, each line whole; whoever finds the file renamed by another goes on in the new one.
"""

from __future__ import annotations

import logging
import os
import stat
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

from tensionwatch.logbook import LOG
from tensionwatch.redaction import redact
from tensionwatch.sanitise import visible

MAX_BYTES: Final = 1_000_000
FILES: Final = 3
"""In all: tensionwatch.log, .1 and .2."""


def cleaner(secrets: Iterable[str]) -> Callable[[str], str]:
    """What makes a line fit to be kept and seen: sanitised, without these secrets."""
    visible_secrets = frozenset(map(visible, secrets))
    # Sanitised first: what is no text must not hide a secret by standing in the middle of it.
    return lambda text: redact(visible(text), visible_secrets)


class Lines(logging.Formatter):
    """One line a record; those of a traceback follow, marked."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._clean = cleaner(secrets)

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        level = record.levelname.lower()
        text = self._clean(record.getMessage())
        line = f"{at.removesuffix('+00:00')}Z {record.process} {level:<7} {text}"
        if record.exc_info:
            traceback = self.formatException(record.exc_info)
            line = "\n".join([line, *(f"  | {self._clean(part)}" for part in traceback.split("\n"))])
        return line


class LogFile(RotatingFileHandler):
    """The file under `path`, made when first written to. `tell` hears, once, that it cannot be written."""

    def __init__(self, path: Path, secrets: Iterable[str], tell: Callable[[str], None]) -> None:
        super().__init__(
            path, maxBytes=MAX_BYTES, backupCount=FILES - 1, encoding="utf-8", errors="backslashreplace", delay=True
        )
        self.setFormatter(Lines(secrets))
        self.tell = tell
        self._is_told = False
        self._path = path

    def _open(self) -> TextIOWrapper:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Not to wait for the reader of a FIFO.
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
        found = os.fstat(file)
        if stat.S_ISREG(found.st_mode) and found.st_mode & 0o077:
            os.fchmod(file, 0o600)
        return os.fdopen(file, "a", encoding=self.encoding, errors=self.errors)

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: ARG002  # as logging has it
        """Is the file full? Another process may have renamed it: then we go on in the new one."""
        if self.stream is None:  # until the first record
            self.stream = self._open()
        ours = os.fstat(self.stream.fileno())
        try:
            there = self._path.stat()
        except FileNotFoundError:
            there = None
        if there is None or (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino):
            former, self.stream = self.stream, self._open()
            former.close()
            ours = os.fstat(self.stream.fileno())
        return stat.S_ISREG(ours.st_mode) and ours.st_size >= self.maxBytes

    def close(self) -> None:
        try:
            super().close()
        except OSError:  # what could not be written is written once more
            self._tell_once()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002  # as logging has it
        """Logging would print a traceback over the screen for each line."""
        self._tell_once()

    def _tell_once(self) -> None:
        error = sys.exception()
        if self._is_told:
            return
        self._is_told = True
        why = error.strerror or error if isinstance(error, OSError) else repr(error)
        self.tell(f"the log cannot be written: {self._path}: {why}")


def start(path: Path, level: str, secrets: Iterable[str], tell: Callable[[str], None]) -> LogFile:
    """Keep what the parts say from now on, from `level` (`debug`, `info`, `warning`, `error`) up, and what asyncio
    says went wrong."""
    stop()
    file = LogFile(path, secrets, tell)
    LOG.setLevel(level.upper())
    LOG.addHandler(file)
    logging.getLogger("asyncio").addHandler(file)  # it would write its tracebacks over the screen
    return file


def stop() -> None:
    """Close the log file, if one has been started."""
    for file in [handler for handler in LOG.handlers if isinstance(handler, LogFile)]:
        LOG.removeHandler(file)
        logging.getLogger("asyncio").removeHandler(file)
        file.close()
    LOG.setLevel(logging.NOTSET)
