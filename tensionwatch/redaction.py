"""What must not be read in a log: credentials. Pure.

secrets_of(configuration, environment) ─▶ the values that must never be told
redact(text, secrets) ─▶ the text with `***` in place of them, and of what looks like credentials
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import quote, quote_plus

from tensionwatch.feeds.credentials import SECRET
from tensionwatch.model import Feed

MASK: Final = "***"
SHORT: Final = 4
"""Secrets of fewer characters are masked as whole words alone: to mask each `a` would leave nothing to read."""

_USERINFO = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/?#]*@")
_QUERY = re.compile(
    r"(?i)([?&;][^\s=&;#]*(?:token|secret|passw(?:or)?d|api_?-?key|auth|signature|session)[^\s=&;#]*=)[^\s&;#\"'<>]+"
)
"""Private feeds carry their key in the address."""
_HEADER = re.compile(
    r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key|x-auth-token)"
    r"(\\?[\"']?\s*[:=,]\s*(?:b(?=[\"']))?\\?[\"']?)(?!\s)[^\"'\r\n\\]+"
)
"""The value up to the end of its line or its quotes."""
_HARMLESS: Final = ("accept", "user-agent")
"""How names of headers begin that carry no credentials; of a name of the server's own making nobody knows."""
_BEARER = re.compile(r"(?i)\b(bearer|basic|digest) +(?=[^\s]*[0-9=])[a-z0-9+/=._~-]{8,}")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without these secrets (as they are and as they stand in an address), userinfo in addresses, values of
    headers that carry credentials, and of parameters whose name says that they do."""
    for secret in sorted({form for each in secrets for form in _forms(each)}, key=len, reverse=True):
        if len(secret) >= SHORT:
            text = text.replace(secret, MASK)
        else:
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", MASK, text)
    if "://" in text:
        text = _QUERY.sub(rf"\1{MASK}", _USERINFO.sub(rf"\1{MASK}@", text))
    return _BEARER.sub(rf"\1 {MASK}", _HEADER.sub(rf"\1\2{MASK}", text))


def _forms(secret: str) -> Iterator[str]:
    if secret := secret.strip():
        yield from (secret, quote(secret, safe=""), quote_plus(secret))
        if ":" in secret:  # user:password, and as basic authentication sends it
            yield b64encode(secret.encode()).decode()
            yield from filter(None, [secret.partition(":")[2]])


def secrets_of(feeds: Iterable[Feed], environment: Mapping[str, str]) -> frozenset[str]:
    """What the configuration of these feeds makes secret: the values of all variables that it names, its passwords, and
    what it sends in headers that may carry credentials."""
    return frozenset(filter(None, (secret for feed in feeds for secret in _secrets_of(feed, environment))))


def _secrets_of(feed: Feed, environment: Mapping[str, str]) -> Iterator[str]:
    def sent(text: str) -> str:
        return SECRET.sub(lambda named: environment.get(named[1], ""), text)

    for text in (*(header.value for header in feed.headers), feed.user_agent or ""):
        yield from (environment.get(name, "") for name in SECRET.findall(text))
    for header in feed.headers:
        if not header.name.lower().startswith(_HARMLESS):
            yield sent(header.value)
    if feed.auth is not None:
        yield from (environment.get(name, "") for name in SECRET.findall(feed.auth.user))
        yield sent(feed.auth.password)
        yield f"{sent(feed.auth.user)}:{sent(feed.auth.password)}"
