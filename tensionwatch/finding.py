"""Which articles fit a query: sets and lists that are kept up to date, so that no list decodes every article.

    ArticleQuery ─┬▶ unread, starred, feed     a set of ids each, changed with each commit
                  ├▶ flagged, kind, region …   lists of views.py; for an ended month a set, made when asked for
                  ├▶ actor, pair, place …      a look at each event of that region and kind
                  ├▶ publisher, lang, noted    sets too, but made when first asked for (facets.py)
                  ├▶ since, until              places in the order of time
                  ├▶ text                      the full-text index (store/search.py); without it a look at every text
                  └▶ without                   the same sets, of which an article may be in none (refusal.py)

A list is found newest first, part by part (`search`): the first screenful of 100,000 articles takes 1 to 10 ms, each
part after it 1 to 3, so that a screen shows the one before it waits for the others, and keys come between. Ended months
(coldfinding.py) are reached where `since` lies in them, by `until` alone, and by words: then the newest COLD of what is
found there are held against the other conditions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from datetime import datetime
from functools import partial

import msgspec
from msgspec.structs import replace

from tensionwatch.asked import (
    asks_for_facets,
    asks_for_flags,
    asks_for_parties,
    asks_for_time,
    fits,
    is_asked_for,
)
from tensionwatch.coldfinding import COLD, ColdFinder, EventsOfMonth
from tensionwatch.exchange import ArticleQuery
from tensionwatch.facets import Facets
from tensionwatch.refusal import Refusal
from tensionwatch.store import Store
from tensionwatch.store.search import FIRST, PART, IndexLost, Search
from tensionwatch.store.searched import text_of
from tensionwatch.store.terms import Wanted
from tensionwatch.store.touched import Touched
from tensionwatch.views import Views

EVERYTHING = ArticleQuery()
STEP = 500
"""Articles taken in at once: 1 ms."""
TEXTS = 50
"""Texts looked at in one step: 1 to 3 ms."""
AHEAD = 2_000
"""Articles looked at one by one, 3 ms, before the sets of facets.py are made for what is asked."""

FEW = 20
"""Of so many times more articles, those that fit are put in order instead of looked for among all."""


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
        self._cold = ColdFinder(store, events_of, is_patient=self._is_patient)
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
        for article_id in touched.marked:
            self._take_marks(article_id)
        for article_id in (*touched.texts, *touched.gone):
            # To look at each feed's list for what is new was half of what 20,000 from 500 feeds cost this process.
            if article_id not in touched.new:
                self._forget(article_id)
            self._take_in(article_id)
        self._facets.heard(touched)
        if touched.month:
            self._cold.forget()
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

    def _take_marks(self, article_id: str) -> None:
        if (raw := self._store.raw(article_id)) is not None:
            row = _rows.decode(raw)
            (self._unread.discard if row.read else self._unread.add)(article_id)
            (self._starred.add if row.starred else self._starred.discard)(article_id)

    def _forget(self, article_id: str) -> None:
        for ids in (self._undated, self._unread, self._starred):
            ids.discard(article_id)
        for listed in self._of_feed.values():
            listed.pop(article_id, None)

    # ---------------------------------------------------------------- queries

    def ids(self, query: ArticleQuery) -> list[str]:
        """Those that fit, newest first; undated ones by when they were first seen."""
        return [article_id for part in self.search(query) for article_id in part]

    def search(self, query: ArticleQuery) -> Iterator[list[str]]:
        """The same, part by part in steps of a few milliseconds; see Desk.find_articles."""
        if query == EVERYTHING:
            yield self._store.order.since()
            return
        for _ in self.prepare():
            yield []
        wanted = Wanted(query.text)
        if wanted.is_blank:
            yield from self._hot(query, wanted)
            yield from self._cold.parts(query, wanted, query.since)
            return
        if _needs_facets(query):
            for _ in self._facets.prepare():
                yield []
        seen: set[str] = set()
        is_plain = query == ArticleQuery(text=query.text) and not wanted.has_phrases
        found = None if self._search is None else self._search.find(wanted, whole=not is_plain)
        if found is not None:
            try:
                for part in found if is_plain else self._that_fit(found, query, wanted):
                    seen.update(part)
                    yield part
            except IndexLost:
                pass  # the others are looked for without it
            else:
                return
        for part in self._scanned(query, wanted):
            yield [article_id for article_id in part if article_id not in seen]

    def _scanned(self, query: ArticleQuery, wanted: Wanted) -> Iterator[list[str]]:
        """Without the index."""
        yield from self._hot(query, wanted)
        since = None if self._is_patient else query.since  # on a screen months are not read for each letter
        if since is not None or self._is_patient:
            yield from self._cold.parts(query, wanted, since)

    def _that_fit(self, found: Iterator[list[str]], query: ArticleQuery, wanted: Wanted) -> Iterator[list[str]]:
        """Of those that have the words."""
        looked = 0
        sets, refusals = self._sets(query), self._refusals(query)
        for part in found:
            # where there are no months all are hot: to ask the store of each of 50,000 takes longer than all else here
            old = [i for i in part if i not in self._store] if self._store.months.known else []
            hot = part
            for ids in sets:
                hot = [article_id for article_id in hot if article_id in ids]
            if old:
                hot = [article_id for article_id in hot if article_id in self._store]
            for refusal in refusals:
                hot = yield from refusal.left_of(hot)
            if wanted.has_phrases:
                hot = yield from _in_steps(hot, lambda article_id: self._has_words(article_id, wanted))
            if old:
                old = old if self._is_patient else old[: COLD - looked]
                looked += len(old)
                fitting = yield from _in_steps(old, lambda article_id: self._cold.fits(article_id, query, wanted))
                both = {*hot, *fitting}
                hot = [article_id for article_id in part if article_id in both]
            yield hot

    def _has_words(self, article_id: str, wanted: Wanted) -> bool:
        text = self._store.searched(article_id)
        return text is not None and wanted.fits(text_of(text))

    # ---------------------------------------------------------------- what is hot

    def _hot(self, query: ArticleQuery, wanted: Wanted) -> Iterator[list[str]]:
        """Those with these words, if any."""
        passed: Collection[str] = ()
        if not self._facets.is_made and _needs_facets(query):
            passed = yield from self._ahead(query, wanted)
            for _ in self._facets.prepare():
                yield []
        listed, sets = self._listed(query)
        refusals, size = self._refusals(query), FIRST if wanted.is_blank else TEXTS
        at = 0
        while at < len(listed):
            part = listed[at : at + size]
            if passed:
                part = [article_id for article_id in part if article_id not in passed]
            for ids in sets:
                part = [article_id for article_id in part if article_id in ids]
            if not wanted.is_blank:
                part = [article_id for article_id in part if self._has_words(article_id, wanted)]
            for refusal in refusals:
                part = yield from refusal.left_of(part)
            yield part
            at, size = at + size, PART if wanted.is_blank else TEXTS

    def _ahead(self, query: ArticleQuery, wanted: Wanted) -> Generator[list[str], None, set[str]]:
        """Looks at the newest one by one for what facets.py does not know yet; gives those that it has looked at."""
        looked: set[str] = set()
        if any(map(asks_for_facets, query.without)):
            return looked
        bare = replace(query, publisher=None, lang=None, noted=False)
        for part in self._hot(bare, wanted):
            for at in range(0, len(part), STEP):
                some = part[at : at + STEP]
                looked.update(some)
                found = filter(None, map(self._store.article, some))
                yield [article.id for article in found if fits(article, query)]
                if len(looked) >= AHEAD:
                    return looked
        return looked

    def _listed(self, query: ArticleQuery) -> tuple[list[str], list[Collection[str]]]:
        """A list, newest first, that has all that fit, and the sets in all of which one must be besides."""
        sets = sorted(self._sets(query, is_listed=True), key=len)
        if asks_for_flags(query):
            if asks_for_time(query):
                sets.append(self._in_time(query))
            return self._telling_hot(query), sets
        if sets and len(sets[0]) * FEW < len(self._store.order) and not asks_for_time(query):
            raws = filter(None, map(self._store.raw, sets.pop(0)))
            return [row.id for row in sorted(map(_rows.decode, raws), key=lambda row: row.place, reverse=True)], sets
        found = self._dated(query)
        if asks_for_time(query) and self._undated:
            found = [article_id for article_id in found if article_id not in self._undated]
        return found, sets

    def _dated(self, query: ArticleQuery) -> list[str]:
        """Those since and until then, newest first, undated ones by when they were first seen."""
        found = self._store.order.since(query.since)
        # of two lists from one order, the shorter is the beginning of the longer
        return found if query.until is None else found[len(self._store.order.since(query.until)) :]

    def _in_time(self, query: ArticleQuery) -> Collection[str]:
        return set(self._dated(query)) - self._undated

    def _telling_hot(self, query: ArticleQuery) -> list[str]:
        """Those that tell an event that is asked for, newest first."""
        found = self._views.articles(query.region, query.group, query.kind)
        if not asks_for_parties(query):
            return found
        events = self._views.newest(query.region, query.group, query.kind)
        told = {article_id for event in events if is_asked_for(event, query) for article_id in event.articles}
        return [article_id for article_id in found if article_id in told]

    def _sets(self, query: ArticleQuery, *, is_listed: bool = False) -> list[Collection[str]]:
        """Sets of ids in all of which an article must be; without those of flags and time where a list has them."""
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
        if not is_listed and asks_for_flags(query):
            sets.append(set(self._telling_hot(query)))
        if not is_listed and asks_for_time(query):
            sets.append(self._in_time(query))
        return sets

    def _refusals(self, query: ArticleQuery) -> list[Refusal]:
        return [self._refusal(unwanted) for unwanted in query.without]

    def _refusal(self, unwanted: ArticleQuery) -> Refusal:
        wanted = Wanted(unwanted.text)
        find = None if self._search is None else partial(self._search.find, wanted, whole=True)
        return Refusal(self._sets(unwanted), wanted, lambda article_id: self._has_words(article_id, wanted), find)


def _needs_facets(query: ArticleQuery) -> bool:
    return any(map(asks_for_facets, (query, *query.without)))


def _in_steps(ids: list[str], fits: Callable[[str], bool]) -> Generator[list[str], None, list[str]]:
    """Those that fit."""
    found: list[str] = []
    for at in range(0, len(ids), TEXTS):
        if at:
            yield []
        found += filter(fits, ids[at : at + TEXTS])
    return found
