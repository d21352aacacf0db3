"""What is exchanged through the ports (ports.py): what is asked in which words, and the records that answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from tensionwatch.model import Feed, FeedState, Kind, Record, Region
from tensionwatch.reread import RulesInForce

if TYPE_CHECKING:  # 50 ms to import, which nobody who reads a configuration needs
    from tensionwatch.alerts.records import Alert

ELSEWHERE = "elsewhere"
"""Id of the region that holds the events of no configured one, so that none is out of sight."""


class Group(StrEnum):
    """The columns of the counters."""

    INCIDENT = "incident"
    VISIT = "visit"
    OTHER = "other"

    @classmethod
    def of(cls, kind: Kind) -> Group:
        return {Kind.BORDER_INCIDENT: cls.INCIDENT, Kind.DIPLOMATIC_VISIT: cls.VISIT}.get(kind, cls.OTHER)


class Window(StrEnum):
    """The stretches that counters look back over, ending now."""

    HOUR = "1h"
    DAY = "24h"
    WEEK = "7d"

    @property
    def length(self) -> timedelta:
        return {"1h": timedelta(hours=1), "24h": timedelta(days=1), "7d": timedelta(days=7)}[self.value]


class Known(StrEnum):
    """How much is known of what is kept, while it is read."""

    NOTHING = "nothing"
    NEWEST = "newest"
    """All counters as they are, and the newest events; of what is older nothing."""
    ALL = "all"


class Counts(Record, frozen=True, kw_only=True):
    """Events, the articles that tell them, and the independent voices among these; of a window those that happened
    and were told within it."""

    events: int = 0
    reports: int = 0
    publishers: int = 0


class RegionRow(Record, frozen=True, kw_only=True):
    region: Region
    counts: Mapping[Group, Mapping[Window, Counts]]
    """Complete: every group and window is there."""
    trend: tuple[int, ...]
    """Events that happened per half day over the last 7 days, oldest first: 14 numbers, all groups together."""
    last: datetime | None
    """Latest report of any of its events."""


class ArticleQuery(Record, frozen=True, kw_only=True):
    """Which articles; conditions are joined by `and`."""

    region: str | None = None
    """Id of a region, or ELSEWHERE: articles with a flag whose event lies there. What follows down to `place` is asked
    of the same event."""
    kind: Kind | None = None
    group: Group | None = None
    actor: str | None = None
    """A country, as are `recipient` and `country`, which is either of them."""
    recipient: str | None = None
    country: str | None = None
    pair: frozenset[str] | None = None
    """Both parties, in whichever part."""
    place: str | None = None
    """A gazetteer id."""
    flagged: bool = False
    """Only articles that carry a flag."""
    unread: bool = False
    starred: bool = False
    noted: bool = False
    """Only articles with a note."""
    feed: str | None = None
    publisher: str | None = None
    """A part of it, without regard to case."""
    lang: str | None = None
    """A BCP 47 tag in lower case, or the beginning of one: `en` is `en-GB` too."""
    since: datetime | None = None
    """Effective time at or after."""
    until: datetime | None = None
    """Effective time before. Alone it leads a screen to the newest 500 of the ended months before."""
    text: str = ""
    """For every word of it a word of title, summary or publisher begins so, without regard to case and accents; words
    in quotes stand so one after the other. Of more than 50,000 such articles a screen lists the newest 50,000."""
    without: tuple[ArticleQuery, ...] = ()
    """No article that one of these finds. They have none of their own."""


class Names(Record, frozen=True, kw_only=True):
    """Id → name of what a query can name."""

    regions: Mapping[str, str]
    """ELSEWHERE among them."""
    countries: Mapping[str, str]
    places: Mapping[str, str]
    feeds: Mapping[str, str]
    publishers: Sequence[str] = ()
    """Of the configured feeds, as are the languages."""
    langs: Sequence[str] = ()


class FeedRow(Record, frozen=True, kw_only=True):
    feed: Feed
    state: FeedState
    address: str
    """Where it is asked: its configured address, or that to which it has moved for good."""
    fresh: bool
    """It succeeded within max(2 × its interval, 1 h)."""


class RoundStatus(Record, frozen=True, kw_only=True):
    """From the first feed that was polled while no other was, to the last one's answer; then it stays as it ended."""

    total: int = 0
    """Feeds that are, or were, to be polled."""
    done: int = 0
    failed: int = 0
    """Of those done."""
    new: int = 0
    """Articles that came in."""

    @property
    def is_under_way(self) -> bool:
        return self.done < self.total


class PollStatus(Record, frozen=True, kw_only=True):
    paused: bool = False
    under_way: tuple[str, ...] = ()
    """Ids of the feeds being fetched right now."""
    round: RoundStatus = RoundStatus()
    trouble: str | None = None
    """What keeps polling as such from working ("the ingest process could not be started: …"), in words."""
    offline_since: datetime | None = None
    """From when on no server has answered; failures count nothing then."""
    reading: float | None = None
    """Share of the store that is read, where that is not known whole yet: nothing is polled until then."""
    follows: bool = False
    """Another process polls and keeps what is marked; here it is only shown, as it comes in."""
    collector: str = ""
    """Of that process: `pid 1234`; empty where there is none any more."""


class NextPoll(NamedTuple):
    at: datetime | None = None
    """When the next feed is due, or one is asked again while no server answers; None when none is."""
    feed: str | None = None


class RulesStatus(Record, frozen=True, kw_only=True):
    in_force: RulesInForce | None = None
    """None until the ingest process has said."""
    done: int = 0
    """Of `total` articles that are being classified again."""
    total: int = 0
    """0 while none are."""
    elsewhere: bool = False
    """Another process keeps them."""


class AlertStatus(Record, frozen=True, kw_only=True):
    unseen: int = 0
    """Alerts that nobody has acknowledged."""
    latest: Alert | None = None
    """Of these."""
    undelivered: int = 0
    """Messages that wait to be sent, or are tried again."""
    failed: int = 0
    """That were given up and have not been looked at."""
    mutes: int = 0
    """In force."""


class Page(Record, frozen=True, kw_only=True):
    """The text of the page that an article links to."""

    url: str
    """Where it came from, after redirects."""
    at: datetime
    """When."""
    text: str
    """Sanitised; a paragraph a line."""
    cut: bool = False
    """It was longer."""


class Notice(Record, frozen=True, kw_only=True):
    """Something that the user should know now."""

    text: str
    grave: bool = False
    """Something is wrong that the user can mend."""
