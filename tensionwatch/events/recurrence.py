"""A text's own count held against the ledger: "source says 2nd in recent weeks; we have 2, 12 days apart". Pure.

"in recent weeks", at ─window─▶ since ─held─▶ how many we have since then, and what to say of it
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from tensionwatch.model import Event, Ordinal, Recurrence
from tensionwatch.words import ordinal_words

_UNITS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.44, "year": 365.25, "decade": 3652.5, "century": 36525.0}
_RECENT = {"hour": 24.0, "day": 10.0, "week": 6.0, "month": 6.0, "year": 5.0, "decade": 3.0, "century": 2.0}
"""How many of them "recent weeks", "weeks" or "the last few weeks" reach back."""
_WORDS = "one two three four five six seven eight nine ten eleven twelve".split()
_NUMBERS = {word: n for n, word in enumerate(_WORDS, 1)} | {"a": 1, "an": 1, "fifteen": 15, "twenty": 20, "thirty": 30}
_NUMBERS |= {"forty": 40, "fifty": 50, "half": 1, "couple": 2}
_UNIT = r"(?P<unit>hour|day|week|month|year|decade|centur(?:y|ie))s?\b"
_YEAR = re.compile(r"\b(?:since|after)\s+(?:\w+\s+){0,2}?(?P<year>(?:1[89]|20)\d\d)\b", re.IGNORECASE)
_THIS = re.compile(rf"\bthis\s+{_UNIT}", re.IGNORECASE)
_SPAN = re.compile(rf"\b(?:(?P<many>as many|\d{{1,3}}|[a-z]+)\s+)?{_UNIT}", re.IGNORECASE)
_LONGEST = timedelta(days=365.25 * 400)


class Window(NamedTuple):
    since: datetime
    exact: bool
    """The words give its length; else it is what such words usually mean."""


def window(scope: str | None, at: datetime, count: int = 1) -> Window | None:
    """From when on a scope counts, seen from `at`; None where the words give no stretch of time."""
    if not scope:
        return None
    if (year := _YEAR.search(scope)) is not None:
        return Window(datetime(int(year["year"]), 1, 1, tzinfo=UTC), True)
    if (this := _THIS.search(scope)) is not None:
        return Window(_beginning(at, this["unit"].lower()), True)
    span = _SPAN.search(scope)
    if span is None:
        return None
    unit, many = _unit(span["unit"]), (span["many"] or "").lower()
    if many == "as many":
        number, exact = float(count), True
    elif many.isdigit() or many in _NUMBERS:
        number, exact = float(many) if many.isdigit() else float(_NUMBERS[many]), True
    elif many in ("last", "past") and not span.group().endswith("s"):
        number, exact = 1.0, True  # "in the last year"
    else:
        number, exact = _RECENT[unit], False
    return Window(at - min(timedelta(days=number * _UNITS[unit]), _LONGEST), exact)


def _unit(word: str) -> str:
    return "century" if word.lower().startswith("centur") else word.lower()


def _beginning(at: datetime, unit: str) -> datetime:
    """Of this day, week (from Monday), month or year."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    if unit in ("year", "decade"):
        return day.replace(month=1, day=1, year=day.year - (day.year % 10 if unit == "decade" else 0))
    return day


def reach(recurrence: Recurrence, at: datetime) -> datetime:
    """From when on other events can matter to the count, seen from `at`."""
    span = window(recurrence.ordinal.scope, at, recurrence.ordinal.count)
    return span.since if span is not None else datetime.min.replace(tzinfo=UTC)


def held(
    recurrence: Recurrence, event: Event, others: Iterable[Event], history: datetime | None, now: datetime
) -> Recurrence:
    """The count, held against the other events: those of the same family and parties that happened in its window,
    before this one. `history` is when the ledger begins."""
    at = event.when
    if at is None:
        return recurrence
    span = window(recurrence.ordinal.scope, at, recurrence.ordinal.count)
    since = span.since if span is not None else None
    earlier = sorted((when, other.id) for other in others if (when := _before(other, event, since)) is not None)
    ours = len(earlier) + 1
    said = f"source says {_ordinal_words(recurrence.ordinal)}; {_we_have(earlier, at)}"
    missing = ours < recurrence.ordinal.count or recurrence.ordinal.count == 1
    if history is not None and missing and (since is None or since < history):
        said += f": history starts {_ago(history, now)} ago"
    days = round((at - earlier[0][0]) / timedelta(days=1), 1) if earlier else None
    ids = tuple(event_id for _, event_id in earlier)
    return replace(recurrence, ours=ours, earlier=ids, days=days, says=said)


def _before(other: Event, event: Event, since: datetime | None) -> datetime | None:
    """When the other one happened, where it is one that the text may have counted."""
    if other.family != event.family or other.id == event.id:
        return None
    if event.family == "visit":
        known = (event.actor, event.recipient)
        if any(a is not None and a != b for a, b in zip(known, (other.actor, other.recipient), strict=True)):
            return None
    elif not event.sides <= other.sides:
        return None
    at, when = event.when, other.happened  # last, because they cost most
    if at is None or when is None:
        return None
    return when if when < at and (since is None or when >= since) else None


def _we_have(earlier: list[tuple[datetime, str]], at: datetime) -> str:
    if not earlier:
        return "we have 1"
    first = earlier[0][0]
    if len(earlier) == 1:
        return f"we have 2, {_ago(first, at)} apart"
    return f"we have {len(earlier) + 1} in {_ago(first, at)}"


def _ordinal_words(ordinal: Ordinal) -> str:
    number = "first" if ordinal.count == 1 else ordinal_words(ordinal.count)
    return f"{number} {ordinal.scope}" if ordinal.scope else number


def _ago(then: datetime, now: datetime) -> str:
    """`12 days`, `5 h`"""
    apart = max(now - then, timedelta())
    if apart < timedelta(days=1):
        return f"{apart // timedelta(hours=1)} h"
    days = round(apart / timedelta(days=1))
    return "1 day" if days == 1 else f"{days:,} days"
