"""From the records of an older version to those of this one.

    store of version 2 ─▶ its files copied to backup-v2-20261125T101500Z/, before anything else is done to them
                       ─▶ one commit: the changes of each step, and the version

A crash before the commit leaves the old store, after it the new one.

A step looks at the tables and says what changes in them; readers without the lock carry it out in memory alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Raw

from tensionwatch.errors import StoreNewer
from tensionwatch.model import SCHEMA_VERSION
from tensionwatch.store import files
from tensionwatch.store.memory import Delta, Tables, apply
from tensionwatch.store.records import UNREADABLE


class Meta(msgspec.Struct, frozen=True):
    """The only document of the table `meta`."""

    schema_version: int
    events_version: int = 0
    """Of the code whose events these are; 0 where they lag behind the articles."""
    removed: int = 0
    """Articles removed for good so far, by their age or for the size of the store."""


def meta_of(tables: Mapping[str, Mapping[int, Raw]]) -> Meta:
    """What a store says of itself; of this version where damage took that: its records are tried as they are."""
    for raw in tables.get("meta", {}).values():
        with suppress(*UNREADABLE):
            return msgspec.json.decode(raw, type=Meta)
    return Meta(SCHEMA_VERSION)


def refuse_newer(folder: Path, tables: Mapping[str, Mapping[int, Raw]]) -> None:
    """Raises StoreNewer."""
    if (version := meta_of(tables).schema_version) > SCHEMA_VERSION:
        raise StoreNewer(f"{folder}: written by a newer tensionwatch (version {version}, here {SCHEMA_VERSION})")


def migration(tables: Mapping[str, Mapping[int, Raw]]) -> Delta:
    """What makes tables of an older version those of this one; nothing where they are."""
    version = meta_of(tables).schema_version
    if version == SCHEMA_VERSION:
        return {}
    changes: dict[str, dict[int, Raw | None]] = {}
    now: Tables = {name: dict(table) for name, table in tables.items()}
    for number in range(version, SCHEMA_VERSION):
        step = _STEPS[number](now) if number in _STEPS else {}
        apply(now, step)
        for name, changed in step.items():
            changes.setdefault(name, {}).update(changed)
    kept = next(iter(tables["meta"]))
    changes["meta"] = {kept: Raw(msgspec.json.encode(Meta(SCHEMA_VERSION)))}
    return changes


def back_up(folder: Path, names: tuple[str, ...], version: int, now: datetime) -> Path:
    """Copy these files of a store that is locked into a folder beside them. Raises StoreUnwritable."""
    return files.copy_aside(folder, names, f"backup-v{version}-{now:%Y%m%dT%H%M%SZ}")


def _events_are_kept(_: Tables) -> Delta:
    """Version 3 keeps events and near-copies; they are told of the articles when the store is next written."""
    return {"events": {}, "copies": {}}


_STEPS: dict[int, Callable[[Tables], Delta]] = {2: _events_are_kept}
"""Version → what leads to the next. From 1 to 2 only what is made of the records changed."""
