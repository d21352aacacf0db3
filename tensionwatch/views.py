"""Lists that are kept in order, so that the newest of a region and kind are there at once, however many there are."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from heapq import merge
from itertools import islice
from typing import TypeAlias

from tensionwatch.counters import Counters, Report
from tensionwatch.exchange import Group
from tensionwatch.model import Event, Kind, Telling

ALL = ""
"""In place of a region's id: whatever the region."""

_Key: TypeAlias = tuple[str, Kind | Group | None]
"""Region and kind or group, None for whatever kind."""

PREPARED = 20
"""Events whose articles are listed at once."""

_Place: TypeAlias = tuple[float, str]
"""Seconds since 1970 and an id; what is undated lies before all else."""
_UNDATED = float("-inf")


class Views:
    """`events` are those to begin with, `regions_of` gives the regions of one, `report_of` what an article is to lists
    and counters, `near` its near-copies."""

    def __init__(
        self,
        events: Iterable[Event],
        regions_of: Callable[[Event], Iterable[str]],
        report_of: Callable[[str], Report | None],
        near: Callable[[str], Iterable[str]],
    ) -> None:
        self._regions_of = regions_of
        self._report_of = report_of
        self._known: dict[str, tuple[Event, tuple[str, ...]]] = {}
        self._lists: dict[tuple[str, Kind], list[_Place]] = defaultdict(list)
        """Region and kind → its events, by when they were last told of."""
        for event in events:
            self._know(event)
            for key in self._keys(event.id):
                self._lists[key].append(_place(event))
        for listed in self._lists.values():
            listed.sort()
        self.counters = Counters(report_of, near)
        self._articles: _Articles | None = None
        self._is_prepared = False

    def take(self, told: Telling, articles: Iterable[str] = ()) -> None:
        """Hear what has changed in the events, and which articles have changed."""
        for event_id in told.gone:
            self._drop(event_id)
            self.counters.drop(event_id)
        for event in told.events:
            self._drop(event.id)
            self._know(event)
            for key in self._keys(event.id):
                insort(self._lists[key], _place(event))
            self.counters.put(event, self._known[event.id][1])
        changed = dict.fromkeys([*articles, *told.near])
        self.counters.changed(changed)
        if self._articles is not None:
            touched = {article for event_id in told.gone for article in self._articles.of_event(event_id)}
            for event in told.events:
                touched.update(event.articles, self._articles.of_event(event.id))
            for event_id in told.gone:
                self._articles.set_event(event_id, (), ())
            for event in told.events:
                self._articles.set_event(event.id, event.articles, _article_keys(event.kind, self._known[event.id][1]))
            for article in touched.union(filter(self._articles.tells, articles)):
                if (time := self._articles.time(article)) is None or article in changed:
                    report = self._report_of(article)
                    time = None if report is None else report.time
                self._articles.place(article, time)

    def prepare(self) -> Iterator[None]:
        """Make the lists of articles, in steps of a few milliseconds; whoever asks before waits for all of it (10,000
        articles: 0.15 s)."""
        articles = self._articles = self._articles or _Articles()
        for number, event_id in enumerate(list(self._known), start=1):
            if event_id in self._known and not articles.of_event(event_id):
                event, regions = self._known[event_id]
                articles.set_event(event_id, event.articles, _article_keys(event.kind, regions))
                for article in event.articles:
                    report = self._report_of(article)
                    articles.place(article, None if report is None else report.time)
            if number % PREPARED == 0:
                yield
        self._is_prepared = True

    def articles(self, region: str | None, group: Group | None, kind: Kind | None) -> list[str]:
        """Ids of the articles that tell an event of this region, group and kind, newest first."""
        if not self._is_prepared:
            for _ in self.prepare():
                pass
        if self._articles is None or (group is not None and kind is not None and Group.of(kind) is not group):
            return []
        return self._articles.newest((ALL if region is None else region, kind or group))

    def newest(
        self, region: str | None = None, group: Group | None = None, kind: Kind | None = None
    ) -> Iterator[Event]:
        """Events, last told of first. Nothing may change meanwhile."""
        kinds = [each for each in Kind if kind in (None, each) and group in (None, Group.of(each))]
        lists = [reversed(self._lists[ALL if region is None else region, each]) for each in kinds
                 if (ALL if region is None else region, each) in self._lists]  # fmt: skip
        return (self._known[event_id][0] for _, event_id in merge(*lists, reverse=True))

    def events(
        self, region: str | None, group: Group | None, kind: Kind | None, since: float | None, limit: int
    ) -> list[Event]:
        """The newest."""
        found = []
        for event in islice(self.newest(region, group, kind), limit):
            if since is not None and _place(event)[0] < since:
                break
            found.append(event)
        return found

    def last(self, region: str) -> Event | None:
        """That was told of last."""
        lists = (self._lists.get((region, kind)) for kind in Kind)
        last = max((listed[-1] for listed in lists if listed), default=None)
        return None if last is None else self._known[last[1]][0]

    def recent(self, since: float) -> Iterator[tuple[Event, Sequence[str]]]:
        """Events told of since, with their regions."""
        for event in self.newest():
            if _place(event)[0] < since:
                return
            yield self._known[event.id]

    def regions_of(self, event: Event) -> tuple[str, ...] | None:
        """None where it is not as it is known here."""
        known = self._known.get(event.id)
        return known[1] if known is not None and known[0] is event else None

    def _know(self, event: Event) -> None:
        self._known[event.id] = (event, tuple(self._regions_of(event)))

    def _keys(self, event_id: str) -> Iterator[tuple[str, Kind]]:
        event, regions = self._known[event_id]
        return ((region, event.kind) for region in (ALL, *regions))

    def _drop(self, event_id: str) -> None:
        if event_id not in self._known:
            return
        place = _place(self._known[event_id][0])
        for key in self._keys(event_id):
            listed = self._lists[key]
            del listed[bisect_left(listed, place)]
        del self._known[event_id]


class _Articles:
    """The articles of each region and kind, by time."""

    def __init__(self) -> None:
        self._events: dict[str, tuple[tuple[str, ...], tuple[_Key, ...]]] = {}
        self._of: dict[str, tuple[str, ...]] = {}
        self._placed: dict[str, tuple[float, tuple[_Key, ...]]] = {}
        self._lists: dict[_Key, list[_Place]] = defaultdict(list)

    def of_event(self, event_id: str) -> tuple[str, ...]:
        return self._events[event_id][0] if event_id in self._events else ()

    def set_event(self, event_id: str, articles: tuple[str, ...], keys: tuple[_Key, ...]) -> None:
        """Its articles are to be placed afterwards, those that it had too."""
        for article in self.of_event(event_id):
            self._of[article] = tuple(each for each in self._of[article] if each != event_id)
        for article in articles:
            self._of[article] = (*self._of.get(article, ()), event_id)
        if articles:
            self._events[event_id] = (articles, keys)
        else:
            self._events.pop(event_id, None)

    def tells(self, article: str) -> bool:
        """Is it a report of any event?"""
        return article in self._of

    def time(self, article: str) -> float | None:
        """At which it is placed."""
        return self._placed[article][0] if article in self._placed else None

    def place(self, article: str, time: float | None) -> None:
        """It tells what its events say, at this time; None where it is gone."""
        before, now = self._placed.pop(article, None), None
        if time is not None and (events := self._of.get(article)):
            # most tell one event, and share its keys
            keys = self._events[events[0]][1]
            if len(events) > 1:
                keys = tuple(dict.fromkeys(key for event_id in events for key in self._events[event_id][1]))
            self._placed[article] = now = (time, keys)
        elif not self._of.get(article):
            self._of.pop(article, None)
        if before == now:
            return
        if before is not None:
            for key in before[1]:
                del self._lists[key][bisect_left(self._lists[key], (before[0], article))]
        if now is not None:
            place = (now[0], article)
            for key in now[1]:
                insort(self._lists[key], place)

    def newest(self, key: _Key) -> list[str]:
        return [article for _, article in reversed(self._lists.get(key, ()))]


@lru_cache(maxsize=1024)  # one for all events alike: 6,000 of their own took 3 MB
def _article_keys(kind: Kind, regions: tuple[str, ...]) -> tuple[_Key, ...]:
    names = (kind, Group.of(kind), None)
    return tuple((region, name) for region in (ALL, *regions) for name in names)


def _place(event: Event) -> _Place:
    return (_UNDATED if event.last_reported is None else event.last_reported.timestamp(), event.id)
