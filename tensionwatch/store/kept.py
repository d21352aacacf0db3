"""Tables of a few records each, which are all in memory too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

import msgspec

from tensionwatch.alerts.records import Alert, Delivery, Mute, RuleState
from tensionwatch.model import Record, SavedFilter, to_json
from tensionwatch.store.documents import decoded
from tensionwatch.store.keyed import KeyedTable
from tensionwatch.store.table import JournalDB

R = TypeVar("R", bound=Record)

KINDS: dict[str, tuple[type[Record], str]] = {
    "alerts": (Alert, "id"),
    "deliveries": (Delivery, "id"),
    "mutes": (Mute, "id"),
    "alert_rules": (RuleState, "rule"),
    "filters": (SavedFilter, "name"),
}
"""Table → what its documents are, and the field that names them."""


class Kept(Generic[R]):
    """A table whose records are all in memory too."""

    def __init__(self, db: JournalDB, name: str, kind: type[R]) -> None:
        self.table = KeyedTable(db.table(name))
        self.decoder = msgspec.json.Decoder(kind)
        self.records: dict[str, R] = {}
        self._field = KINDS[name][1]

    def key(self, record: R) -> str:
        key: str = getattr(record, self._field)
        return key

    def load(self) -> int:
        """Gives how many could not be read."""
        lost = 0
        for number, raw in self.table.table.raws():
            if (record := decoded(self.decoder, raw)) is None:
                lost += 1
                continue
            self.table.name(self.key(record), number)
            self.records[self.key(record)] = record
        return lost

    def put(self, records: Iterable[R]) -> None:
        """Within a transaction."""
        self.table.put({self.key(record): to_json(record) for record in records})

    def know(self, records: Iterable[R], gone: Iterable[str] = ()) -> None:
        """After it."""
        self.records.update({self.key(record): record for record in records})
        for key in gone:
            self.records.pop(key, None)
