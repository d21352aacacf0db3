"""The index in words, the same on the screen and in headless output. Pure."""

from __future__ import annotations

from tensionwatch.index.records import RegionIndex, Surprise
from tensionwatch.index.surprise import LEARNING
from tensionwatch.words import KIND_WORDS, counted

FAMILY_WORDS = {kind.family: word for kind, word in KIND_WORDS.items()}
"""`incident`, `attack`, `weapons test`: what one of a family is called."""
_UNCOUNTED = {"posture": "acts of posture", "mil. cooperation": "acts of mil. cooperation"}
"""Words of a family that take no s."""
RARE = 0.05
"""A day, under which what is usual is told in days."""
_MORE = 1.5
"""Times the usual events, from which on the events themselves are the news; below it is how many tell of them."""


def words(index: RegionIndex) -> str:
    """`calm`, `learning: 12 of 28 days`, `unusual: 3 incidents, usually 0.2 a day; also attacks`."""
    if index.learning:
        return f"learning: {index.history_days} of {LEARNING} days"
    alarms = [each for each in index.surprises if each.alarm]
    if not alarms:
        return "calm"
    others = "".join(f", {family_words(each.family)}" for each in alarms[1:])
    return f"unusual: {surprise_words(alarms[0])}" + (f"; also {others[2:]}" if others else "")


def surprise_words(surprise: Surprise) -> str:
    """`3 incidents, usually 0.2 a day`; of hardly more events than usual, told by many: `1 attack in 14 reports,
    usually 3 a day`. A report is the first one by an independent publisher."""
    events = _counted(surprise.events, surprise.family)
    if surprise.events > _MORE * surprise.usual_events:
        return f"{events}, {_usually(surprise.usual_events, surprise.memory)}"
    reports = counted(surprise.count, "report")
    return f"{events} in {reports}, {_usually(surprise.mean, surprise.days)}"


def interval_words(surprise: Surprise) -> str:
    """`0 to 5 reports on 90 % of days`: between what a day's first reports by independent publishers usually are."""
    reports = counted(surprise.high, "report")
    return f"{reports if surprise.low == surprise.high else f'{surprise.low} to {reports}'} on 90 % of days"


def family_words(family: str) -> str:
    """`incidents`: more than one, or none, of a family."""
    word = FAMILY_WORDS[family]
    return _UNCOUNTED.get(word) or (word if word.endswith("s") else f"{word}s")


def _counted(events: int, family: str) -> str:
    word = FAMILY_WORDS[family]
    if events == 1:
        return f"1 {_UNCOUNTED.get(word, word).replace('acts', 'act', 1)}"
    return f"{events:,} {family_words(family)}"


def _usually(a_day: float, days: int) -> str:
    """`usually 12 a day`, `usually 0.2 a day`, `usually 1 in 30 days`, `none in 56 days before`"""
    if a_day == 0:
        return f"none in {counted(days, 'day')} before"
    if a_day < RARE:
        return f"usually 1 in {1 / a_day:,.0f} days"
    return f"usually {f'{a_day:,.0f}' if a_day >= 9.95 else f'{a_day:.1g}' if a_day < 1 else f'{a_day:.2g}'} a day"
