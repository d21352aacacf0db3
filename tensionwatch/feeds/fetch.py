"""One conditional GET, bounded in time, size and reach. The only module that knows httpx.

    request ─▶ hop ─(301 … 308, address checked)─▶ hop ─▶ body ─(bounded decompression)─▶ Answer, or FetchError

Redirects, decompression and cookies are not left to httpx: each hop's address is checked, no body grows beyond its
cap, and nothing is sent but what `_headers` lists.
"""

from __future__ import annotations

import asyncio
import http
import http.cookiejar
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

import httpx
import msgspec

from tensionwatch.clock import Clock
from tensionwatch.config import PollConfig
from tensionwatch.errors import IngestError
from tensionwatch.feeds.address import PrivateAddress, check_name, check_resolved
from tensionwatch.feeds.credentials import MissingSecret, own_headers
from tensionwatch.feeds.environment import NEEDS_SOCKS, names_proxy
from tensionwatch.feeds.headers import floor_of, retry_after_of
from tensionwatch.feeds.inflate import BrokenBody, TooLarge, inflater
from tensionwatch.model import FetchRequest, Record
from tensionwatch.sanitise import visible

MAX_REDIRECTS: Final = 5
MAX_VALIDATOR: Final = 2_000
"""Bytes; a longer ETag is no ETag, and is not kept."""
_FORGIVEN_AT_ONCE: Final = 0.1
"""Seconds for which the loop has stood still before deadlines are moved: each of 64 for each body of 6 ms was a
thirtieth of a cold reload."""
_REDIRECTS: Final = {301, 302, 303, 307, 308}
_PERMANENT: Final = {301, 308}
_ACCEPT: Final = (
    "application/rss+xml, application/atom+xml, application/rdf+xml;q=0.9, application/xml;q=0.8, */*;q=0.5"
)


class Answer(Record, frozen=True, kw_only=True):
    """What a server answered."""

    status: int
    body: bytes | None
    """None when it is the one we know: HTTP 304, or the same hash."""
    body_hash: str | None
    content_type: str | None
    url: str
    """Where it came from, after redirects."""
    etag: str | None
    last_modified: str | None
    """Validators to send next time."""
    floor: float | None
    """Seconds for which the server calls it fresh; None where it does not say."""
    retry_after: float | None
    """Seconds that it asks us to stay away all the same."""
    moved_to: str | None
    proxied: bool = False
    """Names alone were checked: a proxy resolved them."""


class Hop(Record, frozen=True):
    """One response on the way to the answer."""

    status: int
    url: str
    headers: dict[str, str]
    """Names in lower case; of several of one name, all, with commas between."""


class FetchError(Exception):
    """No usable answer; `reason` says why in words for the user, `unreachable` that no server answered at all."""

    def __init__(
        self,
        reason: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        gone: bool = False,
        unreachable: bool = False,
    ) -> None:
        self.reason = reason
        self.status = status
        self.retry_after = retry_after
        self.gone = gone
        self.unreachable = unreachable
        super().__init__(reason)


class _Heard:
    """What any hop of one request has answered so far."""

    def __init__(self, trail: list[Hop] | None) -> None:
        self.anything = False
        self.retry_after: float | None = None
        self._trail = trail

    def response(self, response: httpx.Response, now: datetime) -> None:
        self.anything = True
        asked = retry_after_of(response.headers, now)
        self.retry_after = max(self.retry_after or 0.0, asked or 0.0) or None
        if self._trail is not None:
            self._trail.append(Hop(response.status_code, str(response.url), dict(response.headers)))


class Fetcher:
    """Fetches feeds over one client. Use it as an asynchronous context."""

    def __init__(self, config: PollConfig, clock: Clock, *, accept: str = _ACCEPT, strays: bool = True) -> None:
        """`strays`: what may be on a private network may redirect to anywhere there, else within its host alone."""
        self._config = config
        self._accept = accept
        self._strays = strays
        self._clock = clock
        self._deadlines: set[asyncio.Timeout] = set()
        self._stood_still = 0.0
        """Seconds that are not forgiven yet."""
        self._timeout = httpx.Timeout(None, connect=config.connect_timeout).as_dict()
        self._plain = _client(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))  # trusts nobody, and is asked by none
        self._secure: httpx.AsyncClient | None = None

    def read_certificates(self) -> httpx.AsyncClient:
        """The client that trusts them. It takes 40 ms, so it waits for the first address that needs them, unless it is
        called before. Raises IngestError where those that the environment names are none."""
        if self._secure is None:
            self._secure = _client(verify=True)
        return self._secure

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        for client in (self._plain, self._secure):
            if client is not None:
                await client.aclose()

    async def get(self, request: FetchRequest, trail: list[Hop] | None = None) -> Answer:
        """The feed's answer, redirects followed; each response on the way is added to `trail`. Raises FetchError,
        and IngestError where no feed is to blame."""
        heard = _Heard(trail)
        deadline = asyncio.timeout(self._config.timeout)
        self._deadlines.add(deadline)
        try:
            async with deadline:
                return await self._follow(request, heard)
        except TimeoutError:
            silent = not heard.anything
            raise FetchError(f"timed out after {self._config.timeout:g} s", unreachable=silent) from None
        except (PrivateAddress, BrokenBody, TooLarge, MissingSecret) as error:
            raise FetchError(str(error)) from None
        except httpx.InvalidURL:
            raise FetchError("redirected to what is no address") from None
        except httpx.HTTPError as error:
            silent = not heard.anything and _is_nobody_there(error)
            raise FetchError(_reason(error, self._config), unreachable=silent) from error
        finally:
            self._deadlines.discard(deadline)

    def forgive(self, seconds: float) -> None:
        """The loop has stood still for so long, while a body was read: for those under way it does not count."""
        self._stood_still += seconds
        if self._stood_still < _FORGIVEN_AT_ONCE:
            return
        seconds, self._stood_still = self._stood_still, 0.0
        for deadline in self._deadlines:
            if not deadline.expired() and (when := deadline.when()) is not None:
                deadline.reschedule(when + seconds)

    async def _follow(self, request: FetchRequest, heard: _Heard) -> Answer:
        url, permanent, guard = _address(request), True, _Guard()
        home = url.netloc
        for hop in range(MAX_REDIRECTS + 1):
            _check_address(url, redirected=hop > 0)
            extensions: dict[str, Any] = {"timeout": self._timeout}
            if not (request.feed.allow_private and (self._strays or url.netloc == home)):
                check_name(url.host)
                extensions["trace"] = guard.towards(url)
            headers = _headers(request, self._config, url, self._accept)
            asked = httpx.Request("GET", url, headers=headers, extensions=extensions)
            client = self.read_certificates() if url.scheme == "https" else self._plain
            async with aclosing(await client.send(asked, stream=True)) as response:
                heard.response(response, self._clock.now())
                if response.status_code not in _REDIRECTS:
                    moved_to = str(url) if hop and permanent else None
                    answer = await self._answer(request, response, moved_to)
                    return msgspec.structs.replace(answer, retry_after=heard.retry_after, proxied=guard.proxied)
                permanent = permanent and response.status_code in _PERMANENT
                url = _target(response)
        raise FetchError(f"redirected more than {MAX_REDIRECTS} times")

    async def _answer(self, request: FetchRequest, response: httpx.Response, moved_to: str | None) -> Answer:
        status = response.status_code
        if status == 304 and (request.etag or request.last_modified):
            return _unchanged(request, response, moved_to, self._clock.now())
        if not 200 <= status < 300 or status == 206:  # a part, which we never ask for
            raise _refusal(response, self._clock.now())
        body = await self._body(response)
        body_hash = blake2b(body, digest_size=16).hexdigest()
        return Answer(
            status=status,
            body=None if body_hash == request.body_hash else body,
            body_hash=body_hash,
            content_type=response.headers.get("content-type"),
            url=str(response.url),
            etag=_validator(response, b"etag"),
            last_modified=_validator(response, b"last-modified"),
            floor=floor_of(response.headers, self._clock.now()),
            retry_after=None,
            moved_to=moved_to,
        )

    async def _body(self, response: httpx.Response) -> bytes:
        inflate = inflater(response.headers.get("content-encoding", ""), self._config.max_body)
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += inflate.feed(chunk)
        inflate.finish()
        return bytes(body)


def _client(verify: ssl.SSLContext | bool) -> httpx.AsyncClient:
    """Raises IngestError where the environment names proxies or certificates that cannot be used."""
    try:
        return httpx.AsyncClient(
            verify=verify,
            follow_redirects=False,
            cookies=http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[])),
            # No idle connections: 500 requests to one host took 0.84 s so, and 5.8 s with httpx's defaults.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )
    except ImportError:
        raise IngestError(NEEDS_SOCKS) from None
    except OSError as error:  # ssl.SSLError too
        raise IngestError(f"SSL_CERT_FILE: no certificates can be read there: {error.strerror or error}") from None
    except (ValueError, httpx.InvalidURL):  # what is wrong may hold the proxy's password
        raise IngestError("HTTP_PROXY, HTTPS_PROXY or ALL_PROXY: not the address of a proxy") from None


# ------------------------------------------------------------------ what is sent


def _headers(request: FetchRequest, config: PollConfig, url: httpx.URL, accept: str) -> list[tuple[bytes, bytes]]:
    """All that is sent to `url` beside Host. Validators go back byte for byte, as they came. Raises MissingSecret."""
    headers = {
        "user-agent": config.user_agent,
        "accept": accept,
        "accept-encoding": "gzip, deflate",
        "connection": "close",
        "if-none-match": request.etag,
        "if-modified-since": request.last_modified,
        **own_headers(request.feed, str(url), os.environ),
    }
    return [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items() if value]


class _Guard:
    """Refuses private addresses at the moment of connecting: the name's before, the peer's after (a name may resolve
    differently twice), and in both cases before a byte is sent. A proxy is another host than the URL's: behind it
    only names can be checked."""

    def __init__(self) -> None:
        self.proxied = False
        self._host = ""
        self._direct = False

    def towards(self, url: httpx.URL) -> Callable[[str, dict[str, Any]], Awaitable[None]]:
        """What httpcore is to tell of its steps."""
        self._host = url.raw_host.decode("ascii")
        return self._look

    async def _look(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith(".connect_tcp.started"):
            self._direct = info["host"] == self._host
            self.proxied |= not self._direct
            if self._direct:
                await check_resolved(info["host"], info["port"])
        elif event == "connection.connect_tcp.complete" and self._direct:
            stream = info["return_value"]
            try:
                check_name(stream.get_extra_info("server_addr")[0])
            except PrivateAddress:
                await stream.aclose()
                raise


# ------------------------------------------------------------------ what is answered


def _address(request: FetchRequest) -> httpx.URL:
    try:
        return httpx.URL(request.feed.url)
    except httpx.InvalidURL as error:
        raise FetchError(f"not an address: {visible(str(error))[:200]}") from None


def _check_address(url: httpx.URL, *, redirected: bool) -> None:
    where = "redirected to " if redirected else ""
    try:
        host = url.host.encode("idna")  # `xn--` is no name, and no label has more than 63 letters
    except UnicodeError:
        raise FetchError(f"{where or 'not an address: '}{visible(str(url)[:100])}: there is no such name") from None
    if url.scheme not in {"http", "https"} or not host:
        raise FetchError(f"{where}{visible(str(url)[:100])}: only http and https are fetched")
    if url.port is not None and not 0 < url.port < 65_536:
        raise FetchError(f"{where}port {str(url.port)[:20]}: there is no such port")


def _target(response: httpx.Response) -> httpx.URL:
    location = response.headers.get("location")
    if not location:
        raise FetchError(f"HTTP {response.status_code} without an address to go to", status=response.status_code)
    target = response.url.join(location)
    same = (target.scheme, target.host, target.port) == (response.url.scheme, response.url.host, response.url.port)
    # A password in a redirect is not the user's, and the user's own is for the host that he gave it to.
    return target.copy_with(userinfo=response.url.userinfo if same else b"")


def _unchanged(request: FetchRequest, response: httpx.Response, moved_to: str | None, now: datetime) -> Answer:
    """HTTP 304. Validators that it does not name anew stay."""
    return Answer(
        status=304,
        body=None,
        body_hash=request.body_hash,
        content_type=None,
        url=str(response.url),
        etag=_validator(response, b"etag") or request.etag,
        last_modified=_validator(response, b"last-modified") or request.last_modified,
        floor=floor_of(response.headers, now),
        retry_after=None,
        moved_to=moved_to,
    )


def _refusal(response: httpx.Response, now: datetime) -> FetchError:
    status = response.status_code
    try:
        words = f"HTTP {status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        words = f"HTTP {status}"
    return FetchError(words, status=status, retry_after=retry_after_of(response.headers, now), gone=status == 410)


def _validator(response: httpx.Response, name: bytes) -> str | None:
    """A header's bytes as they came; httpx might decode them as UTF-8 and lose them on the way back."""
    value = next((value for key, value in response.headers.raw if key.lower() == name), b"")
    return value.decode("latin-1") if 0 < len(value) <= MAX_VALIDATOR else None


# ------------------------------------------------------------------ what goes wrong


def _reason(error: httpx.HTTPError, config: PollConfig) -> str:
    host = visible(error.request.url.host) if isinstance(error, httpx.RequestError) else ""
    if isinstance(error, httpx.ConnectTimeout):
        return f"could not connect to {host} within {config.connect_timeout:g} s"
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return f"no such host: {host}{_or('its proxy')}"
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"certificate of {host} refused: {visible(cause.verify_message)}"
        if isinstance(cause, ConnectionRefusedError):
            return f"could not connect: connection refused{_or('by its proxy')}"
    if "location header" in str(error):  # httpx reads it although it does not follow it
        return "redirected to what is no address"
    if isinstance(error, httpx.ConnectError):
        return f"could not connect: {visible(str(error))[:200] or 'no reason given'}"
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
        return f"connection broken off: {visible(str(error))[:200] or 'closed by the server'}"
    return f"{type(error).__name__}: {visible(str(error))[:200]}"


def _is_nobody_there(error: httpx.HTTPError) -> bool:
    """Has no connection come about? Who refuses a certificate, or has his refused, is there."""
    connecting = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
    return connecting and not any(isinstance(cause, ssl.SSLError) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all it came from, those in groups too (one per address tried)."""
    todo, seen = [error], set[int]()
    while todo:
        cause = todo.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        todo += [inner for inner in (cause.__cause__, cause.__context__) if inner]
        todo += cause.exceptions if isinstance(cause, BaseExceptionGroup) else ()


def _or(proxy: str) -> str:
    """Where one is named, it is as likely the cause, and httpx does not say."""
    return f", or {proxy}" if names_proxy(os.environ) else ""
