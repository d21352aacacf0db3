"""What lies in the folder of a store, read without the lock: all tables of the hot store, and the files of months.

Whoever reads both reads the hot store first: an article on its way into its month's file is then seen twice, never
not at all.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from msgspec import Raw

from tensionwatch.errors import StoreError
from tensionwatch.store import files, records
from tensionwatch.store.fulltext import FullText
from tensionwatch.store.glimpse import GLIMPSE
from tensionwatch.store.journal import LOCK, JournalStorage
from tensionwatch.store.months import MONTHS
from tensionwatch.store.replay import JOURNAL, ROTATED, SNAPSHOT
from tensionwatch.store.search import INDEX
from tensionwatch.store.verify import Finding, Verified, verify

MONTH_FILE = re.compile(r"[0-9]{4}-[0-9]{2}\.json")

Progress = Callable[[int], None]
"""Hears how many articles are done."""


class NoStore(StoreError):
    """There is no store in the folder."""


class Contents(NamedTuple):
    tables: Mapping[str, Mapping[int, Raw]]
    generation: int
    notices: list[str]
    """What is wrong with the files, in words."""


def hot(folder: Path) -> Contents:
    """The hot store as a reader sees it now. Raises NoStore, StoreError."""
    _there(folder)
    storage = JournalStorage(folder, read_only=True)
    return Contents(storage.tables, storage.generation, storage.notices)


def _there(folder: Path) -> None:
    if not any((folder / name).exists() for name in (SNAPSHOT, ROTATED, JOURNAL)):
        raise NoStore(f"{folder}: no store is there")


def month_files(folder: Path) -> dict[str, Path]:
    """Their names and paths, oldest first."""
    return {path.name: path for path in sorted((folder / MONTHS).glob("*.json")) if MONTH_FILE.fullmatch(path.name)}


def month(path: Path) -> records.Snapshot:
    """What lies in the file of a month. Raises StoreError when it cannot be read."""
    return records.read_snapshot(files.read_bytes(path))


def sizes(folder: Path) -> dict[str, int]:
    """File → bytes, of all that is the store's, the index included."""
    found = {path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    return dict(sorted(found.items()))


def is_taken(folder: Path) -> bool:
    """Does the folder hold anything but what can be lost: a lock, an index, a glimpse?"""
    own = {LOCK, GLIMPSE, INDEX, f"{INDEX}-wal", f"{INDEX}-shm"}
    return any(path.name not in own for path in folder.iterdir()) if folder.is_dir() else folder.exists()


def check(folder: Path, progress: Progress) -> Verified:
    """Walk everything, the search index too, changing nothing. Raises NoStore, StoreError."""
    _there(folder)
    found = verify(folder, progress)
    return found._replace(findings=[*found.findings, *_check_index(folder)])


def _check_index(folder: Path) -> list[Finding]:
    if not (folder / INDEX).exists():
        return []
    try:
        with closing(FullText(folder / INDEX, read_only=True)) as index:
            wrong = index.check()
    except sqlite3.DatabaseError as error:
        wrong = [str(error)]
    return [Finding(file=INDEX, what=f"{line}; it is a cache and may be deleted") for line in wrong[:1]]
