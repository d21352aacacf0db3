"""The two files of a store as bytes. Pure.

store.json    {"articles": {
              "1": {"id": …},
              "2": {"id": …}
              },
              "_journal": {"1": {"generation": 7, "crc32": "…"}}}
              The snapshot: what plain TinyDB would write, a document a line. Its last line says which generation
              it is and holds the checksum of all lines before it.

journal.log   1c291ca3 00000058 {"generation":7,"put":{"articles":{"2":{…}}},"gone":{}}
              A record for each commit since: checksum of the rest, length of the JSON in bytes (both in hex), the
              JSON, a line feed. Its generation is that of the snapshot which it follows: records of an older one
              are in the snapshot already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple
from zlib import crc32

import msgspec
from msgspec import Raw

from tensionwatch.store.memory import Delta, Tables

HEAD = "_journal"
"""The table of the snapshot's last line; no table of the store's own."""

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)
"""What decoding raises."""

_PIECE = 1 << 20
"""Bytes of a snapshot written at once: few calls, and no second copy of it in memory."""


class Commit(msgspec.Struct, frozen=True, gc=False):
    """One record of the journal."""

    generation: int
    put: dict[str, dict[int, Raw]]
    gone: dict[str, list[int]]

    @classmethod
    def of(cls, delta: Delta, generation: int) -> Commit:
        put = {name: {i: raw for i, raw in changes.items() if raw is not None} for name, changes in delta.items()}
        gone = {name: [i for i, raw in changes.items() if raw is None] for name, changes in delta.items()}
        return cls(generation, put, {name: ids for name, ids in gone.items() if ids})

    @property
    def delta(self) -> Delta:
        return {name: {**self.put.get(name, {}), **dict.fromkeys(self.gone.get(name, ()))} for name in self._names}

    @property
    def _names(self) -> Iterable[str]:
        return dict.fromkeys([*self.put, *self.gone])


# ------------------------------------------------------------------ the journal

FRAME_HEAD = 18
"""Bytes before a record's JSON; by its checksum they tell one record from another."""
_commits = msgspec.json.Decoder(Commit)


class Scan(NamedTuple):
    """What a journal holds."""

    commits: list[Commit]
    end: int
    """Bytes from the start that are good."""
    fault: Literal["", "unfinished", "damaged"]
    """What is wrong after `end`: `unfinished` is a record that the file ends in the middle of."""
    last: int = 0
    """Where the last good record begins."""


def frame(commit: Commit) -> bytes:
    """The record's bytes."""
    return _framed(msgspec.json.encode(commit))


def scan(journal: bytes) -> Scan:
    """The records up to the first that is not whole."""
    commits: list[Commit] = []
    last = position = 0
    while position < len(journal):
        end = _frame_end(journal, position)
        if end is not None and end > len(journal):
            return Scan(commits, position, "unfinished", last)
        if end is None or (commit := _unframed(journal[position:end])) is None:
            return Scan(commits, position, "damaged", last)
        commits.append(commit)
        last, position = position, end
    return Scan(commits, position, "", last)


def _framed(payload: bytes) -> bytes:
    checked = b"%08x %b\n" % (len(payload), payload)
    return b"%08x %b" % (crc32(checked), checked)


def _frame_end(journal: bytes, start: int) -> int | None:
    """Where the record at `start` ends by its own word; None where no record can start so."""
    head = journal[start : start + FRAME_HEAD]
    if len(head) < FRAME_HEAD:
        return start + FRAME_HEAD
    if not re.fullmatch(rb"[0-9a-f]{8} [0-9a-f]{8} ", head):
        return None
    return start + FRAME_HEAD + int(head[9:17], 16) + 1


def _unframed(record: bytes) -> Commit | None:
    payload = record[FRAME_HEAD:-1]
    if _framed(payload) != record:
        return None
    try:
        return _commits.decode(payload)
    except UNREADABLE:  # whole, but not of our making
        return None


# ------------------------------------------------------------------ the snapshot


class Head(msgspec.Struct, frozen=True, gc=False):
    """The snapshot's last line."""

    generation: int
    crc32: str


class Snapshot(NamedTuple):
    tables: Tables
    generation: int
    """0 where there is no snapshot or its word cannot be trusted: then every record of the journal is newer."""
    fault: str
    """What is wrong with it, in words that follow its name; empty when nothing is."""


_documents = msgspec.json.Decoder(dict[str, dict[int, Raw]])
_heads = msgspec.json.Decoder(dict[str, dict[int, Head]])


def snapshot_pieces(tables: Tables, generation: int) -> Iterator[bytes]:
    """The snapshot's bytes, a megabyte at a time."""
    checksum = 0
    for piece in _pieces(_lines(tables)):
        checksum = crc32(piece, checksum)
        yield piece
    head = {HEAD: {1: Head(generation, _checksum(checksum, generation))}}
    yield msgspec.json.encode(head)[1:] + b"\n"


def read_snapshot(snapshot: bytes) -> Snapshot:
    """The tables in a snapshot: all of them, or what can be read where something has changed it."""
    head = head_of(snapshot)
    if head is not None and head.crc32 == _own_checksum(snapshot, head.generation):
        return Snapshot(_tables(snapshot), head.generation, "")
    if _is_whole(snapshot):
        return Snapshot(_tables(snapshot), 0, "was changed by another program or by damage; what it says is kept")
    tables, lost = _salvaged(snapshot)
    kept = sum(map(len, tables.values()))
    return Snapshot(tables, 0, f"is damaged: {kept} documents could be read, {lost} lines could not")


def _lines(tables: Tables) -> Iterator[bytes]:
    yield b"{"
    for name, table in tables.items():
        yield msgspec.json.encode(name) + b": {\n"
        last = len(table)
        for number, (doc_id, raw) in enumerate(table.items(), start=1):
            yield b'"%d": %b%b' % (doc_id, raw, b",\n" if number < last else b"\n")
        yield b"},\n"


def _pieces(lines: Iterable[bytes]) -> Iterator[bytes]:
    waiting: list[bytes] = []
    size = 0
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size >= _PIECE:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _checksum(crc: int, generation: int) -> str:
    return f"{crc32(b'%d' % generation, crc):08x}"


def _last_line(snapshot: bytes) -> int:
    return snapshot.rfind(b"\n", 0, len(snapshot) - 1) + 1


def _own_checksum(snapshot: bytes, generation: int) -> str:
    start = _last_line(snapshot)
    if start == 0:  # no table at all: the head stands on the opening line
        start = 1
    return _checksum(crc32(memoryview(snapshot)[:start]), generation)


def head_of(snapshot: bytes) -> Head | None:
    """Of a snapshot, or of its end; None where it cannot be read."""
    line = snapshot[_last_line(snapshot) :]
    try:
        return _heads.decode(line if line.startswith(b"{") else b"{" + line)[HEAD][1]
    except (*UNREADABLE, KeyError):
        return None


def _tables(snapshot: bytes) -> Tables:
    tables = _documents.decode(snapshot)
    tables.pop(HEAD, None)
    return tables


def _is_whole(snapshot: bytes) -> bool:
    """Can every document be decoded? (Raw ones have only their brackets counted.)"""
    try:
        msgspec.json.decode(snapshot, type=dict[str, dict[int, dict[str, object]]])
    except UNREADABLE:
        return False
    return True


def _salvaged(snapshot: bytes) -> tuple[Tables, int]:
    """The documents whose lines can be read, and how many lines cannot."""
    tables: Tables = {}
    table: dict[int, Raw] | None = None
    lost = 0
    for line in snapshot.split(b"\n"):
        if opening := re.fullmatch(rb'\{?"([^"\\]+)": \{', line):
            table = tables.setdefault(opening[1].decode("utf-8", "replace"), {})
        elif line in (b"},", b""):
            table = None
        elif (found := _document(line)) is not None and table is not None:
            table[found[0]] = found[1]
        elif not line.startswith(b'"%b"' % HEAD.encode()):
            lost += 1
    return tables, lost


def _document(line: bytes) -> tuple[int, Raw] | None:
    found = re.fullmatch(rb'"([0-9]+)": (\{.*\}),?', line)
    if found is None:
        return None
    try:
        msgspec.json.decode(found[2], type=dict[str, object])
    except UNREADABLE:
        return None
    return int(found[1]), Raw(found[2])
