"""Counters that are kept, not counted: a change costs what it changes, a look what has left the windows meanwhile. Each
row knows until when time alone changes nothing of it: of 15 regions a look counts those that news has come to.

    event ─▶ Row of each (region, group) ─▶ report: a key, the earlier of its own time and when the event happened
                                         └▶ Cell of each window: the reports whose key lies in it, and their voices

A report counts in a window when both it and an event that it tells lie in there, so one number, its key, says in which
windows it is. Near-copies among the reports of a cell are one voice, that of the earliest: whoever enters or leaves
changes those that are copies of it and no others.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from tensionwatch.exchange import Counts, Group, Window
from tensionwatch.model import Event

TREND_STEP = timedelta(hours=12)
TREND_STEPS = 14

RowKey: TypeAlias = tuple[str, Group]
"""Region and group."""


class Report(NamedTuple):
    """What the counters need to know of an article; times are seconds since 1970."""

    effective: float | None
    first_seen: float
    publisher: str

    @property
    def time(self) -> float:
        """By which it is ordered."""
        return self.first_seen if self.effective is None else self.effective


class Cell:
    """The reports within one window of a row."""

    def __init__(self, since: float, near: Callable[[str], Iterable[str]], reports: Mapping[str, Report]) -> None:
        self.since = since
        self._near = near
        self._reports = reports
        self._credit: dict[str, str] = {}
        """Article → whose words it carries."""
        self._voices: Counter[str] = Counter()

    def counts(self, events: int) -> Counts:
        return Counts(events=events, reports=len(self._credit), publishers=len(self._voices))

    def add(self, articles: Iterable[str]) -> None:
        listed = list(articles)
        for article in listed:
            self._give(article, self._reports[article].publisher)
        self.judge(listed)

    def remove(self, article: str) -> None:
        if article in self._credit:
            self._take(article)
            del self._credit[article]
            self.judge(self._near(article))

    def judge(self, articles: Iterable[str]) -> None:
        """Whose words do these carry, and those that are copies of them?"""
        done: set[str] = set()
        for article in articles:
            if article in done or article not in self._credit:
                continue
            alike, waiting = {article}, [article]
            while waiting:
                for other in self._near(waiting.pop()):
                    if other in self._credit and other not in alike:
                        alike.add(other)
                        waiting.append(other)
            head = self._reports[min(alike, key=self._order)].publisher
            for each in alike:
                self._give(each, head)
            done |= alike

    def _order(self, article: str) -> tuple[float, str]:
        return (self._reports[article].time, article)

    def _give(self, article: str, publisher: str) -> None:
        if self._credit.get(article) != publisher:
            self._take(article)
            self._credit[article] = publisher
            self._voices[publisher] += 1

    def _take(self, article: str) -> None:
        if (publisher := self._credit.get(article)) is not None:
            self._voices[publisher] -= 1
            if not self._voices[publisher]:
                del self._voices[publisher]


T = TypeVar("T")


class _Kept(NamedTuple, Generic[T]):
    """What was found at a time, and until when time alone changes nothing of it."""

    at: float
    until: float
    found: T

    def holds(self, now: float) -> bool:
        return self.at <= now < self.until


class Row:
    """One group of one region: its events that have happened, by when, and their reports, by key."""

    def __init__(self, now: float, near: Callable[[str], Iterable[str]], reports: Mapping[str, Report]) -> None:
        self._happened: list[float] = []
        self._counted: _Kept[dict[Window, Counts]] | None = None
        self._steps: _Kept[tuple[int, ...]] | None = None
        self._keys: dict[str, float] = {}
        self._order: list[tuple[float, str]] = []
        self._cells = {w: Cell(now - w.length.total_seconds(), near, reports) for w in Window}

    def tell(self, happened: float) -> None:
        """One of its events has happened then."""
        insort(self._happened, happened)
        self._counted = self._steps = None

    def untell(self, happened: float) -> None:
        del self._happened[bisect_left(self._happened, happened)]
        self._counted = self._steps = None

    def place(self, article: str, key: float | None) -> None:
        """The report has this key now; None where it has none."""
        before = self._keys.get(article)
        if before == key:
            return
        self._counted = None
        if before is not None:
            del self._order[bisect_left(self._order, (before, article))]
            del self._keys[article]
        if key is not None:
            insort(self._order, (key, article))
            self._keys[article] = key
        for cell in self._cells.values():
            was, now = before is not None and before >= cell.since, key is not None and key >= cell.since
            if was and not now:
                cell.remove(article)
            elif now and not was:
                cell.add([article])

    def judge(self, article: str) -> None:
        """Its copies are others now, or its time."""
        self._counted = None
        for cell in self._cells.values():
            cell.judge([article])

    def fill(self, keys: Mapping[str, float]) -> None:
        """An empty one, at once."""
        self._keys = dict(keys)
        self._order = sorted((key, article) for article, key in keys.items())
        for cell in self._cells.values():
            cell.add(article for article, key in keys.items() if key >= cell.since)

    def counts(self, now: float) -> dict[Window, Counts]:
        """Since the last look time has not gone back."""
        if self._counted is not None and self._counted.holds(now):
            return self._counted.found
        found, until = {}, [_at(self._happened, last := bisect_right(self._happened, now))]
        for window, cell in self._cells.items():
            length = window.length.total_seconds()
            since = now - length
            first = bisect_left(self._order, (since,))
            for place in range(bisect_left(self._order, (cell.since,)), first):
                cell.remove(self._order[place][1])
            cell.since = since
            oldest = bisect_left(self._happened, since)
            found[window] = cell.counts(last - oldest)
            until.append(length + _at(self._happened, oldest))
            until.append(length + (self._order[first][0] if first < len(self._order) else _NEVER))
        self._counted = _Kept(now, min(until), found)
        return found

    def steps(self, now: float) -> tuple[int, ...]:
        """Events in each step of the trend, the newest last."""
        if self._steps is not None and self._steps.holds(now):
            return self._steps.found
        # a step holds what is less than one older than its end, and its end
        step = TREND_STEP.total_seconds()
        ends = [bisect_right(self._happened, now - step * number) for number in range(TREND_STEPS, -1, -1)]
        until = min(_at(self._happened, end) + step * (TREND_STEPS - place) for place, end in enumerate(ends))
        self._steps = _Kept(now, until, tuple(later - end for end, later in pairwise(ends)))
        return self._steps.found


class Counters:
    """`report_of` gives what an article is to the counters, None where it is gone; `near` its near-copies."""

    def __init__(self, report_of: Callable[[str], Report | None], near: Callable[[str], Iterable[str]]) -> None:
        self._report_of = report_of
        self._near = near
        self._events: dict[str, tuple[float, tuple[RowKey, ...], tuple[str, ...]]] = {}
        """Id → when it happened, its rows, its articles."""
        self._by_article: dict[str, tuple[str, ...]] = {}
        self._reports: dict[str, Report] = {}
        self._rows: dict[RowKey, Row] = {}
        self._now: float | None = None
        self._next: float | None = None
        """When the first report or event comes that lies ahead of the clock."""

    def counts(self, region: str, group: Group) -> Mapping[Window, Counts]:
        """At the time set by `look`."""
        row = self._rows.get((region, group))
        return row.counts(self._now) if row is not None and self._now is not None else _NOTHING

    def trend(self, region: str) -> tuple[int, ...]:
        """Events per half day, the newest last."""
        rows = (self._rows[region, group] for group in Group if (region, group) in self._rows)
        return tuple(map(sum, zip(*(row.steps(self._now or 0.0) for row in rows), strict=True))) or _FLAT

    def look(self, now: datetime, events: Callable[[], Iterable[tuple[Event, Iterable[str]]]]) -> None:
        """Count as of now. `events` gives all that were told within the longest window, with their regions: it is
        asked at first, and where the clock has gone back or past what lay ahead of it."""
        at = now.timestamp()
        if self._now is None or at < self._now or (self._next is not None and at >= self._next):
            self._begin(at, events())
        self._now = at

    def put(self, event: Event, regions: Iterable[str]) -> None:
        """An event is new or told otherwise."""
        if self._now is None:
            return
        articles = self._drop(event.id)
        if event.happened is not None:
            self._add(event, event.happened.timestamp(), regions)
            articles |= dict.fromkeys(event.articles)
        self._place(articles)

    def drop(self, event_id: str) -> None:
        self._place(self._drop(event_id))

    def changed(self, articles: Iterable[str]) -> None:
        """Their times, or their copies, are others."""
        known = [article for article in articles if article in self._by_article]
        for article in known:
            self._reports.pop(article, None)
        self._place(known)
        for article in known:
            if article in self._reports:
                for row in self._rows_of(article):
                    row.judge(article)

    # ---------------------------------------------------------------- keeping

    def _begin(self, now: float, events: Iterable[tuple[Event, Iterable[str]]]) -> None:
        self._events, self._by_article, self._reports, self._rows = {}, {}, {}, {}
        self._now, self._next = now, None
        for event, regions in events:
            if event.happened is not None:
                self._add(event, event.happened.timestamp(), regions)
        keys: dict[RowKey, dict[str, float]] = {}
        for article in self._by_article:
            for row, key in self._keys(article).items():
                if key is not None:
                    keys.setdefault(row, {})[article] = key
        for row, found in keys.items():
            self._row(row).fill(found)

    def _row(self, key: RowKey) -> Row:
        if (row := self._rows.get(key)) is None:
            row = self._rows[key] = Row(self._now or 0.0, self._near, self._reports)
        return row

    def _add(self, event: Event, happened: float, regions: Iterable[str]) -> None:
        rows = tuple((region, Group.of(event.kind)) for region in regions)
        self._events[event.id] = (happened, rows, event.articles)
        for article in event.articles:
            self._by_article[article] = (*self._by_article.get(article, ()), event.id)
        for key in rows:
            self._row(key).tell(happened)

    def _drop(self, event_id: str) -> dict[str, None]:
        """Gives the articles whose keys may be others now."""
        if (known := self._events.get(event_id)) is None:
            return {}
        happened, rows, articles = known
        for key in rows:
            self._rows[key].untell(happened)
        # the rows of its articles are still wanted: they leave them when they are placed again
        self._left = {article: self._rows_of(article) for article in articles}
        del self._events[event_id]
        for article in articles:
            rest = tuple(each for each in self._by_article[article] if each != event_id)
            if rest:
                self._by_article[article] = rest
            else:
                del self._by_article[article]
        return dict.fromkeys(articles)

    def _rows_of(self, article: str) -> list[Row]:
        keys = {row for event in self._by_article.get(article, ()) for row in self._events[event][1]}
        return [self._rows[key] for key in keys]

    _left: Mapping[str, list[Row]] = {}
    """Article → rows that it may be no report of any more."""

    def _place(self, articles: Iterable[str]) -> None:
        left, self._left = self._left, {}
        for article in articles:
            keys = self._keys(article)
            rows = {id(self._rows[key]) for key in keys}
            for row in left.get(article, ()):
                if id(row) not in rows:
                    row.place(article, None)
            for name, key in keys.items():
                self._rows[name].place(article, key)
            if not keys:
                self._reports.pop(article, None)

    def _keys(self, article: str) -> dict[RowKey, float | None]:
        """Row → the article's key in it."""
        keys: dict[RowKey, float | None] = {}
        if not (events := self._by_article.get(article)):
            return keys
        if (report := self._reports.get(article) or self._report_of(article)) is None:
            return keys
        self._reports[article] = report
        for event in events:
            happened, rows, _ = self._events[event]
            key = self._key(report.effective, happened)
            for row in rows:
                known = keys.get(row)
                keys[row] = key if known is None else known if key is None else max(key, known)
        return keys

    def _key(self, effective: float | None, happened: float) -> float | None:
        if effective is None:
            return None
        ahead = max(effective, happened)
        if ahead > (self._now or 0.0):
            self._next = ahead if self._next is None else min(ahead, self._next)
            return None
        return min(effective, happened)


def _at(times: Sequence[float], place: int) -> float:
    return times[place] if place < len(times) else _NEVER


_NEVER = float("inf")
_FLAT = (0,) * TREND_STEPS
_NOTHING: Mapping[Window, Counts] = dict.fromkeys(Window, Counts())
