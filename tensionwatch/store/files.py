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
from time import sleep
from typing import IO, NamedTuple, TypeAlias

from tensionwatch.errors import StoreError, StoreLocked, StoreUnwritable

_FILE_MODE = 0o600
_FOLDER_MODE = 0o700

Identity: TypeAlias = tuple[int, int, int]
"""A file's inode, nanoseconds of its last change, bytes."""

_GENTLE = 4 << 20
"""Bytes that are written between two waits for the disk."""

_READ = 1 << 20
"""Bytes read at once."""
_LOOKS, _LOOK = 3, 0.02
"""Times, seconds between them: somebody may only be looking whether a lock is held (`holder`)."""


@contextmanager
def writing(path: Path) -> Generator[None]:
    """Errors of the disk in the block become StoreUnwritable."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreUnwritable(f"{path}: cannot be written: {reason}", reason) from error


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


def identity(path: Path) -> Identity | None:
    """Differs once the file has been replaced; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror or error}") from error
    return found.st_ino, found.st_mtime_ns, found.st_size


def exists(path: Path) -> bool:
    """Is it there? Raises StoreError where that cannot be known."""
    return identity(path) is not None


@contextmanager
def new_beside(path: Path) -> Generator[tuple[Path, int]]:
    """A new file for what is to replace `path`, and its descriptor; it does not stay where the block raises.

    Never one that was there: a compaction whose writer was killed may still be writing that."""
    fresh = _beside(path)
    with writing(fresh):
        _unlink(fresh)
        fd = _create(fresh)
    try:
        yield fresh, fd
    except BaseException:
        with suppress(OSError):  # the error that is under way says more than one of tidying up
            _unlink(fresh)
        raise
    finally:
        os.close(fd)


def write_beside(path: Path, pieces: Iterable[bytes]) -> Path:
    """Write what is to replace `path`, next to it; nothing stays where it raises."""
    with new_beside(path) as (fresh, fd), writing(fresh):
        write_out(fd, pieces)
    return fresh


def write_out(fd: int, pieces: Iterable[bytes], *, gently: bool = False) -> None:
    """Fill a new file. Durable on return; raises OSError.

    `gently` waits for the disk every few megabytes: another file's fsync, which must wait for what lies before it in
    the disk's queue, then waits for these alone."""
    end = waiting = 0
    for piece in pieces:
        _write_all(fd, piece, end)
        end, waiting = end + len(piece), waiting + len(piece)
        if gently and waiting >= _GENTLE:
            _sync(fd)
            waiting = 0
    _sync(fd)


def put_in_place(fresh: Path, path: Path) -> None:
    """Replace `path`: after a crash there is the old file or the fresh one, whole. Durable on return."""
    with writing(path):
        os.replace(fresh, path)  # noqa: PTH105  # every change of the disk goes through `os` here, see bench/torture.py
        _sync_folder(path.parent)


def rename(path: Path, target: Path) -> None:
    """Give a file another name. Durable with `make_durable`."""
    with writing(path):
        os.replace(path, target)  # noqa: PTH105  # as above


def discard(path: Path) -> None:
    """Remove the file, if it is there; a crash may bring it back."""
    with writing(path):
        _unlink(path)


def discard_unfinished(path: Path) -> None:
    """Remove what a crash before `put_in_place` has left."""
    discard(_beside(path))


def make_durable(folder: Path) -> None:
    """What was made, moved and removed in the folder stays so."""
    with writing(folder):
        _sync_folder(folder)


def set_aside(path: Path, content: bytes, now: datetime) -> Path:
    """Keep bytes in a file of their own beside `path`: `journal.log` → `journal.damaged-20260217T101500Z`."""
    stamp = f"{path.stem}.damaged-{now:%Y%m%dT%H%M%SZ}"
    aside = path.with_name(stamp)
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{stamp}-{number}")
    with writing(aside):
        _write_new(aside, [content])
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
                _write_new(unfinished / each, [(folder / each).read_bytes()])
        _sync_folder(unfinished)
        unfinished.replace(aside)
        _sync_folder(folder)
    return aside


class Writable:
    """A file open to be written at any place; made where there is none, which is durable on return.

    Opening raises StoreUnwritable. The methods raise OSError as it comes: what is to be mended then, their caller
    knows."""

    def __init__(self, path: Path) -> None:
        with writing(path):
            is_new = not path.exists()
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE)
        try:
            if is_new:
                make_durable(path.parent)
        except BaseException:
            self.close()
            raise

    def write(self, data: bytes, at: int) -> None:
        _write_all(self._fd, data, at)

    def cut(self, end: int) -> None:
        """Take away what lies after `end` bytes."""
        os.ftruncate(self._fd, end)

    def sync(self) -> None:
        _sync(self._fd)

    def close(self) -> None:
        os.close(self._fd)


class Readable:
    """A file or folder that was opened to be read, whatever becomes of its name. Raises StoreError.

    `size`: bytes when it was opened."""

    def __init__(self, path: Path, fd: int) -> None:
        self._path = path
        self._fd = fd
        try:
            with _reading(path):
                found = os.fstat(fd)
        except BaseException:
            self.close()
            raise
        self.inode, self.size = found.st_ino, found.st_size

    def first(self, count: int) -> bytes:
        """So many bytes from its beginning, as far as it has them."""
        with _reading(self._path):
            return os.pread(self._fd, count, 0)

    def rest(self, start: int) -> bytes:
        """What lies from there to its end."""
        with _reading(self._path):
            pieces = [piece := os.pread(self._fd, _READ, start)]
            while piece:
                start += len(piece)
                pieces.append(piece := os.pread(self._fd, _READ, start))
        return b"".join(pieces)

    def close(self) -> None:
        os.close(self._fd)


@contextmanager
def _reading(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror or error}") from error


def open_to_read(path: Path) -> Readable | None:
    """None where it is not there. Raises StoreError."""
    fd = _open_to_read(path)
    return None if fd is None else Readable(path, fd)


def _open_to_read(path: Path) -> int | None:
    with _reading(path), suppress(FileNotFoundError):
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    return None


class Holder(NamedTuple):
    """Who has a lock."""

    pid: int | None
    """None where that is not known."""


def holder(path: Path) -> Holder | None:
    """None where nobody has it. Raises StoreError."""
    if (fd := _open_to_read(path)) is None:
        return None
    try:
        with _reading(path):
            said = os.pread(fd, 20, 0).strip()
            try:
                fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)  # for some microseconds, which `Lock` waits for
            except BlockingIOError:
                return Holder(int(said) if said.isdigit() else None)
        return None
    finally:
        os.close(fd)


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
        for left in reversed(range(_LOOKS)):
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not left:
                    said = os.pread(self._fd, 20, 0).strip()
                    raise StoreLocked(str(path.parent), int(said) if said.isdigit() else None) from None
                sleep(_LOOK)
        pid = b"%d\n" % os.getpid()
        _write_all(self._fd, pid, 0)
        os.ftruncate(self._fd, len(pid))


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)


def _write_new(path: Path, pieces: Iterable[bytes]) -> None:
    fd = _create(path)
    try:
        write_out(fd, pieces)
    finally:
        os.close(fd)


def _unlink(path: Path) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108  # as in `put_in_place`


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
