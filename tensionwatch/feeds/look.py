"""One look at what is behind an address, for who adds or checks feeds. Nothing is kept.

    Feed ─▶ fetch (unconditional) ─▶ body ─▶ another process: feed? page? (contents) ─▶ Look

That process is ended where it takes too long over a body: that feed is told, and the next body has a new one.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import defaultdict
from datetime import datetime
from typing import Any, Final

import msgspec

from tensionwatch.clock import Clock
from tensionwatch.config import PollConfig
from tensionwatch.feeds import limits
from tensionwatch.feeds.contents import Body, Contents
from tensionwatch.feeds.fetch import Fetcher, FetchError, Hop
from tensionwatch.feeds.frames import read_frame, to_frame
from tensionwatch.feeds.reach import host_of
from tensionwatch.model import Feed, FetchRequest, Record

READER: Final = (sys.executable, "-P", "-m", "tensionwatch.feeds.contents")
"""-P: no module of the folder we happen to stand in."""
PATIENCE: Final = 1.0
"""Seconds that it has to end by itself."""
_decoder = msgspec.msgpack.Decoder(Contents)


class Look(Record, frozen=True, kw_only=True):
    """What one look at a feed's address has shown."""

    feed: Feed
    at: datetime
    hops: tuple[Hop, ...]
    """All responses, redirects first; empty where none came."""
    size: int = 0
    """Bytes of the body, after decompression."""
    elapsed: float = 0.0
    """Seconds from request to the end of the body."""
    contents: Contents

    @property
    def url(self) -> str:
        """Where the last response came from."""
        return self.hops[-1].url if self.hops else self.feed.url

    @property
    def header(self) -> dict[str, str]:
        """Those of the last response."""
        return self.hops[-1].headers if self.hops else {}

    @property
    def moved_for_good(self) -> str | None:
        """Where permanent redirects, and no others, have led."""
        before = self.hops[:-1]
        return self.url if before and all(hop.status in (301, 308) for hop in before) else None


class Looker:
    """Looks at addresses, one at a time on each host. Use it as an asynchronous context. Raises IngestError."""

    def __init__(self, poll: PollConfig, clock: Clock) -> None:
        self._poll = poll
        self._clock = clock
        self._fetcher = Fetcher(poll, clock)
        self._fetcher.read_certificates()  # what is wrong with them is told once, and not at each address
        self._slots = asyncio.Semaphore(poll.concurrency)
        self._hosts: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._reading = asyncio.Lock()
        self._reader: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Looker:
        await self._fetcher.__aenter__()
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        await self._end_reader()
        await self._fetcher.__aexit__(*exc_info)

    async def look(self, feed: Feed) -> Look:
        """What is there now."""
        trail: list[Hop] = []
        request = FetchRequest(feed=feed, etag=None, last_modified=None, body_hash=None, seen=())
        host = host_of(feed.url)
        async with self._hosts[host], self._slots:
            loop = asyncio.get_running_loop()
            started = loop.time()
            try:
                answer = await self._fetcher.get(request, trail)
            except FetchError as error:
                contents = Contents(reason=error.reason)
                return Look(feed=feed, at=self._clock.now(), hops=tuple(trail), contents=contents)
            elapsed = loop.time() - started
        now = self._clock.now()
        body = Body(
            body=answer.body or b"",
            url=answer.url,
            content_type=answer.content_type,
            now=now,
            limit=self._poll.parse_timeout,
        )
        contents = await self._read(body)
        return Look(feed=feed, at=now, hops=tuple(trail), size=len(body.body), elapsed=elapsed, contents=contents)

    async def _read(self, body: Body) -> Contents:
        async with self._reading:  # one at a time, so that it is known which one ends the process
            if self._reader is None:
                self._reader = await asyncio.create_subprocess_exec(
                    *READER, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                    start_new_session=True,  # Ctrl-C is the parent's
                )  # fmt: skip
            ours, theirs = self._reader.stdin, self._reader.stdout
            if ours is None or theirs is None:
                raise AssertionError("asyncio gives no pipe that was asked for")
            ours.write(to_frame(body))
            if contents := await read_frame(theirs, _decoder):
                return contents
            code = await self._end_reader()
        if code == -signal.SIGALRM:
            return Contents(reason=f"reading its body took longer than {body.limit:g} s")
        if code == limits.OUT_OF_MEMORY:
            return Contents(reason=f"reading its body took {limits.words()}")
        return Contents(reason="reading its body ended the process that read")

    async def _end_reader(self) -> int | None:
        """Its return code; None where there is none."""
        reader, self._reader = self._reader, None
        if reader is None or reader.stdin is None:
            return None
        reader.stdin.close()
        try:
            async with asyncio.timeout(PATIENCE):
                return await reader.wait()
        except TimeoutError:
            reader.kill()
            return await reader.wait()
