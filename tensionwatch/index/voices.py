"""Who told of an event, and when first: the pairs that surprise counts. Pure.

A pair is an event and an independent voice. It is of the day on which that voice first told the event as something that
has happened: ten papers that announced a visit on Monday are ten pairs of Friday, when it takes place and they say so.
Near-copies are no voice of their own, so a second feed with the same words adds no pair.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tensionwatch.model import Event

PUBLISHERS = 2
"""Independent voices that an event must have for its pairs to count."""


def first_reports(
    event: Event, report_of: Callable[[str], tuple[datetime | None, str] | None]
) -> list[tuple[datetime, str]]:
    """Each independent voice of an event that has happened, and the time of its first report from then on; in order of
    time, voices of one time by name. `report_of` gives an article's effective time and publisher, None where it is not
    known. Undated reports are of no day. Empty of what has not happened."""
    happened = event.happened
    if happened is None:
        return []
    first: dict[str, datetime] = {}
    for article in event.articles:
        report = report_of(article)
        if report is None or (at := report[0]) is None or at < happened:
            continue
        voice = event.copies.get(article, report[1])
        first[voice] = min(at, first.get(voice, at))
    return sorted((at, voice) for voice, at in first.items())


def pairs(event: Event, report_of: Callable[[str], tuple[datetime | None, str] | None]) -> list[tuple[datetime, str]]:
    """Those of its first reports that count: all of them once there are `PUBLISHERS` voices, none before."""
    found = first_reports(event, report_of)
    return found if len(found) >= PUBLISHERS else []
