"""Counters and lists that are kept say what counting everything anew would say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.counters import TREND_STEP, TREND_STEPS
from tensionwatch.events import Ledger
from tensionwatch.exchange import ELSEWHERE, ArticleQuery, Counts, Group, Window
from tensionwatch.model import Article, Batch, Event, Kind
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.store import Store
from tensionwatch.watch import Watch
from tests.builders import NOON, FixedClock, a_flag, an_article
from tests.events.test_ledger import FLAGS
from tests.test_watch import a_config

ATLAS = load_atlas()
CONFIG = a_config(Path("unused"))
TITLES = st.sampled_from(
    [
        "Seoul fires warning shots after a dozen soldiers cross the demarcation line",
        "Seoul fires warning shots after some dozen soldiers cross the demarcation line today",
        "The minister comes to the capital on Monday for three days of talks on trade",
    ]
)
NEWS = st.lists(
    st.builds(
        an_article,
        st.sampled_from([f"a{n}" for n in range(12)]),
        FLAGS,
        hours=st.integers(-200, 20),
        dated=st.booleans() | st.just(True),
        publisher=st.sampled_from([f"p{n}.example" for n in range(4)]),
        title=TITLES,
    ),
    max_size=5,
)
MOVES = st.one_of(NEWS, st.floats(-30, 100), st.sampled_from([*Kind]))


def recounted(watch: Watch, store: Store, region: str) -> tuple[object, ...]:
    """All of a region's numbers, from the articles."""
    ledger = Ledger(store.articles(), store.corrections())
    now = watch.now()
    events = [e for e in ledger if e.last_reported and region in watch.regions_of(e)]
    events = [e for e in events if e.last_reported >= now - timedelta(days=7)]
    counts = {
        group: {w: counted(ledger, store, of_group(events, group), now - w.length, now) for w in Window}
        for group in Group
    }
    trend = [0] * TREND_STEPS
    for event in events:
        age = (now - event.happened) // TREND_STEP if event.happened else -1
        if 0 <= age < TREND_STEPS:
            trend[TREND_STEPS - 1 - age] += 1
    return counts, tuple(trend), max((e.last_reported for e in events), default=None)


def of_group(events: Iterable[Event], group: Group) -> list[Event]:
    return [e for e in events if Group.of(e.kind) is group and e.happened is not None]


def counted(ledger: Ledger, store: Store, events: list[Event], since, now) -> Counts:
    inside = [e for e in events if since <= e.happened <= now]
    articles = [store.article(i) for i in {i for e in inside for i in e.articles}]
    told = [a.id for a in articles if a.effective is not None and since <= a.effective <= now]
    return Counts(events=len(inside), reports=len(told), publishers=len(ledger.told.voices(told)))


@given(st.lists(MOVES, max_size=8))
def test_counters_and_lists_are_those_of_counting_anew(moves: list[object]) -> None:
    clock = FixedClock(NOON + timedelta(hours=20))
    with Store.in_memory() as store:
        watch = Watch(store, CONFIG, ATLAS, clock)
        for move in moves:
            if isinstance(move, list):
                watch._chronicle.take(Batch(articles=tuple(move)))
            elif isinstance(move, Kind):
                for article in list(store.articles())[:3]:
                    watch.mark_wrong(article.id, move, move not in article.wrong)
            else:
                clock.pass_time(hours=move)
            for row in watch.regions():
                assert (row.counts, row.trend, row.last) == recounted(watch, store, row.region.id)
            for region in ("korea", ELSEWHERE, None):
                check_lists(watch, store, region)


def check_lists(watch: Watch, store: Store, region: str | None) -> None:
    told = list(Ledger(store.articles(), store.corrections()))
    inside = [e for e in told if region is None or region in watch.regions_of(e)]
    for kind, group in ((None, None), (Kind.DIPLOMATIC_VISIT, None), (None, Group.INCIDENT)):
        events = [e for e in inside if kind in (None, e.kind) and group in (None, Group.of(e.kind))]
        events.sort(key=lambda e: (e.last_reported is not None, e.last_reported, e.id), reverse=True)
        assert watch.events(region=region, kind=kind, group=group, limit=3) == events[:3]
        articles = {i for e in events for i in e.articles}
        listed = watch.article_ids(ArticleQuery(region=region, kind=kind, group=group, flagged=True))
        assert listed == [i for i in watch.article_ids(ArticleQuery()) if i in articles]


def test_reports_that_lie_ahead_of_the_clock_count_when_it_reaches_them() -> None:
    clock = FixedClock(NOON)
    with Store.in_memory() as store:
        store.commit(Batch(articles=(ahead := an_article("a", a_flag(), hours=2),)))
        watch = Watch(store, CONFIG, ATLAS, clock)

        def hour() -> int:
            return sum(row.counts[Group.INCIDENT][Window.HOUR].reports for row in watch.regions())

        assert hour() == 0
        clock.pass_time(hours=2)
        assert hour() == 1
        assert isinstance(ahead, Article)
        clock.pass_time(hours=1, seconds=1)
        assert hour() == 0
