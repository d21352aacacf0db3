"""Events, one line each: when, what kind, who, where, what, how many tell it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from tensionwatch.model import Event, Status
from tensionwatch.tui.cells import Run, line, many, row
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import UNREAD, style, symbol
from tensionwatch.tui.widgets.lines import LineList
from tensionwatch.words import KIND_WORDS, code_words, nth_words, pair_words, status_words, unmade_visit

GAP = 2
WIDE, HEADLINE, WORDY = 90, 110, 150
"""Cells from which a line has room for every kind's word, for a headline too, and for its counts in whole words."""


class EventList(LineList):
    def __init__(self, context: Context, *, id: str) -> None:
        super().__init__(context, id=id)
        self._events: dict[str, Event] = {}

    def show_events(self, events: Sequence[Event], *, from_top: bool = False) -> None:
        self._events = {event.id: event for event in events}
        self.show([event.id for event in events], from_top=from_top)

    def runs(self, row_id: str, width: int) -> list[Run]:
        event = self._events[row_id]
        unread = self._unread(event)
        text = "muted" if event.status is not Status.ACTUAL else "unread" if unread else ""
        counts = _counts(event, width)
        columns = [
            (UNREAD if unread else " ", 1, "unread"),
            (self._when(event), 7, "muted"),
            (
                f"{symbol(event.kind, event.status)} {KIND_WORDS[event.kind]}",
                18 if width >= WIDE else 12,
                style(event.kind, event.status),
            ),
            (pair_words(event.actor, event.recipient), 9 if width >= WIDE else 7, text),
        ]
        rest = width - sum(w + GAP for _, w, _ in columns) - cell_len(counts) - GAP
        headline = rest * 11 // 20 if width >= HEADLINE else 0
        columns.append((self._what(event), rest - headline - GAP * bool(headline), text))
        columns.append((self._headline(event), headline, "" if text == "unread" else "muted"))
        return row([*columns, (counts, cell_len(counts), "muted")], GAP)

    def _what(self, event: Event) -> str:
        """Where and what; the word of what did not happen comes first, so that no cut can take it."""
        place = line(self.context.desk.place_name(event.place)) if event.place else ""
        counted = self.context.desk.card(event.id) if event.recurrence else None
        parts = (
            status_words(event.status, event.kind),
            place,
            "" if unmade_visit(event) else code_words(event.code),
            nth_words(counted) if counted is not None else "",
        )
        return " · ".join(part for part in parts if part)

    def _when(self, event: Event) -> str:
        if event.last_reported is None:
            return "undated"
        return self.context.times.short(event.last_reported, self.context.desk.now())

    def _unread(self, event: Event) -> bool:
        articles = (self.context.desk.article(article_id) for article_id in event.articles)
        return all(not article.read for article in articles if article is not None)

    def _headline(self, event: Event) -> str:
        article = self.context.desk.article(event.articles[-1])
        return line(article.title) if article is not None else ""


def _counts(event: Event, width: int) -> str:
    """`3 reports · 2 publishers`, short where there is little room."""
    publishers = len(event.publishers)
    if width < WORDY:
        return f"{event.reports:>2} rep ·{publishers:>2} pub"
    return f"{many(event.reports, 'report'):>11} · {many(publishers, 'publisher'):<13}"
