"""Stores of numbers, and what lies in their folders."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tensionwatch.store.journal import JournalStorage
from tensionwatch.store.table import JournalDB


class Noon:
    def now(self) -> datetime:
        return datetime(2026, 2, 17, 12, tzinfo=UTC)


def opened(folder: Path, **options: Any) -> JournalDB:
    return JournalDB(folder, storage=JournalStorage, clock=Noon(), **options)


def storage_of(db: JournalDB) -> JournalStorage:
    assert isinstance(db.storage, JournalStorage)
    return db.storage


def contents(folder: Path) -> list[dict[str, Any]]:
    with opened(folder, read_only=True) as db:
        return [dict(document) for document in db.table("numbers")]


def begun(tmp_path: Path) -> Path:
    """A store with a snapshot of n = 0, 1 and a journal of n = 2, 3, 4, a commit each."""
    folder = tmp_path / "store"
    with opened(folder) as db:
        db.table("numbers").insert_multiple([{"n": 0}, {"n": 1}])
        storage_of(db).compact()
        for n in (2, 3, 4):
            db.table("numbers").insert({"n": n})
    return folder


def numbers(*values: int) -> list[dict[str, int]]:
    return [{"n": value} for value in values]


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """For this process and the children it starts. Python ignores the signal: writes stop short, then fail."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
