"""Opening a link in the user's browser: http(s) only, never through a shell, the real host told.

The browser is started by a child Python, so that what it prints cannot fall into the screen and what it takes to
start cannot hold up the loop.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Mapping
from urllib.parse import quote, urlsplit, urlunsplit

_OPEN = "import sys, webbrowser; sys.exit(0 if webbrowser.open(sys.argv[1]) else 1)"
_SAFE = "%/:?#[]@!$&'()*+,;=~-._"
"""Characters that quoting leaves alone: those with a meaning in a URL, and `%` of what is quoted already."""
_HOST = re.compile(r"[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]")
"""Others mean something to a browser: `\\` is a slash to it, and `%65` an e."""


class LinkRefused(Exception):
    """A link that is not opened; the message says why."""


def host_of(link: str) -> str:
    """Where the link really leads, in punycode, with a port that is not the usual one: `xn--80ak6aa92e.example:8080`.

    Raises LinkRefused when it is not an http(s) address."""
    try:
        parts = urlsplit(link)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise LinkRefused(f"not an address: {error}") from error
    if parts.scheme not in ("http", "https"):
        raise LinkRefused(f"only http and https are opened, this is {parts.scheme or 'no address'}")
    if not host:
        raise LinkRefused("the address names no host")
    name = f"[{host}]" if ":" in host else ".".join(_label(label) for label in host.split("."))
    if not _HOST.fullmatch(name):
        raise LinkRefused("the address names a host that browsers would read differently")
    return name if port is None else f"{name}:{port}"


def _label(label: str) -> str:
    if label.isascii():
        return label
    try:
        return label.encode("idna").decode("ascii")
    except UnicodeError:  # not a name that IDNA allows, but it must be shown for what it is
        return "xn--" + label.encode("punycode").decode("ascii")


def openable(link: str) -> str:
    """The link as it is handed to the browser: host in punycode, all else quoted. Raises LinkRefused."""
    host = host_of(link)
    if any(character.isspace() or not character.isprintable() for character in link):
        raise LinkRefused("the address has spaces or control characters in it")
    parts = urlsplit(link)
    return urlunsplit((parts.scheme, host, *(quote(part, safe=_SAFE) for part in parts[2:])))


def has_browser(environment: Mapping[str, str], platform: str) -> bool:
    """On Linux and BSD a browser needs a display; a text browser would take the terminal away from the screen."""
    if platform in ("darwin", "win32", "cygwin"):
        return True
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


async def open_link(link: str) -> str:
    """Open it; gives the host. Raises LinkRefused when it is not to be opened or cannot be."""
    address = openable(link)
    if not has_browser(os.environ, sys.platform):
        raise LinkRefused("no browser here (no display)")
    null = asyncio.subprocess.DEVNULL
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _OPEN, address, stdin=null, stdout=null, stderr=null, start_new_session=True
    )
    if await child.wait() != 0:
        raise LinkRefused("no browser could be started")
    return host_of(link)
