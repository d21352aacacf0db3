"""A store that another process writes, and that is followed as it is written.

    journal ─tail.py▶ commits ─┬▶ maps, order, counts ─▶ Touched ─▶ whoever keeps lists of articles
                               ├▶ tables
                               └▶ Telling ─▶ whoever keeps events

What was committed while nobody could tell what (see tail.py) comes as one commit: the difference between what is known
and what there is. Reading may go on in a thread of its own (`fetch`), taking it in belongs to the loop's (`take`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar, NamedTuple, NoReturn, Self, TypeVar

import msgspec
from msgspec import Raw

from tensionwatch.errors import StoreError, StoreFollowed
from tensionwatch.model import SCHEMA_VERSION, Change, Record, Telling
from tensionwatch.store import documents, files
from tensionwatch.store.documents import decoded
from tensionwatch.store.journal import LOCK
from tensionwatch.store.kept import Kept
from tensionwatch.store.keyed import KeyedTable
from tensionwatch.store.memory import Delta, MemoryJournal, Tables
from tensionwatch.store.migrations import meta_of, refuse_newer
from tensionwatch.store.replay import Reading, in_silence
from tensionwatch.store.store import Store
from tensionwatch.store.table import JournalDB
from tensionwatch.store.tail import Lost, Tail
from tensionwatch.store.touched import Touched

_Record = TypeVar("_Record")
_Kept = TypeVar("_Kept", bound=Record)


class News(NamedTuple):
    """What another process has committed."""

    commits: list[Delta]
    """In order."""
    tables: Tables | None = None
    """As they are after it, where everything was loaded anew; there is one commit then."""


class Followed(NamedTuple):
    """What a commit of another process has done."""

    change: Change
    told: Telling
    gone: tuple[str, ...]
    """Ids of articles that are no longer hot."""


class FollowedStorage(MemoryJournal):
    """Tables in memory that keep nothing themselves."""

    def __init__(self, folder: Path) -> None:
        """Raises StoreNewer, StoreError."""
        super().__init__()
        self._folder = folder
        self._tail = Tail(folder)
        try:
            found = self._tail.load()
            self._refuse_other_versions(found.tables)
        except BaseException:
            self.close()
            raise
        self._tables = found.tables
        self.notices = found.notices

    def close(self) -> None:
        self._tail.close()

    @property
    def trouble(self) -> str:
        """Why what comes cannot be told; empty where it can."""
        return f"{self._folder}: its journal is damaged; what comes after it cannot be read" * self._tail.is_stuck

    def has_changed(self) -> bool:
        return self._tail.has_changed()

    def fetch(self) -> News:
        """What has come since the last time. Raises StoreNewer, StoreError; the next time then gives it all."""
        try:
            return self._fetch()
        except StoreError:
            self._tail.close()
            raise

    def _fetch(self) -> News:
        try:
            news = News(self._tail.read_on())
        except Lost:
            tables = self._tail.load().tables
            news = News([_difference(self._tables, tables)], tables)
        for commit in news.commits:
            if meta := {number: raw for number, raw in commit.get("meta", {}).items() if raw is not None}:
                self._refuse_other_versions({"meta": meta})
        return news

    def carry_out(self, commit: Delta, tables: Tables | None) -> None:
        """The tables are as after this commit; `tables` if they were loaded anew."""
        if tables is None:
            self.adapt(commit)
        else:
            self._tables = tables  # what was loaded before is let go, as a whole

    def _refuse_other_versions(self, tables: Mapping[str, Mapping[int, Raw]]) -> None:
        """Records of another version would have to be migrated as they come."""
        refuse_newer(self._folder, tables)
        if meta_of(tables).schema_version < SCHEMA_VERSION:
            raise StoreError(f"{self._folder}: an older tensionwatch collects there; it is to be ended first")

    def _keep(self, delta: Delta, *, durable: bool) -> NoReturn:  # noqa: ARG002  # as MemoryJournal declares it
        raise StoreFollowed(f"{self._folder}: another tensionwatch collects there, and keeps what is marked")

    def _keep_all(self, tables: Tables) -> NoReturn:  # noqa: ARG002  # as above
        self._keep({}, durable=True)


class FollowedStore(Store):
    """Made by `follow`. What would change it raises StoreFollowed."""

    follows: ClassVar[bool] = True

    def __init__(self, storage: FollowedStorage, folder: Path, reading: Reading = in_silence) -> None:
        self._storage = storage
        self._lock = folder / LOCK
        db = JournalDB(storage=lambda: storage)
        super().__init__(db, storage.notices, read_only=True, folder=folder, reading=reading)

    @classmethod
    def follow(cls, folder: Path, reading: Reading = in_silence) -> Self:
        """The store in the folder as it is now; `reading` hears which share is read. Raises StoreNewer, StoreError, one
        of an older version too."""
        reading(0.0)
        storage = FollowedStorage(folder)
        try:
            return cls(storage, folder, reading)
        except BaseException:
            storage.close()
            raise

    @property
    def trouble(self) -> str:
        """Why what comes cannot be told; empty where it can."""
        return self._storage.trouble

    def collector(self) -> files.Holder | None:
        """Who writes it; None where nobody does. Raises StoreError."""
        return files.holder(self._lock)

    def has_changed(self) -> bool:
        """Is there anything to fetch? Four stats. Raises StoreError."""
        return self._storage.has_changed()

    def fetch(self) -> News:
        """What has been committed since the last time, to be taken in commit by commit; any thread may ask, one at a
        time. Raises StoreError; the next time then gives it all."""
        return self._storage.fetch()

    def take(self, commit: Delta, tables: Tables | None = None) -> Followed:
        """Take in a commit of `fetch`."""
        changed, gone = self._articles.change(commit.get("articles", {}))
        feeds = _changed(self._feed_table, commit, documents.feed_states, lambda state: state.feed)
        _update(self._feeds, feeds)
        corrections = _changed(self._correction_table, commit, documents.corrections, lambda each: each.id)
        _update(self._corrections, corrections)
        self._take_alerts(commit)
        _take_kept(self.filters.kept, commit)
        months = self._take_months(commit, anew=tables is not None)
        told = self._take_told(commit)
        for raw in commit.get("meta", {}).values():
            if raw is not None and (meta := decoded(documents.metas, raw)) is not None:
                self.removed, self.events_version = meta.removed, meta.events_version
        self._storage.carry_out(commit, tables)
        touched = Touched(texts=tuple(changed), gone=tuple(gone), month=next(iter(months), ""))
        return Followed(self._changed(changed, feeds, touched), told, tuple(gone))

    def _take_alerts(self, commit: Delta) -> None:
        alerts, deliveries, mutes, states = self.alerts.kept
        _take_kept(alerts, commit)
        _take_kept(deliveries, commit)
        _take_kept(mutes, commit)
        _take_kept(states, commit)
        self.alerts.forget_lists()

    def _take_months(self, commit: Delta, *, anew: bool) -> Mapping[str, object]:
        if anew:
            self.months.close()  # their files may be others, whatever is said of them
        months = _changed(self._month_table, commit, documents.months, lambda info: info.month)
        for month, info in months.items():
            if info is None:
                self.months.unknow(month)
            else:
                self.months.know(info)
        return months

    def _take_told(self, commit: Delta) -> Telling:
        events = _changed(self._event_table, commit, documents.events, lambda event: event.id)
        near = _changed(self._near_table, commit, documents.near_copies, lambda each: each.article)
        told = [event for event in events.values() if event is not None]
        ranks = {event.id: self._ranks_in(commit, event.id) for event in told}
        return Telling(
            version=self.events_version,
            events=tuple(told),
            gone=tuple(event_id for event_id, event in events.items() if event is None),
            ranks={event_id: found for event_id, found in ranks.items() if found},
            near={article: () if each is None else each.near for article, each in near.items()},
        )

    def _ranks_in(self, commit: Delta, event_id: str) -> tuple[tuple[str, int], ...]:
        number = self._event_table.number(event_id)
        raw = commit["events"][number] if number is not None else None
        found = decoded(documents.ranks, raw) if raw is not None else None
        return () if found is None else found.ranks


def _changed(
    table: KeyedTable, commit: Delta, decoder: msgspec.json.Decoder[_Record], key: Callable[[_Record], str]
) -> dict[str, _Record | None]:
    """Of the table's records those that the commit changes, None for those that are gone."""
    changes = commit.get(table.table.name, {})

    def key_of(raw: Raw) -> str | None:
        record = decoded(decoder, raw)
        return None if record is None else key(record)

    found: dict[str, _Record | None] = {}
    for each in table.follow(changes, key_of):
        number = table.number(each)
        raw = changes[number] if number is not None else None
        found[each] = None if raw is None else decoder.decode(raw)
    return found


def _take_kept(kept: Kept[_Kept], commit: Delta) -> None:
    changed = _changed(kept.table, commit, kept.decoder, kept.key)
    _update(kept.records, changed)


def _update(known: dict[str, _Record], changed: Mapping[str, _Record | None]) -> None:
    for key, record in changed.items():
        if record is None:
            known.pop(key, None)
        else:
            known[key] = record


def _difference(before: Mapping[str, Mapping[int, Raw]], now: Mapping[str, Mapping[int, Raw]]) -> Delta:
    """What makes `now` of `before`."""
    return {name: _differing(before.get(name, {}), now.get(name, {})) for name in {**before, **now}}


def _differing(before: Mapping[int, Raw], now: Mapping[int, Raw]) -> dict[int, Raw | None]:
    gone: dict[int, Raw | None] = dict.fromkeys(number for number in before if number not in now)
    return gone | {number: raw for number, raw in now.items() if before.get(number) != raw}
