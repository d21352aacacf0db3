"""The articles of ended months among those that are counted by day, each once: what is in a file and hot too, because
it came back or because of a crash between two steps, is counted as the hot one.

A month that is known at the start is counted by its summary. One that comes later holds what was hot here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from tensionwatch.store.daily import Dated, Days
from tensionwatch.store.index import TimeOrder
from tensionwatch.store.months import MonthInfo, Months
from tensionwatch.store.touched import Touched


class ArchivedDays:
    """`days` are those of all articles; hot ones are counted there by others. `dated_of` gives a hot article."""

    def __init__(
        self,
        days: Days,
        months: Months,
        order_of: Callable[[], TimeOrder],
        dated_of: Callable[[str], Dated | None],
    ) -> None:
        self._days = days
        self._months = months
        self._order_of = order_of
        self._dated_of = dated_of
        self._known: dict[str, MonthInfo] = {}
        """Months that are counted."""
        self._archived = Days()
        """What they brought."""
        self._both: dict[str, Dated] = {}
        """Hot articles that are in a month too, as they are there: they were taken away once."""
        self._has_begun = False

    def count(self) -> Iterator[None]:
        """In steps: a month's summary and the hot articles that are as old."""
        self._has_begun = True
        for month in sorted(self._months.known):
            if month not in self._known and month in self._months.known:
                self._count(month)
                yield

    def _count(self, month: str) -> None:
        info = self._known[month] = self._months.known[month]
        days = self._months.summary(month).days
        self._archived.add(days)
        self._days.add(days)
        for article_id in list(self._order_of().oldest(info.last + timedelta(microseconds=1))):
            if article_id not in self._both and self._is_counted(article_id):
                self._come_back(article_id)

    def changed(self, touched: Touched) -> None:
        """Articles have come or gone, and been counted as hot ones."""
        if not self._has_begun:
            return
        if any(self._has_shrunk(month) for month in self._known):
            self._begin_anew()
        else:
            self._known |= self._months.known
        for article_id in touched.gone:
            self._leave(article_id)
        if self._known:
            newest = max(info.last for info in self._known.values())
            for article_id in touched.texts:
                dated = None if article_id in self._both else self._dated_of(article_id)
                if dated is not None and dated.time <= newest and self._is_counted(article_id):
                    self._come_back(article_id)

    def _has_shrunk(self, month: str) -> bool:
        now = self._months.known.get(month)
        return now is None or now.articles < self._known[month].articles

    def _begin_anew(self) -> None:
        """With the next `count`."""
        self._days.add(self._archived.known, -1)
        for dated in self._both.values():
            self._days.put(dated)
        self._known, self._archived, self._both, self._has_begun = {}, Days(), {}, False

    def _is_counted(self, article_id: str) -> bool:
        return self._months.month_with("articles", article_id) in self._known

    def _come_back(self, article_id: str) -> None:
        """As it is in the month: the hot one may have changed since."""
        if (article := self._months.article(article_id)) is not None:
            self._both[article_id] = Dated.of(article)
            self._days.put(self._both[article_id], -1)

    def _leave(self, article_id: str) -> None:
        """A hot article is gone: it may be in a month, since now or all along."""
        if (dated := self._both.pop(article_id, None)) is not None:
            self._days.put(dated)
        elif self._is_counted(article_id) and (article := self._months.article(article_id)) is not None:
            self._archived.put(Dated.of(article))
            self._days.put(Dated.of(article))
