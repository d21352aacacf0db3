"""What to keep of one poll: pure, from what is known and what was fetched to one Batch.

    decide(feed, state, fetched, known) ─▶ Batch(articles new or changed, the feed's next state)

Identity, in this order (tensionwatch/identity.py makes the ids):
1. the same publisher and canonical link: a story has one address, whichever of the publisher's feeds shows it;
2. the same feed and entry id, unless link and title have both changed (feeds that number their entries 1 to 10 at
   every fetch exist; so do feeds that give two entries one id);
3. the same words, for entries with neither link nor id.
A link that three or more entries of one body share under different titles names a page, not a story, and is not used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

import msgspec

from tensionwatch.feeds.schedule import next_check
from tensionwatch.identity import article_id, canonical_link
from tensionwatch.model import Article, Batch, Entry, Feed, FeedState, Fetched, ReadEntry, Revision

SEEN_CAP = 3_000
"""Hashes remembered per feed: an entry that comes back after this many others is compared again, not lost."""

TITLES_THAT_MAKE_A_PAGE = 3
"""So many different titles under one link in one body, and the link is a page's, not a story's."""


class Known(Protocol):
    """What is kept already."""

    def article(self, article_id: str) -> Article | None: ...

    def by_link(self, publisher: str, canonical_link: str) -> tuple[str, ...]: ...

    def by_entry_id(self, feed: str, entry_id: str) -> tuple[str, ...]: ...


def effective_time(published: datetime | None, first_seen: datetime, *, first_fetch: bool) -> datetime | None:
    """The time that windows use: the earlier of the two; None for an undated entry of a feed's first fetch, whose
    time nobody knows."""
    if published is None:
        return None if first_fetch else first_seen
    return min(published, first_seen)


def decide(
    *, feed: Feed, state: FeedState, fetched: Fetched, known: Known, interval: float, jitter: float, share: float
) -> Batch:
    """The commit that follows from one poll.

    `interval` is the feed's own or the default, seconds; `jitter` in [-1, 1] times `share` spreads the next check."""
    articles = _Keeper(feed, state, fetched, known).keep()
    new = sum(known.article(article.id) is None for article in articles)
    next_state = _next_state(feed, state, fetched, interval=interval, jitter=jitter, share=share)
    times = [a.effective for a in articles if a.effective is not None]
    next_state = msgspec.structs.replace(
        next_state,
        articles=state.articles + new,
        newest=max([*times, *([state.newest] if state.newest else [])], default=None),
    )
    return Batch(articles=tuple(articles), feed_states=(next_state,), new=new)


def _next_state(
    feed: Feed, state: FeedState, fetched: Fetched, *, interval: float, jitter: float, share: float
) -> FeedState:
    good = fetched.result in ("ok", "unchanged")
    failures = 0 if good else state.failures + 1
    check = next_check(interval=interval, fetched=fetched, failures=failures, jitter=jitter, share=share)
    changes: dict[str, object] = {
        "url": feed.url,
        "last_checked": fetched.at,
        "next_check": check.at,
        "next_reason": check.reason,
        "not_before": check.not_before,
        "failures": failures,
        "result": fetched.result,
        "reason": fetched.reason,
        "http_status": fetched.http_status,
        "elapsed": fetched.elapsed,
    }
    if good:
        moved_since = state.moved_since if state.moved_to == fetched.moved_to else fetched.at
        changes |= {
            "last_success": fetched.at,
            "etag": fetched.etag,
            "last_modified": fetched.last_modified,
            "moved_to": fetched.moved_to,
            "moved_since": moved_since if fetched.moved_to else None,
        }
    if fetched.result == "ok":
        changes |= {
            "body_hash": fetched.body_hash,
            "seen": _remember(fetched.seen, state.seen),
            "format": fetched.format or state.format,
            "feed_title": fetched.feed_title or state.feed_title,
        }
    return msgspec.structs.replace(state, **changes)


def _remember(now: Iterable[str], before: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*now, *before)))[:SEEN_CAP]


class _Keeper:
    """Decides over the new entries of one body; knows what it has made on the way."""

    def __init__(self, feed: Feed, state: FeedState, fetched: Fetched, known: Known) -> None:
        self._feed = feed
        self._at = fetched.at
        self._first_fetch = state.last_success is None
        self._rules_version = fetched.rules_version
        self._entries = fetched.entries
        self._known = known
        self._pages = _pages(fetched.entries)
        self._made: dict[str, Article] = {}
        self._changed: dict[str, Article] = {}

    def keep(self) -> list[Article]:
        for read in self._entries:
            link = self._story_link(read.entry)
            if (found := self._find(read.entry, link)) is None:
                article = self._new(read, link)
                self._made[article.id] = article
            elif found.id not in self._made and (edited := self._edited(found, read)) is not None:
                self._changed[found.id] = edited
        return [*self._made.values(), *self._changed.values()]

    def _story_link(self, entry: Entry) -> str | None:
        link = canonical_link(entry.link) if entry.link else None
        return None if link in self._pages else link

    def _find(self, entry: Entry, link: str | None) -> Article | None:
        new_id = article_id(self._feed.publisher, link, self._feed.id, entry.entry_id, entry.title, entry.summary)
        ids = [new_id]
        if link is not None:
            ids += self._known.by_link(self._feed.publisher, link)
        if found := self._first(ids):
            return found
        if entry.entry_id is None:
            return None
        same_id = self._first(self._known.by_entry_id(self._feed.id, entry.entry_id))
        return same_id if same_id is not None and self._same_story(same_id, entry, link) else None

    def _first(self, ids: Iterable[str]) -> Article | None:
        for candidate in ids:
            if article := self._made.get(candidate) or self._changed.get(candidate) or self._known.article(candidate):
                return article
        return None

    def _same_story(self, article: Article, entry: Entry, link: str | None) -> bool:
        kept_link = canonical_link(article.link) if article.link else None
        return kept_link == link or article.title == entry.title

    def _new(self, read: ReadEntry, link: str | None) -> Article:
        entry, feed = read.entry, self._feed
        return Article(
            id=article_id(feed.publisher, link, feed.id, entry.entry_id, entry.title, entry.summary),
            feed=feed.id,
            publisher=feed.publisher,
            entry_id=entry.entry_id,
            link=entry.link,
            title=entry.title,
            summary=entry.summary,
            published=entry.published,
            first_seen=self._at,
            effective=effective_time(entry.published, self._at, first_fetch=self._first_fetch),
            lang=feed.lang,
            flags=read.flags,
            classified=self._rules_version,
        )

    def _edited(self, article: Article, read: ReadEntry) -> Article | None:
        """The article with what its own feed now says of it, or None when that is nothing new. Another feed of the
        same publisher that words it otherwise is a second sighting, not an edit."""
        entry = read.entry
        if article.feed != self._feed.id:
            return None
        wordings = {(article.title, article.summary), *((r.title, r.summary) for r in article.revisions)}
        changes: dict[str, object] = {}
        if (entry.title, entry.summary) not in wordings:
            earlier = Revision(replaced=self._at, title=article.title, summary=article.summary)
            changes |= {
                "title": entry.title,
                "summary": entry.summary,
                "flags": read.flags,
                "classified": self._rules_version,
                "revisions": (*article.revisions, earlier),
            }
        if article.published is None and entry.published is not None:
            effective = effective_time(entry.published, article.first_seen, first_fetch=False)
            changes |= {"published": entry.published, "effective": effective}
        return msgspec.structs.replace(article, **changes) if changes else None


def _pages(entries: Iterable[ReadEntry]) -> set[str]:
    """Canonical links that so many different titles share that they name a page."""
    titles: dict[str, set[str]] = defaultdict(set)
    for read in entries:
        if read.entry.link:
            titles[canonical_link(read.entry.link)].add(read.entry.title)
    return {link for link, under in titles.items() if len(under) >= TITLES_THAT_MAKE_A_PAGE}
