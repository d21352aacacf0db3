"""One line on what is going on and what to do, for a list that has nothing to show. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tensionwatch.keys import Keymap
from tensionwatch.ports import FeedRow, PollStatus
from tensionwatch.tui.cells import line, many


def situation(rows: Sequence[FeedRow], status: PollStatus, articles: int, keys: Keymap | None = None) -> str:
    """Why there is nothing flagged: no feeds, first poll under way, all failing, paused, or simply quiet. Says which
    keys help."""
    says = (keys or Keymap()).says
    enabled = [row for row in rows if row.feed.enabled]
    asked = [row for row in enabled if row.state.result is not None]
    failed = [row for row in asked if row.state.result in ("failed", "gone")]
    if status.trouble:
        return f"Polling does not work: {line(status.trouble)}"
    if status.offline_since is not None:
        return "Offline: no server answers. What is asked for comes in once one does."
    if not enabled:
        return "No feed is enabled: add one to the configuration (tensionwatch init writes one to start from)."
    if failed and len(failed) == len(enabled):
        hints = [says("{} shows why", "app.feeds"), "" if status.follows else says("{} polls again", "app.poll_now")]
        return f"All {many(len(enabled), 'feed')} fail{_after(': ', ', '.join(filter(None, hints)))}."
    if not articles and status.follows:
        return f"Nothing here yet: what {status.collector or 'the next'} collects appears as it comes in."
    if not articles:
        return _nothing_yet(len(enabled), len(asked), len(failed), status, says)
    return f"Nothing flagged so far in {many(articles, 'article')}{says(': {} lists them', 'app.articles')}."


def _after(before: str, words: str) -> str:
    return before + words if words else ""


def _nothing_yet(enabled: int, asked: int, failed: int, status: PollStatus, says: Callable[..., str]) -> str:
    if status.paused:
        hints = (says("{} goes on", "app.pause"), says("{} polls now", "app.poll_now"))
        return f"Nothing here yet, and polling is paused{_after(': ', ', '.join(filter(None, hints)))}."
    if asked < enabled:
        return f"First poll under way: {asked} of {many(enabled, 'feed')} answered. News appears as it comes in."
    trouble = f" ({failed} failed{says(': {} shows why', 'app.feeds')})" if failed else ""
    again = says(" {} polls again.", "app.poll_now")
    return f"All {many(enabled, 'feed')} answered{trouble}, none had an article yet.{again}"
