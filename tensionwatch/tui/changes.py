"""What has risen since one last looked: the counts a region had when the user was last there. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tensionwatch.ports import Group, RegionRow, Window

Numbers = Mapping[tuple[Group, Window], int]


class Looked:
    """Remembers the counts of each region as last looked at. The first snapshot counts as looked at."""

    def __init__(self) -> None:
        self._looked: dict[str, dict[tuple[Group, Window], int]] = {}

    def update(self, rows: Iterable[RegionRow]) -> None:
        """Take in a snapshot. Counts fall as windows slide: what has fallen rises from there."""
        for row in rows:
            now = _numbers(row)
            before = self._looked.get(row.region.id, now)
            self._looked[row.region.id] = {cell: min(n, before[cell]) for cell, n in now.items()}

    def look(self, row: RegionRow) -> None:
        """The user has been at this row."""
        self._looked[row.region.id] = _numbers(row)

    def risen(self, row: RegionRow, group: Group, window: Window) -> bool:
        looked = self._looked.get(row.region.id)
        return looked is not None and row.counts[group][window].events > looked[group, window]

    def any_risen(self, rows: Iterable[RegionRow]) -> bool:
        return any(self.risen(row, group, window) for row in rows for group in Group for window in Window)


def _numbers(row: RegionRow) -> dict[tuple[Group, Window], int]:
    return {(group, window): row.counts[group][window].events for group in Group for window in Window}
