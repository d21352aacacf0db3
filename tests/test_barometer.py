"""The barometer, kept up as news comes, says what one made afresh says, and what the formulas say of all articles."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tensionwatch.events import Ledger
from tensionwatch.events.sighting import sightings_of
from tensionwatch.housekeeping import Housekeeper
from tensionwatch.index.gauge import FAMILIES, REACH, history_days, level_days
from tensionwatch.index.intensity import weigh
from tensionwatch.index.level import level, tells_of_conflict
from tensionwatch.index.records import Coverage, Level, RegionIndex, Surprise
from tensionwatch.index.surprise import GUARD, clump_of, surprise
from tensionwatch.index.voices import pairs
from tensionwatch.model import Article, Batch, Event, Flag, Kind, Telling
from tensionwatch.store import Store
from tensionwatch.store.daily import PROMPT
from tensionwatch.watch import Watch
from tests.builders import NOON, FixedClock, a_flag, a_visit, an_article
from tests.moves import BUSY, CONFIG, MONTH_MOVES, MOVES, PUBLISHERS, Months, carry_out, settled, watch_of
from tests.test_housekeeping import everything

NOTHING = Coverage(fresh=0, feeds=2)


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
    clumps = [clump for event in told for clump in Counter(pair_days(event, known)).items()]
    sizes = [pairs for day, pairs in clumps if day in history_days(today)]
    surprises = [surprise_of(name, events, known, today, watched, clump_of(sizes)) for name in FAMILIES]
    before = [day for day in watched if day < today - 1 - GUARD.days]
    yesterday = [surprise_of(name, events, known, today - 1, before, clump_of(sizes)) for name in FAMILIES]
    return RegionIndex(
        region=region,
        at=now,
        conflict=trend[-1],
        cooperation=sum(w.part for e in events if (w := weigh(e, now)) is not None and w.score > 0),
        trend=tuple(trend),
        level=level_from_scratch(ledger, events, known, today, watched),
        surprises=tuple(sorted(surprises, key=lambda each: (each.chance, each.tail, FAMILIES.index(each.family)))),
        yesterday=tuple(each for each in yesterday if each.alarm),
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
    assert sorted(index.yesterday, key=lambda each: each.family) == sorted(
        other.yesterday, key=lambda each: each.family
    )
    assert (index.level.value is None) == (other.level.value is None)
    if other.level.value is not None:
        assert index.level.value == pytest.approx(other.level.value)
    assert (index.history_days, index.learning, index.at) == (other.history_days, other.learning, other.at)


# ------------------------------------------------------------------ whatever comes


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


@settings(max_examples=40)
@given(st.lists(MONTH_MOVES, max_size=8), st.data())
def test_articles_that_leave_for_months_and_come_back_count_once(
    tmp_path_factory: pytest.TempPathFactory, moves: list[object], data: st.DataObject
) -> None:
    with closing(Months(tmp_path_factory.mktemp("months"))) as months:
        for move in (BUSY, *moves):
            months.carry_out(move)
            if data.draw(st.booleans(), "looks"):
                watch, articles = months.watch, list(everything(months.store).values())
                for index in watch.index():
                    same(index, from_scratch(articles, watch, index.region), faded=FADED)
                others = (months.afresh().index(), months.follower().index())
                for kept, fresh, there in zip(watch.index(), *others, strict=True):
                    same(kept, fresh)
                    same(kept, there)


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


def test_a_month_that_loses_events_to_the_limits_of_the_store_is_taken_in_anew(tmp_path: Path) -> None:
    clock = FixedClock(NOON + timedelta(hours=20))
    with Store.open(tmp_path) as store:
        watch = settled(watch_of(store, clock))
        carry_out(BUSY, watch, store, clock)
        clock.pass_time(days=32)
        asyncio.run(watch.housekeeper.once())
        assert sum(info.events for info in store.months.known.values()) > 1
        watch.mark(["plain40"], starred=True)  # it stays, and so there is still news of its day
        watch.index()
        limits = replace(CONFIG.storage, keep_unflagged_days=50, keep_flagged_days=50)
        asyncio.run(Housekeeper(store, watch._chronicle, limits, clock).once())
        for index in watch.index():
            same(index, from_scratch(list(everything(store).values()), watch, index.region), faded=FADED)


# ------------------------------------------------------------------ one by one


def news(store: Store, *articles: Article, clock: FixedClock | None = None) -> Watch:
    clock = clock or FixedClock(NOON + timedelta(hours=8))
    watch = watch_of(store, clock)
    watch._chronicle.take(Batch(articles=articles))
    return watch


def quiet_days(days: int, publishers: Sequence[str] = PUBLISHERS, flagged: int = 0) -> list[Article]:
    """Four articles of each publisher a day, with one flagged on every `flagged`th day."""
    return [
        an_article(
            f"q{day}{publisher}{n}",
            *([a_flag()] if flagged and day % flagged == 0 and n == 0 else []),
            hours=-24 * day,
            publisher=publisher,
            title=f"{publisher} has number {n} of day {day}",
        )
        for day in range(3, days + 3)
        for publisher in publishers
        for n in range(4)
    ]


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.in_memory() as opened:
        yield opened


def test_a_report_that_moves_to_another_day_takes_its_pair_along(store: Store) -> None:
    def second(hours: float) -> Article:
        return an_article("b", a_flag(), hours=hours, publisher="two.example")

    first = an_article("a", a_flag(), hours=-20)
    last = an_article("c", a_flag(), hours=1, publisher="three.example")
    watch = news(store, first, second(-13), last)
    assert family(of(watch), "incident").count == 1
    event = watch.events()
    watch._chronicle.take(Batch(articles=(second(-11),)))
    assert watch.events() == event
    assert family(of(watch), "incident").count == 2


def test_undated_articles_enter_nothing(store: Store) -> None:
    undated = [
        an_article(f"u{n}", a_flag(), dated=False, publisher=publisher) for n, publisher in enumerate(PUBLISHERS)
    ]
    watch = news(store, *undated)
    index = of(watch)
    assert (index.conflict, index.history_days, family(index, "incident").count) == (0, 0, 0)
    assert store.days.known == {}


def test_an_event_that_one_publisher_tells_makes_no_pair_and_the_second_brings_both(store: Store) -> None:
    watch = news(store, an_article("a", a_flag()))
    assert family(of(watch), "incident").count == 0
    watch._chronicle.take(Batch(articles=(an_article("b", a_flag(), hours=1, publisher="two.example"),)))
    assert (family(of(watch), "incident").count, family(of(watch), "incident").events) == (2, 1)


def test_a_day_on_which_an_old_article_was_found_later_is_no_day_of_history(store: Store) -> None:
    """A feed asked for the first time shows articles of weeks: nobody watched those weeks."""
    found_late = [replace(an_article(f"o{day}", hours=-24 * day), first_seen=NOON) for day in range(3, 40)]
    assert of(news(store, *found_late)).history_days == 0


def test_days_that_an_archive_brought_are_history(store: Store) -> None:
    brought = [replace(an_article(f"o{day}", hours=-24 * day), imported=NOON) for day in range(3, 40)]
    index = of(news(store, *brought))
    assert (index.history_days, index.learning) == (37, False)


def test_under_28_days_of_history_nothing_is_an_alarm(store: Store) -> None:
    crowd = [an_article(f"a{n}", a_flag(), publisher=f"p{n}.example", title=f"Shots {n}") for n in range(90)]
    watch = news(store, *quiet_days(27), *crowd)
    assert (of(watch).word, of(watch).history_days) == ("learning", 27)
    watch._chronicle.take(Batch(articles=tuple(quiet_days(28)[-28:])))
    assert (of(watch).word, of(watch).history_days) == ("unusual", 28)


def test_the_level_is_todays_share_against_the_usual_one(store: Store) -> None:
    today = [
        an_article(f"t{publisher}{n}", *([a_flag()] if n < 2 else []), publisher=publisher, title=f"{publisher} {n}")
        for publisher in PUBLISHERS
        for n in range(4)
    ]
    found = of(news(store, *quiet_days(56, flagged=4), *today)).level
    assert (found.publishers, found.share, found.usual) == (7, pytest.approx(0.5), pytest.approx(1 / 16))
    assert found.value == pytest.approx(800)


def test_a_history_of_flagged_articles_alone_gives_no_level_and_says_why(store: Store) -> None:
    flagged = [a for a in quiet_days(56, flagged=1) if a.flags]
    found = of(news(store, *flagged)).level
    assert found.value is None
    assert found.why.startswith("of 56 of the 56 days before only flagged articles are kept")


def test_an_article_that_tells_two_conflicts_of_a_region_is_one_article_of_its_level(store: Store) -> None:
    both = an_article("a", a_flag(), a_flag("KOR", "PRK", kind=Kind.THREAT))
    watch = news(store, both, an_article("b"))
    assert len(watch.events()) == 2
    watch.index()
    gauge = watch._barometer._gauges["korea"]
    assert gauge.told(NOON.toordinal(), watch._barometer._articles_of) == {"one.example": (1, 2)}


def test_the_clump_of_a_collection_follows_its_events(store: Store) -> None:
    """Two reports are less of a surprise where every event has sixty."""

    def crowd(day: int) -> list[Article]:
        return [
            an_article(f"{day}-{n}", a_flag(), hours=-24 * day, publisher=f"p{n}.example", title=f"Shots {n} {day}")
            for n in range(60)
        ]

    two = [an_article(f"two{n}", a_visit("JPN", "KOR"), publisher=f"p{n}.example", title=f"Two {n}") for n in range(2)]
    watch = news(store, *quiet_days(60), *two, *(article for day in (10, 20, 30, 40) for article in crowd(day)))
    before = family(of(watch), "visit")
    assert before.count == 2
    gone = [a.id for a in crowd(10)]
    events = [e.id for e in watch.events() if e.articles[0] in gone]
    watch._chronicle.remove(gone, events, for_good=60)
    assert family(of(watch), "visit").clumped < before.clumped
    assert watch.index() == watch_of(store, watch._clock).index()


def test_the_day_turns_at_midnight_utc_and_what_is_too_old_is_let_go(store: Store) -> None:
    clock = FixedClock(NOON + timedelta(hours=8))
    watch = news(store, *quiet_days(40, flagged=3), *(BUSY[45:49]), clock=clock)
    assert family(of(watch), "incident").count == 4
    clock.pass_time(hours=4)
    assert family(of(watch), "incident").count == 0
    clock.pass_time(days=REACH)
    assert watch.index() == watch_of(store, clock).index()
    assert watch._barometer._known == {}


def test_what_a_number_opens_into_adds_up_to_it(store: Store) -> None:
    watch = news(store, *quiet_days(56, flagged=4), *BUSY)
    explained = watch.explain("korea")
    index = explained.index
    assert index == of(watch)
    assert sum(each.part for each in explained.conflict) + explained.rest == pytest.approx(index.conflict)
    assert sum(each.part for each in explained.cooperation) + explained.cooperation_rest == pytest.approx(
        index.cooperation
    )
    for each in index.surprises:
        assert len(explained.pairs[each.family]) == each.count
        assert len({event for event, _ in explained.pairs[each.family]}) == each.events
        assert len(explained.days[each.family]) == each.memory
    assert [each.part for each in explained.conflict] == sorted((e.part for e in explained.conflict), reverse=True)
    assert len(explained.publishers) == index.level.publishers
    with pytest.raises(KeyError):
        watch.explain("nowhere")
