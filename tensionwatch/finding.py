"""Which articles fit a query: sets and lists that are kept up to date, so that no list decodes every article.

    ArticleQuery ─┬▶ unread, starred, feed     a set of ids each, changed with each commit
                  ├▶ flagged, kind, region …   lists of views.py; for an ended month a set, made when asked for
                  ├▶ actor, pair, place …      a look at each event of that region and kind
                  ├▶ publisher, lang, noted    sets too, but made when first asked for (facets.py)
                  ├▶ since, until              places in the order of time
                  └▶ text                      the full-text index (store/search.py); without it a look at every text

At 100,000 articles any of these but the text takes 1 to 20 ms (a walk that decodes all of them: 200-270 ms). Ended
months are reached where `since` lies in them, and by words: then the newest COLD of what is found there is held
against the other conditions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from itertools import islice

import msgspec

from tensionwatch.facets import Facets, speaks
from tensionwatch.model import Article, Event, Kind
from tensionwatch.ports import ArticleQuery, Group
from tensionwatch.store import Store
from tensionwatch.store.search import Search
from tensionwatch.store.searched import text_of
from tensionwatch.store.terms import Wanted
from tensionwatch.store.touched import Touched
from tensionwatch.views import Views

EVERYTHING = ArticleQuery()
STEP = 500
"""Articles taken in at once: 1 ms."""
COLD = 500
"""Articles of ended months looked at for a screen: 20 ms."""

FEW = 20
"""Of so many times more articles, those that fit are put in order instead of looked for among all."""

_SETS_KEPT = 64

EventsOfMonth = Callable[[str, str | None, Group | None, Kind | None], Iterator[Event]]
"""Events of a month's file by region, group and kind."""


class _Shown(msgspec.Struct, frozen=True, gc=False):
    """Of a sighting."""

    feed: str


class _Row(msgspec.Struct, frozen=True, gc=False):
    """Of an article."""

    id: str
    feed: str
    first_seen: datetime
    effective: datetime | None
    sightings: tuple[_Shown, ...] = ()
    read: bool = False
    starred: bool = False

    @property
    def place(self) -> tuple[datetime, str]:
        return (self.effective or self.first_seen, self.id)


_rows = msgspec.json.Decoder(_Row)


class Finder:
    """Answers queries over a store; hears its changes."""

    def __init__(self, store: Store, views: Views, events_of: EventsOfMonth, search: Search | None = None) -> None:
        self._store = store
        self._views = views
        self._events_of = events_of
        self._search = search
        self._is_patient = store.read_only and not store.follows
        """Nobody waits at a screen: all of what is asked for is found, however long that takes."""
        self._to_come = store.order.since()
        """Ids of articles that may be in no set yet."""
        self._undated: set[str] = set()
        self._unread: set[str] = set()
        self._starred: set[str] = set()
        self._of_feed: dict[str, dict[str, None]] = defaultdict(dict)
        """As dictionaries, which take half of what so many sets of 1,000 do."""
        self._facets = Facets(store)
        self._telling: dict[tuple[object, ...], frozenset[str]] = {}
        store.heard = self._heard

    @property
    def notices(self) -> Sequence[str]:
        """What the user should know of the search."""
        return () if self._search is None else self._search.notices

    def prepare(self) -> Iterator[None]:
        """Take in all articles, in steps of a millisecond. Whoever asks before that is through waits for it
        (100,000: 0.2 s)."""
        while self._to_come:
            for _ in range(min(STEP, len(self._to_come))):
                self._take_in(self._to_come.pop())
            yield

    # ---------------------------------------------------------------- changes

    def _heard(self, touched: Touched) -> None:
        for article_id in (*touched.texts, *touched.marked, *touched.gone):
            # To look at each feed's list for what is new was half of what 20,000 from 500 feeds cost this process.
            if article_id not in touched.new:
                self._forget(article_id)
            self._take_in(article_id)
        self._facets.heard(touched)
        if touched.month:
            self._telling.clear()
        if self._search is not None:
            texts = filter(None, map(self._store.searched, touched.texts))
            self._search.changed(texts, touched.gone, month=touched.month)

    def _take_in(self, article_id: str) -> None:
        if (raw := self._store.raw(article_id)) is None:
            return
        row = _rows.decode(raw)
        for feed in (row.feed, *(shown.feed for shown in row.sightings)):
            self._of_feed[feed][article_id] = None  # not the row's own, another 80 bytes each
        if row.effective is None:
            self._undated.add(article_id)
        if not row.read:
            self._unread.add(article_id)
        if row.starred:
            self._starred.add(article_id)

    def _forget(self, article_id: str) -> None:
        for ids in (self._undated, self._unread, self._starred):
            ids.discard(article_id)
        for listed in self._of_feed.values():
            listed.pop(article_id, None)

    # ---------------------------------------------------------------- queries

    def ids(self, query: ArticleQuery) -> list[str]:
        """Those that fit, newest first; undated ones by when they were first seen."""
        if query == EVERYTHING:
            return self._store.order.since()
        wanted = Wanted(query.text)
        if wanted.is_blank:
            return self._hot(query) + list(self._cold(query, wanted, query.since))
        found = None if self._search is None else self._search.find(wanted)
        if found is None:
            hot = [article_id for article_id in self._hot(query) if self._has_words(article_id, wanted)]
            since = None if self._is_patient else query.since  # on a screen months are not read for each letter
            return hot + (list(self._cold(query, wanted, since)) if since or self._is_patient else [])
        if query == ArticleQuery(text=query.text):
            return found
        return self._that_fit(found, query)

    def _that_fit(self, found: list[str], query: ArticleQuery) -> list[str]:
        """Of those that have the words."""
        at_most = None if self._is_patient else COLD
        # where there are no months all are hot: to ask the store of each of 50,000 takes longer than all else here
        out = (i for i in found if i not in self._store) if self._store.months.known else ()
        old = {article_id for article_id in islice(out, at_most) if self._cold_fits(article_id, query)}
        conditions = self._conditions(query)
        if _asks_for_flags(query):
            conditions.append(set(self._telling_hot(query)))
        if query.since is not None or query.until is not None:
            conditions.append(set(self._dated(query)) - self._undated)
        hot = found
        for ids in sorted(conditions, key=len):
            hot = [article_id for article_id in hot if article_id in ids]
        fitting = old.union(article_id for article_id in hot if article_id in self._store)
        return [article_id for article_id in found if article_id in fitting]

    def _has_words(self, article_id: str, wanted: Wanted) -> bool:
        text = self._store.searched(article_id)
        return text is not None and wanted.fits(text_of(text))

    # ---------------------------------------------------------------- what is hot

    def _hot(self, query: ArticleQuery) -> list[str]:
        """Without regard to words."""
        order = self._store.order
        conditions = sorted(self._conditions(query), key=len)
        is_of_time = query.since is not None or query.until is not None
        if _asks_for_flags(query):
            found = self._telling_hot(query)
            if is_of_time:
                conditions.append(set(self._dated(query)))
        elif conditions and len(conditions[0]) * FEW < len(order) and not is_of_time:
            raws = filter(None, map(self._store.raw, conditions.pop(0)))
            found = [row.id for row in sorted(map(_rows.decode, raws), key=lambda row: row.place, reverse=True)]
        else:
            found = self._dated(query)
        if is_of_time and self._undated:
            found = [article_id for article_id in found if article_id not in self._undated]
        for ids in conditions:
            found = [article_id for article_id in found if article_id in ids]
        return found

    def _dated(self, query: ArticleQuery) -> list[str]:
        """Those since and until then, newest first, undated ones by when they were first seen."""
        found = self._store.order.since(query.since)
        # of two lists from one order, the shorter is the beginning of the longer
        return found if query.until is None else found[len(self._store.order.since(query.until)) :]

    def _telling_hot(self, query: ArticleQuery) -> list[str]:
        """Those that tell an event that is asked for, newest first."""
        found = self._views.articles(query.region, query.group, query.kind)
        if not _asks_for_parties(query):
            return found
        events = self._views.newest(query.region, query.group, query.kind)
        told = {article_id for event in events if _is_asked_for(event, query) for article_id in event.articles}
        return [article_id for article_id in found if article_id in told]

    def _conditions(self, query: ArticleQuery) -> list[Collection[str]]:
        """Sets of ids in all of which an article must be."""
        is_of_time = query.since is not None or query.until is not None
        if query.unread or query.starred or query.feed is not None or is_of_time:
            for _ in self.prepare():
                pass
        sets: list[Collection[str]] = []
        if query.unread:
            sets.append(self._unread)
        if query.starred:
            sets.append(self._starred)
        if query.feed is not None:
            sets.append(self._of_feed.get(query.feed, {}))
        if query.publisher is not None:
            sets.append(self._facets.of_publisher(query.publisher))
        if query.lang is not None:
            sets.append(self._facets.of_language(query.lang))
        if query.noted:
            sets.append(self._facets.noted())
        return sets

    # ---------------------------------------------------------------- what lies in months

    def _cold(self, query: ArticleQuery, wanted: Wanted, since: datetime | None) -> Iterator[str]:
        """Newest first, of the months with something since then; of all where a reader asks for words."""
        if since is None and wanted.is_blank and (query.until is None or not self._is_patient):
            return
        months = self._store.months
        for month in months.newest_first():
            if since is None or months.known[month].last >= since:
                found = [
                    (article.effective or article.first_seen, article.id)
                    for article in months.articles(month)
                    if article.id not in self._store
                    and wanted.fits(text_of(article))
                    and self._fits(article, query)
                    and (not _asks_for_flags(query) or article.id in self._telling_in(month, query))
                ]
                yield from (article_id for _, article_id in sorted(found, reverse=True))

    def _cold_fits(self, article_id: str, query: ArticleQuery) -> bool:
        article = self._store.months.article(article_id)
        if article is None or not self._fits(article, query):
            return False
        months = self._store.months.known
        return not _asks_for_flags(query) or any(article_id in self._telling_in(month, query) for month in months)

    def _fits(self, article: Article, query: ArticleQuery) -> bool:
        """Without regard to words and flags."""
        return (
            not (query.unread and article.read)
            and not (query.starred and not article.starred)
            and (query.feed is None or query.feed in article.feeds)
            and not (query.noted and article.note is None)
            and (query.publisher is None or query.publisher.casefold() in article.publisher.casefold())
            and (query.lang is None or speaks(article.lang, query.lang))
            and (query.since is None or (article.effective is not None and article.effective >= query.since))
            and (query.until is None or (article.effective is not None and article.effective < query.until))
        )

    def _telling_in(self, month: str, query: ArticleQuery) -> frozenset[str]:
        """Articles of a month that tell such events; kept until the month's file is another."""
        key = (month, query.region, query.group, query.kind, *_parties(query))
        if key not in self._telling:
            if len(self._telling) >= _SETS_KEPT:
                self._telling.clear()
            events = self._events_of(month, query.region, query.group, query.kind)
            self._telling[key] = frozenset(
                article_id for event in events if _is_asked_for(event, query) for article_id in event.articles
            )
        return self._telling[key]


def _asks_for_flags(query: ArticleQuery) -> bool:
    return (
        query.flagged
        or query.kind is not None
        or query.group is not None
        or query.region is not None
        or _asks_for_parties(query)
    )


def _parties(query: ArticleQuery) -> tuple[object, ...]:
    return (query.actor, query.recipient, query.country, query.pair, query.place)


def _asks_for_parties(query: ArticleQuery) -> bool:
    return any(each is not None for each in _parties(query))


def _is_asked_for(event: Event, query: ArticleQuery) -> bool:
    """Are its parties and its place those that are asked for?"""
    return (
        query.actor in (None, event.actor)
        and query.recipient in (None, event.recipient)
        and query.place in (None, event.place)
        and (query.country is None or query.country in event.sides)
        and (query.pair is None or query.pair == event.sides)
    )
