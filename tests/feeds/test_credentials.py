"""Headers, logins and user agents of single feeds: sent where they are meant to go, and seen nowhere else."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from rich.pretty import pretty_repr

from tensionwatch.config import load
from tensionwatch.errors import ConfigError
from tensionwatch.feeds.child import IngestProcess
from tensionwatch.feeds.credentials import asked_at, own_headers, same_origin
from tensionwatch.feeds.fetch import Fetcher, FetchError, Hop
from tensionwatch.feeds.poller import _request
from tensionwatch.model import FeedState, FetchRequest, Header, Login
from tensionwatch.redaction import secrets_of
from tests.caches import PREPARED_RULES
from tests.feeds.conftest import NOON, POLL, SetClock, feed_at, running
from tests.feeds.server import FeedServer, Reply, rss

BODY = rss("One")
KEY = "k3y-0f-the-harbour"


def request(url: str, **more: object) -> FetchRequest:
    return FetchRequest(feed=feed_at(url, **more), etag=None, last_modified=None, body_hash=None, seen=())  # type: ignore[arg-type]  # kwargs of mixed types


async def get(url: str, **more: object) -> list[Hop]:
    trail: list[Hop] = []
    async with Fetcher(POLL, SetClock()) as fetcher:
        await fetcher.get(request(url, **more), trail)
    return trail


async def refusal(url: str, **more: object) -> str:
    with pytest.raises(FetchError) as caught:
        await get(url, **more)
    return caught.value.reason


@pytest.fixture
def elsewhere() -> Iterator[FeedServer]:
    """Another origin: the same host, another port."""
    with FeedServer().running() as running:
        yield running


# ------------------------------------------------------------------ what is sent


async def test_a_feed_sends_headers_login_and_user_agent_of_its_own(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARBOUR_KEY", KEY)
    monkeypatch.setenv("HARBOUR_PASSWORD", "pässword")
    await get(
        server.feed("/a", BODY),
        headers=(Header("X-Api-Key", "env:HARBOUR_KEY"), Header("Accept", "application/xml")),
        auth=Login("reader", "env:HARBOUR_PASSWORD"),
        user_agent="harbour-reader/2",
    )
    (asked,) = server.asked
    assert asked.headers["x-api-key"] == KEY
    assert asked.headers["authorization"] == f"Basic {b64encode('reader:pässword'.encode()).decode()}"
    assert asked.headers["user-agent"] == "harbour-reader/2"
    assert asked.headers["accept"] == "application/xml"
    assert [name.lower() for name in asked.header_names].count("user-agent") == 1


async def test_a_variable_can_be_a_part_of_a_header(server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARBOUR_KEY", f" {KEY}\n")  # as a file with a line's end leaves it
    await get(server.feed("/a", BODY), headers=(Header("Authorization", "Bearer env:HARBOUR_KEY"),))
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"


async def test_a_redirect_within_the_origin_keeps_them(server: FeedServer) -> None:
    server.feed("/new", BODY)
    url = server.on("/old", Reply(status=301, headers={"Location": "/new"}))
    trail = await get(url, headers=(Header("X-Api-Key", KEY),))
    assert [asked.headers.get("x-api-key") for asked in server.asked] == [KEY, KEY]
    assert [(hop.status, hop.url) for hop in trail] == [(301, url), (200, server.url("/new"))]


async def test_a_redirect_to_another_origin_takes_no_secret_along(server: FeedServer, elsewhere: FeedServer) -> None:
    target = elsewhere.feed("/new", BODY)
    url = server.on("/old", Reply(status=301, headers={"Location": target}))
    await get(url, headers=(Header("X-Api-Key", KEY),), auth=Login("reader", KEY), user_agent="harbour-reader/2")
    assert server.asked[0].headers["x-api-key"] == KEY
    (asked,) = elsewhere.asked
    assert KEY not in str(asked.headers)
    assert "authorization" not in asked.headers
    assert asked.headers["user-agent"] == "harbour-reader/2"


def test_an_adopted_address_of_another_origin_is_asked_without_them() -> None:
    feed = feed_at("https://harbour.example/rss", headers=(Header("X-Api-Key", KEY),), auth=Login("a", KEY))
    moved = FeedState(
        feed=feed.id, url=feed.url, moved_to="https://port.example/rss", moved_since=NOON - timedelta(days=8)
    )
    asked = _request(feed, moved, NOON).feed
    assert (asked.url, asked.headers, asked.auth) == ("https://port.example/rss", (), None)
    assert asked_at(feed, "https://harbour.example:443/atom").auth == feed.auth


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/x", "https://A.example:443/y", True),
        ("https://a.example/x", "http://a.example/x", False),
        ("https://a.example/x", "https://b.a.example/x", False),
        ("https://a.example/x", "https://a.example:8443/x", False),
        ("https://a.example/x", "https://a.example@b.example/x", False),
        ("https://hafenstraße.example/", "https://xn--hafenstrae-q8a.example/", False),
        ("https://häfen.example/", "https://xn--hfen-loa.example/", True),
        ("http://a:99999/", "http://a:99999/", True),
        ("http://a:99999/", "http://a:99998/", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(one: str, other: str, same: bool) -> None:
    assert same_origin(one, other) is same


# ------------------------------------------------------------------ what is missing


async def test_a_missing_variable_is_the_feeds_reason_and_nothing_is_asked(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HARBOUR_KEY", raising=False)
    url = server.feed("/a", BODY)
    reason = await refusal(url, headers=(Header("X-Api-Key", "env:HARBOUR_KEY"),))
    assert reason == "headers.X-Api-Key: HARBOUR_KEY is not set in the environment"
    assert await refusal(url, auth=Login("me", "env:HARBOUR_KEY")) == "auth: HARBOUR_KEY is not set in the environment"
    assert server.asked == []


@pytest.mark.parametrize("value", ["", " \n", f"{KEY}\r\nX-Evil: 1", f"{KEY}é"])
async def test_what_no_header_can_hold_is_told_without_being_shown(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HARBOUR_KEY", value)
    reason = await refusal(server.feed("/a", BODY), headers=(Header("X-Api-Key", "env:HARBOUR_KEY"),))
    assert "HARBOUR_KEY" in reason
    assert KEY not in reason
    assert server.asked == []


async def test_one_feed_without_its_variable_leaves_the_others_alone(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARBOUR_KEY", KEY)
    monkeypatch.delenv("NO_KEY", raising=False)
    with_key = request(server.feed("/a", BODY), feed_id="a", headers=(Header("X-Api-Key", "env:HARBOUR_KEY"),))
    without = request(server.feed("/b", BODY), feed_id="b", headers=(Header("X-Api-Key", "env:NO_KEY"),))
    async with running(IngestProcess(POLL, cache=PREPARED_RULES)) as ingest:
        good, bad = await ingest.fetch(with_key), await ingest.fetch(without)
    assert (good.result, bad.result) == ("ok", "failed")
    assert bad.reason == "headers.X-Api-Key: NO_KEY is not set in the environment"
    assert server.asked[0].headers["x-api-key"] == KEY


def test_no_repr_shows_them() -> None:
    feed = feed_at("https://a.example/", headers=(Header("X-Api-Key", KEY),), auth=Login("reader", KEY))
    assert KEY not in repr(feed)
    assert KEY not in pretty_repr(feed)
    assert own_headers(feed, feed.url, {})["x-api-key"] == KEY


def test_the_log_knows_them_all() -> None:
    feed = feed_at(
        "https://a.example/", headers=(Header("X-Weird", KEY), Header("A", "Bearer env:TOKEN")),
        auth=Login("reader", "env:PASSWORD"),
    )  # fmt: skip
    assert secrets_of([feed], {"TOKEN": "t0ken", "PASSWORD": "passw0rd"}) == {
        KEY, "t0ken", "Bearer t0ken", "passw0rd", "reader:passw0rd",
    }  # fmt: skip


# ------------------------------------------------------------------ as they are configured


def configured(folder: Path, lines: str) -> str:
    """What is wrong with a feed that has these lines too; empty where nothing is."""
    path = folder / "config.toml"
    path.write_text(f'[[feed]]\nid = "a"\nurl = "https://a.example/rss"\n{lines}\n', "utf-8")
    try:
        load(path)
    except ConfigError as error:
        return "\n".join(str(problem).replace(f"{path}:", "") for problem in error.problems)
    return ""


@pytest.mark.parametrize(
    ("spelled", "login"),
    [
        ('"reader:env:P"', Login("reader", "env:P")),
        ('{ user = "reader", password = "env:P" }', Login("reader", "env:P")),
        ('"env:U:a:b"', Login("env:U", "a:b")),
    ],
)
def test_a_login_can_be_text_or_a_table(tmp_path: Path, spelled: str, login: Login) -> None:
    assert configured(tmp_path, f"auth = {spelled}") == ""
    assert load(tmp_path / "config.toml").feeds[0].auth == login


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('headers = { Host = "b.example" }', "feed[0].headers.Host: cannot be set; the address says it"),
        ('headers = { "X Y" = "1" }', "not the name of a header"),
        ('headers = { A = "1", a = "2" }', "feed[0].headers: named twice: a"),
        ("headers = { A = 1 }", "feed[0].headers.A: not text"),
        ('headers = "A: 1"', "feed[0].headers: not a table"),
        ('headers = { A = "env:my-key" }', "names no variable after env:"),
        ('auth = "env:BOTH"', "not a user with a password"),
        ('auth = "reader"', "not a user with a password"),
        ('auth = { user = "a" }', "without a password"),
        ('auth = { user = "a", pasword = "b" }', "did you mean 'password'?"),
        ('auth = { user = "a:b", password = "c" }', "a user name with a colon"),
        ('auth = "a:b"\nheaders = { Authorization = "x" }', "one of the two"),
        ('user_agent = "é"', "not plain ASCII"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_place(tmp_path: Path, lines: str, told: str) -> None:
    assert told in configured(tmp_path, lines)


@pytest.mark.parametrize(
    "lines",
    [
        f'headers = {{ A = "{KEY}\\u0007" }}',
        f'headers = {{ A = "{KEY}é" }}',
        f'headers = {{ A = ["{KEY}"] }}',
        f'headers = ["{KEY}"]',
        f'auth = "{KEY}"',
        f'auth = {{ user = "a:{KEY}", password = "{KEY}" }}',
        f'auth = ["{KEY}"]',
        f'user_agent = "{KEY}é"',
    ],
)
def test_no_problem_quotes_what_may_be_a_secret(tmp_path: Path, lines: str) -> None:
    told = configured(tmp_path, lines)
    assert told
    assert KEY not in told
