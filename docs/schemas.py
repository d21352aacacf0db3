"""Write the JSON Schemas of the published records to docs/schema. Run it when a record changes, and raise
SCHEMA_VERSION when a reader of the old form would not understand the new one."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from tensionwatch.alerts.records import Alert
from tensionwatch.alerts.wire import VERSION, Payload
from tensionwatch.index.records import Explained, RegionIndex
from tensionwatch.model import SCHEMA_VERSION, Article, Correction, Event, Flag
from tensionwatch.series import Series

FOLDER = Path(__file__).parent / "schema"


def main() -> None:
    for record in (Flag, Article, Event, Correction, Alert, Payload, RegionIndex, Explained, Series):
        version = VERSION if record is Payload else SCHEMA_VERSION
        schema = msgspec.json.schema(record) | {"version": version}
        path = FOLDER / f"{record.__name__.lower()}.json"
        path.write_text(json.dumps(schema, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
