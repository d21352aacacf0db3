"""Is it a server that does not answer, or are we offline? Pure.

A feed that fails is asked less and less often. When all fail at once because a cable is out, that would be wrong for
each of them, so whoever does not answer is only written down here until it is known whether anybody does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

FEEDS_SILENT: Final = 3
HOSTS_SILENT: Final = 2
"""So many that were well before must be silent, with no answer from anybody in between, and of so many hosts: one that
is down takes all its feeds along, and a loopback demo or a local proxy is one host."""
RECENT: Final = 5.0
"""Seconds: who is asked within these of an answer, and does not give one, is to blame himself. So are those who take
longest to fail of many that are asked together."""


class Reach:
    """Who was silent since the last answer from anybody. Moments are in seconds of any one clock that never jumps."""

    def __init__(self) -> None:
        self._answered_at = -RECENT
        self._silent: dict[str, str] = {}
        """Feed → host."""
        self._was_well: set[str] = set()
        """Feeds that were silent and were well before, as far as is known of their hosts too."""
        self._down: set[str] = set()
        """Hosts that were silent while others answered."""

    def answered(self, host: str, at: float) -> None:
        """A server has answered something, be it an error: the network works, and who was silent is down."""
        self._down |= set(self._silent.values())
        self._down.discard(host)
        self._silent.clear()
        self._was_well.clear()
        self._answered_at = at

    def silent(self, feed_id: str, host: str, *, asked_at: float, was_well: bool) -> bool:
        """A feed's server did not answer: is it known to be to blame, since others did meanwhile?

        Feeds that have failed before, or whose host has, say little about the network."""
        if asked_at < self._answered_at + RECENT:
            self._down.add(host)
            return True
        self._silent[feed_id] = host
        if was_well and host not in self._down:
            self._was_well.add(feed_id)
        return False

    def nobody_answers(self, enabled: Iterable[str]) -> bool:
        """Does it look as if we were offline? `enabled` are the ids of all feeds that are polled: when all of them are
        silent it takes no three that were well."""
        ids = set(enabled)
        by_all = bool(ids) and ids <= self._silent.keys() and self._hosts(ids) >= HOSTS_SILENT
        return by_all or (len(self._was_well) >= FEEDS_SILENT and self._hosts(self._was_well) >= HOSTS_SILENT)

    def _hosts(self, feed_ids: Iterable[str]) -> int:
        return len({self._silent[feed_id] for feed_id in feed_ids})


def host_of(url: str) -> str:
    """`host`, or `host:port` where a port is named: http and https of one host are one server to be kind to."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()
