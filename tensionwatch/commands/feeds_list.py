"""`tensionwatch feeds list`: how each feed is. Reads the store without the lock."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from statistics import median
from typing import Any, NamedTuple

from rich.cells import cell_len

from tensionwatch.commands.common import read_watch
from tensionwatch.commands.starting import iso_time, json_line, load_config, say
from tensionwatch.config import Config
from tensionwatch.health import Health, health
from tensionwatch.model import Feed, FeedState
from tensionwatch.sanitise import visible, without_user
from tensionwatch.tui.cells import cut
from tensionwatch.units import about_words
from tensionwatch.words import counted

_GAP = "  "
_MIN_ID = 10


class Row(NamedTuple):
    number: int
    """In the order of the configuration."""
    feed: Feed
    state: FeedState
    health: Health
    now: datetime


def run(args: argparse.Namespace) -> int:
    loaded, notices = load_config(args)
    if args.ids:
        print("\n".join(feed.id for feed in loaded.feeds))
        return 0
    rows = sorted(_rows(loaded, notices), key=SORTS[args.sort])
    if args.json:
        for row in rows:
            print(json_line(_report(row)))
        return 0
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in table(rows, width, colour=width is not None and not os.environ.get("NO_COLOR")):
        print(line)
    say(_summary(rows))
    return 0


def _rows(loaded: Config, notices: list[str]) -> list[Row]:
    with read_watch(loaded, notices) as watch:
        now = watch.now()
        return [
            Row(number, row.feed, row.state, health(row.feed, row.state, now), now)
            for number, row in enumerate(watch.feed_rows())
        ]


def _summary(rows: Sequence[Row]) -> str:
    words: dict[str, int] = {}
    for row in rows:
        words[row.health.word] = words.get(row.health.word, 0) + 1
    told = ", ".join(f"{count} {word}" for word, count in sorted(words.items(), key=lambda item: -item[1]))
    return f"{counted(len(rows), 'feed')}: {told}" if rows else "no feed is configured"


# ------------------------------------------------------------------ in which order

_TROUBLE = ("gone", "failing", "silent", "ok", "new", "off")
SORTS: dict[str, Callable[[Row], Any]] = {
    "trouble": lambda row: (_TROUBLE.index(row.health.word), -row.state.failures, row.number),
    "config": lambda row: row.number,
    "name": lambda row: (row.feed.name.casefold(), row.number),
    "next": lambda row: (row.state.next_check is not None, row.state.next_check or row.now, row.number),
    "rate": lambda row: (-(row.state.entries_a_day or 0.0), row.number),
    "flagged": lambda row: (-(share_flagged(row.state) or 0.0), row.number),
    "slow": lambda row: (-(response_time(row.state) or 0.0), row.number),
}


def share_flagged(state: FeedState) -> float | None:
    return state.flagged / state.articles if state.articles else None


def response_time(state: FeedState) -> float | None:
    """Seconds, the median of its last polls."""
    return median(state.response_times) if state.response_times else None


# ------------------------------------------------------------------ as a table


class Column(NamedTuple):
    head: str
    cell: Callable[[Row], str]
    right: bool = False


def _age(row: Row) -> str:
    return f"{about_words((row.now - row.state.last_success).total_seconds())} ago" if row.state.last_success else "-"


def _next(row: Row) -> str:
    if not row.feed.enabled or row.state.result == "gone":
        return "never"
    at = max(filter(None, (row.state.next_check, row.state.not_before)), default=None)
    return f"in {about_words((at - row.now).total_seconds())}" if at and at > row.now else "now"


def _rate(row: Row) -> str:
    rate = row.state.entries_a_day
    return "-" if rate is None else f"{rate:.1f}" if rate < 10 else f"{rate:,.0f}"


def _share(row: Row) -> str:
    share = share_flagged(row.state)
    return "-" if share is None else f"{100 * share:.0f}%"


def _time(row: Row) -> str:
    seconds = response_time(row.state)
    return "-" if seconds is None else f"{seconds:.2f}s" if seconds < 10 else f"{seconds:.0f}s"


_STATE = Column("STATE", lambda row: row.health.word)
_ID = Column("ID", lambda row: row.feed.id)
_NAME = Column("NAME", lambda row: visible(row.feed.name))
_PUBLISHER = Column("PUBLISHER", lambda row: visible(row.feed.publisher))
_WHY = Column("WHY THEN", lambda row: visible(row.state.next_reason or "-"))
_REASON = Column("HEALTH", lambda row: visible(row.health.reason))
_FIGURES = (
    Column("LAST OK", _age, right=True),
    Column("NEXT", _next, right=True),
    Column("FAILS", lambda row: str(row.state.failures), right=True),
    Column("A DAY", _rate, right=True),
    Column("FLAGGED", _share, right=True),
    Column("TIME", _time, right=True),
)
"""What a narrow terminal goes without is taken off the end."""


def table(rows: Sequence[Row], width: int | None, *, colour: bool = False) -> list[str]:
    """A line a feed where all of it goes into `width` columns, or where that is None; else two, or one of fewer
    columns."""
    if not rows:
        return []
    whole = (_STATE, _ID, _NAME, _PUBLISHER, *_FIGURES, _WHY, _REASON)
    cells = [[column.cell(row) for column in whole] for row in rows]
    widths = _widths(whole, cells)
    if width is None or sum(widths) + len(_GAP) * (len(widths) - 1) <= width:
        lines = [_line(whole, widths, texts) for texts in ([column.head for column in whole], *cells)]
        return [lines[0], *(_shaded(row, line, colour) for row, line in zip(rows, lines[1:], strict=True))]
    return _narrow(rows, width, colour)


def _narrow(rows: Sequence[Row], width: int, colour: bool) -> list[str]:
    """The figures in one line, and below it who it is and why it is so."""
    figures = list(_FIGURES)
    while True:
        columns = (_STATE, _ID, *figures)
        cells = [[column.cell(row) for column in columns] for row in rows]
        widths = _widths(columns, cells)
        room = width - sum(widths) + widths[1] - len(_GAP) * (len(widths) - 1)
        if room >= min(widths[1], _MIN_ID) or not figures:
            break
        figures.pop()
    widths[1] = max(min(widths[1], room), len(_ID.head))
    lines = [_line(columns, widths, [column.head for column in columns])]
    for row, texts in zip(rows, cells, strict=True):
        lines.append(_shaded(row, _line(columns, widths, texts), colour))
        below = cut(f"  {' · '.join(_beside(row))}", width)
        lines.append(f"\x1b[2m{below}\x1b[0m" if colour else below)
    return lines


def _beside(row: Row) -> Iterator[str]:
    """Why it is so, who it is and why it is asked then, each where the line above does not say it."""
    feed, reason, why = row.feed, visible(row.health.reason), visible(row.state.next_reason or "")
    told = (reason, visible(feed.name), visible(feed.publisher), "" if reason.startswith(why) else why)
    yield from (text for text in dict.fromkeys(told) if text and text != feed.id)


def _widths(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> list[int]:
    return [
        max(cell_len(text) for text in (column.head, *(row[i] for row in cells))) for i, column in enumerate(columns)
    ]


def _line(columns: Sequence[Column], widths: Sequence[int], texts: Sequence[str]) -> str:
    cells = []
    for column, width, text in zip(columns, widths, texts, strict=True):
        shown = cut(text, width)
        blank = " " * (width - cell_len(shown))
        cells.append(f"{blank}{shown}" if column.right else f"{shown}{blank}")
    return _GAP.join(cells).rstrip()


def _shaded(row: Row, line: str, colour: bool) -> str:
    return f"\x1b[31m{line}\x1b[0m" if colour and not row.health.well else line


# ------------------------------------------------------------------ as JSON


def _report(row: Row) -> dict[str, Any]:
    feed, state = row.feed, row.state
    return {
        "id": feed.id,
        "name": feed.name,
        "publisher": feed.publisher,
        "url": without_user(feed.url),
        "lang": feed.lang,
        "tags": feed.tags,
        "enabled": feed.enabled,
        "state": row.health.word,
        "health": row.health.reason,
        "last_checked": iso_time(state.last_checked),
        "last_success": iso_time(state.last_success),
        "next_check": iso_time(state.next_check),
        "next_reason": state.next_reason,
        "not_before": iso_time(state.not_before),
        "failures": state.failures,
        "reason": state.reason,
        "http_status": state.http_status,
        "format": state.format,
        "articles": state.articles,
        "newest": iso_time(state.newest),
        "entries_a_day": state.entries_a_day,
        "flagged": state.flagged,
        "share_flagged": share_flagged(state),
        "response_time": response_time(state),
        "moved_to": without_user(state.moved_to) if state.moved_to else None,
    }
