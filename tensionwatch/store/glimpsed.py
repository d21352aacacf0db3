"""A store of the newest alone, which a screen shows until all of it is read; see glimpse.py."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import ClassVar, NoReturn, Self

from tensionwatch.clock import Clock
from tensionwatch.errors import StoreError, StoreUnread
from tensionwatch.exchange import Known
from tensionwatch.store import glimpse
from tensionwatch.store.memory import Delta, MemoryJournal, Tables
from tensionwatch.store.store import Store
from tensionwatch.store.table import JournalDB


class _Still(MemoryJournal):
    """Tables that stay as they are."""

    def _keep(self, delta: Delta, *, durable: bool) -> NoReturn:  # noqa: ARG002  # as MemoryJournal declares it
        raise StoreUnread("the store is still being read")

    def _keep_all(self, tables: Tables) -> NoReturn:  # noqa: ARG002  # as above
        self._keep({}, durable=True)


class Glimpse(Store):
    """Made by `of`. What would change it raises StoreUnread."""

    follows: ClassVar[bool] = True
    """Its events are taken as they were told: of the few articles that are here others would come."""

    @classmethod
    def of(cls, folder: Path, clock: Clock) -> Self:
        """Of the store in the folder as it is now; one that knows nothing where nothing is known without reading it
        all."""
        tables = None
        with suppress(StoreError):  # who reads it all says what is wrong
            tables = glimpse.tables_in(folder, clock.now())
        found = cls(JournalDB(storage=lambda: _Still(tables)), [], read_only=True, folder=folder, clock=clock)
        if found.notices:  # the file is whole, and not of our making
            found = cls(JournalDB(storage=_Still), [], read_only=True, folder=folder, clock=clock)
        found.known = Known.NEWEST if tables is not None and found.order else Known.NOTHING
        return found
