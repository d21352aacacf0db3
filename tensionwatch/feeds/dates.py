"""The dates of feeds, read as feedparser reads them. Pure.

Nearly all are of two forms that one regular expression each can read in 2 µs; feedparser, which tries nine readers in
turn, takes 10 to 30 and 0.1 s for its import. All others are left to it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from tensionwatch.sanitise import is_likely

_MONTHS: Final = {
    name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}
_RFC_822 = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? +)?"
    rf"(?P<day>[0-9]{{1,2}}) +(?P<month>{'|'.join(_MONTHS)})[a-z]{{0,6}} +(?P<year>[0-9]{{4}}) +"
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))? +"
    r"(?:gmt|utc|ut|z|(?P<sign>[+-])(?P<hours>[0-9]{2})(?P<minutes>[0-9]{2}))",
    re.IGNORECASE | re.ASCII,
)
"""`Sat, 28 Feb 2026 09:00:00 +0100`."""
_ISO_8601 = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})T"
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]+)?)?"
    r"(?:z|(?P<sign>[+-])(?P<hours>[0-9]{2}):(?P<minutes>[0-9]{2}))",
    re.IGNORECASE | re.ASCII,
)
"""`2026-02-28T09:00:00.000+01:00`."""


def read_date(text: str) -> datetime | None:
    """The moment that `text` (without blanks around it) says, in UTC; None for what is no date or no likely one."""
    if not text:
        return None
    found = _RFC_822.fullmatch(text) or _ISO_8601.fullmatch(text)
    moment = _moment(found) if found else None
    if moment is None:
        return _by_feedparser(text)
    return moment if is_likely(moment) else None


def _moment(found: re.Match[str]) -> datetime | None:
    """None where feedparser has to say what a 31 February or a second 60 is."""
    year, month, day, hour, minute, second, sign, hours, minutes = found.group(
        "year", "month", "day", "hour", "minute", "second", "sign", "hours", "minutes"
    )
    try:
        moment = datetime(
            int(year),
            _MONTHS.get(month.lower()) or int(month),
            int(day),
            int(hour),
            int(minute),
            int(second or 0),
            tzinfo=UTC,
        )
        if sign is None:
            return moment
        ahead = timedelta(hours=int(hours), minutes=int(minutes))
        return moment - ahead if sign == "+" else moment + ahead
    except (ValueError, OverflowError):
        return None


def _by_feedparser(text: str) -> datetime | None:
    from tensionwatch.feeds import by_feedparser  # here: 0.1 s, needed for one feed in twenty

    return by_feedparser.read_date(text)
