"""Splits and merges: an analyst's word stands, whatever rules and articles come."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tensionwatch.analysis import Analysis
from tensionwatch.chronicle import Chronicle
from tensionwatch.errors import CorrectionRefused
from tensionwatch.events import Ledger
from tensionwatch.events.told import Told
from tensionwatch.model import Article, Batch, Correction, Status
from tensionwatch.store import Store
from tests.builders import NOON, a_flag, a_visit, an_article
from tests.events.test_ledger import ARTICLES

FOUR = [an_article(f"a{n}", a_flag(), hours=n, publisher=f"p{n}.example") for n in range(4)]


class Desk:
    """An analyst over a store of these articles."""

    def __init__(self, articles: list[Article]) -> None:
        self.store = Store.in_memory()
        self.store.commit(Batch(articles=tuple(articles)))
        self.chronicle = Chronicle(self.store)
        self.says = Analysis(self.chronicle, ())

    @property
    def told(self) -> Told:
        return self.chronicle.told

    def groups(self) -> list[tuple[str, ...]]:
        return sorted(event.articles for event in self.told)

    def event_of(self, article: str) -> str:
        return self.told.of_article(article)[0].id

    def update(self, articles: Iterable[Article]) -> None:
        self.chronicle.take(Batch(articles=tuple(articles)))


def test_an_undated_event_merged_into_a_dated_one_leaves_it_its_time() -> None:
    ledger = Ledger([an_article("a", a_flag()), an_article("b", a_flag(), dated=False, publisher="two.example")])
    dated, undated = sorted(ledger, key=lambda event: event.happened is None)
    assert undated.happened is None
    groups = (undated.articles, dated.articles)
    ledger.correct([Correction(id="m", at=NOON, act="merge", family="incident", sides=("KOR", "PRK"), groups=groups)])
    [event] = ledger
    assert event.happened == dated.happened


def test_a_split_makes_an_event_of_some_of_the_reports() -> None:
    desk = Desk(FOUR)
    desk.says.split(desk.event_of("a0"), ["a1", "a3"], NOON)
    assert desk.groups() == [("a0", "a2"), ("a1", "a3")]
    assert all(event.corrected for event in desk.told)


def test_a_split_is_undone() -> None:
    desk = Desk(FOUR)
    before = list(desk.told)
    split = desk.says.split(desk.event_of("a0"), ["a1"], NOON)
    assert desk.says.undo() == split
    assert list(desk.told) == before
    assert desk.says.undo() is None


def test_a_merge_makes_one_of_two_and_keeps_the_other_id() -> None:
    articles = [an_article("a", a_flag()), an_article("b", a_flag(), hours=60)]
    desk = Desk(articles)
    first, second = desk.event_of("a"), desk.event_of("b")
    desk.says.merge([first, second], NOON)
    (event,) = desk.told
    assert (event.id, event.aliases, event.articles) == (first, (second,), ("a", "b"))
    assert desk.told.get(second) == event


def test_events_of_two_pairs_may_be_merged() -> None:
    desk = Desk([an_article("a", a_flag("PRK", "KOR")), an_article("b", a_flag("USA", "PRK"), hours=1)])
    desk.says.merge([desk.event_of("a"), desk.event_of("b")], NOON)
    assert desk.groups() == [("a", "b")]


def test_a_later_correction_works_on_what_an_earlier_one_made() -> None:
    desk = Desk(FOUR)
    desk.says.split(desk.event_of("a0"), ["a2", "a3"], NOON)
    desk.says.split(desk.event_of("a3"), ["a3"], NOON)
    assert desk.groups() == [("a0", "a1"), ("a2",), ("a3",)]
    desk.says.merge([desk.event_of("a0"), desk.event_of("a3")], NOON)
    assert desk.groups() == [("a0", "a1", "a3"), ("a2",)]


def test_a_split_sticks_when_rules_see_it_otherwise_and_new_reports_come() -> None:
    desk = Desk(FOUR)
    desk.says.split(desk.event_of("a0"), ["a3"], NOON)
    desk.update([an_article("a3", a_flag(code="193", place="korean-dmz"), hours=3, publisher="p3.example")])
    desk.update([an_article("a4", a_flag(), hours=4, publisher="p4.example")])
    assert desk.groups() == [("a0", "a1", "a2", "a4"), ("a3",)]


def test_a_merge_whose_first_report_is_marked_wrong_holds_by_the_next() -> None:
    articles = [an_article("a", a_flag()), an_article("b", a_flag(), hours=1), an_article("c", a_flag(), hours=60)]
    desk = Desk(articles)
    desk.says.merge([desk.event_of("a"), desk.event_of("c")], NOON)
    desk.update([replace(articles[0], flags=())])
    assert desk.groups() == [("b", "c")]


def test_of_an_article_with_two_visits_only_the_one_meant_is_split_off() -> None:
    both = an_article("b", a_visit("USA", "ISR"), a_visit("USA", "JOR"), hours=1)
    desk = Desk([an_article("a", a_visit("USA", "ISR")), both, an_article("c", a_visit("USA", "JOR"), hours=2)])
    in_israel = next(e for e in desk.told if e.recipient == "ISR")
    desk.says.split(in_israel.id, ["b"], NOON)
    assert desk.groups() == [("a",), ("b",), ("b", "c")]


def test_corrections_outlive_a_restart(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.commit(Batch(articles=tuple(FOUR)))
        chronicle = Chronicle(store)
        Analysis(chronicle, ()).split(next(iter(chronicle.told)).id, ["a1"], NOON)
        told = set(map(repr, chronicle.told))
    with Store.open(tmp_path) as store:
        assert {repr(event) for event, _ in store.events()} == told
        assert set(map(repr, Ledger(store.articles(), store.corrections()))) == told


@pytest.mark.parametrize("articles", [[], ["a0", "a1", "a2", "a3"], ["unknown"]])
def test_a_split_of_none_or_all_is_refused(articles: list[str]) -> None:
    desk = Desk(FOUR)
    with pytest.raises(CorrectionRefused):
        desk.says.split(desk.event_of("a0"), articles, NOON)
    assert desk.store.corrections() == []


def test_a_merge_of_a_visit_and_an_incident_is_refused() -> None:
    desk = Desk([an_article("a", a_flag(), a_visit(status=Status.ACTUAL))])
    with pytest.raises(CorrectionRefused, match="different families"):
        desk.says.merge([event.id for event in desk.told], NOON)


@given(ARTICLES, ARTICLES, st.data())
def test_corrections_and_articles_in_any_order_make_the_same_events(before, after, data) -> None:
    desk = Desk(before)
    for _ in range(data.draw(st.integers(0, 3))):
        events = sorted(desk.told, key=lambda e: e.id)
        wide = [e for e in events if len(e.articles) > 1]
        if wide and data.draw(st.booleans()):
            event = data.draw(st.sampled_from(wide))
            desk.says.split(event.id, [data.draw(st.sampled_from(event.articles))], NOON)
        elif len(events) > 1:
            pair = data.draw(st.lists(st.sampled_from(events), min_size=2, max_size=2, unique_by=lambda e: e.id))
            if pair[0].family == pair[1].family:
                desk.says.merge([event.id for event in pair], NOON)
    for article in after:
        desk.update([article])
    left = {article.id: article for article in (*before, *after)}
    at_once = Ledger(left.values(), desk.store.corrections())
    assert set(map(repr, desk.told)) == set(map(repr, at_once))
    told = sorted((e.family, a) for e in at_once for a in e.articles)
    assert set(told) == {(f.kind.family, a.id) for a in left.values() for f in a.flags}
    while desk.says.undo():
        pass
    assert set(map(repr, desk.told)) == set(map(repr, Ledger(left.values())))
