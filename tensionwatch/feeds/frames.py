"""What the two processes say to each other: msgpack frames, each after its length in four bytes.

parent ──Settings, FetchRequest, FetchRequest, …──▶ child
parent ◀──At, At, Done, At, Done, …──────────────── child
"""

from __future__ import annotations

import asyncio
import struct
from typing import IO, Any, Final, Literal, TypeVar

import msgspec

from tensionwatch.config import PollConfig
from tensionwatch.model import Fetched, Record

Stage = Literal["parsing", "classifying"]


class Settings(Record, frozen=True):
    """The first frame."""

    poll: PollConfig
    packs: tuple[str, ...]
    """Paths of rule packs beside the built-in one."""


class At(Record, frozen=True, tag="at"):
    """The child is about to do something that might never end, or end it: so that the parent knows whom to blame."""

    feed: str
    stage: Stage


class Done(Record, frozen=True, tag="done"):
    fetched: Fetched


Answer = At | Done

F = TypeVar("F")
_LENGTH: Final = struct.Struct("!I")
_encode = msgspec.msgpack.Encoder().encode


def to_frame(message: msgspec.Struct) -> bytes:
    body = _encode(message)
    return _LENGTH.pack(len(body)) + body


async def read_frame(reader: asyncio.StreamReader, decoder: msgspec.msgpack.Decoder[F]) -> F | None:
    """The next message, or None when the other side has closed or died, even in the middle of a frame."""
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        return decoder.decode(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


async def connect_reader(pipe: IO[Any]) -> tuple[asyncio.StreamReader, asyncio.BaseTransport]:
    """A stream on the reading end of a pipe, and the transport that from now on owns the pipe."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    return reader, transport
