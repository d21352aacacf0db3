"""What takes long to make of the rules, kept in a file from one start to the next: 14 MB, read in 0.1 s instead
of 0.7 s of work for each ingest process, and 30 MB less memory there.

A file's name says by what it was made: the rules, the program's code for them, and Python. It lies in the platform's
folder for caches, for the owner alone, and holds a checksum: one that is damaged, or is not there, is made again.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec

from tensionwatch import rules

_DIGEST: Final = 16
_KEPT: Final = 2
"""Files, the latest: rules that are being written differ each time they are read."""
_decoder = msgspec.msgpack.Decoder(dict[str, bytes])


def load(folder: Path, rules_version: str) -> dict[str, bytes] | None:
    """For `Rules.prepare`; None where there is no file of these rules that is whole and our own."""
    path = folder / _name(rules_version)
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_uid != os.getuid():
                return None  # what somebody else has written there is not to be trusted
            digest, data = file.read(_DIGEST), file.read()
        return _decoder.decode(data) if blake2b(data, digest_size=_DIGEST).digest() == digest else None
    except (OSError, msgspec.DecodeError):
        return None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Meanwhile no other process makes what is kept there: two that start together would both take a second of the
    processor for it, where one can wait for the other's. Where nothing can be kept nobody waits."""
    lock = -1
    try:
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(folder / ".making", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        if lock >= 0:
            os.close(lock)


def give_back() -> None:
    """To the system, the memory that making them took and that is free again: glibc alone keeps 25 MB of it."""
    with suppress(AttributeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


def save(folder: Path, rules_version: str, prepared: dict[str, bytes]) -> None:
    """Keep what `Rules.prepared` gave, whole or not at all. Where it cannot be kept it is made again at each start,
    which costs time and nothing else: nobody is told."""
    data = msgspec.msgpack.encode(prepared)
    name = _name(rules_version)
    fresh = folder / f".{name}.{os.getpid()}"
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(blake2b(data, digest_size=_DIGEST).digest() + data)
            fresh.replace(folder / name)
        finally:
            fresh.unlink(missing_ok=True)
        for old in sorted(folder.glob("*.rules"), key=lambda path: path.stat().st_mtime, reverse=True)[_KEPT:]:
            old.unlink(missing_ok=True)


def _name(rules_version: str) -> str:
    made_by = (rules_version, sys.implementation.cache_tag or "", sys.version, _code())
    return f"{blake2b(repr(made_by).encode(), digest_size=16).hexdigest()}.rules"


@cache
def _code() -> str:
    """Differs where the code does that makes and reads them."""
    digest = blake2b(digest_size=16)
    for source in sorted(Path(rules.__path__[0]).glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()
