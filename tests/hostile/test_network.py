"""A hostile network: what drips, floods, lies, breaks off or leads astray ends in one clear reason on its feed, and the
feed polled beside it gets its news."""

from __future__ import annotations

import asyncio
import gzip
import re
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import msgspec
import pytest
import pytest_asyncio

from tests.feeds.server import Asked, Reply, rss
from tests.hostile.conftest import a_lab
from tests.hostile.lab import PATIENCE, Lab, Outcome, beside
from tests.hostile.raw import RawServer, Script, drips, floods, head, resets, says, silent

GOOD = beside()
CHUNKED = head(b"Transfer-Encoding: chunked", b"Content-Type: application/rss+xml")
TOO_LATE = r"timed out after 4 s"

# ------------------------------------------------------------------ servers that take their time

SLOW: dict[str, tuple[Script, str]] = {
    "a byte of body every half second": (drips(b"<rss>", first=head()), TOO_LATE),
    "a byte of header every half second": (drips(b"X-A: b\r\n", first=b"HTTP/1.1 200 OK\r\n"), TOO_LATE),
    "a byte of status every half second": (drips(b"HTTP/1.1 200 OK"), TOO_LATE),
    "a header line every tenth of a second": (drips(b"X-A: b\r\n", first=b"HTTP/1.1 200 OK\r\n", every=0.1, step=8), TOO_LATE),
    "chunks of one byte": (drips(b"1\r\nx\r\n", first=CHUNKED, every=0.3, step=6), TOO_LATE),
    "a chunk's length that never ends": (drips(b"0", first=CHUNKED, every=0.05), TOO_LATE),
    "interim answers without end": (drips(b"HTTP/1.1 102 Processing\r\n\r\n", every=0.2, step=27), TOO_LATE),
    "whole body, connection left open": (drips(b" ", first=head() + GOOD, every=0.3), TOO_LATE),
    "body shorter than its Content-Length, left open": (drips(b"", first=head(b"Content-Length: 99999") + GOOD), TOO_LATE),
    "accepts and says nothing": (silent, TOO_LATE),
    "gzip by the byte": (drips(gzip.compress(GOOD), first=head(b"Content-Encoding: gzip")), TOO_LATE),
    "trailers without end": (drips(b"X-T: y\r\n", first=CHUNKED + b"0\r\n", every=0.1, step=8), TOO_LATE),
}  # fmt: skip
SLOW_TLS: dict[str, tuple[Script, str]] = {
    "TLS that is never answered": (silent, r"could not connect to 127\.0\.0\.1 within 2 s"),
    "TLS by the byte": (drips(b"\x16\x03\x03\x40\x00" + bytes(300)), r"could not connect to 127\.0\.0\.1 within 2 s"),
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def slow(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Outcome]]:
    """What came of each, in the order in which it was over: all slow servers at once, and a good one last.

    The lab that is theirs has less patience than the other one, which comes first and holds back the proxies."""
    poll = msgspec.structs.replace(PATIENCE, timeout=4.0, connect_timeout=2.0)
    over: dict[str, Outcome] = {}
    async with AsyncExitStack() as stack:
        theirs = await stack.enter_async_context(a_lab(tmp_path_factory.mktemp("slow"), poll))
        urls = {name: stack.enter_context(RawServer(script).running()).url() for name, (script, _) in SLOW.items()}
        urls |= {
            name: stack.enter_context(RawServer(script).running()).url("https")
            for name, (script, _) in SLOW_TLS.items()
        }
        urls["the good one"] = theirs.server.feed(theirs.path(), GOOD)

        async def poll_one(name: str) -> None:
            over[name] = await theirs.poll(theirs.feed(urls[name]))

        started = asyncio.get_running_loop().time()
        await asyncio.gather(*map(poll_one, urls))
        took = asyncio.get_running_loop().time() - started
        assert took < 4.0 * len(urls) / 2, "one deadline for all: they do not keep each other waiting"
        yield over


@pytest.mark.parametrize("name", [*SLOW, *SLOW_TLS])
async def test_a_server_that_takes_its_time_meets_the_deadline(slow: dict[str, Outcome], name: str) -> None:
    outcome = slow[name]
    assert outcome.fetched.result == "failed"
    assert re.fullmatch((SLOW | SLOW_TLS)[name][1], outcome.reason)


async def test_a_good_feed_is_not_kept_waiting_by_slow_ones(slow: dict[str, Outcome]) -> None:
    assert slow["the good one"].titles == ["A good story"]
    assert next(iter(slow)) == "the good one", "it was over first"


# ------------------------------------------------------------------ answers that break HTTP

TOO_LARGE = r"larger than 5 MB"
BROKEN = r"connection broken off: .{5,}"
KEPT = ""


def chunks(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


def packed(data: bytes, wbits: int) -> bytes:
    packer = zlib.compressobj(9, wbits=wbits)
    return packer.compress(data) + packer.flush()


def bomb(megabytes: int, wbits: int = 31) -> bytes:
    """So many megabytes of zeros; each packs to the same bytes, so that only the first two are packed. Without an end,
    which no reader should come to see."""
    packer, megabyte = zlib.compressobj(9, wbits=wbits), bytes(1_000_000)
    first, next_one = (packer.compress(megabyte) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + next_one * (megabytes - 1)


RAW: dict[str, tuple[Script, str]] = {
    # bodies without end
    "plain without end": (floods(head(), b"x" * 65_536), TOO_LARGE),
    "chunked without end": (floods(CHUNKED, chunks(b"x" * 65_536)), TOO_LARGE),
    "gzip without end": (floods(head(b"Content-Encoding: gzip") + packed(b"", 31), gzip.compress(b"x" * 9_999)), TOO_LARGE),
    "empty gzip members without end": (floods(head(b"Content-Encoding: gzip"), gzip.compress(b"") * 900), TOO_LARGE),
    "items without end": (floods(head() + b"<rss version='2.0'><channel>", b"<item><title>x</title></item>" * 2_000), TOO_LARGE),
    "comment without end": (floods(head() + b"<!-- ", b"- " * 30_000), TOO_LARGE),
    "headers without end": (floods(b"HTTP/1.1 200 OK\r\n", b"X-More: and more\r\n" * 1_000), BROKEN),
    "one header without end": (floods(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x" * 65_536), BROKEN),
    "status line without end": (floods(b"HTTP/1.1 200 ", b"OK" * 30_000), BROKEN),
    "chunk extension without end": (floods(CHUNKED + b"5;", b"x" * 65_536), BROKEN),
    # lengths that lie
    "Content-Length too large": (says(head(b"Content-Length: 99999") + GOOD), BROKEN),
    "Content-Length too small": (says(head(b"Content-Length: 60") + GOOD), r"cut short before its first entry ended"),
    "Content-Length negative": (says(head(b"Content-Length: -5") + GOOD), BROKEN),
    "Content-Length no number": (says(head(b"Content-Length: many") + GOOD), BROKEN),
    "two Content-Lengths that differ": (says(head(b"Content-Length: 5", b"Content-Length: 9") + GOOD), BROKEN),
    "Content-Length of 100 digits": (says(head(b"Content-Length: " + b"9" * 100) + GOOD), BROKEN),
    "Content-Length zero": (says(head(b"Content-Length: 0") + GOOD), r"empty: 0 bytes"),
    "Content-Length 10 TB, and a flood": (floods(head(b"Content-Length: 9999999999999"), b"x" * 65_536), TOO_LARGE),
    "chunked beside a Content-Length": (says(head(b"Transfer-Encoding: chunked", b"Content-Length: 3") + chunks(GOOD, b"")), KEPT),
    # chunks that break
    "chunk length no number": (says(CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n"), BROKEN),
    "chunk length negative": (says(CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n"), BROKEN),
    "chunk length of 30 digits": (says(CHUNKED + b"f" * 30 + b"\r\nhello"), BROKEN),
    "chunk longer than announced": (says(CHUNKED + b"3\r\nhello\r\n0\r\n\r\n"), BROKEN),
    "no last chunk": (says(CHUNKED + chunks(GOOD)), BROKEN),
    "chunk breaks off": (says(CHUNKED + b"ffff\r\n<rss>"), BROKEN),
    "chunks without carriage returns": (says(CHUNKED + b"5\nhello\n0\n\n"), BROKEN),
    "transfer coding unknown": (says(head(b"Transfer-Encoding: brotli") + GOOD), BROKEN),
    # heads that break
    "header with a NUL": (says(head(b"X-Nul: a\0b") + GOOD), BROKEN),
    "header with an escape": (says(head(b"X-Esc: \x1b]0;owned\x07") + GOOD), KEPT),
    "bare carriage return in a header": (says(head(b"X-Cr: a\rSet-Cookie: b") + GOOD), BROKEN),
    "folded header": (says(b"HTTP/1.1 200 OK\r\nX-Fold: a\r\n b\r\n\r\n" + GOOD), KEPT),
    "header without a colon": (says(head(b"no colon here") + GOOD), BROKEN),
    "header with a blank in its name": (says(head(b"X Blank: a") + GOOD), BROKEN),
    "header without a name": (says(head(b": a") + GOOD), BROKEN),
    "1,000 headers": (says(head(*(b"X-%d: v" % n for n in range(1_000))) + GOOD), KEPT),
    "a header of 90 KB": (says(head(b"X-Long: " + b"x" * 90_000) + GOOD), KEPT),
    "a header of 200 KB": (says(head(b"X-Long: " + b"x" * 200_000) + GOOD), BROKEN),
    "header bytes beyond ASCII": (says(head(b"X-Latin: caf\xe9 \xff\xfe") + GOOD), KEPT),
    "ETag of 50 KB": (says(head(b"ETag: " + b"e" * 50_000) + GOOD), KEPT),
    "only newlines end its lines": (says(b"HTTP/1.1 200 OK\nX-A: b\n\n" + GOOD), KEPT),
    "status no number": (says(b"HTTP/1.1 OK fine\r\n\r\n" + GOOD), BROKEN),
    "status 0": (says(b"HTTP/1.1 000 Zero\r\n\r\n" + GOOD), BROKEN),
    "status 999": (says(b"HTTP/1.1 999 Beyond\r\nContent-Length: 0\r\n\r\n"), r"HTTP 999|" + BROKEN),
    "HTTP/0.9, a body at once": (says(GOOD), BROKEN),
    "HTTP/9.9": (says(b"HTTP/9.9 200 OK\r\n\r\n" + GOOD), KEPT),
    "another protocol": (says(b"SSH-2.0-OpenSSH_9.2\r\n"), BROKEN),
    "noise": (says(bytes(range(256)) * 20), BROKEN),
    "nothing at all": (says(), BROKEN),
    "a reset in the body": (resets, BROKEN),
    "switching protocols": (says(head(b"Upgrade: websocket", b"Connection: Upgrade", status=b"101 Switching Protocols")), r"HTTP 101 Switching Protocols|" + BROKEN),
    "no content": (says(head(status=b"204 No Content")), r"empty: 0 bytes"),
    "partial content that was not asked for": (says(head(b"Content-Range: bytes 0-9/999", status=b"206 Partial Content") + GOOD), r"HTTP 206 Partial Content"),
    # compression that lies or breaks
    "gzip announced, plain sent": (says(head(b"Content-Encoding: gzip") + GOOD), r"its compression \(gzip\) is broken: .*"),
    "deflate announced, gzip sent": (says(head(b"Content-Encoding: deflate") + gzip.compress(GOOD)), r"its compression \(deflate\) is broken: .*"),
    "gzip breaks off": (says(head(b"Content-Encoding: gzip") + gzip.compress(GOOD)[:-30]), r"its compression \(gzip\) breaks off"),
    "gzip breaks off in its head": (says(head(b"Content-Encoding: gzip") + gzip.compress(GOOD)[:5]), r"its compression \(gzip\) breaks off"),
    "gzip with a wrong checksum": (says(head(b"Content-Encoding: gzip") + gzip.compress(GOOD)[:-8] + bytes(8)), r"its compression \(gzip\) is broken: .*"),
    "gzip and junk behind it": (says(head(b"Content-Encoding: gzip") + gzip.compress(GOOD) + b"junk" * 99), KEPT),
    "gzip without a header for it": (says(head() + gzip.compress(GOOD)), r"gzip data, not a feed"),
    "brotli that was not asked for": (says(head(b"Content-Encoding: br") + GOOD), r"compressed as 'br', which was not asked for"),
    "a coding with an escape in its name": (says(head(b"Content-Encoding: g\x80zip") + GOOD), r"compressed as '.*zip', which was not asked for"),
    "gzip in gzip in gzip": (says(head(b"Content-Encoding: gzip, gzip, gzip") + GOOD), r"compressed 3 times over, which was not asked for"),
    "gzip in two headers": (says(head(b"Content-Encoding: gzip", b"Content-Encoding: gzip") + GOOD), r"compressed 2 times over, which was not asked for"),
    "1,000 codings": (says(head(b"Content-Encoding: " + b"gzip," * 1_000) + GOOD), r"compressed 1000 times over, which was not asked for"),
}  # fmt: skip


@pytest.mark.parametrize("name", RAW)
async def test_an_answer_that_breaks_http_is_told_or_read(lab: Lab, name: str) -> None:
    script, reason = RAW[name]
    with RawServer(script).running() as server:
        outcome = await lab.poll_beside_a_good_one(lab.feed(server.url()))
    if reason == KEPT:
        assert (outcome.titles, outcome.reason) == (["A good story"], "")
    else:
        assert outcome.fetched.result == "failed"
        assert re.fullmatch(reason, outcome.reason), outcome.reason
        assert outcome.reason.isprintable()


async def test_a_validator_that_is_too_long_is_not_kept(lab: Lab) -> None:
    with RawServer(RAW["ETag of 50 KB"][0]).running() as server:
        outcome = await lab.poll(lab.feed(server.url()))
    assert outcome.state.etag is None


# ------------------------------------------------------------------ bombs

BOMBS: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "gzip, 200 KB to 200 MB": (lambda: bomb(200), "gzip", TOO_LARGE),
    "deflate, 200 KB to 200 MB": (lambda: bomb(200, 15), "deflate", TOO_LARGE),
    "raw deflate, 200 KB to 200 MB": (lambda: bomb(200, -15), "deflate", TOO_LARGE),
    "gzip members, each 1 MB": (lambda: gzip.compress(bytes(1_000_000)) * 200, "gzip", TOO_LARGE),
    "stacked, under 500 bytes to 200 MB": (lambda: packed(bomb(200), 31), "gzip, gzip", r"compressed 2 times over, .*"),
    "gzip in deflate": (lambda: packed(bomb(200), 15), "gzip, deflate", r"compressed 2 times over, .*"),
    "gzip within gzip under one header": (lambda: packed(bomb(200), 31), "gzip", r"gzip data, not a feed"),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_makes_the_ingest_process_grow_by_less_than_20_mb(lab: Lab, name: str) -> None:
    make, coding, reason = BOMBS[name]
    reply = Reply(make(), headers={"Content-Encoding": coding})
    before = lab.most_memory()
    outcome = await lab.reply(reply)
    assert re.fullmatch(reason, outcome.reason), outcome.reason
    assert lab.most_memory() - before < 20_000_000


def test_the_stacked_bomb_is_as_small_as_they_come() -> None:
    assert len(BOMBS["stacked, under 500 bytes to 200 MB"][0]()) < 600


# ------------------------------------------------------------------ redirects

LEADS_NOWHERE = r"redirected to .*: only http and https are fetched"
REDIRECTS: dict[str, tuple[str, str]] = {
    "to file:": ("file:///etc/passwd", LEADS_NOWHERE),
    "to a file of this host": ("file://localhost/etc/passwd", LEADS_NOWHERE),
    "to ftp:": ("ftp://ftp.example/feed", LEADS_NOWHERE),
    "to gopher:": ("gopher://127.0.0.1:6379/_FLUSHALL", LEADS_NOWHERE),
    "to javascript:": ("javascript:alert(1)", r"redirected to what is no address"),
    "to data:": ("data:application/rss+xml,<rss/>", r"redirected to what is no address"),
    "to an unknown scheme": ("feed+special://x/", LEADS_NOWHERE),
    "to no host": ("http:///feed", r"HTTP 404 Not Found"),
    "to a broken IPv6 address": ("http://[::1/feed", r"redirected to what is no address"),
    "to a port out of range": ("http://127.0.0.1:99999/", r"redirected to port 99999: there is no such port"),
    "to an escape sequence": ("http://\x1b]0;owned\x07/", r"redirected to what is no address|not an address: .*|connection broken off: .*"),
    "to nothing": ("", r"HTTP 302 without an address to go to"),
    "to 70,000 characters": ("http://a.example/" + "x" * 70_000, r"redirected to what is no address"),
}  # fmt: skip


@pytest.mark.parametrize("name", REDIRECTS)
async def test_a_redirect_that_leads_astray_is_told(lab: Lab, name: str) -> None:
    location, reason = REDIRECTS[name]
    outcome = await lab.reply(Reply(status=302, headers={"Location": location}))
    assert outcome.fetched.result == "failed"
    assert re.fullmatch(reason, outcome.reason), outcome.reason
    assert outcome.reason.isprintable()
    assert len(outcome.reason) < 300


@pytest.mark.parametrize("length", [1, 2, 7])
async def test_a_ring_of_redirects_ends(lab: Lab, length: int) -> None:
    paths = [lab.path() for _ in range(length)]
    for here, there in zip(paths, [*paths[1:], paths[0]], strict=True):
        lab.server.on(here, Reply(status=301, headers={"Location": there}))
    outcome = await lab.poll_beside_a_good_one(lab.feed(lab.server.url(paths[0])))
    assert outcome.reason == "redirected more than 5 times"
    assert sum(lab.server.count(path) for path in paths) == 6


async def test_a_redirect_that_grows_at_each_hop_ends(lab: Lab) -> None:
    start = lab.path()

    def grow(asked: Asked) -> Reply:
        longer = asked.path + "x"
        lab.server.on(longer, grow)
        return Reply(status=302, headers={"Location": longer})

    outcome = await lab.poll_beside_a_good_one(lab.feed(lab.server.on(start, grow)))
    assert outcome.reason == "redirected more than 5 times"


async def test_a_password_in_a_redirect_is_neither_sent_nor_kept(lab: Lab) -> None:
    target = lab.path()
    lab.server.feed(target, rss("Behind the password"))
    location = lab.server.url(target).replace("http://", "http://user:secret@")
    outcome = await lab.reply(Reply(status=301, headers={"Location": location}))

    assert outcome.titles == ["Behind the password"]
    assert "authorization" not in lab.server.asked[-1].headers
    assert outcome.state.moved_to == lab.server.url(target)


async def test_the_users_own_password_stays_with_the_host_that_it_is_for(lab: Lab) -> None:
    here, there, elsewhere = lab.path(), lab.path(), "/elsewhere"
    lab.neighbour.feed(elsewhere, rss("At another host"))
    lab.server.on(here, Reply(status=302, headers={"Location": there}))
    lab.server.on(there, Reply(status=302, headers={"Location": lab.neighbour.url(elsewhere)}))
    outcome = await lab.poll(lab.feed(lab.server.url(here).replace("http://", "http://me:mine@")))

    assert outcome.titles == ["At another host"]
    sent = {asked.path: asked.headers.get("authorization") for asked in lab.server.asked + lab.neighbour.asked}
    assert sent[here] == sent[there] == "Basic bWU6bWluZQ=="
    assert sent[elsewhere] is None


# ------------------------------------------------------------------ addresses that are none


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://harbour.example/feed", "javascript:alert(1)", "exec:rm -rf /", "/etc/passwd",
        "C:\\feeds\\rss.xml", "//127.0.0.1/feed", "http://", "http://:80/", "", "feed://harbour.example/rss",
        f"http://{'a' * 70}.example/", f"http://{'a.' * 200}example/", "http://a..example/", "http://exa mple/",
        "http://harbour.example:99999/", "http://\u202eelpmaxe/", "http://xn--/",
    ],
)  # fmt: skip
async def test_what_is_no_address_of_the_web_is_told(lab: Lab, url: str) -> None:
    outcome = await lab.poll_beside_a_good_one(lab.feed(url))
    assert outcome.fetched.result == "failed"
    assert outcome.reason
    assert "fault in this program" not in outcome.reason
    assert outcome.reason.isprintable()
