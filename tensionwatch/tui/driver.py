"""The terminal, which may vanish: its window is closed, the connection breaks.

As a rule that comes with a SIGHUP. Without one (under nohup, or with another process as the head of the session)
Textual's thread that writes dies of the first EIO, after which the loop waits for ever for a place in its queue, and
the one that reads takes the end of the input for nothing typed: it asks again at once, with 60 % of a core.
"""

from __future__ import annotations

import os
import select
from typing import IO, Any, Final, cast

from textual.drivers.linux_driver import LinuxDriver

_GONE: Final = select.POLLHUP | select.POLLERR | select.POLLNVAL


class TerminalDriver(LinuxDriver):
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._file = _Screen(cast("IO[str]", self._file))  # type: ignore[assignment]  # it has all that Textual asks for

    def _sigcont_application(self, *_: object) -> None:
        """A SIGSTOP goes unheard, and whoever had the terminal meanwhile has left it otherwise. It is taken anew then:
        Textual would take it a second time, read keys in two threads and wait at the end for one that never ends."""
        if self._auto_restart and self._writer_thread is not None and self._writer_thread.is_alive():
            self.suspend_application_mode()
            self._must_signal_resume = True
        if self._must_signal_resume:
            super()._sigcont_application()

    @property
    def is_gone(self) -> bool:
        """Is there no terminal any more to read from?"""
        looked = select.poll()
        looked.register(self.fileno, 0)
        return any(state & _GONE for _, state in looked.poll(0))


class _Screen:
    """Where the screen is painted to. Once that is gone it takes all and keeps nothing, as does the descriptor: what
    is written there at the end of the program would fail, and change its exit code."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        try:
            self._file.write(text)
        except OSError:
            self._leave()

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError:
            self._leave()

    def fileno(self) -> int:
        return self._file.fileno()

    def _leave(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._file.fileno())
        os.close(nowhere)
