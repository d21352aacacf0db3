"""What the documents of each table are read as."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec import Raw

from tensionwatch.model import Correction, Event, FeedState
from tensionwatch.store.migrations import Meta
from tensionwatch.store.months import MonthInfo
from tensionwatch.store.records import UNREADABLE
from tensionwatch.store.searched import SearchedText

T = TypeVar("T")


class Ranks(msgspec.Struct, frozen=True, gc=False):
    """Of a document in `events`, what is kept beside the event."""

    ranks: tuple[tuple[str, int], ...] = ()


class Near(msgspec.Struct, frozen=True, gc=False):
    """A document in `copies`."""

    article: str
    near: tuple[str, ...]


searched = msgspec.json.Decoder(SearchedText)
events = msgspec.json.Decoder(Event)
ranks = msgspec.json.Decoder(Ranks)
near_copies = msgspec.json.Decoder(Near)
feed_states = msgspec.json.Decoder(FeedState)
corrections = msgspec.json.Decoder(Correction)
months = msgspec.json.Decoder(MonthInfo)
metas = msgspec.json.Decoder(Meta)


def decoded(decoder: msgspec.json.Decoder[T], raw: Raw) -> T | None:
    """None where damage has made it unreadable."""
    try:
        return decoder.decode(raw)
    except UNREADABLE:
        return None
