"""A line to type in."""

from __future__ import annotations

from textual.widgets import Input

from tensionwatch.sanitise import visible


class TypedLine(Input):
    """Textual's Input draws what is pasted as it came, escape sequences too; here nothing gets in that may not reach
    a terminal."""

    def validate_value(self, value: str) -> str:
        return visible(value)
