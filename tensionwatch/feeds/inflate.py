"""Bounded decompression: a body of 483 bytes may become 200 MB, so no step yields more than is still allowed. Pure.

httpx would decompress each chunk whole, and every encoding in a stack of them.
"""

from __future__ import annotations

import zlib
from typing import Any, Protocol


class TooLarge(Exception):
    """More bytes than allowed."""

    def __init__(self, cap: int) -> None:
        size = f"{cap / 1_000_000:.3g} MB" if cap >= 1_000_000 else f"{cap / 1_000:.3g} kB"
        super().__init__(f"larger than {size}")


class BrokenBody(Exception):
    """The body is not what its Content-Encoding says."""


class Inflater(Protocol):
    def feed(self, chunk: bytes) -> bytes:
        """What `chunk` adds to the body. Raises TooLarge, BrokenBody."""
        ...

    def finish(self) -> None:
        """The body is complete. Raises BrokenBody when it ought to go on."""
        ...


def inflater(content_encoding: str, cap: int) -> Inflater:
    """For a Content-Encoding header, with at most `cap` bytes of body. Raises BrokenBody for what was not asked for."""
    codings = [word for part in content_encoding.lower().split(",") if (word := part.strip()) not in {"", "identity"}]
    if len(codings) > 1:
        raise BrokenBody(f"compressed {len(codings)} times over, which was not asked for")
    if not codings:
        return _Plain(cap)
    if codings[0] not in {"gzip", "x-gzip", "deflate"}:
        raise BrokenBody(f"compressed as {codings[0][:20]!a}, which was not asked for")
    return _Zlib(codings[0], cap)


class _Plain:
    def __init__(self, cap: int) -> None:
        self._cap, self._left = cap, cap

    def feed(self, chunk: bytes) -> bytes:
        self._left -= len(chunk)
        if self._left < 0:
            raise TooLarge(self._cap)
        return chunk

    def finish(self) -> None:
        pass  # a plain body has no end mark of its own; its length is HTTP's business


class _Zlib:
    def __init__(self, coding: str, cap: int) -> None:
        self._coding, self._cap = coding, cap
        self._left_raw = self._left = cap
        self._stream: Any = None

    def feed(self, chunk: bytes) -> bytes:
        self._left_raw -= len(chunk)  # empty gzip members without end cost no output
        if self._left_raw < 0:
            raise TooLarge(self._cap)
        out = bytearray()
        while chunk:
            if self._stream is None or self._stream.eof:
                if self._stream is not None and not chunk.startswith(b"\x1f"):
                    break  # padding after the last member
                self._stream = zlib.decompressobj(_window(self._coding, chunk))
            try:
                out += self._stream.decompress(chunk, self._left - len(out) + 1)
            except zlib.error as error:
                raise BrokenBody(f"its compression ({self._coding}) is broken: {error}") from None
            if len(out) > self._left:
                raise TooLarge(self._cap)
            chunk = self._stream.unused_data  # a further gzip member; without one, nothing
        self._left -= len(out)
        return bytes(out)

    def finish(self) -> None:
        if self._stream is not None and not self._stream.eof:
            raise BrokenBody(f"its compression ({self._coding}) breaks off")


def _window(coding: str, start: bytes) -> int:
    """zlib's `wbits`. `deflate` means a zlib stream, but some servers send a raw one."""
    if coding != "deflate":
        return 31
    is_zlib = start[0] & 0x0F == 8 and (len(start) < 2 or int.from_bytes(start[:2], "big") % 31 == 0)
    return 15 if is_zlib else -15
