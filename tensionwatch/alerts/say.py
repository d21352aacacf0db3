"""What an alert says: one line, and a few more. Pure. Words from outside are made safe for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from tensionwatch.index.records import RegionIndex, Surprise
from tensionwatch.index.words import FAMILY_WORDS, interval_words, surprise_words
from tensionwatch.model import Article, Event
from tensionwatch.sanitise import visible
from tensionwatch.words import KIND_WORDS, counted, event_what, nth_words, pair_words, toll_words

_MARKS = {"incident": "▲", "visit": "●"}
_NAMED = 2
"""Travellers whose names stand in the line."""


def mark(family: str) -> str:
    """As lists on the screen have it."""
    return _MARKS.get(family, "◆")


def event_title(event: Event, stage: str, place: str) -> str:
    """`▲ incident PRK→KOR DMZ crossing · 2nd in 12 d · 6 publishers`,
    `● visit RUS→PRK Pyongyang under way · Vladimir Putin · 3 publishers`"""
    kind = KIND_WORDS[event.kind]
    what = _visit_words(stage) if event.family == "visit" else event_what(event)
    pair = pair_words(event.actor, event.recipient)
    head = (mark(event.family), kind, pair, visible(place), "" if what == kind else what)
    people = ", ".join(map(visible, event.people[:_NAMED])) if event.family == "visit" else ""
    more = (people, nth_words(event), counted(len(event.publishers), "publisher"))
    return " · ".join([" ".join(filter(None, head)), *filter(None, more)])


def event_text(event: Event, regions: Iterable[str], reports: Sequence[Article], rule: str) -> str:
    """Where, how bad, who told of it first (headline and address), and which rule asked."""
    lines = [", ".join(map(visible, regions))]
    if event.toll is not None and (toll := toll_words(event.toll)):
        lines.append(toll)
    for article in reports:
        lines.append(f"{visible(article.publisher)}: {visible(article.title)}")
        lines += [f"  {visible(article.link)}"] if article.link else []
    return "\n".join([*lines, _asked(rule)])


def surprise_title(surprise: Surprise, region: str) -> str:
    """`▲ unusual in Korean Peninsula: 3 incidents, usually 0.2 a day`"""
    return f"{mark(surprise.family)} unusual in {visible(region)}: {surprise_words(surprise)}"


def surprise_text(surprise: Surprise, index: RegionIndex, rule: str) -> str:
    """On which day, against what, and how much of the region's news was seen at all."""
    rare = (
        f"{FAMILY_WORDS[surprise.family]}: usually {interval_words(surprise)}; so many by chance: {surprise.chance:.1g}"
    )
    lines = [f"{surprise.day:%Y-%m-%d} (UTC)", rare, *_coverage(index), _asked(rule)]
    return "\n".join(lines)


def intensity_title(index: RegionIndex, threshold: float, region: str) -> str:
    """`▲ conflict in Korean Peninsula rose to 6.2, above 5`"""
    return f"▲ conflict in {visible(region)} rose to {index.conflict:.3g}, above {threshold:g}"


def intensity_text(index: RegionIndex, rule: str) -> str:
    return "\n".join([f"cooperation: {index.cooperation:.3g}", *_coverage(index), _asked(rule)])


def since_words(count: int, since: datetime) -> str:
    """`and 3 more since 2026-03-01 12:05 UTC, held back by the rule's cool-down`"""
    return f"and {count:,} more since {since.astimezone(UTC):%Y-%m-%d %H:%M} UTC, held back by the rule's cool-down"


def _visit_words(stage: str) -> str:
    return "called off" if stage == "off" else stage


def _coverage(index: RegionIndex) -> list[str]:
    """Where much is not seen: what is counted is then too little, not too much."""
    if not index.coverage.blind:
        return []
    seen = f"only {index.coverage.fresh} of {index.coverage.feeds} feeds answer"
    return [f"{seen}: it may be more than is counted here"]


def _asked(rule: str) -> str:
    return f"rule: {visible(rule)}"
