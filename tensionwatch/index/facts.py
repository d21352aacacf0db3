"""What the index takes from an event: the days of its pairs, and the articles that tell of conflict in it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from sys import intern
from typing import NamedTuple

import msgspec

from tensionwatch.index.level import tells_of_conflict
from tensionwatch.index.voices import pairs
from tensionwatch.model import Event, Flag, Kind, Status

VERSION = 1
"""To be raised with whatever makes others of the same event: here, in voices.py, of what a conflict flag is."""


class Said(msgspec.Struct, frozen=True, gc=False):
    """Of a flag."""

    kind: Kind
    code: str
    status: Status


class Report(NamedTuple):
    """What an article is to the events that it tells."""

    heard: tuple[datetime | None, str]
    """When, and whose it is."""
    conflict: tuple[tuple[str, int], ...]
    """Family, and which of the article's standing flags of it tells of conflict."""


class Tells(NamedTuple):
    """An article with a conflict flag of an event."""

    article: str
    day: int
    publisher: str


class Facts(NamedTuple):
    """Of an event, whatever the region. Days are ordinals of UTC."""

    family: str
    last: int
    """Day of its last report."""
    pairs: tuple[int, ...]
    """The day of each pair that counts, in order."""
    tells: tuple[Tells, ...]

    @property
    def clumps(self) -> Mapping[int, int]:
        """Day → its pairs."""
        return Counter(self.pairs)


def report(publisher: str, effective: datetime | None, flags: Iterable[Said | Flag], wrong: Iterable[Kind]) -> Report:
    ranks = Counter[str]()
    conflict = []
    for flag in flags:
        if flag.kind not in wrong:
            if tells_of_conflict(flag.kind, flag.code, flag.status):
                conflict.append((flag.kind.family, ranks[flag.kind.family]))
            ranks[flag.kind.family] += 1
    return Report((effective, intern(publisher)), _SAME.setdefault(found := tuple(conflict), found))


_SAME: dict[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]] = {}
"""One for all reports alike: there are a few dozen."""


def facts(event: Event, ranks: Iterable[tuple[str, int]], report_of: Callable[[str], Report | None]) -> Facts | None:
    """`ranks` name the flags that tell the event (see Telling); None of one that is undated."""
    if event.last_reported is None:
        return None

    def heard(article_id: str) -> tuple[datetime | None, str] | None:
        found = report_of(article_id)
        return None if found is None else found.heard

    tells: dict[str, Tells] = {}
    for article_id, rank in ranks:
        found = report_of(article_id)
        if found is not None and found.heard[0] is not None and (event.family, rank) in found.conflict:
            tells[article_id] = Tells(article_id, found.heard[0].toordinal(), found.heard[1])
    days = tuple(at.toordinal() for at, _ in pairs(event, heard))
    return Facts(event.family, event.last_reported.toordinal(), days, tuple(tells.values()))
