"""Write the JSON Schemas of the published records to docs/schema. Run it when a record changes, and raise
SCHEMA_VERSION when a reader of the old form would not understand the new one."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from tensionwatch.index.records import Explained, RegionIndex
from tensionwatch.model import SCHEMA_VERSION, Article, Correction, Event, Flag

FOLDER = Path(__file__).parent / "schema"


def main() -> None:
    for record in (Flag, Article, Event, Correction, RegionIndex, Explained):
        schema = msgspec.json.schema(record) | {"version": SCHEMA_VERSION}
        path = FOLDER / f"{record.__name__.lower()}.json"
        path.write_text(json.dumps(schema, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
