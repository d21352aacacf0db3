"""Which message goes out next, and what becomes of one that did not arrive. Pure; queue.py acts on it.

    waiting ──next_up──▶ sending ──arrived──▶ delivered
       ▲ ▲                 │ └──failed──┬──▶ waiting, tried again after 30 s, 1, 2, 5, 15 min, then hourly
       │ └─────────────────┼────────────┘
       │                   │              └──▶ failed: after 24 hours of that, or at once where no retry can help
       └──interrupted──────┘ the program ended meanwhile: nobody knows whether it arrived, and it is sent again

Each channel has a lane of its own, and a pace: where different messages fail one after another it is the channel that
is down, and a dead network costs one try every few minutes, however many messages wait. Only a few of them are tried
then, in turn: one that a channel refuses for itself holds up no other, and when the channel is back most of what waits
was never tried, and goes out as one digest.

No flood: a channel gets BURST messages at once and one a minute after that; more than it may get at once, or more than
DIGEST_OVER, become one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from msgspec.structs import replace

from tensionwatch.alerts.records import Delivery
from tensionwatch.model import Record

BACK_OFF: Final = tuple(timedelta(seconds=s) for s in (30, 60, 120, 300, 900, 3600))
"""After the first failure, the second …; the last one again and again."""
GIVE_UP_AFTER: Final = timedelta(hours=24)
TRIES_AT_LEAST: Final = 8
"""A laptop that was closed over a weekend has not tried for 24 hours: none is given up before these, 2.4 hours of a
running program."""
DIGEST_OVER: Final = 5
DOWN_AFTER: Final = 2
"""Different messages that fail in a row."""
PROBES: Final = 3
"""Messages that are tried, in turn, while a channel is down."""
SLOWEST: Final = timedelta(minutes=5)
"""A channel is tried again after that, where a message is due or new: what it refuses may be that one message."""
BURST: Final = 5
REFILL: Final = timedelta(minutes=1)

ENDED: Final = "the program ended while it was sent"


class Pace(Record, frozen=True, kw_only=True):
    """Of a channel, since the program began."""

    failures: int = 0
    """In a row."""
    failed: tuple[str, ...] = ()
    """Ids of the messages that did, each once."""
    not_before: datetime | None = None
    """After a failure."""
    back_since: datetime | None = None
    """When it last delivered after several failures: what failed before is due again."""
    full_at: datetime | None = None
    """When it may send BURST messages at once again, less one a REFILL before that."""

    @property
    def down(self) -> bool:
        return len(self.failed) >= DOWN_AFTER


# ------------------------------------------------------------------ what becomes of one


def begun(delivery: Delivery, now: datetime) -> Delivery:
    """To be kept before it is sent."""
    first = delivery.first_try or now
    return replace(delivery, state="sending", tries=delivery.tries + 1, first_try=first, next_try=None)


def arrived(delivery: Delivery, now: datetime) -> Delivery:
    return replace(delivery, state="delivered", reason=None, unsure=False, finished=now)


def failed(delivery: Delivery, reason: str, now: datetime, *, for_good: bool = False, unsure: bool = False) -> Delivery:
    """Of one that was begun."""
    unsure = unsure or delivery.unsure
    if for_good or _is_given_up(delivery, now):
        return replace(delivery, state="failed", reason=reason, unsure=unsure, finished=now)
    wait = _back_off(delivery.tries)
    return replace(delivery, state="waiting", reason=reason, unsure=unsure, next_try=now + wait)


def interrupted(delivery: Delivery) -> Delivery:
    """Of one that is found `sending`."""
    return replace(delivery, state="waiting", reason=ENDED, unsure=True, next_try=None)


def retried(delivery: Delivery) -> Delivery:
    """Of one that was given up: it waits as if it had never been tried."""
    return replace(delivery, state="waiting", tries=0, first_try=None, next_try=None, finished=None)


def _is_given_up(delivery: Delivery, now: datetime) -> bool:
    first = delivery.first_try or now
    return now - first >= GIVE_UP_AFTER and delivery.tries >= TRIES_AT_LEAST


def _back_off(failures: int) -> timedelta:
    return BACK_OFF[min(failures, len(BACK_OFF)) - 1]


# ------------------------------------------------------------------ the pace of a channel


def after_success(pace: Pace, now: datetime) -> Pace:
    back_since = now if pace.failures >= DOWN_AFTER else pace.back_since
    return replace(pace, failures=0, failed=(), not_before=None, back_since=back_since)


def after_failure(pace: Pace, delivery_id: str, now: datetime) -> Pace:
    failures = pace.failures + 1
    failed = tuple(dict.fromkeys((*pace.failed, delivery_id)))[:DOWN_AFTER]
    return replace(pace, failures=failures, failed=failed, not_before=now + min(_back_off(failures), SLOWEST))


def after_begin(pace: Pace, now: datetime) -> Pace:
    """One of the messages that it may send is being sent."""
    return replace(pace, full_at=max(pace.full_at or now, now) + REFILL)


def _room(pace: Pace, now: datetime) -> int:
    """How many messages it may send at once; one at least."""
    used = -(-max((pace.full_at or now) - now, timedelta(0)) // REFILL)
    return max(BURST - used, 1)


def open_at(pace: Pace, now: datetime) -> datetime:
    """From when on it may send."""
    filled = (pace.full_at or now) - REFILL * (BURST - 1)
    return max(now, filled, pace.not_before or now)


# ------------------------------------------------------------------ what is next


def next_up(waiting: Sequence[Delivery], pace: Pace, now: datetime) -> Delivery | None:
    """Of one channel's, in the order in which they came: that which is to be sent now; None where none is."""
    if open_at(pace, now) > now:
        return None
    ready = [delivery for delivery in waiting if _ready_at(delivery, pace, now) <= now]
    tried = [delivery for delivery in waiting if delivery.tries]
    if pace.down and len(tried) >= PROBES and any(not delivery.tries for delivery in ready):
        ready = tried
    return min(ready, key=lambda delivery: delivery.tries, default=None)


def next_time(waiting: Iterable[Delivery], pace: Pace, now: datetime) -> datetime | None:
    """When `next_up` is to be asked again; None where nothing waits."""
    times = [_ready_at(delivery, pace, now) for delivery in waiting]
    return max(min(times), open_at(pace, now)) if times else None


def digest(waiting: Sequence[Delivery], pace: Pace, now: datetime) -> tuple[Delivery, tuple[str, ...]] | None:
    """The message that is to stand in the place of others, and their ids; None where there are few.

    One that may have arrived stays as it is, under the id by which its receiver knows it. So does one that was tried
    while others came through: what is wrong with it is not to become wrong with all."""
    fit = [
        delivery
        for delivery in waiting
        if not delivery.unsure and (pace.down if delivery.tries else _ready_at(delivery, pace, now) <= now)
    ]
    if len(fit) <= min(DIGEST_OVER, _room(pace, now)):
        return None
    alerts = tuple(dict.fromkeys(alert for delivery in fit for alert in delivery.alerts))
    fresh = any(delivery.first_try is None for delivery in fit)
    latest = None if fresh else max(delivery.first_try for delivery in fit if delivery.first_try)
    one = Delivery(
        id=_id_of(fit[0].channel, alerts),
        channel=fit[0].channel,
        alerts=alerts,
        state="waiting",
        tries=min(delivery.tries for delivery in fit),
        first_try=latest,
        reason=next((delivery.reason for delivery in fit if delivery.reason), None),
    )
    return one, tuple(delivery.id for delivery in fit)


def _ready_at(delivery: Delivery, pace: Pace, now: datetime) -> datetime:
    if delivery.next_try is None:
        return now
    if (
        delivery.tries
        and pace.back_since is not None
        and delivery.next_try - _back_off(delivery.tries) < pace.back_since
    ):
        return now
    return delivery.next_try


def _id_of(channel: str, alerts: Iterable[str]) -> str:
    parts: Iterator[str] = (f"{len(part)}:{part}" for part in (channel, *alerts))
    return blake2b("".join(parts).encode(), digest_size=8).hexdigest()
