"""The two threads beside the loop's: one waits for the disk, the other for the process that compacts."""

from __future__ import annotations

from collections.abc import Callable, Generator
from threading import Event, Thread
from time import monotonic

from tensionwatch.errors import StoreError, StoreUnwritable
from tensionwatch.store.fold import Folding

GROUP = 0.5
"""Seconds that the first commit of a group waits for others. With the slowest fsync seen (16 ms on the machine this was
made on, 4 ms at the median) all are durable within a second."""
AGAIN = 60.0
"""Seconds until a compaction that failed is tried again."""


class Syncer:
    """Makes what is appended durable, soon."""

    def __init__(self, sync: Callable[[], None]) -> None:
        """`sync` raises StoreUnwritable; it is then called again until it does not."""
        self._sync = sync
        self._wanted = Event()
        self._stopping = Event()
        self._thread: Thread | None = None
        self.trouble = ""
        """Why the last sync failed; empty when it did not."""

    def wake(self) -> None:
        """Something was appended."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="store-sync", daemon=True)
            self._thread.start()
        self._wanted.set()

    def stop(self) -> None:
        """What is not synced then is left to the caller."""
        self._stopping.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while self._wanted.wait() and not self._stopping.wait(GROUP):
            self._wanted.clear()
            if self._stopping.is_set():
                return  # `stop` came between, and its wake has just been cleared
            try:
                self._sync()
                self.trouble = ""
            except StoreUnwritable as error:  # the next commit meets it too, and the user hears of it there
                self.trouble = str(error)
                self._wanted.set()


class Compactor:
    """Runs one compaction at a time, and tells why one failed."""

    def __init__(
        self,
        steps: Callable[[Folding], Generator[None]],
        folding: Callable[[], Folding],
        failed: Callable[[StoreError], None],
    ) -> None:
        self._steps = steps
        self._folding = folding
        self._failed = failed
        self._stopping = False
        self._thread: Thread | None = None
        self._under_way: Folding | None = None
        self._not_before = 0.0

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Unless one is under way, or has just failed."""
        if self.running or monotonic() < self._not_before:
            return
        self._stopping = False
        self._thread = Thread(target=self._run, name="store-compaction", daemon=True)
        self._thread.start()

    def stop(self, patience: float = 0.0) -> None:
        """Let it come to its end, for so many seconds, or else break it off between two steps."""
        if self._thread is None:
            return
        self._thread.join(patience)
        self._stopping = True
        if self._under_way is not None:
            self._under_way.stop()
        self._thread.join()

    def _run(self) -> None:
        self._under_way = folding = self._folding()
        try:
            for _ in self._steps(folding):
                if self._stopping:
                    return
        except StoreError as error:
            self._not_before = monotonic() + AGAIN
            if not self._stopping:
                self._failed(error)
