"""Polls what is due, for as long as it runs.

    Sink.feed_state ─▶ due? ─▶ slots ─▶ ingest.fetch (another process) ─▶ Sink.accept ─▶ next_check
          ▲              ▲                                                    │
          │              └── wake: poll_now, pause, an answer, the clock      │
          └───────────────────────────────────────────────────────────────────┘

The poller decides nothing about feeds: `schedule` says what is due, the sink says what an answer means. It holds no
state that matters: what it knows of a feed lies in the sink, so that cancelling it loses only what is under way.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

import msgspec

from tensionwatch.clock import Clock
from tensionwatch.config import PollConfig
from tensionwatch.errors import IngestError, StoreError, StoreUnwritable
from tensionwatch.feeds.rounds import Round
from tensionwatch.feeds.schedule import address, at_this_address, due_at, is_due
from tensionwatch.logbook import LOG
from tensionwatch.model import Feed, FeedState, Fetched, FetchRequest, Record
from tensionwatch.ports import PollStatus, Sink

LONGEST_WAIT: Final = 30.0
"""Seconds after which the clock is looked at again: a machine that slept has missed its timers."""
TROUBLE_PAUSE: Final = 60.0
"""Seconds without polling when answers cannot be kept, or cannot be had at all."""


class Ingest(Protocol):
    """Where answers come from; `feeds.child.IngestProcess`."""

    async def fetch(self, request: FetchRequest) -> Fetched:
        """Raises IngestError when no feed is to blame."""
        ...


class FeedResult(Record, frozen=True, kw_only=True):
    """What `once` did about one feed."""

    feed: Feed
    result: Literal["ok", "unchanged", "not due", "failed", "gone"]
    reason: str | None
    """Why it failed, is doubtful, or is not due."""
    fetched: Fetched | None
    """None when it was not asked."""
    state: FeedState
    """As it is now."""


class Poller:
    """Polls the sink's feeds. One loop, one thread."""

    def __init__(self, sink: Sink, config: PollConfig, ingest: Ingest, clock: Clock, rng: random.Random) -> None:
        self._sink = sink
        self._ingest = ingest
        self._clock = clock
        self._rng = rng
        # Twice what the ingest process has under way keeps it busy; more would only wait there.
        self._slots = asyncio.Semaphore(2 * config.concurrency)
        self._queued: set[str] = set()
        self._under_way: dict[str, None] = {}
        self._asked: set[str] = set()
        self._asked_for: set[str] = set()
        """Of those under way; they are asked for again where polling as such is in trouble."""
        self._round = Round()
        self._paused = False
        self._trouble: str | None = None
        self._resume: datetime | None = None
        self._last_finished: datetime | None = None
        self._wake = asyncio.Event()

    # -------------------------------------------------------------- what a screen asks

    def status(self) -> PollStatus:
        at, feed_id = self._nearest()
        return PollStatus(
            paused=self._paused,
            under_way=tuple(self._under_way),
            round=self._round.status(),
            next_check=at,
            next_feed=feed_id,
            last_finished=self._last_finished,
            trouble=self._trouble,
        )

    def pause(self, paused: bool) -> None:
        """Stop polling what falls due, or go on. What is under way is finished; `poll_now` still works."""
        self._paused = paused
        self._wake.set()

    def poll_now(self, feed_id: str | None = None) -> None:
        """Poll this feed, or all of them, without waiting for our own intervals; a server's Retry-After holds."""
        self._asked |= {feed.id for feed in self._enabled() if feed_id in {None, feed.id}}
        self._resume = None
        self._wake.set()

    # -------------------------------------------------------------- polling

    async def run(self) -> None:
        """Poll until cancelled."""
        async with asyncio.TaskGroup() as polls:
            while True:
                self._wake.clear()
                for feed in self._due():
                    self._queued.add(feed.id)
                    self._round.begun()
                    polls.create_task(self._poll(feed))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._wait()):
                        await self._wake.wait()

    async def once(
        self, *, everything: bool = False, on_result: Callable[[FeedResult], None] | None = None
    ) -> list[FeedResult]:
        """Poll every enabled feed that is due, once and without jitter; results in the feeds' order.

        `everything` leaves out our own intervals. `on_result` is told each result as it comes. Raises StoreError
        when an answer cannot be kept; cancelled, it keeps what was fetched.
        """
        results: dict[str, FeedResult] = {}

        async def visit(feed: Feed) -> None:
            results[feed.id] = result = await self._visit(feed, everything)
            if on_result:
                on_result(result)

        try:
            async with asyncio.TaskGroup() as visits:
                for feed in self._enabled():
                    visits.create_task(visit(feed))
        except* StoreError as errors:
            first: BaseException = errors
            while isinstance(first, BaseExceptionGroup):
                first = first.exceptions[0]
        else:
            return [results[feed.id] for feed in self._enabled()]
        raise first

    async def _poll(self, feed: Feed) -> None:
        asked_again = self._asked_for & {feed.id}
        try:
            async with self._slots:
                if not self._held():
                    await self._take(feed, self._rng.random())
                    if self._trouble is not None:
                        LOG.info("polling works again")
                    self._trouble = None
                    asked_again = set()
        except (StoreError, IngestError) as error:
            if self._trouble != _told(error):
                LOG.error("polling: %s", _told(error))
            self._trouble = _told(error)
            self._resume = self._clock.now() + timedelta(seconds=TROUBLE_PAUSE)
        finally:
            self._asked |= asked_again
            self._asked_for.discard(feed.id)
            self._queued.discard(feed.id)
            self._round.ended()
            self._wake.set()

    async def _visit(self, feed: Feed, everything: bool) -> FeedResult:
        state = self._state(feed)
        if not is_due(state, self._clock.now(), everything=everything):
            return _not_asked(feed, state, self._clock.now())
        self._round.begun()
        try:
            async with self._slots:
                fetched, state = await self._take(feed, 0.0)
        except IngestError as error:
            LOG.error("poll %s: %s", feed.id, error)
            self._round.brought(0, failed=True)
            self._round.ended()
            return FeedResult(feed=feed, result="failed", reason=str(error), fetched=None, state=state)
        self._round.ended()  # not where it is cancelled: then it is not done
        return FeedResult(feed=feed, result=fetched.result, reason=fetched.reason, fetched=fetched, state=state)

    async def _take(self, feed: Feed, jitter: float) -> tuple[Fetched, FeedState]:
        """Fetch one feed and hand it to the sink. Raises StoreError, IngestError."""
        self._under_way[feed.id] = None
        try:
            fetched = await self._ingest.fetch(_request(feed, self._state(feed), self._clock.now()))
        finally:
            del self._under_way[feed.id]
        await self._sink.ready()
        # One clock for all that is kept: the child's differs when ours is not the system's.
        fetched = msgspec.structs.replace(fetched, at=self._clock.now())
        self._last_finished = fetched.at
        before = self._sink.feed_state(feed.id).articles
        state = self._sink.accept(fetched, jitter=jitter)
        self._round.brought(state.articles - before, failed=fetched.result in ("failed", "gone"))
        return fetched, state

    # -------------------------------------------------------------- what is due

    def _due(self) -> list[Feed]:
        if self._held():
            return []
        now = self._clock.now()
        asked, self._asked = self._asked, set()
        due = [
            feed
            for feed in self._enabled()
            if feed.id not in self._queued
            and (not self._paused or feed.id in asked)
            and is_due(self._state(feed), now, everything=feed.id in asked)
        ]
        if self._trouble is not None and (self._queued or due):
            due = [] if self._queued else due[:1]  # it finds out whether it works again; others would be asked in vain
            self._asked = asked - {feed.id for feed in due}
        self._asked_for |= asked & {feed.id for feed in due}
        return due

    def _wait(self) -> float:
        """Seconds to sleep, unless woken."""
        if self._trouble is not None and self._queued:
            return LONGEST_WAIT  # the end of that poll wakes us
        at, _ = self._nearest()
        if self._resume and at:
            at = self._resume if self._asked else max(at, self._resume)
        if at is None or self._paused:
            return LONGEST_WAIT
        return min(max((at - self._clock.now()).total_seconds(), 0.0), LONGEST_WAIT)

    def _nearest(self) -> tuple[datetime | None, str | None]:
        """When the next feed falls due, and which; among those not being polled."""
        now = self._clock.now()
        waiting = [
            (at, feed.id)
            for feed in self._enabled()
            if feed.id not in self._queued and (at := due_at(self._state(feed), now)) is not None
        ]
        return min(waiting, default=(None, None))

    def _held(self) -> bool:
        """Is polling as such in trouble?"""
        return self._resume is not None and self._clock.now() < self._resume

    def _enabled(self) -> list[Feed]:
        return [feed for feed in self._sink.feeds if feed.enabled]

    def _state(self, feed: Feed) -> FeedState:
        """What is remembered of the feed at its present address."""
        return at_this_address(feed, self._sink.feed_state(feed.id))


def _told(error: StoreError | IngestError) -> str:
    """In words of which the first say most: a status line may have to cut the rest."""
    if isinstance(error, StoreUnwritable) and error.reason:
        return f"{error.reason}: news cannot be kept, and is fetched again once it can ({error})"
    return str(error)


def _request(feed: Feed, state: FeedState, now: datetime) -> FetchRequest:
    return FetchRequest(
        feed=msgspec.structs.replace(feed, url=address(feed, state, now)),
        etag=state.etag,
        last_modified=state.last_modified,
        body_hash=state.body_hash,
        seen=state.seen,
    )


def _not_asked(feed: Feed, state: FeedState, now: datetime) -> FeedResult:
    if state.result == "gone":
        return FeedResult(feed=feed, result="gone", reason=state.reason, fetched=None, state=state)
    held = state.not_before is not None and now < state.not_before
    at = due_at(state, now) or now
    why = "server asked to wait" if held else state.next_reason
    reason = f"next at {at:%Y-%m-%d %H:%M} UTC" + (f" ({why})" if why else "")
    return FeedResult(feed=feed, result="not due", reason=reason, fetched=None, state=state)
