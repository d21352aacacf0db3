"""The child that speaks through apprise: `python -m tensionwatch.alerts.courier`.

    {"url": "env:PHONE", "title": …, "text": …} on stdin ─▶ one notification ─▶ exit code; why not, a line on stderr

A process of its own: apprise blocks, takes half a second to load its 189 services, for which a screen would stand
still, and what hangs in it can be killed. `env:NAME` is looked up here and nowhere else, and no reason that leaves here
holds a part of the address.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import unquote

import msgspec

from tensionwatch.redaction import redact
from tensionwatch.sanitise import visible, visible_lines

FAILED: Final = 1
"""It may go through the next time."""
FOR_GOOD: Final = 64
"""It would fail in the same way the next time."""

_CAUSES: Final = re.compile(r"\[Errno -?\d+\] ([^'\")]+)|(\w+ timed out)|(certificate verify failed[^'\")]*)")
"""What of a socket's long story says why."""
_PLAIN_PARTS: Final = frozenset({"http", "https", "localhost", "json", "jsons", "xml", "form", "true", "false"})


class Parcel(msgspec.Struct, frozen=True):
    url: str
    title: str
    text: str


class _Refused(Exception):
    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        super().__init__(reason)


def main() -> int:
    parcel = msgspec.json.decode(sys.stdin.buffer.read(), type=Parcel)
    secrets: list[str] = []
    try:
        url = address(parcel.url, os.environ)
        secrets += parts(url)
        _notify(url, visible(parcel.title), visible_lines(parcel.text))
    except _Refused as refused:
        code, reason = refused.code, str(refused)
    except Exception as error:  # noqa: BLE001  # of apprise or one of its services: told, without what it quotes
        code, reason = FAILED, f"apprise failed: {type(error).__name__}: {error}"
    else:
        return 0
    print(visible(redact(reason, secrets)), file=sys.stderr)  # noqa: T201  # the parent reads it
    return code


def address(url: str, environment: Mapping[str, str]) -> str:
    """The address itself, where `url` is `env:NAME` from the environment."""
    name = url.removeprefix("env:")
    if name == url:
        return url
    if not (found := environment.get(name, "").strip()):
        raise _Refused(FOR_GOOD, f"{name} is not set in the environment")
    return found


def parts(url: str) -> Iterator[str]:
    """All that an address is made of, itself first: any of it may be the secret (a bot's token stands where a host
    does)."""
    yield url
    scheme, _, rest = url.partition("://")
    for part in dict.fromkeys(re.split(r"[/?&=:@#,;]+", rest)):
        for form in {part, unquote(part)}:
            if len(form) > 2 and form.lower() not in _PLAIN_PARTS and form.lower() != scheme.lower():
                yield form


def _notify(url: str, title: str, text: str) -> None:
    try:
        import apprise
    except ImportError:
        raise _Refused(FOR_GOOD, "apprise is not installed; pip install 'tensionwatch[alerts]' brings it") from None
    said = _Said()
    logger = logging.getLogger("apprise")
    logger.setLevel(logging.DEBUG)  # only there it tells why a connection failed
    logger.propagate = False
    logger.addHandler(said)
    service = apprise.Apprise()
    if not service.add(url):
        raise _Refused(FOR_GOOD, "apprise does not understand the channel's address")
    if not service.notify(title=title, body=text, body_format=apprise.NotifyFormat.TEXT):
        raise _Refused(FAILED, said.reason or "the service did not take it")


class _Said(logging.Handler):
    """Hears what apprise complains of."""

    def __init__(self) -> None:
        super().__init__()
        self._complaint = ""
        self._cause = ""

    @property
    def reason(self) -> str:
        cause = f" ({self._cause})" if self._complaint and self._cause else self._cause
        return f"{self._complaint}{cause}"

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.levelno >= logging.WARNING:
            self._complaint = text.strip().rstrip(".,")
        elif text.startswith("Socket Exception") and (found := _CAUSES.search(text)):
            self._cause = next(filter(None, found.groups()))


if __name__ == "__main__":
    sys.exit(main())
