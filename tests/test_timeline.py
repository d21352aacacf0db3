"""The timeline, kept up as news comes, moves into months and comes back, says what one made afresh says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tensionwatch.exchange import ELSEWHERE, Counts, Group
from tensionwatch.index.intensity import weigh
from tensionwatch.model import Article, Batch, Event, Kind, Status
from tensionwatch.series import Series, Span, edges, pair_of
from tensionwatch.store import Store
from tensionwatch.watch import Watch
from tests.builders import NOON, FixedClock, a_flag, a_visit, an_article
from tests.moves import BUSY, MONTH_MOVES, MOVES, Months, carry_out, settled, watch_of

PAIR = ("KOR", "PRK")


def series(watch: Watch, subject: str | tuple[str, str] = "korea", span: Span = Span.YEAR) -> Series:
    return watch.series(subject, edges(span, watch.now(), UTC))


def agree(watch: Watch, other: Watch) -> None:
    for subject in (*watch.region_ids, PAIR, ("JPN", "KOR")):
        for span in (Span.DAY, Span.MONTH, Span.YEAR):
            one, two = series(watch, subject, span), series(other, subject, span)
            assert replace(one, conflict_intensity=(), cooperation_intensity=()) == replace(
                two, conflict_intensity=(), cooperation_intensity=()
            )
            assert one.conflict_intensity == pytest.approx(two.conflict_intensity, abs=1e-9)
            assert one.cooperation_intensity == pytest.approx(two.cooperation_intensity, abs=1e-9)
    assert by_pair(watch) == by_pair(other)


def by_pair(watch: Watch) -> dict[object, tuple[object, ...]]:
    return {r.pair: (r.conflict, r.cooperation, r.last, r.last_incident) for r in watch.pair_records()}


@given(st.lists(MOVES, max_size=8), st.data())
def test_what_is_kept_up_is_what_is_made_afresh(moves: list[object], data: st.DataObject) -> None:
    clock = FixedClock(NOON + timedelta(hours=20))
    with Store.in_memory() as store:
        watch = watch_of(store, clock)
        for move in (BUSY, *moves):
            carry_out(move, watch, store, clock)
            if data.draw(st.booleans(), "looks"):
                agree(watch, watch_of(store, clock))
                counted(watch)


def counted(watch: Watch) -> None:
    """Against a plain look at every event, and the intensity of the index."""
    events = watch.events(limit=10_000)
    now = watch.now()
    for region in watch.region_ids:
        mine = [event for event in events if region in watch.regions_of(event)]
        found = series(watch, region)
        for group in Group:
            happened = [e for e in mine if Group.of(e.kind) is group and happened_by(e, watch)]
            assert sum(found.events[group]) == len(happened)
        weighed = [each for event in mine if (each := weigh(event, now)) is not None]
        assert found.conflict_intensity[-1] == pytest.approx(sum(w.part for w in weighed if w.score < 0))
        assert found.cooperation_intensity[-1] == pytest.approx(sum(w.part for w in weighed if w.score > 0))


def happened_by(event: Event, watch: Watch) -> bool:
    at = event.happened
    return at is not None and edges(Span.YEAR, watch.now(), UTC)[0] <= at <= watch.now()


@settings(max_examples=30)
@given(st.lists(MONTH_MOVES, max_size=8), st.data())
def test_events_that_leave_for_months_and_come_back_count_once(
    tmp_path_factory: pytest.TempPathFactory, moves: list[object], data: st.DataObject
) -> None:
    with closing(Months(tmp_path_factory.mktemp("months"))) as months:
        for move in (BUSY, *moves):
            months.carry_out(move)
            if data.draw(st.booleans(), "looks"):
                watch = months.watch
                agree(watch, months.afresh())
                agree(watch, months.follower())
                year = watch.happened("korea", watch.now() - timedelta(days=400), watch.now())
                assert counted_in_steps(watch, year) == watch.count_events(year)


def counted_in_steps(watch: Watch, events: list[Event]) -> Counts:
    steps = watch.count_events_in_steps(events)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            counts: Counts = done.value
            return counts


# ------------------------------------------------------------------ asked in steps


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.in_memory() as opened:
        yield opened


def test_it_is_ready_once_prepared_and_what_comes_then_counts_at_once(store: Store) -> None:
    clock = FixedClock()
    store.commit(Batch(articles=tuple(crossing(number) for number in range(200))))
    watch = settled(watch_of(store, clock))
    assert not watch.series_are_ready
    shares = list(watch.prepare_series())
    assert watch.series_are_ready
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert sum(series(watch).events[Group.VISIT]) == 0
    watch._chronicle.take(Batch(articles=(an_article("late", a_visit("PRK", "KOR"), hours=-1),)))
    assert watch.series_are_ready
    assert sum(series(watch).events[Group.VISIT]) == 1


def test_news_between_two_steps_is_not_lost(store: Store) -> None:
    store.commit(Batch(articles=tuple(crossing(number) for number in range(200))))
    watch = settled(watch_of(store, FixedClock()))
    for number, _ in enumerate(watch.prepare_series()):
        watch._chronicle.take(Batch(articles=(crossing(3 + number, name=f"late{number}"),)))
    other = watch_of(store, FixedClock())
    agree(watch, other)


def test_the_events_behind_a_number_are_those_it_counts(store: Store) -> None:
    store.commit(Batch(articles=tuple(crossing(number) for number in range(30))))
    watch = settled(watch_of(store, FixedClock()))
    found = series(watch, PAIR, Span.MONTH)
    for number, count in enumerate(found.events[Group.INCIDENT]):
        events = watch.happened(PAIR, found.edges[number], found.edges[number + 1], Group.INCIDENT)
        assert len(events) == count
        assert all(pair_of(event) == PAIR for event in events)
    assert watch.happened("nowhere", found.edges[0], found.edges[-1]) == []


def test_a_visit_that_was_called_off_is_conflict_on_the_day_that_was_said_and_never_a_visit(store: Store) -> None:
    told = (
        an_article("plan", a_visit("RUS", "KOR", Status.PLANNED), hours=-24 * 20),
        an_article("off", replace(a_visit("RUS", "KOR", Status.OFF), code="160"), hours=-2),
    )
    store.commit(Batch(articles=told))
    watch = settled(watch_of(store, FixedClock()))
    (record,) = watch.pair_records()
    assert (record.pair, record.conflict.day, record.cooperation.year) == (("KOR", "RUS"), 1, 0)
    assert sum(series(watch, ("KOR", "RUS")).events[Group.VISIT]) == 0
    assert watch.book("RUS", "KOR", since=watch.now() - timedelta(days=1)).conflict.events == 1


def test_one_side_that_is_not_known_is_no_pair_but_of_its_region(store: Store) -> None:
    store.commit(Batch(articles=(an_article("one", a_flag("PRK", None, place="korean-dmz"), hours=-1),)))
    watch = settled(watch_of(store, FixedClock()))
    assert watch.pair_records() == []
    assert sum(sum(series(watch, region).events[Group.INCIDENT]) for region in ("korea", ELSEWHERE)) == 1


def crossing(days: int, *, name: str = "") -> Article:
    """Each an incident of its own."""
    return an_article(f"{name}x{days}", a_flag(kind=Kind.BORDER_INCIDENT), hours=-24 * days - 2)
