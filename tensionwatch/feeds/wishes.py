"""How often, and when, a feed itself asks to be polled. Pure.

`ttl` and `sy:updatePeriod` make a floor; `skipHours` and `skipDays` (RSS 2.0) name hours and days, in GMT. What makes
no sense is as if it were not there. `sy:updateBase` only says when the periods begin: it changes no floor.
"""

from __future__ import annotations

import re
from typing import Final

from tensionwatch.feeds.raw import RawFeed

_PERIODS: Final = {
    "hourly": 3_600.0,
    "daily": 86_400.0,
    "weekly": 604_800.0,
    "monthly": 2_592_000.0,
    "yearly": 31_536_000.0,
}
_DAYS: Final = {
    day: number for number, day in enumerate("monday tuesday wednesday thursday friday saturday sunday".split())
}
_LONGEST: Final = 4_000
"""Code points of the hours that are looked at: 24 of them take 700."""
_HOUR = re.compile(r"<hour>\s{0,20}([0-9]{1,2})\s{0,20}</hour>", re.IGNORECASE)
_DAY = re.compile(r"<day>\s{0,20}([a-z]{6,9})\s{0,20}</day>", re.IGNORECASE)


def floor(feed: RawFeed) -> float | None:
    """Seconds under which it asks not to be polled again."""
    floors = [seconds for seconds in (_ttl(feed), _syndication(feed)) if seconds]
    return max(floors, default=None)


def skip_hours(head: str) -> tuple[int, ...]:
    """Hours, 0 to 23, in ascending order, of the text of a feed without its entries; 24 is midnight as well."""
    hours = {int(hour) for hour in _HOUR.findall(_inside(head, "skipHours"))}
    return _sensible({hour % 24 for hour in hours if hour <= 24}, 24)


def skip_days(head: str) -> tuple[int, ...]:
    """The same of days, 0 for Monday."""
    days = {_DAYS.get(day.lower()) for day in _DAY.findall(_inside(head, "skipDays"))}
    return _sensible({day for day in days if day is not None}, 7)


def _inside(head: str, name: str) -> str:
    """What the first element of that name holds. Two searches, and no expression that could take its time."""
    start = head.find(f"<{name}>")
    end = head.find(f"</{name}>", start)
    return head[start:end][:_LONGEST] if 0 <= start < end else ""


def _sensible(skipped: set[int], of: int) -> tuple[int, ...]:
    """None, when all would be skipped."""
    return tuple(sorted(skipped)) if len(skipped) < of else ()


def _ttl(feed: RawFeed) -> float | None:
    """`<ttl>`, in minutes."""
    minutes = _positive(feed.ttl)
    return minutes * 60.0 if minutes else None


def _syndication(feed: RawFeed) -> float | None:
    """`sy:updatePeriod` divided by `sy:updateFrequency`."""
    period = _PERIODS.get(feed.period.strip().lower())
    return period / (_positive(feed.frequency) or 1) if period else None


def _positive(value: str) -> int | None:
    text = value.strip()
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) and int(text) else None
