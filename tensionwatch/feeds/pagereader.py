"""The process that fetches one page and finds the text of its article: `python -m tensionwatch.feeds.pagereader`.

    stdin ─▶ Wanted ─▶ fetch (as a feed: bounded, polite, no private address) ─▶ trafilatura ─▶ Found ─▶ stdout

The kernel's alarm ends it where a page takes too long to read, `limits` where it wants too much memory, and the parent
knows which. Only `_main_text` knows trafilatura, an extra.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from typing import Final

import msgspec

from tensionwatch.clock import SystemClock
from tensionwatch.errors import IngestError
from tensionwatch.feeds import limits
from tensionwatch.feeds.address import ADVICE
from tensionwatch.feeds.charset import decode, no_text
from tensionwatch.feeds.fetch import Answer, Fetcher, FetchError
from tensionwatch.feeds.pages import Found, Wanted
from tensionwatch.model import FetchRequest
from tensionwatch.sanitise import visible

MAX_TEXT: Final = 100_000
"""Code points kept of a page."""
LEAST: Final = 140
"""Code points; less is a notice (cookies, a subscription, scripts wanted), and no article."""
NOT_INSTALLED: Final = "trafilatura finds the text, and is not installed: pip install 'tensionwatch[fulltext]'"
ACCEPT: Final = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"

_PAGE_TYPES: Final = ("text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml", "")
_META_CHARSET: Final = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_HEAD: Final = 4_000
"""Bytes in which a page says its charset."""
_CLOSED: Final = {401: "it wants a login", 402: "it wants a subscription", 403: "a paywall, or it wants no programs",
                  429: "it wants fewer requests", 451: "withheld for legal reasons"}  # fmt: skip


class _Refused(Exception):
    """The text says why."""


async def _find(wanted: Wanted) -> Found:
    try:
        _import()
        answer = await _fetch(wanted)
        url, text = answer.url, _text_of(answer, wanted.poll.parse_timeout)
    except _Refused as refused:
        return Found(text="", url=wanted.feed.url, reason=str(refused))
    lines = filter(None, (" ".join(visible(line).split()) for line in text.split("\n")))
    text = "\n".join(lines)
    if len(text) < LEAST:
        return Found(text="", url=url, reason="no text of an article there: a paywall, or a page that scripts fill")
    return Found(text[:MAX_TEXT], url, cut=len(text) > MAX_TEXT)


async def _fetch(wanted: Wanted) -> Answer:
    request = FetchRequest(feed=wanted.feed, etag=None, last_modified=None, body_hash=None, seen=())
    try:
        async with Fetcher(wanted.poll, SystemClock(), accept=ACCEPT, strays=False) as fetcher:
            return await fetcher.get(request)
    except FetchError as error:
        why, reason = _CLOSED.get(error.status or 0), error.reason.removesuffix(ADVICE)
        raise _Refused(f"{reason} ({why})" if why else reason) from None
    except IngestError as error:
        raise _Refused(str(error)) from None


def _text_of(answer: Answer, limit: float) -> str:
    """Raises _Refused for what is no page."""
    body = answer.body or b""
    kind = (answer.content_type or "").partition(";")[0].strip().lower()
    what = no_text(body) or ("" if kind in _PAGE_TYPES else visible(kind)[:60])
    if not what and b"\0" in body[:_HEAD] and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        what = "no text"
    if what:
        raise _Refused(f"{what}, not a page")
    signal.setitimer(signal.ITIMER_REAL, limit)
    with limits.Memory().limited():
        text = _main_text(decode(body, _with_charset(answer.content_type, body)))
    signal.setitimer(signal.ITIMER_REAL, 0)
    return text


def _with_charset(content_type: str | None, body: bytes) -> str | None:
    """The Content-Type; where it names no charset, with the one that the page names."""
    if "charset" in (content_type or "").lower() or (found := _META_CHARSET.search(body[:_HEAD])) is None:
        return content_type
    return f"{content_type or 'text/html'}; charset={found[1].decode('ascii')}"


def _import() -> None:
    """Before anything is asked of a server. Raises _Refused."""
    try:
        import trafilatura  # noqa: F401  # 0.5 s
    except ModuleNotFoundError as error:
        why = NOT_INSTALLED if error.name == "trafilatura" else f"trafilatura cannot be loaded: {error}"
        raise _Refused(why) from None
    except ImportError as error:  # of a part of it that is there, and is not what it wants
        raise _Refused(f"trafilatura cannot be loaded: {visible(' '.join(str(error).split()))[:200]}") from None


def _main_text(page: str) -> str:
    import trafilatura

    text: str | None = trafilatura.extract(page, include_comments=False, include_tables=False, output_format="txt")
    return text or ""


def main() -> None:
    out = limits.settle()
    found = asyncio.run(_find(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Wanted)))
    out.write(msgspec.msgpack.encode(found))
    out.flush()
    os._exit(0)  # at once: a thread may still wait for a name server


if __name__ == "__main__":
    main()
