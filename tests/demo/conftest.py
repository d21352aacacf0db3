"""A demo server with a clock that the tests set, and a client that sees every header."""

from __future__ import annotations

import gzip
import http.client
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import feedparser
import pytest

from tensionwatch.demo import DemoServer

START = datetime(2024, 6, 18, 21, 30, 15, 250_000, tzinfo=UTC)


@dataclass
class SetClock:
    present: datetime = START

    def now(self) -> datetime:
        return self.present

    def at(self, seconds: float) -> None:
        """So many seconds after START."""
        self.present = START + timedelta(seconds=seconds)


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str] = field(hash=False)
    raw: bytes

    @property
    def body(self) -> bytes:
        return gzip.decompress(self.raw) if self.headers.get("Content-Encoding") == "gzip" else self.raw


def get(url: str, **headers: str) -> Response:
    """A GET straight to the address, whatever proxy the environment names; `if_none_match=` becomes If-None-Match."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        connection.request("GET", parts.path, headers={name.replace("_", "-"): text for name, text in headers.items()})
        answer = connection.getresponse()
        return Response(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        connection.close()


def parsed(response: Response) -> feedparser.FeedParserDict:
    """Read by feedparser with the headers that came along."""
    headers = {"content-type": response.headers["Content-Type"]}
    feed = feedparser.parse(response.body, response_headers=headers)
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def serve(clock: SetClock) -> Iterator[Callable[..., DemoServer]]:
    """Start a DemoServer on the set clock; stopped when the test ends."""
    servers: list[DemoServer] = []

    def start(speed: float = 1.0, *, finished: bool = False) -> DemoServer:
        servers.append(DemoServer(clock, speed, finished=finished))
        servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def server(serve: Callable[..., DemoServer]) -> DemoServer:
    return serve()
