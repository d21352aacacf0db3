"""A town of web sites on loopback that write down every visit, and what each of them thinks of its visitor.

Each site is a host of its own (127.7.0.N), with one feed or several, and rules by which it judges: how often was the
visitor asked to behave, and how often did he not? The town's time is the fake clock's, in its headers too.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEGINS = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
"""A Monday."""
INTERVAL, LONGEST = 3 * HOUR, 12 * HOUR
"""What the visitor is configured with."""
AT_ONCE = 12
"""Requests that he may have under way, over all hosts."""
SECOND = timedelta(seconds=1)
FIRST_PAUSE = 0.05
"""Seconds that a site takes for the first visit to each path, so that those who come together are seen together."""


@dataclass
class Clock:
    """Stands still until it is set."""

    at: datetime = BEGINS

    def now(self) -> datetime:
        return self.at


class Asked(NamedTuple):
    at: datetime
    """The town's time."""
    number: int
    """Of this visit to the path, from 0."""
    path: str
    headers: Mapping[str, str]
    """As they came, names in lower case."""


class Reply(NamedTuple):
    status: int = 200
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes = b""
    hang_up: bool = False
    """Close the connection without a word."""


@dataclass(frozen=True)
class Visit:
    """One request, and what it was answered."""

    host: str
    path: str
    at: datetime
    headers: Mapping[str, str]
    reply: Reply
    wanted: bool
    """The user has asked for it, and then only a Retry-After may be put above his wish."""
    began: float
    ended: float
    """Of real time: who overlaps with whom?"""


class Verdict(NamedTuple):
    name: str
    asked: int
    broken: int


Answer = Callable[[Asked], Reply]
Judge = Callable[[Sequence[Visit]], tuple[int, int]]
"""From a site's visits: how often it was asked, how often it was broken."""


@dataclass
class Site:
    name: str
    answer: Answer
    rules: dict[str, Judge] = field(default_factory=dict)
    paths: tuple[str, ...] = ("/feed",)
    interval: timedelta | None = None
    """Of its feeds, in the visitor's configuration."""
    pause: float = 0.0
    """Seconds that an answer takes."""


# ------------------------------------------------------------------ the server


class Town:
    """Serves the sites at 127.7.0.1, 127.7.0.2 and so on, and remembers all visits."""

    def __init__(self, sites: Sequence[Site], clock: Clock) -> None:
        self.sites = sites
        self.visits: list[Visit] = []
        self.most_at_once = 0
        self.wanted = False
        """Does the visitor's user ask for everything just now?"""
        self._clock = clock
        self._by_host = {f"127.7.0.{number}": site for number, site in enumerate(sites, 1)}
        self._counts: Counter[tuple[str, str]] = Counter()
        self._at_once = 0
        self._lock = threading.Lock()
        self._http = _Http(("0.0.0.0", 0), self._handler())

    def url(self, site: Site, path: str) -> str:
        host = next(host for host, each in self._by_host.items() if each is site)
        return f"http://{host}:{self._http.server_address[1]}{path}"

    def visits_of(self, site: Site) -> list[Visit]:
        return [visit for visit in self.visits if self._by_host[visit.host] is site]

    def verdicts(self) -> Iterator[Verdict]:
        for site in self.sites:
            for name, judge in site.rules.items():
                yield Verdict(name, *judge(self.visits_of(site)))

    @contextmanager
    def open(self) -> Iterator[None]:
        thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._http.shutdown()
            self._http.server_close()
            thread.join()

    def _visited(self, host: str, path: str, headers: dict[str, str]) -> Reply:
        site, began = self._by_host[host], time.monotonic()
        with self._lock:
            number = self._counts[host, path]
            self._counts[host, path] += 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        at = self._clock.now()
        reply = site.answer(Asked(at, number, path, headers))
        time.sleep(site.pause if number else FIRST_PAUSE)
        with self._lock:
            self._at_once -= 1
            self.visits.append(Visit(host, path, at, headers, reply, self.wanted, began, time.monotonic()))
        return reply

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        town = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = town._visited(headers["host"].partition(":")[0], self.path, headers)
                if reply.hang_up:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.status != 304:
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002  # the town's own time
                return http_date(town._clock.now())

            def log_message(self, *args: object) -> None:
                """Not on the bench's output."""

        return Handler


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


# ------------------------------------------------------------------ what sites say


def http_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)


def rss(*titles: str, extra: str = "") -> bytes:
    items = "".join(
        f"<item><title>{title}</title><guid isPermaLink='false'>{title}</guid></item>" for title in titles or ["One"]
    )
    head = '<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">'
    return f"{head}<channel><title>The Ferry Times</title>{extra}{items}</channel></rss>".encode()


def page(extra: str = "", **headers: str) -> Answer:
    """The same feed at every visit, 304 to those who know it."""

    def answer(asked: Asked) -> Reply:
        said = {"ETag": '"one"', **{name.replace("_", "-"): value for name, value in headers.items()}}
        known = asked.headers.get("if-none-match") == '"one"'
        return Reply(304, said) if known else Reply(200, said, rss(extra=extra))

    return answer


def every_fourth(otherwise: Answer, refusal: Answer) -> Answer:
    """As `otherwise`, but refused at the second of each four visits."""
    return lambda asked: (refusal if asked.number % 4 == 1 else otherwise)(asked)


# ------------------------------------------------------------------ how sites judge


def never_sooner(than: timedelta, after: Callable[[Visit], bool] | None = None) -> Judge:
    """No visit sooner than this after one (of those), unless the user wants it."""

    def judge(visits: Sequence[Visit]) -> tuple[int, int]:
        pairs = [pair for pair in pairwise(visits) if after is None or after(pair[0])]
        soon = (later.at - earlier.at < than - SECOND and not later.wanted for earlier, later in pairs)
        return len(pairs), sum(soon)

    return judge


def waits_as_told(visits: Sequence[Visit]) -> tuple[int, int]:
    """No visit before the end of a Retry-After, whoever wants it."""
    told = [(earlier, later) for earlier, later in pairwise(visits) if "Retry-After" in earlier.reply.headers]
    return len(told), sum(
        later.at - earlier.at < timedelta(seconds=int(earlier.reply.headers["Retry-After"])) - SECOND
        for earlier, later in told
    )


def never_later(than: timedelta, ends: datetime) -> Judge:
    """No longer without a visit than this, up to the end."""

    def judge(visits: Sequence[Visit]) -> tuple[int, int]:
        times = [visit.at for visit in visits] + [ends]
        return len(visits), sum(later - earlier > than for earlier, later in pairwise(times))

    return judge


def never_when(unwanted: Callable[[Visit], bool]) -> Judge:
    """None of these visits, but for the first, which cannot know."""

    def judge(visits: Sequence[Visit]) -> tuple[int, int]:
        own = [visit for visit in visits[1:] if not visit.wanted]
        return len(own), sum(map(unwanted, own))

    return judge


def brings_back(header: str, validator: str) -> Judge:
    """Each visit brings what the last 200 gave, byte for byte, and nothing where that gave nothing."""

    def judge(visits: Sequence[Visit]) -> tuple[int, int]:
        given: str | None = None
        asked = broken = 0
        for visit in visits:
            if asked or given is not None:
                broken += visit.headers.get(header) != given
            asked += 1
            if visit.reply.status == 200:
                given = visit.reply.headers.get(validator)
        return asked - 1, broken

    return judge


def after(day: float, judge: Judge) -> Judge:
    """The same, of what came after that day."""
    return lambda visits: judge([visit for visit in visits if visit.at >= BEGINS + day * DAY])


def at_path(path: str, judge: Judge) -> Judge:
    return lambda visits: judge([visit for visit in visits if visit.path == path])


def one_at_a_time(visits: Sequence[Visit]) -> tuple[int, int]:
    """No visit begins before the one before it has ended."""
    broken, free = 0, 0.0
    for visit in sorted(visits, key=lambda visit: visit.began):
        broken += visit.began < free
        free = max(free, visit.ended)
    return len(visits), broken


def not_all_at_once(visits: Sequence[Visit]) -> tuple[int, int]:
    """After the first day no minute in which more than half of the feeds come."""
    minutes: defaultdict[datetime, set[str]] = defaultdict(set)
    for visit in visits:
        if visit.at > BEGINS + DAY and not visit.wanted:
            minutes[visit.at.replace(second=0, microsecond=0)].add(visit.path)
    most = len({visit.path for visit in visits}) / 2
    return len(minutes), sum(len(paths) > most for paths in minutes.values())


def not_straight_to(path: str, until: datetime) -> Judge:
    """Until then, whoever comes to `path` was sent there a moment ago by the other one."""

    def judge(visits: Sequence[Visit]) -> tuple[int, int]:
        sent = Counter(visit.at for visit in visits if visit.path != path)
        came = Counter(visit.at for visit in visits if visit.path == path and visit.at < until)
        return came.total(), sum(max(count - sent[at], 0) for at, count in came.items())

    return judge


def backs_off(since: datetime, cap: timedelta) -> Judge:
    """While it fails, each wait is no shorter than the last one, up to a cap, and the second longer than the first."""

    def judge(visits: Sequence[Visit]) -> tuple[int, int]:
        own = [visit for visit in visits if visit.at >= since and not visit.wanted]
        gaps = [later.at - earlier.at for earlier, later in pairwise(own)]
        shrunk = sum(later < 0.85 * earlier and later < cap for earlier, later in pairwise(gaps))
        grew = len(gaps) > 1 and gaps[1] > 1.5 * gaps[0]
        return len(gaps), shrunk + (not grew) + sum(gap > 4 * cap for gap in gaps)

    return judge


SENT = frozenset("host user-agent accept accept-encoding connection if-none-match if-modified-since".split())


def never_with(visits: Iterable[Visit], bad: Callable[[Mapping[str, str]], bool]) -> tuple[int, int]:
    """None with headers that are bad."""
    found = [bad(visit.headers) for visit in visits]
    return len(found), sum(found)
