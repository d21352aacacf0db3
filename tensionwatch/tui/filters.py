"""The last step before painting: Textual passes every line of every widget through these."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tensionwatch.tui.ascii import plain


class Ascii(LineFilter):
    """Nothing but ASCII reaches the terminal: scroll bars, borders and titles of strangers too."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002  # Textual's signature
        return [
            segment if segment.text.isascii() else Segment(plain(segment.text), segment.style, segment.control)
            for segment in segments
        ]
