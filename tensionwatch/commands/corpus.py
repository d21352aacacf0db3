"""The lines of an archive, read and classified on all cores.

file ─blocks of whole lines▶ workers (sanitise, classify) ─msgpack▶ items, in order

A block goes to a worker as it is and is cut into lines there: one long string is quicker to send than 500 short ones.
"""

from __future__ import annotations

import gc
import gzip
import multiprocessing
import os
import signal
import threading
import time
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import msgspec
from msgspec.structs import replace

from tensionwatch import archive
from tensionwatch.archive import Bad, Item
from tensionwatch.errors import TensionwatchError
from tensionwatch.feeds.rulebook import Rulebook

BLOCK = 1 << 19
"""Bytes, about, that a worker takes at once: some 600 entries."""
MAX_LINE = 1 << 20
"""Bytes; a longer line is no entry."""


class BadArchive(TensionwatchError):
    """The archive, or where the result is to go, cannot be used."""

    exit_code = 2


class WorkersDied(TensionwatchError):
    """A process that classifies has ended unasked."""


class Corpus:
    """The lines of an archive, in blocks."""

    def __init__(self, raw: IO[bytes], size: int) -> None:
        self._raw = raw
        self._size = size
        self.lines = 0
        self._fault = ""

    @property
    def cut(self) -> str:
        """Why it could be read no further; empty when it ends as it should."""
        return f"it can be read no further than line {self.lines:,}: {self._fault}" if self._fault else ""

    @property
    def share(self) -> float:
        """How much of the file has been read."""
        return min(1.0, self._raw.tell() / self._size) if self._size else 1.0

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """Number of the first line, from 1, and whole lines, the last without its end."""
        parts: list[bytes] = []
        for data in self._read():
            parts.append(data)
            if sum(map(len, parts)) >= BLOCK:
                lines, ended, rest = b"".join(parts).rpartition(b"\n")
                if ended:
                    yield self._numbered(lines), lines
                parts = [rest[:MAX_LINE]]  # of a line without end no more than tells that it is too long
        lines, ended, rest = b"".join(parts).rpartition(b"\n")
        if rest and not self._fault:
            lines, ended = lines + ended + rest, b"\n"
        if ended:
            yield self._numbered(lines), lines

    def _numbered(self, lines: bytes) -> int:
        first = self.lines + 1
        self.lines += lines.count(b"\n") + 1
        return first

    def _read(self) -> Iterator[bytes]:
        packed = self._raw.read(2) == b"\x1f\x8b"
        self._raw.seek(0)
        opened: Any = gzip.GzipFile(fileobj=self._raw) if packed else self._raw
        try:
            while data := opened.read1(BLOCK):  # as much as there is: what comes before a fault is not lost
                yield data
        except (EOFError, OSError, zlib.error) as error:
            self._fault = str(error)


@contextmanager
def opened(path: Path) -> Iterator[Corpus]:
    try:
        raw = path.expanduser().open("rb")
        size = os.fstat(raw.fileno()).st_size
    except (OSError, ValueError) as error:
        raise BadArchive(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    with raw:
        if not raw.seekable():
            raise BadArchive(f"{path}: not a file that can be read twice; name a file, not a pipe")
        yield Corpus(raw, size)


# ------------------------------------------------------------------ in the workers

_rulebook: Rulebook
_langs: dict[str, str]


class Read(msgspec.Struct, gc=False):
    """What came of one block."""

    items: list[Item]
    bad: list[Bad]
    cpu: float
    """Seconds of processor time."""


_reads = msgspec.msgpack.Decoder(Read)


def _start_worker(packs: Sequence[str], langs: dict[str, str]) -> None:
    global _rulebook, _langs
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends the workers
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # What classifying leaves behind goes by itself (33 objects of 10,359 entries do not). What stays are words that are
    # remembered: to look for garbage among them took 13 µs an entry, one part in twenty.
    gc.disable()
    _rulebook, _langs = Rulebook(packs), langs


def _end_with_parent() -> None:
    """A parent that is killed cannot end its workers, and they would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _read_block(start: int, block: bytes, since: datetime | None, until: datetime | None) -> bytes:
    """The lines from number `start` on."""
    begin = time.process_time()
    items: list[Item] = []
    bad: list[Bad] = []
    for number, line in enumerate(block.split(b"\n"), start):
        found = _read_line(line, number)
        if found is None:
            continue
        if isinstance(found, Bad):
            bad.append(found)
        elif (since is None or found.published >= since) and (until is None or found.published < until):
            try:
                flags = _rulebook.flags(found.title, found.summary, _langs.get(found.feed, "en"), found.published)
            except Exception as error:  # noqa: BLE001  a bug that one text brings out must not cost the others theirs
                bad.append(Bad(line=number, why=f"cannot be classified: {type(error).__name__}: {error}"))
            else:
                items.append(replace(found, flags=flags) if flags else found)
    return msgspec.msgpack.encode(Read(items, bad, time.process_time() - begin))


def _read_line(line: bytes, number: int) -> Item | Bad | None:
    if len(line) >= MAX_LINE:
        return Bad(line=number, why=f"it is longer than {MAX_LINE:,} bytes")
    return archive.read_item(line, number) if line.strip() else None


# ------------------------------------------------------------------ on all cores


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def classified(
    corpus: Corpus,
    packs: list[str],
    langs: dict[str, str],
    since: datetime | None,
    until: datetime | None,
    workers: int,
) -> Iterator[tuple[float, Read]]:
    """What came of the blocks, in order; few are under way at once: memory and the end by Ctrl-C stay bounded."""
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _start_worker, (packs, langs))
    waiting: deque[tuple[float, Future[bytes]]] = deque()
    try:
        for number, (start, block) in enumerate(corpus.blocks()):
            # Each of the first blocks starts a worker, which must not hear Ctrl-C before it can ignore it.
            with _deaf() if number < workers else nullcontext():
                future = pool.submit(_read_block, start, block, since, until)
            waiting.append((corpus.share, future))
            if len(waiting) >= 3 * workers:
                yield _next(waiting)
        while waiting:
            yield _next(waiting)
    except BrokenProcessPool as error:
        raise WorkersDied(f"backtest: a process that classifies has ended unasked: {error}") from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _next(waiting: deque[tuple[float, Future[bytes]]]) -> tuple[float, Read]:
    """How much of the archive is done, and what came of the block."""
    share, future = waiting.popleft()
    return share, _reads.decode(future.result())


@contextmanager
def _deaf() -> Iterator[None]:
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, heard)
