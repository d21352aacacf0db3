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


def secrets_of(values: object, environment: Mapping[str, str], key: str = "") -> frozenset[str]:
    """What a configuration (nested dicts and lists) must not have told: the values of the variables that it names by
    `env:NAME`, wherever, and what stands under a key whose name says that it is one."""
    if isinstance(values, Mapping):
        return frozenset().union(*(secrets_of(value, environment, str(name)) for name, value in values.items()))
    if isinstance(values, list | tuple | set | frozenset):
        return frozenset().union(*(secrets_of(value, environment, key) for value in values))
    if not isinstance(values, str):
        return frozenset()
    named = re.findall(r"env:(\w+)", values)
    if named:
        return frozenset(environment[name] for name in named if environment.get(name))
    is_secret = key.lower() in {"auth", "password", "token", "authorization", "proxy-authorization", "x-api-key"}
    return frozenset([values]) if is_secret and values else frozenset()
