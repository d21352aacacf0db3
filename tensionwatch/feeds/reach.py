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


class Reach:
    """Who was silent since the last answer from anybody."""

    def __init__(self) -> None:
        self._silent: dict[str, str] = {}
        """Feed → host."""
        self._was_well: set[str] = set()

    def answered(self) -> None:
        """A server has answered something, be it an error: the network works."""
        self._silent.clear()
        self._was_well.clear()

    def silent(self, feed_id: str, host: str, *, was_well: bool) -> None:
        """A feed's server did not answer. Feeds that have failed before say little about the network."""
        self._silent[feed_id] = host
        if was_well:
            self._was_well.add(feed_id)

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
