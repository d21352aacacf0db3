"""The collection at work: one object that takes in what the poller brings and answers what a screen asks.

    Fetched ─accept▶ ingest.decide ─▶ store.commit ─▶ ledger.update ─▶ subscribers
    Reread ──take_reread▶ store.commit, recount▶ ledger.steps ─▶

It is the Sink of the poller, the Shelf of what keeps the rules and the Desk of the screen (tensionwatch/ports.py), used
by the screen and by headless commands alike. All calls come from one thread, the loop's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec.structs import replace

from tensionwatch.analysis import Analysis
from tensionwatch.clock import Clock
from tensionwatch.config import Config
from tensionwatch.events import Ledger, belongs
from tensionwatch.events.coupling import Nearest
from tensionwatch.events.life import Step, life
from tensionwatch.events.pairs import Book, Strain
from tensionwatch.finding import Finder
from tensionwatch.ingest import decide
from tensionwatch.model import Article, Batch, Correction, Event, Feed, FeedState, Fetched, Flag, Kind, Region
from tensionwatch.ports import ELSEWHERE, ArticleQuery, Counts, FeedRow, Group, RegionRow, Window
from tensionwatch.reread import Reread, RulesInForce, Text, same_flags
from tensionwatch.store import Store
from tensionwatch.store.search import Search

TREND_STEP = timedelta(hours=12)
TREND_STEPS = 14
FRESH_AT_LEAST = timedelta(hours=1)
"""A feed is fresh when it succeeded within max(2 × its interval, this)."""

CLASSIFIED_AGAIN = timedelta(days=30)
"""How far back articles are classified again when the rules change."""

_ELSEWHERE = Region(id=ELSEWHERE, name="Elsewhere")


class Atlas(Protocol):
    """What the gazetteer knows of names."""

    def place_name(self, place_id: str) -> str: ...

    def place_countries(self, place_id: str) -> frozenset[str]: ...

    def country_name(self, country: str) -> str: ...


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
        self._notices = (*notices, *store.notices)
        self._feeds = {feed.id: feed for feed in config.feeds}
        self._ledger = Ledger(store.articles(), store.corrections())
        self._analysis = Analysis(store, self._ledger, config.blocs)
        self._regions_of_event: dict[str, tuple[Event, frozenset[str]]] = {}
        self._finder = Finder(store, store.articles(), self._ledger, self.regions_of, search)
        self._subscribers: list[Callable[[int], None]] = []
        self._languages: frozenset[str] | None = None
        """That there are rules for; None while that is not known."""

    # ---------------------------------------------------------------- Sink

    @property
    def feeds(self) -> Sequence[Feed]:
        return self._config.feeds

    def feed_state(self, feed_id: str) -> FeedState:
        return self._store.feed_state(feed_id) or FeedState(feed=feed_id, url=self._feeds[feed_id].url)

    def accept(self, fetched: Fetched, *, jitter: float) -> FeedState:
        feed = self._feeds[fetched.feed]
        batch = decide(
            feed=feed,
            state=self.feed_state(feed.id),
            fetched=fetched,
            known=self._store,
            interval=self._interval(feed),
            jitter=jitter,
            share=self._config.poll.jitter,
        )
        change = self._store.commit(batch)
        self._finder.put(batch.articles)
        self._ledger.update(batch.articles)
        self._tell(change.revision)
        return batch.feed_states[0]

    def _interval(self, feed: Feed) -> float:
        return feed.interval if feed.interval is not None else self._config.poll.interval

    def _tell(self, revision: int) -> None:
        for changed in tuple(self._subscribers):
            changed(revision)

    # ---------------------------------------------------------------- Shelf

    def recent_ids(self) -> list[str]:
        return self._finder.since(self.now() - CLASSIFIED_AGAIN)

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
        self._store.commit(Batch(articles=tuple(changed)))
        self._finder.touched()
        return otherwise

    def recount(self, articles: Sequence[Article]) -> Iterator[None]:
        yield from self._ledger.steps(articles)
        self._tell(self.revision)

    def rules_known(self, in_force: RulesInForce) -> None:
        self._languages = frozenset(in_force.languages)
        self._tell(self.revision)

    # ---------------------------------------------------------------- Desk

    @property
    def revision(self) -> int:
        return self._store.revision

    @property
    def notices(self) -> Sequence[str]:
        return (*self._notices, *self._finder.notices)

    def now(self) -> datetime:
        return self._clock.now()

    def regions(self) -> list[RegionRow]:
        now = self.now()
        recent = [e for e in self._ledger if e.last_reported and e.last_reported >= now - Window.WEEK.length]
        inside: dict[str, list[Event]] = defaultdict(list)
        for event in recent:
            for region_id in self.regions_of(event):
                inside[region_id].append(event)
        return [self._region_row(region, inside[region.id], now) for region in (*self._config.regions, _ELSEWHERE)]

    def _region_row(self, region: Region, events: Sequence[Event], now: datetime) -> RegionRow:
        by_group: dict[Group, list[Event]] = {group: [] for group in Group}
        for event in events:
            if event.happened is not None:
                by_group[Group.of(event.kind)].append(event)
        return RegionRow(
            region=region,
            counts={group: self._windows(listed, now) for group, listed in by_group.items()},
            trend=_trend((e for listed in by_group.values() for e in listed), now),
            last=max((e.last_reported for e in events if e.last_reported), default=None),
        )

    def _windows(self, events: Sequence[Event], now: datetime) -> Mapping[Window, Counts]:
        return {window: self._count(events, now - window.length, now) for window in Window}

    def _count(self, events: Sequence[Event], since: datetime, now: datetime) -> Counts:
        """Events that happened since, and of these the reports and voices since."""
        counted = [e for e in events if e.happened is not None and since <= e.happened <= now]
        articles = [a for a in map(self._store.article, {i for e in counted for i in e.articles}) if a is not None]
        told = [a for a in articles if a.effective is not None and since <= a.effective <= now]
        voices = self._ledger.voices(article.id for article in told)
        return Counts(events=len(counted), reports=len(told), publishers=len(voices))

    def regions_of(self, event: Event) -> frozenset[str]:
        """Ids of the regions that the event belongs to; ELSEWHERE alone when it is none of the configured ones."""
        kept = self._regions_of_event.get(event.id)
        if kept is not None and kept[0] is event:
            return kept[1]
        inside = [r.id for r in self._config.regions if belongs(event, r, self._atlas.place_countries)]
        regions = frozenset(inside or (ELSEWHERE,))
        self._regions_of_event[event.id] = (event, regions)
        return regions

    def events(
        self,
        *,
        region: str | None = None,
        group: Group | None = None,
        kind: Kind | None = None,
        since: datetime | None = None,
        limit: int = 200,
    ) -> list[Event]:
        chosen = [
            event
            for event in self._ledger
            if (region is None or region in self.regions_of(event))
            and (group is None or Group.of(event.kind) is group)
            and (kind is None or event.kind is kind)
            and (since is None or (event.last_reported is not None and event.last_reported >= since))
        ]
        chosen.sort(key=lambda e: (e.last_reported is not None, e.last_reported, e.id), reverse=True)
        return chosen[:limit]

    def event(self, event_id: str) -> Event | None:
        return self._ledger.get(event_id)

    def card(self, event_id: str) -> Event | None:
        event = self._ledger.get(event_id)
        return None if event is None else self._ledger.whole(event, self.history, self.now())

    def cards(self, events: Iterable[Event]) -> Iterator[Event]:
        """The cards of many, faster than one by one; nothing may change meanwhile."""
        history, now, known = self.history, self.now(), Nearest()
        return (self._ledger.whole(event, history, now, known) for event in events)

    @property
    def history(self) -> datetime | None:
        """When the ledger begins: the earliest effective time of any article."""
        found = map(self._store.article, self._finder.oldest())
        return next((a.effective for a in found if a is not None and a.effective is not None), None)

    def life(self, event: Event) -> list[Step]:
        return life(event, self.now())

    def strains(self, event: Event) -> list[Strain]:
        return self._analysis.strains(event)

    def book(self, one: str, other: str, since: datetime | None = None, until: datetime | None = None) -> Book:
        return self._analysis.book(one, other, since, until)

    @property
    def corrections(self) -> Sequence[Correction]:
        return self._ledger.corrections

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
        return self._ledger.of_article(article_id)

    def told_by(self, article_id: str) -> list[tuple[Event, Flag]]:
        return self._ledger.told_by(article_id)

    def article_ids(self, query: ArticleQuery) -> list[str]:
        return self._finder.ids(query)

    def article(self, article_id: str) -> Article | None:
        return self._store.article(article_id)

    def place_name(self, place_id: str) -> str:
        return self._atlas.place_name(place_id)

    def country_name(self, country: str) -> str:
        return self._atlas.country_name(country)

    def feed_rows(self) -> list[FeedRow]:
        now = self.now()
        return [self._feed_row(feed, now) for feed in self._config.feeds]

    def _feed_row(self, feed: Feed, now: datetime) -> FeedRow:
        state = self.feed_state(feed.id)
        limit = max(2 * timedelta(seconds=self._interval(feed)), FRESH_AT_LEAST)
        fresh = feed.enabled and state.last_success is not None and now - state.last_success <= limit
        return FeedRow(feed=feed, state=state, fresh=fresh)

    def mark(self, article_ids: Sequence[str], *, read: bool | None = None, starred: bool | None = None) -> None:
        change = self._store.mark(article_ids, read=read, starred=starred)
        self._finder.marked(change.articles)
        self._tell(change.revision)

    def mark_wrong(self, article_id: str, kind: Kind, wrong: bool) -> None:
        article = self._store.article(article_id)
        if article is None:
            return
        kinds = (*(k for k in article.wrong if k is not kind), *([kind] if wrong else []))
        change = self._store.mark([article_id], wrong=kinds)
        self._finder.marked(change.articles)
        self._ledger.update([replace(article, wrong=kinds)])
        self._tell(change.revision)

    def lacks_rules(self, lang: str) -> bool:
        return self._languages is not None and lang.partition("-")[0] not in self._languages

    def subscribe(self, changed: Callable[[int], None]) -> Callable[[], None]:
        self._subscribers.append(changed)
        return lambda: self._subscribers.remove(changed)


def _trend(events: Iterable[Event], now: datetime) -> tuple[int, ...]:
    steps = [0] * TREND_STEPS
    for event in events:
        age = (now - event.happened) // TREND_STEP if event.happened is not None else TREND_STEPS
        if 0 <= age < TREND_STEPS:
            steps[TREND_STEPS - 1 - age] += 1
    return tuple(steps)
