"""What response headers ask of us. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"\s*([0-9]{1,12})\s*\Z")
_DIRECTIVE = re.compile(r"""([a-z-]+)\s*(?:=\s*"?([^",\s]*)"?)?""", re.IGNORECASE)


def retry_after_of(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that Retry-After asks us to stay away; None when it is missing, malformed or past.

    A date is counted from the server's own `Date`, whose clock wrote it, else from `now`.
    """
    value = headers.get("retry-after", "")
    if found := _SECONDS.match(value):
        return float(found[1]) or None
    until, since = _date(value), _date(headers.get("date", "")) or now
    if until is None:
        return None
    return max((until - since).total_seconds(), 0.0) or None


def floor_of(headers: Mapping[str, str]) -> float | None:
    """Seconds for which the server calls its answer fresh: max-age less Age. None when it does not say."""
    directives = {name.lower(): value for name, value in _DIRECTIVE.findall(headers.get("cache-control", ""))}
    if directives.keys() & {"no-cache", "no-store"}:
        return None
    found, age = _SECONDS.match(directives.get("max-age", "")), _SECONDS.match(headers.get("age", ""))
    if not found:
        return None
    return max(float(found[1]) - (float(age[1]) if age else 0.0), 0.0) or None


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, IndexError, TypeError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
