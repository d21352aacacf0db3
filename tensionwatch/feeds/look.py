"""One look at what is behind an address, for who adds or checks feeds. Nothing is kept.

    Feed ─▶ fetch (unconditional) ─▶ body ─▶ a process of its own: feed? page? ─▶ Look

Reading goes on in another process for the reasons that `worker` gives; one that runs away is ended by the kernel's
alarm, that feed is told, and the next body has a new one.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import re
import signal
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from tensionwatch.clock import Clock
from tensionwatch.config import PollConfig
from tensionwatch.discovery import Candidate, candidates, is_page
from tensionwatch.feeds.charset import decode
from tensionwatch.feeds.fetch import Fetcher, FetchError, Hop
from tensionwatch.feeds.parse import NotAFeed, parse
from tensionwatch.model import Feed, FetchRequest, Record

_LANGUAGE: Final = re.compile(
    r"<(?:\w+:)?language\b[^>]{0,100}>\s*([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*)\s*<"
    r"|xml:lang\s*=\s*[\"']([A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*)[\"']"
)
_HEAD: Final = 20_000
"""Code points in which a feed says its language."""


class Contents(Record, frozen=True, kw_only=True):
    """What a body holds."""

    reason: str | None = None
    """Why it is no feed, or what is doubtful about it."""
    good: bool = False
    """Is it a feed?"""
    format: str = ""
    title: str | None = None
    lang: str | None = None
    """As the feed says it: `en`, `de-AT`."""
    entries: int = 0
    undated: int = 0
    newest: datetime | None = None
    """Latest time that an entry says, the future left out."""
    feed_floor: float | None = None
    """Seconds under which the feed asks not to be polled again."""
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    page: bool = False
    """Is it an HTML page?"""
    candidates: tuple[Candidate, ...] = ()
    """The feeds that the page names."""


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
        self._slots = asyncio.Semaphore(poll.concurrency)
        self._hosts: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._reading = asyncio.Lock()
        self._reader: ProcessPoolExecutor | None = None

    async def __aenter__(self) -> Looker:
        await self._fetcher.__aenter__()
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        if self._reader:
            self._reader.shutdown(cancel_futures=True)
        await self._fetcher.__aexit__(*exc_info)

    async def look(self, feed: Feed) -> Look:
        """What is there now."""
        trail: list[Hop] = []
        request = FetchRequest(feed=feed, etag=None, last_modified=None, body_hash=None, seen=())
        host = urlsplit(feed.url).netloc.lower()
        async with self._hosts[host], self._slots:
            loop = asyncio.get_running_loop()
            started = loop.time()
            try:
                answer = await self._fetcher.get(request, trail)
            except FetchError as error:
                contents = Contents(reason=error.reason)
                return Look(feed=feed, at=self._clock.now(), hops=tuple(trail), contents=contents)
            elapsed = loop.time() - started
        body = answer.body or b""
        now = self._clock.now()
        contents = await self._read(body, answer.url, answer.content_type, now)
        return Look(feed=feed, at=now, hops=tuple(trail), size=len(body), elapsed=elapsed, contents=contents)

    async def _read(self, body: bytes, url: str, content_type: str | None, now: datetime) -> Contents:
        async with self._reading:  # one at a time, so that it is known which one ends the process
            if self._reader is None:
                # Not forked: this process has threads by now.
                self._reader = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _ready)
            loop = asyncio.get_running_loop()
            limit = self._poll.parse_timeout
            try:
                return await loop.run_in_executor(self._reader, read, body, url, content_type, now, limit)
            except BrokenProcessPool:
                self._reader.shutdown()
                self._reader = None
                return Contents(reason=f"reading its body took longer than {limit:g} s, or ended the process that read")


def _ready() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends us, even where a C loop never returns to Python


def read(body: bytes, url: str, content_type: str | None, now: datetime, limit: float) -> Contents:
    """What a body fetched from `url` holds; the process ends where that takes longer than `limit` seconds."""
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        return _contents(body, url, content_type, now)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _contents(body: bytes, url: str, content_type: str | None, now: datetime) -> Contents:
    text = decode(body, content_type)
    try:
        parsed = parse(body, url=url, content_type=content_type)
    except NotAFeed as error:
        page = is_page(text, content_type)
        return Contents(reason=error.reason, page=page, candidates=candidates(text, url) if page else ())
    dates = [entry.published for entry, _ in parsed.entries]
    return Contents(
        reason=parsed.doubt,
        good=True,
        format=parsed.format,
        title=parsed.title,
        lang=_language(text),
        entries=len(parsed.entries),
        undated=dates.count(None),
        newest=max((date for date in dates if date is not None and date <= now), default=None),
        feed_floor=parsed.floor,
    )


def _language(text: str) -> str | None:
    found = _LANGUAGE.search(text[:_HEAD])
    if not found:
        return None
    first, *rest = (found[1] or found[2]).replace("_", "-").split("-")
    return "-".join([first.lower(), *rest])


async def look_at_all(looker: Looker, feeds: Iterable[Feed]) -> list[Look]:
    """All of them, in their order."""
    return list(await asyncio.gather(*map(looker.look, feeds)))
