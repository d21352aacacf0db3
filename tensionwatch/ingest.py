"""What to keep of one poll: pure, from what is known and what was fetched to one Batch.

    decide(feed, state, fetched, known) ─▶ Batch(articles new or changed, the feed's next state)

Identity, in this order (tensionwatch/identity.py makes the ids):
1. the same publisher and canonical link: a story has one address, whichever of the publisher's feeds shows it;
2. the same feed and entry id, unless link and title have both changed (feeds that number their entries 1 to 10 at
   every fetch exist; so do feeds that give two entries one id);
3. the same words, for entries with neither link nor id. An id that several of one body share, under different titles
   and with no link to tell them apart, is none.
A link that three or more entries share under different titles names a page, not a story, and is not used; nor is that
of a front page. Articles hang on the feed's id: its address may change, and its publisher with that.

What another feed of the publisher shows is a sighting of the article. It may word it in its own way; only where it has
had the article's words, what it says otherwise later is an edit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from msgspec.structs import replace

from tensionwatch.feeds.pace import observed
from tensionwatch.feeds.schedule import Bounds, address, at_this_address, next_check
from tensionwatch.identity import article_id, canonical_link, names_a_story
from tensionwatch.model import Article, Batch, Entry, Feed, FeedState, Fetched, ReadEntry, Revision, Sighting

SEEN_CAP = 3_000
SEEN_AT_LEAST = 100
SEEN_BODIES = 3
"""Hashes remembered per feed: three times those of its last good body, so that entries which leave and come back (most
popular first, two servers out of step) are not read again. With 3,000 of every feed each poll wrote 50 KB. What comes
back after more is compared again, not lost."""
RESPONSE_TIMES = 10
"""Remembered per feed."""
RECENT = 30
"""Polls of which it is remembered what came of them."""

TITLES_THAT_MAKE_A_PAGE = 3
"""So many different titles under one link in one body, or articles kept, and the link is a page's, not a story's."""

MAX_REVISIONS = 50
"""Kept of an article: the first wording and the latest. Some feeds put a counter into each summary."""

MAX_PUBLISHERS = 5
"""Former ones remembered of a feed."""


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


def decide(*, feed: Feed, state: FeedState, fetched: Fetched, known: Known, bounds: Bounds, jitter: float) -> Batch:
    """The commit that follows from one poll; `jitter` in [0, 1] spreads the next check as far as `bounds` allow."""
    articles = _Keeper(feed, state, fetched, known).keep()
    before = {article.id: known.article(article.id) for article in articles}
    new = sum(article is None for article in before.values())
    fresh = [a for a in articles if (was := before[a.id]) is None or feed.id not in was.feeds]
    state = at_this_address(feed, state)
    if fetched.result in ("ok", "unchanged"):
        state = _after_success(feed, observed(state, fetched.at, len(fresh)), fetched)
    else:
        state = replace(state, failures=state.failures + 1)
    times = [a.effective for a in articles if a.effective is not None]
    state = replace(
        state,
        articles=state.articles + len(fresh),
        flagged=state.flagged + sum(bool(article.flags) for article in fresh),
        newest=max([*times, *([state.newest] if state.newest else [])], default=None),
        publishers=_publishers(feed, state),
    )
    return Batch(articles=tuple(articles), feed_states=(_polled(feed, state, fetched, bounds, jitter),), new=new)


def _after_success(feed: Feed, state: FeedState, fetched: Fetched) -> FeedState:
    was_adopted = address(feed, state, fetched.at) != feed.url  # asked there, it has not redirected again
    moved_to = fetched.moved_to or (state.moved_to if was_adopted else None)
    moved_since = state.moved_since if state.moved_to == moved_to else fetched.at
    state = replace(
        state,
        failures=0,
        last_success=fetched.at,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        proxied=fetched.proxied,
        floor=state.floor if fetched.floor is None and fetched.http_status == 304 else fetched.floor,
        moved_to=moved_to,
        moved_since=moved_since if moved_to else None,
    )
    if fetched.result == "unchanged":
        return state
    return replace(
        state,
        body_hash=fetched.body_hash,
        seen=_remember(fetched.seen, state.seen),
        format=fetched.format or state.format,
        feed_title=fetched.feed_title or state.feed_title,
        feed_floor=fetched.feed_floor,
        skip_hours=fetched.skip_hours,
        skip_days=fetched.skip_days,
    )


def _polled(feed: Feed, state: FeedState, fetched: Fetched, bounds: Bounds, jitter: float) -> FeedState:
    """What any answer says, and when to ask again, which follows from all the rest."""
    check = next_check(feed=feed, state=state, fetched=fetched, bounds=bounds, jitter=jitter)
    answered = (round(fetched.elapsed, 3),) if fetched.http_status is not None else ()
    return replace(
        state,
        last_checked=fetched.at,
        next_check=check.at,
        next_reason=check.reason,
        not_before=check.not_before,
        interval=check.interval,
        result=fetched.result,
        reason=fetched.reason,
        http_status=fetched.http_status,
        elapsed=fetched.elapsed,
        response_times=(*state.response_times, *answered)[-RESPONSE_TIMES:],
        recent=(state.recent + fetched.result[0])[-RECENT:],
    )


def _publishers(feed: Feed, state: FeedState) -> tuple[str, ...]:
    return tuple(dict.fromkeys((feed.publisher, *state.publishers)))[:MAX_PUBLISHERS]


def _remember(now: tuple[str, ...], before: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*now, *before)))[: min(max(SEEN_AT_LEAST, SEEN_BODIES * len(now)), SEEN_CAP)]


class _Keeper:
    """Decides over the new entries of one body; knows what it has made on the way."""

    def __init__(self, feed: Feed, state: FeedState, fetched: Fetched, known: Known) -> None:
        self._feed = feed
        self._publishers = _publishers(feed, state)
        self._at = fetched.at
        self._first_fetch = state.last_success is None
        self._rules_version = fetched.rules_version
        self._entries = fetched.entries
        self._known = known
        self._pages = _pages(fetched.entries)
        self._no_ids = _no_ids(read.entry for read in fetched.entries if self._story_link(read.entry) is None)
        self._made: dict[str, Article] = {}
        self._changed: dict[str, Article] = {}
        self._met: set[str] = set()

    def keep(self) -> list[Article]:
        for read in self._entries:
            link = self._story_link(read.entry)
            if (found := self._find(read.entry, link)) is None:
                found = self._made_of(read, link)
                self._made[found.id] = found
            elif found.id not in self._made and (changed := self._seen_again(found, read, link)) is not None:
                self._changed[found.id] = changed
            self._met.add(found.id)
        return [*self._made.values(), *self._changed.values()]

    # ---------------------------------------------------------------- which article it is

    def _story_link(self, entry: Entry) -> str | None:
        """The entry's canonical link, or None where it names no story."""
        link = canonical_link(entry.link) if entry.link else None
        if link is None or link in self._pages or not names_a_story(link):
            return None
        return None if len(self._known.by_link(self._feed.publisher, link)) >= TITLES_THAT_MAKE_A_PAGE else link

    def _find(self, entry: Entry, link: str | None) -> Article | None:
        found = self._kept(self._new_id(entry, link))
        if found is None and link is not None:
            found = self._under_link(link)
        if found is None and (entry_id := self._entry_id(entry, link)) is not None:
            found = self._under_entry_id(entry_id, entry)
        return found

    def _entry_id(self, entry: Entry, link: str | None) -> str | None:
        return None if link is None and entry.entry_id in self._no_ids else entry.entry_id

    def _new_id(self, entry: Entry, link: str | None) -> str:
        entry_id = self._entry_id(entry, link)
        return article_id(self._feed.publisher, link, self._feed.id, entry_id, entry.title, entry.summary)

    def _under_link(self, link: str) -> Article | None:
        for publisher in self._publishers:
            for article in map(self._kept, self._known.by_link(publisher, link)):
                if article is not None and (publisher == self._feed.publisher or self._feed.id in article.feeds):
                    return article
        return None

    def _under_entry_id(self, entry_id: str, entry: Entry) -> Article | None:
        entry_link = canonical_link(entry.link) if entry.link else None
        for article in map(self._kept, self._known.by_entry_id(self._feed.id, entry_id)):
            if article is None:
                continue
            same_link = (canonical_link(article.link) if article.link else None) == entry_link
            if same_link or (article.title == entry.title and article.id not in self._met):
                return article
        return None

    def _kept(self, candidate: str) -> Article | None:
        return self._made.get(candidate) or self._changed.get(candidate) or self._known.article(candidate)

    # ---------------------------------------------------------------- what becomes of it

    def _made_of(self, read: ReadEntry, link: str | None) -> Article:
        entry, feed = read.entry, self._feed
        return Article(
            id=self._new_id(entry, link),
            feed=feed.id,
            publisher=feed.publisher,
            entry_id=self._entry_id(entry, link),
            link=entry.link,
            title=entry.title,
            summary=entry.summary,
            published=entry.published,
            first_seen=self._at,
            effective=effective_time(entry.published, self._at, first_fetch=self._first_fetch),
            lang=feed.lang,
            flags=read.flags,
            links=entry.links,
            breaks=entry.breaks,
            classified=self._rules_version,
        )

    def _seen_again(self, article: Article, read: ReadEntry, link: str | None) -> Article | None:
        """The article with what this feed now says of it, or None when that is nothing new."""
        entry = read.entry
        is_own = article.feed == self._feed.id
        sighting = next((s for s in article.sightings if s.feed == self._feed.id), None)
        said_already = (entry.title, entry.summary) in _wordings(article)
        changes: dict[str, object] = {}
        if not said_already and (is_own or (sighting is not None and sighting.same_words)):
            changes |= self._edit(article, read)
        if not is_own and (sighting is None or (said_already and not sighting.same_words)):
            changes["sightings"] = self._with_sighting(article, sighting, entry, said_already)
        if is_own and link is not None and self._leads_elsewhere(article, link):
            changes["link"] = entry.link
        if article.published is None and entry.published is not None:
            effective = effective_time(entry.published, article.first_seen, first_fetch=False)
            changes |= {"published": entry.published, "effective": effective}
        return replace(article, **changes) if changes else None

    def _edit(self, article: Article, read: ReadEntry) -> dict[str, object]:
        earlier = Revision(replaced=self._at, title=article.title, summary=article.summary)
        first, later = article.revisions[:1], article.revisions[1:]
        revisions = (*first, *(*later, earlier)[1 - MAX_REVISIONS :])
        return {
            "title": read.entry.title,
            "summary": read.entry.summary,
            "flags": read.flags,
            "links": read.entry.links,
            "breaks": read.entry.breaks,
            "classified": self._rules_version,
            "revisions": revisions,
        }

    def _with_sighting(
        self, article: Article, before: Sighting | None, entry: Entry, same_words: bool
    ) -> tuple[Sighting, ...]:
        if before is None:
            fresh = Sighting(feed=self._feed.id, entry_id=entry.entry_id, first_seen=self._at, same_words=same_words)
            return (*article.sightings, fresh)
        now = replace(before, same_words=same_words)
        return tuple(now if sighting is before else sighting for sighting in article.sightings)

    def _leads_elsewhere(self, article: Article, link: str) -> bool:
        """Has its page moved to a link that is no other article's?"""
        if article.link is not None and canonical_link(article.link) == link:
            return False
        by_it = article_id(self._feed.publisher, link, self._feed.id, None, "", "")
        return not self._known.by_link(article.publisher, link) and self._kept(by_it) is None


def _wordings(article: Article) -> set[tuple[str, str]]:
    return {(article.title, article.summary), *((r.title, r.summary) for r in article.revisions)}


def _pages(entries: Iterable[ReadEntry]) -> set[str]:
    """Canonical links that so many different titles share that they name a page."""
    titles: dict[str, set[str]] = defaultdict(set)
    for read in entries:
        if read.entry.link:
            titles[canonical_link(read.entry.link)].add(read.entry.title)
    return {link for link, under in titles.items() if len(under) >= TITLES_THAT_MAKE_A_PAGE}


def _no_ids(without_story_link: Iterable[Entry]) -> set[str | None]:
    """Ids that different titles share, with no link to tell them apart: they name none of them."""
    titles: dict[str | None, set[str]] = defaultdict(set)
    for entry in without_story_link:
        titles[entry.entry_id].add(entry.title)
    return {entry_id for entry_id, under in titles.items() if len(under) > 1}
