"""Articles and feeds to store, made up."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tensionwatch.model import Article, Evidence, FeedState, Flag, Kind, Status
from tensionwatch.store.fold import fold

NOON = datetime(2026, 2, 17, 12, tzinfo=UTC)

FLAG = Flag(
    kind=Kind.BORDER_INCIDENT,
    status=Status.ACTUAL,
    code="X-CROSS",
    actor="PRK",
    recipient="KOR",
    place="mdl",
    rule="incident.cross",
    rules_version="1",
    evidence=(Evidence("title", 0, 7, "Patrols"),),
)


def article(number: int, **changes: Any) -> Article:
    fields: dict[str, Any] = {
        "id": f"{number:016x}",
        "feed": "valley",
        "publisher": "valley.example",
        "entry_id": f"urn:valley:{number}",
        "link": f"https://www.valley.example/world/{number}?utm_source=rss",
        "title": f"Patrols met at the ridge, day {number} – 순찰",
        "summary": "Nobody was hurt.",
        "published": NOON,
        "first_seen": NOON,
        "effective": NOON,
        "lang": "en",
        "flags": (FLAG,) if number % 3 == 0 else (),
    }
    return Article(**(fields | changes))


def state(feed: str, **changes: Any) -> FeedState:
    return FeedState(feed=feed, url=f"https://{feed}.example/rss", **changes)


class FoldHere:
    """Folds in the thread that asks: what a child process does, without the time that one takes to start."""

    def run(self, snapshot: Path, journal: Path, generation: int, fd: int) -> None:
        fold(snapshot, journal, generation, fd)

    def stop(self) -> None:
        """It is over soon."""
