"""Events, one line each: when, what kind, who, where, what, which of its like it is, how many tell it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from tensionwatch.exchange import Counts
from tensionwatch.model import Event, Kind, Status
from tensionwatch.tui.cells import Run, cut_words, fit, line, many, row
from tensionwatch.tui.changes import Looked
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import MARKED, RISEN, UNREAD, style, symbol
from tensionwatch.tui.messages import MergeWanted
from tensionwatch.tui.widgets.lines import LineList
from tensionwatch.words import KIND_WORDS, code_words, nth_words, pair_words, status_words, unmade_visit

NARROW, WIDE, HEADLINE = 50, 90, 110
"""Cells below which a kind is its symbol alone; from which each kind has its whole word; and from which counts are in
whole words, and there is a headline too."""
TIME, PAIR = 7, 8
"""`undated`, `NATO→UKR`."""
KIND, KIND_WIDE = 11, 18
SHORT_KINDS = {
    Kind.MILITARY_COOPERATION: "mil. coop", Kind.ARMS_TRANSFER: "arms", Kind.WEAPONS_TEST: "test",
}  # fmt: skip
"""In place of the words that are longer than KIND."""
TOLD = 44
"""Cells after which headlines stand below one another; a longer line pushes its own."""
HEADLINE_LEAST = 12
"""Cells in which a headline says anything."""


class EventList(LineList):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "mark", "Mark to merge", id="events.pick"),
        Binding("M", "merge", "Merge", id="events.merge"),
    ]

    def __init__(self, context: Context, looked: Looked | None = None, *, id: str) -> None:
        """What is new since then is marked; nothing where nobody says."""
        super().__init__(context, id=id)
        self._looked = looked if looked is not None else Looked()
        self._events: dict[str, Event] = {}
        self._marked: dict[str, None] = {}
        """Ids of the events to be merged, in the order they were marked."""
        self.counts = Counts()
        """Of all that are listed."""

    def show_events(self, events: Sequence[Event], *, from_top: bool = False, counts: Counts | None = None) -> None:
        """`counts`: where to count their voices would take too long, what is known of them."""
        if list(events) != list(self._events.values()):  # of 500 they take 3 ms to count
            self._events = {event.id: event for event in events}
            self.counts = self.context.desk.count_events(events) if counts is None else counts
        self.show([event.id for event in events], from_top=from_top)

    @property
    def changed(self) -> int:
        """Of those that are listed, how many are new or told otherwise since one last looked."""
        return sum(map(self._looked.is_new, self._events.values()))

    def runs(self, row_id: str, width: int) -> list[Run]:
        """`↑14:05   ▲ incident  PRK→KOR   DMZ  shots fired · 2nd in 12 d · 6 publishers  Headline …`"""
        event = self._events[row_id]
        unread, is_new = self._unread(event), self._looked.is_new(event)
        text = "muted" if event.status is not Status.ACTUAL else "unread" if unread else ""
        mark = MARKED if row_id in self._marked else RISEN if is_new else UNREAD if unread else " "
        columns = [
            (self._when(event), TIME, "unread" if is_new else "muted"),
            (self._kind(event, width), self._kind_cells(width), style(event.kind, event.status)),
            (pair_words(event.actor, event.recipient), PAIR, text),
        ]
        gap = 2 if width >= WIDE else 1
        runs: list[Run] = [(mark, "risen" if mark == RISEN else "unread"), *row(columns, gap), (" " * gap, "")]
        return [*runs, *self._told(event, width, text, width - 1 - sum(size + gap for _, size, _ in columns))]

    @staticmethod
    def _kind_cells(width: int) -> int:
        return KIND_WIDE if width >= WIDE else KIND if width >= NARROW else 1

    @staticmethod
    def _kind(event: Event, width: int) -> str:
        word = KIND_WORDS[event.kind] if width >= WIDE else SHORT_KINDS.get(event.kind, KIND_WORDS[event.kind])
        return symbol(event.kind, event.status) + (f" {word}" if width >= NARROW else "")

    def _told(self, event: Event, width: int, style: str, room: int) -> list[Run]:
        """Where and what, which of its like it is, how many tell it; with room a headline."""
        forms = list(self._forms(event, width))
        head, tail = next((form for form in forms if cell_len(_joined(*form)) <= room), forms[-1])
        head = cut_words(head, room - (cell_len(tail) + 3 if tail else 0))
        told = _joined(head, tail).removesuffix(tail)
        runs = [(told, style), (tail, "muted" if style == "muted" else "")]
        done = cell_len(told + tail)
        rest = room - max(done, TOLD) - 2
        if width < HEADLINE or rest < HEADLINE_LEAST:
            return runs
        return [*runs, (" " * (max(done, TOLD) - done + 2), ""), (fit(self._headline(event), rest), "muted")]

    def _forms(self, event: Event, width: int) -> Iterator[tuple[str, str]]:
        """Head and tail, shorter and shorter. First go the companions of who travels, then which of its like it is;
        how many tell it goes last, but before what happened and where."""
        people = event.people if event.family == "visit" else ()
        nth, counts = self._nth(event), _counts(event, width)
        both = " · ".join(filter(None, (nth, counts)))
        for named in range(len(people), 0, -1):
            yield self._what(event, people[:named], len(people) - named), both
        yield self._what(event, (), 0), both
        if nth:
            yield self._what(event, people[:1], max(0, len(people) - 1)), counts
        yield self._what(event, (), 0), counts
        yield self._what(event, people[:1], 0), ""

    def _what(self, event: Event, people: Sequence[str], others: int) -> str:
        """`DMZ  shots fired`; of what did not happen first its word, so that no cut can take it. An act that the
        kind has said already gives way to who travels."""
        place = line(self.context.desk.place_name(event.place)) if event.place else ""
        act = "" if unmade_visit(event) else code_words(event.code)
        if act == KIND_WORDS[event.kind]:
            act = ""
        who = ", ".join(map(line, people)) + (f" +{others}" if others else "")
        what = " · ".join(filter(None, (status_words(event.status, event.kind), act, who)))
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


def _joined(head: str, tail: str) -> str:
    return " · ".join(filter(None, (head, tail)))


def _counts(event: Event, width: int) -> str:
    """`3 reports · 2 publishers`; where there is little room the voices alone: `2 pub`."""
    publishers = len(event.publishers)
    if width < HEADLINE:
        return f"{publishers} pub"
    return f"{many(event.reports, 'report')} · {many(publishers, 'publisher')}"
