"""Which feeds are polled: as the configuration says, unless the user has said otherwise by hand.

    configured feeds ─┐
    FeedState.switched┴▶ feeds (`enabled` as it is in force) ─▶ poller, screen, coverage of the regions

What was said by hand lies in the store, with the rest that is remembered of the feed: the user's file is the user's,
and may be one that cannot be written, or that there is none of. It is dropped where it says what the configuration
says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from tensionwatch.health import feeds_of
from tensionwatch.model import Batch, Feed, FeedState, Region
from tensionwatch.store import Store


class Switches:
    """Feeds as they are in force, and those of each region. Kept between changes: a poller asks for every feed that
    has answered, and 500 of them take 0.1 ms to go through."""

    def __init__(self, store: Store, feeds: Sequence[Feed], regions: Sequence[Region]) -> None:
        self._store = store
        self._configured = {feed.id: feed for feed in feeds}
        self._regions = regions
        self._feeds: tuple[Feed, ...] | None = None
        self._feeds_of: Mapping[str, frozenset[str]] | None = None

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """All of them, in the order of the configuration."""
        if self._feeds is None:
            self._feeds = tuple(map(self._in_force, self._configured.values()))
            self._feeds_of = None
        return self._feeds

    @property
    def feeds_of(self) -> Mapping[str, frozenset[str]]:
        """Region → ids of its feeds."""
        feeds = self.feeds
        if self._feeds_of is None:
            self._feeds_of = {region.id: feeds_of(region, feeds) for region in self._regions}
        return self._feeds_of

    def _in_force(self, feed: Feed) -> Feed:
        state = self._store.feed_state(feed.id)
        if state is None or state.switched is None or state.switched == feed.enabled:
            return feed
        return replace(feed, enabled=state.switched)

    def switch(self, state: FeedState, enabled: bool, since: datetime) -> None:
        """Keep, durably, that the feed of this state is polled or is not. Raises StoreError, with nothing changed."""
        by_hand = enabled != self._configured[state.feed].enabled
        switched = replace(state, switched=enabled if by_hand else None, switched_at=since if by_hand else None)
        self._store.commit(Batch(articles=(), feed_states=(switched,), new=0), durable=True)
        self.look_again()

    def look_again(self) -> None:
        """States have changed that did not come through here."""
        self._feeds = None
