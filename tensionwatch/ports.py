"""What the parts ask of one another, so that feeds, store and screen need not know each other.

    poller ─────Sink───▶ watch ◀──Desk── screen ──Polling─────▶ poller
    rulekeeper ─Shelf──▶                        ──RuleKeeping─▶ rulekeeper

`watch.Watch` is Sink, Shelf and Desk; `feeds.poller.Poller` is Polling, `feeds.rulekeeper.RuleKeeper` RuleKeeping;
`cli` wires them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from tensionwatch.exchange import (
    AlertStatus,
    ArticleQuery,
    Counts,
    FeedRow,
    Group,
    Known,
    Names,
    NextPoll,
    Notice,
    Page,
    PollStatus,
    RegionRow,
    RulesStatus,
)
from tensionwatch.model import (
    Article,
    Correction,
    Event,
    Feed,
    FeedState,
    Fetched,
    Flag,
    Kind,
    SavedFilter,
)
from tensionwatch.reread import Reread, RulesInForce

if TYPE_CHECKING:  # 50 ms to import, which nobody who reads a configuration needs
    from tensionwatch.alerts.records import Alert, AlertRule, Delivery, Mute, Raised
    from tensionwatch.arrivals import Arrivals
    from tensionwatch.events.couples import Couple
    from tensionwatch.events.life import Step
    from tensionwatch.events.pairs import Book, Strain
    from tensionwatch.index.records import Explained, RegionIndex
    from tensionwatch.series import PairRecord, Series, Subject


class Sink(Protocol):
    """Where the poller learns what to fetch and brings what it fetched."""

    @property
    def feeds(self) -> Sequence[Feed]:
        """All configured feeds, disabled ones too; one that was disabled or enabled by hand is so at once."""
        ...

    def feed_state(self, feed_id: str) -> FeedState:
        """What is remembered of a feed; a fresh state for one never polled."""
        ...

    async def ready(self) -> None:
        """Return once `accept` takes milliseconds: after a start it is being prepared."""
        ...

    def accept(self, fetched: Fetched, *, jitter: float) -> FeedState:
        """Keep what came of one poll; gives the new state. `jitter` in [0, 1] spreads the next check.

        Raises StoreError when it cannot be kept."""
        ...


class Shelf(Protocol):
    """The articles that may have to be classified again."""

    def recent_ids(self) -> list[str]:
        """Those of the last 30 days by effective time, else by when they were first seen; newest first."""
        ...

    def stale(self, article_ids: Iterable[str], rules_version: str) -> list[str]:
        """Those of them that other rules have looked at last."""
        ...

    def article(self, article_id: str) -> Article | None: ...

    def take_reread(self, reread: Sequence[Reread], rules_version: str) -> list[Article]:
        """Keep what the rules of this version see, with the events; gives the articles that have other flags now.

        Raises StoreError when it cannot be kept."""
        ...

    def rules_known(self, in_force: RulesInForce) -> None:
        """Hear which rules are in force."""
        ...


class Indexing(Protocol):
    """What a screen may ask of the index."""

    @property
    def index_is_ready(self) -> bool:
        """Do `index` and `explain` take a few milliseconds? After a start, and after news by the hundred, they first
        take in what `prepare_index` would (100,000 articles: 0.7 s)."""
        ...

    def prepare_index(self) -> Iterator[None]:
        """Get them ready, in steps of a few milliseconds, between which things may change."""
        ...

    def index(self) -> list[RegionIndex]:
        """Of each region in the order of `Desk.regions`, as of now."""
        ...

    def explain(self, region: str) -> Explained:
        """What a region's numbers open into. Raises KeyError where there is no such region."""
        ...


class Charting(Protocol):
    """What a screen may ask of the past: series of regions and pairs, and the events behind them."""

    @property
    def series_are_ready(self) -> bool:
        """Do the calls below take a few milliseconds? They do once `prepare_series` is through, but for a while after
        much has changed; whoever asks before waits for it."""
        ...

    def prepare_series(self) -> Iterator[float]:
        """Get them ready, in steps of a few milliseconds, between which things may change; gives the share done."""
        ...

    def series(self, subject: Subject, edges: tuple[datetime, ...]) -> Series:
        """What happened in these stretches of time, of which the last one holds now."""
        ...

    def number(self, subject: Subject, since: datetime, until: datetime) -> int:
        """How many events happened from then up to, and without, `until`: a few microseconds."""
        ...

    def pair_records(self) -> list[PairRecord]:
        """Of each pair of countries that anything happened between in the last 365 days."""
        ...

    def happened(self, subject: Subject, since: datetime, until: datetime, group: Group | None = None) -> list[Event]:
        """What a series counts from then up to, and without, `until`; newest first by last report."""
        ...


class Desk(Indexing, Charting, Protocol):
    """All that a screen may ask of the collection, and the marks it may make. Calls are cheap and never wait for
    the network."""

    @property
    def revision(self) -> int:
        """Grows with each change."""
        ...

    @property
    def known(self) -> Known:
        """How much of what is kept. Where that is not all, every number that looks further back than a week would be
        wrong, and what would change something raises StoreError."""
        ...

    @property
    def notices(self) -> Sequence[str]:
        """What the user should know of this run, a line each ("no configuration found: using the shipped one …")."""
        ...

    def now(self) -> datetime: ...

    def regions(self) -> list[RegionRow]:
        """In the order configured; ELSEWHERE last."""
        ...

    def events(
        self,
        *,
        region: str | None = None,
        group: Group | None = None,
        kind: Kind | None = None,
        since: datetime | None = None,
        limit: int = 200,
    ) -> list[Event]:
        """Newest first by last report, whatever their status; `since`: told of at or after."""
        ...

    def count_events(self, events: Sequence[Event]) -> Counts:
        """These events, all their reports, each once, and the independent voices among them."""
        ...

    def count_events_in_steps(self, events: Sequence[Event]) -> Generator[None, None, Counts]:
        """The same in steps of a few milliseconds: of ended months' reports the texts are compared, 0.1 ms each."""
        ...

    def count_articles(self, article_ids: Sequence[str]) -> Generator[None, None, Counts]:
        """The events that these articles tell, how many of the articles tell any, and the independent voices; counted
        in steps of a few milliseconds, between which things may change."""
        ...

    def event(self, event_id: str) -> Event | None:
        """Of that id, or that now holds the report which once gave it."""
        ...

    def card(self, event_id: str) -> Event | None:
        """The same with its couplings, and its texts' counts held against the ledger; None while not all is known."""
        ...

    def held(self, event: Event) -> Event:
        """The event with its texts' counts held against the ledger, without the rest of the card."""
        ...

    @property
    def couplings_are_ready(self) -> bool:
        """Does `couplings` take a millisecond? After news it first does what `prepare_couplings` would."""
        ...

    def prepare_couplings(self) -> Iterator[None]:
        """Get them ready, in steps of a millisecond, between which things may change."""
        ...

    def couplings(self) -> list[Couple]:
        """Pairs of events of the last 48 hours that share a party within a day, the most telling first."""
        ...

    @property
    def arrivals(self) -> Arrivals:
        """How many articles came in when."""
        ...

    def life(self, event: Event) -> list[Step]:
        """Announced, under way, over; in order of time."""
        ...

    def strains(self, event: Event) -> list[Strain]:
        """Whom a visit strains: both its parties are their adversaries."""
        ...

    def book(self, one: str, other: str, since: datetime | None = None, until: datetime | None = None) -> Book:
        """Conflict and cooperation of two countries, side by side."""
        ...

    @property
    def corrections(self) -> Sequence[Correction]:
        """What has been split and merged, in the order it was said."""
        ...

    def split(self, event_id: str, article_ids: Iterable[str]) -> Correction:
        """Say that these of its articles are an event of their own.

        Durable when it returns. Raises CorrectionRefused, or StoreError when it cannot be kept."""
        ...

    def merge(self, event_ids: Sequence[str]) -> Correction:
        """Say that these events are one. Durable, and raises, as `split`."""
        ...

    def undo_correction(self, correction_id: str | None = None) -> Correction | None:
        """Take a split or merge back, the latest where none is named; None where there is none."""
        ...

    def events_of(self, article_id: str) -> list[Event]: ...

    def told_by(self, article_id: str) -> list[tuple[Event, Flag]]:
        """What the article tells: each of its flags, and the event that it belongs to."""
        ...

    def article_ids(self, query: ArticleQuery) -> list[str]:
        """Newest first by effective time; undated ones by first_seen."""
        ...

    def find_articles(self, query: ArticleQuery) -> Iterator[list[str]]:
        """The same in steps of a few milliseconds, a part at each, the first a screenful and more where there is so
        much; empty while something is made ready. What changes between two steps may be missed, or be there twice."""
        ...

    @property
    def article_count(self) -> int:
        """Articles of no ended month: what a query for everything finds."""
        ...

    @property
    def unread(self) -> int:
        """Those of them that are not marked read."""
        ...

    def article(self, article_id: str) -> Article | None: ...

    def place_name(self, place_id: str) -> str: ...

    def country_name(self, country: str) -> str: ...

    @property
    def names(self) -> Names: ...

    @property
    def filters(self) -> Sequence[SavedFilter]:
        """Of the configuration, then those saved, in that order; what a name says first holds."""
        ...

    def keep_filter(self, saved: SavedFilter) -> None:
        """Insert it, or replace the saved one of its name.

        Durable when it returns. Raises StoreError when it cannot be kept."""
        ...

    def remove_filter(self, name: str) -> None:
        """Of those saved, if it is there. As `keep_filter`."""
        ...

    def feed_rows(self) -> list[FeedRow]: ...

    def switch_feed(self, feed_id: str, enabled: bool, *, since: datetime | None = None) -> None:
        """Say that a feed is polled or is not, whatever the configuration says, from now or `since`. Its articles stay.

        Durable when it returns. Raises StoreError when it cannot be kept."""
        ...

    def mark(
        self,
        article_ids: Sequence[str],
        *,
        read: bool | None = None,
        starred: bool | None = None,
        note: str | None = None,
    ) -> None:
        """None leaves a mark as it is, and an empty note takes it away. Durable when it returns. Raises StoreError when
        it cannot be kept."""
        ...

    def mark_wrong(self, article_id: str, kind: Kind, wrong: bool) -> None:
        """Say that the article's flags of a kind are wrong, and count no more, or take that back.

        Durable when it returns. Raises StoreError when it cannot be kept."""
        ...

    def mark_missed(self, article_id: str, kind: Kind, missed: bool) -> None:
        """Say that the article tells something of a kind that no rule has seen, or take that back. It counts nowhere,
        and is there for whoever mends the rules.

        Durable when it returns. Raises StoreError when it cannot be kept."""
        ...

    def lacks_rules(self, lang: str) -> bool:
        """Are there, as far as is known, no rules for this language?"""
        ...

    def subscribe(self, changed: Callable[[int], None]) -> Callable[[], None]:
        """`changed(revision)` is called after each change, on the loop's thread; returns what ends it."""
        ...


class Polling(Protocol):
    """What a screen may ask of the poller."""

    def status(self) -> PollStatus: ...

    def next_poll(self) -> NextPoll:
        """To find it takes 1 ms among 500 feeds, a status next to nothing."""
        ...

    def pause(self, paused: bool) -> None: ...

    def poll_now(self, feed_id: str | None = None) -> None:
        """Poll this feed, or all of them, without waiting for our own intervals; a server's Retry-After holds. A feed
        that is gone is asked again where it is named."""
        ...

    async def run(self) -> None:
        """Poll until cancelled."""
        ...


class RuleKeeping(Protocol):
    """What a screen may ask of what keeps the rules fresh, and the articles classified by them."""

    def status(self) -> RulesStatus: ...

    def reload(self) -> None:
        """Read the rule packs again."""
        ...

    async def run(self, tell: Callable[[Notice], None]) -> None:
        """Until cancelled; `tell` hears what the user should know."""
        ...


class FullText(Protocol):
    """What a screen may ask of the web beyond the feeds: the page of one article, when the user wants it."""

    def kept(self, article: Article) -> Page | None:
        """As it was fetched before in this run."""
        ...

    async def fetch(self, article: Article) -> Page:
        """Fetch the page and find the article's text in it; what it needs ends with it where it is cancelled. Raises
        PageRefused."""
        ...


class Alerting(Protocol):
    """What a screen may ask of the alerts. What is changed is durable on return; raises StoreError where it cannot be
    kept."""

    def status(self) -> AlertStatus: ...

    def rules(self) -> Sequence[AlertRule]:
        """Of the configuration, in its order; disabled ones too."""
        ...

    def alerts(self, limit: int = 200) -> list[Alert]:
        """Newest first."""
        ...

    def deliveries(self, alert_id: str) -> list[Delivery]:
        """Of one alert, by channel."""
        ...

    def acknowledge(self, alert_ids: Sequence[str], *, seen: bool = True) -> None: ...

    def mutes(self) -> list[Mute]:
        """Those in force, the one that ends first first."""
        ...

    def mute(self, what: str, name: str, length: timedelta | None) -> Mute:
        """No alert of this feed, pair, region, rule or event for so long; None until it is taken back."""
        ...

    def unmute(self, mute_id: str) -> None: ...

    async def run(self, tell: Callable[[Raised], None]) -> None:
        """Raise what is to be raised and deliver it, until cancelled; `tell` hears of what is raised together, without
        what is withheld."""
        ...


class Outbox(Protocol):
    """Where deliveries that wait are sent from, kept in the store (`AlertRecords.open_deliveries`, `keep_delivery`)."""

    def wake(self) -> None:
        """There is something new to deliver."""
        ...

    async def run(self) -> None:
        """Deliver what is due, until cancelled."""
        ...

    async def flush(self) -> None:
        """Deliver what is due now; return once each has been tried."""
        ...
