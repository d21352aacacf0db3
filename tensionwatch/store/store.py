"""The typed store: all that the rest of the program knows of where things are kept.

    commit(Batch) ─▶ one transaction over the tables ─▶ one journal record, fsync ─▶ maps and indexes ─▶ Change

Tables: `articles`, `events`, `copies` (of each article its near-copies), `feeds`, `corrections` and `months`, a record
a document, those of alerts (alerting.py), `filters` (filters.py), and `meta` (migrations.py). Articles of ended months
lie in files of their own (months.py): `article` finds them too, all else here speaks of the others, the hot ones. So a
feed that shows a very old link again is recognised by the id that is made of it; by another link, or the feed's own id,
only while the article is hot. TinyDB's document ids are numbers of its own; maps from our ids to them are made at
opening, from a few fields of each article (100,000 of 1 KB: 0.3 s). What else poll results are compared with, links and
ids, is taken in afterwards, in steps. Articles are decoded when asked for (4 µs each, 1 µs in a walk): a screen of
fifty rows would not notice what a cache spares. Not for use from several threads at once: one writer, the loop's
thread.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

import msgspec
from msgspec import Raw

from tensionwatch.clock import Clock, SystemClock
from tensionwatch.errors import StoreError, StoreUnwritable
from tensionwatch.exchange import Known
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
from tensionwatch.store import documents, files, glimpse
from tensionwatch.store.alerting import AlertRecords
from tensionwatch.store.archived import ArchivedDays
from tensionwatch.store.articles import Articles
from tensionwatch.store.daily import Dated, Days
from tensionwatch.store.documents import Near, decoded
from tensionwatch.store.filters import FilterRecords
from tensionwatch.store.index import TimeOrder
from tensionwatch.store.journal import JOURNAL, ROTATED, SNAPSHOT, JournalStorage
from tensionwatch.store.keyed import KeyedTable
from tensionwatch.store.memory import MemoryJournal, Tables
from tensionwatch.store.migrations import Meta, back_up, meta_of, migration, refuse_newer
from tensionwatch.store.months import MONTHS, MonthInfo, Months
from tensionwatch.store.replay import Reading, in_silence
from tensionwatch.store.searched import SearchedText
from tensionwatch.store.table import JournalDB
from tensionwatch.store.touched import Touched, unheard

_FILES_READ, _MAPS_MADE = 0.4, 0.8
"""Shares of an opening that are done with these."""
WASTE, WASTE_FROM = 1.2, 8 << 20
"""A snapshot of so many bytes, and so many times as large as what it would be now, is written anew when the store is
closed."""


class Store:
    """Articles, their events and what is remembered of feeds. Made by `open` or `in_memory`; a context manager that
    closes itself."""

    follows: ClassVar[bool] = False
    """Does it change by itself, as another process keeps things? See followed.py."""
    known: Known = Known.ALL
    """How much of what is kept is here; see glimpsed.py."""

    def __init__(
        self,
        db: JournalDB,
        notices: list[str],
        *,
        read_only: bool = False,
        folder: Path | None = None,
        clock: Clock | None = None,
        reading: Reading = in_silence,
    ) -> None:
        self._db = db
        self._folder = folder
        self._clock = clock or SystemClock()
        self.read_only = read_only
        self.notices = notices
        """What was found wrong at opening and what was done about it, a line each."""
        self.revision = 0
        """Grows with each commit of this session."""
        self.heard: Callable[[Touched], None] = unheard
        """Is called after each commit."""
        self._articles = Articles(db.table("articles"))
        self._event_table = KeyedTable(db.table("events"))
        self._near_table = KeyedTable(db.table("copies"))
        self._feed_table = KeyedTable(db.table("feeds"))
        self._correction_table = KeyedTable(db.table("corrections"))
        self._month_table = KeyedTable(db.table("months"))
        self.months = Months(folder / MONTHS if folder is not None else None, may_vanish=self.follows)
        """What lies in files of its own."""
        self.alerts = AlertRecords(db, self._small_commit)
        """What is kept of alerts."""
        self.filters = FilterRecords(db, self._small_commit)
        """Those that the user has saved."""
        self._archived_days = ArchivedDays(
            self._articles.days, self.months, lambda: self._articles.order, self._articles.dated
        )
        self._meta = db.table("meta")
        self._feeds: dict[str, FeedState] = {}
        self._corrections: dict[str, Correction] = {}
        self.events_version = 0
        """Of the code whose events these are (events/told.py); 0 where they lag behind the articles."""
        self.removed = 0
        """Articles removed for good so far."""
        self._load(reading)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        read_only: bool = False,
        clock: Clock | None = None,
        lock: files.Lock | None = None,
        reading: Reading = in_silence,
    ) -> Self:
        """The store in the folder `path`, which is made if need be; a reader finds an empty store where there is none.
        One of an older version is backed up and made one of this. Whoever has the `lock` already
        (journal.locked) gives it along: from here on it is the store's. `reading` hears which share is read.

        A reader sees the store as it is now; it takes no lock and never writes. Raises StoreLocked, StoreUnwritable,
        StoreNewer, or StoreError when it cannot be read.
        """
        clock = clock or SystemClock()
        said: list[str] = []

        def check(tables: Tables) -> None:
            refuse_newer(path, tables)
            if not read_only and migration(tables):
                version = meta_of(tables).schema_version
                aside = back_up(path, (SNAPSHOT, ROTATED, JOURNAL), version, clock.now())
                said.append(
                    f"the store was of version {version} and is now of {SCHEMA_VERSION}; as it was it lies in {aside}"
                )

        reading(0.0)
        storage = JournalStorage(
            path, read_only=read_only, check=check, clock=clock, lock=lock,
            reading=lambda share: reading(_FILES_READ * share),
        )  # fmt: skip
        db = JournalDB(storage=lambda: storage)
        try:
            _migrate(storage, read_only=read_only)
            storage.notices += said
            return cls(db, storage.notices, read_only=read_only, folder=path, clock=clock, reading=reading)
        except BaseException:
            db.close()
            raise

    @classmethod
    def in_memory(cls) -> Self:
        """An empty store that forgets everything, for tests."""
        return cls(JournalDB(storage=MemoryJournal), [])

    def close(self) -> None:
        """Give the store up to other writers. Where much has been taken out, the snapshot is written anew first: the
        next start would read it all (1 s for each million that is gone); and what that shows first is written down."""
        self.months.close()
        storage = self._db.storage
        if self._folder is not None and not self.read_only and isinstance(storage, JournalStorage):
            storage.end_compaction()
            snapshot = self._folder / SNAPSHOT
            size = snapshot.stat().st_size if snapshot.exists() else 0
            if size > WASTE_FROM and size > WASTE * _size(storage.tables):
                with suppress(StoreUnwritable):  # it is as good as it was, only longer
                    storage.compact()
            with suppress(StoreError):  # the next start has then to wait for the whole
                if (write := self.glimpse()) is not None:
                    write()
        self._db.close()

    def glimpse(self) -> Callable[[], None] | None:
        """What writes down, in any thread, the newest of what there is now, for the next start (see glimpse.py); None
        where there is nothing to gain by it. 10 ms at 100,000 articles, and writing 20. Both raise StoreError."""
        storage = self._db.storage
        if self._folder is None or self.read_only or not isinstance(storage, JournalStorage):
            return None
        now = self._clock.now()
        if (origin := glimpse.origin_of(self._folder, now)) is None:
            return None
        tables = glimpse.excerpt(storage.tables, self._articles.number, self._near_table.number, now)
        return glimpse.writer(self._folder, tables, origin)

    def compact(self) -> None:
        """Fold the journal into the snapshot. Raises StoreUnwritable."""
        if isinstance(self._db.storage, JournalStorage):
            self._db.storage.compact()

    @contextmanager
    def compacting_later(self) -> Iterator[None]:
        """Meanwhile nothing is folded in the background; at the end it is, where that is due. In a cold reload of 500
        feeds the journal would be folded twice, beside the processes that fetch and classify."""
        storage = self._db.storage
        if not isinstance(storage, JournalStorage):
            yield
            return
        storage.put_off_compaction(put_off=True)
        try:
            yield
        finally:
            storage.put_off_compaction(put_off=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -------------------------------------------------------------- looking

    def __len__(self) -> int:
        """How many articles there are, without those of ended months."""
        return len(self._articles)

    def article(self, article_id: str) -> Article | None:
        """Of an ended month too."""
        return self._articles.get(article_id) or self.months.article(article_id)

    def __contains__(self, article_id: object) -> bool:
        """Is it a hot one?"""
        return article_id in self._articles

    def raw(self, article_id: str) -> Raw | None:
        """A hot article as it is kept."""
        return self._articles.raw(article_id)

    def raw_event(self, event_id: str) -> Raw | None:
        return self._event_table.raw(event_id)

    def articles(self) -> Iterator[Article]:
        """All hot ones as they are now, in the order they came; later changes do not reach a walk under way."""
        return self._articles.all()

    @property
    def unread(self) -> int:
        """Hot articles not marked read."""
        return self._articles.unread

    @property
    def flagged(self) -> set[str]:
        """Ids of the hot articles that carry flags, wrong ones too."""
        return self._articles.flagged

    @property
    def order(self) -> TimeOrder:
        """Ids of all hot articles in order of time."""
        return self._articles.order

    def index(self) -> Iterator[None]:
        """Take in the links and ids of all articles, in steps of a few milliseconds. Whoever looks one up before that
        is through waits for all of it (100,000: 0.2 s, 1.1 s where every link has tracking parameters)."""
        return self._articles.index()

    @property
    def days(self) -> Days:
        """How many articles there were each day, those of ended months too; whole once `count` is through."""
        return self._articles.days

    def count(self) -> Iterator[None]:
        """Count all articles by day, those of ended months too, in steps of a few milliseconds (100,000: 0.2 s)."""
        yield from self._articles.count()
        yield from self._archived_days.count()

    def dated(self, article_id: str) -> Dated | None:
        """Of a hot article what a day counts; 1 µs."""
        return self._articles.dated(article_id)

    def raw_articles(self) -> list[Raw]:
        """All hot ones as JSON, as they are now, in the order they came."""
        known = set(map(self._articles.number, self._articles))
        return [raw for number, raw in self._articles.table.raws() if number in known]

    def searched(self, article_id: str) -> SearchedText | None:
        """What of a hot article is searched for words."""
        raw = self._articles.raw(article_id)
        return None if raw is None else documents.searched.decode(raw)

    def events(self) -> Iterator[tuple[Event, tuple[tuple[str, int], ...]]]:
        """The events as they were last told, each with its ranks (see Telling)."""
        for event_id in self._event_table:
            if (raw := self._event_table.raw(event_id)) is not None:
                yield documents.events.decode(raw), documents.ranks.decode(raw).ranks

    def near(self) -> dict[str, tuple[str, ...]]:
        """Article → its near-copies."""
        raws = (self._near_table.raw(article_id) for article_id in self._near_table)
        found = [documents.near_copies.decode(raw) for raw in raws if raw is not None]
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
        return self._articles.by_link(publisher, canonical_link)

    def by_entry_id(self, feed: str, entry_id: str) -> tuple[str, ...]:
        """Ids of the articles that the feed calls so."""
        return self._articles.by_entry_id(feed, entry_id)

    # -------------------------------------------------------------- changing

    def commit(self, batch: Batch, *, durable: bool = False) -> Change:
        """Keep all of a batch or, where it raises StoreUnwritable, nothing of it. `durable` on return, else within a
        second: what a crash of the machine loses by then, a poll brings again."""
        articles = {article.id: article for article in batch.articles}
        states = {state.feed: state for state in batch.feed_states}
        told = batch.told
        if not articles and not states and (told is None or told == Telling(version=self.events_version)):
            return Change(revision=self.revision, articles=(), feeds=())
        hot = (article_id for article_id in articles if article_id in self)
        before = {article_id: self._articles.get(article_id) for article_id in hot}
        lags = any(article.flags for article in (*articles.values(), *filter(None, before.values())))
        with self._one_commit(told, lags=lags, durable=durable):
            self._articles.put({article_id: to_json(article) for article_id, article in articles.items()})
            self._feed_table.put({feed: to_json(state) for feed, state in states.items()})
        for article_id, article in articles.items():
            self._articles.know(before.get(article_id), article)
        self._feeds |= states
        return self._changed(
            articles, states, Touched(texts=tuple(articles), new=frozenset(articles.keys() - before.keys()))
        )

    def mark(
        self,
        article_ids: Iterable[str],
        *,
        read: bool | None = None,
        starred: bool | None = None,
        note: str | None = None,
        wrong: tuple[Kind, ...] | None = None,
        missed: tuple[Kind, ...] | None = None,
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
        if missed is not None:
            wanted["missed"] = missed
        hot = (article_id for article_id in dict.fromkeys(article_ids) if article_id in self)
        known = [article for article in map(self._articles.get, hot) if article is not None]
        differing = [a for a in known if any(getattr(a, name) != value for name, value in wanted.items())]
        if not differing:
            return Change(revision=self.revision, articles=(), feeds=())
        fields = msgspec.to_builtins(wanted)
        numbers = [number for a in differing if (number := self._articles.number(a.id)) is not None]
        with self._one_commit(told, lags=wrong is not None):
            self._articles.table.update(fields, doc_ids=numbers)
        if read is not None:
            turned = sum(article.read is not read for article in differing)
            self._articles.unread += -turned if read else turned
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
        self,
        article_ids: Iterable[str],
        told: Telling,
        *,
        into: MonthInfo | None = None,
        month_gone: str = "",
        for_good: int = 0,
    ) -> Change:
        """Take articles away, and the events that `told` says are no more; they may be in a month's file by now, of
        which `into` tells, and a month's file may hold nothing any more.
        `for_good`: so many articles are nowhere after it. 1,000 take 10 ms. Durable on return; raises
        StoreUnwritable, with nothing changed."""
        gone = {
            number: article
            for article_id in article_ids
            if (number := self._articles.number(article_id)) is not None
            and (article := self._articles.get(article_id)) is not None
        }
        with self._one_commit(told):
            self._articles.remove(article.id for article in gone.values())
            if into is not None:
                self._month_table.put({into.month: to_json(into)})
            self._month_table.remove([month_gone] if month_gone else ())
            if for_good:
                self._meta.update({"removed": self.removed + for_good})
        self._articles.forget(gone)
        self.removed += for_good
        if into is not None:
            self.months.know(into)
        if month_gone:
            self.months.forget(month_gone)
        month = into.month if into is not None else month_gone
        return self._changed((), (), Touched(gone=tuple(article.id for article in gone.values()), month=month))

    @contextmanager
    def _small_commit(self) -> Generator[None]:
        with self._one_commit(None, lags=False):
            yield
        self._changed((), ())

    @contextmanager
    def _one_commit(self, told: Telling | None, *, lags: bool = True, durable: bool = True) -> Generator[None]:
        """What the block changes, and what is told of the events, in one record; `lags` says that the events are not
        those of the articles any more where nothing is told."""
        version = told.version if told is not None else 0 if lags else self.events_version
        try:
            with self._db.transaction(durable=durable):
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
        near = {article: Near(article, others) for article, others in told.near.items() if others}
        self._near_table.put({article: to_json(each) for article, each in near.items()})
        self._near_table.remove(article for article in told.near if article not in near)

    @property
    def _keyed(self) -> tuple[KeyedTable, ...]:
        return (
            self._articles,
            self._event_table,
            self._near_table,
            self._feed_table,
            self._correction_table,
            self._month_table,
            *self.alerts.tables,
            self.filters.kept.table,
        )

    def _changed(self, articles: Iterable[str], feeds: Iterable[str], touched: Touched | None = None) -> Change:
        self.revision += 1
        touched = touched or Touched()
        self._archived_days.changed(touched)
        self.heard(touched)
        return Change(revision=self.revision, articles=tuple(articles), feeds=tuple(feeds))

    # -------------------------------------------------------------- opening

    def _load(self, reading: Reading) -> None:
        # Files that pass their checksums hold what we wrote; what was pieced together after damage is looked at whole.
        lost = self._articles.load(
            suspect=bool(self.notices), reading=lambda share: reading(_FILES_READ + (_MAPS_MADE - _FILES_READ) * share)
        )
        for number, raw in self._feed_table.table.raws():
            if (state := decoded(documents.feed_states, raw)) is None:
                lost += 1
                continue
            self._feed_table.name(state.feed, number)
            self._feeds[state.feed] = state
        for number, raw in self._correction_table.table.raws():
            if (correction := decoded(documents.corrections, raw)) is None:
                lost += 1
                continue
            self._correction_table.name(correction.id, number)
            self._corrections[correction.id] = correction
        for number, raw in self._month_table.table.raws():
            if (info := decoded(documents.months, raw)) is None:
                lost += 1
                continue
            self._month_table.name(info.month, number)
            self.months.know(info)
        unreadable_kept = sum(kept.load() for kept in self.alerts.kept) + self.filters.kept.load()
        whole = self._load_told()
        raws = self._meta.raws()
        meta = decoded(documents.metas, raws[0][1]) if raws else None
        if meta is not None:
            self.removed = meta.removed
            self.events_version = meta.events_version if whole and not lost else 0
        lost += unreadable_kept
        if lost:
            self.notices.append(f"{lost} records in the store could not be read and are left out")

    def _load_told(self) -> bool:
        """False where some could not be read: the events are told anew, so that nothing is lost."""
        unreadable = 0
        for number, raw in self._event_table.table.raws():
            if (event := decoded(documents.events, raw)) is None or decoded(documents.ranks, raw) is None:
                unreadable += 1
            else:
                self._event_table.name(event.id, number)
        for number, raw in self._near_table.table.raws():
            if (near := decoded(documents.near_copies, raw)) is None:
                unreadable += 1
            else:
                self._near_table.name(near.article, number)
        return not unreadable


def _size(tables: Mapping[str, Mapping[int, Raw]]) -> int:
    return sum(len(bytes(raw)) for table in tables.values() for raw in table.values())


def _migrate(storage: JournalStorage, *, read_only: bool) -> None:
    """Bring a store to this version."""
    if read_only:
        storage.adapt(migration(storage.tables))
        return
    if not storage.tables.get("meta"):
        storage.append({"meta": {1: Raw(msgspec.json.encode(Meta(SCHEMA_VERSION)))}})
    if changes := migration(storage.tables):
        storage.append(changes)
