"""One flag of one article, as the clustering sees it. Pure.

A *realm* keeps apart what cannot be one occurrence: what happens (actual, planned, off), what might (hypothetical)
and what once did (historical).
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from tensionwatch.events.people import acts_for
from tensionwatch.model import Article, Flag, Status

Order = tuple[datetime, str, int]
"""Effective time, article id, and which of the article's flags: the order in which a block is passed through."""


class Sighting(NamedTuple):
    """One flag of one article, not marked wrong."""

    article: str
    publisher: str
    at: datetime | None
    """Effective time."""
    first_seen: datetime
    flag: Flag
    rank: int = 0
    """Which of the article's standing flags of its family."""

    @property
    def order(self) -> Order:
        return (self.at or self.first_seen, self.article, self.rank)

    @property
    def own_id(self) -> str:
        """The id of an event that this sighting is the first of."""
        return id_of(self.flag.kind.family, self.article, self.rank)


def id_of(family: str, article: str, rank: int) -> str:
    """The id of an event that this flag of the article is the first report of."""
    name = f"{family}|{article}" + (f"|{rank}" if rank else "")
    return blake2b(name.encode(), digest_size=6).hexdigest()


class Block(NamedTuple):
    """What sightings must share to be of one event. Either side may be unknown."""

    family: str
    realm: str
    sides: frozenset[str]
    """Both countries, one, or none."""


def sightings_of(article: Article) -> list[Sighting]:
    ranks: dict[str, int] = {}
    found = []
    for flag in article.standing:
        rank = ranks[flag.kind.family] = ranks.get(flag.kind.family, -1) + 1
        found.append(Sighting(article.id, article.publisher, article.effective, article.first_seen, flag, rank))
    return found


def sides_of(flag: Flag) -> frozenset[str]:
    return frozenset(side for side in (flag.actor, flag.recipient) if side)


def block_of(flag: Flag) -> Block:
    realm = flag.status.value if flag.status in (Status.HYPOTHETICAL, Status.HISTORICAL) else "news"
    return Block(flag.kind.family, realm, sides_of(flag))


def is_loose(sighting: Sighting) -> bool:
    """Is it laid to the best match, rather than passed through its block? So are reports that leave a side open, and
    doubts about a visit ("may not go"), where there is one to doubt."""
    block = block_of(sighting.flag)
    if sighting.at is None or block.realm == Status.HISTORICAL.value:
        return False
    doubt = block.family == "visit" and block.realm == Status.HYPOTHETICAL.value
    return doubt or (block.realm == "news" and len(block.sides) < 2)


def travellers(flag: Flag, side: str | None) -> frozenset[str]:
    """Of the people that a flag names those who may act for this side: known to, or not known to act for the other."""
    other = flag.recipient if side == flag.actor else flag.actor
    return frozenset(
        p for p in flag.people if acts_for(p, side) or not (acts_for(p, side) is False or acts_for(p, other))
    )
