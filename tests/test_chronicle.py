"""Articles and their events are kept in step, and a start finds both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tensionwatch import chronicle as chronicles
from tensionwatch.analysis import Analysis
from tensionwatch.chronicle import Chronicle
from tensionwatch.errors import CorrectionRefused, StoreUnwritable
from tensionwatch.events import Ledger
from tensionwatch.events.told import EVENTS_VERSION
from tensionwatch.model import Article, Batch, Kind
from tensionwatch.store import Store, files
from tests.builders import NOON, a_flag, an_article
from tests.events.test_ledger import ARTICLES, held

FOUR = [an_article(f"a{n}", a_flag(), hours=n, publisher=f"p{n}.example") for n in range(4)]


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is restored at once, however little there is."""
    monkeypatch.setattr(chronicles, "AT_ONCE", -1)


def restored(chronicle: Chronicle) -> Chronicle:
    for _ in chronicle.restore():
        pass
    return chronicle


def kept(store: Store) -> object:
    """The events that the store holds."""
    return held(Chronicle(store)._stored())


def cold(store: Store) -> object:
    """Those of all its articles at once."""
    return held(Ledger(store.articles(), store.corrections()).told)


def test_an_article_and_its_event_are_one_record_of_the_journal(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        Chronicle(store).take(Batch(articles=tuple(FOUR)))
    records = (tmp_path / "journal.log").read_bytes().splitlines()
    told = [line for line in records if b'"articles"' in line]
    assert len(told) == 1
    assert b'"events"' in told[0]


def test_events_are_there_at_a_start_before_the_ledger_is(tmp_path: Path, slowly: None) -> None:
    with Store.open(tmp_path) as store:
        chronicle = restored(Chronicle(store))
        chronicle.take(Batch(articles=tuple(FOUR)))
        before = held(chronicle.told)
        voices = chronicle.told.voices(["a0", "a1"])
    with Store.open(tmp_path) as store:
        chronicle = Chronicle(store)
        assert not chronicle.is_ready
        assert held(chronicle.told) == before
        assert chronicle.told.voices(["a0", "a1"]) == voices
        assert held(restored(chronicle).told) == before


def test_a_commit_that_fails_leaves_the_events_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with Store.open(tmp_path) as store:
        chronicle = Chronicle(store)
        chronicle.take(Batch(articles=tuple(FOUR)))
        split = Analysis(chronicle, ()).split(next(iter(chronicle.told)).id, ["a1"], NOON)
        before = held(chronicle.told)
        with monkeypatch.context() as patched:
            patched.setattr(files, "_write_all", full)
            for change in (
                lambda: chronicle.take(Batch(articles=(replace(FOUR[0], flags=()), an_article("new", a_flag())))),
                lambda: chronicle.mark_wrong(FOUR[2], (Kind.BORDER_INCIDENT,)),
                lambda: chronicle.withdraw(split.id),
                lambda: Analysis(chronicle, ()).merge([event.id for event in chronicle.told], NOON),
            ):
                with pytest.raises(StoreUnwritable):
                    change()
                assert held(chronicle.told) == before == kept(store) == cold(store)
        chronicle.mark_wrong(FOUR[2], (Kind.BORDER_INCIDENT,))
        assert held(chronicle.told) == kept(store) == cold(store) != before


def test_a_full_disk_at_the_start_hides_no_event_and_is_made_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with Store.open(tmp_path) as store:
        store.commit(Batch(articles=tuple(FOUR)))
        with monkeypatch.context() as patched:
            patched.setattr(files, "_write_all", full)
            chronicle = Chronicle(store)
        assert (len(chronicle.told), chronicle.is_ready, store.events_version) == (1, False, 0)
        restored(chronicle)
        assert (chronicle.is_ready, store.events_version) == (True, EVENTS_VERSION)
        assert kept(store) == cold(store)


def test_a_reader_of_a_store_whose_events_lag_tells_them_itself(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.commit(Batch(articles=tuple(FOUR)))
    with Store.open(tmp_path, read_only=True) as store:
        assert list(store.events()) == []
        assert held(Chronicle(store).told) == cold(store)


def test_events_of_other_code_are_told_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(tmp_path) as store:
        Chronicle(store).take(Batch(articles=tuple(FOUR)))
        ((event, _),) = store.events()
        wrong = replace(event, code="190", reports=7)
        store.commit(Batch(told=replace(Ledger().update([]), version=EVENTS_VERSION + 1, events=(wrong,))))
    with Store.open(tmp_path, read_only=True) as store:
        assert list(Chronicle(store).told) == [event]
    with Store.open(tmp_path) as store:
        Chronicle(store)
        assert (list(store.events()), store.events_version) == ([(event, ())], EVENTS_VERSION)


MOVES = st.sampled_from(["news", "wrong", "split", "merge", "undo", "step", "restart", "mark"])


class History:
    """What may happen to a store, drawn by chance; events may lag while it is being restored."""

    def __init__(self, data: st.DataObject, folder: Path) -> None:
        self.data = data
        self.folder = folder
        self.number = 0
        self.open()

    def open(self) -> None:
        self.store = Store.open(self.folder)
        self.chronicle = Chronicle(self.store)
        self.steps: Iterator[None] = iter(()) if self.chronicle.is_ready else self.chronicle.restore()

    def one(self, of: Any) -> Any:
        return self.data.draw(st.sampled_from(of))

    def move(self, what: str) -> None:
        articles, events = list(self.store.articles()), sorted(self.chronicle.told, key=lambda e: e.id)
        says = Analysis(self.chronicle, ())
        if what == "news":
            self.chronicle.take(Batch(articles=tuple(self.data.draw(ARTICLES))))
        elif what == "wrong" and articles:
            kinds = self.one([(), (Kind.BORDER_INCIDENT,), (Kind.DIPLOMATIC_VISIT,)])
            self.chronicle.mark_wrong(self.one(articles), kinds)
        elif what == "mark" and articles:
            self.store.mark([self.one(articles).id], read=True)
        elif what == "split" and events:
            event = self.one(events)
            self.try_to(lambda: says.split(event.id, [self.one(event.articles)], NOON))
        elif what == "merge" and len(events) > 1:
            self.try_to(lambda: says.merge([self.one(events).id, self.one(events).id], NOON))
        elif what == "undo":
            says.undo()
        elif what == "step":
            next(self.steps, None)
        elif what == "restart":
            self.store.close()
            self.open()

    @staticmethod
    def try_to(say: Any) -> None:
        with suppress(CorrectionRefused):
            say()


@given(st.lists(MOVES, max_size=12), st.data())
def test_whatever_happens_a_start_finds_the_events_of_all_articles(
    tmp_path_factory: pytest.TempPathFactory, moves: list[str], data: st.DataObject
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(chronicles, "AT_ONCE", -1)
        patched.setattr("tensionwatch.events.ledger.STEP", 2)
        patched.setattr(chronicles, "STEP", 2)
        patched.setattr(chronicles, "COMPARED", 2)
        history = History(data, tmp_path_factory.mktemp("history"))
        for move in moves:
            history.move(move)
            if history.chronicle.is_ready:
                assert history.store.events_version in (0, EVENTS_VERSION)
        for _ in history.steps:
            pass
        with history.store as store:
            truth = cold(store)
            assert held(history.chronicle.told) == truth
            assert kept(store) == truth
    with Store.open(history.folder, read_only=True) as store:
        assert held(Chronicle(store).told) == truth
        assert store.unread == sum(not article.read for article in store.articles())


def test_an_article_that_came_while_it_was_restored_is_counted_at_the_end(tmp_path: Path, slowly: None) -> None:
    with Store.open(tmp_path) as store:
        restored(Chronicle(store)).take(Batch(articles=tuple(FOUR)))
        chronicle = Chronicle(store)
        steps = chronicle.restore()
        next(steps)
        late: Article = an_article("late", a_flag(), hours=1.5, publisher="late.example")
        chronicle.take(Batch(articles=(late,)))
        assert store.events_version == 0
        assert [event.reports for event in chronicle.told] == [4]
        for _ in steps:
            pass
        assert [event.reports for event in chronicle.told] == [5]
        assert store.events_version == EVENTS_VERSION
