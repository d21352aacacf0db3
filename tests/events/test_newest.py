"""Events in the order in which they were last told of."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.events import Ledger
from tensionwatch.model import Event
from tests.builders import NOON, a_flag, an_article

PAIRS = (("PRK", "KOR"), ("CHN", "IND"), ("ARM", "AZE"))


def shelf(event: Event) -> list[str]:
    return [event.actor or ""]


@given(st.lists(st.tuples(st.sampled_from(PAIRS), st.integers(0, 40), st.integers(0, 300), st.booleans()), max_size=30))
def test_whatever_comes_and_goes_they_are_those_of_the_ledger_newest_first(
    told: list[tuple[tuple[str, str], int, int, bool]],
) -> None:
    ledger = Ledger(shelves=shelf)
    for pair, number, hours, wrong in told:  # an article that comes again may be of other sides, or of none
        flags = () if wrong else (a_flag(*pair),)
        ledger.update([an_article(f"a{number}", *flags, hours=hours, dated=number % 7 != 0)])
    undated = [e for e in ledger if e.last_reported is None]
    dated = sorted((e for e in ledger if e.last_reported), key=lambda e: (e.last_reported, e.id), reverse=True)
    assert list(ledger.newest()) == dated + sorted(undated, key=lambda e: e.id, reverse=True)
    since = NOON + timedelta(hours=150)
    assert list(ledger.newest(since)) == [e for e in dated if e.last_reported and e.last_reported >= since]
    assert list(ledger.newest(since, "PRK")) == [e for e in ledger.newest(since) if e.actor == "PRK"]
