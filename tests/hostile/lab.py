"""The real parts under test: server, ingest process, decision and store, with a good feed beside each bad one."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from tensionwatch.feeds.child import IngestProcess
from tensionwatch.feeds.schedule import Bounds
from tensionwatch.ingest import decide
from tensionwatch.model import Article, Batch, Feed, FeedState, Fetched, FetchRequest
from tensionwatch.store import Store
from tests.feeds.conftest import POLL, SetClock
from tests.feeds.server import Asked, FeedServer, Reply, Script, rss

PATIENCE = msgspec.structs.replace(POLL, concurrency=32, max_body=5_000_000, parse_timeout=20.0)
"""No costly body takes longer than half a second to read on a machine that is idle."""
BOUNDS = Bounds(interval=PATIENCE.interval, longest=PATIENCE.longest_interval, jitter=0.1)


@dataclass(frozen=True)
class Outcome:
    """What became of one poll."""

    fetched: Fetched
    batch: Batch
    state: FeedState

    @property
    def reason(self) -> str:
        return self.fetched.reason or ""

    @property
    def titles(self) -> list[str]:
        """Of the articles that it made or changed."""
        return [article.title for article in self.batch.articles]


@dataclass
class Lab:
    server: FeedServer
    ingest: IngestProcess
    store: Store
    clock: SetClock
    neighbour: FeedServer
    """Another host, whose feed has a new story at each fetch."""
    allow_private: bool = True
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def path(self) -> str:
        return f"/{next(self._numbers)}"

    def feed(self, url: str) -> Feed:
        """A new feed, of a publisher of its own."""
        feed_id = f"feed-{next(self._numbers)}"
        return Feed(id=feed_id, url=url, name=feed_id, publisher=f"{feed_id}.example", allow_private=self.allow_private)

    async def poll(self, feed: Feed) -> Outcome:
        state = self.store.feed_state(feed.id) or FeedState(feed=feed.id, url=feed.url)
        request = FetchRequest(
            feed=feed, etag=state.etag, last_modified=state.last_modified, body_hash=state.body_hash, seen=state.seen
        )
        fetched = msgspec.structs.replace(await self.ingest.fetch(request), at=self.clock.now())
        batch = decide(feed=feed, state=state, fetched=fetched, known=self.store, bounds=BOUNDS, jitter=0.0)
        self.store.commit(batch)
        kept = self.store.feed_state(feed.id)
        assert kept is not None
        return Outcome(fetched, batch, kept)

    async def poll_beside_a_good_one(self, feed: Feed) -> Outcome:
        """Poll it; the neighbour, polled at the same time, brings its new story whatever this one does."""
        ours, good = await asyncio.gather(self.poll(feed), self.poll(good_feed(self.neighbour)))
        assert good.fetched.result == "ok", good.reason
        assert good.titles, "the neighbour's new story"
        return ours

    async def serve(self, body: bytes, **headers: str) -> Outcome:
        """Poll a new feed that answers with this body."""
        return await self.poll_beside_a_good_one(self.feed(self.server.feed(self.path(), body, **headers)))

    async def reply(self, reply: Reply) -> Outcome:
        return await self.poll_beside_a_good_one(self.feed(self.server.on(self.path(), reply)))

    def articles(self, feed: Feed) -> Sequence[Article]:
        """All that is kept of a feed."""
        return [article for article in self.store.articles() if article.feed == feed.id]

    @property
    def pid(self) -> int:
        pid = self.ingest.pid
        assert pid is not None
        return pid

    def most_memory(self) -> int:
        """Peak of the ingest process's resident memory so far, in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text("ascii")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024


def good_feed(server: FeedServer) -> Feed:
    return Feed(
        id="neighbour", url=server.url("/good"), name="Neighbour", publisher="neighbour.example", allow_private=True
    )


def new_story_each_time() -> Script:
    """A script: five entries, one of them new at each fetch."""
    counter = itertools.count(1)

    def script(asked: Asked) -> Reply:
        newest = next(counter)
        items = "".join(
            f"<item><title>Harbour story number {n}</title><link>https://neighbour.example/{n}</link>"
            f"<guid isPermaLink='false'>n-{n}</guid></item>"
            for n in range(newest, newest + 5)
        )
        return Reply(rss(extra=items), headers={"Content-Type": "application/rss+xml"})

    return script


GOOD_ITEM = (
    "<item><title>A good story</title><link>https://harbour.example/good</link>"
    "<guid isPermaLink='false'>good</guid></item>"
)
"""Stands beside what is bad, and is to be kept."""


def beside(*items: str, extra: str = "", before: str = "") -> bytes:
    """An RSS feed of these items and the good one."""
    return f"{before}<rss version='2.0'><channel><title>Harbour</title>{extra}{''.join(items)}{GOOD_ITEM}</channel></rss>".encode()
