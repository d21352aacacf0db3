"""A series says what a plain count of the same events says, in every stretch, in every time zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.exchange import Group
from tensionwatch.index.intensity import HALF_LIFE
from tensionwatch.series import LENGTHS, Mark, PairRecord, Span, Strand, Watched, edges

NOW = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)
ZONES = ["UTC", "Asia/Seoul", "America/St_Johns", "Asia/Kathmandu", "Europe/Berlin", "Australia/Lord_Howe",
         "America/Santiago"]  # fmt: skip
PAIR = ("KOR", "PRK")

AGES = st.one_of(st.integers(-3, 48), st.integers(0, 400 * 24)).map(lambda hours: hours * 3600.0)


@st.composite
def marks(draw: st.DrawFn) -> list[Mark]:
    found = []
    for number, age in enumerate(draw(st.lists(AGES, max_size=40))):
        at = NOW.timestamp() - age
        happened = draw(st.sampled_from([at, at, None]))
        worth = draw(st.sampled_from([-0.5, -0.36, 0.25, 0.0]))
        found.append(Mark(f"e{number}", draw(st.sampled_from(list(Group))), happened, at, worth))
    return found


SPANS = st.sampled_from(list(Span))


def strand_of(listed: Sequence[Mark]) -> Strand:
    strand = Strand()
    for mark in listed:
        strand.put(mark)
    return strand


def plain(times: Sequence[float], since: datetime, until: datetime) -> int:
    return sum(since.timestamp() <= at < until.timestamp() and at <= NOW.timestamp() for at in times)


@given(marks(), SPANS, st.sampled_from(ZONES))
def test_a_series_agrees_with_a_plain_count_in_every_stretch(listed: list[Mark], span: Span, zone: str) -> None:
    bounds = edges(span, NOW, ZoneInfo(zone))
    series = strand_of(listed).series(bounds, NOW, Watched(()))
    for group in Group:
        times = [m.happened for m in listed if m.group is group and m.happened is not None]
        assert series.events[group] == tuple(plain(times, *each) for each in pairwise(bounds))
    conflict = [m.acted for m in listed if m.worth < 0]
    cooperation = [m.acted for m in listed if m.worth > 0]
    assert series.conflict == tuple(plain(conflict, *each) for each in pairwise(bounds))
    assert series.cooperation == tuple(plain(cooperation, *each) for each in pairwise(bounds))


@given(marks(), SPANS)
def test_an_intensity_is_the_sum_of_what_has_not_faded_at_the_end_of_each_stretch(
    listed: list[Mark], span: Span
) -> None:
    bounds = edges(span, NOW, UTC)
    strand = strand_of(listed)
    for _ in range(2):  # made, and kept
        series = strand.series(bounds, NOW, Watched(()))
        for number, end in enumerate((*bounds[1:-1], NOW)):
            at = end.timestamp()
            parts = [m for m in listed if m.acted < at or (end is NOW and m.acted <= at)]
            for values, sign in ((series.conflict_intensity, -1), (series.cooperation_intensity, 1)):
                whole = sum(
                    abs(m.worth) * 0.5 ** ((at - m.acted) / HALF_LIFE.total_seconds())
                    for m in parts if m.worth * sign > 0
                )  # fmt: skip
                assert values[number] == pytest.approx(whole, abs=1e-9)


@given(marks(), SPANS, st.data())
def test_every_number_opens_into_just_its_events(listed: list[Mark], span: Span, data: st.DataObject) -> None:
    bounds = edges(span, NOW, UTC)
    strand = strand_of(listed)
    number = data.draw(st.integers(0, len(bounds) - 3))
    since, until = bounds[number], bounds[number + 1]
    for group in Group:
        ids = strand.between(since, until, group)
        assert len(ids) == strand.series(bounds, NOW, Watched(())).events[group][number]
    assert set(strand.between(since, until)) == {
        m.event for m in listed
        if (m.happened is not None or m.worth) and since.timestamp() <= m.acted < until.timestamp()
    }  # fmt: skip


@given(marks(), st.data())
def test_what_is_taken_out_again_leaves_nothing_behind(listed: list[Mark], data: st.DataObject) -> None:
    bounds = edges(Span.MONTH, NOW, UTC)
    strand = strand_of(listed)
    gone = data.draw(st.sets(st.sampled_from(range(len(listed))))) if listed else set()
    strand.series(bounds, NOW, Watched(()))
    strand.record(PAIR, NOW, Watched(()))
    for number in gone:
        strand.drop(listed[number])
    left = strand_of([mark for number, mark in enumerate(listed) if number not in gone])
    assert strand.series(bounds, NOW, Watched(())) == left.series(bounds, NOW, Watched(()))
    assert strand.record(PAIR, NOW, Watched(())) == left.record(PAIR, NOW, Watched(()))


# ------------------------------------------------------------------ records of pairs


@given(marks(), st.lists(st.floats(0, 40), max_size=6))
def test_a_record_that_is_kept_is_the_one_that_would_be_made(listed: list[Mark], passing: list[float]) -> None:
    kept, now, watched = strand_of(listed), NOW, Watched(range(NOW.toordinal() - 300, NOW.toordinal() + 1))
    for hours in (0.0, *passing):
        now += timedelta(hours=hours)
        record, fresh = kept.record(PAIR, now, watched), strand_of(listed).record(PAIR, now, watched)
        # Months of the trend, and the usual, move along hour by hour.
        assert stable(record) == stable(fresh)
        assert record == kept.record(PAIR, now, watched)


def stable(record: PairRecord) -> tuple[object, ...]:
    return (record.conflict, record.cooperation, record.last)


@given(marks())
def test_a_record_agrees_with_a_plain_count(listed: list[Mark]) -> None:
    record = strand_of(listed).record(PAIR, NOW, Watched(()))
    at = NOW.timestamp()
    for counts, sign in ((record.conflict, -1), (record.cooperation, 1)):
        times = [m.acted for m in listed if m.worth * sign > 0]
        assert counts == tuple(sum(at - length <= time <= at for time in times) for length in LENGTHS)
    past = [m.acted for m in listed if m.worth and m.acted <= at]
    assert record.last == (datetime.fromtimestamp(max(past), UTC) if past else None)
    incidents = sorted(
        m.happened for m in listed
        if m.group is Group.INCIDENT and m.happened is not None and at - LENGTHS.year <= m.happened <= at
    )  # fmt: skip
    if len(incidents) >= 3:
        assert record.usual_interval == pytest.approx(median(b - a for a, b in pairwise(incidents)))
    else:
        assert record.usual_interval is None


def test_what_is_usual_is_known_once_28_days_before_the_last_30_were_watched() -> None:
    old = [Mark(f"o{n}", Group.OTHER, None, NOW.timestamp() - (40 + n) * 86400, -0.5) for n in range(28)]
    fresh = [Mark(f"n{n}", Group.OTHER, None, NOW.timestamp() - n * 86400, -0.5) for n in range(5)]
    strand, today = strand_of([*old, *fresh]), NOW.toordinal()
    short = strand_of(old).record(PAIR, NOW, Watched(range(today - 57, today)))
    assert short.usual is None
    assert short.change is None
    record = strand.record(PAIR, NOW, Watched(range(today - 58, today)))
    assert record.usual == pytest.approx(30.0)
    assert record.change == pytest.approx(5 - 30.0)


# ------------------------------------------------------------------ time


@given(
    SPANS,
    st.sampled_from(ZONES),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),  # noqa: DTZ001  # Hypothesis wants them bare
)
def test_stretches_follow_one_another_the_last_holds_now_and_all_reach_back_far_enough(
    span: Span, zone: str, now: datetime
) -> None:
    bounds = edges(span, now, ZoneInfo(zone))
    days = 1 if span is Span.DAY else int(span.value.removesuffix("d"))
    assert all(a < b for a, b in pairwise(bounds))
    assert bounds[-2] <= now < bounds[-1]
    assert bounds[0] <= now - timedelta(days=days) < bounds[1]
    assert len(bounds) - 1 <= {"24h": 25, "7d": 30, "30d": 31, "90d": 91, "365d": 54}[span.value]


def test_stretches_begin_as_the_clock_on_the_wall_says() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 3, 31, 10, 20, tzinfo=UTC)  # two days after clocks were put on
    for at in edges(Span.MONTH, now, berlin):
        assert (at.astimezone(berlin).hour, at.minute) == (0, 0)
    for at in edges(Span.WEEK, now, berlin):
        assert at.astimezone(berlin).hour in (0, 6, 12, 18)
    for at in edges(Span.YEAR, now, berlin):
        assert (at.astimezone(berlin).weekday(), at.astimezone(berlin).hour) == (0, 0)
    for at in edges(Span.DAY, now, ZoneInfo("Asia/Kathmandu")):
        assert at.astimezone(ZoneInfo("Asia/Kathmandu")).minute == 0


def test_a_stretch_is_watched_where_news_came_on_any_of_its_days() -> None:
    today = NOW.toordinal()
    watched = Watched([today, today - 3])
    series = Strand().series(edges(Span.MONTH, NOW, UTC), NOW, watched)
    assert [n - 30 for n, seen in enumerate(series.watched) if seen] == [-3, 0]
    assert series.since == datetime(2026, 11, 20, tzinfo=UTC)
    assert Strand().series(edges(Span.MONTH, NOW, UTC), NOW, Watched(())).since is None
