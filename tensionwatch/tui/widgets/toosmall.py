"""What covers a screen that has too little room: better than rows of which nothing can be read."""

from __future__ import annotations

from typing import Final

from textual.widgets import Static

LEAST: Final = (40, 10)
"""Cells in which a screen can be read; the style sheet shows this below them."""


class TooSmall(Static):
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__(id="too-small")

    def render(self) -> str:
        width, height = self.app.size
        return f"{width}×{height} cells are too few: {LEAST[0]}×{LEAST[1]} are the least."
