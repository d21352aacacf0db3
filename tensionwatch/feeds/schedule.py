"""When a feed is asked again, and where. Pure: time and chance are passed in.

    good answer      the longest of: our interval (spread by jitter), the server's or feed's floor, Retry-After
    failure          a minute (or our interval, if shorter), then twice that, and so on up to max(interval, 6 h)
    HTTP 410         never

A server's Retry-After holds in every case, also where the user asks for a poll at once.

An address that has answered with a permanent redirect for a week is asked no more: its target is, as long as that
works.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from tensionwatch.model import Feed, FeedState, Fetched, Record

FIRST_RETRY: Final = 60.0
LONGEST_BACKOFF: Final = 6 * 3_600.0
LONGEST_FLOOR: Final = 24 * 3_600.0
"""A max-age or ttl above this is taken for a mistake."""
LONGEST_RETRY_AFTER: Final = 7 * 24 * 3_600.0
"""All in seconds."""

ADOPTED_AFTER: Final = timedelta(days=7)
"""Longer than a hotel's or an office's network, which redirect everything, is borne with."""
GIVEN_UP_AFTER: Final = 3
"""Failures of an adopted address until the configured one is asked again."""


class NextCheck(Record, frozen=True):
    """When to ask again, and why then."""

    at: datetime | None
    """None means never."""
    reason: str
    """In words: "every 15m", "server asked for 2h", "failed 3 times"."""
    not_before: datetime | None
    """End of a server's Retry-After; None when it sent none."""


def is_due(state: FeedState, now: datetime, *, everything: bool = False) -> bool:
    """May the feed be asked now? `everything` leaves out our own intervals; Retry-After and `gone` hold."""
    if state.result == "gone" or (state.not_before and now < state.not_before):
        return False
    return everything or state.next_check is None or state.next_check <= now


def address(feed: Feed, state: FeedState, now: datetime) -> str:
    """Where the feed is asked: its configured address, or that to which it has moved for good."""
    if state.moved_to is None or state.moved_since is None or now - state.moved_since < ADOPTED_AFTER:
        return feed.url
    return state.moved_to if state.url == feed.url and state.failures < GIVEN_UP_AFTER else feed.url


def next_check(*, interval: float, fetched: Fetched, failures: int, jitter: float, share: float) -> NextCheck:
    """When the feed is asked again after `fetched`.

    `interval` is in seconds; `failures` counts those in a row, this one too; `jitter` in [-1, 1] moves the check by
    up to `share` of the wait.
    """
    if fetched.result == "gone":
        return NextCheck(None, "gone: not asked again", None)
    failed = fetched.result == "failed"
    own = _backoff(interval, failures) if failed else interval
    asked = max(min(fetched.floor or 0.0, LONGEST_FLOOR), _retry_after(fetched))
    wait = max(own * (1 + jitter * share), asked)
    reason = f"server asked for {_words(asked)}" if asked > own else _own_reason(failed, own, failures)
    not_before = fetched.at + timedelta(seconds=_retry_after(fetched)) if fetched.retry_after else None
    return NextCheck(fetched.at + timedelta(seconds=wait), reason, not_before)


def _backoff(interval: float, failures: int) -> float:
    first = min(FIRST_RETRY, interval)
    return min(first * 2.0 ** min(max(failures, 1) - 1, 30), max(interval, LONGEST_BACKOFF))


def _retry_after(fetched: Fetched) -> float:
    return min(fetched.retry_after or 0.0, LONGEST_RETRY_AFTER)


def _own_reason(failed: bool, seconds: float, failures: int) -> str:
    if not failed:
        return f"every {_words(seconds)}"
    return "failed once" if failures <= 1 else f"failed {failures} times"


def _words(seconds: float) -> str:
    """`15m`, `2h`, `1h 30m`, `45s`: the two largest units."""
    left = max(round(seconds), 1)
    parts = []
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, left = divmod(left, length)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2])
