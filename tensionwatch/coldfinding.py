"""Which articles of ended months fit a query: their files are read in steps, newest month first."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from datetime import datetime, timedelta
from functools import partial

from msgspec.structs import replace

from tensionwatch.asked import asks_for_flags, fits, is_asked_for, parties
from tensionwatch.exchange import ArticleQuery, Group
from tensionwatch.model import Article, Event, Kind
from tensionwatch.store import Store
from tensionwatch.store.searched import text_of
from tensionwatch.store.terms import Wanted

COLD = 500
"""Articles of ended months looked at for a screen: 20 ms."""
STEP = 250
"""Articles read in one step: 2 ms."""

_MOMENT = timedelta.resolution
_SETS_KEPT = 64
_MONTHS_KEPT = 24

EventsOfMonth = Callable[[str, str | None, Group | None, Kind | None], Iterator[Event]]
"""Events of a month's file by region, group and kind."""


class ColdFinder:
    def __init__(self, store: Store, events_of: EventsOfMonth, *, is_patient: bool) -> None:
        self._store = store
        self._events_of = events_of
        self._is_patient = is_patient
        self._telling: dict[tuple[object, ...], frozenset[str]] = {}
        self._months: dict[tuple[str, ArticleQuery], list[str]] = {}
        """What was found in a month: a screen asks again with each change of the store."""
        self._changes = 0

    def forget(self) -> None:
        """A month's file is another."""
        self._changes += 1
        self._telling.clear()
        self._months.clear()

    def parts(self, query: ArticleQuery, wanted: Wanted, since: datetime | None) -> Iterator[list[str]]:
        """Of the months with something since then; of all where a reader asks for words, or for what came before. Of
        the latter a screen gets the newest COLD."""
        if since is None and wanted.is_blank and query.until is None:
            return
        left = None if self._is_patient or since is not None or not wanted.is_blank else COLD
        months = self._store.months
        for month in list(months.newest_first()):
            if left == 0 or (known := months.known.get(month)) is None or (since is not None and known.last < since):
                continue
            if query.until is None or known.first < query.until:
                found = yield from self._in_month(month, query, wanted)
                yield found[:left]
                left = None if left is None else max(0, left - len(found))

    def _in_month(self, month: str, query: ArticleQuery, wanted: Wanted) -> Generator[list[str], None, list[str]]:
        """Newest first."""
        asked = self._asked_of(month, query)
        key = (month, asked)
        if (ids := self._months.get(key)) is None:
            found: list[tuple[datetime, str]] = []
            changes = self._changes
            tells = partial(self._tells, month)
            for number, article in enumerate(self._store.months.articles(month), start=1):
                if self._is_found(article, asked, wanted, tells):
                    found.append((article.effective or article.first_seen, article.id))
                if number % STEP == 0:
                    yield []
            ids = [article_id for _, article_id in sorted(found, reverse=True)]
            if not self._is_patient and changes == self._changes:
                if len(self._months) >= _MONTHS_KEPT:
                    self._months.clear()
                self._months[key] = ids
        return [article_id for article_id in ids if article_id not in self._store]

    def _asked_of(self, month: str, query: ArticleQuery) -> ArticleQuery:
        """With the ends of the month for times that all of it is within: those counted from now are others at each
        look."""
        known = self._store.months.known[month]
        if query.since is not None:
            query = replace(query, since=max(query.since, known.first))
        if query.until is not None:
            query = replace(query, until=min(query.until, known.last + _MOMENT))
        return query

    def fits(self, article_id: str, query: ArticleQuery, wanted: Wanted) -> bool:
        article = self._store.months.article(article_id)
        return article is not None and self._is_found(article, query, wanted, self._tells_in_any)

    def _is_found(
        self, article: Article, query: ArticleQuery, wanted: Wanted, tells: Callable[[str, ArticleQuery], bool]
    ) -> bool:
        """`tells`: does the article of an id tell an event that a query asks for?"""
        return (
            wanted.fits(text_of(article))
            and fits(article, query)
            and (not asks_for_flags(query) or tells(article.id, query))
            and not any(self._is_found(article, each, Wanted(each.text), tells) for each in query.without)
        )

    def _tells_in_any(self, article_id: str, query: ArticleQuery) -> bool:
        return any(self._tells(month, article_id, query) for month in self._store.months.known)

    def _tells(self, month: str, article_id: str, query: ArticleQuery) -> bool:
        key = (month, query.region, query.group, query.kind, *parties(query))
        if key not in self._telling:
            if len(self._telling) >= _SETS_KEPT:
                self._telling.clear()
            events = self._events_of(month, query.region, query.group, query.kind)
            self._telling[key] = frozenset(
                article_id for event in events if is_asked_for(event, query) for article_id in event.articles
            )
        return article_id in self._telling[key]
