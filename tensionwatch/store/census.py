"""How much there is in a store, of what, from when to when, and what would go by its age."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Raw

from tensionwatch.store.folder import Progress, hot, month, month_files, sizes
from tensionwatch.store.months import end_of
from tensionwatch.store.records import UNREADABLE
from tensionwatch.store.replay import JOURNAL, ROTATED
from tensionwatch.store.search import INDEX, Search


class Keeping(msgspec.Struct, frozen=True):
    """How long articles are kept."""

    unflagged_days: int
    flagged_days: int


class Count(msgspec.Struct):
    """Of the articles in one file."""

    articles: int = 0
    flagged: int = 0
    unread: int = 0
    starred: int = 0
    noted: int = 0
    old: int = 0
    """That are kept no longer, by their age."""


class Census(msgspec.Struct, kw_only=True):
    path: str
    articles: int
    """All, hot and in months; the same holds for those below."""
    flagged: int
    unread: int
    starred: int
    noted: int
    to_go: int
    """Articles that are older than is configured, and that no mark of the user's keeps."""
    hot: int
    months: dict[str, int]
    """`2025-11` → articles in its file."""
    events: int
    feeds: int
    corrections: int
    oldest: datetime | None
    newest: datetime | None
    generation: int
    journal_bytes: int
    files: dict[str, int]
    """File → bytes."""
    bytes: int
    search_bytes: int
    search: str
    """`ready`, `none`, `behind` or what is wrong with it."""
    notices: list[str]


class _Row(msgspec.Struct):
    first_seen: datetime
    effective: datetime | None = None
    flags: Raw = Raw(b"[]")
    read: bool = False
    starred: bool = False
    note: str | None = None
    wrong: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    imported: datetime | None = None


_rows = msgspec.json.Decoder(_Row)
_NONE = Raw(b"[]")


def census(folder: Path, keeping: Keeping, now: datetime, progress: Progress) -> Census:
    """Raises NoStore, StoreError."""
    contents = hot(folder)
    notices = list(contents.notices)
    times: list[datetime] = []
    total, tables = Count(), Counter[str]()
    _count(contents.tables, total, times, tables, keeping, now)
    hot_count, months = total.articles, {}
    for name, path in month_files(folder).items():
        found = month(path)
        notices += [f"{path} {found.fault}"] if found.fault else []
        before = total.articles
        _count(found.tables, total, times, tables, keeping, now, end_of(name.removesuffix(".json")))
        months[name.removesuffix(".json")] = total.articles - before
        progress(total.articles)
    listed = sizes(folder)
    journals = sum(listed.get(name, 0) for name in (ROTATED, JOURNAL))
    search = sum(size for name, size in listed.items() if name.startswith(INDEX))
    return Census(
        path=str(folder), articles=total.articles, flagged=total.flagged, unread=total.unread, starred=total.starred,
        noted=total.noted, to_go=total.old, hot=hot_count, months=months, events=tables["events"],
        feeds=tables["feeds"], corrections=tables["corrections"], oldest=min(times, default=None),
        newest=max(times, default=None), generation=contents.generation, journal_bytes=journals,
        files=listed, bytes=sum(listed.values()), search_bytes=search, search=_search_words(folder), notices=notices,
    )  # fmt: skip


def _count(
    tables: Mapping[str, Mapping[int, Raw]],
    total: Count,
    times: list[datetime],
    sizes_of: Counter[str],
    keeping: Keeping,
    now: datetime,
    ended: datetime | None = None,
) -> None:
    """`ended` is the end of a month: its articles go by that, and what an archive brought in by when it did."""
    sizes_of.update({name: len(documents) for name, documents in tables.items() if name != "articles"})
    first, last = None, None
    for raw in tables.get("articles", {}).values():
        try:
            row = _rows.decode(raw)
        except UNREADABLE:  # `verify` names it
            continue
        at = row.effective or row.first_seen
        first = at if first is None or at < first else first
        last = at if last is None or at > last else last
        flagged = row.flags != _NONE
        days = keeping.flagged_days if flagged else keeping.unflagged_days
        total.articles += 1
        total.flagged += flagged
        total.unread += not row.read
        total.starred += row.starred
        total.noted += bool(row.note)
        kept_from = max(at, ended or at, row.imported or at)
        total.old += kept_from < now - timedelta(days=days) and not (row.starred or row.note or row.wrong or row.missed)
    times += [at for at in (first, last) if at is not None]


def _search_words(folder: Path) -> str:
    if not (folder / INDEX).exists():
        return "none"
    search = Search(folder)
    try:
        status = search.status
        return status.off or ("ready" if status.ready else "behind")
    finally:
        search.close()
