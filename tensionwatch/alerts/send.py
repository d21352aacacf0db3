"""Send one message through one channel. Thin shell.

    send(channel, payload) ─┬▶ command: the configured program          ─┐ JSON on stdin, exit code 0: delivered
                            └▶ apprise: our own courier (courier.py)     ─┘ anything else: SendFailed(reason)

A program is started without a shell, in a session of its own: no terminal, and no Ctrl-C of ours reaches it. Its
standard input is an unnamed file that holds the whole message: whether it reads all of it, some or nothing, nobody
waits and no pipe breaks. Of its standard error the last words are kept for the reason; what it prints is dropped. When
its time is up, it and all it has started are killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final, Self

import msgspec

from tensionwatch.alerts.courier import FOR_GOOD, Parcel
from tensionwatch.alerts.records import Channel
from tensionwatch.alerts.wire import Payload, to_line
from tensionwatch.errors import SendFailed
from tensionwatch.redaction import redact
from tensionwatch.sanitise import visible
from tensionwatch.units import format_duration

COURIER: Final = (sys.executable, "-P", "-m", "tensionwatch.alerts.courier")
"""-P: no module of the folder we happen to stand in."""
_LAST_WORDS: Final = 2_000
"""Bytes of stderr that are kept."""
_REASON: Final = 200
"""Characters of them that are told."""
_PIPEFUL: Final = 1 << 16
_READ_EVERY: Final = 0.01
"""Seconds: a program that never stops complaining waits for us, and not the screen for it."""


async def send(channel: Channel, payload: Payload) -> None:
    """Return once it is delivered. Raises SendFailed, after `channel.timeout` seconds at the latest.

    Cancelled, it kills what it has started."""
    if channel.command:
        line = await asyncio.to_thread(to_line, payload)  # of a thousand alerts 18 ms
        await _run(channel.command, line, channel.timeout)
        return
    parcel = msgspec.json.encode(Parcel(url=channel.url or "", title=payload.title, text=payload.text))
    await _run(COURIER, parcel, channel.timeout, ours=True)


async def _run(command: Sequence[str], stdin: bytes, timeout: float, *, ours: bool = False) -> None:
    name = "the courier to apprise" if ours else f"'{visible(Path(command[0]).name)}'"
    try:
        with TemporaryFile() as file, _LastWords() as words:
            file.write(stdin)
            file.seek(0)
            process = await asyncio.create_subprocess_exec(
                *command, stdin=file, stdout=asyncio.subprocess.DEVNULL, stderr=words.writer, start_new_session=True
            )
            words.close_writer()
            code = await _ended(process, timeout)
    except OSError as error:
        raise SendFailed(f"{name} cannot be started: {error.strerror or error}") from None
    except ValueError as error:  # a NUL in an argument
        raise SendFailed(f"{name} cannot be started: {error}", for_good=True) from None
    if code is None:
        raise SendFailed(f"{name} took longer than {format_duration(timeout)} and was ended", unsure=True)
    if code != 0:
        told = redact(words.text, () if ours else _may_be_secret(command))[-_REASON:]
        how = f"was ended by {_signal_name(-code)}" if code < 0 else f"ended with {code}"
        reason = told if told and ours else f"{name} {how}{': ' if told else ''}{told}"
        raise SendFailed(reason, for_good=ours and code == FOR_GOOD)


async def _ended(process: asyncio.subprocess.Process, timeout: float) -> int | None:
    """Its exit code; None where it had to be ended."""
    try:
        async with asyncio.timeout(timeout):
            return await process.wait()
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it has ended by itself this moment
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"


def _may_be_secret(command: Sequence[str]) -> Iterator[str]:
    """Arguments that a program may quote and that nobody else should read: not paths, nor names of options."""
    for argument in command[1:]:
        value = argument.partition("=")[2] if argument.startswith("-") else argument
        if value and os.sep not in value:
            yield value


class _LastWords:
    """A pipe for a program's standard error, of which the end is kept."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._reader, self.writer = os.pipe()
        self._loop = asyncio.get_running_loop()
        self._again: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        os.set_blocking(self._reader, False)
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        self.close_writer()
        self._loop.remove_reader(self._reader)
        if self._again is not None:
            self._again.cancel()
        self._read()  # what it said last; whoever it has left behind and goes on talking is not waited for
        os.close(self._reader)

    def close_writer(self) -> None:
        """Once the program has it."""
        if self.writer >= 0:
            os.close(self.writer)
            self.writer = -1

    @property
    def text(self) -> str:
        """In one line."""
        return visible(" ".join(bytes(self._kept).decode("utf-8", "replace").split()))

    def _listen(self) -> None:
        self._again = None
        self._loop.add_reader(self._reader, self._readable)

    def _readable(self) -> None:
        self._loop.remove_reader(self._reader)
        if self._read():
            self._again = self._loop.call_later(_READ_EVERY, self._listen)

    def _read(self) -> bool:
        """False at the end."""
        try:
            piece = os.read(self._reader, _PIPEFUL)
        except BlockingIOError:
            return True
        self._kept += piece
        del self._kept[:-_LAST_WORDS]
        return bool(piece)
