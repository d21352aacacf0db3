"""What the store asks of the disk: whole writes, things that are there when a call returns, and one writer.

Every error of the disk leaves here as StoreUnwritable (StoreError when reading), with the path and the reason.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO

from tensionwatch.errors import StoreError, StoreLocked, StoreUnwritable

_FILE_MODE = 0o600
_FOLDER_MODE = 0o700


@contextmanager
def writing(path: Path) -> Generator[None]:
    """Errors of the disk in the block become StoreUnwritable."""
    try:
        yield
    except OSError as error:
        raise StoreUnwritable(f"{path}: cannot be written: {error.strerror or error}") from error


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter; one that is there stays as it is."""
    with writing(folder):
        if not folder.is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
            _sync_folder(folder.parent)


def read_bytes(path: Path) -> bytes:
    """The file's content; nothing where there is no file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror or error}") from error


def identity(path: Path) -> tuple[int, int, int] | None:
    """Differs once the file has been replaced; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror or error}") from error
    return found.st_ino, found.st_mtime_ns, found.st_size


def write_beside(path: Path, pieces: Iterable[bytes]) -> Path:
    """Write what is to replace `path`, next to it; nothing stays where it raises."""
    fresh = _beside(path)
    with writing(path):
        try:
            _write_new(fresh, pieces, os.O_TRUNC)
        except OSError:
            with suppress(OSError):  # the error that is under way says more than one of tidying up
                fresh.unlink(missing_ok=True)
            raise
    return fresh


def put_in_place(fresh: Path, path: Path) -> None:
    """Replace `path`: after a crash there is the old file or the fresh one, whole. Durable on return."""
    with writing(path):
        fresh.replace(path)
        _sync_folder(path.parent)


def discard_unfinished(path: Path) -> None:
    """Remove what a crash before `put_in_place` has left."""
    with writing(path):
        _beside(path).unlink(missing_ok=True)


def set_aside(path: Path, content: bytes, now: datetime) -> Path:
    """Keep bytes in a file of their own beside `path`: `journal.log` → `journal.damaged-20260217T101500Z`."""
    stamp = f"{path.stem}.damaged-{now:%Y%m%dT%H%M%SZ}"
    aside = path.with_name(stamp)
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{stamp}-{number}")
    with writing(aside):
        _write_new(aside, [content], os.O_EXCL)
        _sync_folder(aside.parent)
    return aside


@contextmanager
def new_file(path: Path) -> Generator[IO[bytes]]:
    """A file that only its owner may read, to be written from its beginning; on disk when the block ends. Raises
    OSError."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, _FILE_MODE)
    with open(fd, "wb") as file:  # noqa: PTH123 # of a descriptor
        yield file
        file.flush()
        _sync(fd)


def copy_aside(folder: Path, names: Iterable[str], name: str) -> Path:
    """Copy files of a folder, those that are there, into a new one within it: all of them, or no such folder."""
    aside, unfinished = folder / name, folder / f"{name}.new"
    with writing(aside):
        shutil.rmtree(unfinished, ignore_errors=True)  # of a crash; where it stays, the next line says why
        unfinished.mkdir(mode=_FOLDER_MODE)
        for each in names:
            if (folder / each).exists():
                _write_new(unfinished / each, [(folder / each).read_bytes()], os.O_EXCL)
        _sync_folder(unfinished)
        unfinished.replace(aside)
        _sync_folder(folder)
    return aside


class AppendOnly:
    """A file that grows by whole records. Raises StoreUnwritable from every method but `close`."""

    def __init__(self, path: Path, end: int) -> None:
        """Open or make it; what lies after `end` bytes is cut off."""
        self._path = path
        self._end = end
        self._torn = True
        with writing(path):
            is_new = not path.exists()
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE)
        try:
            with writing(path):
                self._mend()
                if is_new:
                    _sync_folder(path.parent)
        except BaseException:
            self.close()
            raise

    @property
    def size(self) -> int:
        return self._end

    def append(self, record: bytes) -> None:
        """Durable on return; where it raises, nothing of the record stays."""
        with writing(self._path):
            self._mend()
            self._torn = True
            try:
                _write_all(self._fd, record, self._end)
                _sync(self._fd)
            except OSError:
                with suppress(OSError):  # else at the next append, which cannot pass without it
                    self._mend()
                raise
            self._end += len(record)
            self._torn = False

    def clear(self) -> None:
        """Start again from nothing."""
        self._end = 0
        self._torn = True
        with writing(self._path):
            self._mend()

    def close(self) -> None:
        os.close(self._fd)

    def _mend(self) -> None:
        if self._torn:
            os.ftruncate(self._fd, self._end)
            _sync(self._fd)
            self._torn = False


class Lock:
    """The right to write, held until closed or until the process ends. Raises StoreLocked with the holder's pid."""

    def __init__(self, path: Path) -> None:
        with writing(path):
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE)
        try:
            with writing(path):
                self._take(path)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        os.close(self._fd)

    def _take(self, path: Path) -> None:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            said = os.pread(self._fd, 20, 0).strip()
            raise StoreLocked(str(path.parent), int(said) if said.isdigit() else None) from None
        pid = b"%d\n" % os.getpid()
        _write_all(self._fd, pid, 0)
        os.ftruncate(self._fd, len(pid))


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _write_new(path: Path, pieces: Iterable[bytes], flag: int) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | flag, _FILE_MODE)
    try:
        end = 0
        for piece in pieces:
            _write_all(fd, piece, end)
            end += len(piece)
        _sync(fd)
    finally:
        os.close(fd)


def _write_all(fd: int, data: bytes, offset: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(fd, rest, offset)
        rest, offset = rest[written:], offset + written


def _sync(fd: int) -> None:
    if sys.platform == "darwin":
        fcntl.fcntl(fd, fcntl.F_FULLFSYNC)  # its fsync leaves the data in the drive's cache
    else:
        os.fsync(fd)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _sync(fd)
    finally:
        os.close(fd)
