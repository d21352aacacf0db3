"""Lists of articles: whatever has come, changed and been marked, a query finds what a look at every article finds."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from tensionwatch.finding import Finder
from tensionwatch.model import Article, Batch, Kind
from tensionwatch.ports import ELSEWHERE, ArticleQuery, Group
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.store import Store
from tensionwatch.store.search import Search
from tensionwatch.watch import Watch
from tests.builders import NOON, FixedClock, a_flag, a_visit, an_article
from tests.test_watch import a_config

FLAGS = [a_flag(), a_visit(), a_visit("RUS", "EGY"), a_flag("ISR", "LBN")]

QUERIES = st.builds(
    ArticleQuery,
    region=st.sampled_from([None, None, "korea", ELSEWHERE]),
    kind=st.sampled_from([None, None, Kind.BORDER_INCIDENT, Kind.DIPLOMATIC_VISIT]),
    group=st.sampled_from([None, None, *Group]),
    flagged=st.booleans(),
    unread=st.booleans(),
    starred=st.booleans(),
    feed=st.sampled_from([None, None, "one", "two", "nobody"]),
    since=st.sampled_from([None, None, NOON - timedelta(hours=3), NOON + timedelta(days=1)]),
    text=st.sampled_from(["", "", "drill", "dri", "one.example", "visit drill", "?"]),
)


Steps: TypeAlias = list[tuple[str, object]]


@st.composite
def articles(draw: st.DrawFn) -> Article:
    return an_article(
        draw(st.sampled_from("abcdef")),
        *draw(st.lists(st.sampled_from(FLAGS), max_size=2, unique=True)),
        hours=draw(st.integers(-6, 0)),
        dated=draw(st.booleans()),
        title=draw(st.sampled_from(["A drill", "The visit", "Drills and a visit", "Nothing"])),
        feed=draw(st.sampled_from(["one", "two"])),
    )


def looked_at_one_by_one(watch: Watch, store: Store, query: ArticleQuery) -> list[str]:
    """What the query says, of each article by itself."""

    def has_flags(article: Article) -> bool:
        return any(
            (query.kind is None or event.kind is query.kind)
            and (query.group is None or Group.of(event.kind) is query.group)
            and (query.region is None or query.region in watch.regions_of(event))
            for event in watch.events_of(article.id)
        )

    asks_flags = query.flagged or query.kind or query.group or query.region
    found = [
        article
        for article in store.articles()
        if not (query.unread and article.read)
        and not (query.starred and not article.starred)
        and (query.feed is None or article.feed == query.feed)
        and (query.since is None or (article.effective is not None and article.effective >= query.since))
        and (not asks_flags or has_flags(article))
        and all(
            any(w.startswith(word) for w in f"{article.title} {article.publisher}".lower().replace(".", " ").split())
            for word in query.text.replace(".", " ").split()
        )
    ]
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


@given(STEPS, st.lists(QUERIES, min_size=1, max_size=5))
@settings(max_examples=200, deadline=None)
def test_a_query_finds_what_a_look_at_every_article_finds(steps: Steps, queries: list[ArticleQuery]) -> None:
    with Store.in_memory() as store:
        watch = Watch(store, a_config(Path("unused")), load_atlas(), FixedClock())
        take(watch, store, steps)
        for query in queries:
            assert watch.article_ids(query) == looked_at_one_by_one(watch, store, query)


@given(STEPS, st.lists(QUERIES, min_size=1, max_size=5))
@settings(max_examples=25, deadline=None)
def test_with_the_full_text_index_it_finds_the_same(steps: Steps, queries: list[ArticleQuery]) -> None:
    with TemporaryDirectory() as folder, Store.open(Path(folder)) as store:
        search = Search(Path(folder), store.raw_articles)
        search.start()
        watch = Watch(store, a_config(Path(folder)), load_atlas(), FixedClock(), search=search)
        take(watch, store, steps)
        for query in queries:
            assert watch.article_ids(query) == looked_at_one_by_one(watch, store, query)
        search.close()


def take(watch: Watch, store: Store, steps: Steps) -> None:
    for step, what in steps:
        match step, what:
            case "put", list(coming):
                store.commit(Batch(articles=tuple(coming)))
                watch._finder.put(coming)
                watch._ledger.update(coming)
            case "read", str(article_id):
                watch.mark([article_id], read=True)
            case "star", str(article_id):
                watch.mark([article_id], starred=True)
            case "wrong", str(article_id):
                watch.mark_wrong(article_id, Kind.BORDER_INCIDENT, True)


def test_few_that_fit_are_in_order_too() -> None:
    """They are sorted instead of looked for among all."""
    many = [an_article(f"{n:03}", hours=-n, feed="two" if n in (9, 40, 77) else "one") for n in range(100)]
    with Store.in_memory() as store:
        store.commit(Batch(articles=tuple(many)))
        finder = Finder(store, store.articles(), (), lambda event: ())
        assert finder.ids(ArticleQuery(feed="two")) == ["009", "040", "077"]
        assert finder.ids(ArticleQuery(feed="two", unread=True, since=NOON - timedelta(hours=50))) == ["009", "040"]


def test_articles_that_have_gone_are_in_no_list() -> None:
    with Store.in_memory() as store:
        store.commit(Batch(articles=(an_article("a"), an_article("b", hours=-1))))
        finder = Finder(store, store.articles(), (), lambda event: ())
        finder.drop(["a", "never"])
        assert finder.ids(ArticleQuery()) == ["b"]
        assert finder.ids(ArticleQuery(unread=True, feed="one")) == ["b"]
        assert len(finder) == 1
