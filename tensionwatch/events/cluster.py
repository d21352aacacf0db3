"""From the flags of many articles to the events they report. Pure, and independent of the order of arrival.

    sightings ──block──▶ same family, realm and pair ──partition──▶ clusters ──merge──▶ Event

A *realm* keeps apart what cannot be one occurrence: what happens (actual, planned, off), what might
(hypothetical) and what once did (historical). Within a block the partition is one pass in order of (effective time,
article id): an incident gathers what is told within 36 hours of its first report and never spans more; a visit stays
open from its first announcement to 72 hours after the last report of it as actual; the other kinds take 36 hours.
Undated sightings have no place in time: those of one block are one event, which enters no window.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

from tensionwatch.model import Article, Event, Flag, State, Status

INCIDENT_SPAN = timedelta(hours=36)
VISIT_TAIL = timedelta(hours=72)
"""How long after the last report of it as actual a visit still gathers reports."""
PLAN_HORIZON = timedelta(days=60)
"""How long an announced visit waits for its arrival before a new announcement is another visit."""
CROSSING_CODES = ("X-CROSS", "X-AIR", "X-SEA")
"""Who crossed outranks who fired: shots at intruders are the response to their crossing."""


class Sighting(NamedTuple):
    """One flag of one article, not marked wrong."""

    article: str
    publisher: str
    at: datetime | None
    """Effective time."""
    first_seen: datetime
    flag: Flag

    @property
    def order(self) -> tuple[datetime, str]:
        return (self.at or self.first_seen, self.article)


class Block(NamedTuple):
    """What sightings must share to be of one event. Either side may be unknown."""

    family: str
    realm: str
    sides: frozenset[str]
    """Both countries, one, or none."""


def sightings_of(article: Article) -> list[Sighting]:
    return [
        Sighting(article.id, article.publisher, article.effective, article.first_seen, flag)
        for flag in article.standing
    ]


def block_of(flag: Flag) -> Block:
    realm = flag.status.value if flag.status in (Status.HYPOTHETICAL, Status.HISTORICAL) else "news"
    return Block(flag.kind.family, realm, frozenset(side for side in (flag.actor, flag.recipient) if side))


def partition(block: Block, sightings: Iterable[Sighting]) -> list[list[Sighting]]:
    """The sightings of one block, cut into occurrences; each in order of time."""
    ordered = sorted(sightings, key=lambda s: s.order)
    clusters: list[list[Sighting]] = []
    for sighting in (s for s in ordered if s.at is not None):
        if clusters and accepts(block.family, clusters[-1], sighting):
            clusters[-1].append(sighting)
        else:
            clusters.append([sighting])
    if undated := [s for s in ordered if s.at is None]:
        clusters.append(undated)
    return clusters


def accepts(family: str, cluster: Sequence[Sighting], sighting: Sighting) -> bool:
    """Is the sighting, by its time alone, of the occurrence that the cluster tells?"""
    first, at = cluster[0].at, sighting.at
    if first is None or at is None:
        return first is at
    if family != "visit":
        return timedelta() <= at - first <= INCIDENT_SPAN
    return at >= first and at <= _visit_closes(cluster)


def _visit_closes(cluster: Sequence[Sighting]) -> datetime:
    actual = [s.at for s in cluster if s.at and s.flag.status is Status.ACTUAL]
    if actual:
        return max(actual) + VISIT_TAIL
    return max(s.at for s in cluster if s.at) + PLAN_HORIZON


def merge(block: Block, cluster: Sequence[Sighting]) -> Event:
    """The event that a cluster tells. The id hangs on the article seen first, so that later ones do not change it."""
    ordered = sorted(cluster, key=lambda s: s.order)
    principal = _principal(ordered)
    times = [s.at for s in ordered if s.at is not None]
    seen_first = min(ordered, key=lambda s: (s.first_seen, s.article))
    name = "|".join((block.family, block.realm, *sorted(block.sides), seen_first.article))
    articles = tuple(dict.fromkeys(s.article for s in ordered))
    return Event(
        id=blake2b(name.encode(), digest_size=6).hexdigest(),
        family=block.family,
        kind=principal.kind,
        code=principal.code,
        status=_status(ordered),
        actor=principal.actor,
        recipient=principal.recipient,
        place=_commonest(s.flag.place for s in ordered if s.flag.place),
        people=tuple(name for name, _ in Counter(p for s in ordered for p in s.flag.people).most_common()),
        first_reported=min(times, default=None),
        last_reported=max(times, default=None),
        reports=len(articles),
        publishers=tuple(sorted({s.publisher for s in ordered})),
        states=_states(ordered),
        claims=tuple(dict.fromkeys(s.flag.claim for s in ordered if s.flag.claim)),
        recurrence=tuple(dict.fromkeys(s.flag.ordinal for s in ordered if s.flag.ordinal)),
        articles=articles,
    )


def _principal(ordered: Sequence[Sighting]) -> Flag:
    """The flag whose words stand for the event: of those that say it happened, of those that say who crossed, the
    side and code that most reports give; the earliest decides a tie."""
    told = [s for s in ordered if s.flag.status is Status.ACTUAL] or ordered
    told = [s for s in told if s.flag.code in CROSSING_CODES] or told
    whole = [s for s in told if s.flag.actor and s.flag.recipient] or told
    votes = Counter((s.flag.actor, s.flag.recipient, s.flag.code) for s in whole)
    best = max(votes.values())
    return next(s.flag for s in whole if votes[s.flag.actor, s.flag.recipient, s.flag.code] == best)


def _status(ordered: Sequence[Sighting]) -> Status:
    statuses = [s.flag.status for s in ordered]
    return Status.ACTUAL if Status.ACTUAL in statuses else statuses[-1]


def _states(ordered: Sequence[Sighting]) -> tuple[State, ...]:
    """The line of states: a new step wherever the reports' word changes."""
    states: list[State] = []
    for s in ordered:
        if not states or states[-1].status is not s.flag.status:
            states.append(State(status=s.flag.status, at=s.at, article=s.article))
    return tuple(states)


def _commonest(values: Iterable[str]) -> str | None:
    return next((value for value, _ in Counter(values).most_common(1)), None)
