"""The page of one article, fetched when the user asks for it. Nothing of it is stored.

    Article ─▶ a process of its own (pagereader): fetch, find the text ─▶ Page, or PageRefused
                └── killed where the user gives up, or it takes too long

A process of its own for each page, because that is rare and the import of what finds texts (0.5 s, 60 MB) belongs into
no process that stays; and because what a page does to it ends with it. One page is fetched at a time, and none from a
server that asked its feed to be left alone.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import OrderedDict
from typing import Final

import msgspec

from tensionwatch.clock import Clock
from tensionwatch.config import PollConfig
from tensionwatch.errors import PageRefused
from tensionwatch.exchange import Page
from tensionwatch.feeds import limits
from tensionwatch.feeds.credentials import asked_at
from tensionwatch.feeds.reach import host_of
from tensionwatch.logbook import LOG
from tensionwatch.model import Article, Feed, Record
from tensionwatch.ports import Sink
from tensionwatch.sanitise import visible

READER: Final = (sys.executable, "-P", "-m", "tensionwatch.feeds.pagereader")
"""-P: no module of the folder we happen to stand in."""
KEPT: Final = 50
"""Pages kept in memory, at most 100,000 code points each."""
STARTING: Final = 30.0
"""Seconds that a process may take before it fetches, and beside that: a busy machine is no fault of a page's."""


class Wanted(Record, frozen=True):
    """What the process is asked for."""

    feed: Feed
    """The article's, asked at its link."""
    poll: PollConfig


class Found(Record, frozen=True):
    """What it answers."""

    text: str
    """Sanitised; a paragraph a line."""
    url: str
    cut: bool = False
    reason: str = ""
    """Why there is no text; empty where there is."""


_found = msgspec.msgpack.Decoder(Found)


class Pages:
    """Implements ports.FullText. Pages are looked for in memory first."""

    def __init__(self, sink: Sink, poll: PollConfig, clock: Clock) -> None:
        self._sink = sink
        self._poll = poll
        self._clock = clock
        self._pages: OrderedDict[tuple[str, str | None], Page] = OrderedDict()
        self._one = asyncio.Lock()

    def kept(self, article: Article) -> Page | None:
        page = self._pages.get((article.id, article.link))
        if page is not None:
            self._pages.move_to_end((article.id, article.link))
        return page

    async def fetch(self, article: Article) -> Page:
        if article.link is None:
            raise PageRefused("the article has no link")
        wanted = Wanted(self._asked(article, article.link), self._poll)
        async with self._one:
            found = await self._found(wanted)
        if found.reason:
            raise PageRefused(found.reason)
        page = Page(url=found.url, at=self._clock.now(), text=found.text, cut=found.cut)
        self._pages[article.id, article.link] = page
        if len(self._pages) > KEPT:
            self._pages.popitem(last=False)
        return page

    def _asked(self, article: Article, link: str) -> Feed:
        """The article's feed at its link. It may be on a private network only where the feed itself is on that host, by
        the user's leave. Raises PageRefused."""
        feed = next((feed for feed in self._sink.feeds if feed.id == article.feed), None)
        if feed is None:
            return Feed(id=article.feed, url=link, name="", publisher=article.publisher)
        same_host = host_of(link) == host_of(feed.url)
        until = self._sink.feed_state(feed.id).not_before
        if same_host and until is not None and until > self._clock.now():
            raise PageRefused(f"{host_of(link)} asked to be left alone until {until:%d %b %H:%M} UTC")
        private = feed.allow_private and same_host
        return msgspec.structs.replace(asked_at(feed, link), allow_private=private)

    async def _found(self, wanted: Wanted) -> Found:
        process = await asyncio.create_subprocess_exec(
            *READER,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,  # Ctrl-C is the parent's
        )
        most = self._poll.timeout + self._poll.parse_timeout + STARTING
        try:
            async with asyncio.timeout(most):
                out, words = await process.communicate(msgspec.msgpack.encode(wanted))
        except TimeoutError:
            raise PageRefused(f"the process that reads pages gave no answer within {most:g} s") from None
        finally:
            await _end(process)
        if process.returncode == 0:
            return _found.decode(out)
        raise PageRefused(_why(process.returncode or 0, words, self._poll.parse_timeout))


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


def _why(code: int, words: bytes, parse_timeout: float) -> str:
    if code == -signal.SIGALRM:
        return f"reading the page took longer than {parse_timeout:g} s"
    if limits.want_of_memory(code, words):
        return f"reading the page took {limits.words()}"
    last = visible(words.decode("utf-8", "replace").strip().rpartition("\n")[2])
    LOG.warning("a process that read a page ended (code %d): %s", code, last)
    return f"reading the page ended the process that read it ({last[:200] or f'code {code}'})"
