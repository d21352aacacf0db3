"""A program on a pty of its own, as a user's terminal has it: what it draws, when, and what CPU time it takes."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from queue import Empty, Queue
from time import monotonic
from types import TracebackType
from typing import NamedTuple, Self

SIZE = (40, 120)
"""Lines and columns."""
FRAME_ENDS = 0.008
"""Seconds without output after which a frame is whole."""
LIMIT = 60.0
"""Seconds to wait for anything."""
ENDS_IN = 10.0
"""Seconds that it has to end once it is told to."""
_TICKS = os.sysconf("SC_CLK_TCK")
_SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>78cDEHM])")


class Frame(NamedTuple):
    first: float
    last: float
    """When its first and its last byte came, on the monotonic clock."""
    text: str
    """Without escape sequences."""


class Terminal:
    """Starts the program at once. A thread reads all that it draws, so that it never waits for us."""

    def __init__(
        self,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        *,
        size: tuple[int, int] = SIZE,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self._end, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        shown_as = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
        self.begun = monotonic()
        self._process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env={**environment, **shown_as},
            start_new_session=True, pass_fds=pass_fds,
        )  # fmt: skip
        os.close(theirs)
        self._chunks: Queue[tuple[float, bytes]] = Queue()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it in order, and by force if it stays."""
        self.signal(signal.SIGTERM)
        # Reading ends when no process has the terminal any more: what it has started may outlive it.
        self._reading.join(ENDS_IN)
        if self._reading.is_alive():
            os.killpg(self._process.pid, signal.SIGKILL)
            self._reading.join()
        self._process.wait()
        os.close(self._end)

    def _read(self) -> None:
        try:
            while chunk := os.read(self._end, 65_536):
                self._chunks.put((monotonic(), chunk))
        except OSError:
            return  # the program has ended

    def signal(self, number: signal.Signals) -> None:
        """Send it to the program that was started, and to none that it has started."""
        self._process.send_signal(number)

    def exit_code(self, limit: float = LIMIT) -> int:
        """Once it has ended. Raises subprocess.TimeoutExpired where it does not."""
        return self._process.wait(limit)

    def press(self, key: str) -> float:
        """Gives the time at which it was pressed."""
        at = monotonic()
        os.write(self._end, key.encode())
        return at

    def frame(self, limit: float = LIMIT) -> Frame:
        """The next one. Raises TimeoutError where none begins within the limit."""
        try:
            first, chunk = self._chunks.get(timeout=limit)
        except Empty:
            raise TimeoutError(f"nothing was drawn in {limit:g} s; the exit code is {self._process.poll()}") from None
        last = first
        try:
            while True:
                last, more = self._chunks.get(timeout=FRAME_ENDS)
                chunk += more
        except Empty:
            return Frame(first, last, _SEQUENCE.sub(b"", chunk).decode("utf-8", "replace"))

    def until(self, pattern: str, limit: float = LIMIT) -> Frame:
        """The frame with which all that was drawn since the call matches; its text is all of that."""
        drawn = ""
        deadline = monotonic() + limit
        while True:
            frame = self.frame(max(0.001, deadline - monotonic()))
            drawn += frame.text
            if re.search(pattern, drawn):
                return frame._replace(text=drawn)

    def silence(self, seconds: float) -> None:
        """Drop what is drawn until for so long nothing is."""
        deadline = monotonic() + LIMIT
        while monotonic() < deadline:
            try:
                self.frame(seconds)
            except TimeoutError:
                return
        raise TimeoutError(f"it drew all the time for {LIMIT:g} s")

    def rest(self, limit: float) -> tuple[bytes, int]:
        """All bytes that it draws until it ends by itself, and its exit code. Raises subprocess.TimeoutExpired."""
        code = self._process.wait(limit)
        self._reading.join(ENDS_IN)
        chunks = []
        while not self._chunks.empty():
            chunks.append(self._chunks.get()[1])
        return b"".join(chunks), code

    @property
    def pid(self) -> int:
        return self._process.pid

    def cpu(self) -> float:
        """CPU seconds so far of all its processes that live, and of those they have waited for."""
        return sum(seconds for session, seconds in _processes() if session == self._process.pid)


def _processes() -> list[tuple[int, float]]:
    """Session and CPU seconds of each that there is."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text("utf-8", "replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended
        found.append((int(fields[3]), sum(map(int, fields[11:15])) / _TICKS))
    return found
