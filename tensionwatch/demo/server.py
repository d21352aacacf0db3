"""The demo's outlets on loopback: a real HTTP server that the real poller asks.

    /                                   the feeds, as a list of links
    /feeds/OUTLET/SECTION.xml           a feed as it stands now: 200, 304, or 503 during an outage
    /articles/OUTLET/STORY.html         the page behind an article's link, once it is published

`DemoServer.answer` decides, the handler only writes. Nothing listens beyond 127.0.0.1.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import socketserver
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from tensionwatch.clock import Clock
from tensionwatch.demo import render
from tensionwatch.demo.scenario import Outlet, Published, load_scenario


class Answer(NamedTuple):
    status: HTTPStatus
    headers: dict[str, str]
    body: bytes


class DemoServer:
    """Serves the packaged scenario from `start()` to `stop()`; `finished` serves its end at once.

    `speed` is above 0: at 2 the live part takes half as long."""

    def __init__(self, clock: Clock, speed: float = 1.0, *, finished: bool = False) -> None:
        self.scenario = load_scenario()
        self.speed = speed
        self._clock = clock
        self._finished = finished
        self._http: _LoopbackServer | None = None
        self._start_time: datetime | None = None

    @property
    def duration(self) -> float:
        """Seconds that the live part lasts at this speed."""
        return self.scenario.duration / self.speed

    @property
    def start_time(self) -> datetime:
        """When the live part begins. Raises RuntimeError before `start()`."""
        if self._start_time is None:
            raise RuntimeError("the demo server has not been started")
        return self._start_time

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:PORT`. Raises RuntimeError while it is not running."""
        if self._http is None:
            raise RuntimeError("the demo server is not running")
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def feed_url(self, outlet: str, section: str) -> str:
        return f"{self.base_url}/feeds/{outlet}/{section}.xml"

    def start(self) -> None:
        """Take a free port and serve from a thread of its own. Raises OSError when loopback gives none."""
        self._http = _LoopbackServer(self)
        elapsed = timedelta(seconds=self.duration) if self._finished else timedelta()
        self._start_time = self._clock.now() - elapsed
        # A short interval, since stop() waits for it.
        serve = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="demo server", daemon=True)
        serve.start()

    def stop(self) -> None:
        """Free the port; does nothing when not running."""
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http = None

    def answer(self, path: str, headers: Mapping[str, str]) -> Answer:
        """What a GET for `path` is answered now; names of `headers` are in lower case."""
        match path.partition("?")[0].strip("/").split("/"):
            case [""]:
                return _page(render.index_page(self._feed_links()))
            case ["feeds", outlet_id, file] if outlet := self._outlet(outlet_id):
                return self._feed(outlet, file.removesuffix(".xml"), headers)
            case ["articles", outlet_id, file] if outlet := self._outlet(outlet_id):
                return self._article(outlet, file.removesuffix(".html"))
        return _plain(HTTPStatus.NOT_FOUND)

    def _outlet(self, outlet_id: str) -> Outlet | None:
        return next((outlet for outlet in self.scenario.outlets if outlet.id == outlet_id), None)

    def _feed_links(self) -> list[tuple[str, str]]:
        outlets = self.scenario.outlets
        return [(f"{o.name}: {section}", self.feed_url(o.id, section)) for o in outlets for section in o.sections]

    def _published(self, outlet: Outlet, now: datetime) -> tuple[Published, ...]:
        return self.scenario.published(outlet.id, now, self.start_time, self.speed)

    def _article(self, outlet: Outlet, story: str) -> Answer:
        entries = self._published(outlet, self._clock.now())
        found = next((entry for entry in entries if entry.report.story == story), None)
        return _page(render.article_page(outlet, found)) if found else _plain(HTTPStatus.NOT_FOUND)

    def _feed(self, outlet: Outlet, section: str, headers: Mapping[str, str]) -> Answer:
        if section not in outlet.sections:
            return _plain(HTTPStatus.NOT_FOUND)
        now = self._clock.now()
        if outlet.outage and outlet.outage.covers(now, self.start_time, self.speed):
            wait = math.ceil(outlet.outage.retry_after / self.speed)
            return _plain(HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": str(wait)})
        entries = [entry for entry in self._published(outlet, now) if section in entry.report.sections]
        body = render.feed(outlet, section, self.base_url + "/", entries)
        return _conditional(outlet, body, _validators(outlet, body, entries, now), headers)


def _validators(outlet: Outlet, body: bytes, entries: Sequence[Published], now: datetime) -> dict[str, str]:
    match outlet.validator:
        case "etag":
            # Weak where the same entry may come gzipped or not (RFC 9110, 8.8.3.3).
            tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            return {"ETag": f"W/{tag}" if outlet.gzip else tag}
        case "last-modified" if entries:
            changed = max(entry.updated for entry in entries).replace(microsecond=0)
            # Within the second of a change another may follow, which a date in whole seconds would hide.
            over = now - changed >= timedelta(seconds=1)
            return {"Last-Modified": format_datetime(changed, usegmt=True)} if over else {}
    return {}


def _conditional(outlet: Outlet, body: bytes, validators: dict[str, str], headers: Mapping[str, str]) -> Answer:
    if _unchanged(validators, headers):
        return Answer(HTTPStatus.NOT_MODIFIED, validators, b"")
    answer_headers = validators | {"Content-Type": render.CONTENT_TYPES[outlet.format]}
    if outlet.gzip and "gzip" in headers.get("accept-encoding", ""):
        answer_headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        body = gzip.compress(body, mtime=0)
    return Answer(HTTPStatus.OK, answer_headers, body)


def _unchanged(validators: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    if etag := validators.get("ETag"):
        return headers.get("if-none-match") == etag
    since = headers.get("if-modified-since")
    if since and (changed := validators.get("Last-Modified")):
        return since == changed
    return False


def _page(body: bytes) -> Answer:
    return Answer(HTTPStatus.OK, {"Content-Type": "text/html; charset=utf-8"}, body)


def _plain(status: HTTPStatus, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, {"Content-Type": "text/plain"} | dict(headers or {}), f"{status.phrase}\n".encode())


class _LoopbackServer(ThreadingHTTPServer):
    """Its request threads are daemons and end with the program."""

    def __init__(self, demo: DemoServer) -> None:
        self.demo = demo
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        # Not HTTPServer's: it asks the resolver for the host's name, which may leave this machine.
        socketserver.TCPServer.server_bind(self)


class _Handler(BaseHTTPRequestHandler):
    server: _LoopbackServer
    timeout = 10  # seconds that a client may take to say what it wants

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True  # the client went away: nobody is left to tell

    def do_GET(self) -> None:
        asked = {name.lower(): value for name, value in self.headers.items()}
        self._write(self.server.demo.answer(self.path, asked))

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: stderr belongs to the screen."""
