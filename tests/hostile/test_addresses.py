"""Addresses that lead inside: through a proxy, where only names can be checked, and with a resolver that lies."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio

from tests.feeds.server import FeedServer, Reply, rss
from tests.hostile.conftest import a_lab, no_proxy
from tests.hostile.lab import PATIENCE, Lab

REFUSED = "{} is a private address; set allow_private = true for this feed"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def proxied(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    """A lab whose only way out is a proxy, its server: what it is asked for, it was let through to. The other lab comes
    first, and outlives it: it holds back the proxies that it finds."""
    with no_proxy(), FeedServer().running() as proxy:
        os.environ["http_proxy"] = f"http://127.0.0.1:{proxy.port}"
        os.environ["no_proxy"] = "127.0.0.1"
        try:
            async with a_lab(tmp_path_factory.mktemp("proxied"), allow_private=False, warm=False) as running:
                running.server = proxy
                yield running
        finally:
            del os.environ["http_proxy"], os.environ["no_proxy"]


async def test_through_a_proxy_a_public_feed_is_read_and_the_proxy_is_told(proxied: Lab) -> None:
    proxied.server.feed("http://harbour.example/feed", rss("By way of a proxy"))
    outcome = await proxied.poll_beside_a_good_one(proxied.feed("http://harbour.example/feed"))
    assert outcome.titles == ["By way of a proxy"]
    assert outcome.state.proxied


async def test_without_a_proxy_none_is_told(lab: Lab) -> None:
    outcome = await lab.serve(rss("Straight"))
    assert not outcome.state.proxied


INSIDE = (
    # IPv4 in all the forms that resolvers read
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7F.1", "017700000001", "0", "0.0.0.0",
    "127.0.0.1.", "127。0。0。1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "3232235521", "169.254.169.254",
    "0xa9fea9fe", "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "224.0.0.251", "240.0.0.1",
    "255.255.255.255",
    # IPv6, and IPv4 within it
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]",
    "[64:ff9b::7f00:1]", "[64:ff9b::a00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:c0a8:1::1]",
    "[2001:0:7f00:1::]", "[::ffff:0:127.0.0.1]", "[fe80::1]", "[fe80::1%25eth0]", "[fc00::1]", "[fd12:3456::1]",
    "[fec0::1]", "[ff02::1]", "[2001:db8::1]", "[100::1]", "[3fff::1]", "[5f00::1]",
    # names
    "localhost", "LOCALHOST", "localhost.", "feeds.localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback",
    "router", "printer.local", "nas.lan", "wiki.corp", "tv.home", "box.home.arpa", "metadata.google.internal",
    "%6c%6f%63alhost",
)  # fmt: skip


@pytest.mark.parametrize("host", INSIDE)
async def test_a_private_address_is_refused_by_name_in_whatever_form(proxied: Lab, host: str) -> None:
    before = len(proxied.server.asked)
    outcome = await proxied.poll(proxied.feed(f"http://{host}/feed"))
    assert outcome.fetched.result == "failed"
    assert outcome.reason.endswith("is a private address; set allow_private = true for this feed")
    assert len(proxied.server.asked) == before


@pytest.mark.parametrize("host", INSIDE[::7])
async def test_a_redirect_to_a_private_address_is_not_followed(proxied: Lab, host: str) -> None:
    start = f"http://harbour.example{proxied.path()}"
    proxied.server.on(start, Reply(status=301, headers={"Location": f"http://{host}/".encode().decode("latin-1")}))
    before = len(proxied.server.asked)
    outcome = await proxied.poll_beside_a_good_one(proxied.feed(start))
    assert outcome.fetched.result == "failed"
    assert "private address" in outcome.reason or "no such name" in outcome.reason
    assert len(proxied.server.asked) == before + 1


@pytest.mark.parametrize(
    "host", ["8.8.8.8", "[2606:4700::1111]", "[2002:808:808::1]", "[64:ff9b::808:808]", "134744072"]
)
async def test_a_public_address_is_fetched_in_whatever_form(proxied: Lab, host: str) -> None:
    proxied.server.feed(f"http://{host.strip('[]')}/feed", rss("Public"))  # httpcore writes IPv6 without its brackets
    outcome = await proxied.poll(proxied.feed(f"http://{host}/feed"))
    assert outcome.titles == ["Public"]


# ------------------------------------------------------------------ a resolver that lies

_CODE = """
import socket
from collections import Counter
real, asked = socket.getaddrinfo, Counter()
ANSWERS = {
    "private.example": [["127.0.0.1"]],
    "first-public.example": [["93.184.215.14"], ["127.0.0.1"]],
    "public-twice.example": [["93.184.215.14"], ["93.184.215.14", "127.0.0.1"], ["127.0.0.1"]],
    "mixed.example": [["93.184.215.14", "10.0.0.1"]],
    "mapped.example": [["::ffff:127.0.0.1"]],
    "nat64.example": [["64:ff9b::7f00:1"]],
    "scoped.example": [["fe80::1%1"]],
    "cloud.example": [["169.254.169.254"]],
    "zero.example": [["0.0.0.0"]],
}
def lying(host, port, *more, **kw):
    name = host.decode() if isinstance(host, bytes) else host
    if name not in ANSWERS:
        return real(host, port, *more, **kw)
    answers = ANSWERS[name]
    said = answers[min(asked[name], len(answers) - 1)]
    asked[name] += 1
    return [found for address in said for found in real(address, port, type=socket.SOCK_STREAM)]
socket.getaddrinfo = lying
from tensionwatch.feeds import worker
worker.main()
"""
"""The real ingest process; only its resolver is another."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def lied_to(proxied: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    """It has to go before `proxied` does, whose environment it holds back."""
    with no_proxy(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("tensionwatch.feeds.child.COMMAND", (sys.executable, "-c", _CODE))
        poll = msgspec.structs.replace(PATIENCE, connect_timeout=2.0)
        async with a_lab(tmp_path_factory.mktemp("lied-to"), poll, allow_private=False, warm=False) as running:
            yield running


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("private.example", "127.0.0.1"), ("mixed.example", "10.0.0.1"), ("mapped.example", "::ffff:7f00:1"),
        ("nat64.example", "64:ff9b::7f00:1"), ("scoped.example", "fe80::1"), ("cloud.example", "169.254.169.254"),
        ("zero.example", "0.0.0.0"), ("first-public.example", "127.0.0.1"),
    ],
)  # fmt: skip
async def test_a_name_that_resolves_inside_at_once_or_at_the_second_look_is_refused(
    lied_to: Lab, name: str, told: str
) -> None:
    lied_to.server.feed("/feed", rss("Never read"))
    outcome = await lied_to.poll_beside_a_good_one(lied_to.feed(f"http://{name}:{lied_to.server.port}/feed"))
    assert outcome.reason == REFUSED.format(told)
    assert lied_to.server.asked == []


async def test_an_answer_that_becomes_private_between_two_connections_is_refused(lied_to: Lab) -> None:
    """Public when checked; when connected to, public first, which does not answer here, then private, which would."""
    outcome = await lied_to.poll(lied_to.feed(f"http://public-twice.example:{lied_to.server.port}/feed"))
    assert outcome.fetched.result == "failed"
    assert lied_to.server.asked == []
