"""How much is unread in each tab: counted in steps, kept while nothing changes, and never more than a tenth of the
time."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from time import monotonic, perf_counter

from msgspec.structs import replace

from tensionwatch.breath import PIECE
from tensionwatch.model import SavedFilter
from tensionwatch.ports import Desk
from tensionwatch.query import parse
from tensionwatch.tui.finding import Found

SHARE = 10
"""It rests so many times as long as it has looked."""
GROWS_OLD = 60.0
"""Seconds after which `since:1d` is counted again, though nothing has come."""


class TabCounts:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._unread: dict[str, int] = {}
        """Of each line."""
        self._counted: dict[str, tuple[int, float]] = {}
        """Revision and time when that was."""
        self._rests_until = 0.0

    def unread(self, saved: SavedFilter) -> int | None:
        """As it was last counted; None where it never was."""
        return self._unread.get(saved.query)

    @property
    def rest(self) -> float:
        """Seconds until it may look again."""
        return max(0.0, self._rests_until - monotonic())

    def is_behind(self, filters: Sequence[SavedFilter]) -> bool:
        """Has something come since the last look?"""
        return any(self._may_have_changed(each.query) for each in filters)

    def count(self, filters: Sequence[SavedFilter]) -> Generator[None, None, None]:
        """Those that may have changed, in steps; none while it rests, but those that never were counted."""
        lines = dict.fromkeys(each.query for each in filters)
        self._unread = {line: count for line, count in self._unread.items() if line in lines}
        rests = self.rest > 0
        took = 0.0
        for line in lines:
            if line not in self._unread or (not rests and self._may_have_changed(line)):
                took += yield from self._count(line)
        if took:
            self._rests_until = max(self._rests_until, monotonic() + SHARE * took)

    def _may_have_changed(self, line: str) -> bool:
        revision, when = self._counted.get(line, (-1, 0.0))
        return revision != self._desk.revision or monotonic() - when > GROWS_OLD

    def _count(self, line: str) -> Generator[None, None, float]:
        """Gives the seconds that it took."""
        revision, took = self._desk.revision, 0.0
        query = parse(line, self._desk.names, self._desk.now()).query
        found = Found(self._desk.find_articles(replace(query, unread=True)))
        while not found.is_whole:
            began = perf_counter()
            found.go_on(PIECE)
            took += perf_counter() - began
            yield
        self._unread[line] = len(found.ids)
        self._counted[line] = (revision, monotonic())
        return took
