"""Events, one line each: when, what kind, who, where, what, how many tell it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from tensionwatch.model import Event, Status
from tensionwatch.tui.cells import Run, cut, line, many, row
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import MARKED, UNREAD, style, symbol
from tensionwatch.tui.messages import MergeWanted
from tensionwatch.tui.widgets.lines import LineList
from tensionwatch.words import KIND_WORDS, code_words, nth_words, pair_words, status_words, unmade_visit

WIDE, HEADLINE, WORDY = 90, 110, 150
"""Cells from which a line has room for every kind's word, for a headline too, and for its counts in whole words."""


class EventList(LineList):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "Mark to merge"),
        Binding("M", "merge", "Merge"),
    ]

    def __init__(self, context: Context, *, id: str) -> None:
        super().__init__(context, id=id)
        self._events: dict[str, Event] = {}
        self._marked: dict[str, None] = {}
        """Ids of the events to be merged, in the order they were marked."""

    def show_events(self, events: Sequence[Event], *, from_top: bool = False) -> None:
        self._events = {event.id: event for event in events}
        self.show([event.id for event in events], from_top=from_top)

    def runs(self, row_id: str, width: int) -> list[Run]:
        event = self._events[row_id]
        unread = self._unread(event)
        text = "muted" if event.status is not Status.ACTUAL else "unread" if unread else ""
        counts, gap = _counts(event, width), 2 if width >= WIDE else 1
        columns = [
            (MARKED if row_id in self._marked else UNREAD if unread else " ", 1, "unread"),
            (self._when(event), 7, "muted"),
            (
                f"{symbol(event.kind, event.status)} {KIND_WORDS[event.kind]}",
                18 if width >= WIDE else 12,
                style(event.kind, event.status),
            ),
            (pair_words(event.actor, event.recipient), 9 if width >= WIDE else 7, text),
        ]
        rest = width - sum(w + gap for _, w, _ in columns) - cell_len(counts) - gap
        headline = rest // 2 if width >= HEADLINE else 0
        room = rest - headline - gap * bool(headline)
        columns.append((self._what(event, room), room, text))
        columns.append((self._headline(event), headline, "" if text == "unread" else "muted"))
        return row([*columns, (counts, cell_len(counts), "muted")], gap)

    def _what(self, event: Event, width: int) -> str:
        """Where and what, then which of its like it is. The word of what did not happen comes first, so that no cut
        can take it, and none takes the last either."""
        place = line(self.context.desk.place_name(event.place)) if event.place else ""
        counted = self.context.desk.card(event.id) if event.recurrence else None
        parts = (
            status_words(event.status, event.kind),
            place,
            "" if unmade_visit(event) else code_words(event.code),
        )
        nth = f" · {nth_words(counted)}" if counted is not None and nth_words(counted) else ""
        return cut(" · ".join(part for part in parts if part), width - cell_len(nth)) + nth

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

    @property
    def reports(self) -> int:
        """Articles that tell these events."""
        return len({article for event in self._events.values() for article in event.articles})

    @property
    def publishers(self) -> int:
        """Independent voices that tell these events."""
        return len({publisher for event in self._events.values() for publisher in event.publishers})

    # ---------------------------------------------------------------- merging

    @property
    def marked(self) -> tuple[str, ...]:
        return tuple(self._marked)

    def action_mark(self) -> None:
        """Mark the event under the cursor to be merged, or take that back."""
        if self.current is not None:
            if self.current in self._marked:
                del self._marked[self.current]
            else:
                self._marked[self.current] = None
            self.repaint()
            self.post_message(self.Moved(self, self.current, self.current))

    def action_merge(self) -> None:
        """Those that are marked, and where that is one alone, the one under the cursor with it."""
        events = (
            self._marked if len(self._marked) > 1 else {**self._marked, **dict.fromkeys(filter(None, [self.current]))}
        )
        if len(events) < 2:
            self.notify("Mark events that are one with space, then M merges them.", markup=False)
            return
        self.post_message(MergeWanted(tuple(events)))
        self.unmark()

    def unmark(self) -> None:
        self._marked.clear()
        self.repaint()


def _counts(event: Event, width: int) -> str:
    """`3 reports · 2 publishers`, short where there is little room."""
    publishers = len(event.publishers)
    if width < WORDY:
        return f"{event.reports:>2} rep ·{publishers:>2} pub"
    return f"{many(event.reports, 'report'):>11} · {many(publishers, 'publisher'):<13}"
