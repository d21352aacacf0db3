"""Files of results: written whole or not at all, and tables that a spreadsheet may open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from tensionwatch.sanitise import visible


@contextmanager
def replacing(path: Path) -> Iterator[IO[str]]:
    """A file that takes the place of `path` once all is written."""
    new = path.with_name(f"{path.name}.new")
    try:
        with new.open("w", encoding="utf-8", newline="") as file:
            yield file
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def cell(value: object) -> str:
    """What a spreadsheet would take for a formula begins with an apostrophe: titles come from strangers."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    text = str(value).lower() if isinstance(value, bool) else visible(str(value))
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
