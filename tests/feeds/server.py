"""A real HTTP server on loopback whose answers are scripted, and which remembers what it was asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Reply:
    """One scripted answer."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    chunks: Iterable[bytes] | None = None
    """Sent one by one instead of `body`, without Content-Length; the connection closes after the last."""
    pause: float = 0.0
    """Seconds before each chunk."""


@dataclass(frozen=True)
class Asked:
    """One request that came in."""

    path: str
    headers: dict[str, str]
    """Names in lower case."""
    header_names: tuple[str, ...]


class _Http(ThreadingHTTPServer):
    request_queue_size = 512
    """Hundreds may come at once; those beyond the queue would be seen a second later."""


Script = Callable[[Asked], Reply]


class FeedServer:
    """Answers each path by its script. `asked` lists the requests in order of arrival."""

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """`0.0.0.0` answers at every address 127.x.y.z: to the poller each is a host of its own."""
        self.asked: list[Asked] = []
        self.most_at_once = 0
        """Requests whose answers were being thought over at the same moment."""
        self.ended = threading.Event()
        """Set when the test is over, so that slow answers end too."""
        self._scripts: dict[str, Script] = {}
        self._at_once = 0
        self._lock = threading.Lock()
        self._http = _Http((host, port), self._handler())
        self._http.daemon_threads = True

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def on(self, path: str, script: Script | Reply) -> str:
        """Script a path; gives its address."""
        self._scripts[path] = script if callable(script) else lambda asked: script
        return self.url(path)

    def feed(self, path: str, body: bytes, **headers: str) -> str:
        return self.on(path, Reply(body, headers={"Content-Type": "application/rss+xml", **headers}))

    def count(self, path: str) -> int:
        return sum(asked.path == path for asked in self.asked)

    @contextmanager
    def running(self) -> Iterator[FeedServer]:
        thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.ended.set()
            self._http.shutdown()
            self._http.server_close()
            thread.join()

    def _answer(self, asked: Asked) -> Reply:
        script = self._scripts.get(asked.path)
        return script(asked) if script else Reply(b"no such feed", 404)

    def _enter(self, asked: Asked) -> None:
        with self._lock:
            self.asked.append(asked)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)

    def _leave(self) -> None:
        with self._lock:
            self._at_once -= 1

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        feeds = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.path, headers, tuple(self.headers.keys()))
                feeds._enter(asked)
                try:
                    reply = feeds._answer(asked)
                finally:
                    feeds._leave()  # before it is sent: who has read it may ask the next thing at once
                # Where the client has heard enough: several tests want just that.
                with suppress(BrokenPipeError, ConnectionResetError):
                    self._reply(reply)

            def _reply(self, reply: Reply) -> None:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.chunks is None:
                    if "Content-Length" not in reply.headers and reply.status != 304:
                        self.send_header("Content-Length", str(len(reply.body)))
                    self.end_headers()
                    self.wfile.write(reply.body)
                    return
                self.send_header("Connection", "close")
                self.end_headers()
                for chunk in reply.chunks:
                    if feeds.ended.wait(reply.pause):
                        return
                    self.wfile.write(chunk)

            def log_message(self, *args: object) -> None:
                """Not on the test's output."""

        return Handler


def rss(*titles: str, channel: str = "The Harbour Post", extra: str = "") -> bytes:
    """An RSS 2.0 feed with one entry per title."""
    items = "".join(
        f"<item><title>{title}</title><link>https://harbour.example/{number}</link>"
        f"<guid isPermaLink='false'>post-{number}</guid></item>"
        for number, title in enumerate(titles, 1)
    )
    return f'<rss version="2.0"><channel><title>{channel}</title>{extra}{items}</channel></rss>'.encode()


def held_until(released: threading.Event, reply: Reply) -> Script:
    """The reply, once somebody lets it go."""

    def script(asked: Asked) -> Reply:
        released.wait(300)
        return reply

    return script


def slowly(seconds: float, reply: Reply) -> Script:
    """The reply, after a while."""

    def script(asked: Asked) -> Reply:
        time.sleep(seconds)
        return reply

    return script
