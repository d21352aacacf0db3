"""The typed store: all that the rest of the program knows of where things are kept.

    commit(Batch) ─▶ one transaction over the tables ─▶ one journal record, fsync ─▶ maps and indexes ─▶ Change

Tables: `articles`, `events`, `copies` (of each article its near-copies), `feeds`, `corrections` and `months`, a record
a document, and `meta` (migrations.py). Articles of ended months lie in files of their own (months.py): `article` finds
them too, all else here speaks of the others, the hot ones. So a feed that shows a very old link again is recognised by
the id that is made of it; by another link, or the feed's own id, only while the article is hot.
 TinyDB's document ids are numbers of its own; maps from our ids to them are made
at opening, from a few fields of each article (100,000 of 1 KB: 0.3 s). What else poll results are compared with, links
and ids, is taken in afterwards, in steps. Articles are decoded when asked for (4 µs each, 1 µs in a walk): a screen of
fifty rows would not notice what a cache spares.

Not for use from several threads at once: one writer, the loop's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self, TypeVar

import msgspec
from msgspec import Raw

from tensionwatch.clock import Clock, SystemClock
from tensionwatch.model import (
    SCHEMA_VERSION,
    Article,
    Batch,
    Change,
    Correction,
    Event,
    FeedState,
    Kind,
    Telling,
    to_json,
)
from tensionwatch.store.index import IdentityIndex, Keys, TimeOrder, time_of
from tensionwatch.store.journal import JOURNAL, SNAPSHOT, JournalStorage
from tensionwatch.store.keyed import KeyedTable
from tensionwatch.store.memory import MemoryJournal
from tensionwatch.store.migrations import Meta, back_up, meta_of, migration, refuse_newer
from tensionwatch.store.months import MONTHS, MonthInfo, Months
from tensionwatch.store.records import UNREADABLE
from tensionwatch.store.searched import SearchedText
from tensionwatch.store.table import JournalDB

INDEX_STEP = 300
"""Articles whose links and ids are taken in at once: 1-4 ms."""


class _Light(msgspec.Struct, frozen=True, gc=False):
    """The fields of an article that are looked at when a store opens; decoding only these takes 0.9 µs."""

    id: str
    first_seen: datetime
    effective: datetime | None
    flags: Raw = Raw(b"[]")
    read: bool = False


class _Ranks(msgspec.Struct, frozen=True, gc=False):
    """Of a document in `events`, what is kept beside the event."""

    ranks: tuple[tuple[str, int], ...] = ()


class _Near(msgspec.Struct, frozen=True, gc=False):
    """A document in `copies`."""

    article: str
    near: tuple[str, ...]


class Touched(NamedTuple):
    """What a commit has done to articles; ids."""

    texts: tuple[str, ...] = ()
    """That have come or changed."""
    marked: tuple[str, ...] = ()
    """Of which only marks have changed."""
    gone: tuple[str, ...] = ()
    """That are no longer hot."""
    months: bool = False
    """Have files of months changed?"""


def _unheard(_: Touched) -> None:
    """Nobody listens."""


_articles = msgspec.json.Decoder(Article)
_feed_states = msgspec.json.Decoder(FeedState)
_corrections = msgspec.json.Decoder(Correction)
_events = msgspec.json.Decoder(Event)
_ranks = msgspec.json.Decoder(_Ranks)
_near = msgspec.json.Decoder(_Near)
_keys = msgspec.json.Decoder(Keys)
_searched = msgspec.json.Decoder(SearchedText)
_light = msgspec.json.Decoder(_Light)
_months = msgspec.json.Decoder(MonthInfo)
_metas = msgspec.json.Decoder(Meta)


class Store:
    """Articles, their events and what is remembered of feeds. Made by `open` or `in_memory`; a context manager that
    closes itself."""

    def __init__(
        self, db: JournalDB, notices: list[str], *, read_only: bool = False, folder: Path | None = None
    ) -> None:
        self._db = db
        self.read_only = read_only
        self.notices = notices
        """What was found wrong at opening and what was done about it, a line each."""
        self.revision = 0
        """Grows with each commit of this session."""
        self.heard: Callable[[Touched], None] = _unheard
        """Is called after each commit."""
        self.unread = 0
        """Articles not marked read."""
        self.flagged: set[str] = set()
        """Ids of the articles that carry flags, wrong ones too."""
        self.order = TimeOrder()
        """Ids of all articles in order of time."""
        self._article_table = KeyedTable(db.table("articles"))
        self._event_table = KeyedTable(db.table("events"))
        self._near_table = KeyedTable(db.table("copies"))
        self._feed_table = KeyedTable(db.table("feeds"))
        self._correction_table = KeyedTable(db.table("corrections"))
        self._month_table = KeyedTable(db.table("months"))
        self.months = Months(folder / MONTHS if folder is not None else None)
        """What lies in files of its own."""
        self._meta = db.table("meta")
        self._identities = IdentityIndex(self._keys_of)
        self._not_indexed: set[str] = set()
        self._feeds: dict[str, FeedState] = {}
        self._corrections: dict[str, Correction] = {}
        self.events_version = 0
        """Of the code whose events these are (events/told.py); 0 where they lag behind the articles."""
        self._load()

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False, clock: Clock | None = None) -> Self:
        """The store in the folder `path`, which is made if need be; a reader finds an empty store where there is none.
        One of an older version is backed up and made one of this.

        A reader sees the store as it is now; it takes no lock and never writes. Raises StoreLocked, StoreUnwritable,
        StoreNewer, or StoreError when it cannot be read.
        """
        clock = clock or SystemClock()
        storage = JournalStorage(
            path, read_only=read_only, check=lambda tables: refuse_newer(path, tables), clock=clock
        )
        db = JournalDB(storage=lambda: storage)
        try:
            storage.notices += _migrate(path, storage, read_only, clock)
            return cls(db, storage.notices, read_only=read_only, folder=path)
        except BaseException:
            db.close()
            raise

    @classmethod
    def in_memory(cls) -> Self:
        """An empty store that forgets everything, for tests."""
        return cls(JournalDB(storage=MemoryJournal), [])

    def close(self) -> None:
        """Give the store up to other writers."""
        self.months.close()
        self._db.close()

    def compact(self) -> None:
        """Fold the journal into the snapshot. Raises StoreUnwritable."""
        if isinstance(self._db.storage, JournalStorage):
            self._db.storage.compact()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -------------------------------------------------------------- looking

    def __len__(self) -> int:
        """How many articles there are, without those of ended months."""
        return len(self._article_table)

    def article(self, article_id: str) -> Article | None:
        """Of an ended month too."""
        raw = self._article_table.raw(article_id)
        return self.months.article(article_id) if raw is None else _articles.decode(raw)

    def __contains__(self, article_id: object) -> bool:
        """Is it a hot one?"""
        return article_id in self._article_table

    def raw(self, article_id: str) -> Raw | None:
        """A hot article as it is kept."""
        return self._article_table.raw(article_id)

    def raw_event(self, event_id: str) -> Raw | None:
        return self._event_table.raw(event_id)

    def articles(self) -> Iterator[Article]:
        """All of them as they are now, in the order they came; later changes do not reach a walk under way."""
        known = set(map(self._article_table.number, self._article_table))
        raws = self._article_table.table.raws()
        return (_articles.decode(raw) for doc_id, raw in raws if doc_id in known)

    def raw_articles(self) -> list[Raw]:
        """All of them as JSON, as they are now, in the order they came."""
        known = set(map(self._article_table.number, self._article_table))
        return [raw for doc_id, raw in self._article_table.table.raws() if doc_id in known]

    def searched(self, article_id: str) -> SearchedText | None:
        """What of a hot article is searched for words."""
        raw = self._article_table.raw(article_id)
        return None if raw is None else _searched.decode(raw)

    def events(self) -> Iterator[tuple[Event, tuple[tuple[str, int], ...]]]:
        """The events as they were last told, each with its ranks (see Telling)."""
        for event_id in self._event_table:
            if (raw := self._event_table.raw(event_id)) is not None:
                yield _events.decode(raw), _ranks.decode(raw).ranks

    def near(self) -> dict[str, tuple[str, ...]]:
        """Article → its near-copies."""
        raws = (self._near_table.raw(article_id) for article_id in self._near_table)
        found = [_near.decode(raw) for raw in raws if raw is not None]
        return {each.article: each.near for each in found}

    def feed_state(self, feed_id: str) -> FeedState | None:
        return self._feeds.get(feed_id)

    def feed_states(self) -> list[FeedState]:
        return list(self._feeds.values())

    def corrections(self) -> list[Correction]:
        """What is held to be split or merged, in the order it was said."""
        return list(self._corrections.values())

    def by_link(self, publisher: str, canonical_link: str) -> tuple[str, ...]:
        """Ids of the publisher's articles whose link leads there (`identity.canonical_link`)."""
        self._index_all()
        return self._in_order(self._identities.by_link(publisher, canonical_link))

    def by_entry_id(self, feed: str, entry_id: str) -> tuple[str, ...]:
        """Ids of the articles that the feed calls so."""
        self._index_all()
        return self._in_order(self._identities.by_entry_id(feed, entry_id))

    def index(self) -> Iterator[None]:
        """Take in the links and ids of all articles, in steps of a few milliseconds. Whoever looks one up before that
        is through waits for all of it (100,000: 0.2 s, 1.1 s where every link has tracking parameters)."""
        while self._not_indexed:
            for _ in range(min(INDEX_STEP, len(self._not_indexed))):
                self._identities.replace(None, self._keys_of(self._not_indexed.pop()))
            yield

    def _index_all(self) -> None:
        for _ in self.index():
            pass

    def _in_order(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """As they came: they are taken in in no order."""
        return ids if len(ids) < 2 else tuple(sorted(ids, key=lambda known: self._article_table.number(known) or 0))

    def _keys_of(self, article_id: str) -> Keys | None:
        raw = self._article_table.raw(article_id)
        return None if raw is None else _keys.decode(raw)

    # -------------------------------------------------------------- changing

    def commit(self, batch: Batch) -> Change:
        """Keep all of a batch or, where it raises StoreUnwritable, nothing of it. Durable on return."""
        articles = {article.id: article for article in batch.articles}
        states = {state.feed: state for state in batch.feed_states}
        told = batch.told
        if not articles and not states and (told is None or told == Telling(version=self.events_version)):
            return Change(revision=self.revision, articles=(), feeds=())
        hot = (article_id for article_id in articles if article_id in self)
        before = {article_id: self.article(article_id) for article_id in hot}
        lags = any(article.flags for article in (*articles.values(), *filter(None, before.values())))
        with self._one_commit(told, lags=lags):
            self._article_table.put({article_id: to_json(article) for article_id, article in articles.items()})
            self._feed_table.put({feed: to_json(state) for feed, state in states.items()})
        for article_id, article in articles.items():
            self._know(before.get(article_id), article)
        self._feeds |= states
        return self._changed(articles, states, Touched(texts=tuple(articles)))

    def mark(
        self,
        article_ids: Iterable[str],
        *,
        read: bool | None = None,
        starred: bool | None = None,
        note: str | None = None,
        wrong: tuple[Kind, ...] | None = None,
        told: Telling | None = None,
    ) -> Change:
        """Set marks; None leaves one as it is, and an empty note takes it away. Ids of no hot article are passed over,
        articles so marked already do not count as changed. `told` is what `wrong` changes in the events, None where
        that is not known yet. Durable on return; raises StoreUnwritable, with nothing changed."""
        wanted: dict[str, object] = {}
        if read is not None:
            wanted["read"] = read
        if starred is not None:
            wanted["starred"] = starred
        if note is not None:
            wanted["note"] = note or None
        if wrong is not None:
            wanted["wrong"] = wrong
        hot = (article_id for article_id in dict.fromkeys(article_ids) if article_id in self)
        known = [article for article in map(self.article, hot) if article is not None]
        differing = [a for a in known if any(getattr(a, name) != value for name, value in wanted.items())]
        if not differing:
            return Change(revision=self.revision, articles=(), feeds=())
        fields = msgspec.to_builtins(wanted)
        numbers = [number for a in differing if (number := self._article_table.number(a.id)) is not None]
        with self._one_commit(told, lags=wrong is not None):
            self._article_table.table.update(fields, doc_ids=numbers)
        if read is not None:
            turned = sum(article.read is not read for article in differing)
            self.unread += -turned if read else turned
        ids = tuple(article.id for article in differing)
        return self._changed(ids, (), Touched(marked=ids))

    def correct(self, correction: Correction, told: Telling | None = None) -> Change:
        """Keep a split or merge of events, and what it changes in them, None where that is not known yet. Durable on
        return; raises StoreUnwritable, with nothing changed."""
        with self._one_commit(told):
            self._correction_table.put({correction.id: to_json(correction)})
        self._corrections[correction.id] = correction
        return self._changed((), ())

    def withdraw(self, correction_id: str, told: Telling | None = None) -> Change:
        """Take a split or merge back, if it is there. As `correct`."""
        if correction_id not in self._corrections:
            return Change(revision=self.revision, articles=(), feeds=())
        with self._one_commit(told):
            self._correction_table.remove([correction_id])
        del self._corrections[correction_id]
        return self._changed((), ())

    def remove(
        self, article_ids: Iterable[str], told: Telling, *, into: MonthInfo | None = None, month_gone: str = ""
    ) -> Change:
        """Take articles away, and the events that `told` says are no more; they may be in a month's file by now, of
        which `into` tells, and a month's file may hold nothing any more. 1,000 take 10 ms. Durable on return; raises
        StoreUnwritable, with nothing changed."""
        gone = [article for article_id in article_ids if (article := self._hot(article_id)) is not None]
        with self._one_commit(told):
            self._article_table.remove(article.id for article in gone)
            if into is not None:
                self._month_table.put({into.month: to_json(into)})
            self._month_table.remove([month_gone] if month_gone else ())
        for article in gone:
            if article.id in self._not_indexed:
                self._not_indexed.discard(article.id)
            else:
                self._identities.replace(Keys.of(article), None)
            self.flagged.discard(article.id)
            self.unread -= not article.read
        self.order.remove({article.id: time_of(article) for article in gone})
        if into is not None:
            self.months.know(into)
        if month_gone:
            self.months.forget(month_gone)
        in_files = into is not None or bool(month_gone)
        return self._changed((), (), Touched(gone=tuple(article.id for article in gone), months=in_files))

    def _hot(self, article_id: str) -> Article | None:
        raw = self._article_table.raw(article_id)
        return None if raw is None else _articles.decode(raw)

    @contextmanager
    def _one_commit(self, told: Telling | None, *, lags: bool = True) -> Generator[None]:
        """What the block changes, and what is told of the events, in one record; `lags` says that the events are not
        those of the articles any more where nothing is told."""
        version = told.version if told is not None else 0 if lags else self.events_version
        try:
            with self._db.transaction():
                yield
                if told is not None:
                    self._put_told(told)
                if version != self.events_version:
                    self._meta.update({"events_version": version})
        except BaseException:
            for table in self._keyed:
                table.give_up()
            raise
        for table in self._keyed:
            table.settle()
        self.events_version = version

    def _put_told(self, told: Telling) -> None:
        self._event_table.put(
            {event.id: to_json(event) | {"ranks": told.ranks.get(event.id, ())} for event in told.events}
        )
        self._event_table.remove(told.gone)
        near = {article: _Near(article, others) for article, others in told.near.items() if others}
        self._near_table.put({article: to_json(each) for article, each in near.items()})
        self._near_table.remove(article for article in told.near if article not in near)

    @property
    def _keyed(self) -> tuple[KeyedTable, ...]:
        return (
            self._article_table,
            self._event_table,
            self._near_table,
            self._feed_table,
            self._correction_table,
            self._month_table,
        )

    def _know(self, before: Article | None, now: Article) -> None:
        """An article has come or changed."""
        if now.id not in self._not_indexed:
            self._identities.replace(None if before is None else Keys.of(before), Keys.of(now))
        self.order.move(now.id, None if before is None else time_of(before), time_of(now))
        (self.flagged.add if now.flags else self.flagged.discard)(now.id)
        self.unread += (not now.read) - (before is not None and not before.read)

    def _changed(self, articles: Iterable[str], feeds: Iterable[str], touched: Touched | None = None) -> Change:
        self.revision += 1
        self.heard(touched or Touched())
        return Change(revision=self.revision, articles=tuple(articles), feeds=tuple(feeds))

    # -------------------------------------------------------------- opening

    def _load(self) -> None:
        # Files that pass their checksums hold what we wrote; what was pieced together after damage is looked at whole.
        suspect = bool(self.notices)
        lost = self._load_articles(suspect)
        for number, raw in self._feed_table.table.raws():
            if (state := _decoded(_feed_states, raw)) is None:
                lost += 1
                continue
            self._feed_table.know(state.feed, number)
            self._feeds[state.feed] = state
        for number, raw in self._correction_table.table.raws():
            if (correction := _decoded(_corrections, raw)) is None:
                lost += 1
                continue
            self._correction_table.know(correction.id, number)
            self._corrections[correction.id] = correction
        for number, raw in self._month_table.table.raws():
            if (info := _decoded(_months, raw)) is None:
                lost += 1
                continue
            self._month_table.know(info.month, number)
            self.months.know(info)
        whole = self._load_told()
        self.events_version = self._meta_version() if whole and not lost else 0
        if lost:
            self.notices.append(f"{lost} records in the store could not be read and are left out")

    def _load_articles(self, suspect: bool) -> int:
        """Gives how many could not be read."""
        lost = 0
        times: list[tuple[float, str]] = []
        for number, raw in self._article_table.table.raws():
            article = _decoded(_light, raw)
            if article is None or (suspect and _decoded(_articles, raw) is None):
                lost += 1
                continue
            self._article_table.know(article.id, number)
            times.append(((article.effective or article.first_seen).timestamp(), article.id))
            self.unread += not article.read
            if bytes(article.flags) != b"[]":
                self.flagged.add(article.id)
        self.order = TimeOrder(times)
        self._not_indexed = set(self._article_table)
        return lost

    def _load_told(self) -> bool:
        """False where some could not be read: the events are told anew, so that nothing is lost."""
        unreadable = 0
        for number, raw in self._event_table.table.raws():
            if (event := _decoded(_events, raw)) is None or _decoded(_ranks, raw) is None:
                unreadable += 1
            else:
                self._event_table.know(event.id, number)
        for number, raw in self._near_table.table.raws():
            if (near := _decoded(_near, raw)) is None:
                unreadable += 1
            else:
                self._near_table.know(near.article, number)
        return not unreadable

    def _meta_version(self) -> int:
        raws = self._meta.raws()
        meta = _decoded(_metas, raws[0][1]) if raws else None
        return meta.events_version if meta is not None else 0


T = TypeVar("T")


def _decoded(decoder: msgspec.json.Decoder[T], raw: Raw) -> T | None:
    """None where damage has made it unreadable."""
    try:
        return decoder.decode(raw)
    except UNREADABLE:
        return None


def _migrate(folder: Path, storage: JournalStorage, read_only: bool, clock: Clock) -> list[str]:
    """Bring a store to this version; gives what there is to say of it."""
    if read_only:
        storage.adapt(migration(storage.tables))
        return []
    if not storage.tables.get("meta"):
        storage.append({"meta": {1: Raw(msgspec.json.encode(Meta(SCHEMA_VERSION)))}})
    changes = migration(storage.tables)
    if not changes:
        return []
    version = meta_of(storage.tables).schema_version
    aside = back_up(folder, (SNAPSHOT, JOURNAL), version, clock.now())
    storage.append(changes)
    return [f"the store was of version {version} and is now of {SCHEMA_VERSION}; as it was it lies in {aside}"]
