"""What comes of asking a feed now, in words for whoever pressed the key. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from tensionwatch.exchange import FeedRow
from tensionwatch.tui.cells import line
from tensionwatch.tui.times import Times, relative, span


class Asking(NamedTuple):
    asks: bool
    """Is it asked?"""
    words: str


def asking_words(row: FeedRow, now: datetime, times: Times) -> Asking:
    """Whether the feed can be asked now, and what that means where it failed, is gone or would not be asked yet."""
    name, state = line(row.feed.name), row.state
    if not row.feed.enabled:
        where = "in the configuration" if state.switched is None else "by hand"
        return Asking(False, f"{name} is disabled {where}: it is not asked until it is enabled.")
    if state.not_before is not None and state.not_before > now:
        when = f"{times.medium(state.not_before, now)} ({relative(state.not_before, now)})"
        return Asking(False, f"{name}: its server wants no request before {when}, and is asked then.")
    if state.result == "gone":
        return Asking(True, f"{name} said that it is gone for good. Asked once more: if it answers, it is back.")
    if state.failures:
        waited = state.next_check is not None and state.next_check > now
        else_then = f" instead of {relative(state.next_check, now)}" if waited and state.next_check else ""
        said = f"Polling {name} now{else_then}: it has failed {_times(state.failures)}."
        return Asking(True, f"{said} Another failure makes its pause longer.")
    return Asking(True, f"Polling {name} now{_last(row, now)}.")


def _times(failures: int) -> str:
    return "once" if failures == 1 else f"{failures} times in a row"


def _last(row: FeedRow, now: datetime) -> str:
    last = row.state.last_checked
    return f"; it was asked {span((now - last).total_seconds())} ago" if last is not None else ""
