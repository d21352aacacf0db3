"""How the keys of a screen are called."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen


def called(screen: Screen[Any], action: str) -> str:
    """The key in force of an action, by its id (`app.feeds`); empty where it does nothing on this screen."""
    there = (active.binding for active in screen.active_bindings.values() if active.enabled)
    return next((screen.app.get_key_display(binding) for binding in there if binding.id == action), "")
