"""Feeds, one line each: is it well, when was it last, when is it next and why."""

from __future__ import annotations

from collections.abc import Sequence

from tensionwatch.ports import FeedRow
from tensionwatch.tui.cells import Run, fit, line, row
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import FEED_STYLES, FEED_SYMBOLS, feed_word
from tensionwatch.tui.times import relative
from tensionwatch.tui.widgets.lines import LineList


class FeedList(LineList):
    HEAD = 1

    def __init__(self, context: Context, *, id: str) -> None:
        super().__init__(context, id=id)
        self._rows: dict[str, FeedRow] = {}

    def show_rows(self, rows: Sequence[FeedRow]) -> None:
        self._rows = {row.feed.id: row for row in rows}
        self.show([row.feed.id for row in rows])

    @property
    def row(self) -> FeedRow | None:
        return self._rows.get(self.current) if self.current is not None else None

    def heading(self, y: int, width: int) -> list[Run]:  # noqa: ARG002  # there is but one line of it
        names = ("", "feed", "publisher", "state", "last ok", "next", " kept", "failed", "why then")
        return row([(n, w, "heading") for n, w in zip(names, _widths(width), strict=True)])

    def runs(self, row_id: str, width: int) -> list[Run]:
        feed, state, word = self._rows[row_id].feed, self._rows[row_id].state, feed_word(self._rows[row_id])
        now = self.context.desk.now()
        style = FEED_STYLES[word]
        stale = feed.enabled and state.result is not None and not self._rows[row_id].fresh
        last = relative(state.last_success, now) if state.last_success else "never"
        waits = feed.enabled and state.result != "gone"
        due = relative(max(state.next_check, now), now) if state.next_check else "now"
        values = (
            (FEED_SYMBOLS[word], style),
            (line(feed.name), "" if feed.enabled else "muted"),
            (line(feed.publisher), "muted"),
            (word, style),
            (last, "bad" if stale else "muted"),
            (due if waits else "–", "muted"),
            (fit(str(state.articles), 5, right=True), "" if state.articles else "muted"),
            (fit(f"{state.failures}×" if state.failures else "·", 6, right=True), "bad" if state.failures else "muted"),
            (line(state.next_reason or "") if waits else "", "muted"),
        )
        return row([(text, w, name) for (text, name), w in zip(values, _widths(width), strict=True)])


def _widths(width: int) -> tuple[int, ...]:
    """Cells per column; 0 leaves one out. The name takes what the others leave, up to 40."""
    wide = width >= 100
    fixed = (1, 0, 20 if wide else 0, 9, 11, 10, 5, 6)
    why = max(0, min(40, width - 110))
    used = sum(w + 2 for w in (*fixed, why) if w)
    name = max(10, min(40, width - used))
    return (fixed[0], name, *fixed[2:], why)
