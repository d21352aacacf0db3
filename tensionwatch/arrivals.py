"""How many articles came in in each minute of the last day: the pulse of the pollers. Pure state.

What came since the program began is counted as it comes: by how much a feed's number of articles has grown. What came
before is counted once, in steps, by when each article was first seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain

from tensionwatch.model import FeedState

KEPT = timedelta(days=1)
STEP = 1000
"""Articles that are counted at once: 2 ms."""
_MINUTE = 60


class Arrivals:
    """`states` are the feeds as they are at the beginning."""

    def __init__(self, states: Iterable[FeedState], now: datetime) -> None:
        self._articles = {state.feed: state.articles for state in states}
        self._minutes: dict[int, int] = {}
        self._before: dict[int, int] = {}
        """The same of what was there when the program began."""
        self._began = now
        self.since = now
        """From when on it is known what came."""

    def heard(self, state: FeedState) -> None:
        """A feed has been polled."""
        new = state.articles - self._articles.get(state.feed, 0)
        self._articles[state.feed] = state.articles
        if new > 0 and state.last_checked is not None:
            minute = _minute(state.last_checked)
            self._minutes[minute] = self._minutes.get(minute, 0) + new
            self._forget(state.last_checked)

    def recall(self, seen: Iterable[datetime]) -> Iterator[None]:
        """Count what was first seen then, before the program began; in steps."""
        oldest, before = self._began, dict[int, int]()
        for number, at in enumerate(seen, start=1):
            if self._began - KEPT <= at < self._began:
                before[_minute(at)] = before.get(_minute(at), 0) + 1
                oldest = min(oldest, at)
            if number % STEP == 0:
                yield
        self._before = before
        self.since = min(self.since, oldest)

    def bars(self, now: datetime, minutes: int, number: int) -> list[int]:
        """So many stretches of so many minutes, the last of them still going on. Each begins at a full one of these
        stretches since midnight UTC, so that only the last bar grows."""
        last = _minute(now) // minutes
        found = [0] * number
        for minute, count in self._counts():
            place = minute // minutes - last + number - 1
            if 0 <= place < number:
                found[place] += count
        return found

    def in_hour(self, now: datetime) -> int:
        """Articles of the last 60 minutes."""
        last = _minute(now)
        return sum(count for minute, count in self._counts() if last - 60 < minute <= last)

    def _counts(self) -> Iterator[tuple[int, int]]:
        return chain(self._before.items(), self._minutes.items())

    def _forget(self, now: datetime) -> None:
        oldest = _minute(now - KEPT)
        for counts in (self._before, self._minutes):
            for minute in [minute for minute in counts if minute < oldest]:
                del counts[minute]
        self.since = max(self.since, now - KEPT)


def _minute(at: datetime) -> int:
    return int(at.timestamp()) // _MINUTE
