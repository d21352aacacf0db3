"""The collection at work: one object that takes in what the poller brings and answers what a screen asks.

    Fetched ─accept▶ ingest.decide ─▶ store.commit ─▶ ledger.update ─▶ subscribers
    Reread ──take_reread▶ store.commit, recount▶ ledger.steps ─▶

It is the Sink of the poller, the Shelf of what keeps the rules and the Desk of the screen (tensionwatch/ports.py), used
by the screen and by headless commands alike. All calls come from one thread, the loop's.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

from msgspec.structs import replace

from tensionwatch.analysis import Analysis
from tensionwatch.clock import Clock
from tensionwatch.config import Config
from tensionwatch.events import Ledger, belongs
from tensionwatch.events.coupling import Nearest
from tensionwatch.events.life import Step, life
from tensionwatch.events.pairs import Book, Strain
from tensionwatch.ingest import decide
from tensionwatch.model import Article, Batch, Correction, Event, Feed, FeedState, Fetched, Flag, Kind, Region
from tensionwatch.ports import ELSEWHERE, ArticleQuery, Counts, FeedRow, Group, RegionRow, Window
from tensionwatch.reread import Reread, RulesInForce, Text, same_flags
from tensionwatch.store import Store
from tensionwatch.tally import Tally

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
        self, store: Store, config: Config, atlas: Atlas, clock: Clock, *, notices: Iterable[str] = ()
    ) -> None:
        self._store = store
        self._config = config
        self._atlas = atlas
        self._clock = clock
        self._notices = (*notices, *store.notices)
        self._feeds = {feed.id: feed for feed in config.feeds}
        self._regions: dict[tuple[str | None, ...], frozenset[str]] = {}
        """Of all events with the same parties and place: events are many, these few."""
        self._ledger = Ledger(store.articles(), store.corrections(), self.regions_of)
        self._analysis = Analysis(store, self._ledger, config.blocs)
        self._tally = Tally(self._ledger)
        self._order = sorted(_order_key(article) for article in store.articles())
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
        before = {article.id: self._store.article(article.id) for article in batch.articles}
        change = self._store.commit(batch)
        for article in batch.articles:
            self._reorder(before[article.id], article)
        self._ledger.update(batch.articles)
        self._tell(change.revision)
        return batch.feed_states[0]

    def _reorder(self, before: Article | None, after: Article) -> None:
        if before is not None:
            if _order_key(before) == _order_key(after):
                return
            self._order.remove(_order_key(before))
        insort(self._order, _order_key(after))

    def _interval(self, feed: Feed) -> float:
        return feed.interval if feed.interval is not None else self._config.poll.interval

    def _tell(self, revision: int) -> None:
        for changed in tuple(self._subscribers):
            changed(revision)

    # ---------------------------------------------------------------- Shelf

    def recent_ids(self) -> list[str]:
        first = bisect_left(self._order, (self.now() - CLASSIFIED_AGAIN, ""))
        return [article_id for _, article_id in reversed(self._order[first:])]

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
        return self._notices

    def now(self) -> datetime:
        return self._clock.now()

    def regions(self) -> list[RegionRow]:
        now = self.now()
        week = now - Window.WEEK.length
        regions = (*self._config.regions, _ELSEWHERE)
        return [self._region_row(region, list(self._ledger.newest(week, region.id)), now) for region in regions]

    def _region_row(self, region: Region, events: Sequence[Event], now: datetime) -> RegionRow:
        by_group: dict[Group, list[tuple[datetime, Event]]] = {group: [] for group in Group}
        for event in events:
            if (happened := event.happened) is not None:
                by_group[Group.of(event.kind)].append((happened, event))
        return RegionRow(
            region=region,
            counts={
                group: {window: self._tally.within(listed, now - window.length, now) for window in Window}
                for group, listed in by_group.items()
            },
            trend=_trend((at for listed in by_group.values() for at, _ in listed), now),
            last=max((e.last_reported for e in events if e.last_reported), default=None),
        )

    def count_events(self, events: Sequence[Event]) -> Counts:
        return self._tally.of_events(events)

    def count_articles(self, article_ids: Sequence[str]) -> Generator[None, None, Counts]:
        return self._tally.of_articles(article_ids)

    def regions_of(self, event: Event) -> frozenset[str]:
        """Ids of the regions that the event belongs to; ELSEWHERE alone when it is none of the configured ones."""
        decides = (event.family, event.actor, event.recipient, event.place)
        if (regions := self._regions.get(decides)) is None:
            inside = [r.id for r in self._config.regions if belongs(event, r, self._atlas.place_countries)]
            regions = self._regions[decides] = frozenset(inside or (ELSEWHERE,))
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
        chosen = (
            event
            for event in self._ledger.newest(since, region)
            if (group is None or Group.of(event.kind) is group) and (kind is None or event.kind is kind)
        )
        return list(islice(chosen, limit))

    def event(self, event_id: str) -> Event | None:
        return self._ledger.get(event_id)

    def card(self, event_id: str) -> Event | None:
        event = self._ledger.get(event_id)
        return None if event is None else self._ledger.whole(event, self.history, self.now())

    def held(self, event: Event) -> Event:
        return self._ledger.held(event, self.history, self.now())

    def cards(self, events: Iterable[Event]) -> Iterator[Event]:
        """The cards of many, faster than one by one; nothing may change meanwhile."""
        history, now, known = self.history, self.now(), Nearest()
        return (self._ledger.whole(event, history, now, known) for event in events)

    @property
    def history(self) -> datetime | None:
        """When the ledger begins: the earliest effective time of any article."""
        found = (self._store.article(article_id) for _, article_id in self._order)
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
        if query == ArticleQuery():
            return [article_id for _, article_id in reversed(self._order)]
        keep = self._filter(query)
        found = (self._store.article(article_id) for _, article_id in reversed(self._order))
        return [article.id for article in found if article is not None and keep(article)]

    def _filter(self, query: ArticleQuery) -> Callable[[Article], bool]:
        words = query.text.casefold().split()

        def keep(article: Article) -> bool:
            if (query.unread and article.read) or (query.starred and not article.starred):
                return False
            if query.feed is not None and article.feed != query.feed:
                return False
            if query.since is not None and (article.effective is None or article.effective < query.since):
                return False
            if not self._keep_flags(query, article):
                return False
            if words:
                text = f"{article.title} {article.summary} {article.publisher}".casefold()
                return all(word in text for word in words)
            return True

        return keep

    def _keep_flags(self, query: ArticleQuery, article: Article) -> bool:
        """One and the same event must fit region, kind and group."""
        wants_flag = query.flagged or query.kind is not None or query.group is not None or query.region is not None
        if not wants_flag:
            return True
        if not article.standing:
            return False
        return any(
            (query.kind is None or event.kind is query.kind)
            and (query.group is None or Group.of(event.kind) is query.group)
            and (query.region is None or query.region in self.regions_of(event))
            for event in self.events_of(article.id)
        )

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
        self._tell(change.revision)

    def mark_wrong(self, article_id: str, kind: Kind, wrong: bool) -> None:
        article = self._store.article(article_id)
        if article is None:
            return
        kinds = (*(k for k in article.wrong if k is not kind), *([kind] if wrong else []))
        change = self._store.mark([article_id], wrong=kinds)
        self._ledger.update([replace(article, wrong=kinds)])
        self._tell(change.revision)

    def lacks_rules(self, lang: str) -> bool:
        return self._languages is not None and lang.partition("-")[0] not in self._languages

    def subscribe(self, changed: Callable[[int], None]) -> Callable[[], None]:
        self._subscribers.append(changed)
        return lambda: self._subscribers.remove(changed)


def _order_key(article: Article) -> tuple[datetime, str]:
    return (article.effective or article.first_seen, article.id)


def _trend(happened: Iterable[datetime], now: datetime) -> tuple[int, ...]:
    steps = [0] * TREND_STEPS
    for at in happened:
        age = (now - at) // TREND_STEP
        if 0 <= age < TREND_STEPS:
            steps[TREND_STEPS - 1 - age] += 1
    return tuple(steps)
