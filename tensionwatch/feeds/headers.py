"""What response headers ask of us. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"\s*([0-9]{1,12})\s*\Z")
_DIRECTIVE = re.compile(r"""([\w-]+)(?:\s*=\s*(?:"([^"]*)"|([^",\s]*)))?""")


def retry_after_of(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that Retry-After asks us to stay away; None when it is missing, malformed or past."""
    value = headers.get("retry-after", "")
    return max(_seconds(value) or _until(value, headers, now), 0.0) or None


def floor_of(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds for which the server calls its answer fresh: max-age, else Expires, less Age. 0 where it calls it stale
    at once, None where it does not say.

    `s-maxage` is for caches that many share, `must-revalidate` for what is stale already, and a `no-cache` that names
    headers for these alone."""
    found: dict[str, str] = {}
    for name, quoted, plain in _DIRECTIVE.findall(headers.get("cache-control", "")):
        found.setdefault(name.lower(), quoted or plain)
    if "no-store" in found or found.get("no-cache") == "":
        return 0.0
    if "max-age" in found:
        lifetime = _seconds(found["max-age"])
    elif "expires" in headers:
        lifetime = _until(headers["expires"], headers, now)
    else:
        return None
    return max(lifetime - _seconds(headers.get("age", "")), 0.0)


def _until(value: str, headers: Mapping[str, str], now: datetime) -> float:
    """Seconds to a date, counted from the server's own `Date`, whose clock wrote it, else from `now`; 0 for what is no
    date ("0", "-1": both common in Expires)."""
    until, since = _date(value), _date(headers.get("date", "")) or now
    return (until - since).total_seconds() if until else 0.0


def _seconds(value: str) -> float:
    found = _SECONDS.match(value)
    return float(found[1]) if found else 0.0


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
