"""The collection at work: one object that takes in what the poller brings and answers what a screen asks.

    Fetched ─accept▶ ingest.decide ─▶ chronicle.take ─▶ subscribers
    Reread ──take_reread▶─────────────────┘

It shows what the store holds at once; `settle` makes it ready for news, in steps.

It is the Sink of the poller, the Shelf of what keeps the rules and the Desk of the screen (tensionwatch/ports.py), used
by the screen and by headless commands alike. All calls come from one thread, the loop's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Protocol

from msgspec.structs import replace

from tensionwatch.analysis import Analysis
from tensionwatch.arrivals import KEPT, Arrivals
from tensionwatch.barometer import Barometer
from tensionwatch.breath import Pace
from tensionwatch.chronicle import Chronicle
from tensionwatch.clock import Clock
from tensionwatch.config import Config
from tensionwatch.counters import Report
from tensionwatch.events import belongs
from tensionwatch.events.couples import Couple, Couples
from tensionwatch.events.coupling import Nearest
from tensionwatch.events.life import Step, life
from tensionwatch.events.pairs import Book, Strain
from tensionwatch.events.regions import Placed
from tensionwatch.exchange import ELSEWHERE, ArticleQuery, Counts, FeedRow, Group, Known, Names, RegionRow, Window
from tensionwatch.feeds.schedule import Bounds, address
from tensionwatch.finding import Finder
from tensionwatch.health import is_fresh
from tensionwatch.housekeeping import Housekeeper
from tensionwatch.index.records import Coverage, Explained, RegionIndex
from tensionwatch.ingest import decide
from tensionwatch.logbook import LOG
from tensionwatch.model import (
    Article,
    Batch,
    Correction,
    Event,
    Feed,
    FeedState,
    Fetched,
    Flag,
    Kind,
    Region,
    SavedFilter,
    Telling,
)
from tensionwatch.reread import Reread, RulesInForce, Text, same_flags
from tensionwatch.series import PairRecord, Series, Subject
from tensionwatch.store import FollowedStore, Store
from tensionwatch.store.followed import News
from tensionwatch.store.search import Search
from tensionwatch.switches import Switches
from tensionwatch.tally import Tally
from tensionwatch.timeline import Timeline
from tensionwatch.views import Views

CLASSIFIED_AGAIN = timedelta(days=30)
"""How far back articles are classified again when the rules change."""

_ELSEWHERE = Region(id=ELSEWHERE, name="Elsewhere")


class Atlas(Protocol):
    """What the gazetteer knows of names."""

    def place_name(self, place_id: str) -> str: ...

    def place_countries(self, place_id: str) -> frozenset[str]: ...

    def country_name(self, country: str) -> str: ...

    @property
    def countries(self) -> Collection[str]: ...

    @property
    def places(self) -> Collection[str]: ...


class Watch:
    """Sink and Desk in one."""

    def __init__(
        self,
        store: Store,
        config: Config,
        atlas: Atlas,
        clock: Clock,
        *,
        notices: Iterable[str] = (),
        search: Search | None = None,
    ) -> None:
        self._store = store
        self._config = config
        self._atlas = atlas
        self._clock = clock
        self._notices = tuple(notices)
        self._feeds = {feed.id: feed for feed in config.feeds}
        poll = config.poll
        self._bounds = Bounds(interval=poll.interval, longest=poll.longest_interval, jitter=poll.jitter)
        self._chronicle = Chronicle(store)
        self._analysis = Analysis(self._chronicle, config.blocs)
        self._tally = Tally(self._chronicle)
        self._regions: dict[tuple[str | None, ...], tuple[str, ...]] = {}
        """Of all events with the same parties and place: events are many, these few."""
        self._views = Views(
            self._chronicle.told, self._find_regions, self._report_of, lambda a: self._chronicle.told.near(a)
        )
        self._switches = Switches(store, config.feeds, (*config.regions, _ELSEWHERE))
        self._barometer = Barometer(store, self._chronicle, self.region_ids, self._find_regions)
        self._timeline = Timeline(store, self._chronicle, self._find_regions)
        self._couples = Couples(lambda: self._chronicle.told)
        self.arrivals = Arrivals(store.feed_states(), clock.now())
        self._chronicle.heard = self._heard
        self._finder = Finder(store, self._views, self._events_of_month, search)
        self._subscribers: list[Callable[[int], None]] = []
        self._hearers: list[Callable[[Telling], None]] = []
        self._languages: frozenset[str] | None = None
        """That there are rules for; None while that is not known."""

    # ---------------------------------------------------------------- Sink

    @property
    def feeds(self) -> Sequence[Feed]:
        return self._switches.feeds

    def feed_state(self, feed_id: str) -> FeedState:
        return self._store.feed_state(feed_id) or FeedState(feed=feed_id, url=self._feeds[feed_id].url)

    def accept(self, fetched: Fetched, *, jitter: float) -> FeedState:
        feed = self._feeds[fetched.feed]
        batch = decide(
            feed=feed,
            state=self.feed_state(feed.id),
            fetched=fetched,
            known=self._store,
            bounds=self._bounds,
            jitter=jitter,
        )
        change = self._chronicle.take(batch)
        for state in batch.feed_states:
            self.arrivals.heard(state)
        _log(fetched, batch)
        self._tell(change.revision)
        return batch.feed_states[0]

    async def ready(self) -> None:
        pace = Pace()
        for _ in self._store.index():
            await pace.breathe()

    def lag(self) -> None:
        """Keep what comes without its events until `settle`: of a great lot of news at once these cost less so."""
        self._chronicle.lag()

    def settle(self) -> Iterator[None]:
        """Get ready for news, in steps of a few milliseconds; until then what comes is kept, and counted at the end.
        Raises StoreUnwritable where the outcome cannot be kept: begin anew."""
        if not self._store.follows:
            yield from self._store.index()
        yield from self._finder.prepare()
        if not self._chronicle.is_ready and not self._store.follows:
            yield from self._chronicle.restore()
            self._tell(self.revision)
        yield from self._views.prepare()
        yield from self._store.months.prepare()
        yield from self._barometer.prepare(self.now())
        yield from self.arrivals.recall(self._first_seen())

    def _first_seen(self) -> Iterator[datetime]:
        """Of the articles that may have come within the last day: what is dated earlier came with a new feed."""
        found = map(self._store.dated, self._store.order.since(self.now() - 2 * KEPT))
        return (dated.first_seen for dated in found if dated is not None)

    def _heard(self, told: Telling, articles: Sequence[str]) -> None:
        self._views.take(told, articles)
        self._barometer.take(told, articles)
        self._timeline.take(told)
        self._couples.take(told)
        for hearer in tuple(self._hearers):
            hearer(told)

    def hear_events(self, hearer: Callable[[Telling], None]) -> Callable[[], None]:
        """`hearer` is told what changes in the events, as it changes; returns what ends it."""
        self._hearers.append(hearer)
        return lambda: self._hearers.remove(hearer)

    @property
    def is_ready(self) -> bool:
        """Do events follow at once what is taken in?"""
        return self._chronicle.is_ready or self._store.follows

    def told(self, event_id: str) -> Event | None:
        """As `event`, without looking into ended months."""
        return self._chronicle.told.get(event_id)

    def changed(self) -> None:
        """Something in the store has changed that did not come through here."""
        self._tell(self.revision)

    def _tell(self, revision: int) -> None:
        for changed in tuple(self._subscribers):
            changed(revision)

    @property
    def store(self) -> Store:
        """Where it is all kept."""
        return self._store

    @property
    def housekeeper(self) -> Housekeeper:
        """What takes old articles out."""
        return Housekeeper(
            self._store, self._chronicle, self._config.storage, self._clock,
            afterwards=lambda: self._barometer.prepare(self.now()),
        )  # fmt: skip

    # ---------------------------------------------------------------- following

    def follow(self, news: News) -> Iterator[None]:
        """Take in what another process has kept, in steps; the store is one that follows."""
        store = self._store
        if not isinstance(store, FollowedStore):
            raise TypeError(f"{type(store).__name__} follows nobody")
        for commit in news.commits:
            change, told, gone = store.take(commit, news.tables)
            self._chronicle.follow(told, (*change.articles, *gone))
            for state in map(store.feed_state, change.feeds):
                if state is not None:
                    self.arrivals.heard(state)
            if change.feeds:
                self._switches.look_again()
            self._tell(change.revision)
            yield

    # ---------------------------------------------------------------- Shelf

    def recent_ids(self) -> list[str]:
        return list(self._store.order.newest(self.now() - CLASSIFIED_AGAIN))

    def stale(self, article_ids: Iterable[str], rules_version: str) -> list[str]:
        # As they are written (1 µs instead of 15): no text can say the same, its quotes are escaped.
        mark = f'"classified":"{rules_version}"'.encode()
        raws = ((article_id, self._store.raw(article_id)) for article_id in article_ids)
        return [article_id for article_id, raw in raws if raw is not None and mark not in bytes(raw)]

    def take_reread(self, reread: Sequence[Reread], rules_version: str) -> list[Article]:
        changed, otherwise = [], []
        for each in reread:
            article = self._store.article(each.article)
            if article is None or Text.of(article) != each.text:
                continue  # changed by its feed meanwhile, and classified then
            flags = article.flags if each.flags is None else each.flags
            changed.append(replace(article, flags=flags, classified=rules_version))
            if not same_flags(article.flags, flags):
                otherwise.append(changed[-1])
        self._chronicle.take(Batch(articles=tuple(changed)))
        if otherwise:
            self._tell(self.revision)
        return otherwise

    def rules_known(self, in_force: RulesInForce) -> None:
        self._languages = frozenset(in_force.languages)
        self._tell(self.revision)

    # ---------------------------------------------------------------- Desk

    @property
    def revision(self) -> int:
        return self._store.revision

    @property
    def known(self) -> Known:
        return self._store.known

    @property
    def notices(self) -> Sequence[str]:
        return (*self._notices, *self._store.notices, *self._finder.notices)

    def now(self) -> datetime:
        return self._clock.now()

    @property
    def unread(self) -> int:
        """Articles not marked read."""
        return self._store.unread

    @property
    def region_ids(self) -> list[str]:
        """Of the configured ones in their order, and ELSEWHERE."""
        return [region.id for region in (*self._config.regions, _ELSEWHERE)]

    def regions(self) -> list[RegionRow]:
        now = self.now()
        week = (now - Window.WEEK.length).timestamp()
        self._views.counters.look(now, lambda: self._views.recent(week))
        return [self._region_row(region, week) for region in (*self._config.regions, _ELSEWHERE)]

    def _region_row(self, region: Region, week: float) -> RegionRow:
        counters, last = self._views.counters, self._views.last(region.id)
        told = last.last_reported if last is not None else None
        return RegionRow(
            region=region,
            counts={group: counters.counts(region.id, group) for group in Group},
            trend=counters.trend(region.id),
            last=told if told is not None and told.timestamp() >= week else None,
        )

    def regions_of(self, event: Event) -> frozenset[str]:
        """Ids of the regions that the event belongs to; ELSEWHERE alone when it is none of the configured ones."""
        known = self._views.regions_of(event)
        return frozenset(known if known is not None else self._find_regions(event))

    def _find_regions(self, event: Placed) -> tuple[str, ...]:
        decides = (event.family, event.actor, event.recipient, event.place)
        if (regions := self._regions.get(decides)) is None:
            inside = [r.id for r in self._config.regions if belongs(event, r, self._atlas.place_countries)]
            regions = self._regions[decides] = tuple(inside or (ELSEWHERE,))
        return regions

    def count_events(self, events: Sequence[Event]) -> Counts:
        return self._tally.of_events(events)

    def count_events_in_steps(self, events: Sequence[Event]) -> Generator[None, None, Counts]:
        return self._tally.of_events_in_steps(events)

    def count_articles(self, article_ids: Sequence[str]) -> Generator[None, None, Counts]:
        return self._tally.of_articles(article_ids)

    def _report_of(self, article_id: str) -> Report | None:
        article = self._store.article(article_id)
        if article is None:
            return None
        effective = article.effective.timestamp() if article.effective is not None else None
        return Report(effective, article.first_seen.timestamp(), article.publisher)

    def events(
        self,
        *,
        region: str | None = None,
        group: Group | None = None,
        kind: Kind | None = None,
        since: datetime | None = None,
        limit: int = 200,
    ) -> list[Event]:
        start = since.timestamp() if since is not None else None
        found = self._views.events(region, group, kind, start, limit)
        if since is not None and len(found) < limit:
            found += islice(self._events_of_months(since, region, group, kind), limit - len(found))
        return found

    def _events_of_months(
        self, since: datetime, region: str | None, group: Group | None, kind: Kind | None
    ) -> Iterator[Event]:
        """Newest first."""
        for month in self._months(since):
            found = self._events_of_month(month, region, group, kind)
            told = [(e.last_reported, e.id, e) for e in found if e.last_reported and e.last_reported >= since]
            yield from (event for _, _, event in sorted(told, reverse=True))

    def _events_of_month(
        self, month: str, region: str | None, group: Group | None, kind: Kind | None
    ) -> Iterator[Event]:
        for event in self._store.months.events(month):
            if self._chronicle.told.exactly(event.id) is not None:
                continue  # it came back
            if (
                group in (None, Group.of(event.kind))
                and kind in (None, event.kind)
                and (region is None or region in self._find_regions(event))
            ):
                yield event

    def _months(self, since: datetime) -> Iterator[str]:
        """Those with something since then in files of their own, newest first."""
        months = self._store.months
        return (month for month in months.newest_first() if months.known[month].last >= since)

    def event(self, event_id: str) -> Event | None:
        return self._chronicle.event(event_id)

    def card(self, event_id: str) -> Event | None:
        event = self._chronicle.event(event_id) if self.known is Known.ALL else None
        return None if event is None else self._whole(event, self.history, self.now(), None)

    def _whole(self, event: Event, history: datetime | None, now: datetime, known: Nearest | None) -> Event:
        return self._chronicle.told.whole(event, history, now, known, self._chronicle.of_country)

    def held(self, event: Event) -> Event:
        return self._chronicle.told.held(event, self.history, self.now(), self._chronicle.of_country)

    def cards(self, events: Iterable[Event]) -> Iterator[Event]:
        """The cards of many, faster than one by one; nothing may change meanwhile."""
        history, now, known = self.history, self.now(), Nearest()
        return (self._whole(event, history, now, known) for event in events)

    @property
    def history(self) -> datetime | None:
        """When the ledger begins: the earliest effective time of any article, those of ended months too."""
        if months := self._store.months.known:
            return min(info.first for info in months.values())
        found = map(self._store.article, self._store.order.oldest())
        return next((a.effective for a in found if a is not None and a.effective is not None), None)

    @property
    def couplings_are_ready(self) -> bool:
        return self._couples.is_ready

    def prepare_couplings(self) -> Iterator[None]:
        return self._couples.prepare(self.now())

    def couplings(self) -> list[Couple]:
        return self._couples.of(self.now())

    def life(self, event: Event) -> list[Step]:
        return life(event, self.now())

    def strains(self, event: Event) -> list[Strain]:
        return self._analysis.strains(event)

    def book(self, one: str, other: str, since: datetime | None = None, until: datetime | None = None) -> Book:
        return self._analysis.book(one, other, since, until)

    @property
    def corrections(self) -> Sequence[Correction]:
        return self._chronicle.corrections

    def split(self, event_id: str, article_ids: Iterable[str]) -> Correction:
        correction = self._analysis.split(event_id, article_ids, self.now())
        self._tell(self.revision)
        return correction

    def merge(self, event_ids: Sequence[str]) -> Correction:
        correction = self._analysis.merge(event_ids, self.now())
        self._tell(self.revision)
        return correction

    def undo_correction(self, correction_id: str | None = None) -> Correction | None:
        undone = self._analysis.undo(correction_id)
        self._tell(self.revision)
        return undone

    def events_of(self, article_id: str) -> list[Event]:
        return list({event.id: event for event, _ in self.told_by(article_id)}.values())

    def told_by(self, article_id: str) -> list[tuple[Event, Flag]]:
        return self._chronicle.told_by(article_id)

    def article_ids(self, query: ArticleQuery) -> list[str]:
        return self._finder.ids(query)

    def find_articles(self, query: ArticleQuery) -> Iterator[list[str]]:
        return self._finder.search(query)

    @property
    def article_count(self) -> int:
        return len(self._store.order)

    def article(self, article_id: str) -> Article | None:
        return self._store.article(article_id)

    def flagged(self, article_ids: Iterable[str]) -> list[Article]:
        """Those of them that have flags."""
        found = map(self._store.article, (i for i in article_ids if i in self._store.flagged))
        return [article for article in found if article is not None]

    def place_name(self, place_id: str) -> str:
        return self._atlas.place_name(place_id)

    def country_name(self, country: str) -> str:
        return self._atlas.country_name(country)

    @cached_property
    def names(self) -> Names:
        return Names(
            regions={region.id: region.name for region in (*self._config.regions, _ELSEWHERE)},
            countries={country: self._atlas.country_name(country) for country in sorted(self._atlas.countries)},
            places={place: self._atlas.place_name(place) for place in sorted(self._atlas.places)},
            feeds={feed.id: feed.name for feed in self._config.feeds},
            publishers=sorted({feed.publisher for feed in self._config.feeds}),
            langs=sorted({feed.lang.lower() for feed in self._config.feeds}),
        )

    @property
    def filters(self) -> Sequence[SavedFilter]:
        listed = (*self._config.filters, *self._store.filters.all())
        return list({each.name.casefold(): each for each in reversed(listed)}.values())[::-1]

    def keep_filter(self, saved: SavedFilter) -> None:
        self._store.filters.keep(saved)
        self._tell(self.revision)

    def remove_filter(self, name: str) -> None:
        self._store.filters.remove(name)
        self._tell(self.revision)

    def feed_rows(self) -> list[FeedRow]:
        now = self.now()
        return [self._feed_row(feed, now) for feed in self.feeds]

    def _feed_row(self, feed: Feed, now: datetime) -> FeedRow:
        state, fresh = self.feed_state(feed.id), self._is_fresh(feed, now)
        return FeedRow(feed=feed, state=state, address=address(feed, state, now), fresh=fresh)

    def _is_fresh(self, feed: Feed, now: datetime) -> bool:
        return is_fresh(feed, self.feed_state(feed.id), now, interval=self._config.poll.interval)

    @property
    def index_is_ready(self) -> bool:
        return self.known is Known.ALL and self._barometer.is_ready

    def prepare_index(self) -> Iterator[None]:
        """Make `index` cheap after many changes, in steps of a few milliseconds."""
        return self._barometer.prepare(self.now())

    def index(self) -> list[RegionIndex]:
        return self._barometer.index(self.now(), self._coverage())

    def explain(self, region: str) -> Explained:
        return self._barometer.explain(region, self.now(), self._coverage()[region])

    @property
    def series_are_ready(self) -> bool:
        return self._timeline.is_ready(self.now())

    def prepare_series(self) -> Iterator[float]:
        return self._timeline.prepare(self.now())

    def series(self, subject: Subject, edges: tuple[datetime, ...]) -> Series:
        return self._timeline.series(subject, edges, self.now())

    def number(self, subject: Subject, since: datetime, until: datetime) -> int:
        return self._timeline.number(subject, since, until, self.now())

    def pair_records(self) -> list[PairRecord]:
        return self._timeline.records(self.now())

    def happened(self, subject: Subject, since: datetime, until: datetime, group: Group | None = None) -> list[Event]:
        found = map(self._chronicle.event, self._timeline.between(subject, since, until, self.now(), group))
        told = [(event.last_reported, event.id, event) for event in found if event is not None and event.last_reported]
        return [event for *_, event in sorted(told, reverse=True)]

    def _coverage(self) -> dict[str, Coverage]:
        now = self.now()
        fresh = {feed.id for feed in self.feeds if self._is_fresh(feed, now)}
        return {
            region: Coverage(fresh=len(fresh & feeds), feeds=len(feeds))
            for region, feeds in self._switches.feeds_of.items()
        }

    def switch_feed(self, feed_id: str, enabled: bool, *, since: datetime | None = None) -> None:
        self._switches.switch(self.feed_state(feed_id), enabled, since or self.now())
        LOG.info("feed %s: %s by hand", feed_id, "enabled" if enabled else "disabled")
        self._tell(self.revision)

    def mark(
        self,
        article_ids: Sequence[str],
        *,
        read: bool | None = None,
        starred: bool | None = None,
        note: str | None = None,
    ) -> None:
        change = self._chronicle.mark(article_ids, read=read, starred=starred, note=note)
        self._tell(change.revision)

    def mark_wrong(self, article_id: str, kind: Kind, wrong: bool) -> None:
        article = self._store.article(article_id)
        if article is None:
            return
        change = self._chronicle.mark_wrong(article, _with(article.wrong, kind, wrong))
        self._tell(change.revision)

    def mark_missed(self, article_id: str, kind: Kind, missed: bool) -> None:
        article = self._store.article(article_id)
        if article is not None:
            change = self._chronicle.mark([article_id], missed=_with(article.missed, kind, missed))
            self._tell(change.revision)

    def lacks_rules(self, lang: str) -> bool:
        return self._languages is not None and lang.partition("-")[0] not in self._languages

    def subscribe(self, changed: Callable[[int], None]) -> Callable[[], None]:
        self._subscribers.append(changed)
        return lambda: self._subscribers.remove(changed)


def _with(kinds: tuple[Kind, ...], kind: Kind, there: bool) -> tuple[Kind, ...]:
    """These kinds with or without that one."""
    return (*(each for each in kinds if each is not kind), *([kind] if there else []))


def _log(fetched: Fetched, batch: Batch) -> None:
    """`poll korea-times: ok, 3 new, 182 ms`"""
    level = logging.INFO if fetched.result in ("ok", "unchanged") else logging.WARNING
    if LOG.isEnabledFor(level):
        status = f" (HTTP {fetched.http_status})" if fetched.http_status else ""
        why = f": {fetched.reason}" if fetched.reason else ""
        took = f"{1000 * fetched.elapsed:.0f} ms"
        LOG.log(level, "poll %s: %s%s, %d new, %s%s", fetched.feed, fetched.result, status, batch.new, took, why)
