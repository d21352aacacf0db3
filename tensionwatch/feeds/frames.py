"""What the two processes say to each other: msgpack frames, each after its length in four bytes.

parent ──Settings, [PackTexts,] Fetch, Classify, AskRules, …──▶ child
parent ◀──At, At, Done, At, Read, At, Loaded, …──────────────── child
"""

from __future__ import annotations

import asyncio
import struct
from typing import IO, Any, Final, Literal, TypeVar

import msgspec

from tensionwatch.config import PollConfig
from tensionwatch.model import Fetched, FetchRequest, Record
from tensionwatch.reread import Classified, RulesInForce, Text

Stage = Literal["parsing its body", "classifying its body", "classifying again", "reading the rule packs"]


class Settings(Record, frozen=True):
    """The first frame."""

    poll: PollConfig
    packs: tuple[str, ...]
    """Paths of rule packs beside the built-in one."""
    cache: str | None = None
    """Path of a folder for what takes long to make of the rules."""
    texts_follow: bool = False
    """The next frame is PackTexts: a child that takes the place of another has the same rules, whatever has become of
    the files since."""


class PackTexts(Record, frozen=True):
    texts: dict[str, str]
    """By path."""


# ------------------------------------------------------------------ requests


class Fetch(Record, frozen=True, tag="fetch"):
    request: FetchRequest


class Classify(Record, frozen=True, tag="classify"):
    """Texts of articles that are kept."""

    key: str
    texts: tuple[Text, ...]


class AskRules(Record, frozen=True, tag="rules"):
    """Which rules are in force?"""

    key: str
    reload: bool
    """Read the packs again first."""
    texts: dict[str, str] | None = None
    """The packs by path, where another process has read them: then these, whatever has become of the files since."""


class AskVersion(Record, frozen=True, tag="version"):
    """Which version of the rules is in force? Told without loading them, where they are not loaded."""

    key: str


Request = Fetch | Classify | AskRules | AskVersion


# ------------------------------------------------------------------ answers


class At(Record, frozen=True, tag="at"):
    """The child is about to do something that might never end, or end it: so that the parent knows whom to blame."""

    key: str
    """Of the request: a feed's id, or a number with a colon, which no feed's id has."""
    stage: Stage


class Done(Record, frozen=True, tag="done"):
    fetched: Fetched


class Read(Record, frozen=True, tag="read"):
    key: str
    classified: Classified


class Loaded(Record, frozen=True, tag="loaded"):
    key: str
    in_force: RulesInForce
    texts: dict[str, str]
    """Of the packs in force, for PackTexts."""


class Version(Record, frozen=True, tag="version"):
    key: str
    version: str


Answer = At | Done | Read | Loaded | Version

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
