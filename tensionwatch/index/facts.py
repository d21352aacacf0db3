"""What the index takes from an event: the days of its pairs, and the articles that tell of conflict in it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from sys import intern
from typing import NamedTuple

import msgspec

from tensionwatch.index.level import tells_of_conflict
from tensionwatch.index.surprise import clump
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


class Clumps:
    """How many pairs events have on a day, of all of them, whatever their region: what surprise takes pairs for."""

    def __init__(self) -> None:
        self._sums: dict[int, list[int]] = {}
        """Day → the pairs of its events, and the sum of the squares."""

    def count(self, found: Facts, number: int) -> None:
        """Take one event in (1), or out (−1)."""
        for day, pairs_of_day in found.clumps.items():
            sums = self._sums.setdefault(day, [0, 0])
            sums[0] += number * pairs_of_day
            sums[1] += number * pairs_of_day**2

    def of(self, days: range) -> float:
        """See `surprise.clump`."""
        sums = [sums for day, sums in self._sums.items() if day in days]
        return clump(sum(pairs for pairs, _ in sums), sum(squares for _, squares in sums))

    def clear(self) -> None:
        self._sums.clear()


def heard_by(
    report_of: Callable[[str], Report | None],
) -> Callable[[str], tuple[datetime | None, str] | None]:
    """When an article was heard, and whose it is: as voices.py asks for it."""

    def heard(article_id: str) -> tuple[datetime | None, str] | None:
        found = report_of(article_id)
        return None if found is None else found.heard

    return heard


def facts(event: Event, ranks: Iterable[tuple[str, int]], report_of: Callable[[str], Report | None]) -> Facts | None:
    """`ranks` name the flags that tell the event (see Telling); None of one that is undated."""
    if event.last_reported is None:
        return None

    tells: dict[str, Tells] = {}
    for article_id, rank in ranks:
        found = report_of(article_id)
        if found is not None and found.heard[0] is not None and (event.family, rank) in found.conflict:
            tells[article_id] = Tells(article_id, found.heard[0].toordinal(), found.heard[1])
    days = tuple(at.toordinal() for at, _ in pairs(event, heard_by(report_of)))
    return Facts(event.family, event.last_reported.toordinal(), days, tuple(tells.values()))
