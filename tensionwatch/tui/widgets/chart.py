"""A chart of one or two series, and a grid of small ones. What is plotted is kept until its numbers change: a cursor
that moves costs no plot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from functools import cache
from typing import NamedTuple

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tensionwatch.charting import (
    LEAST_HEIGHT,
    MARGIN,
    Drawn,
    Panel,
    Run,
    labels,
    lines,
    plot,
    stretch_at,
    ticks,
    tile_words,
)
from tensionwatch.series import Series, Span
from tensionwatch.tui.cells import cut, fit, wrap
from tensionwatch.tui.context import Context
from tensionwatch.tui.situation import Situation, laid_out

TILE_WIDTH, TILE_HEIGHT = 38, 7
"""Cells and lines that a small chart has at least."""
TILE_GAP = 2
LEAST_WIDTH = 20
"""Cells of anything that is drawn."""
PLOTS = 32
"""Charts that are kept as they were plotted: to go up and down the list, or along the spans, plots each once."""
KEPT = 200
"""Small charts that are kept as they were plotted."""

_STYLES = {
    "incident": "$tw-incident", "visit": "$tw-visit", "other": "$tw-other", "muted": "$tw-muted", "accent": "$accent",
    "strong": "bold", "heading": "bold", "warn": "$warning", "bad": "$error", "cursor": "on $tw-cursor",
}  # fmt: skip


class Shown(NamedTuple):
    """What a chart is drawn of."""

    panels: tuple[Panel, ...]
    series: Series
    """For its axis of time."""
    span: Span
    zone: tzinfo | None


class Chart(Static):
    """Whoever shows something in it draws it anew on `Resized`: how many panels fit is to be chosen first."""

    ALLOW_SELECT = False

    class Picked(Message):
        """The mouse was pressed on a stretch."""

        def __init__(self, stretch: int) -> None:
            self.stretch = stretch
            super().__init__()

    class Resized(Message):
        """It has another size, or is there at last, and what it is to show is not drawn yet."""

    def __init__(self, context: Context, *, id: str) -> None:
        super().__init__(id=id)
        self._key_of = context.key
        self._plain = context.ascii
        self._shown: Shown | None = None
        self._words: str | Situation = ""
        self._cursor: int | None = None
        self._plots: dict[tuple[object, ...], list[Drawn]] = {}

    def show(self, shown: Shown, cursor: int | None) -> None:
        """Draw these; the cells of the stretch under the cursor are marked."""
        self._shown, self._cursor, self._words = shown, cursor, ""
        self._draw()

    def say(self, words: str | Situation) -> None:
        """Words in place of a chart."""
        self._shown, self._words = None, words
        self._draw()

    def on_resize(self) -> None:
        if self._words:
            self._draw()
        else:
            self.post_message(self.Resized())

    def _draw(self) -> None:
        width, height = self.size
        if isinstance(self._words, Situation):
            said = laid_out(self._words, self._key_of, width, height - 1)
            self.update(content([("\n", ""), *(run for runs in said for run in (*runs, ("\n", "")))]), layout=False)
        elif self._words:
            self.update(Content("\n".join(["", *(f"  {part}" for part in wrap(self._words, width - 4))])), layout=False)
        if self._shown is None:
            return
        if width < LEAST_WIDTH or height < len(self._shown.panels) * LEAST_HEIGHT:
            self.update(Content(""), layout=False)  # no room for a chart: what stands around it tells the numbers
            return
        shown = self._shown
        key = (shown.panels, shown.span, width, height)
        if key not in self._plots:
            if len(self._plots) >= PLOTS:
                self._plots.clear()
            self._plots[key] = plot(shown.panels, shown.span.step, width, height, plain=self._plain)
        drawn = lines(
            self._plots[key], shown.series, shown.span, shown.zone, width, cursor=self._cursor, plain=self._plain
        )  # fmt: skip
        self.update(Content("\n").join(map(content, drawn)), layout=False)

    def on_click(self, event: events.Click) -> None:
        if self._shown is None:
            return
        stretch = stretch_at(event.x, self._shown.series, self.size.width)
        if stretch is not None:
            self.post_message(self.Picked(stretch))


def content(runs: Sequence[Run]) -> Content:
    """The pieces, their styles as the theme has them: put together at once, which for a grid takes a tenth of the time
    that line by line does."""
    return Content.assemble(*((text, _style(names)) for text, names in runs if text))


@cache
def _style(names: str) -> str:
    return " ".join(_STYLES[name] for name in names.split())


# ------------------------------------------------------------------ small multiples


class Tile(NamedTuple):
    id: str
    name: str
    panel: Panel


class Grid(Static):
    """A small chart of each, all of one measure and on one axis of time; each to its own scale, which it says. Whoever
    shows them does so anew on `Resized`."""

    ALLOW_SELECT = False

    class Resized(Message):
        """It has another size, or is there again."""

    class Picked(Message):
        """The mouse was pressed on the chart of this id."""

        def __init__(self, tile: str) -> None:
            self.tile = tile
            super().__init__()

    def __init__(self, *, id: str, plain: bool = False) -> None:
        super().__init__(id=id)
        self._plain = plain
        self._shown: Shown | None = None
        self._number = 0
        self._tile_of: Callable[[int], Tile] | None = None
        self._seen: list[Tile] = []
        self._at = 0
        self._first = 0
        self._high = TILE_HEIGHT
        self._kept: dict[tuple[object, ...], list[list[Run]]] = {}

    @property
    def columns(self) -> int:
        return max(1, (self.size.width + TILE_GAP) // (TILE_WIDTH + TILE_GAP))

    @property
    def tile_width(self) -> int:
        return (self.size.width + TILE_GAP) // self.columns - TILE_GAP

    @property
    def rows(self) -> int:
        """Of tiles, in view."""
        return max(1, (self.size.height - 1) // TILE_HEIGHT)

    def show(self, shown: Shown, number: int, at: int, tile_of: Callable[[int], Tile]) -> None:
        """`shown` for the axis; of so many charts those in view are asked for. The one at `at` is marked, and in
        view."""
        self._shown, self._number, self._at, self._tile_of = shown, number, at, tile_of
        self._draw()

    def on_resize(self) -> None:
        self.post_message(self.Resized())

    def _draw(self) -> None:
        if (
            self._shown is None
            or self._tile_of is None
            or self.size.width < LEAST_WIDTH
            or self.size.height < TILE_HEIGHT
        ):
            return
        row = self._at // self.columns
        all_rows = max(1, -(-self._number // self.columns))
        last_first = max(0, all_rows - self.rows)
        self._first = min(max(self._first, row - self.rows + 1), row, last_first)
        high = self._high = max(TILE_HEIGHT, (self.size.height - 1) // min(self.rows, all_rows))
        begin = self._first * self.columns
        numbers = range(begin, min(begin + self.rows * self.columns, self._number))
        seen = self._seen = list(map(self._tile_of, numbers))
        drawn = [self._tile(tile, number, high) for tile, number in zip(seen, numbers, strict=True)]
        whole: list[Run] = []
        for start in range(0, len(drawn), self.columns):
            beside = drawn[start : start + self.columns]
            for each in zip(*beside, strict=True):
                for place, runs in enumerate(each):
                    whole += [(" " * TILE_GAP, ""), *runs] if place else runs
                whole.append(("\n", ""))
        self.update(content([*whole, *self._axis(min(self.columns, len(seen)))]), layout=False)

    def _tile(self, tile: Tile, number: int, high: int) -> list[list[Run]]:
        assert self._shown is not None  # noqa: S101  # `_draw` has looked
        shown, width = self._shown, self.tile_width
        key = (tile, number == self._at, width, high, shown.series.edges)
        if key not in self._kept:
            if len(self._kept) > KEPT:
                self._kept.clear()
            (drawn,) = plot([tile.panel], shown.span.step, width, high, plain=self._plain)
            parts = list(lines([drawn], shown.series, shown.span, shown.zone, width, plain=self._plain))[1:-1]
            head = self._head(tile, picked=number == self._at)
            self._kept[key] = [head, *parts, *[[(" " * width, "")]] * (high - 1 - len(parts))]
        return self._kept[key]

    def _head(self, tile: Tile, *, picked: bool) -> list[Run]:
        width, said = self.tile_width, tile_words(tile.panel)
        name = cut(tile.name, width - cell_len(said) - 4)
        mark = ("> " if self._plain else "▸ ") if picked else "  "
        told = fit(f"  {said}", width - 2 - cell_len(name))
        return [(mark, "accent"), (name, "strong accent cursor" if picked else "strong"), (told, "muted")]

    def _axis(self, columns: int) -> list[Run]:
        assert self._shown is not None  # noqa: S101  # `_draw` has looked
        shown, room = self._shown, self.tile_width - MARGIN
        said = labels(ticks(shown.series, shown.span, shown.zone, room), room)
        return [((" " * TILE_GAP).join([" " * MARGIN + fit(said, room)] * columns), "muted")]

    def on_click(self, event: events.Click) -> None:
        column, row = event.x // (self.tile_width + TILE_GAP), event.y // self._high
        number = row * self.columns + column
        if column < self.columns and number < len(self._seen):
            self.post_message(self.Picked(self._seen[number].id))
