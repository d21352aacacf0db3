"""A table whose documents are known by ids of our own: TinyDB's are numbers that it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import Raw

from tensionwatch.store.table import JournalTable


class Former(NamedTuple):
    """A document before another process changed it."""

    number: int
    raw: Raw


class KeyedTable:
    """What is put and removed in a transaction is known once `settle` says that it has been kept."""

    def __init__(self, table: JournalTable) -> None:
        self.table = table
        self._ids: dict[str, int] = {}
        self._pending: dict[str, int | None] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, key: object) -> bool:
        return key in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def number(self, key: str) -> int | None:
        """TinyDB's id of it."""
        return self._ids.get(key)

    def raw(self, key: str) -> Raw | None:
        number = self._ids.get(key)
        return None if number is None else self.table.raw(number)

    def name(self, key: str, number: int) -> None:
        """At opening: the document of this number is called so."""
        self._ids[key] = number

    def follow(
        self, changes: Mapping[int, Raw | None], key_of: Callable[[Raw], str | None]
    ) -> dict[str, Former | None]:
        """Another process changes these documents, which are to be in the table afterwards: what each that it speaks
        of was before, None where it was not there. `key_of` gives None for one that cannot be read."""
        before: dict[str, Former | None] = {}
        for number in changes:
            raw = self.table.raw(number)
            if raw is not None and (key := key_of(raw)) is not None and self._ids.get(key) == number:
                before[key] = Former(number, raw)
        now = {key: n for n, raw in changes.items() if raw is not None and (key := key_of(raw)) is not None}
        for key in before.keys() - now.keys():
            del self._ids[key]
        for key, number in now.items():
            self._ids[key] = number
            before.setdefault(key, None)
        return before

    def put(self, documents: Mapping[str, Mapping[str, Any]]) -> None:
        """Insert or replace."""
        fresh = [key for key in documents if key not in self._ids]
        for key, document in documents.items():
            if key in self._ids:
                self.table.update(document, doc_ids=[self._ids[key]])
        numbers = self.table.insert_multiple(documents[key] for key in fresh) if fresh else []
        self._pending.update(zip(fresh, numbers, strict=True))

    def remove(self, keys: Iterable[str]) -> None:
        """Those that are there."""
        gone = [key for key in dict.fromkeys(keys) if key in self._ids]
        if gone:
            self.table.remove(doc_ids=[self._ids[key] for key in gone])
            self._pending.update(dict.fromkeys(gone))

    def settle(self) -> None:
        for key, number in self._pending.items():
            if number is None:
                del self._ids[key]
            else:
                self._ids[key] = number
        self._pending.clear()

    def give_up(self) -> None:
        """Nothing of it has been kept."""
        self._pending.clear()
