"""The virtual list under every table of the screen.

It holds ids, a cursor and a scroll offset, nothing else. Rows are asked for when they come into view and kept in a
small cache: 100,000 ids cost as much as 50. When the ids change, the cursor stays on the same id and that id on the
same line of the terminal; only a list that nobody is at (not focused, cursor and scroll at the top) stays at the top.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style as Painted
from textual.widget import Widget

from tensionwatch.tui.cells import Run
from tensionwatch.tui.context import Context
from tensionwatch.tui.situation import Situation, laid_out


class LineList(ScrollView, can_focus=True):
    """Base: subclasses draw `runs` of a row and, where HEAD is not 0, of the fixed lines above the rows."""

    ALLOW_SELECT = False
    HEAD: ClassVar[int] = 0
    """Lines of heading that stay while the rows scroll."""

    STYLES: ClassVar[dict[str, str]] = {
        "muted": "$tw-muted", "strong": "$foreground", "unread": "bold $foreground", "accent": "$accent",
        "heading": "bold $foreground", "incident": "$tw-incident", "visit": "$tw-visit", "other": "$tw-other",
        "star": "$tw-star", "good": "$success", "risen": "bold reverse $foreground", "alarm": "bold reverse $warning",
    }  # fmt: skip
    """What hangs on the theme alone. As component classes Textual would style these of each list anew whenever it does
    the list: two thirds of what styling the screen took."""
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"line--{name}" for name in ("warn", "bad", "pick", "cursor", "cursor-blurred")
    }
    """What hangs on more than that: on which list it is, and what the terminal has."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False, id="list.down"),
        Binding("up,k", "move(-1)", "Up", show=False, id="list.up"),
        Binding("pagedown,ctrl+f,ctrl+d", "page(1)", "Page down", show=False, id="list.page_down"),
        Binding("pageup,ctrl+b,ctrl+u", "page(-1)", "Page up", show=False, id="list.page_up"),
        Binding("g,home", "edge(0)", "First", show=False, id="list.first"),
        Binding("G,end", "edge(-1)", "Last", show=False, id="list.last"),
        Binding("enter", "choose", "Open", key_display="⏎", id="list.open"),
    ]

    class _About(Message):
        def __init__(self, lines: LineList, row_id: str) -> None:
            self.lines = lines
            self.row_id = row_id
            super().__init__()

        @property
        def control(self) -> LineList:
            return self.lines

    class Moved(_About):
        """The user moved the cursor to another row; `left` is the id it was on before."""

        def __init__(self, lines: LineList, row_id: str, left: str | None) -> None:
            self.left = left
            super().__init__(lines, row_id)

    class Chosen(_About):
        """The user opened a row (enter, a click on the row that the cursor is on, a double click)."""

    def __init__(self, context: Context, *, id: str, empty: str | Situation = "") -> None:
        super().__init__(id=id)
        self.context = context
        self.empty = empty
        """Said in place of rows when there are none."""
        self._said: tuple[object, list[list[Run]]] = (None, [])
        """What was said last and in what room, and its lines."""
        self.ids: Sequence[str] = ()
        self.cursor = 0
        self._strips: LRUCache[tuple[object, ...], Strip] = LRUCache(512)
        self._rich_styles: dict[tuple[str, ...], Style] = {}
        self._opens_next = False
        """The click before put the cursor on a row: a second one of a double click opens it."""

    # ---------------------------------------------------------------- what subclasses say

    def runs(self, row_id: str, width: int) -> list[Run]:
        """The row, as (text, style) pieces of `width` cells in all (what is short is padded, what is long cropped)."""
        raise NotImplementedError

    def top_runs(self, row_id: str, width: int) -> list[Run]:
        """The same for a row that is the first in view: it may have to say what rows above it said for it."""
        return self.runs(row_id, width)

    def heading(self, y: int, width: int) -> list[Run]:
        """Line `y` of the heading."""
        raise NotImplementedError

    # ---------------------------------------------------------------- what rows there are

    @property
    def current(self) -> str | None:
        """The id under the cursor."""
        return self.ids[self.cursor] if self.ids else None

    @property
    def above(self) -> int:
        """Rows out of sight above."""
        return round(self.scroll_y)

    def show(self, ids: Sequence[str], *, from_top: bool = False) -> None:
        """Show these rows, holding the user's place; `from_top` gives it up (the user asked for other rows)."""
        at_rest = not self.has_focus and self.cursor == 0 and self.above == 0
        before, cursor, top = self.ids, self.cursor, self.above
        self.ids = ids
        if from_top or at_rest or not before:
            self.cursor, top = 0, 0
        else:
            self.cursor = _place_of(before, cursor, ids)
            in_sight = top <= cursor < top + self._rows_in_view
            top = self.cursor - (cursor - top) if in_sight else _place_of(before, top, ids)
        self._scroll_top_to(top)
        self.repaint()

    def grow(self) -> None:
        """More rows have come to the list that is shown, below those in view: these stay as they are drawn."""
        self._be_long(self.HEAD + len(self.ids))

    def _scroll_top_to(self, top: int) -> None:
        """Make `top` the first row in view. Where too few rows follow, blank lines do: the rows in view stay put."""
        top = max(0, top)
        self._be_long(self.HEAD + max(len(self.ids), top + self._rows_in_view if top else 0))
        self.scroll_to(y=top, animate=False, force=True)  # the scroll bar that allows it comes with the next layout

    def _be_long(self, lines: int) -> None:
        """Have so many lines to scroll through. The whole screen is laid out anew, which takes 17 ms, only where this
        widget's own height hangs on it, or whether there is a scroll bar."""
        size, height = Size(0, lines), self.styles.height
        has_bar = lines > self.scrollable_content_region.height or self.styles.overflow_y == "scroll"
        if (height is not None and height.is_auto) or has_bar != self.show_vertical_scrollbar:
            self.virtual_size = size
            return
        self.set_reactive(Widget.virtual_size, size)
        if has_bar:
            self.vertical_scrollbar.window_virtual_size = lines

    def repaint(self) -> None:
        """Draw every visible row anew: what they tell may have changed."""
        self._strips.clear()
        self.refresh()

    @property
    def _rows_in_view(self) -> int:
        return max(1, self.scrollable_content_region.height - self.HEAD)

    # ---------------------------------------------------------------- drawing

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y < self.HEAD:
            return self._strip(self.heading(y, width), width)
        index = self.above + y - self.HEAD
        if not self.ids:
            return self._empty_line(y - self.HEAD, width)
        if index >= len(self.ids):
            return Strip.blank(width, self._style())
        at_cursor, on_top = index == self.cursor, y == self.HEAD
        key = (self.ids[index], width, at_cursor, at_cursor and self.has_focus, on_top)
        if (strip := self._strips.get(key)) is None:
            runs = self.top_runs if on_top else self.runs
            strip = self._strip(runs(self.ids[index], width), width, at_cursor=at_cursor)
            self._strips[key] = strip
        return strip

    def _empty_line(self, y: int, width: int) -> Strip:
        room = (self.empty, width, self._rows_in_view)
        if self._said[0] != room:
            self._said = room, self._empty_lines(width)
        lines = self._said[1]
        return self._strip(lines[y - 1] if 0 < y <= len(lines) else [], width)

    def _empty_lines(self, width: int) -> list[list[Run]]:
        if isinstance(self.empty, Situation):
            return laid_out(self.empty, self.context.key, width, self._rows_in_view - 1)
        return [[(f"  {part}", "muted")] for part in textwrap.wrap(self.empty, max(10, width - 4))]

    def _strip(self, runs: Sequence[Run], width: int, *, at_cursor: bool = False) -> Strip:
        under = () if not at_cursor else ("cursor",) if self.has_focus else ("cursor-blurred",)
        segments = [Segment(text, self._style(*under, *([name] if name else []))) for text, name in runs]
        return Strip(segments).adjust_cell_length(width, self._style(*under))

    def _style(self, *names: str) -> Style:
        if (style := self._rich_styles.get(names)) is None:
            parts = [f"line--{name}" for name in names if name not in self.STYLES]
            told = [Painted.parse(self.STYLES[name], self.app.theme_variables) for name in names if name in self.STYLES]
            style = sum(told, self.get_visual_style(*parts)).rich_style
            # Textual leaves `reverse` out of it. What is reversed within a row that is stands out by being so twice.
            reversed_ = [self.get_component_styles(part).text_style.reverse for part in parts]
            is_reversed = sum(map(bool, [*reversed_, *(each.reverse for each in told)])) % 2 == 1
            style += Style(reverse=is_reversed)
            if is_reversed and len(names) > 1:  # one bar in one colour, where each word's would make a patchwork
                style += Style(color=self._style(names[0]).color)
            self._rich_styles[names] = style
        return style

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._rich_styles.clear()
        self._strips.clear()

    # ---------------------------------------------------------------- moving

    def move_to(self, index: int) -> None:
        """Put the cursor on a row and bring it into view."""
        index = min(max(index, 0), len(self.ids) - 1)
        if index < 0:
            return
        left, self.cursor = self.current, index
        self._bring_into_view()
        self.refresh()
        if self.ids[index] != left:
            self.post_message(self.Moved(self, self.ids[index], left))

    def _bring_into_view(self) -> None:
        top = min(self.above, self.cursor)
        self._scroll_top_to(max(top, self.cursor - self._rows_in_view + 1))

    def action_move(self, by: int) -> None:
        self.move_to(self.cursor + by)

    def action_page(self, by: int) -> None:
        self.move_to(self.cursor + by * max(1, self._rows_in_view - 1))

    def action_edge(self, index: int) -> None:
        self.move_to(index if index >= 0 else len(self.ids) + index)

    def action_choose(self) -> None:
        if self.current is not None:
            self.post_message(self.Chosen(self, self.current))

    def on_click(self, event: events.Click) -> None:
        index = self.above + event.y - self.HEAD
        if event.y >= self.HEAD and index < len(self.ids):
            elsewhere = self.point(event.x) or index != self.cursor
            self.move_to(index)
            # The second click of a double click may come to a list that the first has opened: it means nothing there.
            opens = not elsewhere if event.chain == 1 else self._opens_next
            self._opens_next = not opens and event.chain == 1
            if opens:
                self.action_choose()

    def point(self, x: int) -> bool:  # noqa: ARG002  # what has columns looks where
        """The mouse was pressed in column `x` of a row. Is the cursor in another column now?"""
        return False

    def on_resize(self) -> None:
        if self.ids:
            self._bring_into_view()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()


def _place_of(before: Sequence[str], index: int, after: Sequence[str]) -> int:
    """Where the row `before[index]` is now; for a row that has gone, the next that is still there, else the last."""
    if index < len(after) and after[index] == before[index]:
        return index
    there = set(after)
    kept = next((row_id for row_id in before[index:] if row_id in there), None)
    return after.index(kept) if kept is not None else max(0, len(after) - 1)
