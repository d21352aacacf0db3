"""Proxies and certificates as the environment names them, each a real one on loopback."""

from __future__ import annotations

import os
import select
import shutil
import socket
import socketserver
import ssl
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tensionwatch.errors import IngestError
from tensionwatch.feeds.environment import check_environment
from tensionwatch.feeds.fetch import Fetcher, FetchError
from tensionwatch.model import FetchRequest
from tests.feeds.conftest import POLL, SetClock, feed_at
from tests.feeds.server import FeedServer, rss

BODY = rss("One")
SECRET = "pr0xy-s3cret"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without any proxy or certificate."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SSL_CERT_"):
            monkeypatch.delenv(name)


async def fetch(url: str, *, private: bool = False) -> bytes | None:
    request = FetchRequest(
        feed=feed_at(url, allow_private=private), etag=None, last_modified=None, body_hash=None, seen=()
    )
    async with Fetcher(POLL, SetClock()) as fetcher:
        return (await fetcher.get(request)).body


# ------------------------------------------------------------------ proxies


class Proxy(socketserver.ThreadingTCPServer):
    """Leads whatever it is asked for to one port of loopback; speaks HTTP (with CONNECT) or SOCKS5."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, speak: type[socketserver.StreamRequestHandler]) -> None:
        self.target = port
        self.heard: list[str] = []
        super().__init__(("127.0.0.1", 0), speak)

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Leading(socketserver.StreamRequestHandler):
    server: Proxy

    def lead(self, sent: bytes = b"") -> None:
        """Pass on in both directions until one side ends."""
        with socket.create_connection(("127.0.0.1", self.server.target)) as far:
            far.sendall(sent)
            ends = {self.connection: far, far: self.connection}
            while ready := select.select(ends, [], [], 5)[0]:
                for end in ready:
                    if not (data := end.recv(65_536)):
                        return
                    ends[end].sendall(data)


class Http(Leading):
    def handle(self) -> None:
        head = [self.rfile.readline()]
        while head[-1].strip():
            head.append(self.rfile.readline())
        self.server.heard += [line.decode("latin-1").strip() for line in head]
        method, where, _ = head[0].decode().split()
        if method == "CONNECT":
            self.connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            self.lead()
        else:
            path = "/" + where.split("/", 3)[3]
            kept = [line for line in head[1:] if not line.lower().startswith(b"proxy-")]
            self.lead(b"".join([f"{method} {path} HTTP/1.1\r\n".encode(), *kept]))


class Socks(Leading):
    def handle(self) -> None:
        _, count = self.rfile.read(2)
        self.rfile.read(count)
        self.connection.sendall(b"\x05\x00")
        *_, length = self.rfile.read(5)
        name = self.rfile.read(length).decode()
        (port,) = struct.unpack("!H", self.rfile.read(2))
        self.server.heard.append(f"{name}:{port}")
        self.connection.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        self.lead()


@contextmanager
def proxy(port: int, speak: type[Leading] = Http) -> Iterator[Proxy]:
    with Proxy(port, speak) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


async def test_a_feed_is_fetched_through_the_proxy(server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.feed("/rss", BODY)
    with proxy(server.port) as through:
        monkeypatch.setenv("HTTP_PROXY", f"http://me:{SECRET}@127.0.0.1:{through.port}")
        assert await fetch("http://harbour.example/rss") == BODY
    assert through.heard[0] == "GET http://harbour.example/rss HTTP/1.1"
    assert any(line.lower().startswith("proxy-authorization: basic ") for line in through.heard)
    (asked,) = server.asked
    assert asked.headers["host"] == "harbour.example"
    assert "authorization" not in asked.headers


async def test_what_no_proxy_names_is_asked_directly(server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    url = server.feed("/rss", BODY)
    with proxy(server.port) as through:
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{through.port}")
        monkeypatch.setenv("NO_PROXY", "example.org,127.0.0.1")
        assert await fetch(url, private=True) == BODY
        assert through.heard == []
        assert await fetch("http://harbour.example/rss") == BODY
        assert len(through.heard) > 0


async def test_behind_a_proxy_private_names_are_refused_as_ever(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy(server.port) as through:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{through.port}")
        with pytest.raises(FetchError, match="private address"):
            await fetch("http://192.168.0.1/rss")
    assert through.heard == []


async def test_a_proxy_that_is_not_there_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://me:{SECRET}@127.0.0.1:9")
    with pytest.raises(FetchError, match="connection refused, or by its proxy") as caught:
        await fetch("http://harbour.example/rss")
    assert SECRET not in caught.value.reason
    monkeypatch.setenv("HTTP_PROXY", f"http://me:{SECRET}@proxy.invalid")
    with pytest.raises(FetchError, match=r"^no such host: harbour.example, or its proxy$"):
        await fetch("http://harbour.example/rss")


async def test_what_is_no_proxy_is_told_once_and_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in (f"ftp://me:{SECRET}@127.0.0.1:9", f"http://me:{SECRET}@[::1"):
        monkeypatch.setenv("HTTP_PROXY", wrong)
        with pytest.raises(IngestError, match="not the address of a proxy") as caught:
            await fetch("http://harbour.example/rss")
        assert SECRET not in str(caught.value)


async def test_a_socks_proxy_is_spoken_to(server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.feed("/rss", BODY)
    with proxy(server.port, Socks) as through:
        monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{through.port}")
        check_environment(os.environ)
        assert await fetch("http://harbour.example/rss") == BODY
    assert through.heard == ["harbour.example:80"]


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        ({"ALL_PROXY": "socks5://127.0.0.1:9"}, "ALL_PROXY"),
        ({"https_proxy": "SOCKS5h://x", "http_proxy": "http://y"}, "https_proxy"),
        ({"ALL_PROXY": "socks5://127.0.0.1:9", "no_proxy": "a.example, *"}, ""),
        ({"http_proxy": "http://y"}, ""),
        ({}, ""),
    ],
)
def test_a_socks_proxy_without_the_extra_is_one_clear_line(
    environment: dict[str, str], names: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    if not names:
        check_environment(environment)
        return
    with pytest.raises(IngestError, match=rf"{names}: a SOCKS proxy needs .* pip install 'tensionwatch\[socks\]'"):
        check_environment(environment)


async def test_the_process_that_fetches_says_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    with pytest.raises(IngestError, match="pip install"):
        Fetcher(POLL, SetClock())


@pytest.mark.parametrize("command", [("poll", "--once"), ("feeds", "check"), ("feeds", "add", "https://b.example/")])
def test_commands_end_with_that_line(command: tuple[str, ...], tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    feeds = "".join(f'[[feed]]\nid = "{n}"\nurl = "https://{n}.example/rss"\n' for n in "ac")
    config.write_text(f'[storage]\npath = "store"\n{feeds}', "utf-8")
    code = "import sys; sys.modules['socksio'] = None; from tensionwatch.cli import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "--config", str(config), *command],
        capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "ALL_PROXY": "socks5://127.0.0.1:9"},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "tensionwatch: ALL_PROXY: a SOCKS proxy needs one more package: pip install 'tensionwatch[socks]'\n"
    )


# ------------------------------------------------------------------ certificates


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Self-signed, with its key beside it, for 127.0.0.1 and harbour.example."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    path = tmp_path_factory.mktemp("certificate") / "harbour.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", str(path.with_suffix(".key")), "-out", str(path), "-days", "2", "-subj", "/CN=harbour.example",
         "-addext", "subjectAltName=DNS:harbour.example,IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return path


@pytest.fixture
def secure(server: FeedServer, certificate: Path) -> FeedServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    server._http.socket = context.wrap_socket(server._http.socket, server_side=True, do_handshake_on_connect=False)
    server.feed("/rss", BODY)
    return server


async def test_a_certificate_of_nobody_known_is_refused_with_the_reason(secure: FeedServer) -> None:
    with pytest.raises(FetchError, match=r"certificate of 127\.0\.0\.1 refused: self.signed certificate"):
        await fetch(f"https://127.0.0.1:{secure.port}/rss", private=True)


async def test_ssl_cert_file_says_whom_to_believe(
    secure: FeedServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert await fetch(f"https://127.0.0.1:{secure.port}/rss", private=True) == BODY


async def test_ssl_cert_dir_does_too(
    secure: FeedServer, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(certificate, tmp_path)
    subprocess.run(["openssl", "rehash", str(tmp_path)], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert await fetch(f"https://127.0.0.1:{secure.port}/rss", private=True) == BODY


async def test_a_certificate_counts_for_the_names_in_it(
    secure: FeedServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(FetchError, match="certificate of localhost refused"):
        await fetch(f"https://localhost:{secure.port}/rss", private=True)


async def test_through_a_proxy_the_certificate_is_that_of_the_feed(
    secure: FeedServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with proxy(secure.port) as through:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{through.port}")
        assert await fetch("https://harbour.example/rss") == BODY
    assert through.heard[0] == "CONNECT harbour.example:443 HTTP/1.1"
    assert secure.asked[0].headers["host"] == "harbour.example"


async def test_certificates_that_cannot_be_read_are_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty.pem").write_text("")
    for name in ("none.pem", "empty.pem"):
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / name))
        with pytest.raises(IngestError, match="SSL_CERT_FILE: no certificates can be read there"):
            await fetch("https://harbour.example/rss")
