"""How many articles came in when."""

from __future__ import annotations

from datetime import timedelta

from tensionwatch.arrivals import KEPT, Arrivals
from tensionwatch.model import FeedState
from tests.builders import NOON


def state(articles: int, minutes: float = 0, feed: str = "one") -> FeedState:
    at = NOON + timedelta(minutes=minutes)
    return FeedState(feed=feed, url=f"https://{feed}.example/rss", articles=articles, last_checked=at)


def test_what_a_poll_brought_is_what_a_feed_has_more() -> None:
    arrivals = Arrivals([state(40)], NOON)
    arrivals.heard(state(43, 1))
    arrivals.heard(state(43, 2))
    arrivals.heard(state(5, 2, "new"))
    now = NOON + timedelta(minutes=3)
    assert arrivals.bars(now, 1, 4) == [0, 3, 5, 0]
    assert arrivals.in_hour(now) == 8


def test_articles_that_are_taken_out_are_no_arrivals() -> None:
    arrivals = Arrivals([state(40)], NOON)
    arrivals.heard(state(30, 1))
    arrivals.heard(state(32, 2))
    assert arrivals.bars(NOON + timedelta(minutes=2), 1, 3) == [0, 0, 2]


def test_bars_begin_at_full_stretches_so_that_only_the_last_one_grows() -> None:
    arrivals = Arrivals([], NOON)
    arrivals.heard(state(1, 14))
    arrivals.heard(state(3, 16))
    assert arrivals.bars(NOON + timedelta(minutes=16), 15, 3) == [0, 1, 2]
    assert arrivals.bars(NOON + timedelta(minutes=29), 15, 3) == [0, 1, 2]
    assert arrivals.bars(NOON + timedelta(minutes=30), 15, 3) == [1, 2, 0]


def test_what_came_before_the_program_began_is_recalled_once_and_says_since_when_it_is_known() -> None:
    arrivals = Arrivals([], NOON)
    arrivals.heard(state(1, 1))
    assert arrivals.since == NOON
    seen = [
        NOON - timedelta(hours=30),
        NOON - timedelta(hours=2),
        NOON - timedelta(minutes=1),
        NOON + timedelta(minutes=1),
    ]
    for _ in range(2):
        for _ in arrivals.recall(seen):
            pass
        assert arrivals.in_hour(NOON + timedelta(minutes=1)) == 2
    assert arrivals.since == NOON - timedelta(hours=2)


def test_a_day_is_kept() -> None:
    arrivals = Arrivals([], NOON)
    arrivals.heard(state(5, 0))
    arrivals.heard(state(6, KEPT / timedelta(minutes=1) + 1))
    now = NOON + KEPT + timedelta(minutes=1)
    assert sum(arrivals.bars(now, 15, 200)) == 1
    assert arrivals.since == now - KEPT
