"""Events, one line each: when, what kind, who, where, what, which of its like it is, how many tell it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from tensionwatch.model import Event, Status
from tensionwatch.ports import Counts
from tensionwatch.tui.cells import Run, cut, fit, line, many, row
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import MARKED, UNREAD, style, symbol
from tensionwatch.tui.messages import MergeWanted
from tensionwatch.tui.widgets.lines import LineList
from tensionwatch.words import KIND_WORDS, code_words, nth_words, pair_words, status_words, unmade_visit

WIDE, HEADLINE = 90, 110
"""Cells from which a line has room for every kind's word, and for its counts in whole words and a headline too."""
TOLD = 44
"""Cells after which headlines stand below one another; a longer line pushes its own."""
HEADLINE_LEAST = 12
"""Cells in which a headline says anything."""


class EventList(LineList):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "Mark to merge", id="events.pick"),
        Binding("M", "merge", "Merge", id="events.merge"),
    ]

    def __init__(self, context: Context, *, id: str) -> None:
        super().__init__(context, id=id)
        self._events: dict[str, Event] = {}
        self._marked: dict[str, None] = {}
        """Ids of the events to be merged, in the order they were marked."""
        self.counts = Counts()
        """Of all that are listed."""

    def show_events(self, events: Sequence[Event], *, from_top: bool = False, counts: Counts | None = None) -> None:
        """`counts`: where to count their voices would take too long, what is known of them."""
        self._events = {event.id: event for event in events}
        self.counts = self.context.desk.count_events(events) if counts is None else counts
        self.show([event.id for event in events], from_top=from_top)

    def runs(self, row_id: str, width: int) -> list[Run]:
        """`14:05  ▲ incident  PRK→KOR  DMZ  shots fired · 2nd in 12 d · 8 reports · 6 publishers  Headline …`"""
        event = self._events[row_id]
        unread = self._unread(event)
        text = "muted" if event.status is not Status.ACTUAL else "unread" if unread else ""
        gap = 2 if width >= WIDE else 1
        columns = [
            (MARKED if row_id in self._marked else UNREAD if unread else " ", 1, "unread"),
            (self._when(event), 7, "muted"),
            (
                f"{symbol(event.kind, event.status)} {KIND_WORDS[event.kind]}",
                18 if width >= WIDE else 12,
                style(event.kind, event.status),
            ),
            (pair_words(event.actor, event.recipient), 7, text),
        ]
        told = self._told(event, width, text, width - sum(size + gap for _, size, _ in columns))
        return [*row(columns, gap), (" " * gap, ""), *told]

    def _told(self, event: Event, width: int, style: str, room: int) -> list[Run]:
        """Where and what, which of its like it is, how many tell it; with room a headline. What is too long loses its
        place and act, never its counts."""
        tail = " · ".join(filter(None, (self._nth(event), _counts(event, width))))
        head = self._what(event)
        head = cut(head, room - cell_len(tail) - 3)
        told = f"{head} · " if head else ""
        done = cell_len(told + tail)
        runs = [(told, style), (tail, "muted" if style == "muted" else "")]
        rest = room - max(done, TOLD) - 2
        if width < HEADLINE or rest < HEADLINE_LEAST:
            return runs
        return [*runs, (" " * (max(done, TOLD) - done + 2), ""), (fit(self._headline(event), rest), "muted")]

    def _what(self, event: Event) -> str:
        """`DMZ  shots fired`; of what did not happen first its word, so that no cut can take it. An act that the
        kind has said already gives way to who travels."""
        place = line(self.context.desk.place_name(event.place)) if event.place else ""
        act = "" if unmade_visit(event) else code_words(event.code)
        if act == KIND_WORDS[event.kind]:
            act = ""
        if event.family == "visit":
            act = " · ".join(filter(None, (act, ", ".join(map(line, event.people)))))
        what = " · ".join(filter(None, (status_words(event.status, event.kind), act)))
        return "  ".join(filter(None, (place, what) if event.status is Status.ACTUAL else (what, place)))

    def _nth(self, event: Event) -> str:
        return nth_words(self.context.desk.held(event)) if event.recurrence else ""

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
            how = self.context.says(" with {}, then {} merges them", "events.pick", "events.merge")
            self.notify(f"Mark events that are one{how}.", markup=False)
            return
        self.post_message(MergeWanted(tuple(events), self.unmark))

    def unmark(self) -> None:
        self._marked.clear()
        self.repaint()


def _counts(event: Event, width: int) -> str:
    """`3 reports · 2 publishers`, short where there is little room."""
    publishers = len(event.publishers)
    if width < HEADLINE:
        return f"{event.reports} rep · {publishers} pub"
    return f"{many(event.reports, 'report')} · {many(publishers, 'publisher')}"
