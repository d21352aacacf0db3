"""Limits of the processes that read what comes from outside: no body may take the machine with it.

    main ──settle──▶ no core dump          body ──Memory.limited──▶ read, or the process ends with OUT_OF_MEMORY

A body may make the process grow by BUDGET while it is read, whatever the process held before: bodies of other feeds
under way, rules, stacks. Measured: 40 entries take 1 MB, the 2,000 that are kept of a long feed 35 MB, the rules' gate,
made at the first text, 67 MB; 70,000 entries in 10 MB took 320 MB before there was a cap on them.

Time needs no limit here: the alarm that ends a body's reading (`worker`) counts the wall's seconds, and the one thread
that reads cannot use more of the processor's. A cumulative RLIMIT_CPU would end a process that runs for weeks.

Linux enforces RLIMIT_DATA on all private memory, and an allocation that fails is a MemoryError in Python and an abort
in Rust or C++. macOS enforces neither that nor RLIMIT_AS: there a thread looks at the peak of resident memory ten times
a second, which a body that grows fast outruns for that long, and which a C loop that never lets go of the interpreter
can starve. It then has the alarm alone.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final, NoReturn

BUDGET: Final = 300_000_000
"""Bytes that reading one body may take."""
OUT_OF_MEMORY: Final = 77
"""Exit code of a process whose body wanted more. Its end is safer than going on: what failed may be half done."""
_LOOK_EVERY: Final = 0.1
"""Seconds between two looks where the kernel does not enforce limits."""
_ABORTED: Final = (b"memory allocation of", b"bad_alloc", b"MemoryError")
"""What Rust, C++ and Python say on stderr at their end for want of memory."""
_Undo = Callable[[], None]


def settle() -> BinaryIO:
    """What such a process does first. Gives the way to its parent, which is stdout no more: a stray print must not land
    in an answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends us, even where a C loop never returns to Python
    # No core dump: it would write all that feeds sent, and the user's passwords, to the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return out


def want_of_memory(code: int, last_words: bytes) -> bool:
    """Did a process that ended with this return code and these words on stderr want more than it may have?"""
    return code == OUT_OF_MEMORY or (code < 0 and any(sign in last_words for sign in _ABORTED))


def words() -> str:
    """`more than 300 MB of memory`."""
    return f"more than {BUDGET // 1_000_000} MB of memory"


class Memory:
    """The limit on reading one body. One at a time, in one thread."""

    def __init__(self, budget: int = BUDGET, *, enforced: bool = sys.platform == "linux") -> None:
        """`enforced`: the kernel does it; else a thread looks on."""
        self._budget = budget
        self._enforced = enforced
        self._most: float | None = None
        """Bytes of resident memory at which the thread ends the process, while a body is read."""
        self._looker: threading.Thread | None = None
        self._sizes = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC) if enforced else -1
        """Kept open for the life of the process: opening it each time is two thirds of what a limit costs, 30 µs."""

    @contextmanager
    def limited(self) -> Iterator[None]:
        """What is done here ends the process if it wants more than the budget."""
        undo = self._limit() if self._enforced else self._look()
        try:
            yield
        except MemoryError:
            _end()
        finally:
            undo()

    def _limit(self) -> _Undo:
        before = resource.getrlimit(resource.RLIMIT_DATA)
        most = min([self._data_now() + self._budget, *(limit for limit in before if limit != resource.RLIM_INFINITY)])
        resource.setrlimit(resource.RLIMIT_DATA, (most, before[1]))
        return lambda: resource.setrlimit(resource.RLIMIT_DATA, before)

    def _data_now(self) -> int:
        """Bytes of private memory, nearly as RLIMIT_DATA counts them (it leaves the main stack out, 8 MB at most)."""
        return int(os.pread(self._sizes, 200, 0).split()[5]) * resource.getpagesize()

    def _look(self) -> _Undo:
        if self._looker is None:
            self._looker = threading.Thread(target=self._watch, daemon=True)
            self._looker.start()
        self._most = _peak() + self._budget
        return self._stop_looking

    def _stop_looking(self) -> None:
        self._most = None

    def _watch(self) -> None:
        while True:
            time.sleep(_LOOK_EVERY)
            most = self._most
            if most is not None and _peak() > most:
                _end()


def _end() -> NoReturn:
    os._exit(OUT_OF_MEMORY)  # at once: nothing here may ask for memory


def _peak() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
