"""A feed as it was sent, before anything is made safe or short: what both readers of bodies give. Pure."""

from __future__ import annotations

from datetime import datetime

from tensionwatch.model import Record


class RawEntry(Record, frozen=True):
    """An item in feedparser's reading; empty text where it has none."""

    id: str
    link: str
    title: str
    summary: str
    """RSS description or Atom summary; else the first content."""
    published: str
    """The date of publication in the feed's own words."""
    dates: tuple[str | datetime | None, ...]
    """Of publication, of the last change, of creation: the first that can be read is the entry's. Text is not read
    yet: of 40 entries 39 are known, and no date of theirs is needed."""


class RawFeed(Record, frozen=True, kw_only=True):
    """A body in feedparser's reading."""

    title: str
    format: str
    """feedparser's version word: rss20, atom10, rss10 …; empty where it knows none."""
    ttl: str
    period: str
    """sy:updatePeriod."""
    frequency: str
    """sy:updateFrequency."""
    entries: list[RawEntry]
    complaint: str | None = None
    """Why it is no XML; None when it is."""
