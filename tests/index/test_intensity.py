"""Intensity: what an event weighs, and that a sum kept up is the sum from scratch."""

from __future__ import annotations

from datetime import timedelta
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.events import Ledger
from tensionwatch.index.intensity import HALF_LIFE, STEP, STEPS, Sums, weigh
from tensionwatch.index.records import Weighed
from tensionwatch.model import Event, Flag, Kind, State, Status
from tests.builders import NOON, a_flag, a_visit, an_article


def only(*flags: Flag, publishers: int = 1, hours: float = 0, same_words: bool = False) -> Event:
    """The one event that so many publishers tell at once."""
    words = "Guards fire warning shots at a patrol that strayed over the line at dawn"
    articles = [
        an_article(
            f"a{n}",
            *flags,
            hours=hours,
            publisher=f"p{n}.example",
            title=words if same_words else f"{n} {n + 1} {n + 2} {n + 3} words of its own",
        )
        for n in range(publishers)
    ]
    (event,) = Ledger(articles)
    return event


def weighed(event: Event, hours: float = 0) -> Weighed:
    found = weigh(event, NOON + timedelta(hours=hours))
    assert found is not None
    return found


def test_an_incident_with_fire_by_hand() -> None:
    """193 is −10; two publishers are 1 − 1/4; after 48 hours it is half of that."""
    found = weighed(only(a_flag(code="193"), publishers=2), hours=48)
    assert (found.score, found.weight, found.publishers, found.credence) == (-10.0, 1.0, 2, 0.75)
    assert (found.decay, found.part) == (0.5, 0.375)


def test_a_visit_by_hand() -> None:
    """042 is +1.9; one publisher is 1 − 1/2."""
    found = weighed(only(a_visit()))
    assert (found.score, found.credence, found.decay) == (1.9, 0.5, 1.0)
    assert found.part == pytest.approx(0.095)


@pytest.mark.parametrize("status", [Status.PLANNED, Status.HYPOTHETICAL, Status.HISTORICAL])
def test_what_has_not_happened_weighs_nothing(status: Status) -> None:
    event = only(a_visit(status=status))
    assert weigh(event, NOON) is None
    assert Sums([event]).cooperation(NOON) == 0


def test_what_is_undated_weighs_nothing() -> None:
    (event,) = Ledger([an_article("a", a_flag(), dated=False)])
    assert weigh(event, NOON) is None
    assert Sums([event]).conflict(NOON) == 0


def test_what_comes_later_has_not_happened_yet() -> None:
    event = only(a_flag(), hours=1)
    assert weigh(event, NOON) is None
    assert Sums([event]).conflict(NOON) == 0


def test_a_visit_called_off_weighs_as_conflict_from_the_day_it_is_called_off() -> None:
    """160 is −4, of one publisher; it was announced twenty days before."""
    plan = an_article("plan", a_visit(status=Status.PLANNED), hours=-480)
    (event,) = Ledger([plan, an_article("off", a_visit(status=Status.OFF))])
    found = weighed(event)
    assert (found.at, found.score, found.part) == (NOON, -4.0, 0.2)
    assert Sums([event]).conflict(NOON) == pytest.approx(0.2)


def test_cooperation_cancels_no_conflict() -> None:
    shots, visit = only(a_flag(code="193")), only(a_visit())
    alone, both = Sums([shots]), Sums([shots, visit])
    assert both.conflict(NOON) == alone.conflict(NOON) == 0.5
    assert both.cooperation(NOON) == pytest.approx(0.095)


def test_a_feed_with_the_same_words_under_another_name_moves_nothing() -> None:
    one, copied = only(a_flag()), only(a_flag(), publishers=5, same_words=True)
    assert copied.reports == 5
    assert weighed(copied).part == weighed(one).part


def test_one_voice_of_eight_less_moves_a_part_by_less_than_one_percent() -> None:
    assert weighed(only(a_flag(), publishers=7)).part == pytest.approx(
        weighed(only(a_flag(), publishers=8)).part, rel=0.01
    )


# ------------------------------------------------------------------ the sums


def made(event_id: str, hours: float, kind: Kind, voices: int, *, off: bool = False) -> Event:
    at = NOON + timedelta(hours=hours)
    status = Status.OFF if off else Status.ACTUAL
    return Event(
        id=event_id,
        family=kind.family,
        kind=kind,
        code="",
        status=status,
        actor="AAA",
        recipient="BBB",
        place=None,
        first_reported=at,
        last_reported=at,
        reports=voices,
        publishers=tuple(f"p{n}" for n in range(voices)),
        states=(State(status=status, at=at, article="a"),),
        articles=("a",),
    )


EVENTS = st.builds(
    made,
    st.sampled_from([f"e{n}" for n in range(9)]),
    st.floats(-4000, 400) | st.integers(-9, 3).map(lambda hours: 6.0 * hours),
    st.sampled_from(Kind),
    st.integers(1, 20),
    off=st.booleans(),
)


@given(st.lists(EVENTS | st.sampled_from([f"e{n}" for n in range(9)]) | st.floats(-100, 900), max_size=60))
def test_sums_kept_up_are_those_from_scratch_at_any_time(moves: list[Event | str | float]) -> None:
    """Events are put, told otherwise and dropped; the sums are asked of the past, and of what is to come."""
    sums = Sums()
    known: dict[str, Event] = {}
    for move in [*moves, 0.0]:
        if isinstance(move, Event):
            sums.put(move)
            known[move.id] = move
        elif isinstance(move, str):
            sums.drop(move)
            known.pop(move, None)
        else:
            now = NOON + timedelta(hours=move)
            parts = [each for event in known.values() if (each := weigh(event, now)) is not None]
            assert sums.conflict(now) == pytest.approx(fsum(e.part for e in parts if e.score < 0), rel=1e-12, abs=1e-15)
            assert sums.cooperation(now) == pytest.approx(
                fsum(e.part for e in parts if e.score > 0), rel=1e-12, abs=1e-15
            )


def test_months_of_coming_and_going_leave_nothing_behind() -> None:
    """A sum that is added to and subtracted from drifts; this one does not, to the last bit."""
    sums, last = Sums(), made("last", 0, Kind.DIPLOMATIC_PROTEST, 1)
    sums.put(last)
    for number in range(2_000):
        sums.put(made("war", number % 13, Kind.ARMED_ATTACK, 1 + number % 20))
        sums.conflict(NOON + timedelta(hours=number))
        sums.drop("war")
    assert sums.conflict(NOON) == Sums([last]).conflict(NOON) == weighed(last).part


def test_what_is_learnt_later_of_a_past_day_counts_from_then_on() -> None:
    first, second = made("a", -48, Kind.ARMED_ATTACK, 1), made("b", -47, Kind.ARMED_ATTACK, 1)
    sums = Sums([first])
    assert sums.conflict(NOON) == pytest.approx(0.25)
    sums.put(second)
    assert sums.conflict(NOON) == Sums([second, first]).conflict(NOON) > 0.5
    sums.drop("a")
    assert sums.conflict(NOON) == Sums([second]).conflict(NOON)


def test_a_half_life_later_a_sum_is_half() -> None:
    sums = Sums(made(f"e{n}", -n, Kind.ARMED_ATTACK, 3) for n in range(30))
    assert sums.conflict(NOON + HALF_LIFE) == pytest.approx(sums.conflict(NOON) / 2)


def test_the_order_of_coming_tells_nothing() -> None:
    events = [made(f"e{n}", -7 * n, Kind.THREAT, n) for n in range(1, 20)]
    assert Sums(events).conflict(NOON) == Sums(reversed(events)).conflict(NOON)


def test_what_is_not_known_may_be_dropped() -> None:
    sums = Sums([made("e", 0, Kind.THREAT, 1)])
    sums.drop("another")
    assert sums.conflict(NOON) > 0


def test_the_trend_is_a_week_of_half_days_that_ends_now() -> None:
    sums = Sums([made("e", -30, Kind.ARMED_ATTACK, 1)])
    trend = sums.trend(NOON)
    assert len(trend) == STEPS
    assert trend == pytest.approx([sums.conflict(NOON - STEP * back) for back in reversed(range(STEPS))])
    assert [value > 0 for value in trend[-4:]] == [False, True, True, True]
    assert trend[-1] == sums.conflict(NOON)
