"""How the pulse is said: bars with their scale, a cell a feed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from tensionwatch.arrivals import Arrivals
from tensionwatch.exchange import FeedRow
from tensionwatch.model import FeedState
from tensionwatch.tui.pulse import Bars, cell_runs, feed_cells, feed_words
from tensionwatch.tui.times import Times
from tests.tui.world import FEEDS, NOON, World


def arrivals(**came: int) -> Arrivals:
    """`m3=5`: five articles in the third minute."""
    found, total = Arrivals([], NOON), 0
    for minute, number in came.items():
        total += number
        at = NOON + timedelta(minutes=int(minute[1:]))
        found.heard(FeedState(feed="one", url="https://one.example/rss", articles=total, last_checked=at))
    return found


@pytest.mark.parametrize(("known", "minutes"), [(0, 1), (7, 1), (8, 5), (39, 5), (40, 15), (1000, 15)])
def test_a_bar_is_as_short_as_what_is_known_allows(known: int, minutes: int) -> None:
    assert Bars.of(arrivals(), NOON + timedelta(minutes=known), 8).minutes == minutes


def test_before_anything_is_known_the_line_is_blank_and_says_since_when() -> None:
    came, now = arrivals(m0=2, m2=8), NOON + timedelta(minutes=3)
    bars = Bars.of(came, now, 8)
    assert bars.line() == "    ▂·█·"
    assert bars.scale(came, now, Times("UTC")) == "peak 8 in 1 min · since 12:00"
    later = NOON + timedelta(hours=3)
    assert Bars.of(came, later, 8).scale(came, later, Times("UTC")) == "peak 0 in 15 min"


def test_a_plot_has_the_same_bars_in_several_lines() -> None:
    bars = Bars.of(arrivals(m0=2, m2=8), NOON + timedelta(minutes=3), 8)
    assert bars.plot(2) == ["      █ ", "    ▄·█·"]
    assert bars.plot(1) == [bars.line()]


def rows() -> list[FeedRow]:
    """One feed each: failing, fresh, not asked, late, disabled."""
    world = World()
    found = []
    kinds = ("failed", "ok", None, "ok", "ok")
    for feed, result in zip(FEEDS, kinds, strict=False):
        state = FeedState(
            feed=feed.id, url=feed.url, result=result, failures=int(result == "failed"), last_success=NOON
        )
        found.append(FeedRow(feed=feed, state=state, address=feed.url, fresh=len(found) == 1))
    found[4] = replace(found[4], feed=replace(found[4].feed, enabled=False))
    assert world.config.feeds[4].enabled
    return found


def test_each_feed_has_a_cell_and_those_that_need_somebody_stand_first() -> None:
    cells = feed_cells(rows(), NOON)
    assert cells == ["✗", "○", "·", "●"], "a symbol each, so that no colour is needed"
    assert cell_runs(cells, 10) == [("✗", "bad"), ("○", "warn"), ("·", "muted"), ("●", "good")]
    assert feed_words(cells) == "1 of 4 fresh · 1 late · 1 failing · 1 not asked yet"


def test_of_more_feeds_than_have_room_the_rest_is_counted() -> None:
    cells = ["✗"] * 3 + ["●"] * 497
    runs = cell_runs(cells, 20)
    assert runs == [("✗✗✗", "bad"), ("●" * 12, "good"), (" +485", "muted")]
    assert sum(len(text) for text, _ in runs) == 20
