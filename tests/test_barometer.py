"""The barometer, kept up as news comes, says what one made afresh says, and what the formulas say of all articles."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tensionwatch.errors import CorrectionRefused
from tensionwatch.events import Ledger
from tensionwatch.events.sighting import sightings_of
from tensionwatch.index.gauge import FAMILIES, REACH, history_days, level_days
from tensionwatch.index.intensity import weigh
from tensionwatch.index.level import level, tells_of_conflict
from tensionwatch.index.records import Coverage, Level, RegionIndex, Surprise
from tensionwatch.index.surprise import clump_of, surprise
from tensionwatch.index.voices import pairs
from tensionwatch.model import Article, Batch, Event, Flag, Kind, Telling
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.store import Store
from tensionwatch.store.daily import PROMPT
from tensionwatch.watch import Watch
from tests.builders import NOON, FixedClock, a_flag, a_visit, an_article
from tests.events.test_ledger import FLAGS
from tests.test_housekeeping import everything
from tests.test_watch import a_config

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
    told = [e for e in ledger if e.last_reported and e.last_reported.toordinal() >= today - REACH]
    events = [e for e in told if region in watch.regions_of(e)]
    prompt = {a.effective.toordinal() for a in articles if is_prompt(a)}
    watched = [day for day in history_days(today) if day in prompt]
    trend = [conflict_at(events, now - timedelta(hours=12) * back) for back in range(13, -1, -1)]
    sizes = [len(days) for e in told if (days := pair_days(e, known)) and days[-1] in history_days(today)]
    surprises = [surprise_of(name, events, known, today, watched, clump_of(sizes)) for name in FAMILIES]
    return RegionIndex(
        region=region,
        at=now,
        conflict=trend[-1],
        cooperation=sum(w.part for e in events if (w := weigh(e, now)) is not None and w.score > 0),
        trend=tuple(trend),
        level=level_from_scratch(ledger, events, known, today, watched),
        surprises=tuple(sorted(surprises, key=lambda each: (each.tail, FAMILIES.index(each.family)))),
        history_days=len(watched),
        learning=len(watched) < 28,
        coverage=NOTHING,
    )


def is_prompt(article: Article) -> bool:
    return article.effective is not None and article.first_seen - article.effective <= PROMPT


def conflict_at(events: Sequence[Event], now: datetime) -> float:
    return sum(w.part for e in events if (w := weigh(e, now)) is not None and w.score < 0)


def pair_days(event: Event, known: Mapping[str, Article]) -> list[int]:
    return [at.toordinal() for at, _ in pairs(event, lambda i: (known[i].effective, known[i].publisher))]


def surprise_of(
    name: str, events: Sequence[Event], known: Mapping[str, Article], today: int, watched: Sequence[int], clump: float
) -> Surprise:
    days = [(day, e.id) for e in events if e.family == name for day in pair_days(e, known)]
    counts = Counter(day for day, _ in days)
    of_days = Counter(day for day, _ in set(days))
    return surprise(
        name, date.fromordinal(today), counts[today], of_days[today],
        [counts[day] for day in watched], [of_days[day] for day in watched], clump,
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
    recent = [day for day in watched if day in level_days(today)]
    whole = [day for day in recent if day in unflagged]
    found = level(days[today], [days[day] for day in whole])
    if len(recent) >= 28 > len(whole):
        return replace(found, why="only flagged")
    return found


def is_conflict(flag: Flag) -> bool:
    return tells_of_conflict(flag.kind, flag.code, flag.status)


def same(index: RegionIndex, other: RegionIndex, *, faded: float = 1e-12) -> None:
    assert index.conflict == pytest.approx(other.conflict, abs=faded)
    assert index.cooperation == pytest.approx(other.cooperation, abs=faded)
    assert index.trend == pytest.approx(other.trend, abs=faded)
    assert index.surprises == other.surprises
    assert (index.level.value is None) == (other.level.value is None)
    if other.level.value is not None:
        assert index.level.value == pytest.approx(other.level.value)
    assert (index.history_days, index.learning, index.at) == (other.history_days, other.learning, other.at)


# ------------------------------------------------------------------ whatever comes

CROSSING, DRILL, VISIT = a_flag(), a_flag("KOR", "USA", kind=Kind.THREAT), a_visit("JPN", "KOR")
FEW_FLAGS = st.sampled_from([CROSSING, CROSSING, DRILL, VISIT])
HOURS = st.builds(
    lambda day, hour: -24 * day + hour, st.sampled_from([0, 0, 1, 2, 3, 5, 40, 80, 250]), st.integers(0, 9)
)
NAMES = st.sampled_from([f"a{n}" for n in range(14)])
NEWS = st.lists(
    st.builds(
        an_article,
        NAMES,
        FEW_FLAGS | FLAGS,
        hours=HOURS,
        dated=st.sampled_from([True, True, True, False]),
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
TWO_FLAGS = st.lists(st.builds(an_article, NAMES, FEW_FLAGS, FLAGS, hours=HOURS), max_size=3)
PLAIN = st.lists(st.builds(an_article, NAMES, hours=HOURS, publisher=st.sampled_from(PUBLISHERS[:4])), max_size=6)
MOVES = st.one_of(
    NEWS,
    NEWS,
    TWO_FLAGS,
    PLAIN,
    st.floats(-30, 100),
    st.sampled_from([*Kind]),
    st.sampled_from(["split", "merge", "remove"]),
)


BUSY = [
    *(an_article(f"plain{day}", hours=-24 * day, publisher=PUBLISHERS[day % 3]) for day in range(45)),
    *(
        an_article(f"a{4 * n + place}", flag, hours=-24 * day + place, publisher=publisher)
        for n, (day, flag) in enumerate([(0, CROSSING), (5, CROSSING), (40, DRILL)])
        for place, publisher in enumerate(PUBLISHERS[:4])
    ),
]
"""Three events of four voices each, in a history of 45 days."""


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
        for move in (BUSY, *moves):
            carry_out(move, watch, store, clock)
            if data.draw(st.booleans(), "looks"):
                for index in watch.index():
                    same(index, from_scratch(list(store.articles()), watch, index.region))
                assert watch.index() == watch_of(store, clock).index()


# ------------------------------------------------------------------ months

FADED = 2.0**-11
"""What events of ended months, 31 days old, may be missed by in an intensity."""
MONTH_MOVES = st.one_of(
    NEWS,
    PLAIN,
    st.sampled_from([5.0, 24.0 * 15, 24.0 * 40, 24.0 * 95, 24.0 * 400]),
    st.sampled_from(["tidy", "tidy", "recall", "reopen"]),
)


@settings(max_examples=40)
@given(st.lists(MONTH_MOVES, max_size=8), st.data())
def test_articles_that_leave_for_months_and_come_back_count_once(
    tmp_path_factory: pytest.TempPathFactory, moves: list[object], data: st.DataObject
) -> None:
    clock = FixedClock(NOON + timedelta(hours=20))
    folder = tmp_path_factory.mktemp("months")
    store = Store.open(folder)
    watch = settled(watch_of(store, clock))
    try:
        for move in (BUSY, *moves):
            if move == "reopen":
                store.close()
                store = Store.open(folder)
                watch = settled(watch_of(store, clock))
            elif move == "tidy":
                asyncio.run(watch.housekeeper.once())
            elif move == "recall":
                old = sorted(everything(store).keys() - set(store.order.oldest()))
                watch.mark(old[:2], starred=True)
            else:
                carry_out(move, watch, store, clock)
            if data.draw(st.booleans(), "looks"):
                for index in watch.index():
                    same(index, from_scratch(list(everything(store).values()), watch, index.region), faded=FADED)
                for kept, fresh in zip(watch.index(), watch_of(store, clock).index(), strict=True):
                    same(kept, fresh)
    finally:
        store.close()


def settled(watch: Watch) -> Watch:
    for _ in watch.settle():
        pass
    return watch


def test_while_months_are_taken_out_nothing_counts_twice_or_not_at_all(tmp_path: Path) -> None:
    clock = FixedClock(NOON + timedelta(hours=20))
    with Store.open(tmp_path) as store:
        watch = settled(watch_of(store, clock))
        carry_out(BUSY, watch, store, clock)
        clock.pass_time(days=20)
        before = [(index.surprises, index.level, index.history_days) for index in watch.index()]
        seen = []

        def look(told: Telling, articles: Sequence[str]) -> None:
            heard(told, articles)
            seen.append([(index.surprises, index.level, index.history_days) for index in watch.index()])

        heard, watch._chronicle.heard = watch._chronicle.heard, look
        asyncio.run(watch.housekeeper.once())
        assert len(store.months) > 10
        assert len(seen) > 1
        assert all(each == before for each in seen)
