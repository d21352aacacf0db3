"""How many articles each publisher had on each day of UTC: what shares of the news are taken of.

Days are ordinals, by the effective time; what is undated is of no day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from msgspec import Raw

from tensionwatch.model import Article

PROMPT = timedelta(days=1)
"""An article seen for the first time later than that after its date says nothing of that day: it stood in a feed that
was asked for the first time, or again after long."""


class Dated(msgspec.Struct, frozen=True, gc=False):
    """Of an article what a day counts; decoding these fields takes 1 µs."""

    publisher: str
    first_seen: datetime
    effective: datetime | None
    flags: Raw = Raw(b"[]")
    imported: datetime | None = None

    @property
    def time(self) -> datetime:
        return self.effective or self.first_seen

    @property
    def is_flagged(self) -> bool:
        return bytes(self.flags) != b"[]"

    @property
    def is_prompt(self) -> bool:
        """Did it come on its day, or from an archive of that day?"""
        return self.imported is not None or (self.effective is not None and self.first_seen - self.effective <= PROMPT)

    @classmethod
    def of(cls, article: Article) -> Dated:
        flags = Raw(b"[...]" if article.flags else b"[]")
        return cls(article.publisher, article.first_seen, article.effective, flags, article.imported)


class Day(msgspec.Struct, gc=False, array_like=True):
    """All articles of a day."""

    publishers: dict[str, int] = {}
    articles: int = 0
    flagged: int = 0
    prompt: int = 0

    def put(self, article: Dated, number: int = 1) -> None:
        """Or take it away, with a `number` of −1."""
        now = self.publishers.get(article.publisher, 0) + number
        if now:
            self.publishers[article.publisher] = now
        else:
            self.publishers.pop(article.publisher, None)
        self.articles += number
        self.flagged += number * article.is_flagged
        self.prompt += number * article.is_prompt


class Days:
    """Of one collection of articles."""

    def __init__(self) -> None:
        self.known: dict[int, Day] = {}
        self._changes: dict[int, int] = {}

    def put(self, article: Dated, number: int = 1) -> None:
        """Or take it away, with a `number` of −1."""
        if article.effective is None:
            return
        day = article.effective.toordinal()
        if (known := self.known.get(day)) is None:
            known = self.known[day] = Day()
        known.put(article, number)
        if not known.publishers:
            del self.known[day]
        self._changed(day)

    def add(self, other: Mapping[int, Day], number: int = 1) -> None:
        """All of another's, or take them away, with a `number` of −1."""
        for day, count in other.items():
            known = self.known.setdefault(day, Day())
            for publisher, articles in count.publishers.items():
                if now := known.publishers.get(publisher, 0) + number * articles:
                    known.publishers[publisher] = now
                else:
                    known.publishers.pop(publisher, None)
            known.articles += number * count.articles
            known.flagged += number * count.flagged
            known.prompt += number * count.prompt
            if not known.publishers:
                del self.known[day]
            self._changed(day)

    def _changed(self, day: int) -> None:
        self._changes[day] = self._changes.get(day, 0) + 1

    def changes(self, day: int) -> int:
        """Grows with each change of that day."""
        return self._changes.get(day, 0)
