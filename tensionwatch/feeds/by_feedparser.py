"""A body read by feedparser: the judge of what a feed says, and the only module that knows it. Pure.

Import it where it is needed: the import takes 0.1 s, and most bodies do not need it (see `by_expat`). feedparser's own
sanitising and link resolving are off: they take half of its 29 ms for 40 entries, and `sanitise` does both jobs. It is
handed a stream: given bytes, it would first try to open them as a path.
"""

from __future__ import annotations

import calendar
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from time import struct_time
from typing import Any

import feedparser
from feedparser.datetimes import _parse_date

from tensionwatch.feeds.raw import RawEntry, RawFeed
from tensionwatch.sanitise import is_likely, visible


def _no_author(*_: object) -> None:
    """We keep no authors, and feedparser's search for their addresses is quadratic: 64 KB took 16 s (its issue 562)."""


feedparser.mixin._FeedParserMixin._sync_author_detail = _no_author


def read(text: str, url: str) -> RawFeed:
    """Any text at all, fetched from `url`; one that is no feed has no entries."""
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    raw = feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")),
        response_headers=headers,
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    return RawFeed(
        title=_text(raw.feed.get("title")),
        format=raw.version or "",
        ttl=_text(raw.feed.get("ttl")),
        period=_text(raw.feed.get("sy_updateperiod")),
        frequency=_text(raw.feed.get("sy_updatefrequency")),
        entries=[_entry(entry) for entry in raw.entries],
        complaint=_complaint(raw.get("bozo_exception")) if raw.get("bozo") else None,
    )


def read_date(text: str) -> datetime | None:
    """A date in any of the forms that feedparser knows."""
    return _moment(_parse_date(text))


def _entry(raw: Mapping[str, Any]) -> RawEntry:
    return RawEntry(
        _text(raw.get("id")),
        _text(raw.get("link")),
        _text(raw.get("title")),
        _summary(raw),
        _text(raw.get("published")),
        # feedparser's own `get` warns that it gives `published` for `updated`
        tuple(_moment(dict.get(raw, key)) for key in ("published_parsed", "updated_parsed", "created_parsed")),  # type: ignore[call-overload]
    )


def _summary(raw: Mapping[str, Any]) -> str:
    if summary := _text(raw.get("summary")):
        return summary
    return next((text for part in raw.get("content", ()) if (text := _text(part.get("value")))), "")


def _moment(parsed: object) -> datetime | None:
    if not isinstance(parsed, struct_time):
        return None
    try:
        moment = datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return moment if is_likely(moment) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _complaint(error: object) -> str:
    """`mismatched tag, line 3` of a SAX error, whose own text begins with `<unknown>:3:5:`."""
    message = getattr(error, "getMessage", lambda: str(error))()
    line = getattr(error, "getLineNumber", lambda: None)()
    return visible(str(message)[:100]) + (f", line {line}" if line else "")
