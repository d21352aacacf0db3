"""Whatever is done in whatever order, the store says what a dictionary would."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tinydb import TinyDB, where
from tinydb.operations import increment
from tinydb.storages import MemoryStorage
from tinydb.table import Document

from tensionwatch.identity import canonical_link
from tensionwatch.model import Article, Batch, FeedState
from tensionwatch.store import Store, journal
from tensionwatch.store.journal import JournalStorage
from tensionwatch.store.table import JournalDB

from .samples import FoldHere, article, state

NUMBERS = st.integers(0, 9)
ARTICLES = st.builds(
    lambda number, title, link, entry_id: article(number, title=title, link=link, entry_id=entry_id),
    NUMBERS,
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.sampled_from([None, "https://valley.example/a", "https://valley.example/b"]),
    st.sampled_from([None, "urn:1", "urn:2"]),
)
STATES = st.builds(lambda feed, failures: state(feed, failures=failures), st.sampled_from("abc"), NUMBERS)


IN_A_THREAD = {**(JournalStorage.__init__.__kwdefaults__ or {}), "folding": FoldHere}


class StoreMachine(RuleBasedStateMachine):
    """Commits, marks, reopening, compacting and torn tails, beside two dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = Store.open(self.folder)
        self.articles: dict[str, Article] = {}
        self.states: dict[str, FeedState] = {}

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    @rule(articles=st.lists(ARTICLES, max_size=4), states=st.lists(STATES, max_size=2))
    def commit(self, articles: list[Article], states: list[FeedState]) -> None:
        change = self.store.commit(Batch(articles=tuple(articles), feed_states=tuple(states)))
        self.articles |= {a.id: a for a in articles}
        self.states |= {s.feed: s for s in states}
        assert set(change.articles) == {a.id for a in articles}

    @rule(
        numbers=st.lists(NUMBERS, max_size=4),
        read=st.none() | st.booleans(),
        starred=st.none() | st.booleans(),
        note=st.none() | st.sampled_from(["", "why?"]),
    )
    def mark(self, numbers: list[int], read: bool | None, starred: bool | None, note: str | None) -> None:
        asked = {"read": read, "starred": starred, "note": note}
        marks = {
            name: value or (None if name == "note" else value) for name, value in asked.items() if value is not None
        }
        before = dict(self.articles)
        for known in {article(number).id for number in numbers} & set(before):
            fields = {name: getattr(before[known], name) for name in Article.__struct_fields__}
            self.articles[known] = Article(**(fields | marks))
        change = self.store.mark([article(number).id for number in numbers], read=read, starred=starred, note=note)
        assert set(change.articles) == {known for known in before if before[known] != self.articles[known]}

    @rule(compact=st.booleans())
    def reopen(self, compact: bool) -> None:
        self.store.close()
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(journal, "COMPACT_FROM", 0 if compact else 1 << 30)
            patched.setattr(journal.JournalStorage.__init__, "__kwdefaults__", IN_A_THREAD)
            self.store = Store.open(self.folder)
        assert self.store.notices == []

    @rule(noise=st.binary(min_size=1, max_size=30))
    def reopen_after_a_torn_write(self, noise: bytes) -> None:
        self.store.close()
        with (self.folder / "journal.log").open("ab") as log:
            log.write(noise)
        self.store = Store.open(self.folder)
        assert self.store.notices

    @invariant()
    def the_store_says_what_the_dictionaries_say(self) -> None:
        says_the_same(self.store, self.articles, self.states)

    @rule()
    def a_reader_says_so_too(self) -> None:
        with Store.open(self.folder, read_only=True) as reader:
            says_the_same(reader, self.articles, self.states)


def says_the_same(store: Store, articles: dict[str, Article], states: dict[str, FeedState]) -> None:
    assert {a.id: a for a in store.articles()} == articles
    assert len(store) == len(articles)
    assert {s.feed: s for s in store.feed_states()} == states
    for link in ("https://valley.example/a", "https://valley.example/b"):
        found = {a.id for a in articles.values() if a.link and canonical_link(a.link) == link}
        assert sorted(store.by_link("valley.example", link)) == sorted(found)
    for entry_id in ("urn:1", "urn:2"):
        found = {a.id for a in articles.values() if a.entry_id == entry_id}
        assert sorted(store.by_entry_id("valley", entry_id)) == sorted(found)


DOC_IDS = st.integers(1, 8)
FIELDS = st.dictionaries(st.sampled_from("nm"), st.integers(0, 3), max_size=2)


class TableMachine(RuleBasedStateMachine):
    """The same operations on our tables and on TinyDB's own."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.ours: TinyDB = JournalDB(self.folder, storage=JournalStorage)
        self.stock = TinyDB(storage=MemoryStorage)

    def teardown(self) -> None:
        self.ours.close()
        shutil.rmtree(self.folder)

    def on_both(self, operation: str, *arguments: Any, **options: Any) -> None:
        outcomes = []
        for db in (self.ours, self.stock):
            try:
                outcomes.append(getattr(db.table("t"), operation)(*arguments, **options))
            except (ValueError, KeyError) as error:  # the same refusals are wanted too
                outcomes.append(type(error))
        assert outcomes[0] == outcomes[1]

    @rule(document=FIELDS)
    def insert(self, document: dict[str, int]) -> None:
        self.on_both("insert", document)

    @rule(document=FIELDS, doc_id=DOC_IDS)
    def upsert_or_insert_with_an_id(self, document: dict[str, int], doc_id: int) -> None:
        self.on_both("upsert", Document(document, doc_id))
        self.on_both("insert", Document(document, doc_id))

    @rule(fields=FIELDS, value=st.integers(0, 3))
    def update_where(self, fields: dict[str, int], value: int) -> None:
        self.on_both("update", fields, where("n") == value)
        self.on_both("update", increment("n"), where("n") == value)

    @rule(fields=FIELDS, doc_ids=st.lists(DOC_IDS, max_size=3, unique=True))
    def update_ids(self, fields: dict[str, int], doc_ids: list[int]) -> None:
        self.on_both("update", fields, doc_ids=doc_ids)

    @rule(doc_ids=st.lists(DOC_IDS, max_size=3, unique=True), value=st.integers(0, 3))
    def remove(self, doc_ids: list[int], value: int) -> None:
        self.on_both("remove", doc_ids=doc_ids)
        self.on_both("remove", where("n") == value)

    @rule()
    def truncate(self) -> None:
        self.on_both("truncate")

    @precondition(lambda self: "t" in self.stock.tables())
    @rule()
    def reopen(self) -> None:
        self.ours.close()
        self.ours = JournalDB(self.folder, storage=JournalStorage)
        self.stock._tables.clear()  # a table made anew counts ids from the highest, as after reopening

    @invariant()
    def both_hold_the_same(self) -> None:
        ours, stock = ([(d.doc_id, dict(d)) for d in db.table("t")] for db in (self.ours, self.stock))
        assert ours == stock


StoreMachine.TestCase.settings = settings(max_examples=settings().max_examples // 2, stateful_step_count=20)
TableMachine.TestCase.settings = settings(max_examples=settings().max_examples // 2, stateful_step_count=20)
TestStoreAgainstDictionaries = StoreMachine.TestCase
TestTableAgainstTinyDB = TableMachine.TestCase
