"""A server on loopback, a configuration with long patience, an ingest process, and a sink in memory."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
import pytest_asyncio

from tensionwatch.clock import Clock
from tensionwatch.config import PollConfig
from tensionwatch.feeds.child import IngestProcess
from tensionwatch.feeds.pool import IngestPool
from tensionwatch.feeds.schedule import Bounds
from tensionwatch.ingest import decide
from tensionwatch.model import Feed, FeedState, Fetched
from tests.caches import PREPARED_RULES
from tests.feeds.server import FeedServer

POLL = PollConfig(
    interval=900.0,
    jitter=0.1,
    timeout=60.0,
    connect_timeout=60.0,
    concurrency=8,
    max_body=10_000_000,
    parse_timeout=60.0,
    user_agent="tensionwatch-tests/1 (+https://tensionwatch.example)",
)
"""Nothing here runs out of time because the machine is slow. Where running out of it is what a test is about, it says
so, and sees to it that nothing else can."""
Ingest = TypeVar("Ingest", IngestProcess, IngestPool)
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


ENDLESS = "A story without an end"
"""The rules never come back from this title, where `never_ending` is used. Of the time that the process has set itself
for them nearly all is then over: what is read in good time has a minute, however slow the machine is."""
_CODE = f"""
import signal
from tensionwatch.feeds import rulebook, worker
flags = rulebook.Rulebook.flags
def never_ending(self, title, *rest):
    if title.startswith({ENDLESS!r}):
        left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_REAL, left / 200)
        while True:
            pass
    return flags(self, title, *rest)
rulebook.Rulebook.flags = never_ending
worker.main()
"""


@dataclass
class SetClock:
    """A clock that stands still until it is set."""

    time: datetime = NOON

    def now(self) -> datetime:
        return self.time

    def forward(self, **parts: float) -> None:
        self.time += timedelta(**parts)


class NothingKnown:
    """No article is kept."""

    def article(self, article_id: str) -> None: ...

    def by_link(self, publisher: str, canonical_link: str) -> tuple[str, ...]:
        return ()

    def by_entry_id(self, feed: str, entry_id: str) -> tuple[str, ...]:
        return ()


@dataclass
class MemorySink:
    """Keeps what a store would: states by feed, and every answer accepted."""

    feeds: list[Feed]
    poll: PollConfig = POLL
    states: dict[str, FeedState] = field(default_factory=dict)
    accepted: list[Fetched] = field(default_factory=list)
    broken: Exception | None = None
    """Raised by `accept` while it is set."""

    def feed_state(self, feed_id: str) -> FeedState:
        if feed_id in self.states:
            return self.states[feed_id]
        return FeedState(feed=feed_id, url=next(feed.url for feed in self.feeds if feed.id == feed_id))

    async def ready(self) -> None:
        """Always."""

    def accept(self, fetched: Fetched, *, jitter: float) -> FeedState:
        if self.broken:
            raise self.broken
        self.accepted.append(fetched)
        feed = next(feed for feed in self.feeds if feed.id == fetched.feed)
        bounds = Bounds(interval=self.poll.interval, longest=self.poll.longest_interval, jitter=self.poll.jitter)
        batch = decide(
            feed=feed, state=self.feed_state(feed.id), fetched=fetched, known=NothingKnown(), bounds=bounds,
            jitter=jitter,
        )  # fmt: skip
        (self.states[feed.id],) = batch.feed_states
        return self.states[feed.id]


def feed_at(url: str, feed_id: str = "post", **more: object) -> Feed:
    """A feed that may be on loopback."""
    return Feed(id=feed_id, url=url, name=feed_id, publisher="harbour.example", **{"allow_private": True, **more})  # type: ignore[arg-type]  # kwargs of mixed types


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer().running() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return SetClock()


@asynccontextmanager
async def running(ingest: Ingest) -> AsyncIterator[Ingest]:
    try:
        yield ingest
    finally:
        await ingest.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ingest() -> AsyncIterator[IngestProcess]:
    """One process for all tests of a file that take it as it comes: each start costs half a second."""
    async with running(IngestProcess(POLL, cache=PREPARED_RULES)) as process:
        yield process


@pytest.fixture
def never_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real ingest process, with rules that run away."""
    monkeypatch.setattr("tensionwatch.feeds.child.COMMAND", (sys.executable, "-c", _CODE))
