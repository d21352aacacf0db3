"""One conditional GET against a real server on loopback, polite and hostile."""

from __future__ import annotations

import contextlib
import gzip
import socket
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import repeat

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.feeds.address import PrivateAddress, check_name
from tensionwatch.feeds.fetch import Answer, Fetcher, FetchError
from tensionwatch.feeds.headers import floor_of, retry_after_of
from tensionwatch.feeds.inflate import BrokenBody, TooLarge, inflater
from tensionwatch.model import FetchRequest
from tests.feeds.conftest import NOON, POLL, SetClock, feed_at
from tests.feeds.server import Asked, FeedServer, Reply, rss

BODY = rss("One", "Two")


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(POLL, SetClock()) as running:
        yield running


def ask(url: str, *, private: bool = True, **known: str | None) -> FetchRequest:
    blank = {"etag": None, "last_modified": None, "body_hash": None}
    return FetchRequest(feed=feed_at(url, allow_private=private), seen=(), **{**blank, **known})


async def failure(fetcher: Fetcher, request: FetchRequest) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await fetcher.get(request)
    return caught.value


async def impatient(request: FetchRequest, **limits: float) -> FetchError:
    async with Fetcher(msgspec.structs.replace(POLL, **limits), SetClock()) as fetcher:
        return await failure(fetcher, request)


# ------------------------------------------------------------------ etiquette


async def test_nothing_is_sent_but_what_a_feed_reader_needs(server: FeedServer, fetcher: Fetcher) -> None:
    url = server.on("/a", Reply(BODY, headers={"Set-Cookie": "id=7; Path=/"}))
    await fetcher.get(ask(url))
    await fetcher.get(ask(url))

    for asked in server.asked:
        assert asked.headers == {
            "host": f"127.0.0.1:{server.port}",
            "user-agent": POLL.user_agent,
            "accept": asked.headers["accept"],
            "accept-encoding": "gzip, deflate",
            "connection": "close",
        }


@pytest.mark.parametrize("etag", ['"plain"', 'W/"weak"', "unquoted", '"caf\xe9"', '"a,b;c"', "''"])
async def test_validators_go_back_byte_for_byte(server: FeedServer, fetcher: Fetcher, etag: str) -> None:
    date = "Sun, 01 Mar 2026 11:00:00 +0000 (odd)"

    def script(asked: Asked) -> Reply:
        if asked.headers.get("if-none-match") == etag and asked.headers.get("if-modified-since") == date:
            return Reply(status=304)
        return Reply(BODY, headers={"ETag": etag, "Last-Modified": date})

    url = server.on("/a", script)
    first = await fetcher.get(ask(url))
    again = await fetcher.get(ask(url, etag=first.etag, last_modified=first.last_modified, body_hash=first.body_hash))

    assert (first.status, first.etag, first.last_modified) == (200, etag, date)
    assert again.body is None
    assert (again.status, again.etag, again.last_modified) == (304, etag, date)
    assert again.body_hash == first.body_hash


async def test_validators_are_replaced_together_even_by_nothing(server: FeedServer, fetcher: Fetcher) -> None:
    url = server.on("/a", Reply(BODY, headers={"ETag": '"new"'}))
    answer = await fetcher.get(ask(url, etag='"old"', last_modified="long ago"))
    assert (answer.etag, answer.last_modified) == ('"new"', None)


async def test_the_same_body_again_counts_as_unchanged(server: FeedServer, fetcher: Fetcher) -> None:
    url = server.feed("/a", BODY)
    first = await fetcher.get(ask(url))
    again = await fetcher.get(ask(url, body_hash=first.body_hash))
    assert first.body == BODY
    assert (again.body, again.body_hash) == (None, first.body_hash)


async def test_a_304_that_nobody_asked_for_is_a_failure(server: FeedServer, fetcher: Fetcher) -> None:
    error = await failure(fetcher, ask(server.on("/a", Reply(status=304))))
    assert error.reason == "HTTP 304 Not Modified"


@pytest.mark.parametrize(
    ("status", "headers", "reason", "retry_after", "gone"),
    [
        (404, {}, "HTTP 404 Not Found", None, False),
        (410, {}, "HTTP 410 Gone", None, True),
        (429, {"Retry-After": "120"}, "HTTP 429 Too Many Requests", 120.0, False),
        (503, {"Retry-After": "soon"}, "HTTP 503 Service Unavailable", None, False),
        (599, {}, "HTTP 599", None, False),
        (301, {}, "HTTP 301 without an address to go to", None, False),
    ],
)
async def test_refusals(
    server: FeedServer,
    fetcher: Fetcher,
    status: int,
    headers: dict[str, str],
    reason: str,
    retry_after: float | None,
    gone: bool,
) -> None:
    error = await failure(fetcher, ask(server.on("/a", Reply(status=status, headers=headers))))
    assert (error.status, error.reason, error.retry_after, error.gone) == (status, reason, retry_after, gone)


DATES = {"date": "Sun, 01 Mar 2026 10:00:00 GMT"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "90"}, 90.0),
        ({"retry-after": " 90 "}, 90.0),
        ({"retry-after": "0"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "tomorrow"}, None),
        ({"retry-after": "Sun, 01 Mar 2026 12:10:00 GMT"}, 600.0),
        ({"retry-after": "Sun, 01 Mar 2026 12:10:00 GMT", **DATES}, 7_800.0),
        ({"retry-after": "Sun, 01 Mar 2026 09:00:00 GMT", **DATES}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_of(headers, NOON) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"cache-control": "max-age=600"}, 600.0),
        ({"cache-control": 'public, Max-Age="600", must-revalidate'}, 600.0),
        ({"cache-control": "max-age=600", "age": "550"}, 50.0),
        ({"cache-control": "max-age=600", "age": "700"}, 0.0),
        ({"cache-control": "max-age=600", "age": "old"}, 600.0),
        ({"cache-control": "max-age=600, max-age=9000"}, 600.0),
        ({"cache-control": "no-cache, max-age=600"}, 0.0),
        ({"cache-control": "max-age=600, no-store"}, 0.0),
        ({"cache-control": 'no-cache="set-cookie", max-age=600'}, 600.0),
        ({"cache-control": 'private="x, max-age=9000", max-age=600'}, 600.0),
        ({"cache-control": "s-maxage=600"}, None),
        ({"cache-control": "s-maxage=600, max-age=60"}, 60.0),
        ({"cache-control": "must-revalidate"}, None),
        ({"cache-control": "max-age=soon"}, 0.0),
        ({"expires": "Sun, 01 Mar 2026 12:10:00 GMT"}, 600.0),
        ({"expires": "Sun, 01 Mar 2026 12:10:00 GMT", **DATES}, 7_800.0),
        ({"expires": "Sun, 01 Mar 2026 12:10:00 GMT", "age": "60", **DATES}, 7_740.0),
        ({"expires": "Sun, 01 Mar 2026 09:00:00 GMT", **DATES}, 0.0),
        ({"expires": "0"}, 0.0),
        ({"expires": "-1"}, 0.0),
        ({"expires": "Sun, 01 Mar 2026 12:10:00 +999999999999999"}, 0.0),
        ({"expires": "Sun, 01 Mar 2026 12:10:00 GMT", "cache-control": "max-age=60"}, 60.0),
        ({"expires": "Sun, 01 Mar 2026 12:10:00 GMT", "cache-control": "no-cache"}, 0.0),
    ],
)
def test_freshness(headers: dict[str, str], seconds: float | None) -> None:
    assert floor_of(headers, NOON) == seconds


@given(st.text(), st.text())
def test_no_header_breaks_the_reader(value: str, date: str) -> None:
    found = retry_after_of({"retry-after": value, "date": date}, NOON)
    assert found is None or found > 0
    for fresh in (floor_of({"cache-control": value, "age": date}, NOON), floor_of({"expires": value}, NOON)):
        assert fresh is None or fresh >= 0


async def test_a_retry_after_is_heard_with_any_answer_and_at_any_hop(server: FeedServer, fetcher: Fetcher) -> None:
    server.feed("/a", BODY, **{"Retry-After": "60"})
    server.on("/b", Reply(status=302, headers={"Location": "/a", "Retry-After": "3600"}))
    server.on("/c", Reply(status=304, headers={"Retry-After": "90"}))
    server.on("/d", Reply(status=301, headers={"Location": "/plain", "Retry-After": "nonsense"}))
    server.feed("/plain", BODY)
    heard = {
        path: (await fetcher.get(ask(server.url(path), etag='"x"'))).retry_after for path in ("/a", "/b", "/c", "/d")
    }
    assert heard == {"/a": 60.0, "/b": 3_600.0, "/c": 90.0, "/d": None}


async def test_only_where_no_server_answers_at_all_is_it_called_unreachable(
    server: FeedServer, fetcher: Fetcher
) -> None:
    nowhere = "http://127.0.0.1:9/"
    assert (await failure(fetcher, ask(nowhere))).unreachable
    assert (await failure(fetcher, ask("http://no-such-host.invalid/"))).unreachable
    silent = server.on("/silent", Reply(chunks=repeat(b"x"), pause=5))
    moved = server.on("/moved", Reply(status=301, headers={"Location": nowhere}))
    dripping = await impatient(ask(silent), timeout=1)
    answered = [await failure(fetcher, ask(url)) for url in (server.url("/missing"), moved)]
    assert [error.unreachable for error in (dripping, *answered)] == [False] * 3
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        unheard = await impatient(ask(f"http://127.0.0.1:{deaf.getsockname()[1]}/"), timeout=1)
        no_tls = await impatient(ask(f"https://127.0.0.1:{server.port}/"), timeout=60)
    assert (unheard.reason, unheard.unreachable) == ("timed out after 1 s", True)
    assert not no_tls.unreachable, no_tls.reason


# ------------------------------------------------------------------ redirects


async def test_only_permanent_redirects_all_the_way_move_a_feed(server: FeedServer, fetcher: Fetcher) -> None:
    final = server.feed("/final", BODY)
    for path, status, target in (("/p", 301, "/q"), ("/q", 308, "/final"), ("/t", 301, "/u"), ("/u", 302, "/final")):
        server.on(path, Reply(status=status, headers={"Location": target}))

    moved = await fetcher.get(ask(server.url("/p")))
    not_moved = await fetcher.get(ask(server.url("/t")))

    assert (moved.body, moved.url, moved.moved_to) == (BODY, final, final)
    assert (not_moved.body, not_moved.url, not_moved.moved_to) == (BODY, final, None)


async def test_a_redirect_loop_ends(server: FeedServer, fetcher: Fetcher) -> None:
    url = server.on("/a", Reply(status=302, headers={"Location": "/a"}))
    assert (await failure(fetcher, ask(url))).reason == "redirected more than 5 times"
    assert server.count("/a") == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://files.example/feed", "gopher://x/"])
async def test_only_http_is_followed(server: FeedServer, fetcher: Fetcher, target: str) -> None:
    url = server.on("/a", Reply(status=302, headers={"Location": target}))
    reason = (await failure(fetcher, ask(url))).reason
    assert reason.startswith("redirected to ")
    assert reason.endswith(": only http and https are fetched")


async def test_a_redirect_to_no_address_is_told(server: FeedServer, fetcher: Fetcher) -> None:
    url = server.on("/a", Reply(status=302, headers={"Location": "http://a:port/"}))
    assert (await failure(fetcher, ask(url))).reason == "redirected to what is no address"


# ------------------------------------------------------------------ private addresses


@pytest.mark.parametrize(
    "host",
    """127.0.0.1 127.9.9.9 10.0.0.1 172.16.3.4 192.168.1.1 169.254.169.254 0.0.0.0 100.64.0.1 224.0.0.1 255.255.255.255
    [::1] [fe80::1] [fe80::1%eth0] [fc00::1] [::ffff:10.0.0.1] [64:ff9b::7f00:1] [2002:7f00:1::] [::] localhost
    LocalHost. router.localhost""".split(),
)
def test_private_addresses_are_refused(host: str) -> None:
    with pytest.raises(PrivateAddress, match="is a private address; set allow_private = true for this feed"):
        check_name(host)


@pytest.mark.parametrize("host", ["news.example", "8.8.8.8", "[2606:4700::1111]", "[64:ff9b::808:808]", "10.example"])
def test_public_addresses_pass(host: str) -> None:
    check_name(host)


async def test_a_private_feed_is_not_even_connected_to(server: FeedServer, fetcher: Fetcher) -> None:
    error = await failure(fetcher, ask(server.feed("/a", BODY), private=False))
    assert error.reason == "127.0.0.1 is a private address; set allow_private = true for this feed"
    assert server.asked == []


async def test_a_name_that_resolves_to_a_private_address_is_refused(
    server: FeedServer, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.feed("/a", BODY)
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **kw: real("127.0.0.1", *more, **kw))
    error = await failure(fetcher, ask(f"http://news.example:{server.port}/a", private=False))
    assert error.reason == "127.0.0.1 is a private address; set allow_private = true for this feed"
    assert server.asked == []


async def test_a_name_that_turns_private_after_the_check_is_refused(
    server: FeedServer, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the first answer is public, the second, which is connected to, is not."""
    server.feed("/a", BODY)
    real = socket.getaddrinfo
    answers = iter(["93.184.215.14"])

    def rebind(host: str, *more: object, **kw: object) -> object:
        return real(next(answers, "127.0.0.1"), *more, **kw)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(socket, "getaddrinfo", rebind)
    error = await failure(fetcher, ask(f"http://news.example:{server.port}/a", private=False))
    assert error.reason == "127.0.0.1 is a private address; set allow_private = true for this feed"
    assert server.asked == []


async def test_a_redirect_into_the_private_net_is_refused_at_its_hop(
    server: FeedServer, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.on("/a", Reply(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data"}))
    # The first hop passes for public, so that the second is what is seen.
    monkeypatch.setattr("tensionwatch.feeds.fetch.check_resolved", _nothing)
    monkeypatch.setattr("tensionwatch.feeds.fetch.check_name", _all_but_loopback)
    error = await failure(fetcher, ask(server.url("/a"), private=False))
    assert error.reason == "169.254.169.254 is a private address; set allow_private = true for this feed"
    assert len(server.asked) == 1


async def _nothing(host: str, port: int) -> None:
    """A resolver's check that lets everything pass."""


def _all_but_loopback(host: str) -> None:
    if host != "127.0.0.1":
        check_name(host)


# ------------------------------------------------------------------ a hostile network


async def test_a_dripping_server_meets_the_deadline(server: FeedServer) -> None:
    url = server.on("/a", Reply(chunks=repeat(b"x"), pause=0.05))
    error = await impatient(ask(url), timeout=1)
    assert error.reason == "timed out after 1 s"


async def test_an_endless_body_is_cut_off(server: FeedServer, fetcher: Fetcher) -> None:
    error = await failure(fetcher, ask(server.on("/a", Reply(chunks=repeat(b"x" * 65_536)))))
    assert error.reason == "larger than 10 MB"


async def test_a_gzip_bomb_does_not_grow(server: FeedServer, fetcher: Fetcher) -> None:
    """200 KB that become 200 MB, made bit by bit so that making it takes no memory either."""
    packer, megabyte = zlib.compressobj(wbits=31), bytes(1_000_000)
    bomb = b"".join([*(packer.compress(megabyte) for _ in range(200)), packer.flush()])
    url = server.on("/a", Reply(bomb, headers={"Content-Encoding": "gzip"}))
    # What Python allocates: the peak of the process says nothing, for other tests before this one had theirs.
    tracemalloc.start()
    try:
        error = await failure(fetcher, ask(url))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert error.reason == "larger than 10 MB"
    assert most < 30_000_000, "the ten that are allowed, and these once more while they are taken over"


async def test_stacked_and_unasked_encodings_are_refused(server: FeedServer, fetcher: Fetcher) -> None:
    twice = gzip.compress(gzip.compress(BODY))
    url = server.on("/a", Reply(twice, headers={"Content-Encoding": "gzip, gzip"}))
    assert (await failure(fetcher, ask(url))).reason == "compressed 2 times over, which was not asked for"
    url = server.on("/b", Reply(BODY, headers={"Content-Encoding": "br"}))
    assert (await failure(fetcher, ask(url))).reason == "compressed as 'br', which was not asked for"


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "raw deflate", "identity", ""])
async def test_compressed_bodies_are_read(server: FeedServer, fetcher: Fetcher, coding: str) -> None:
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(BODY[:50]) + gzip.compress(BODY[50:]) + b"\0\0",
        "x-gzip": gzip.compress(BODY),
        "deflate": zlib.compress(BODY),
        "raw deflate": raw.compress(BODY) + raw.flush(),
    }.get(coding, BODY)
    url = server.on("/a", Reply(packed, headers={"Content-Encoding": coding.removeprefix("raw ")}))
    answer: Answer = await fetcher.get(ask(url))
    assert answer.body == BODY


async def test_a_broken_connection_is_told(server: FeedServer, fetcher: Fetcher) -> None:
    url = server.on("/a", Reply(chunks=[b"<rss>"], headers={"Content-Length": "9999"}))
    assert (await failure(fetcher, ask(url))).reason.startswith("connection broken off: ")


async def test_a_closed_port_is_told(fetcher: Fetcher) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        error = await failure(fetcher, ask(f"http://127.0.0.1:{port}/"))
    assert error.reason == "could not connect: connection refused"


async def test_an_unknown_host_is_told(fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: object, **kw: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = await failure(fetcher, ask("http://news.invalid/feed", private=False))
    assert error.reason == "no such host: news.invalid"


async def test_plain_http_on_a_tls_port_and_the_reverse_are_told(server: FeedServer, fetcher: Fetcher) -> None:
    error = await failure(fetcher, ask(server.url("/a").replace("http:", "https:")))
    assert error.reason.startswith("could not connect: ")


@pytest.mark.parametrize("url", ["", "feed", "file:///etc/passwd", "http://", "http://[half/", "http://a:99999/"])
async def test_what_is_no_web_address_is_told(fetcher: Fetcher, url: str) -> None:
    error = await failure(fetcher, ask(url))
    assert error.reason


# ------------------------------------------------------------------ decompression


def _chunks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@given(st.binary(max_size=2_000), st.sampled_from(["gzip", "deflate", ""]), st.integers(1, 50))
def test_any_body_in_any_chunks_comes_out_whole(body: bytes, coding: str, size: int) -> None:
    packed = {"gzip": gzip.compress(body), "deflate": zlib.compress(body), "": body}[coding]
    inflate = inflater(coding, 2_000)
    assert b"".join(map(inflate.feed, _chunks(packed, size))) == body
    inflate.finish()


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate"]))
def test_noise_breaks_cleanly(noise: bytes, coding: str) -> None:
    inflate = inflater(coding, 100)
    with contextlib.suppress(BrokenBody, TooLarge):  # and nothing else
        assert len(inflate.feed(noise)) <= 100
        inflate.finish()


def test_a_body_that_breaks_off_is_told() -> None:
    inflate = inflater("gzip", 1_000)
    inflate.feed(gzip.compress(BODY)[:40])
    with pytest.raises(BrokenBody, match="breaks off"):
        inflate.finish()


def test_the_cap_is_exact() -> None:
    assert len(inflater("gzip", 100).feed(gzip.compress(bytes(100)))) == 100
    with pytest.raises(TooLarge, match=r"larger than 0\.1 kB"):
        inflater("gzip", 100).feed(gzip.compress(bytes(101)))


def test_the_retry_date_is_counted_from_now() -> None:
    later = (NOON + timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert retry_after_of({"retry-after": later}, NOON) == 3_600.0
