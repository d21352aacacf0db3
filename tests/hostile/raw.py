"""Servers that break HTTP: a script of bytes and waits on a bare socket, one port each."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import repeat

Script = Callable[[socket.socket, threading.Event], None]
"""Talks on an accepted connection until it is done or the event says that the test is over."""


class RawServer:
    def __init__(self, script: Script) -> None:
        self._script = script
        self._ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.accepted = 0

    def url(self, scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.port}/feed"

    @contextmanager
    def running(self) -> Iterator[RawServer]:
        threading.Thread(target=self._serve, daemon=True).start()
        try:
            yield self
        finally:
            self._ended.set()
            with contextlib.suppress(OSError):  # Linux alone wakes who waits in `accept` so, elsewhere closing does
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):  # the client has heard enough, as it should
            self._script(connection, self._ended)


def head(*lines: bytes, status: bytes = b"200 OK") -> bytes:
    return b"\r\n".join([b"HTTP/1.1 " + status, *lines, b"", b""])


def says(*parts: bytes) -> Script:
    """Reads the request, says all of it and closes."""

    def script(connection: socket.socket, ended: threading.Event) -> None:
        connection.recv(65_536)
        for part in parts:
            connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):
            pass  # until the client closes: closing first could cost it what it has not read

    return script


def drips(data: bytes, *, first: bytes = b"", every: float = 0.5, step: int = 1) -> Script:
    """Says the first at once, then a few bytes at a time, over and over."""

    def script(connection: socket.socket, ended: threading.Event) -> None:
        connection.recv(65_536)
        connection.sendall(first)
        if not data:
            ended.wait()
            return
        for whole in repeat(data):
            for start in range(0, len(whole), step):
                if ended.wait(every):
                    return
                connection.sendall(whole[start : start + step])

    return script


def floods(first: bytes, forever: bytes) -> Script:
    def script(connection: socket.socket, ended: threading.Event) -> None:
        connection.recv(65_536)
        connection.sendall(first)
        while not ended.is_set():
            connection.sendall(forever)

    return script


def silent(connection: socket.socket, ended: threading.Event) -> None:
    """Accepts, and never says a word."""
    ended.wait()


def resets(connection: socket.socket, ended: threading.Event) -> None:
    """Breaks off with a reset in the middle of the body."""
    connection.recv(65_536)
    connection.sendall(head(b"Content-Length: 5000") + b"<rss version='2.0'><channel>")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
