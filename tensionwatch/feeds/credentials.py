"""What a feed's requests carry beside what every feed's do: headers of its own and a login. Pure: the environment is
passed in.

    "Bearer env:TOKEN" ──environment──▶ "Bearer 5f2a…" ──same origin as the feed?──▶ header

Secrets are looked up when a request is made, in the process that makes it. They stand in no record, no message and no
file, and they go to the origin (scheme, host and port) of the configured address alone.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

from tensionwatch.model import Feed, Login
from tensionwatch.sanitise import visible, without_user

SECRET: Final = re.compile(r"(?<!\S)env:([A-Za-z_][A-Za-z0-9_]*)(?!\S)")
_PORTS: Final = {"http": 80, "https": 443}


class MissingSecret(Exception):
    """A variable that the feed's configuration names is not in the environment, or cannot be sent."""


def own_headers(feed: Feed, url: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The feed's own headers for a request to `url`, names in lower case; only the user agent where `url` is not of
    the feed's origin. Raises MissingSecret."""
    found: dict[str, str] = {}
    if feed.user_agent:
        found["user-agent"] = _header("user_agent", feed.user_agent, environment)
    if not same_origin(feed.url, url):
        return found
    for header in feed.headers:
        found[header.name.lower()] = _header(f"headers.{header.name}", header.value, environment)
    if feed.auth:
        user = _resolved("auth", feed.auth.user, environment)
        if ":" in user:
            raise MissingSecret("auth: a user name with a colon cannot be sent")
        pair = f"{user}:{_resolved('auth', feed.auth.password, environment)}"
        found["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    return found


def asked_at(feed: Feed, url: str) -> Feed:
    """The feed, asked at another address: without what is meant for its own origin where that is another."""
    if url == feed.url:
        return feed
    if same_origin(feed.url, url):
        return msgspec.structs.replace(feed, url=url)
    return msgspec.structs.replace(feed, url=url, headers=(), auth=None)


def taken_apart(url: str) -> tuple[str, Login | None]:
    """The address without user and password, and these: in an address they would be kept wherever that is."""
    parts = urlsplit(url)
    if not parts.username:
        return without_user(url), None
    return without_user(url), Login(unquote(parts.username), unquote(parts.password or ""))


def shown(url: str) -> str:
    """An address as it may be printed: without a password in it, and without anything that is not to be seen."""
    return visible(without_user(url))


def same_origin(one: str, other: str) -> bool:
    return _origin(one) == _origin(other)


def _origin(url: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port or _PORTS.get(parts.scheme)
        # httpx says names back as they are asked for; where that fails, the name is equal to itself alone.
        return parts.scheme, host if host.isascii() else host.encode("idna").decode("ascii"), port
    except ValueError:  # UnicodeError too
        return "", url, None


def _header(where: str, value: str, environment: Mapping[str, str]) -> str:
    """What a header may hold: h11 refuses the rest with a message that quotes it."""
    resolved = _resolved(where, value, environment)
    if not resolved or not all(c == "\t" or " " <= c <= "~" for c in resolved):
        names = ", ".join(SECRET.findall(value))
        raise MissingSecret(f"{where}: {names} is empty or holds what no header can (only printable ASCII can be sent)")
    return resolved


def _resolved(where: str, value: str, environment: Mapping[str, str]) -> str:
    missing = [name for name in SECRET.findall(value) if name not in environment]
    if missing:
        raise MissingSecret(f"{where}: {missing[0]} is not set in the environment")
    return SECRET.sub(lambda found: environment[found[1]].strip(), value)
