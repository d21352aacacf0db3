"""`tensionwatch keys`: every key of the screen as it is in force, to read or to paste into a configuration."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from tensionwatch.commands.starting import json_line, load_config
from tensionwatch.keys import KNOWN, Action, Keymap, scope, screens_of, shown, written

EVERYWHERE, LISTS = "Everywhere", "In lists"


def run(args: argparse.Namespace) -> int:
    keymap = Keymap(load_config(args)[0].keys)
    lines = _objects(keymap) if args.json else _toml(keymap) if args.toml else _table(keymap)
    print("\n".join(lines))
    return 0


def _objects(keymap: Keymap) -> Iterator[str]:
    for action in KNOWN.values():
        yield json_line(
            {
                "id": action.id,
                "keys": [written(key) for key in keymap.of(action.id)],
                "shipped": [written(key) for key in action.keys],
                "does": action.does,
                "screens": list(screens_of(action.id)),
            }
        )


def _table(keymap: Keymap) -> Iterator[str]:
    """Below the place where they work, keys that are the user's own with a mark."""
    keys = {id: " ".join(map(shown, keymap.of(id))) or "none" for id in KNOWN}
    sizes = max(map(len, keys.values())), max(map(len, KNOWN))
    heading = ""
    for action in KNOWN.values():
        if (place := _place(action)) != heading:
            yield f"\n{place}" if heading else place
            heading = place
        own = "*" if action.id in keymap.changed else " "
        yield f"{own} {keys[action.id]:<{sizes[0]}}  {action.id:<{sizes[1]}}  {action.does}"
    if keymap.changed:
        yield "\n* from [keys] of the configuration"


def _place(action: Action) -> str:
    """`Everywhere`, `In lists`, or the screens."""
    if scope(action.id) in ("app", "list"):
        return EVERYWHERE if scope(action.id) == "app" else LISTS
    return ", ".join(screens_of(action.id))


def _toml(keymap: Keymap) -> Iterator[str]:
    """The whole table, in force as it stands."""
    yield "[keys]"
    for action in KNOWN.values():
        keys = [_quoted(written(key)) for key in keymap.of(action.id)]
        value = keys[0] if len(keys) == 1 else f"[{', '.join(keys)}]" if keys else '""'
        yield f"{_quoted(action.id)} = {value}  # {action.does}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
