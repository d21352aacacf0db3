"""TinyDB's databases on its own storages and on ours, for the tests of what it documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tinydb import TinyDB
from tinydb.middlewares import CachingMiddleware
from tinydb.storages import JSONStorage, MemoryStorage, Storage
from tinydb.table import Table

from tensionwatch.store.journal import JournalStorage
from tensionwatch.store.memory import MemoryJournal
from tensionwatch.store.table import JournalDB

Reopen = Callable[[], TinyDB]


ON_DISK: dict[str, Callable[[Path], TinyDB]] = {
    "TinyDB on JSON": lambda path: TinyDB(path.with_suffix(".json")),
    "TinyDB on JSON, cached": lambda path: TinyDB(path.with_suffix(".json"), storage=CachingMiddleware(JSONStorage)),
    "journal on disk": lambda path: JournalDB(path, storage=JournalStorage),
    "journal, stock": lambda path: TinyDB(path, storage=JournalStorage),  # TinyDB's own Table: slow, but right
    "journal, stock, cached": lambda path: TinyDB(path, storage=CachingMiddleware(JournalStorage)),
}
IN_MEMORY: dict[str, type[Storage]] = {"TinyDB in memory": MemoryStorage, "journal in memory": MemoryJournal}


@pytest.fixture(params=[*IN_MEMORY, *ON_DISK])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reopen]:
    """Gives the database, closed and opened again; those in memory keep their storage."""
    kept = IN_MEMORY.get(request.param, MemoryStorage)()
    opened: list[TinyDB] = []

    def again() -> TinyDB:
        while opened:
            opened.pop().close()
        opened.append(fresh())
        return opened[-1]

    def fresh() -> TinyDB:
        if request.param in ON_DISK:
            return ON_DISK[request.param](tmp_path / "db")
        return (TinyDB if request.param.startswith("TinyDB") else JournalDB)(storage=lambda: kept)

    yield again
    while opened:
        opened.pop().close()


@pytest.fixture
def db(reopen: Reopen) -> TinyDB:
    return reopen()


@pytest.fixture
def table(db: TinyDB) -> Table:
    """Three documents: {n: 1, even: False} …"""
    table = db.table("numbers")
    table.insert_multiple({"n": n, "even": n % 2 == 0} for n in (1, 2, 3))
    return table
