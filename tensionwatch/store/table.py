"""TinyDB's Table on a storage that takes deltas: an operation costs the documents it touches.

TinyDB funnels every read through `_read_table` and every write through `_update_table`, which copies the whole table
and hands the whole database to the storage (3.4 s for one update among 100,000 documents). Here the first gives a view
and the second an overlay that remembers what was touched. All else is TinyDB's own.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, cast

import msgspec
from msgspec import Raw
from tinydb import TinyDB
from tinydb.queries import QueryLike
from tinydb.table import Table

from tensionwatch.store.memory import Documents, MemoryJournal


class JournalTable(Table):
    """A table whose storage is a `MemoryJournal` or `JournalStorage`."""

    _storage: MemoryJournal
    _next_id: int | None  # type: ignore[assignment]  # TinyDB's own, which it declares by its first value alone

    def raw(self, doc_id: int) -> Raw | None:
        """A document as JSON, to be decoded straight into a record; None when there is none."""
        return self._storage.documents(self.name).raw(doc_id)

    def raws(self) -> list[tuple[int, Raw]]:
        """(id, JSON) of all documents, in order."""
        return self._storage.documents(self.name).raws()

    def forget(self) -> None:
        """Drop what is remembered of documents that a failed transaction has taken back."""
        self.clear_cache()
        self._next_id = None

    def update(
        self,
        fields: Mapping[Any, Any] | Callable[[MutableMapping[Any, Any]], None],
        cond: QueryLike | None = None,
        doc_ids: Iterable[int] | None = None,
    ) -> list[int]:
        """As in TinyDB; only the documents that match are copied and compared."""
        if doc_ids is None and cond is not None:
            doc_ids = self._matching(cond)
        return super().update(fields, doc_ids=doc_ids)

    def remove(self, cond: QueryLike | None = None, doc_ids: Iterable[int] | None = None) -> list[int]:
        """As in TinyDB; only the documents that match are touched."""
        if doc_ids is None and cond is not None:
            doc_ids = self._matching(cond)
        return super().remove(doc_ids=doc_ids)

    def _get_next_id(self) -> int:
        """As in TinyDB, which makes a text of each id and a number of that: 0.12 s among 100,000 instead of 2 ms."""
        if self._next_id is None:
            self._next_id = self._storage.documents(self.name).highest_id() + 1
        next_id, self._next_id = self._next_id, self._next_id + 1
        return next_id

    def _matching(self, cond: QueryLike) -> list[int]:
        return [doc_id for doc_id, raw in self.raws() if cond(msgspec.json.decode(raw))]

    def _read_table(self) -> Documents:  # type: ignore[override]  # TinyDB says dict and uses it as a mapping alone
        return self._storage.documents(self.name)

    def _update_table(self, updater: Callable[[Any], None]) -> None:
        touched = _Touched(self._read_table())
        updater(touched)
        self._storage.append({self.name: touched.changes()})
        self.clear_cache()


class JournalDB(TinyDB):
    """TinyDB with such tables. `JournalDB(storage=MemoryJournal)` or `JournalDB(folder, storage=JournalStorage)`."""

    table_class = JournalTable

    def table(self, name: str, **kwargs: Any) -> JournalTable:
        return cast(JournalTable, super().table(name, **kwargs))

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Generator[None]:
        """Changes to any tables made in the block are one commit; none of them if it raises. `durable`: on return, else
        within a second."""
        storage = self.storage
        if not isinstance(storage, MemoryJournal):
            raise TypeError(f"{type(storage).__name__} knows no transactions")
        try:
            with storage.transaction(durable=durable):
                yield
        except BaseException:
            for table in self._tables.values():
                if isinstance(table, JournalTable):
                    table.forget()
            raise


class _Touched(MutableMapping[int, dict[str, Any]]):
    """A table as an updater sees it: documents are copies, and what was read or set is remembered."""

    def __init__(self, before: Documents) -> None:
        self._before = before
        self._now: dict[int, dict[str, Any] | None] = {}

    def changes(self) -> dict[int, Raw | None]:
        """Documents that differ from before; None for those that are gone."""
        encoded = {
            doc_id: None if document is None else Raw(msgspec.json.encode(document))
            for doc_id, document in self._now.items()
        }
        return {doc_id: raw for doc_id, raw in encoded.items() if not _same(raw, self._before.raw(doc_id))}

    def __getitem__(self, doc_id: int) -> dict[str, Any]:
        if doc_id not in self._now:
            if (raw := self._before.raw(doc_id)) is None:
                raise KeyError(doc_id)
            self._now[doc_id] = msgspec.json.decode(raw)
        document = self._now[doc_id]
        if document is None:
            raise KeyError(doc_id)
        return document

    def __setitem__(self, doc_id: int, document: dict[str, Any]) -> None:
        self._now[doc_id] = document

    def __delitem__(self, doc_id: int) -> None:
        if doc_id not in self:
            raise KeyError(doc_id)
        self._now[doc_id] = None

    def __contains__(self, doc_id: object) -> bool:
        if doc_id in self._now:
            return self._now[doc_id] is not None
        return isinstance(doc_id, int) and self._before.raw(doc_id) is not None

    def __iter__(self) -> Iterator[int]:
        ids = dict.fromkeys([*(doc_id for doc_id, _ in self._before.raws()), *self._now])
        return (doc_id for doc_id in ids if doc_id in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def clear(self) -> None:
        """At once: MutableMapping would decode each document before removing it."""
        self._now = dict.fromkeys(self)


def _same(one: Raw | None, other: Raw | None) -> bool:
    if one is None or other is None:
        return one is other
    return bytes(one) == bytes(other)
