"""How a feed's own headers, login and user agent are read from the configuration. No message quotes what may be a
secret, not even to say what is wrong with it.
"""

from __future__ import annotations

import re
from typing import Any, Final

from tensionwatch.config_values import BAD, Reader, Spot, Wrong, nearest
from tensionwatch.model import Header, Login

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LOGIN: Final = re.compile(r"(env:[A-Za-z_][A-Za-z0-9_]*|(?!env:)[^:]+):(.+)", re.DOTALL)
_SPELLED: Final = '"user:env:NAME" or { user = "…", password = "env:NAME" }'

_OURS: Final = {
    "user-agent": "the feed's user_agent says it",
    "host": "the address says it",
    "accept-encoding": "only gzip and deflate are read",
    "if-none-match": "it is sent as the server gave it",
    "if-modified-since": "it is sent as the server gave it",
    "range": "a feed is read whole",
    "proxy-authorization": "the address of the proxy in the environment says it",
    **dict.fromkeys(
        ("connection", "content-length", "expect", "keep-alive", "proxy-connection", "te", "trailer",
         "transfer-encoding", "upgrade"),
        "it belongs to the connection",
    ),
}  # fmt: skip
"""Headers that no feed can set, and why."""
MAX_VALUE: Final = 8_000


def headers(value: object, spot: Spot) -> Any:
    """`{ "X-Api-Key" = "env:NEWS_KEY" }` as a tuple of Header. A Cookie is allowed: it is the user's own, and goes to
    the feed's origin alone, as all of them."""
    if not isinstance(value, dict):
        raise Wrong("not a table", 'headers such as { "X-Api-Key" = "env:NEWS_KEY" }')
    read = [spot.key(name).read(_value_of(name), text) for name, text in value.items()]
    if BAD in read:
        return BAD
    names = [name.lower() for name in value]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise Wrong(f"named twice: {', '.join(twice)}", "each header once, whatever its case")
    return tuple(read)


def _value_of(name: str) -> Reader:
    def read(value: object, spot: Spot) -> Header:
        if not _TOKEN.fullmatch(name):
            raise Wrong("not the name of a header", "letters, digits and - such as X-Api-Key")
        if why := _OURS.get(name.lower()):
            raise Wrong("cannot be set", why)
        return Header(name, header_text(value, spot))

    return read


def login(value: object, spot: Spot) -> Any:
    """A Login from either of its two spellings."""
    if isinstance(value, dict):
        return _login_table(value, spot)
    if not isinstance(value, str) or not (parts := _LOGIN.fullmatch(value)):
        raise Wrong("not a user with a password", _SPELLED)
    return Login(secret_text(parts[1], spot), secret_text(parts[2], spot))


def _login_table(value: dict[str, object], spot: Spot) -> Any:
    known = ("user", "password")
    for name in [name for name in value if name not in known]:
        spot.key(name).tell(Wrong("unknown key", f"known are {', '.join(known)}", nearest(name, known)))
    for name in [name for name in known if name not in value]:
        spot.tell(Wrong(f"without a {name}", _SPELLED))
    parts = [spot.key(name).read(secret_text, value[name]) for name in known if name in value]
    if len(parts) < len(known) or len(value) > len(known) or BAD in parts:
        return BAD
    if ":" in parts[0] and not parts[0].startswith("env:"):
        raise Wrong("a user name with a colon", "none: what follows it would be taken for the password")
    return Login(*parts)


def secret_text(value: object, _: Spot) -> str:
    """Text that may hold `env:NAME`, and that no message shows."""
    if not isinstance(value, str):
        raise Wrong("not text", "text in quotes")
    if not value.strip():
        raise Wrong("empty", "text in quotes")
    if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in value):
        raise Wrong("has control characters")
    if len(value) > MAX_VALUE:
        raise Wrong(f"longer than {MAX_VALUE:,} characters")
    if any(word.startswith("env:") and not _VARIABLE.fullmatch(word[4:]) for word in value.split()):
        raise Wrong("names no variable after env:", "env:NAME with letters, digits and _")
    return value


def header_text(value: object, spot: Spot) -> str:
    """What a header may hold, with `env:NAME` in it or without."""
    text = secret_text(value, spot)
    if not text.isascii():
        raise Wrong("not plain ASCII", "ASCII alone, as HTTP headers are")
    return text
