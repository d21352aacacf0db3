"""Where things lie in a month's file: a cache beside it, mapped into memory.

    articles|ID, events|ID    the record
    told|ID                   the events that the article is a report of
    day|RUS|739500            those with this party, by the day (an ordinal) when they happened or were first told of
    family|RUS|visit          of these the ones of a family, whatever the day
    hostile|RUS               and those that make adversaries (events/pairs.py)

    FILE.index    stamp of the file and of this form, length of the summary, hashes of the names above in order, offsets
                  of the records, summary: what the index of tension needs of the month (summary.py)

A name is hashed to 8 bytes, so whoever finds a record looks whether it is the one.
"""

from __future__ import annotations

import mmap
import os
from array import array
from bisect import bisect_left
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from tensionwatch.errors import StoreError
from tensionwatch.events.pairs import makes_adversaries
from tensionwatch.model import Event
from tensionwatch.store import files
from tensionwatch.store.records import UNREADABLE
from tensionwatch.store.summary import FORM, ArchivedArticle, Ranked, Summary, Summing

Table: TypeAlias = Literal["articles", "events"]
Name: TypeAlias = Literal["articles", "events", "told", "day", "family", "hostile"]

_FORM = f"3|{FORM}"
"""To be raised with whatever changes the names, and what `makes_adversaries` says."""
_STAMP = 32
"""Bytes."""
_HEAD = _STAMP + 8
_STEP = 100
"""Records looked at at once: 2 ms where they are events."""
_PARTS = 64
"""Of the hashes, each sorted by itself: to sort all at once keeps other threads out for 100 ms."""
_LINE = 4096
"""Bytes read at first of a line: most are shorter."""
_SLICE = 1 << 20


class Id(msgspec.Struct, frozen=True, gc=False):
    """Of any record."""

    id: str


ids = msgspec.json.Decoder(Id)
_events = msgspec.json.Decoder(Event)
_articles = msgspec.json.Decoder(ArchivedArticle)
_ranked = msgspec.json.Decoder(Ranked)


def lines(path: Path, wanted: Table) -> Iterator[tuple[int, bytes]]:
    """(offset of the record, record) of each line of a table. Raises StoreError."""
    try:
        with path.open("rb") as file:
            table, offset = "", 0
            for line in file:
                if line.startswith(b'"') and b": {" in line and (table or not line.endswith(b": {\n")):
                    start = line.index(b": ") + 2
                    if table == wanted:
                        yield offset + start, line[start:].rstrip(b",\n")
                elif line.endswith(b": {\n"):
                    table = line.split(b'"')[1].decode("utf-8", "replace")
                elif line.startswith(b"}"):
                    if table == wanted:
                        return
                    table = ""
                offset += len(line)
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror or error}") from error


class MonthIndex:
    """Of one file. Raises StoreError where that cannot be read."""

    def __init__(self, path: Path, content: memoryview) -> None:
        """`content`: of the cache, without its stamp."""
        length = int.from_bytes(content[: _HEAD - _STAMP], "little")
        self._summary = content[len(content) - length :]
        self._numbers = content[_HEAD - _STAMP : len(content) - length].cast("Q")
        half = len(self._numbers) // 2
        self._hashes, self._offsets = self._numbers[:half], self._numbers[half:]
        try:
            # held open: while the file is replaced, the offsets are those of the old one
            self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise StoreError(f"{path}: cannot be read: {error.strerror or error}") from error

    def close(self) -> None:
        os.close(self._fd)
        for view in (self._hashes, self._offsets, self._numbers, self._summary):
            view.release()

    @classmethod
    def open(cls, path: Path) -> MonthIndex:
        """Made where it is not there: 0.4 s for 100,000 articles."""
        steps = cls.opening(path)
        while True:
            try:
                next(steps)
            except StopIteration as done:
                found: MonthIndex = done.value
                return found

    @classmethod
    def opening(cls, path: Path) -> Generator[None, None, MonthIndex]:
        """The same in steps of some milliseconds."""
        cache, stamp = path.with_suffix(".index"), _stamp(path)
        if (kept := _mapped(cache, stamp)) is not None:
            return cls(path, kept)
        parts: list[list[tuple[int, int]]] = [[] for _ in range(_PARTS)]
        summing = Summing()
        for number, (name, offset) in enumerate(_named(path, summing)):
            key = _hash(name)
            parts[key * _PARTS >> 64].append((key, offset))
            if number % _STEP == _STEP - 1:
                yield
        keys, offsets = array("Q"), array("Q")
        for place, part in enumerate(parts):
            part.sort()
            keys.extend(key for key, _ in part)
            offsets.extend(offset for _, offset in part)
            parts[place] = []
            yield
        summary = yield from summing.summary()
        length = len(summary).to_bytes(_HEAD - _STAMP, "little")
        content = [length, keys.tobytes(), offsets.tobytes(), summary]
        with suppress(StoreError):  # a cache: a reader may not write, and a full disk takes none
            files.put_in_place(files.write_beside(cache, [stamp, *content]), cache)
        return cls(path, memoryview(b"".join(content)))

    def summary(self) -> Summary:
        return Summary.read(self._summary)

    def find(self, table: Name, key: str) -> Iterator[bytes]:
        """The records of that name, and others whose hash is the same."""
        wanted = _hash(f"{table}|{key}")
        place = bisect_left(self._hashes, wanted)
        while place < len(self._hashes) and self._hashes[place] == wanted:
            yield self._line(self._offsets[place])
            place += 1

    def _line(self, offset: int) -> bytes:
        found = os.pread(self._fd, _LINE, offset)
        while b"\n" not in found:
            more = os.pread(self._fd, _SLICE, offset + len(found))
            if not more:
                break
            found += more
        return found.partition(b"\n")[0].rstrip(b",")


def _named(path: Path, summing: Summing) -> Iterator[tuple[str, int]]:
    """Each name that a record has, and where that lies; `verify` tells of those that cannot be read. They are summed up
    on the way."""
    for offset, raw in lines(path, "events"):
        with suppress(*UNREADABLE):
            event = _events.decode(raw)
            summing.event(event, _ranked.decode(raw).ranks)
            for name in _names(event):
                yield name, offset
    for offset, raw in lines(path, "articles"):
        with suppress(*UNREADABLE):
            article = _articles.decode(raw)
            summing.article(article)
            yield f"articles|{article.id}", offset


def _names(event: Event) -> Iterable[str]:
    told = (f"told|{article_id}" for article_id in event.articles)
    if (when := event.when) is None:
        return chain((f"events|{event.id}",), told)
    day = (f"day|{side}|{when.toordinal()}" for side in event.sides)
    family = (f"family|{side}|{event.family}" for side in event.sides)
    hostile = (f"hostile|{side}" for side in event.sides) if makes_adversaries(event) else ()
    return chain((f"events|{event.id}",), told, day, family, hostile)


def _mapped(cache: Path, stamp: bytes) -> memoryview | None:
    """What is in it behind the stamp; None where it is not of this file. No page of it is read before it is looked
    at."""
    try:
        with cache.open("rb") as file:
            head = file.read(_HEAD)
            if head[:_STAMP] != stamp or len(head) < _HEAD:
                return None
            content = memoryview(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ))
    except (OSError, ValueError):  # not there, or not to be mapped: it is made again
        return None
    numbers = len(content) - _HEAD - int.from_bytes(head[_STAMP:], "little")
    return content[_STAMP:] if numbers >= 0 and numbers % 16 == 0 else None


def _hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")


def _stamp(path: Path) -> bytes:
    """Another for each content of the file."""
    return blake2b(f"{_FORM}|{files.identity(path)}".encode(), digest_size=_STAMP).digest()
