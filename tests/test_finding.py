"""Lists of articles: whatever has come, changed and been marked, a query finds what a look at every article finds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tensionwatch import coldfinding, facets, finding, refusal
from tensionwatch.config import StorageConfig
from tensionwatch.exchange import ELSEWHERE, ArticleQuery, Group
from tensionwatch.model import Article, Batch, Kind, Sighting
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.store import Store
from tensionwatch.store import search as store_search
from tensionwatch.store.search import Search
from tensionwatch.watch import Watch
from tests.builders import NOON, FixedClock, a_flag, a_visit, an_article
from tests.test_watch import a_config
from tests.waiting import wait_until

FLAGS = [a_flag(), a_flag(place="kor-dmz"), a_visit(), a_visit("RUS", "EGY"), a_flag("ISR", "LBN")]

QUERIES = st.builds(
    ArticleQuery,
    region=st.sampled_from([None, None, "korea", ELSEWHERE]),
    kind=st.sampled_from([None, None, Kind.BORDER_INCIDENT, Kind.DIPLOMATIC_VISIT]),
    group=st.sampled_from([None, None, *Group]),
    flagged=st.booleans(),
    unread=st.booleans(),
    starred=st.booleans(),
    feed=st.sampled_from([None, None, "one", "two", "nobody"]),
    noted=st.sampled_from([False, False, False, True]),
    actor=st.sampled_from([None, None, None, "RUS", "PRK", "FRA"]),
    recipient=st.sampled_from([None, None, None, "KOR", "EGY"]),
    country=st.sampled_from([None, None, None, "PRK"]),
    pair=st.sampled_from([None, None, None, frozenset({"RUS", "PRK"}), frozenset({"LBN", "ISR"})]),
    place=st.sampled_from([None, None, None, "kor-dmz"]),
    publisher=st.sampled_from([None, None, "ONE.", "two.example", "nobody", "example"]),
    lang=st.sampled_from([None, None, "en", "ko", "k"]),
    since=st.sampled_from([None, None, NOON - timedelta(hours=3), NOON + timedelta(days=1)]),
    until=st.sampled_from([None, None, NOON - timedelta(hours=1), NOON - timedelta(hours=4)]),
    text=st.sampled_from(["", "", "drill", "dri", "one.example", "visit drill", "?"]),
)
CONDITIONS = st.one_of(
    st.sampled_from(
        [
            ArticleQuery(kind=Kind.DIPLOMATIC_VISIT), ArticleQuery(flagged=True), ArticleQuery(actor="RUS"),
            ArticleQuery(unread=True), ArticleQuery(noted=True), ArticleQuery(publisher="two"),
            ArticleQuery(feed="two"),
            ArticleQuery(since=NOON - timedelta(hours=3)), ArticleQuery(until=NOON - timedelta(hours=3)),
            ArticleQuery(text="drill"), ArticleQuery(text="visit", unread=True), ArticleQuery(lang="en"),
        ]
    ),
    QUERIES,
)  # fmt: skip
"""Of which a query may be without some."""
REFUSING = st.builds(lambda query, some: replace(query, without=tuple(some)), QUERIES, st.lists(CONDITIONS, max_size=2))


Steps: TypeAlias = list[tuple[str, object]]


@st.composite
def articles(draw: st.DrawFn) -> Article:
    article = an_article(
        draw(st.sampled_from("abcdef")),
        *draw(st.lists(st.sampled_from(FLAGS), max_size=2, unique=True)),
        hours=draw(st.integers(-6, 0)),
        dated=draw(st.booleans()),
        title=draw(st.sampled_from(["A drill", "The visit", "Drills and a visit", "Nothing"])),
        feed=draw(st.sampled_from(["one", "two"])),
        publisher=draw(st.sampled_from(["one.example", "one.example", "two.example"])),
    )
    said = {"lang": draw(st.sampled_from(["en", "en-GB", "ko"])), "note": draw(st.sampled_from([None, "see this"]))}
    article = replace(article, **said)
    shown = (Sighting(feed="two", entry_id=None, first_seen=NOON, same_words=True),) if draw(st.booleans()) else ()
    return replace(article, sightings=shown if article.feed == "one" else ())


def looked_at_one_by_one(watch: Watch, store: Store, query: ArticleQuery) -> list[str]:
    """What the query says, of each article by itself."""

    def has_flags(article: Article) -> bool:
        return any(
            (query.kind is None or event.kind is query.kind)
            and (query.group is None or Group.of(event.kind) is query.group)
            and (query.region is None or query.region in watch.regions_of(event))
            and (query.actor is None or query.actor == event.actor)
            and (query.recipient is None or query.recipient == event.recipient)
            and (query.country is None or query.country in (event.actor, event.recipient))
            and (query.pair is None or query.pair == {event.actor, event.recipient})
            and (query.place is None or query.place == event.place)
            for event in watch.events_of(article.id)
        )

    asks_flags = query.flagged or query.kind or query.group or query.region or query.actor or query.recipient
    asks_flags = asks_flags or query.country or query.pair or query.place
    found = [
        article
        for article in store.articles()
        if not (query.unread and article.read)
        and not (query.starred and not article.starred)
        and (article.note is not None or not query.noted)
        and (query.feed is None or query.feed in article.feeds)
        and (query.publisher is None or query.publisher.lower() in article.publisher)
        and (query.lang is None or query.lang in (article.lang, article.lang.split("-")[0]))
        and (query.until is None or (article.effective is not None and article.effective < query.until))
        and (query.since is None or (article.effective is not None and article.effective >= query.since))
        and (not asks_flags or has_flags(article))
        and all(
            any(w.startswith(word) for w in f"{article.title} {article.publisher}".lower().replace(".", " ").split())
            for word in query.text.replace(".", " ").split()
        )
    ]
    refused = {article_id for each in query.without for article_id in looked_at_one_by_one(watch, store, each)}
    found = [article for article in found if article.id not in refused]
    found.sort(key=lambda a: (a.effective or a.first_seen, a.id), reverse=True)
    return [article.id for article in found]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.lists(articles(), min_size=1, max_size=4, unique_by=lambda a: a.id)),
        st.tuples(st.just("read"), st.sampled_from("abcdef")),
        st.tuples(st.just("star"), st.sampled_from("abcdef")),
        st.tuples(st.just("wrong"), st.sampled_from("abcdef")),
    ),
    max_size=8,
)


@given(STEPS, st.lists(REFUSING, min_size=1, max_size=5))
def test_a_query_finds_what_a_look_at_every_article_finds(steps: Steps, queries: list[ArticleQuery]) -> None:
    with Store.in_memory() as store:
        watch = Watch(store, a_config(Path("unused")), load_atlas(), FixedClock())
        take(watch, store, steps)
        for query in queries:
            assert watch.article_ids(query) == looked_at_one_by_one(watch, store, query)


@given(STEPS, st.lists(REFUSING, min_size=1, max_size=5))
@settings(max_examples=settings().max_examples // 2)
def test_with_the_full_text_index_it_finds_the_same(steps: Steps, queries: list[ArticleQuery]) -> None:
    with TemporaryDirectory() as folder, Store.open(Path(folder)) as store:
        search = Search(Path(folder), store.raw_articles)
        search.start()
        watch = Watch(store, a_config(Path(folder)), load_atlas(), FixedClock(), search=search)
        take(watch, store, steps)
        for query in queries:
            assert watch.article_ids(query) == looked_at_one_by_one(watch, store, query)
        search.close()


@given(STEPS, st.lists(REFUSING, min_size=1, max_size=5))
@settings(max_examples=settings().max_examples // 2)
def test_however_small_the_parts_are_together_they_are_the_whole(steps: Steps, queries: list[ArticleQuery]) -> None:
    with TemporaryDirectory() as folder, Store.open(Path(folder)) as store, pytest.MonkeyPatch.context() as small:
        for module, names in {
            finding: ("FIRST", "PART", "AHEAD", "TEXTS", "STEP"), facets: ("STEP",), refusal: ("TEXTS",),
            store_search: ("FIRST", "PART"),
        }.items():  # fmt: skip
            for name in names:
                small.setattr(module, name, 1)
        small.setattr(refusal, "AT_ONCE", 0)
        search = Search(Path(folder), store.raw_articles)
        search.start()
        watch = Watch(store, a_config(Path(folder)), load_atlas(), FixedClock(), search=search)
        take(watch, store, steps)
        for query in queries:
            parts = list(watch.find_articles(query))
            assert [i for part in parts for i in part] == looked_at_one_by_one(watch, store, query)
            assert query == ArticleQuery() or max(map(len, parts), default=0) <= 1
        search.close()


@given(STEPS, QUERIES, CONDITIONS)
def test_what_a_condition_finds_and_what_is_without_it_are_all_there_is(
    steps: Steps, query: ArticleQuery, condition: ArticleQuery
) -> None:
    with Store.in_memory() as store:
        watch = Watch(store, a_config(Path("unused")), load_atlas(), FixedClock())
        take(watch, store, steps)
        without = watch.article_ids(replace(query, without=(condition,)))
        with_it = set(watch.article_ids(query)) & set(watch.article_ids(condition))
        assert sorted([*without, *with_it]) == sorted(watch.article_ids(query))


def take(watch: Watch, store: Store, steps: Steps) -> None:
    for step, what in steps:
        match step, what:
            case "put", list(coming):
                watch._chronicle.take(Batch(articles=tuple(coming)))
            case "read", str(article_id):
                watch.mark([article_id], read=True)
            case "star", str(article_id):
                watch.mark([article_id], starred=True)
            case "wrong", str(article_id):
                watch.mark_wrong(article_id, Kind.BORDER_INCIDENT, True)


def test_articles_that_have_gone_are_in_no_list() -> None:
    with Store.in_memory() as store:
        watch = Watch(store, a_config(Path("unused")), load_atlas(), FixedClock())
        store.commit(Batch(articles=(an_article("a"), an_article("b", hours=-1))))
        assert watch.article_ids(ArticleQuery(unread=True, feed="one")) == ["a", "b"]
        watch._chronicle.remove(["a", "never"], ())
        assert watch.article_ids(ArticleQuery()) == ["b"]
        assert watch.article_ids(ArticleQuery(unread=True, feed="one")) == ["b"]


def test_where_the_index_is_damaged_on_the_way_the_others_are_found_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_search, "FIRST", 2)
    with Store.open(tmp_path) as store:
        drills = [an_article(f"a{n}", hours=-n, title="A drill") for n in range(9)]
        store.commit(Batch(articles=tuple(drills)))
        search = Search(tmp_path, store.raw_articles)
        search.start()
        watch = Watch(store, a_config(tmp_path), load_atlas(), FixedClock(), search=search)
        wait_until(lambda: search.status.ready)
        steps = (part for part in watch.find_articles(ArticleQuery(text="drill", unread=True)) if part)
        assert next(steps) == ["a0", "a1"]
        search._forget_index()
        (tmp_path / store_search.INDEX).write_bytes(b"no database" * 1000)
        assert [i for part in steps for i in part] == [f"a{n}" for n in range(2, 9)]
        assert any("was damaged" in notice or "no longer" in notice for notice in _after_a_look(watch))
        search.close()


def _after_a_look(watch: Watch) -> Sequence[str]:
    watch.article_ids(ArticleQuery(text="drill"))
    return watch.notices


# ------------------------------------------------------------------ ended months

COLD = (
    an_article("a1", a_flag(), hours=-24 * 150, title="A drill at the line"),
    an_article("a2", hours=-24 * 151, title="Drills elsewhere", feed="two"),
    an_article("a3", a_visit(), hours=-24 * 152, title="A visit"),
)
HOT = (an_article("b1", hours=-1, title="A drill"), an_article("b2", hours=-2, title="Nothing"))


def with_months(folder: Path, clock: FixedClock) -> Watch:
    """A watch whose older articles have left for their months' files."""
    config = replace(a_config(folder), storage=StorageConfig(path=folder, keep_unflagged_days=400))
    store = Store.open(folder)
    search = Search(folder, store.raw_articles)
    search.start()
    watch = Watch(store, config, load_atlas(), clock, search=search)
    watch._chronicle.take(Batch(articles=(*COLD, *HOT)))
    asyncio.run(watch.housekeeper.once())
    assert [article.id for article in store.articles()] == ["b1", "b2"]
    return watch


QUERIES_OF_MONTHS = [
    (ArticleQuery(text="drill"), ["b1", "a1", "a2"]),
    (ArticleQuery(text="drill", flagged=True), ["a1"]),
    (ArticleQuery(text="visit", kind=Kind.DIPLOMATIC_VISIT, region="korea"), ["a3"]),
    (ArticleQuery(text="drill", feed="two"), ["a2"]),
    (ArticleQuery(text="drill", starred=True), []),
    (ArticleQuery(text="drill", since=NOON - timedelta(hours=24 * 150)), ["b1", "a1"]),
    (ArticleQuery(since=NOON - timedelta(days=200)), ["b1", "b2", "a1", "a2", "a3"]),
    (ArticleQuery(since=NOON - timedelta(days=200), kind=Kind.DIPLOMATIC_VISIT), ["a3"]),
    (ArticleQuery(since=NOON - timedelta(days=200), until=NOON - timedelta(hours=24 * 150)), ["a2", "a3"]),
    (ArticleQuery(since=NOON - timedelta(days=200), actor="RUS"), ["a3"]),
    (ArticleQuery(text="drill", pair=frozenset({"PRK", "KOR"})), ["a1"]),
    (ArticleQuery(text="drill", country="RUS"), []),
    (ArticleQuery(text="drill", publisher="one", lang="en"), ["b1", "a1", "a2"]),
    (ArticleQuery(text="drill", publisher="two"), []),
    (ArticleQuery(text="drill", noted=True), []),
    (ArticleQuery(unread=True), ["b1", "b2"]),
    (ArticleQuery(text="drill", without=(ArticleQuery(flagged=True),)), ["b1", "a2"]),
    (ArticleQuery(text="drill", without=(ArticleQuery(text="line"),)), ["b1", "a2"]),
    (ArticleQuery(text='"drill at the line"'), ["a1"]),
    (ArticleQuery(since=NOON - timedelta(days=200), without=(ArticleQuery(text="drill"),)), ["b2", "a3"]),
]


def test_what_came_before_a_day_leads_into_ended_months_and_a_screen_to_the_newest_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = with_months(tmp_path, FixedClock())
    before = ArticleQuery(until=NOON - timedelta(hours=24 * 150))
    assert watch.article_ids(before) == ["a2", "a3"]
    monkeypatch.setattr(coldfinding, "COLD", 1)
    assert watch.article_ids(before) == ["a2"]
    watch._store.close()
    assert watch._finder._search is not None
    watch._finder._search.close()
    with Store.open(tmp_path, read_only=True) as store:
        assert Watch(store, watch._config, load_atlas(), FixedClock()).article_ids(before) == ["a2", "a3"]


def test_what_was_found_in_a_month_is_found_anew_once_its_file_is_another(tmp_path: Path) -> None:
    clock = FixedClock()
    watch = with_months(tmp_path, clock)
    before = ArticleQuery(until=NOON - timedelta(days=100))
    assert watch.article_ids(before) == watch.article_ids(before) == ["a1", "a2", "a3"]
    steps = watch.find_articles(before)
    next(steps)
    watch.mark(["a2"], starred=True)
    assert watch.article_ids(replace(before, starred=True)) == ["a2"]
    clock.pass_time(days=380)
    asyncio.run(watch.housekeeper.once())
    assert watch.article_ids(before) == ["a2"]
    watch._store.close()


@pytest.mark.parametrize(("query", "found"), QUERIES_OF_MONTHS)
def test_words_and_times_reach_into_ended_months(tmp_path: Path, query: ArticleQuery, found: list[str]) -> None:
    watch = with_months(tmp_path, FixedClock())
    store, search = watch._store, watch._finder._search
    assert search is not None
    wait_until(lambda: search.status.ready and watch.article_ids(query) == found)
    store.close()
    search.close()
    for index in (Search(tmp_path), None):  # a reader: with the index, and without
        with Store.open(tmp_path, read_only=True) as store:
            reader = Watch(store, watch._config, load_atlas(), FixedClock(), search=index)
            assert index is None or index.status.ready
            assert reader.article_ids(query) == found
        if index is not None:
            index.close()


def test_what_is_removed_from_a_month_is_no_longer_found(tmp_path: Path) -> None:
    clock = FixedClock()
    watch = with_months(tmp_path, clock)
    search = watch._finder._search
    assert search is not None
    wait_until(lambda: watch.article_ids(ArticleQuery(text="drill")) == ["b1", "a1", "a2"])
    assert watch.notices == ()
    clock.pass_time(days=380)  # more than 400 since theirs; the hot ones leave for a month of their own
    asyncio.run(watch.housekeeper.once())
    wait_until(lambda: watch.article_ids(ArticleQuery(text="drill")) == ["b1"])
    assert "b1" not in watch._store
    watch._store.close()
    search.close()
