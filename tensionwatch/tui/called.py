"""How keys are called in texts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from textual.binding import Binding
from textual.screen import Screen


def called(screen: Screen[Any], action: str) -> str:
    """The key of an action of this screen or of the program, by its id (`app.feeds`); empty where there is none.
    Whatever has the focus: a line to type in takes letters for itself, which will be keys again when one is out of it.
    """
    for binding in (*screen.BINDINGS, *screen.app.BINDINGS):
        if isinstance(binding, Binding) and binding.id == action:
            return screen.app.get_key_display(replace(binding, key=binding.key.partition(",")[0]))
    return ""
