"""A disk that fails at one chosen call, or loses its power there: it stands between the store and the operating system.

Every call of the store that changes the disk goes through `os` in tensionwatch/store/files.py: creating, writing,
cutting off, fsync, renaming, removing. They are numbered as they come, so that each can be made to fail in its turn.

What a loss of power leaves is worked out from what was made durable: the content of a file as of its last fsync, the
names in a folder as of the folder's.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

from tensionwatch.store import files


class Fault(StrEnum):
    """What happens at the chosen call."""

    NO_ROOM = "ENOSPC"
    BROKEN = "EIO"
    DROPPED = "EIO at an fsync, and what was not durable reads as zeros"
    SHORT = "short write"
    FULL_FOR_LONG = "ENOSPC for the next 25 calls"
    KILLED = "killed before the call"
    KILLED_MIDWAY = "killed in the middle of a write"
    KILLED_AFTER = "killed after the call"
    POWER = "power lost: nothing stays but what was made durable"
    POWER_NAMES = "power lost: names stay, contents only as made durable"
    POWER_TORN = "power lost: names stay, and half of what was written since"


ERRORS = (Fault.NO_ROOM, Fault.BROKEN, Fault.DROPPED, Fault.SHORT, Fault.FULL_FOR_LONG)
POWER = (Fault.POWER, Fault.POWER_NAMES, Fault.POWER_TORN)
_LONG = 25


class Disk:
    """Fails at call number `strike_at`, counted from 0; never where that is negative."""

    def __init__(self, folder: Path, strike_at: int = -1, fault: Fault = Fault.NO_ROOM) -> None:
        self.calls = 0
        self.kinds: list[str] = []
        """Of every call: `write`, `fsync`, …"""
        self._folder = folder
        self._strike_at = strike_at
        self._fault = fault
        self._durable: dict[int, bytes] = {}
        """File (inode) → content as of its last fsync."""
        self._names: dict[str, int] = {}
        """Name → file, as of the folder's last fsync."""
        if folder.is_dir():
            self._remember_names()
            for path in folder.iterdir():
                self._durable[path.stat().st_ino] = path.read_bytes()

    def insert(self) -> None:
        """For the rest of this process."""
        proxy = SimpleNamespace(**vars(os))
        proxy.open = self._open
        proxy.pwrite = self._pwrite
        proxy.ftruncate = lambda fd, length: self._call("truncate", lambda: os.ftruncate(fd, length))
        proxy.fsync = self._fsync
        proxy.replace = lambda path, target: self._call("rename", lambda: os.replace(path, target))  # noqa: PTH105
        proxy.unlink = lambda path: self._call("unlink", lambda: os.unlink(path))  # noqa: PTH108
        files.os = proxy  # type: ignore[attr-defined]

    # -------------------------------------------------------------- the calls

    def _open(self, path: Path, flags: int, *mode: int) -> int:
        if not flags & os.O_CREAT or (path.exists() and not flags & os.O_EXCL):
            return os.open(path, flags, *mode)
        fd = self._call("create", lambda: os.open(path, flags, *mode))
        self._durable[os.fstat(fd).st_ino] = b""
        return fd

    def _pwrite(self, fd: int, data: memoryview, offset: int) -> int:
        half = lambda: os.pwrite(fd, data[: len(data) // 2], offset)  # noqa: E731
        return int(self._call("write", lambda: os.pwrite(fd, data, offset), half))

    def _fsync(self, fd: int) -> None:
        found = Path(f"/proc/self/fd/{fd}").resolve()
        self._call("fsync", lambda: os.fsync(fd), lambda: self._drop(found))
        if found == self._folder.resolve():
            self._remember_names()
        elif found.is_file():
            self._durable[os.fstat(fd).st_ino] = found.read_bytes()

    def _call(self, kind: str, do: Callable[[], Any], half: Callable[[], Any] | None = None) -> Any:
        number = self.calls
        self.calls += 1
        self.kinds.append(kind)
        if self._strike_at < 0 or number < self._strike_at:
            return do()
        if number > self._strike_at:
            if self._fault is Fault.FULL_FOR_LONG and number < self._strike_at + _LONG and kind in ("create", "write"):
                _fail(errno.ENOSPC)
            return do()
        return self._strike(do, half)

    def _strike(self, do: Callable[[], Any], half: Callable[[], Any] | None) -> Any:
        match self._fault:
            case Fault.NO_ROOM | Fault.FULL_FOR_LONG:
                _fail(errno.ENOSPC)
            case Fault.BROKEN:
                _fail(errno.EIO)
            case Fault.DROPPED:
                if half is not None:
                    half()
                _fail(errno.EIO)
            case Fault.SHORT:
                if half is not None:
                    half()
                _fail(errno.ENOSPC)
            case Fault.KILLED_MIDWAY:
                if half is not None:
                    half()
            case Fault.KILLED_AFTER:
                with suppress(OSError):  # that there was nothing to remove
                    do()
            case Fault.POWER | Fault.POWER_NAMES | Fault.POWER_TORN:
                if half is not None:
                    half()
                self._lose_power()
        os.kill(os.getpid(), signal.SIGKILL)
        return None

    # -------------------------------------------------------------- what is lost

    def _drop(self, path: Path) -> None:
        """What was written since the last fsync of the file is gone."""
        if self._fault is Fault.DROPPED and path.is_file():
            durable, size = self._durable[path.stat().st_ino], path.stat().st_size
            with path.open("rb+") as file:
                file.write(durable[:size].ljust(size, b"\0"))

    def _remember_names(self) -> None:
        self._names = {path.name: path.stat().st_ino for path in self._folder.iterdir()}

    def _lose_power(self) -> None:
        if self._fault is Fault.POWER:
            left = {name: self._durable[file] for name, file in self._names.items()}
        else:
            left = {path.name: self._left_of(path) for path in self._folder.iterdir()}
        for path in self._folder.iterdir():
            path.unlink()
        for name, content in left.items():
            (self._folder / name).write_bytes(content)

    def _left_of(self, path: Path) -> bytes:
        durable, now = self._durable[path.stat().st_ino], path.read_bytes()
        if self._fault is Fault.POWER_NAMES or len(now) <= len(durable):
            return durable
        return now[: (len(durable) + len(now)) // 2]


def _fail(number: int) -> NoReturn:
    raise OSError(number, os.strerror(number))


def empty(folder: Path) -> None:
    """Remove all that lies in it."""
    with suppress(FileNotFoundError):
        for path in folder.iterdir():
            path.unlink()
