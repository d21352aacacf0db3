"""The barometer, kept up as news comes, says what one made afresh says, and what the formulas say of all articles."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tensionwatch.errors import CorrectionRefused
from tensionwatch.events import Ledger
from tensionwatch.events.sighting import sightings_of
from tensionwatch.index.gauge import FAMILIES, baseline_days
from tensionwatch.index.intensity import weigh
from tensionwatch.index.level import level, tells_of_conflict
from tensionwatch.index.records import Coverage, Level, RegionIndex, Surprise
from tensionwatch.index.surprise import GUARD, surprise
from tensionwatch.index.voices import pairs
from tensionwatch.model import Article, Batch, Event, FeedState, Flag, Kind
from tensionwatch.ports import ELSEWHERE
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.store import Store
from tensionwatch.store.daily import PROMPT
from tensionwatch.watch import Watch
from tests.builders import NOON, FixedClock, a_feed, a_flag, an_article
from tests.events.test_ledger import FLAGS
from tests.test_watch import KOREA, a_config

ATLAS = load_atlas()
CONFIG = a_config(Path("unused"))
PUBLISHERS = [f"p{n}.example" for n in range(7)]
NOTHING = Coverage(fresh=0, feeds=2)


def watch_of(store: Store, clock: FixedClock) -> Watch:
    return Watch(store, CONFIG, ATLAS, clock)


def of(watch: Watch, region: str = "korea") -> RegionIndex:
    return next(index for index in watch.index() if index.region == region)


def family(index: RegionIndex, name: str) -> Surprise:
    return next(each for each in index.surprises if each.family == name)


# ------------------------------------------------------------------ from scratch


def from_scratch(articles: Sequence[Article], watch: Watch, region: str) -> RegionIndex:
    """By the formulas, over all that there is."""
    ledger, now = Ledger(articles, watch.corrections), watch.now()
    known = {article.id: article for article in articles}
    today = now.toordinal()
    first = baseline_days(today).start
    events = [e for e in ledger if region in watch.regions_of(e) and e.last_reported]
    events = [e for e in events if e.last_reported.toordinal() >= first]
    prompt = {a.effective.toordinal() for a in articles if is_prompt(a)}
    watched = [day for day in baseline_days(today) if day in prompt]
    trend = [conflict_at(events, now - timedelta(hours=12) * back) for back in range(13, -1, -1)]
    surprises = [surprise_of(name, events, known, today, watched) for name in FAMILIES]
    before = [day for day in watched if day < today - 1 - GUARD.days]
    yesterday = [surprise_of(name, events, known, today - 1, before) for name in FAMILIES]
    return RegionIndex(
        region=region,
        at=now,
        conflict=trend[-1],
        cooperation=sum(w.part for e in events if (w := weigh(e, now)) is not None and w.score > 0),
        trend=tuple(trend),
        level=level_from_scratch(ledger, events, known, today, watched),
        surprises=tuple(sorted(surprises, key=lambda each: (each.tail, FAMILIES.index(each.family)))),
        yesterday=tuple(each for each in yesterday if each.alarm),
        history_days=len(watched),
        learning=len(watched) < 28,
        coverage=NOTHING,
    )


def is_prompt(article: Article) -> bool:
    return article.effective is not None and article.first_seen - article.effective <= PROMPT


def conflict_at(events: Sequence[Event], now: datetime) -> float:
    return sum(w.part for e in events if (w := weigh(e, now)) is not None and w.score < 0)


def surprise_of(
    name: str, events: Sequence[Event], known: Mapping[str, Article], today: int, watched: Sequence[int]
) -> Surprise:
    def heard(article_id: str) -> tuple[datetime | None, str]:
        return known[article_id].effective, known[article_id].publisher

    days = [(at.toordinal(), e.id) for e in events if e.family == name for at, _ in pairs(e, heard)]
    counts = Counter(day for day, _ in days)
    of_days = Counter(day for day, _ in set(days))
    return surprise(
        name, date.fromordinal(today), counts[today], of_days[today],
        [counts[day] for day in watched], [of_days[day] for day in watched],
    )  # fmt: skip


def level_from_scratch(
    ledger: Ledger, events: Sequence[Event], known: Mapping[str, Article], today: int, watched: Sequence[int]
) -> Level:
    telling = {
        article_id
        for event in events
        for article_id, rank in ledger.told.ranks(event)
        for seen in sightings_of(known[article_id])
        if seen.flag.kind.family == event.family and seen.rank == rank and is_conflict(seen.flag)
    }
    days: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    for article in known.values():
        if article.effective is not None:
            day = days[article.effective.toordinal()]
            told, number = day.get(article.publisher, (0, 0))
            day[article.publisher] = (told + (article.id in telling), number + 1)
    unflagged = {a.effective.toordinal() for a in known.values() if a.effective and not a.flags}
    whole = [day for day in watched if day in unflagged]
    found = level(days[today], [days[day] for day in whole])
    if len(watched) >= 28 > len(whole):
        return replace(found, why="only flagged")
    return found


def is_conflict(flag: Flag) -> bool:
    return tells_of_conflict(flag.kind, flag.code, flag.status)


def same(index: RegionIndex, other: RegionIndex) -> None:
    assert index.conflict == pytest.approx(other.conflict, abs=1e-12)
    assert index.cooperation == pytest.approx(other.cooperation, abs=1e-12)
    assert index.trend == pytest.approx(other.trend, abs=1e-12)
    assert index.surprises == other.surprises
    assert sorted(index.yesterday, key=lambda each: each.family) == sorted(
        other.yesterday, key=lambda each: each.family
    )
    assert (index.level.value is None) == (other.level.value is None)
    if other.level.value is not None:
        assert index.level.value == pytest.approx(other.level.value)
    assert (index.history_days, index.learning, index.at) == (other.history_days, other.learning, other.at)


# ------------------------------------------------------------------ whatever comes

NEWS = st.lists(
    st.builds(
        an_article,
        st.sampled_from([f"a{n}" for n in range(14)]),
        *[FLAGS] * 2,
        hours=st.integers(-70 * 24, 20) | st.integers(-60, 20),
        dated=st.booleans() | st.just(True),
        publisher=st.sampled_from(PUBLISHERS[:4]),
        title=st.sampled_from(
            [
                "Seoul fires warning shots after a dozen soldiers cross the demarcation line",
                "Seoul fires warning shots after some dozen soldiers cross the demarcation line today",
                "The minister comes to the capital on Monday for three days of talks on trade",
            ]
        ),
    ),
    max_size=6,
)
PLAIN = st.lists(
    st.builds(
        an_article, st.sampled_from([f"a{n}" for n in range(14)]), hours=st.integers(-70 * 24, 20),
        publisher=st.sampled_from(PUBLISHERS[:4]),
    ),
    max_size=6,
)  # fmt: skip
MOVES = st.one_of(
    NEWS, NEWS, PLAIN, st.floats(-30, 100), st.sampled_from([*Kind]), st.sampled_from(["split", "merge", "remove"])
)


def carry_out(move: object, watch: Watch, store: Store, clock: FixedClock) -> None:
    if isinstance(move, list):
        watch._chronicle.take(Batch(articles=tuple(move)))
    elif isinstance(move, Kind):
        for article in list(store.articles())[:3]:
            watch.mark_wrong(article.id, move, move not in article.wrong)
    elif isinstance(move, float):
        clock.pass_time(hours=move)
    else:
        events = watch.events(limit=2)
        try:
            if move == "split" and events:
                watch.split(events[0].id, events[0].articles[:1])
            elif move == "merge" and len(events) == 2:
                watch.merge([event.id for event in events])
            elif move == "remove" and not watch.corrections:
                gone = [i for i in list(store.order.oldest())[:4] if not watch.events_of(i)]
                watch._chronicle.remove(gone, [], for_good=len(gone))
        except CorrectionRefused:
            return


@given(st.lists(MOVES, max_size=10), st.data())
def test_what_is_kept_up_is_what_the_formulas_say_of_all_articles(moves: list[object], data: st.DataObject) -> None:
    clock = FixedClock(NOON + timedelta(hours=20))
    with Store.in_memory() as store:
        watch = watch_of(store, clock)
        for move in moves:
            carry_out(move, watch, store, clock)
            if data.draw(st.booleans(), "looks"):
                for index in watch.index():
                    same(index, from_scratch(list(store.articles()), watch, index.region))
                assert watch.index() == watch_of(store, clock).index()
