"""A text beside a list that goes with its cursor. It is wrapped and cut here, and its widget keeps its size: to lay the
screen out anew for each row would take longer than all else that a key does."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.widget import Widget

ROWS = 5
"""That one step of scrolling passes over."""


class Preview(Widget):
    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._content = Content("")
        self._of: object = None
        self.top = 0
        """The line of the text from which it is seen."""

    def show(self, of: object, content: Content) -> None:
        """A text of something; of the same as before it stays where it was scrolled to."""
        if of != self._of:
            self.top = 0
        self._of, self._content = of, content
        self.refresh()

    def scroll_text(self, steps: int) -> None:
        self.top = max(0, self.top + steps * ROWS)
        self.refresh()

    def render(self) -> Content:
        lines = self._content.wrap(max(1, self.content_size.width))
        self.top = min(self.top, max(0, len(lines) - self.content_size.height))
        return Content("\n").join(lines[self.top :])

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_text(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_text(-1)
