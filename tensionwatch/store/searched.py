"""What of an article is searched for words."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec


class Searched(Protocol):
    """What of an article can be searched."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def publisher(self) -> str: ...
    @property
    def first_seen(self) -> datetime: ...
    @property
    def effective(self) -> datetime | None: ...


class SearchedText(msgspec.Struct, frozen=True, gc=False):
    """An article's JSON without the rest: decoding it takes 0.9 µs instead of 4."""

    id: str
    title: str
    summary: str
    publisher: str
    first_seen: datetime
    effective: datetime | None


def text_of(article: Searched) -> str:
    return f"{article.title} {article.summary} {article.publisher}"
