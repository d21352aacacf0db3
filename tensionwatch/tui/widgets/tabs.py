"""Saved filters as tabs in one line, each with its unread; where they do not fit, as many as do around the active."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tensionwatch.tui.cells import cut, line, number

NAME_CELLS = 16
SAVE = "+"


class Tab(NamedTuple):
    name: str
    unread: int | None
    """None until it is counted."""


class FilterTabs(Widget):
    class Chosen(Message):
        def __init__(self, index: int) -> None:
            self.index = index
            super().__init__()

    class SaveWanted(Message):
        """The user wants a tab of what is filtered now."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.tabs: Sequence[Tab] = ()
        self.active = 0

    def show(self, tabs: Sequence[Tab], active: int) -> None:
        if (list(tabs), active) != (list(self.tabs), self.active):
            self.tabs, self.active = tabs, active
            self.refresh()

    def render(self) -> Content:
        width = self.size.width
        first, last = visible([cell_len(words) for words in self._words()], self.active, width)
        parts: list[tuple[str, str]] = [("‹" if first else " ", "$tw-muted")]
        for index in range(first, last):
            style = "bold $background on $accent" if index == self.active else "$foreground"
            parts.append((self._words()[index], style))
        parts.append(("›" if last < len(self.tabs) else f" {SAVE} ", "$tw-muted"))
        return Content.assemble(*parts)

    def _words(self) -> list[str]:
        return [f" {_said(tab)} " for tab in self.tabs]

    def on_click(self, event: events.Click) -> None:
        cells = [cell_len(words) for words in self._words()]
        first, last = visible(cells, self.active, self.size.width)
        x = event.x - 1
        if x < 0 and first:
            self.post_message(self.Chosen(first - 1))
        for index in range(first, last):
            if 0 <= x < cells[index]:
                self.post_message(self.Chosen(index))
                return
            x -= cells[index]
        if x >= 0:
            self.post_message(self.Chosen(last) if last < len(self.tabs) else self.SaveWanted())


def _said(tab: Tab) -> str:
    name = cut(line(tab.name), NAME_CELLS)
    return f"{name} {number(tab.unread)}" if tab.unread else name


def visible(cells: Sequence[int], active: int, width: int) -> tuple[int, int]:
    """From which to which tab (excluded) there is room, the active one among them: as many as fit that stand before
    it, then those that follow. A cell stands before the first, three after the last."""
    room = width - 4
    first = last = active
    used = 0
    while last < len(cells) and (last == active or used + cells[last] <= room):
        used += cells[last]
        last += 1
        while last == active + 1 and first > 0 and used + cells[first - 1] <= room:
            first -= 1
            used += cells[first]
    return first, last
