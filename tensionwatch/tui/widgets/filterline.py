"""The line in which a filter is typed: what it could go on with stands behind it, what cannot be read is underlined,
and earlier lines come back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.highlighter import Highlighter
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.suggester import Suggester

from tensionwatch.exchange import Names
from tensionwatch.query_suggest import suggested
from tensionwatch.tui.widgets.typed import TypedLine

REMEMBERED = 50
"""Lines."""


class FilterLine(TypedLine):
    COMPONENT_CLASSES: ClassVar[set[str]] = {"filter-line--wrong"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Take what is offered", id="filter.complete"),
        Binding("up", "earlier(1)", "Earlier filter", show=False, id="filter.earlier"),
        Binding("down", "earlier(-1)", "Later filter", show=False, id="filter.later"),
    ]

    def __init__(self, names: Callable[[], Names], *, id: str) -> None:
        super().__init__(
            placeholder='words, "a phrase", -without, kind:visit actor:RUS since:7d unread',
            id=id,
            compact=True,
            select_on_focus=False,
            suggester=_Offers(names),
        )
        self._names = names
        self.highlighter = _Underline(self)
        self.wrong: Sequence[tuple[int, int]] = ()
        """What cannot be read, by its code points."""
        self._earlier: list[str] = []
        self._back = 0
        """How many lines ago the one is that is seen; 0 is the one that is being typed."""
        self._typed = ""

    def remember(self, line: str) -> None:
        """It was entered."""
        if line.strip():
            self._earlier = [*(each for each in self._earlier if each != line), line][-REMEMBERED:]
        self._back = 0

    def action_complete(self) -> None:
        if self.cursor_at_end and (whole := suggested(self.value, self._names())):
            self.value = whole
            self.cursor_position = len(whole)

    def action_earlier(self, by: int) -> None:
        if self._back == 0:
            self._typed = self.value
        back = min(max(self._back + by, 0), len(self._earlier))
        if back != self._back:
            self._back = back
            self.value = self._earlier[-back] if back else self._typed
            self.cursor_position = len(self.value)


class _Offers(Suggester):
    """What the last word could be."""

    def __init__(self, names: Callable[[], Names]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._names = names

    async def get_suggestion(self, value: str) -> str | None:
        return suggested(value, self._names()) or None


class _Underline(Highlighter):
    def __init__(self, line: FilterLine) -> None:
        self._line = line

    def highlight(self, text: Text) -> None:
        for begin, end in self._line.wrong:
            text.stylize(self._line.get_component_rich_style("filter-line--wrong", partial=True), begin, end)
