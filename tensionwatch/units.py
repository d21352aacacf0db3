"""Durations, sizes and percentages as people write them: `1h30m`, `10MB`, `10%`. Pure.

Each `parse_…` raises ValueError for anything else; `parse_duration(format_duration(s)) == s` for whole seconds.
"""

from __future__ import annotations

import re

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY

_SECONDS = {"w": WEEK, "d": DAY, "h": HOUR, "m": MINUTE, "s": 1}
_BYTES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}

# Up to nine digits each: longer ones are typing errors, and from 4,300 on Python refuses to read them.
_DURATION = re.compile("".join(rf"(?:(?P<{unit}>[0-9]{{1,9}}){unit})?" for unit in _SECONDS))
_SIZE = re.compile(r"(?P<number>[0-9]{1,9}) ?(?P<unit>B|KB|MB|GB)", re.IGNORECASE)
_PERCENT = re.compile(r"(?P<number>[0-9]{1,9}(?:\.[0-9]{1,9})?) ?%")


def parse_duration(text: str) -> float:
    """Seconds in `90s`, `15m`, `1h30m`, `2d` or `1w`: larger units first, each at most once."""
    match = _DURATION.fullmatch(text)
    if not match or not text:
        raise ValueError(f"not a duration: {text!r}")
    return float(sum(int(number) * _SECONDS[unit] for unit, number in match.groupdict().items() if number))


def format_duration(seconds: float) -> str:
    """The shortest spelling that `parse_duration` reads; parts of a second are dropped."""
    rest, parts = int(seconds), []
    for unit, length in _SECONDS.items():
        count, rest = divmod(rest, length)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def parse_size(text: str) -> int:
    """Bytes in `512KB`, `10MB` or `1GB`: powers of 1,000."""
    match = _SIZE.fullmatch(text)
    if not match:
        raise ValueError(f"not a size: {text!r}")
    return int(match["number"]) * _BYTES[match["unit"].upper()]


def format_size(size: int) -> str:
    """In the largest unit that leaves a whole number: 10000000 is `10MB`."""
    unit = next(unit for unit in reversed(_BYTES) if size % _BYTES[unit] == 0 and (size or unit == "B"))
    return f"{size // _BYTES[unit]}{unit}"


def parse_percent(text: str) -> float:
    """The share that `10%` stands for: 0.1."""
    match = _PERCENT.fullmatch(text)
    if not match:
        raise ValueError(f"not a percentage: {text!r}")
    return float(match["number"]) / 100


def duration_words(seconds: float) -> str:
    """`15m`, `1h 30m`, `45s`: the two largest units, rounded down; never less than `1s`."""
    left = max(round(seconds), 1)
    parts = []
    for unit, length in (("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", 1)):
        count, left = divmod(left, length)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2])


def about_words(seconds: float) -> str:
    """A duration in one unit, to the nearest: `10h`, `40m`, `3d`."""
    unit, length = next(((u, n) for u, n in (("d", DAY), ("h", HOUR), ("m", MINUTE)) if seconds >= 0.95 * n), ("s", 1))
    return f"{max(round(seconds / length), 1)}{unit}"
