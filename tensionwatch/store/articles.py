"""The hot articles, and what is asked of all of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec
from msgspec import Raw

from tensionwatch.model import Article
from tensionwatch.store.daily import Dated, Days
from tensionwatch.store.documents import decoded
from tensionwatch.store.index import IdentityIndex, Keys, TimeOrder, time_of
from tensionwatch.store.keyed import KeyedTable
from tensionwatch.store.replay import Reading
from tensionwatch.store.table import JournalTable

INDEX_STEP = 300
"""Articles whose links and ids are taken in at once: 1-4 ms."""
TOLD_EVERY = 2_000
"""Articles after which it is told how far reading is: 5 ms."""
COUNT_STEP = 1_000
"""Articles counted by day at once: 2 ms."""


class _Light(msgspec.Struct, frozen=True, gc=False):
    """The fields of an article that are looked at when a store opens; decoding only these takes 0.9 µs."""

    id: str
    first_seen: datetime
    effective: datetime | None
    flags: Raw = Raw(b"[]")
    read: bool = False


_articles = msgspec.json.Decoder(Article)
_keys = msgspec.json.Decoder(Keys)
_light = msgspec.json.Decoder(_Light)
_dated = msgspec.json.Decoder(Dated)


class Articles(KeyedTable):
    """What is put into the table is told by `know` once it has been kept, what is removed by `forget`."""

    def __init__(self, table: JournalTable) -> None:
        super().__init__(table)
        self.unread = 0
        self.flagged: set[str] = set()
        self.order = TimeOrder()
        self._identities = IdentityIndex(self._keys_of)
        self._to_index: list[int] = []
        """Numbers of articles whose links and ids are still to be taken in, the last ones first."""
        self.days = Days()
        """Of those that have been counted; see `count`."""
        self._to_count: list[int] = []
        """As `_to_index`."""

    def get(self, article_id: str) -> Article | None:
        raw = self.raw(article_id)
        return None if raw is None else _articles.decode(raw)

    def all(self) -> Iterator[Article]:
        """As they are now, in the order they came; later changes do not reach a walk under way."""
        known = set(map(self.number, self))
        return (_articles.decode(raw) for number, raw in self.table.raws() if number in known)

    def by_link(self, publisher: str, canonical_link: str) -> tuple[str, ...]:
        self._index_all()
        return self._identities.by_link(publisher, canonical_link)

    def by_entry_id(self, feed: str, entry_id: str) -> tuple[str, ...]:
        self._index_all()
        return self._identities.by_entry_id(feed, entry_id)

    def index(self) -> Iterator[None]:
        """Take in the links and ids of all articles, in steps of a few milliseconds. Whoever looks one up before that
        is through waits for all of it (100,000: 0.2 s, 1.1 s where every link has tracking parameters)."""
        while self._to_index:
            for _ in range(min(INDEX_STEP, len(self._to_index))):
                number = self._to_index.pop()
                self._identities.replace(number, None, self._keys_of(number))
            yield

    def _index_all(self) -> None:
        for _ in self.index():
            pass

    def count(self) -> Iterator[None]:
        """Count all articles by day, in steps of a few milliseconds (100,000: 0.2 s)."""
        while self._to_count:
            for _ in range(min(COUNT_STEP, len(self._to_count))):
                if (raw := self.table.raw(self._to_count.pop())) is not None:
                    self.days.put(_dated.decode(raw))
            yield

    def dated(self, article_id: str) -> Dated | None:
        """Of an article what a day counts."""
        raw = self.raw(article_id)
        return None if raw is None else _dated.decode(raw)

    def _is_indexed(self, number: int) -> bool:
        return not _waits(number, self._to_index)

    def _move(self, number: int, before: Article | None, now: Article | None) -> None:
        """Of an article counted already, or come since."""
        if not _waits(number, self._to_count):
            if before is not None:
                self.days.put(Dated.of(before), -1)
            if now is not None:
                self.days.put(Dated.of(now))

    def _keys_of(self, number: int) -> Keys | None:
        raw = self.table.raw(number)
        return None if raw is None else _keys.decode(raw)

    def know(self, before: Article | None, now: Article) -> None:
        """An article has come or changed."""
        number = self._ids[now.id]
        if self._is_indexed(number):
            self._identities.replace(number, None if before is None else Keys.of(before), Keys.of(now))
        self._move(number, before, now)
        self.order.move(now.id, None if before is None else time_of(before), time_of(now))
        (self.flagged.add if now.flags else self.flagged.discard)(now.id)
        self.unread += (not now.read) - (before is not None and not before.read)

    def forget(self, gone: Mapping[int, Article]) -> None:
        """Articles of these numbers are there no more."""
        for number, article in gone.items():
            if self._is_indexed(number):
                self._identities.replace(number, Keys.of(article), None)
            self._move(number, article, None)
            self.flagged.discard(article.id)
            self.unread -= not article.read
        self.order.remove({article.id: time_of(article) for article in gone.values()})

    def change(self, changes: Mapping[int, Raw | None]) -> tuple[list[str], list[str]]:
        """Another process changes these documents, which are to be in the table afterwards; gives the ids of the
        articles that have come or changed, and of those that are gone."""
        former = self.follow(changes, _id_of)
        before = {i: None if was is None else decoded(_articles, was.raw) for i, was in former.items()}
        numbers = {i: was.number for i, was in former.items() if was is not None}
        come = [article_id for article_id in before if article_id in self]
        gone = {i: article for i, article in before.items() if i not in self and article is not None}
        moved = {i: article for i in come if (article := before[i]) is not None and numbers[i] != self._ids[i]}
        fresh = [self._ids[i] for i in come if before[i] is None or i in moved]
        if any(_waits(number, self._to_count) for number in fresh):
            for _ in self.count():  # a whole reload may give an article a number among those that still wait
                pass
        self.forget({numbers[i]: article for i, article in (gone | moved).items()})
        before |= dict.fromkeys(moved)
        if not all(map(self._is_indexed, fresh)):
            self._index_all()  # as above
        for article_id in come:
            if (raw := changes[self._ids[article_id]]) is not None:
                self.know(before[article_id], _articles.decode(raw))
        return come, list(gone)

    def load(self, *, suspect: bool, reading: Reading) -> int:
        """At opening; gives how many could not be read. Of those that are suspect everything is looked at."""
        lost = 0
        times: list[tuple[float, str]] = []
        raws = self.table.raws()
        for place, (number, raw) in enumerate(raws):
            if place % TOLD_EVERY == 0:
                reading(place / len(raws))
            article = decoded(_light, raw)
            if article is None or (suspect and decoded(_articles, raw) is None):
                lost += 1
                continue
            self.name(article.id, number)
            times.append(((article.effective or article.first_seen).timestamp(), article.id))
            self.unread += not article.read
            if bytes(article.flags) != b"[]":
                self.flagged.add(article.id)
        self.order = TimeOrder(times)
        self._to_index = sorted(self._ids.values(), reverse=True)
        self._to_count = list(self._to_index)
        return lost


def _waits(number: int, waiting: list[int]) -> bool:
    """They are taken in from the first on; those that have come since opening have higher numbers than all."""
    return bool(waiting) and waiting[-1] <= number <= waiting[0]


def _id_of(raw: Raw) -> str | None:
    article = decoded(_articles, raw)
    return None if article is None else article.id
