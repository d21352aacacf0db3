"""The journal's file: records are in it when `append` returns, and durable together, by one fsync for many.

    append ─▶ |synced|unsynced|          a reader sees them, and they outlast this process
    sync   ─▶ |synced         |          they outlast the machine's power

An fsync that fails says so once: the kernel may have dropped what it could not write, and the next one succeeds without
it. So what is not yet synced stays in memory too, and is written again before anything else is called kept.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import Lock

from tensionwatch.errors import StoreUnwritable
from tensionwatch.store import files


class Log:
    """A file that grows by whole records. Appended to by one thread, synced by any."""

    def __init__(self, path: Path, end: int) -> None:
        """Open or make it; what lies after `end` bytes is cut off. Raises StoreUnwritable."""
        self._path = path
        self._end = self._synced = end
        self._unsynced: list[bytes] = []
        self._torn = False
        """A part of a record that could not be written whole may lie after `_end`."""
        self._suspect = True
        """What lies after `_synced` is to be written again."""
        self._closed = False
        self._writing = Lock()
        """Held for the fields above and for writes, not while the disk is waited for."""
        self._syncing = Lock()
        """Held by whoever waits for the disk; taken before `_writing`."""
        self._file = files.Writable(path)
        try:
            self.sync()
        except BaseException:
            self._file.close()
            raise

    @property
    def size(self) -> int:
        return self._end

    @property
    def unsynced(self) -> int:
        """How many records are not durable yet."""
        return len(self._unsynced)

    def append(self, record: bytes, *, durable: bool) -> None:
        """Raises StoreUnwritable, and then nothing of the record stays.

        Not durable records raise it too while earlier ones cannot be made durable: more of them would only be lost."""
        if self._suspect:
            self.sync()
        if not durable:
            self._write(record)
            return
        with self._syncing:
            self._write(record)
            try:
                self._sync()
            except StoreUnwritable:
                self._withdraw()
                raise

    def sync(self) -> None:
        """All that was appended before the call is durable on return. Raises StoreUnwritable."""
        with self._syncing:
            self._sync()

    def clear(self) -> None:
        """Start again from nothing. Raises StoreUnwritable."""
        with self._syncing:
            with self._writing:
                self._end = self._synced = 0
                self._unsynced.clear()
                self._suspect = True
            self._sync()

    def close(self) -> None:
        """Raises StoreUnwritable where something could not be made durable; it is closed all the same."""
        with self._syncing:
            if self._closed:
                return
            try:
                with self._writing, files.writing(self._path):
                    self._mend()
                self._sync()
            finally:
                self._closed = True
                self._file.close()

    def _write(self, record: bytes) -> None:
        with self._writing, files.writing(self._path):
            self._mend()
            self._torn = True
            try:
                self._file.write(record, self._end)
            except OSError:
                with suppress(OSError):  # else before the next record, which cannot pass without it
                    self._mend()
                raise
            self._torn = False
            self._end += len(record)
            self._unsynced.append(record)

    def _mend(self) -> None:
        if self._torn:
            self._file.cut(self._end)
            self._torn = False

    def _sync(self) -> None:
        with self._writing:
            if self._closed or not (self._unsynced or self._suspect):
                return
            if self._suspect:
                with files.writing(self._path):  # in this order a kill between the two loses nothing
                    self._file.write(b"".join(self._unsynced), self._synced)
                    self._file.cut(self._end)
            end, count = self._end, len(self._unsynced)
        try:
            with files.writing(self._path):
                self._file.sync()
        except StoreUnwritable:
            self._suspect = True
            raise
        with self._writing:
            self._synced = end
            self._suspect = False
            del self._unsynced[:count]

    def _withdraw(self) -> None:
        """Take the last record back, which could not be made durable and is not to turn up later."""
        with self._writing:
            self._end -= len(self._unsynced.pop())
            self._suspect = True
        with suppress(StoreUnwritable):  # else before the next record, as above
            self._sync()
