"""Times in words, in the zone the user wants to see. Stored times are UTC; this is display alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

SHORT = 6
"""Cells of a short time."""


class Times:
    """`timezone` is `local`, `UTC` or an IANA name; `toggle` switches between it and UTC (from UTC: to local).

    Lists ask `short` and `medium`, which tell how long ago it was where `told_relative` is set; sentences that say
    until or since when ask `moment`."""

    def __init__(self, timezone: str, *, told_relative: bool = False) -> None:
        self._own: tzinfo | None = None if timezone in ("local", "UTC") else ZoneInfo(timezone)
        """None is the machine's own zone."""
        self._name = "" if timezone in ("local", "UTC") else timezone
        self.utc = timezone == "UTC"
        self.told_relative = told_relative

    def toggle(self) -> None:
        self.utc = not self.utc

    @property
    def zone(self) -> tzinfo | None:
        """That times are shown in; None is the machine's own."""
        return UTC if self.utc else self._own

    def here(self, when: datetime) -> datetime:
        return when.astimezone(self.zone)

    def label(self, when: datetime) -> str:
        """`UTC`, `CET`, `Asia/Seoul`: the zone that times are shown in."""
        return "UTC" if self.utc else self._name or self.here(when).tzname() or "local"

    def clock(self, when: datetime) -> str:
        """`14:05:12 UTC`"""
        return f"{self.here(when):%H:%M:%S} {self.label(when)}"

    def short(self, when: datetime, now: datetime) -> str:
        """At most 6 cells: `14:05` today, `22 Nov` this year, else `May’23`; or `3 min`, `in 2 h`."""
        if self.told_relative:
            return _short_distance(when, now)
        at, today = self.here(when), self.here(now)
        if at.date() == today.date():
            return f"{at:%H:%M}"
        return f"{at:%d %b}" if at.year == today.year else f"{at:%b’%y}"

    def medium(self, when: datetime, now: datetime) -> str:
        """At most 12 cells, as `moment`; or `3 min ago`."""
        return relative(when, now) if self.told_relative else self.moment(when, now)

    def moment(self, when: datetime, now: datetime) -> str:
        """At most 12 cells: `14:05` today, `22 Nov 14:05` this year, else the date."""
        at, today = self.here(when), self.here(now)
        if at.date() == today.date():
            return f"{at:%H:%M}"
        return f"{at:%d %b %H:%M}" if at.year == today.year else f"{at:%Y-%m-%d}"

    def full(self, when: datetime) -> str:
        """`Mon 23 Nov 2026 14:05 UTC`"""
        return f"{self.here(when):%a %d %b %Y %H:%M} {self.label(when)}"


def _short_distance(when: datetime, now: datetime) -> str:
    """In 6 cells: of what was without `ago`, which a column of them need not say each time."""
    said = relative(when, now).removesuffix(" ago")
    return said if len(said) <= SHORT else said.replace("in ", "+").replace(" ", "")


def span(seconds: float) -> str:
    """`42 s`, `3 min`, `2 h`, `5 d`: rounded down."""
    whole = int(seconds)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if whole >= size:
            return f"{whole // size} {unit}"
    return f"{max(whole, 0)} s"


def relative(when: datetime, now: datetime) -> str:
    """`3 min ago`, `in 42 s`, `now`."""
    distance: timedelta = when - now
    if abs(distance) < timedelta(seconds=1):
        return "now"
    return (
        f"in {span(distance.total_seconds())}" if distance > timedelta(0) else f"{span(-distance.total_seconds())} ago"
    )
