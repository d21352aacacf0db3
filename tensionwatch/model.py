"""The records that everything else speaks of: frozen, typed, without behaviour that needs the outside world.

    Feed ──fetch──▶ Fetched(Entry + Flags) ──decide──▶ Batch(Article, FeedState) ──cluster──▶ Event

All times are aware datetimes in UTC. Countries are ISO 3166 alpha-3, with EUR, NATO, IGO and XKX beside them.
Unknown is None, never a guess. Records are `msgspec.Struct`s out of the garbage collector's sight (`gc=False`):
at 100,000 articles its pauses reached 449 ms. `to_json` and `from_json` give the wire form, whose JSON Schemas
lie in docs/schema.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, TypeVar

import msgspec

SCHEMA_VERSION = 3
"""Version of the records below; part of every schema in docs/schema and of the store (store/migrations.py)."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """Base of all records."""


class Kind(StrEnum):
    """What a flag or an event is of (CAMEO and PLOVER name the codes within)."""

    BORDER_INCIDENT = "border_incident"
    DIPLOMATIC_VISIT = "diplomatic_visit"
    ARMED_ATTACK = "armed_attack"
    MILITARY_POSTURE = "military_posture"
    MILITARY_COOPERATION = "military_cooperation"
    ARMS_TRANSFER = "arms_transfer"
    WEAPONS_TEST = "weapons_test"
    SANCTIONS = "sanctions"
    THREAT = "threat"
    DIPLOMATIC_PROTEST = "diplomatic_protest"
    TALKS = "talks"

    @property
    def family(self) -> str:
        """`incident`, `visit`, or the kind itself: flags of one family and one pair may be one event."""
        return _FAMILY.get(self, self.value)


_FAMILY = {Kind.BORDER_INCIDENT: "incident", Kind.DIPLOMATIC_VISIT: "visit"}


class Status(StrEnum):
    """Whether it happened. Only `actual` counts; the others are shown with their word."""

    ACTUAL = "actual"
    PLANNED = "planned"
    OFF = "off"
    HYPOTHETICAL = "hypothetical"
    HISTORICAL = "historical"


# ------------------------------------------------------------------ what is watched


class Header(Record, frozen=True):
    """A header that a feed's requests carry. What is sent may be a secret: no repr shows it."""

    name: str
    value: str
    """`env:NAME` in it stands for what the environment has under that name when the request is made."""

    def __repr__(self) -> str:
        return f"Header({self.name!r}, …)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """What Textual shows of it where it crashes."""
        return [("name", self.name)]


class Login(Record, frozen=True):
    """User and password of HTTP basic authentication; `env:NAME` as in a header. No repr shows them."""

    user: str
    password: str

    def __repr__(self) -> str:
        return "Login(…)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


class Feed(Record, frozen=True, kw_only=True):
    """A feed as configured."""

    id: str
    """Stable and made once by the user: articles and state hang on it, the address may change."""
    url: str
    name: str
    publisher: str
    """Whose voice it is: reports of one publisher count once. Default: the registrable domain of `url`."""
    lang: str = "en"
    """BCP 47 language tag; chooses the rule pack."""
    tags: tuple[str, ...] = ()
    interval: float | None = None
    """Seconds between polls; None takes the configured default."""
    enabled: bool = True
    allow_private: bool = False
    """May its address resolve to loopback, link-local or private ranges?"""
    headers: tuple[Header, ...] = ()
    auth: Login | None = None
    """Sent, as `headers` are, to the origin of `url` alone: a redirect leads to other people."""
    user_agent: str | None = None
    """None takes the configured default."""


class Region(Record, frozen=True, kw_only=True):
    """A named set of countries and pairs to watch."""

    id: str
    name: str
    countries: frozenset[str] = frozenset()
    dyads: frozenset[frozenset[str]] = frozenset()
    """Unordered pairs that belong to it though not both parties are among its countries."""
    tags: tuple[str, ...] = ()
    """Of the feeds that its news is looked for in; all where there are none."""


# ------------------------------------------------------------------ what a feed says


class Link(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A link within a text, its words plain. Its JSON form is the array [words, url]."""

    words: str
    url: str
    """Absolute, http or https."""


class Entry(Record, frozen=True, kw_only=True):
    """One entry as a feed says it, sanitised: plain text, no markup, no control characters."""

    entry_id: str | None
    """The feed's own id (guid, atom:id, rdf:about), or None."""
    link: str | None
    title: str
    summary: str
    published: datetime | None
    """As the feed says, even in the future; None when it says nothing readable."""
    cut: bool = False
    """True when title or summary was longer than the cap and has been cut."""
    links: tuple[Link, ...] = ()
    """Within the summary, in its order; the entry's own is not among them."""
    breaks: tuple[int, ...] = ()
    """Offsets in the summary, in code points, at which its later paragraphs begin."""


class Evidence(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The words that made a rule fire, and where they stand. Its JSON form is the array [field, start, end, words]."""

    field: Literal["title", "summary"]
    start: int
    """Offset in code points into the stored field."""
    end: int
    words: str
    """`field[start:end]`."""


class Toll(Record, frozen=True, kw_only=True):
    killed: int | None = None
    wounded: int | None = None


class Claim(Record, frozen=True, kw_only=True):
    """Who says so."""

    by: str | None
    """A country, or None where the text names none."""
    stance: Literal["claimed", "denied", "confirmed"]


class Ordinal(Record, frozen=True, kw_only=True):
    """The text's own count: "the second crossing in recent weeks" is count 2, scope "in recent weeks", of "crossing".
    A superlative is a rank too: "deadliest attack in a decade" is count 1 with the quality "deadliest"."""

    count: int
    """The rank."""
    scope: str | None
    """The stretch of time counted over, in the text's words; None when it gives none."""
    words: str
    """All the words: "second crossing in recent weeks"."""
    of: str | None = None
    """What is counted: of border incidents `crossing`, `airspace`, `waters`, `fire`, or `incident` for all of them;
    `visit`, `abroad` (to any country), `meeting`; `attack`, `test`, `talks` …; None where that is not known."""
    quality: str | None = None
    """The superlative, in lower case; None for a plain count."""
    narrowed: str | None = None
    """Words that narrow it to what no record tells apart: "state", "by a US president"."""


class Flag(Record, frozen=True, kw_only=True):
    """What one rule saw in one entry: who did what to whom, where, and whether it happened."""

    kind: Kind
    status: Status
    code: str
    """CAMEO code, or ours where CAMEO has none: X-CROSS, X-AIR, X-SEA, X-TEST."""
    actor: str | None
    """Visitor; or the side that crossed or fired."""
    recipient: str | None
    """Host; or the side that was crossed or fired at."""
    place: str | None
    """A gazetteer id."""
    people: tuple[str, ...] = ()
    toll: Toll | None = None
    claim: Claim | None = None
    ordinal: Ordinal | None = None
    rule: str
    """Id of the rule: `visit.arrive`."""
    rules_version: str
    """Fingerprint of the packs in force."""
    evidence: tuple[Evidence, ...]


# ------------------------------------------------------------------ between the two processes


class ReadEntry(Record, frozen=True, kw_only=True):
    """An entry that the ingest process has not seen before, with what the rules say of it."""

    entry: Entry
    hash: str
    """Of what the feed sent for it; see FeedState.seen."""
    flags: tuple[Flag, ...]


class FetchRequest(Record, frozen=True, kw_only=True):
    """What the ingest process needs to know to poll one feed."""

    feed: Feed
    etag: str | None
    last_modified: str | None
    body_hash: str | None
    seen: tuple[str, ...]
    """Hashes of the entries already known: they fall away before the rules see them."""


class Fetched(Record, frozen=True, kw_only=True):
    """What came of polling one feed once."""

    feed: str
    at: datetime
    """When the answer was complete."""
    result: Literal["ok", "unchanged", "failed", "gone"]
    """`gone` is HTTP 410: the feed is not asked again."""
    reason: str | None = None
    """Why it failed, or what is doubtful about an `ok` ("truncated: 4 entries kept"), in words for the user."""
    http_status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    retry_after: float | None = None
    """Seconds that the server asked us to stay away."""
    floor: float | None = None
    """Seconds for which the server's headers call the answer fresh (max-age, Expires); None where they do not say."""
    feed_floor: float | None = None
    """Seconds under which the feed itself asks not to be polled again (ttl, sy:*); unknown unless `ok`."""
    skip_hours: tuple[int, ...] = ()
    """Hours of the day, UTC, in which the feed asks not to be polled; unknown unless `ok`."""
    skip_days: tuple[int, ...] = ()
    """The same of days of the week, 0 for Monday."""
    unreachable: bool = False
    """It failed without an answer: no such host, no connection, out of time. When all do at once, we are offline."""
    moved_to: str | None = None
    """The target of a permanent redirect."""
    proxied: bool = False
    """It came through a proxy: the names on its way were checked, not the addresses that they resolve to."""
    feed_title: str | None = None
    format: str | None = None
    """feedparser's version word: rss20, atom10, rss10 …"""
    entries: tuple[ReadEntry, ...] = ()
    """The new ones, in the feed's order."""
    seen: tuple[str, ...] = ()
    """Hashes of all entries in the body, known and new; empty unless `ok`."""
    rules_version: str = ""
    """Of the rules that classified `entries`."""
    elapsed: float = 0.0
    """Seconds from request to parsed."""


# ------------------------------------------------------------------ what is kept


class Revision(Record, frozen=True, kw_only=True):
    """An earlier wording of an article whose feed has since changed it."""

    replaced: datetime
    title: str
    summary: str


class Sighting(Record, frozen=True, kw_only=True):
    """Another feed of the publisher shows the article too."""

    feed: str
    entry_id: str | None
    first_seen: datetime
    same_words: bool
    """It has shown the article's words: what it says otherwise later is an edit, and not its own wording."""


class Article(Record, frozen=True, kw_only=True):
    """An entry that is kept."""

    id: str
    """Stable across polls, restarts and edited titles."""
    feed: str
    publisher: str
    entry_id: str | None
    link: str | None
    title: str
    summary: str
    published: datetime | None
    """As the feed said it, even in the future."""
    first_seen: datetime
    effective: datetime | None
    """The time that windows and counters use: the earlier of published and first_seen; None (in no window) for an
    undated entry of a feed's first fetch."""
    lang: str
    flags: tuple[Flag, ...] = ()
    """All that the rules see in it; `standing` are those that count."""
    links: tuple[Link, ...] = ()
    """Within the summary; see Entry. Articles kept by older versions have none, nor breaks."""
    breaks: tuple[int, ...] = ()
    classified: str = ""
    """Version of the rules that last looked at it, whether they flagged it or not; empty where that is not known."""
    revisions: tuple[Revision, ...] = ()
    """Oldest first."""
    sightings: tuple[Sighting, ...] = ()
    """In other feeds than `feed`, in the order in which they were seen there."""
    read: bool = False
    starred: bool = False
    note: str | None = None
    wrong: tuple[Kind, ...] = ()
    """Kinds of which the user says that it is none of them: no flag of these counts, whatever rules come."""
    missed: tuple[Kind, ...] = ()
    """Kinds of which the user says that it tells one that happened, and no rule has seen it. They raise no flag."""
    imported: datetime | None = None
    """When an archive brought it in: the days that it is kept count from then. None where a feed showed it."""

    @property
    def feeds(self) -> tuple[str, ...]:
        """All that show it, the first that did first."""
        return (self.feed, *(sighting.feed for sighting in self.sightings)) if self.sightings else (self.feed,)

    @property
    def standing(self) -> tuple[Flag, ...]:
        """Its flags without those that the user has marked wrong."""
        return tuple(flag for flag in self.flags if flag.kind not in self.wrong) if self.wrong else self.flags


class FeedState(Record, frozen=True, kw_only=True):
    """What is remembered of a feed between polls and restarts."""

    feed: str
    url: str
    """The address it was last polled at: a changed address drops the validators below."""
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    seen: tuple[str, ...] = ()
    """Hashes of entries known: those of the last good body first, then the last before them, up to a cap."""
    last_checked: datetime | None = None
    last_success: datetime | None = None
    next_check: datetime | None = None
    """None means now."""
    next_reason: str | None = None
    """Why then, in words: "every 15m", "server asked for 2h", "failed 3 times"."""
    not_before: datetime | None = None
    """A server's Retry-After: holds even where our own intervals are left out."""
    failures: int = 0
    """In a row."""
    result: Literal["ok", "unchanged", "failed", "gone"] | None = None
    reason: str | None = None
    http_status: int | None = None
    format: str | None = None
    feed_title: str | None = None
    articles: int = 0
    """Seen in it and kept so far; one that two feeds show counts in both."""
    newest: datetime | None = None
    """Latest effective time among its articles."""
    elapsed: float | None = None
    """Seconds that the last poll took."""
    proxied: bool = False
    """The last good answer came through a proxy; see Fetched."""
    response_times: tuple[float, ...] = ()
    """Seconds of the last polls that were answered, oldest first."""
    floor: float | None = None
    """Seconds for which the server calls the last good answer fresh; a 304 that does not say leaves it as it was."""
    feed_floor: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    """What the feed itself asks for, as its last good body said; see Fetched."""
    interval: float | None = None
    """Seconds of our own interval in use, before what server and feed ask for; None before the first answer."""
    watched_since: datetime | None = None
    """When a poll was first good; from then on what it publishes is observed."""
    last_new: datetime | None = None
    """When a poll last brought something new; `watched_since` before that."""
    gaps: tuple[int, ...] = ()
    """Seconds between the latest polls that brought something new, oldest first."""
    usual_gap: float | None = None
    """Seconds that usually lie between two polls that bring something new; None until that is known."""
    arrived: int = 0
    """Entries that were new since `watched_since`."""
    entries_a_day: float | None = None
    """New ones, lately; None until that is known."""
    week: tuple[int, ...] = ()
    """Entries that were new on each of seven UTC days up to that of the last good answer, oldest first; fewer where it
    has not been watched so long."""
    flagged: int = 0
    """Of `articles`, those with a flag when they came."""
    moved_to: str | None = None
    moved_since: datetime | None = None
    publishers: tuple[str, ...] = ()
    """Whose voice it was when it was polled, the latest first: more than one where its configuration has changed."""
    recent: str = ""
    """What came of the last polls, a letter each, oldest first: the first letters of `result`."""
    switched: bool | None = None
    """Whether it is polled, as the user has said by hand; None goes by the configuration."""
    switched_at: datetime | None = None
    """When that was said."""

    def week_to(self, at: datetime) -> tuple[int, ...]:
        """`week` as of then: the days since the last good answer have brought nothing."""
        if not self.week or self.last_success is None:
            return ()
        passed = (at.date() - self.last_success.date()).days
        return (*self.week, *(0,) * min(max(passed, 0), 7))[-7:]


# ------------------------------------------------------------------ what happened


class State(Record, frozen=True, kw_only=True):
    """One step in the life of an event."""

    status: Status
    at: datetime | None
    """Effective time of the first report that says so."""
    article: str
    publisher: str = ""


class Said(Record, frozen=True, kw_only=True):
    """A side's word on an event: it claims, denies or confirms."""

    by: str | None
    """A country, or None where the text names none."""
    stance: Literal["claimed", "denied", "confirmed"]
    at: datetime | None
    """Effective time of the first report of it."""
    articles: tuple[str, ...]
    """That report it, in order of time."""


class Recurrence(Record, frozen=True, kw_only=True):
    """A text's own count, and what the ledger has to say to it."""

    ordinal: Ordinal
    articles: tuple[str, ...]
    """That count so, in order of time."""
    ours: int | None = None
    """How many events we have of what is counted in that stretch of time, this one included, those no record tells
    apart with them; None until held against the ledger."""
    earlier: tuple[str, ...] = ()
    """Ids of the others, oldest first."""
    days: float | None = None
    """From the first of them to this one."""
    by: str | None = None
    """Whose visits alone are counted, where the texts name who travels."""
    surpassed: tuple[str, ...] = ()
    """Of a "deadliest": ids of those of `earlier` that killed more."""
    says: str = ""
    """In words: "source says 2nd in recent weeks; we have 2, 12 days apart"."""


class Coupling(Record, frozen=True, kw_only=True):
    """Another event with a shared party, at most a day apart."""

    event: str
    shared: tuple[str, ...]
    """Countries."""
    hours: float
    """From this one to the other; negative when that came first."""
    reason: str
    """In words: "shares PRK: visit RUS→PRK, 3 h earlier"."""


class Event(Record, frozen=True, kw_only=True):
    """One occurrence, however many outlets report it."""

    id: str
    aliases: tuple[str, ...] = ()
    """Ids of the events that an analyst has merged into it."""
    family: str
    kind: Kind
    code: str
    status: Status
    """Of the thing itself: `actual` once any report says it happened; a visit that more reports call off is `off`."""
    actor: str | None
    recipient: str | None
    place: str | None
    people: tuple[str, ...] = ()
    toll: Toll | None = None
    """The highest that a report says happened."""
    first_reported: datetime | None
    """Effective time of the earliest report; None when all are undated."""
    last_reported: datetime | None
    closes: datetime | None = None
    """Until when it gathers reports: an incident 36 hours from its first, a visit 72 from the last that says it is
    under way; then it is over."""
    reports: int
    """Articles that tell it."""
    publishers: tuple[str, ...]
    """The independent voices among them, sorted: of near-copies, whoever had the words first."""
    carriers: tuple[str, ...] = ()
    """Publishers that only carry words of others, sorted."""
    copies: dict[str, str] = {}
    """Article → the publisher whose words it carries; those that carry their own are left out."""
    states: tuple[State, ...]
    """In order of time."""
    claims: tuple[Said, ...] = ()
    recurrence: tuple[Recurrence, ...] = ()
    """What its texts say of how often it has happened."""
    coupled: tuple[Coupling, ...] = ()
    """Filled in where one event is asked for; empty in lists."""
    not_coupled: int = 0
    """Others that share a party within a day, left out of `coupled` because it holds the nearest alone."""
    corrected: bool = False
    """Split or merged by an analyst."""
    articles: tuple[str, ...]
    """Ids, in order of (effective time, id)."""

    @property
    def happened(self) -> datetime | None:
        """When it first counted as having happened; None while it has not, or when that is undated."""
        if self.status is not Status.ACTUAL:
            return None
        return next((s.at for s in self.states if s.status is Status.ACTUAL), None)

    @property
    def when(self) -> datetime | None:
        """When it happened, else when it was first told of; None when that is undated."""
        return self.happened or self.first_reported

    @property
    def sides(self) -> frozenset[str]:
        return frozenset(side for side in (self.actor, self.recipient) if side is not None)


class Telling(Record, frozen=True, kw_only=True):
    """What articles have changed in the events."""

    version: int
    """Of the code that makes events of articles; see events/told.py."""
    events: tuple[Event, ...] = ()
    """New or told otherwise, whole; without what other events say to them (couplings, counts held against others)."""
    gone: tuple[str, ...] = ()
    """Ids of events that are no more."""
    ranks: dict[str, tuple[tuple[str, int], ...]] = {}
    """Of those of `events` that other flags than the first of their family in each of their articles tell: event →
    (article, which of its standing flags of the family)."""
    near: dict[str, tuple[str, ...]] = {}
    """Article → those that are near-copies of it now, sorted."""


class Correction(Record, frozen=True, kw_only=True):
    """An analyst's word on what is one event and what is not. It hangs on articles, so that it outlives new rules."""

    id: str
    at: datetime
    """When it was made; later ones are carried out on what earlier ones have made."""
    act: Literal["split", "merge"]
    family: str
    sides: tuple[str, ...]
    """The event's known parties then, sorted: they tell which flag is meant where an article has several."""
    groups: tuple[tuple[str, ...], ...]
    """A split names the articles that are an event of their own, then those that they were taken from; a merge names
    the articles of each event that is one with the others."""


class SavedFilter(Record, frozen=True, kw_only=True):
    """A line of the filter language under a name: a tab above the articles."""

    name: str
    query: str
    """As it was typed: `since:7d` counts from whenever one looks."""
    saved: datetime | None = None
    """When; None for one of the configuration."""


class Bloc(Record, frozen=True, kw_only=True):
    """Countries that stand together: a visit between two adversaries of any of them is strain for all."""

    id: str
    name: str
    members: frozenset[str]


# ------------------------------------------------------------------ what is committed


class Batch(Record, frozen=True, kw_only=True):
    """One commit: lands whole or not at all."""

    articles: tuple[Article, ...] = ()
    """New or changed, whole."""
    feed_states: tuple[FeedState, ...] = ()
    new: int = 0
    """How many of `articles` are new."""
    told: Telling | None = None
    """What `articles` change in the events; None where that is not known yet."""


class Change(Record, frozen=True, kw_only=True):
    """What a commit did."""

    revision: int
    articles: tuple[str, ...]
    feeds: tuple[str, ...]


# ------------------------------------------------------------------ the wire form

R = TypeVar("R", bound=msgspec.Struct)


def to_json(record: msgspec.Struct) -> dict[str, Any]:
    """The record as JSON-ready builtins: enums as words, times as ISO 8601 with Z."""
    built: dict[str, Any] = msgspec.to_builtins(record)
    return built


def from_json(cls: type[R], data: Any) -> R:
    """The record from builtins. Raises msgspec.ValidationError naming the path that is wrong."""
    return msgspec.convert(data, cls)
