"""Quiet hours: when an alert may be delivered. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo


def zone(name: str) -> tzinfo | None:
    """Of `[ui] timezone`; None is the machine's own."""
    if name == "local":
        return None
    return UTC if name == "UTC" else ZoneInfo(name)


def held_until(quiet: tuple[int, int] | None, now: datetime, where: tzinfo | None) -> datetime | None:
    """When the quiet hours end, in UTC, where `now` lies in them. They are minutes of the day, from and to, and may
    pass midnight; an hour that a change of clocks leaves out or repeats ends with the second of the two."""
    if quiet is None:
        return None
    begin, end = quiet
    here = now.astimezone(where)
    minute = here.hour * 60 + here.minute
    passes_midnight = begin > end
    inside = minute >= begin or minute < end if passes_midnight else begin <= minute < end
    if not inside:
        return None
    day = here.date() + timedelta(days=1) if passes_midnight and minute >= begin else here.date()
    until = datetime.combine(day, time(end // 60, end % 60))
    ends = [until.replace(tzinfo=where, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return next((each for each in ends if each > now), ends[-1])
