"""From when on a text counts: "in recent weeks", "this year", "since May", seen from the time of its event. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_UNITS = {"hour": 1 / 24, "day": 1.0, "night": 1.0, "week": 7.0, "month": 30.44, "year": 365.25, "decade": 3652.5}
_UNITS |= {"century": 36525.0}
_RECENT = {
    "hour": 24.0,
    "day": 10.0,
    "night": 10.0,
    "week": 6.0,
    "month": 6.0,
    "year": 5.0,
    "decade": 3.0,
    "century": 2.0,
}
"""How many of them "recent weeks", "weeks" or "the last few weeks" reach back."""
_WORDS = "one two three four five six seven eight nine ten eleven twelve".split()
_NUMBERS: dict[str, float] = {word: float(n) for n, word in enumerate(_WORDS, 1)} | {
    "a": 1,
    "an": 1,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
}
_NUMBERS |= {"forty": 40, "fifty": 50, "half": 0.5, "couple": 2}
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
"""The month that each begins with, in the north."""

_UNIT = r"(?P<unit>hour|day|night|week|month|year|decade|centur(?:y|ie))s?\b"
_EVER = re.compile(r"\b(?:ever|history|on record|memory|modern times)\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:since|after)\b.*?(?P<year>\b(?:1[89]|20)\d\d)\b", re.IGNORECASE)
_MONTH = re.compile(
    rf"\bsince\s+(?:early\s+|late\s+|mid-?\s*|last\s+)?(?:(?P<before>\d{{1,2}})\s+)?(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
    r"(?:\s+(?P<day>\d{1,2})(?!\d))?(?!\s+(?:\w+\s+)?[a-z]*ed\b)",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(rf"\bsince\s+(?:last\s+)?(?P<day>{'|'.join(_DAYS)})\b", re.IGNORECASE)
_LAST = re.compile(
    rf"\bsince\s+(?:early\s+|late\s+)?last\s+(?:{_UNIT}|(?P<season>{'|'.join(_SEASONS)}))", re.IGNORECASE
)
_AGO = re.compile(rf"(?:(?P<many>\d{{1,3}}|[a-z]+)\s+)?{_UNIT}\s+ago\b", re.IGNORECASE)
_THIS = re.compile(rf"\b(?:this|of the)\s+{_UNIT}", re.IGNORECASE)
_ROW = re.compile(
    rf"(?:straight|consecutive|successive)\s+{_UNIT}$|^{_UNIT.replace('unit', 'row')}\s+(?:running|in a row)", re.I
)
_SPAN = re.compile(rf"\b(?:(?P<many>as many|half an?|couple of|\d{{1,3}}|[a-z]+)[\s-]+)?{_UNIT}", re.IGNORECASE)
_LONGEST = timedelta(days=365.25 * 400)
_DAWN = datetime(1, 1, 1, tzinfo=UTC)


class Window(NamedTuple):
    since: datetime
    exact: bool
    """The words give its length; else it is what such words usually mean."""


def window(scope: str | None, at: datetime, count: int = 1) -> Window | None:
    """From when on a scope counts, seen from `at`; None where the words give no stretch of time that can be dated
    ("since the pandemic began")."""
    if not scope:
        return None
    if _EVER.search(scope) is not None:
        return Window(_DAWN, True)
    if re.match(r"since\b", scope, re.IGNORECASE):
        since = _since(scope, at)
        return None if since is None else Window(since, True)
    if (year := _YEAR.search(scope)) is not None:
        return Window(datetime(int(year["year"]), 1, 1, tzinfo=UTC), True)
    if (this := _THIS.search(scope)) is not None:
        return Window(_beginning(at, _unit(this["unit"])), True)
    return _span(in_a_row(scope), at, count)


def in_a_row(scope: str) -> str:
    """ "straight night" and "day running" as "in as many nights"; another scope as it is."""
    row = _ROW.search(scope)
    return scope if row is None else f"in as many {(row['unit'] or row['row']).lower()}s"


def _span(scope: str, at: datetime, count: int) -> Window | None:
    span = _SPAN.search(scope)
    if span is None:
        return None
    unit, many = _unit(span["unit"]), (span["many"] or "").lower().split(" a")[0].removesuffix(" of")
    if span["many"] and span["many"].lower() == "as many":
        number, exact = float(count), True
    elif many.isdigit() or many in _NUMBERS:
        number, exact = float(many) if many.isdigit() else float(_NUMBERS[many]), True
    elif many in ("last", "past") and not span.group().endswith("s"):
        number, exact = 1.0, True  # "in the last year"
    else:
        number, exact = _RECENT[unit], False
    return Window(at - min(timedelta(days=number * _UNITS[unit]), _LONGEST), exact)


def _since(scope: str, at: datetime) -> datetime | None:
    """When that began which a "since" names."""
    if (year := _YEAR.search(scope)) is not None:
        month = next((m for m in re.findall(r"[a-z]{3}", scope.lower()) if m in _MONTHS and _named(scope, m)), None)
        return datetime(int(year["year"]), _MONTHS.index(month) + 1 if month else 1, 1, tzinfo=UTC)
    if (ago := _AGO.search(scope)) is not None:
        many = (ago["many"] or "").lower()
        number = float(many) if many.isdigit() else float(_NUMBERS.get(many, _RECENT[_unit(ago["unit"])]))
        return at - min(timedelta(days=number * _UNITS[_unit(ago["unit"])]), _LONGEST)
    if (month_named := _MONTH.search(scope)) is not None:
        day = int(month_named["day"] or month_named["before"] or 1)
        return _last_time(at, _MONTHS.index(month_named["month"].lower()) + 1, day)
    if (weekday := _WEEKDAY.search(scope)) is not None:
        back = (at.weekday() - _DAYS.index(weekday["day"].lower())) % 7 or 7
        return _beginning(at, "day") - timedelta(days=back)
    if (last := _LAST.search(scope)) is not None:
        if last["season"]:
            return _last_time(at, _SEASONS[last["season"].lower()], 1)
        unit = _unit(last["unit"])
        return _beginning(_beginning(at, unit) - timedelta(days=1), unit)
    if (this := _THIS.search(scope)) is not None:
        return _beginning(at, _unit(this["unit"]))
    return None


def _named(scope: str, month: str) -> bool:
    """Is it a month and not the middle of a word: "March", "Oct", not "market"?"""
    return re.search(rf"\b{month}(?:[a-z]*y|[a-z]*ch|il|e|ust|[a-z]*ber|\.?)\b", scope, re.IGNORECASE) is not None


def _last_time(at: datetime, month: int, day: int) -> datetime:
    """The last such day before `at`; the month's last where it has none of that number."""
    year = at.year if (month, day) < (at.month, at.day) else at.year - 1
    return datetime(year, month, min(max(day, 1), 28), tzinfo=UTC)


def _unit(word: str) -> str:
    return "century" if word.lower().startswith("centur") else word.lower()


def _beginning(at: datetime, unit: str) -> datetime:
    """Of this day, week (from Monday), month or year."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    if unit in ("year", "decade", "century"):
        return day.replace(
            month=1, day=1, year=day.year - {"decade": day.year % 10, "century": day.year % 100}.get(unit, 0)
        )
    return day
