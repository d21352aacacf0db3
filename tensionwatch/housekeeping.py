"""What leaves the hot store, and when: ended months into files of their own, old articles for good.

    unflagged, keep_unflagged_days old ─▶ removed            weeks that ended hot_days ago ──▶ months/YYYY-MM.json
    flagged, keep_flagged_days old ─────▶ removed            above max_size_mb: the oldest unflagged, then flagged

Alerts leave after 90 days, once there is nothing to deliver of them any more.

The days count from an article's time or, if that is later, from when an archive brought it in (`backtest --into`).
Starred and noted articles stay for ever, and those whose flags the user has corrected. An article leaves with all that
tells the same events, or not at all: so what is told of those that stay does not change. What is still open (a visit
that is announced), and what an analyst has split or merged, stays hot. A month's file is written in a thread and
complete on disk before anything is taken out of the hot store, by some hundred articles at a time: after a crash in
between both have some, and the hot ones count.

What is classified again when rules change lies within the last 30 days, so nothing leaves before 31. It leaves by the
week: of 1,000,000 articles in a year 85,000 to 112,000 are hot (by whole months, up to 170,000), for a file written
four times.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from msgspec import Raw

from tensionwatch.breath import Pace
from tensionwatch.chronicle import Chronicle
from tensionwatch.clock import Clock
from tensionwatch.config import StorageConfig
from tensionwatch.errors import StoreError
from tensionwatch.exchange import Notice
from tensionwatch.logbook import LOG
from tensionwatch.model import Event
from tensionwatch.store import Store
from tensionwatch.store.months import Content, Light, end_of, lights, merged, month_of
from tensionwatch.words import counted

EVERY: Final = 3600.0
"""Seconds between two rounds."""
FIRST: Final = 60.0
"""Seconds after the start of the first: reading comes first."""
LOOKED_AT: Final = 1_000
"""Articles looked at between two turns of the loop."""
WORTH_IT: Final = 1_000
"""Groups for which a month's file is written again, 80 MB in a busy one; a tenth of a small one is enough. Until then
latecomers stay hot."""
_WEEKS: Final = (22, 15, 8, 1)
"""Days of a month on which its weeks begin."""
ALERTS_STAY: Final = timedelta(days=90)
"""So long can be looked up what was raised."""
TAKEN: Final = 100
"""Articles removed at once: 5 ms."""

_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Group(NamedTuple):
    """What leaves together."""

    articles: tuple[str, ...]
    events: tuple[str, ...]


class Housekeeper:
    """One loop, one thread but for the writing of months. `run` until cancelled, or `once`."""

    def __init__(
        self,
        store: Store,
        chronicle: Chronicle,
        limits: StorageConfig,
        clock: Clock,
        afterwards: Callable[[], Iterator[None]] = lambda: iter(()),
    ) -> None:
        """`afterwards` is gone through at the end of a round, in steps: what others have to make anew by it."""
        self._afterwards = afterwards
        self._store = store
        self._chronicle = chronicle
        self._limits = limits
        self._clock = clock
        self._pace = Pace()

    async def run(self, tell: Callable[[Notice], None]) -> None:
        """Until cancelled; `tell` hears what has been removed, and what does not work."""
        await asyncio.sleep(FIRST)
        while True:
            try:
                for said in await self.once():
                    tell(Notice(text=said))
            except StoreError as error:
                tell(Notice(text=f"Old articles stay where they are: {error}", grave=True))
            await asyncio.sleep(EVERY)

    async def once(self) -> list[str]:
        """One round; gives what there is to say of it. Raises StoreError, with nothing lost."""
        self._store.alerts.remove_before(self._clock.now() - ALERTS_STAY)
        if not self._chronicle.is_ready:
            return []
        now, said = self._clock.now(), []
        unflagged = now - timedelta(days=self._limits.keep_unflagged_days)
        flagged = now - timedelta(days=self._limits.keep_flagged_days)
        removed = await self._remove_hot(lambda light: light.kept_from() < (flagged if light.is_flagged else unflagged))
        for month, before in self._due(now):
            await self._archive(month, before)
        for month in sorted(self._store.months.known):
            removed += await self._thin_out(month, unflagged, flagged)
        if removed:
            said.append(f"{counted(removed, 'article')} past the days of [storage] removed.")
        if removed := await self._shrink():
            said.append(f"{counted(removed, 'article')} removed: the store had outgrown [storage] max_size_mb.")
        LOG.info("housekeeping: %s", " ".join(said) or "nothing to remove")
        await self._restore()
        for _ in self._afterwards():
            await self._pace.breathe()
        return said

    async def _restore(self) -> None:
        if not self._chronicle.is_ready:
            for _ in self._chronicle.restore():
                await self._pace.breathe()

    # ---------------------------------------------------------------- what leaves

    async def _leaving(self, goes: Callable[[Light], bool], before: datetime | None = None) -> list[Group]:
        """Groups of articles all of which go, oldest first."""
        candidates: dict[str, None] = {}
        for number, article_id in enumerate(list(self._store.order.oldest(before))):
            raw = self._store.raw(article_id)
            if raw is not None and goes(lights.decode(raw)):
                candidates[article_id] = None
            if number % LOOKED_AT == LOOKED_AT - 1:
                await self._pace.breathe()
        return [group async for group in self._groups(candidates)]

    async def _groups(self, candidates: dict[str, None]) -> AsyncIterator[Group]:
        done: set[str] = set()
        for number, article_id in enumerate(candidates):
            if article_id not in done:
                group, leaves = self._together(article_id, candidates)
                done.update(group.articles)
                if leaves:
                    yield group
            if number % LOOKED_AT == LOOKED_AT - 1:
                await self._pace.breathe()

    def _together(self, article_id: str, candidates: Iterable[str]) -> tuple[Group, bool]:
        """An article and all that is linked with it by events, and whether all of that may go."""
        told = self._chronicle.told
        articles: dict[str, None] = {}
        events: dict[str, Event] = {}
        waiting, leaves = [article_id], True
        while waiting:
            each = waiting.pop()
            if each in articles:
                continue
            articles[each] = None
            leaves = leaves and each in candidates
            for event in told.of_article(each):
                if event.id not in events:
                    events[event.id] = event
                    leaves = leaves and not self._is_held(event)
                    waiting += event.articles
        return Group(tuple(articles), tuple(events)), leaves

    def _is_held(self, event: Event) -> bool:
        """Does it gather reports, or may an analyst take something back?"""
        return event.corrected or (event.closes is not None and event.closes >= self._clock.now())

    async def _take_out(self, groups: Iterable[Group]) -> int:
        """Remove them from the hot store; gives how many articles."""
        removed = 0
        for some in _bundles(groups):
            self._chronicle.remove(some.articles, some.events, for_good=len(some.articles))
            removed += len(some.articles)
            await self._pace.breathe()
        return removed

    async def _remove_hot(self, goes: Callable[[Light], bool]) -> int:
        oldest = min(self._limits.keep_unflagged_days, self._limits.keep_flagged_days)
        before = self._clock.now() - timedelta(days=oldest)
        return await self._take_out(await self._leaving(lambda light: goes(light) and not light.is_for_ever, before))

    # ---------------------------------------------------------------- months

    def _due(self, now: datetime) -> Iterator[tuple[str, datetime]]:
        """Months of which there is something hot, and up to when it is old enough, oldest first."""
        if (begin := self._store.order.first()) is None:
            return
        limit = _begin_of_week(now - timedelta(days=self._limits.hot_days))
        while begin < limit:
            end = min(end_of(month_of(begin)), limit)
            yield month_of(begin), end
            begin = end

    async def _archive(self, month: str, before: datetime) -> None:
        """Move what may go of a month up to then, and of those before it, into its file."""
        groups = await self._leaving(lambda _: True, before)
        store, months = self._store, self._store.months
        if not groups or (month in months.known and len(groups) < min(WORTH_IT, months.known[month].articles // 10)):
            return
        articles: dict[str, Raw] = {}
        events: dict[str, Raw] = {}
        for some in _bundles(groups):
            articles.update((i, raw) for i in some.articles if (raw := store.raw(i)) is not None)
            events.update((i, raw) for i in some.events if (raw := store.raw_event(i)) is not None)
            await self._pace.breathe()

        def write() -> Content:
            return merged(months.content(month), Content(articles, events))

        content = await asyncio.to_thread(write)
        info = await asyncio.to_thread(months.write, month, content)
        for some in _bundles(group for group in groups if self._is_same(group, articles, events)):
            self._chronicle.remove(some.articles, some.events, into=info)
            await self._pace.breathe()

    def _is_same(self, group: Group, articles: Mapping[str, Raw], events: Mapping[str, Raw]) -> bool:
        """Is it as it was when the file was written, and still all that tells its events?"""
        store = self._store
        if any(store.raw(i) != articles.get(i) for i in group.articles):
            return False
        if any(store.raw_event(i) != events.get(i) for i in group.events):
            return False
        return set(self._together(group.articles[0], ())[0].articles) == set(group.articles)

    async def _thin_out(self, month: str, unflagged: datetime, flagged: datetime) -> int:
        """Remove from a month's file the articles without flags, and with, whose days began before; gives how many."""
        months, info, end = self._store.months, self._store.months.known[month], end_of(month)
        goes_unflagged = info.unflagged and (info.unflagged_kept_from or end) <= unflagged
        goes_flagged = info.flagged and (info.flagged_kept_from or end) <= flagged
        if not goes_unflagged and not goes_flagged:
            return 0

        def goes(light: Light) -> bool:
            return not light.is_for_ever and light.kept_from(end) <= (flagged if light.is_flagged else unflagged)

        def thin() -> Content:
            content = months.content(month)
            found = (lights.decode(raw) for raw in content.articles.values())
            return merged(content, Content({}, {}), [light.id for light in found if goes(light)])

        content = await asyncio.to_thread(thin)
        removed = info.articles - len(content.articles)
        if content.articles:
            fresh = await asyncio.to_thread(months.write, month, content)
            self._chronicle.remove((), (), into=fresh, for_good=removed)
        else:
            self._chronicle.remove((), (), month_gone=month, for_good=removed)
        return removed

    # ---------------------------------------------------------------- the size

    async def _shrink(self) -> int:
        """Remove the oldest until it is no larger than it may be: articles without flags, then those with."""
        if not self._limits.max_size_mb:
            return 0
        removed = 0
        for flagged in (False, True):
            for month in sorted(self._store.months.known):
                if await self._excess() <= 0:
                    return removed
                removed += await self._thin_out(month, _LATEST, _LATEST if flagged else _EARLIEST)
            if (excess := await self._excess()) > 0:
                groups = await self._leaving(_passing(flagged))
                removed += await self._take_out(self._as_much_as(groups, excess))
        return removed

    def _as_much_as(self, groups: Iterable[Group], excess: int) -> Iterator[Group]:
        for group in groups:
            if excess <= 0:
                return
            raws = [self._store.raw(i) for i in group.articles] + [self._store.raw_event(i) for i in group.events]
            excess -= sum(len(bytes(raw)) for raw in raws if raw is not None)
            yield group

    async def _excess(self) -> int:
        """Bytes above what it may take: of documents in the hot store, and of the months' files."""
        size = sum(info.size for info in self._store.months.known.values())
        for number, article_id in enumerate(list(self._store.order.oldest())):
            raw = self._store.raw(article_id)
            size += len(bytes(raw)) if raw is not None else 0
            if number % LOOKED_AT == LOOKED_AT - 1:
                await self._pace.breathe()
        return size - self._limits.max_size_mb * 1_000_000


def _begin_of_week(time: datetime) -> datetime:
    first = next(day for day in _WEEKS if day <= time.day)
    return time.replace(day=first, hour=0, minute=0, second=0, microsecond=0)


def _passing(flagged: bool) -> Callable[[Light], bool]:
    return lambda light: light.is_flagged is flagged and not light.is_for_ever


def _bundles(groups: Iterable[Group]) -> Iterator[Group]:
    """Some together, as many as are removed at once."""
    articles: list[str] = []
    events: list[str] = []
    for group in groups:
        articles += group.articles
        events += group.events
        if len(articles) >= TAKEN:
            yield Group(tuple(articles), tuple(events))
            articles, events = [], []
    if articles:
        yield Group(tuple(articles), tuple(events))
