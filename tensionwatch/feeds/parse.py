"""Bytes of a feed to entries. Pure, and the only module that knows feedparser.

    body ──charset──▶ text ──feedparser──▶ raw entries ──sanitise──▶ ParsedFeed, or NotAFeed(reason)

feedparser's own sanitising and link resolving are off: they take half of its 29 ms for 40 entries, and `sanitise`
does both jobs. It is handed a stream: given bytes, it would first try to open them as a path.
"""

from __future__ import annotations

import calendar
import io
import re
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from time import struct_time
from typing import Any, Final

import feedparser

from tensionwatch.feeds.caps import MAX_ENTRIES, bounded
from tensionwatch.feeds.charset import decode, no_text
from tensionwatch.model import Entry, Record
from tensionwatch.sanitise import EARLIEST, LATEST, MAX_SUMMARY, MAX_TITLE, plain_text, safe_link, visible

MAX_ID: Final = 1_000
"""Code points kept of an entry's id."""
TITLE_FROM_SUMMARY: Final = 100
"""Code points of the summary that stand in for a missing title."""
_PERIODS: Final = {
    "hourly": 3_600.0,
    "daily": 86_400.0,
    "weekly": 604_800.0,
    "monthly": 2_592_000.0,
    "yearly": 31_536_000.0,
}


class NotAFeed(Exception):
    """The body holds no entries; `reason` says why in words for the user."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class ParsedFeed(Record, frozen=True, kw_only=True):
    """What a body says."""

    title: str | None
    format: str
    """feedparser's version word: rss20, atom10, rss10 …; empty where it knows none."""
    floor: float | None
    """Seconds under which the feed itself asks not to be polled again (ttl, sy:updatePeriod)."""
    entries: tuple[tuple[Entry, str], ...]
    """Entries in the feed's order, each with the hash of what was sent for it; no hash twice."""
    doubt: str | None
    """What is wrong though entries could be read ("cut short: 4 entries kept")."""
    whole: bool
    """False when the body breaks off: asking again may bring more."""


def parse(body: bytes, *, url: str, content_type: str | None) -> ParsedFeed:
    """The entries of a feed fetched from `url`. Raises NotAFeed."""
    if what := no_text(body):
        raise NotAFeed(f"{what}, not a feed")
    text = decode(body, content_type)
    if not text.strip():
        raise NotAFeed("empty: 0 bytes" if not body else f"empty: nothing but blanks in {len(body)} bytes")
    text, left_out = bounded(text)
    raw = _feedparser(text, url)
    broken_off = not _ended(text)
    raw_entries = _whole_entries(text, raw.entries) if broken_off else raw.entries
    if not raw_entries:
        raise NotAFeed(_why_not(text, raw))
    entries = _entries(raw_entries[:MAX_ENTRIES], url)
    if not entries:
        raise NotAFeed(f"no usable entry: {len(raw_entries)} without title, summary and link")
    return ParsedFeed(
        title=plain_text(_text(raw.feed.get("title")), MAX_TITLE)[0] or None,
        format=raw.version or "",
        floor=_floor(raw.feed),
        entries=entries,
        doubt="; ".join(filter(None, (_doubt(broken_off, len(entries), len(raw_entries)), left_out))) or None,
        whole=not broken_off,
    )


def _no_author(*_: object) -> None:
    """We keep no authors, and feedparser's search for their addresses is quadratic: 64 KB took 16 s (its issue 562)."""


feedparser.mixin._FeedParserMixin._sync_author_detail = _no_author


def _feedparser(text: str, url: str) -> Any:
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    return feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")),
        response_headers=headers,
        sanitize_html=False,
        resolve_relative_uris=False,
    )


# ------------------------------------------------------------------ bodies that break off

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ROOT = re.compile(r"<([A-Za-z_][\w:.-]*)")
_HEAD: Final = 20_000
"""Code points in which the root's start is looked for."""
_TAIL: Final = 4_000
"""Code points in which the root's end is looked for: some servers append scripts and comments."""
_LAST_ENTRY = re.compile(r"<(?P<close>/)?(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)


def _ended(text: str) -> bool:
    """Is the root element closed?"""
    root = _root(text)
    return root is None or f"</{root}" in text[-_TAIL:]


def _root(text: str) -> str | None:
    found = _ROOT.search(_COMMENT.sub("", text[:_HEAD]))
    return found[1] if found else None


def _whole_entries(text: str, raw_entries: list[Any]) -> list[Any]:
    """The entries but for a last one that was never closed: its title may be half a title."""
    last = deque(_LAST_ENTRY.finditer(text), maxlen=1)
    return raw_entries[:-1] if last and not last[0]["close"] else raw_entries


def _doubt(broken_off: bool, kept: int, sent: int) -> str | None:
    if broken_off:
        return f"cut short: {kept} {_entries_word(kept)} kept"
    if sent > MAX_ENTRIES:
        return f"{MAX_ENTRIES:,} entries kept, {sent - MAX_ENTRIES:,} left out"
    return None


def _entries_word(count: int) -> str:
    return "entry" if count == 1 else "entries"


# ------------------------------------------------------------------ bodies that are no feed

_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_HTML_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,1000})", re.IGNORECASE)


def _why_not(text: str, raw: Any) -> str:
    if _HTML.match(text):
        found = _HTML_TITLE.search(text)
        title = plain_text(found[1], 80)[0] if found else ""
        return f"an HTML page, not a feed (title: {title})" if title else "an HTML page, not a feed"
    if raw.version:
        return "cut short before its first entry ended" if not _ended(text) else "an empty channel: no entries"
    if text.lstrip()[:1] in {"{", "["}:
        return "JSON, not RSS or Atom"
    root = _root(text)
    if root is None or not text.lstrip().startswith("<"):
        return f"not XML: it begins with '{plain_text(text[:200], 40)[0]}'"
    if raw.get("bozo"):
        return f"not XML: {_complaint(raw.get('bozo_exception'))}"
    return f"XML, but not a feed: its root is <{visible(root[:40])}>"


def _complaint(error: object) -> str:
    """`mismatched tag, line 3` of a SAX error, whose own text begins with `<unknown>:3:5:`."""
    message = getattr(error, "getMessage", lambda: str(error))()
    line = getattr(error, "getLineNumber", lambda: None)()
    return visible(str(message)[:100]) + (f", line {line}" if line else "")


# ------------------------------------------------------------------ entries


def _entries(raw_entries: Iterable[dict[str, Any]], url: str) -> tuple[tuple[Entry, str], ...]:
    by_hash: dict[str, Entry] = {}
    for raw in raw_entries:
        digest = _digest(raw)
        if digest not in by_hash and (entry := _entry(raw, url)):
            by_hash[digest] = entry
    return tuple((entry, digest) for digest, entry in by_hash.items())


def _entry(raw: dict[str, Any], url: str) -> Entry | None:
    """None for an entry that says nothing: neither title nor summary nor link."""
    title, title_cut = plain_text(_text(raw.get("title")), MAX_TITLE)
    summary, summary_cut = plain_text(_summary(raw), MAX_SUMMARY)
    link = safe_link(_text(raw.get("link")), url) if raw.get("link") else None
    if not (title or summary or link):
        return None
    return Entry(
        entry_id=visible(_text(raw.get("id")))[:MAX_ID].strip() or None,
        link=link,
        title=title or _first_words(summary) or link or "",
        summary=summary,
        published=_published(raw),
        cut=title_cut or summary_cut,
    )


def _digest(raw: Mapping[str, Any]) -> str:
    """Of what the feed sent for it; not of what changes from poll to poll (`updated`, counters, media)."""
    fields = (
        _text(raw.get("id")),
        _text(raw.get("link")),
        _text(raw.get("title")),
        _summary(raw),
        _text(raw.get("published")),
    )
    return blake2b("\x1f".join(fields).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _summary(raw: Mapping[str, Any]) -> str:
    """RSS description or Atom summary; else the first content."""
    if summary := _text(raw.get("summary")):
        return summary
    return next((text for part in raw.get("content", ()) if (text := _text(part.get("value")))), "")


def _first_words(summary: str) -> str:
    if len(summary) <= TITLE_FROM_SUMMARY:
        return summary
    head, space, _ = summary[:TITLE_FROM_SUMMARY].rpartition(" ")
    return f"{head if space else summary[:TITLE_FROM_SUMMARY]}…"


def _published(raw: dict[str, Any]) -> datetime | None:
    for key in ("published_parsed", "updated_parsed", "created_parsed"):
        parsed = dict.get(raw, key)  # feedparser's own `get` warns that it gives `published` for `updated`
        if isinstance(parsed, struct_time) and (moment := _moment(parsed)):
            return moment
    return None


def _moment(parsed: struct_time) -> datetime | None:
    try:
        moment = datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return moment if EARLIEST <= moment < LATEST else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


# ------------------------------------------------------------------ how often the feed wants to be asked


def _floor(feed: Mapping[str, Any]) -> float | None:
    floors = [seconds for seconds in (_ttl(feed), _syndication(feed)) if seconds]
    return max(floors, default=None)


def _ttl(feed: Mapping[str, Any]) -> float | None:
    """`<ttl>`, in minutes."""
    minutes = _positive(feed.get("ttl"))
    return minutes * 60.0 if minutes else None


def _syndication(feed: Mapping[str, Any]) -> float | None:
    """`sy:updatePeriod` divided by `sy:updateFrequency`."""
    period = _PERIODS.get(_text(feed.get("sy_updateperiod")).strip().lower())
    return period / (_positive(feed.get("sy_updatefrequency")) or 1) if period else None


def _positive(value: object) -> int | None:
    text = _text(value).strip()
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) and int(text) else None
