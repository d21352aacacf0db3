"""The typed store: all that the rest of the program knows of where things are kept.

    commit(Batch) ─▶ one transaction over the tables ─▶ one journal record, fsync ─▶ maps and indexes ─▶ Change

Tables: `articles`, `feeds` and `corrections`, a record a document, and `meta` with the version of the records.
TinyDB's document ids are numbers of its own; maps from our ids to them are made at opening (100,000 articles of 1 KB:
0.47 s). Articles are decoded when asked for (4 µs each, 1 µs in a walk): a screen of fifty rows would not notice what a
cache spares.

Not for use from several threads at once: one writer, the loop's thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from tensionwatch.errors import StoreNewer
from tensionwatch.model import SCHEMA_VERSION, Article, Batch, Change, Correction, FeedState, Kind, Record, to_json
from tensionwatch.store.index import IdentityIndex, Keys
from tensionwatch.store.journal import JournalStorage
from tensionwatch.store.memory import MemoryJournal, Tables
from tensionwatch.store.records import UNREADABLE
from tensionwatch.store.searched import SearchedText
from tensionwatch.store.table import JournalDB, JournalTable

_articles = msgspec.json.Decoder(Article)
_feed_states = msgspec.json.Decoder(FeedState)
_corrections = msgspec.json.Decoder(Correction)
_keys = msgspec.json.Decoder(Keys)
_searched = msgspec.json.Decoder(SearchedText)


class Store:
    """Articles and what is remembered of feeds. Made by `open` or `in_memory`; a context manager that closes itself."""

    def __init__(self, db: JournalDB, notices: list[str]) -> None:
        self._db = db
        self._article_table = db.table("articles")
        self._feed_table = db.table("feeds")
        self._correction_table = db.table("corrections")
        self.notices = notices
        """What was found wrong at opening and what was done about it, a line each."""
        self.revision = 0
        """Grows with each commit of this session."""
        self._doc_ids: dict[str, int] = {}
        self._identities = IdentityIndex()
        self._feeds: dict[str, tuple[int, FeedState]] = {}
        self._corrections: dict[str, tuple[int, Correction]] = {}
        self._load()

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """The store in the folder `path`, which is made if need be; a reader finds an empty store where there is none.

        A reader sees the store as it is now; it takes no lock and never writes. Raises StoreLocked, StoreUnwritable,
        StoreNewer, or StoreError when it cannot be read.
        """

        def refuse_newer(tables: Tables) -> None:
            if (version := _version(tables)) > SCHEMA_VERSION:
                raise StoreNewer(f"{path}: written by a newer tensionwatch (version {version}, here {SCHEMA_VERSION})")

        storage = JournalStorage(path, read_only=read_only, check=refuse_newer)
        db = JournalDB(storage=lambda: storage)
        try:
            if not read_only and not len(db.table("meta")):
                db.table("meta").insert({"schema_version": SCHEMA_VERSION})
            return cls(db, storage.notices)
        except BaseException:
            db.close()
            raise

    @classmethod
    def in_memory(cls) -> Self:
        """An empty store that forgets everything, for tests."""
        return cls(JournalDB(storage=MemoryJournal), [])

    def close(self) -> None:
        """Give the store up to other writers."""
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
        """How many articles there are."""
        return len(self._doc_ids)

    def article(self, article_id: str) -> Article | None:
        if (doc_id := self._doc_ids.get(article_id)) is None:
            return None
        raw = self._article_table.raw(doc_id)
        return None if raw is None else _articles.decode(raw)

    def articles(self) -> Iterator[Article]:
        """All of them as they are now, in the order they came; later changes do not reach a walk under way."""
        known = set(self._doc_ids.values())
        raws = self._article_table.raws()
        return (_articles.decode(raw) for doc_id, raw in raws if doc_id in known)

    def raw_articles(self) -> list[msgspec.Raw]:
        """All of them as JSON, as they are now, in the order they came."""
        known = set(self._doc_ids.values())
        return [raw for doc_id, raw in self._article_table.raws() if doc_id in known]

    def searched(self, article_id: str) -> SearchedText | None:
        """What of an article is searched for words."""
        doc_id = self._doc_ids.get(article_id)
        raw = None if doc_id is None else self._article_table.raw(doc_id)
        return None if raw is None else _searched.decode(raw)

    def feed_state(self, feed_id: str) -> FeedState | None:
        found = self._feeds.get(feed_id)
        return None if found is None else found[1]

    def feed_states(self) -> list[FeedState]:
        return [state for _, state in self._feeds.values()]

    def corrections(self) -> list[Correction]:
        """What is held to be split or merged, in the order it was said."""
        return [correction for _, correction in self._corrections.values()]

    def by_link(self, publisher: str, canonical_link: str) -> tuple[str, ...]:
        """Ids of the publisher's articles whose link leads there (`identity.canonical_link`)."""
        return self._identities.by_link(publisher, canonical_link)

    def by_entry_id(self, feed: str, entry_id: str) -> tuple[str, ...]:
        """Ids of the articles that the feed calls so."""
        return self._identities.by_entry_id(feed, entry_id)

    # -------------------------------------------------------------- changing

    def commit(self, batch: Batch) -> Change:
        """Keep all of a batch or, where it raises StoreUnwritable, nothing of it. Durable on return."""
        articles = {article.id: article for article in batch.articles}
        states = {state.feed: state for state in batch.feed_states}
        if not articles and not states:
            return Change(revision=self.revision, articles=(), feeds=())
        before = {article_id: self.article(article_id) for article_id in articles}
        with self._db.transaction():
            new_articles = _put(self._article_table, articles, self._doc_ids)
            new_states = _put(self._feed_table, states, {feed: doc_id for feed, (doc_id, _) in self._feeds.items()})
        self._doc_ids |= new_articles
        for article_id, article in articles.items():
            old = before[article_id]
            self._identities.replace(None if old is None else Keys.of(old), Keys.of(article))
        for feed, state in states.items():
            self._feeds[feed] = (new_states[feed] if feed in new_states else self._feeds[feed][0], state)
        return self._changed(articles, states)

    def mark(
        self,
        article_ids: Iterable[str],
        *,
        read: bool | None = None,
        starred: bool | None = None,
        note: str | None = None,
        wrong: tuple[Kind, ...] | None = None,
    ) -> Change:
        """Set marks; None leaves one as it is, and an empty note takes it away. Unknown ids are passed over, articles
        so marked already do not count as changed. Durable on return; raises StoreUnwritable, with nothing changed."""
        wanted: dict[str, object] = {}
        if read is not None:
            wanted["read"] = read
        if starred is not None:
            wanted["starred"] = starred
        if note is not None:
            wanted["note"] = note or None
        if wrong is not None:
            wanted["wrong"] = wrong
        differing = [known for known in dict.fromkeys(article_ids) if self._differs(known, wanted)]
        if not differing:
            return Change(revision=self.revision, articles=(), feeds=())
        fields = msgspec.to_builtins(wanted)
        self._article_table.update(fields, doc_ids=[self._doc_ids[article_id] for article_id in differing])
        return self._changed(differing, ())

    def correct(self, correction: Correction) -> Change:
        """Keep a split or merge of events. Durable on return; raises StoreUnwritable, with nothing changed."""
        doc_id = self._correction_table.insert(to_json(correction))
        self._corrections[correction.id] = (doc_id, correction)
        return self._changed((), ())

    def withdraw(self, correction_id: str) -> Change:
        """Take a split or merge back, if it is there. Durable on return; raises StoreUnwritable."""
        if correction_id not in self._corrections:
            return Change(revision=self.revision, articles=(), feeds=())
        self._correction_table.remove(doc_ids=[self._corrections[correction_id][0]])
        del self._corrections[correction_id]
        return self._changed((), ())

    def _differs(self, article_id: str, wanted: Mapping[str, object]) -> bool:
        article = self.article(article_id)
        return article is not None and any(getattr(article, name) != value for name, value in wanted.items())

    def _changed(self, articles: Iterable[str], feeds: Iterable[str]) -> Change:
        self.revision += 1
        return Change(revision=self.revision, articles=tuple(articles), feeds=tuple(feeds))

    # -------------------------------------------------------------- opening

    def _load(self) -> None:
        # Files that pass their checksums hold what we wrote; what was pieced together after damage is looked at whole.
        suspect = bool(self.notices)
        unreadable = 0
        for doc_id, raw in self._article_table.raws():
            try:
                keys = _keys.decode(raw)
                if suspect:
                    _articles.decode(raw)
            except UNREADABLE:
                unreadable += 1
                continue
            self._doc_ids[keys.id] = doc_id
            self._identities.add(keys)
        for doc_id, raw in self._feed_table.raws():
            try:
                state = _feed_states.decode(raw)
            except UNREADABLE:
                unreadable += 1
                continue
            self._feeds[state.feed] = (doc_id, state)
        for doc_id, raw in self._correction_table.raws():
            try:
                correction = _corrections.decode(raw)
            except UNREADABLE:
                unreadable += 1
                continue
            self._corrections[correction.id] = (doc_id, correction)
        if unreadable:
            self.notices.append(f"{unreadable} records in the store could not be read and are left out")


def _put(table: JournalTable, records: Mapping[str, Record], known: Mapping[str, int]) -> dict[str, int]:
    """Insert or replace; gives the document ids of those inserted."""
    fresh = [key for key in records if key not in known]
    for key in records:
        if key in known:
            table.update(to_json(records[key]), doc_ids=[known[key]])
    return dict(zip(fresh, table.insert_multiple(to_json(records[key]) for key in fresh), strict=True))


def _version(tables: Tables) -> int:
    for raw in tables.get("meta", {}).values():
        with suppress(*UNREADABLE):  # where damage took the version, the records are tried as they are
            return msgspec.json.decode(raw, type=_Meta).schema_version
    return SCHEMA_VERSION


class _Meta(msgspec.Struct):
    schema_version: int
