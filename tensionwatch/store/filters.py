"""The filters that a user has saved: a table of their own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from tensionwatch.model import SavedFilter
from tensionwatch.store.kept import Kept
from tensionwatch.store.table import JournalDB


class FilterRecords:
    """Made by the store, which gives `commit`: what is changed within it is one durable record of the journal. Whatever
    changes something raises StoreUnwritable, with nothing changed."""

    def __init__(self, db: JournalDB, commit: Callable[[], AbstractContextManager[None]]) -> None:
        self._commit = commit
        self.kept = Kept(db, "filters", SavedFilter)

    def all(self) -> list[SavedFilter]:
        """In the order in which they were saved."""
        return sorted(self.kept.records.values(), key=lambda each: (each.saved is not None, each.saved, each.name))

    def keep(self, saved: SavedFilter) -> None:
        """Insert it, or replace the one of its name."""
        with self._commit():
            self.kept.put([saved])
        self.kept.know([saved])

    def remove(self, name: str) -> None:
        """If it is there."""
        if name in self.kept.records:
            with self._commit():
                self.kept.table.remove([name])
            self.kept.know([], [name])
