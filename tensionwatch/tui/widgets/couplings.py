"""Couples of events, one line each. The cursor is a couple and, within it, one of its two events: that one opens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from tensionwatch.events.couples import Couple
from tensionwatch.model import Event, Kind
from tensionwatch.tui.cells import Run, fit
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import COUPLED, style, symbol
from tensionwatch.tui.widgets.events import SHORT_KINDS
from tensionwatch.tui.widgets.lines import LineList
from tensionwatch.words import KIND_WORDS, pair_words

WORDS, FAR = 65, 40
"""Cells from which each event has the word of its kind, and both countries their name where they share two; and from
which there is room for how far they lie apart."""
SHARED, SHARED_WORDS, EVENT, EVENT_WORDS, APART = 4, 7, 11, 21, 10
"""Cells of what both share, and of an event, the wider where there are words; and of how far apart they are."""
WITH = " with "
NONE = "None in the last 48 hours: no two events shared a party within a day."


class CouplingList(LineList):
    """`PRK  ● visit RUS→PRK       with ▲ incident PRK→KOR    3 h later`"""

    HEAD = 1
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "side(1)", "The later event", show=False, id="couples.second"),
        Binding("left,h", "side(0)", "The earlier event", show=False, id="couples.first"),
        Binding("enter", "choose", "Its card", key_display="⏎", id="couples.open"),
    ]

    def __init__(self, context: Context, *, id: str) -> None:
        super().__init__(context, id=id, empty=NONE)
        self._couples: dict[str, Couple] = {}
        self.side = 0
        """Of a couple, the event that the cursor is on: 0 the one that began first."""

    def show_couples(self, couples: Sequence[Couple]) -> None:
        self._couples = {couple.id: couple for couple in couples}
        self.show(list(self._couples))

    @property
    def couple(self) -> Couple | None:
        """The one under the cursor."""
        return self._couples.get(self.current) if self.current is not None else None

    @property
    def event(self) -> Event | None:
        """The event under the cursor."""
        couple = self.couple
        return None if couple is None else couple.second if self.side else couple.first

    def heading(self, y: int, width: int) -> list[Run]:  # noqa: ARG002  # as LineList declares it
        number = f" · {len(self.ids)}" if self.ids else ""
        return [(f" {COUPLED} Couplings, 48 h", "heading"), (number, "muted")]

    def runs(self, row_id: str, width: int) -> list[Run]:
        couple = self._couples[row_id]
        picked = self.side if self.has_focus and row_id == self.current else None
        shared, size = _sizes(width)
        runs: list[Run] = [(fit(f" {shared_words(couple, shared)}", shared + 1), "strong"), (" ", "")]
        for side, event in enumerate((couple.first, couple.second)):
            said = fit(event_words(event, size), size)
            runs.append((said, "pick" if side == picked else style(event.kind, event.status)))
            if side == 0:
                runs.append((WITH if width >= WORDS else " ", "muted"))
        if width >= FAR:
            runs.append((f" {fit(apart_words(couple), APART)}", ""))
        rest = width - sum(cell_len(text) for text, _ in runs)
        more = f" · {couple.more} alike" if couple.more else ""
        return [*runs, (more if cell_len(more) < rest else "", "muted")]

    def action_side(self, side: int) -> None:
        self.side = side
        self.repaint()
        if self.current is not None:
            self.post_message(self.Moved(self, self.current, self.current))

    def point(self, x: int) -> bool:
        shared, size = _sizes(self.scrollable_content_region.width)
        before, self.side = self.side, int(x > shared + 2 + size)
        self.repaint()
        return self.side != before


def _sizes(width: int) -> tuple[int, int]:
    """Cells of what is shared, and of an event."""
    return (SHARED_WORDS, EVENT_WORDS) if width >= WORDS else (SHARED, EVENT)


def shared_words(couple: Couple, width: int) -> str:
    """`PRK`; where two are shared `KHM·THA`, or `KHM+`."""
    said = "·".join(couple.shared)
    return said if cell_len(said) <= width else f"{couple.shared[0]}+"


def event_words(event: Event, width: int) -> str:
    """`● visit RUS→PRK`; where that has no room its kind is its symbol alone."""
    mark, pair = symbol(event.kind, event.status), pair_words(event.actor, event.recipient)
    said = f"{mark} {kind_word(event.kind)} {pair}"
    return said if cell_len(said) <= width else f"{mark} {pair}"


def kind_word(kind: Kind) -> str:
    return SHORT_KINDS.get(kind, KIND_WORDS[kind])


def apart_words(couple: Couple) -> str:
    """At most APART cells."""
    if couple.hours == 0:
        goes_on = "visit" in (couple.first.family, couple.second.family)
        return "meanwhile" if goes_on else "same time"
    return f"{couple.hours:.0f} h later" if couple.hours >= 1 else "same hour"


def couple_words(couple: Couple) -> str:
    """`PRK  ● visit RUS→PRK  with  ▲ incident PRK→KOR  3 h later`"""
    first, second = (event_words(event, EVENT_WORDS) for event in (couple.first, couple.second))
    return f"{'·'.join(couple.shared)}  {first}  with  {second}  {apart_words(couple)}"
