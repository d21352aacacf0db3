"""Which feeds are to be asked now, and when the next one is.

`schedule` says when a feed is due. Here is added what only a running poller knows: what the user asked for, what is
being polled, and what is let wait a little, so that not all come at once when a machine wakes up.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from tensionwatch.clock import Clock
from tensionwatch.feeds.reach import host_of
from tensionwatch.feeds.schedule import at_this_address, due_at, is_due
from tensionwatch.model import Feed, FeedState
from tensionwatch.ports import Sink

SPREAD_EACH: Final = 0.12
SPREAD_AT_MOST: Final = 60.0
"""Seconds over which feeds are spread that have all waited for the network, so many for each: 500 take a minute."""


class Agenda:
    """`ticks` is a clock that never jumps, in seconds."""

    def __init__(self, sink: Sink, clock: Clock, rng: random.Random, ticks: Callable[[], float]) -> None:
        self._sink = sink
        self._clock = clock
        self._rng = rng
        self._ticks = ticks
        self.queued: set[str] = set()
        """Ids of the feeds that are being polled, or about to be."""
        self.asked: dict[str, bool] = {}
        """Those that the user asked for, and whether by name: so even one that is gone is asked again."""
        self._asked_for: dict[str, bool] = {}
        """The same of those that are queued."""
        self._eased: dict[str, float] = {}
        """Ticks before which a feed is let wait."""
        self._probed: dict[str, float] = {}
        """Host → ticks at which one of its feeds was asked whether we are online again."""

    def enabled(self) -> list[Feed]:
        return [feed for feed in self._sink.feeds if feed.enabled]

    def is_enabled(self, feed_id: str) -> bool:
        """Still? It may have been disabled by hand while it waited for its turn."""
        return any(feed.enabled for feed in self._sink.feeds if feed.id == feed_id)

    def state(self, feed: Feed) -> FeedState:
        """What is remembered of the feed at its present address."""
        return at_this_address(feed, self._sink.feed_state(feed.id))

    def ask(self, feed_id: str | None) -> None:
        """The user wants this feed polled, or all of them."""
        for feed in self.enabled():
            if feed_id in {None, feed.id}:
                self.asked[feed.id] = feed_id is not None
                self._eased.pop(feed.id, None)

    def begin(self, feeds: list[Feed], *, keep_asked: bool) -> list[Feed]:
        """These are polled now. What else was asked for has been heard, or is kept for later."""
        for feed in feeds:
            self.queued.add(feed.id)
            if feed.id in self.asked:
                self._asked_for[feed.id] = self.asked.pop(feed.id)
        if not keep_asked:
            self.asked.clear()
        return feeds

    def end(self, feed_id: str, *, polled: bool) -> None:
        """The feed has been polled, or else, where polling as such did not work, is still asked for."""
        self.queued.discard(feed_id)
        by_name = self._asked_for.pop(feed_id, None)
        if by_name is not None and not polled:
            self.asked[feed_id] = by_name

    def due(self, *, paused: bool) -> list[Feed]:
        """To be asked now; of what the user asked for everything that may be, whatever was said before."""
        now, ticks = self._clock.now(), self._ticks()
        return [
            feed
            for feed in self.enabled()
            if feed.id not in self.queued
            and (feed.id in self.asked or not paused)
            and self._eased.get(feed.id, ticks) <= ticks
            and self._may_be_asked(feed, now)
        ]

    def ease(self) -> None:
        """Let all that is due now wait a little, each for a time of its own."""
        now, ticks = self._clock.now(), self._ticks()
        due = [feed.id for feed in self.enabled() if is_due(self.state(feed), now)]
        spread = min(SPREAD_EACH * len(due), SPREAD_AT_MOST)
        self._eased = {feed_id: ticks + self._rng.random() * spread for feed_id in due if feed_id not in self.asked}

    def probe(self) -> list[Feed]:
        """One that is due, of the host that was not asked for the longest time, if there is one: is anybody there?"""
        due = self.due(paused=False)
        wanted = [feed for feed in due if feed.id in self.asked] or due
        if not wanted:
            return []
        feed = min(wanted, key=lambda feed: self._probed.get(host_of(feed.url), -1.0))
        self._probed[host_of(feed.url)] = self._ticks()
        return [feed]

    def nearest(self) -> tuple[datetime | None, str | None]:
        """When the next feed falls due, and which; among those not being polled."""
        now = self._clock.now()
        waiting = [
            (at, feed.id)
            for feed in self.enabled()
            if feed.id not in self.queued and (at := due_at(self.state(feed), now)) is not None
        ]
        return min(waiting, default=(None, None))

    def seconds_to_next(self) -> float | None:
        """Until the next feed may be asked; None where there is none to wait for."""
        now, ticks = self._clock.now(), self._ticks()
        waits = [
            max((at - now).total_seconds(), self._eased.get(feed.id, ticks) - ticks)
            for feed in self.enabled()
            if feed.id not in self.queued and (at := due_at(self.state(feed), now)) is not None
        ]
        return min(waits, default=None)

    def _may_be_asked(self, feed: Feed, now: datetime) -> bool:
        state = self.state(feed)
        if state.result == "gone" and self.asked.get(feed.id):
            state = replace(state, result=None)
        return is_due(state, now, everything=feed.id in self.asked)
