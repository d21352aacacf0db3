"""What nobody wants to be told of for a while. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final, Literal, TypeAlias

from msgspec.structs import replace

from tensionwatch.alerts.records import Mute

What: TypeAlias = Literal["feed", "pair", "region", "rule", "event"]
WHATS: Final[tuple[What, ...]] = ("feed", "pair", "region", "rule", "event")


def pair_name(one: str, other: str) -> str:
    """`KOR-PRK` of two countries in either order."""
    return "-".join(sorted((one, other)))


def made(what: What, name: str, length: timedelta | None, now: datetime) -> Mute:
    """From now on, for so long; None until it is taken back."""
    made_of = f"{what} {name} {now.isoformat()}"
    return Mute(
        id=blake2b(made_of.encode(), digest_size=4).hexdigest(),
        what=what,
        name=name,
        at=now,
        until=now + length if length is not None else None,
    )


def taken_back(mute: Mute, now: datetime) -> Mute:
    """It stays, ended: what came while it was in force counts no more later."""
    return replace(mute, until=now)


def in_force(mute: Mute, now: datetime) -> bool:
    return mute.at <= now and (mute.until is None or now < mute.until)
