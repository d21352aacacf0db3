"""Bytes of a feed to entries. Pure.

    body ──charset──▶ text ─┬─by_expat───────▶ raw entries ──known?──▶ new ones ──sanitise──▶ ParsedFeed
                            └─by_feedparser─▶                             or NotAFeed(reason)

Most bodies are plain and well-formed, and expat reads them as feedparser would; all others are feedparser's. What was
sent for an entry makes its hash, and an entry whose hash is known is dropped before anything is made of it: of a feed
with one new entry in 40, one is sanitised.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection
from datetime import datetime
from hashlib import blake2b
from typing import Final

from tensionwatch.feeds import by_expat, wishes
from tensionwatch.feeds.caps import MAX_ENTRIES, bounded
from tensionwatch.feeds.charset import decode, no_text
from tensionwatch.feeds.dates import read_date
from tensionwatch.feeds.raw import RawEntry, RawFeed
from tensionwatch.feeds.structure import paragraph_breaks, text_links
from tensionwatch.model import Entry, Record
from tensionwatch.sanitise import MAX_SUMMARY, MAX_TITLE, plain_text, safe_link, visible

MAX_ID: Final = 1_000
"""Code points kept of an entry's id."""
TITLE_FROM_SUMMARY: Final = 100
"""Code points of the summary that stand in for a missing title."""


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
    feed_floor: float | None
    """Seconds under which the feed itself asks not to be polled again (ttl, sy:updatePeriod)."""
    skip_hours: tuple[int, ...]
    """Hours of the day, GMT, in which it asks not to be polled."""
    skip_days: tuple[int, ...]
    """The same of days of the week, 0 for Monday."""
    entries: tuple[tuple[Entry, str], ...]
    """The unknown entries in the feed's order, each with the hash of what was sent for it; no hash twice."""
    hashes: tuple[str, ...]
    """Of all entries, known and unknown, in the feed's order; never empty."""
    doubt: str | None
    """What is wrong though entries could be read ("cut short: 4 entries kept")."""
    whole: bool
    """False when the body breaks off: asking again may bring more."""


def parse(body: bytes, *, url: str, content_type: str | None, known: Collection[str] = ()) -> ParsedFeed:
    """The entries of a feed fetched from `url` but for those whose hash is `known`. Raises NotAFeed."""
    if what := no_text(body):
        raise NotAFeed(f"{what}, not a feed")
    text = decode(body, content_type)
    if not text.strip():
        raise NotAFeed("empty: 0 bytes" if not body else f"empty: nothing but blanks in {len(body)} bytes")
    text, left_out = bounded(text)
    return cleaned(text, by_expat.read(text, url) or _by_feedparser(text, url), url=url, known=known, left_out=left_out)


def cleaned(
    text: str, raw: RawFeed, *, url: str, known: Collection[str] = (), left_out: str | None = None
) -> ParsedFeed:
    """What `raw`, as read from `text`, comes to; `left_out` was so before. Raises NotAFeed."""
    broken_off = not _ended(text)
    raw_entries = _whole_entries(text, raw.entries) if broken_off else raw.entries
    if not raw_entries:
        raise NotAFeed(_why_not(text, raw))
    entries, hashes = _unknown(raw_entries[:MAX_ENTRIES], url, known)
    if not hashes:
        raise NotAFeed(f"no usable entry: {len(raw_entries)} without title, summary and link")
    beside = _beside_entries(text)
    return ParsedFeed(
        title=plain_text(raw.title, MAX_TITLE)[0] or None,
        format=raw.format,
        feed_floor=wishes.floor(raw),
        skip_hours=wishes.skip_hours(beside),
        skip_days=wishes.skip_days(beside),
        entries=entries,
        hashes=hashes,
        doubt="; ".join(filter(None, (_doubt(broken_off, len(hashes), len(raw_entries)), left_out))) or None,
        whole=not broken_off,
    )


def _by_feedparser(text: str, url: str) -> RawFeed:
    from tensionwatch.feeds import by_feedparser  # here: 0.1 s, and most bodies do not need it

    return by_feedparser.read(text, url)


# ------------------------------------------------------------------ bodies that break off

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ROOT = re.compile(r"<([A-Za-z_][\w:.-]*)")
_HEAD: Final = 20_000
"""Code points in which the root's start is looked for."""
_TAIL: Final = 4_000
"""Code points in which the root's end is looked for: some servers append scripts and comments."""
_LAST_ENTRY = re.compile(r"<(?P<close>/)?(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_FIRST_ENTRY = re.compile(r"<(?:\w{1,40}:)?(?:item|entry)[\s>]", re.IGNORECASE)


def _ended(text: str) -> bool:
    """Is the root element closed?"""
    root = _root(text)
    return root is None or f"</{root}" in text[-_TAIL:]


def _root(text: str) -> str | None:
    found = _ROOT.search(_COMMENT.sub("", text[:_HEAD]))
    return found[1] if found else None


def _whole_entries(text: str, raw_entries: list[RawEntry]) -> list[RawEntry]:
    """The entries but for a last one that was never closed: its title may be half a title."""
    last = deque(_LAST_ENTRY.finditer(text), maxlen=1)
    return raw_entries[:-1] if last and not last[0]["close"] else raw_entries


def _beside_entries(text: str) -> str:
    """What stands before the first entry and after the last, without comments."""
    first, last = _FIRST_ENTRY.search(text), max(text.rfind("</item>"), text.rfind("</entry>"))
    head = text[: min(first.start(), _HEAD)] if first else ""
    return _COMMENT.sub("", head + text[last:][:_TAIL])


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


def _why_not(text: str, raw: RawFeed) -> str:
    if _HTML.match(text):
        found = _HTML_TITLE.search(text)
        title = plain_text(found[1], 80)[0] if found else ""
        return f"an HTML page, not a feed (title: {title})" if title else "an HTML page, not a feed"
    if raw.format:
        return "cut short before its first entry ended" if not _ended(text) else "an empty channel: no entries"
    if text.lstrip()[:1] in {"{", "["}:
        return "JSON, not RSS or Atom"
    root = _root(text)
    if root is None or not text.lstrip().startswith("<"):
        return f"not XML: it begins with '{plain_text(text[:200], 40)[0]}'"
    if raw.complaint:
        return f"not XML: {raw.complaint}"
    return f"XML, but not a feed: its root is <{visible(root[:40])}>"


# ------------------------------------------------------------------ entries


def _unknown(
    raw_entries: list[RawEntry], url: str, known: Collection[str]
) -> tuple[tuple[tuple[Entry, str], ...], tuple[str, ...]]:
    """The usable entries that are not known, and the hashes of all that are usable."""
    known = known if isinstance(known, frozenset) else frozenset(known)
    by_hash: dict[str, Entry | None] = {}
    for raw in raw_entries:
        digest = _digest(raw)
        if digest not in by_hash:
            if digest in known:
                by_hash[digest] = None
            elif entry := _entry(raw, url):
                by_hash[digest] = entry
    return tuple((entry, digest) for digest, entry in by_hash.items() if entry), tuple(by_hash)


def _entry(raw: RawEntry, url: str) -> Entry | None:
    """None for an entry that says nothing: neither title nor summary nor link."""
    title, title_cut = plain_text(raw.title, MAX_TITLE)
    summary, summary_cut = plain_text(raw.summary, MAX_SUMMARY)
    link = safe_link(raw.link, url) if raw.link else None
    if not (title or summary or link):
        return None
    return Entry(
        entry_id=visible(raw.id)[:MAX_ID].strip() or None,
        link=link,
        title=title or _first_words(summary) or link or "",
        summary=summary,
        published=_published(raw),
        cut=title_cut or summary_cut,
        links=text_links(raw.summary, url, link),
        breaks=paragraph_breaks(raw.summary, summary),
    )


def _digest(raw: RawEntry) -> str:
    """Of what the feed sent for it; not of what changes from poll to poll (`updated`, counters, media)."""
    fields = (raw.id, raw.link, raw.title, raw.summary, raw.published)
    return blake2b("\x1f".join(fields).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _first_words(summary: str) -> str:
    if len(summary) <= TITLE_FROM_SUMMARY:
        return summary
    head, space, _ = summary[:TITLE_FROM_SUMMARY].rpartition(" ")
    return f"{head if space else summary[:TITLE_FROM_SUMMARY]}…"


def _published(raw: RawEntry) -> datetime | None:
    moments = (read_date(date) if isinstance(date, str) else date for date in raw.dates)
    return next(filter(None, moments), None)
