"""What a body holds, read in a process of its own: `python -m tensionwatch.feeds.contents`.

    stdin ─▶ Body ─▶ a feed? a page? ─▶ Contents ─▶ stdout

For who looks at addresses (`look`): one body after the other, for the reasons that `worker` gives. The kernel's alarm
ends the process where one takes too long, `limits` where it wants too much memory, and whoever asked knows which. It
ends when stdin closes.
"""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from datetime import datetime
from typing import BinaryIO, Final

import msgspec

from tensionwatch.discovery import Candidate, candidates, is_page
from tensionwatch.feeds import limits
from tensionwatch.feeds.charset import decode
from tensionwatch.feeds.frames import connect_reader, read_frame, to_frame
from tensionwatch.feeds.parse import NotAFeed, parse
from tensionwatch.model import Record

_LANGUAGE: Final = re.compile(
    r"<(?:\w+:)?language\b[^>]{0,100}>\s*([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*)\s*<"
    r"|xml:lang\s*=\s*[\"']([A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*)[\"']"
)
_HEAD: Final = 20_000
"""Code points in which a feed says its language."""


class Body(Record, frozen=True, kw_only=True):
    """A body to read."""

    body: bytes
    url: str
    content_type: str | None
    now: datetime
    limit: float
    """Seconds that reading it may take."""


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


def read(asked: Body) -> Contents:
    """What it holds."""
    text = decode(asked.body, asked.content_type)
    try:
        parsed = parse(asked.body, url=asked.url, content_type=asked.content_type)
    except NotAFeed as error:
        page = is_page(text, asked.content_type)
        return Contents(reason=error.reason, page=page, candidates=candidates(text, asked.url) if page else ())
    dates = [entry.published for entry, _ in parsed.entries]
    return Contents(
        reason=parsed.doubt,
        good=True,
        format=parsed.format,
        title=parsed.title,
        lang=_language(text),
        entries=len(parsed.hashes),
        undated=dates.count(None),
        newest=max((date for date in dates if date is not None and date <= asked.now), default=None),
        feed_floor=parsed.feed_floor,
        skip_hours=parsed.skip_hours,
        skip_days=parsed.skip_days,
    )


def _language(text: str) -> str | None:
    found = _LANGUAGE.search(text[:_HEAD])
    if not found:
        return None
    first, *rest = (found[1] or found[2]).replace("_", "-").split("-")
    return "-".join([first.lower(), *rest])


async def _serve(out: BinaryIO) -> None:
    bodies, _ = await connect_reader(sys.stdin)
    decoder, memory = msgspec.msgpack.Decoder(Body), limits.Memory()
    while asked := await read_frame(bodies, decoder):
        signal.setitimer(signal.ITIMER_REAL, asked.limit)
        with memory.limited():
            contents = read(asked)
        signal.setitimer(signal.ITIMER_REAL, 0)
        out.write(to_frame(contents))
        out.flush()


def main() -> None:
    asyncio.run(_serve(limits.settle()))


if __name__ == "__main__":
    main()
