"""Which articles fit a query: sets that are kept up to date, so that no list decodes every article.

    ArticleQuery ─┬▶ unread, starred, feed     a set of ids each, changed with each mark and each article
                  ├▶ flagged, kind, region …   the articles of the events that fit: a few thousand events
                  ├▶ since                     a place in the order of time
                  └▶ text                      the full-text index (store/search.py); without it a look at every text

At 100,000 articles any of these but the text takes 1 to 20 ms (a walk that decodes all of them: 200-270 ms).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from tensionwatch.model import Article, Event
from tensionwatch.ports import ArticleQuery, Group
from tensionwatch.store import Store
from tensionwatch.store.search import Search
from tensionwatch.store.searched import text_of
from tensionwatch.store.terms import Wanted

EVERYTHING = ArticleQuery()

_FEW = 10
"""So many times fewer ids than articles are sorted rather than looked for in the order of all."""


class Row(Protocol):
    """What of an article lists are made by."""

    @property
    def id(self) -> str: ...
    @property
    def feed(self) -> str: ...
    @property
    def effective(self) -> datetime | None: ...
    @property
    def first_seen(self) -> datetime: ...
    @property
    def read(self) -> bool: ...
    @property
    def starred(self) -> bool: ...


class Finder:
    """The order of all articles of a store, and what lists of them are chosen by."""

    def __init__(
        self,
        store: Store,
        rows: Iterable[Row],
        events: Iterable[Event],
        regions_of: Callable[[Event], Collection[str]],
        search: Search | None = None,
    ) -> None:
        """`rows` are those of all articles; `events` are walked anew at each query that asks for flags."""
        self._store = store
        self._events = events
        self._regions_of = regions_of
        self._search = search
        self._at: dict[str, datetime] = {}
        self._undated: set[str] = set()
        self._unread: set[str] = set()
        self._starred: set[str] = set()
        self._of_feed: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            self._add(row)
        self._order = sorted((at, article_id) for article_id, at in self._at.items())

    def __len__(self) -> int:
        return len(self._order)

    @property
    def notices(self) -> Sequence[str]:
        """What the user should know of the search."""
        return () if self._search is None else self._search.notices

    def since(self, moment: datetime) -> list[str]:
        """Ids of the articles at or after, undated ones by when they were first seen; newest first."""
        return [article_id for _, article_id in reversed(self._order[self._first(moment) :])]

    def oldest(self) -> Iterable[str]:
        """Ids, oldest first."""
        return (article_id for _, article_id in self._order)

    # ---------------------------------------------------------------- changes

    def put(self, articles: Iterable[Article]) -> None:
        """Articles that have come, or whose text, time or feed may be another; right after their commit."""
        listed = list(articles)
        for article in listed:
            before = self._at.get(article.id)
            if before is not None:
                self._forget(article.id)
            self._add(article)
            if before != self._at[article.id]:
                if before is not None:
                    del self._order[bisect_left(self._order, (before, article.id))]
                insort(self._order, (self._at[article.id], article.id))
        if self._search is not None:
            self._search.changed(listed)

    def drop(self, ids: Iterable[str]) -> None:
        """Articles that have gone."""
        gone = [article_id for article_id in ids if article_id in self._at]
        for article_id in gone:
            del self._order[bisect_left(self._order, (self._at[article_id], article_id))]
            self._forget(article_id)
        if self._search is not None:
            self._search.changed((), gone)

    def marked(self, ids: Iterable[str]) -> None:
        """The marks of these have changed."""
        for article in filter(None, map(self._store.article, ids)):
            _set(self._unread, article.id, not article.read)
            _set(self._starred, article.id, article.starred)
        self.touched()

    def touched(self) -> None:
        """Something else of the store has changed: nothing that lists are made by."""
        if self._search is not None:
            self._search.changed(())

    def _add(self, row: Row) -> None:
        self._at[row.id] = row.effective or row.first_seen
        self._of_feed[row.feed].add(row.id)
        if row.effective is None:
            self._undated.add(row.id)
        if not row.read:
            self._unread.add(row.id)
        if row.starred:
            self._starred.add(row.id)

    def _forget(self, article_id: str) -> None:
        del self._at[article_id]
        for ids in (self._undated, self._unread, self._starred, *self._of_feed.values()):
            ids.discard(article_id)

    # ---------------------------------------------------------------- queries

    def ids(self, query: ArticleQuery) -> list[str]:
        """Those that fit, newest first; undated ones by when they were first seen."""
        if query == EVERYTHING:
            return [article_id for _, article_id in reversed(self._order)]
        wanted = Wanted(query.text)
        conditions = self._conditions(query)
        if wanted.is_blank:
            return self._in_order(conditions, query.since)
        found = None if self._search is None else self._search.find(wanted)
        if found is None:
            return [i for i in self._in_order(conditions, query.since) if self._has_words(i, wanted)]
        for ids in conditions:
            found = [article_id for article_id in found if article_id in ids]
        if query.since is not None:
            since = query.since
            found = [i for i in found if i in self._at and self._at[i] >= since and i not in self._undated]
        # The index may be ahead of what is kept, or behind: what has gone meanwhile is not listed.
        return [i for i in found if i in self._at or self._store.article(i) is not None]

    def _conditions(self, query: ArticleQuery) -> list[Collection[str]]:
        """Sets of ids in all of which an article must be."""
        sets: list[Collection[str]] = []
        if query.unread:
            sets.append(self._unread)
        if query.starred:
            sets.append(self._starred)
        if query.feed is not None:
            sets.append(self._of_feed.get(query.feed, set()))
        if query.flagged or query.kind is not None or query.group is not None or query.region is not None:
            sets.append({a for event in self._events if self._fits(query, event) for a in event.articles})
        return sets

    def _fits(self, query: ArticleQuery, event: Event) -> bool:
        """One and the same event must fit kind, group and region."""
        return (
            (query.kind is None or event.kind is query.kind)
            and (query.group is None or Group.of(event.kind) is query.group)
            and (query.region is None or query.region in self._regions_of(event))
        )

    def _in_order(self, conditions: list[Collection[str]], since: datetime | None) -> list[str]:
        first = 0 if since is None else self._first(since)
        without = self._undated if since is not None else frozenset[str]()
        conditions = sorted(conditions, key=len)
        if conditions and len(conditions[0]) * _FEW < len(self._order) - first:
            few = [(self._at[i], i) for i in conditions[0] if i in self._at and all(i in c for c in conditions[1:])]
            few.sort(reverse=True)
            return [i for at, i in few if since is None or (at >= since and i not in without)]
        found = [article_id for _, article_id in reversed(self._order[first:])]
        if without:
            found = [article_id for article_id in found if article_id not in without]
        for ids in conditions:
            found = [article_id for article_id in found if article_id in ids]
        return found

    def _first(self, moment: datetime) -> int:
        return bisect_left(self._order, (moment, ""))

    def _has_words(self, article_id: str, wanted: Wanted) -> bool:
        text = self._store.searched(article_id)
        return text is not None and wanted.fits(text_of(text))


def _set(ids: set[str], article_id: str, inside: bool) -> None:
    if inside:
        ids.add(article_id)
    else:
        ids.discard(article_id)
