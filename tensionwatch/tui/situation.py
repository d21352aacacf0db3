"""One line on what is going on and what to do, for a list that has nothing to show. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tensionwatch.ports import FeedRow, PollStatus
from tensionwatch.tui.cells import line, many
from tensionwatch.words import READING


def situation(rows: Sequence[FeedRow], status: PollStatus, articles: int) -> str:
    """Why there is nothing flagged: no feeds, first poll under way, all failing, paused, or simply quiet."""
    enabled = [row for row in rows if row.feed.enabled]
    asked = [row for row in enabled if row.state.result is not None]
    failed = [row for row in asked if row.state.result in ("failed", "gone")]
    if status.trouble:
        return f"Polling does not work: {line(status.trouble)}"
    if status.reading is not None:
        return f"{READING.capitalize()}: {status.reading:.0%}."
    if status.offline_since is not None:
        return "Offline: no server answers. What is asked for comes in once one does."
    if not enabled:
        return "No feed is enabled: add one to the configuration (tensionwatch init writes one to start from)."
    if failed and len(failed) == len(enabled):
        again = "" if status.follows else ", r polls again"
        return f"All {many(len(enabled), 'feed')} fail: 3 shows why{again}."
    if not articles and status.follows:
        return f"Nothing here yet: what {status.collector or 'the next'} collects appears as it comes in."
    if not articles:
        return _nothing_yet(len(enabled), len(asked), len(failed), status)
    return f"Nothing flagged so far in {many(articles, 'article')}: 2 lists them."


def _nothing_yet(enabled: int, asked: int, failed: int, status: PollStatus) -> str:
    if status.paused:
        return "Nothing here yet, and polling is paused: P goes on, r polls now."
    if asked < enabled:
        return f"First poll under way: {asked} of {many(enabled, 'feed')} answered. News appears as it comes in."
    trouble = f" ({failed} failed: 3 shows why)" if failed else ""
    return f"All {many(enabled, 'feed')} answered{trouble}, none had an article yet. r polls again."
