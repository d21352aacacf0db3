"""`[keys]`: which key does what. Each action by its id, each key by its name; none where two would meet.

[keys]
"watch.index" = "i"
"app.quit" = ["q", "ctrl+q"]
"reader.doubt" = ""              # or false: it has no key, and stays in the command palette
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tensionwatch.config_values import BAD, Spot, Wrong, shown
from tensionwatch.keys import KNOWN, PLACES, SENT_FOR, Keymap, normal, scope, written

NEAR = 3
"""Ids that are named where one is unknown."""
FREE = 12
"""Keys that are named where one is taken."""
_ALLOWED = 'such as "i", "?", "ctrl+r", "f5", "enter"; "" takes the key away'
_PALETTE = "ctrl+p"

Keys = dict[str, tuple[str, ...]]


def read_keys(table: object, spot: Spot) -> Keys:
    """Keys by the id of their action, as Textual calls them; what is wrong is told to the document."""
    if not isinstance(table, dict):
        spot.tell(Wrong("not a table", "one table that begins with [keys]"))
        return {}
    found, spots = {}, {}
    for action, value, there in _settings(table, spot):
        if action not in KNOWN:
            there.tell(_unknown(action))
        elif (keys := there.read(_keys, value)) is not BAD:
            found[action], spots[action] = keys, there
    for action in found:
        if (wrong := _clash(action, Keymap(found))) is not None:
            spots[action].tell(wrong)
    return found


def _settings(table: dict[str, Any], spot: Spot, before: str = "") -> Iterator[tuple[str, object, Spot]]:
    """`watch.index = "i"` without quotes is a table within the table, and means the same."""
    for name, value in table.items():
        if isinstance(value, dict) and not before:
            yield from _settings(value, spot.key(name), f"{name}.")
        else:
            yield f"{before}{name}", value, spot.key(name)


def _unknown(action: str) -> Wrong:
    from difflib import get_close_matches  # only a file with a problem pays for it

    half = action.rpartition(".")[2]  # easier remembered than where it works
    near = [
        *(id for id in KNOWN if id.partition(".")[2] == half),
        *get_close_matches(action, KNOWN, n=NEAR, cutoff=0.5),
    ]
    near = list(dict.fromkeys(near))[:NEAR]
    listed = "'tensionwatch keys' lists all"
    return Wrong("unknown action", f"such as {', '.join(near)}; {listed}" if near else listed, near[0] if near else "")


def _keys(value: object, _: Spot) -> tuple[str, ...]:
    if value is False or value == "" or value == []:
        return ()
    keys: list[Any] = value if isinstance(value, list) else [value]
    if any(not isinstance(key, str) for key in keys):
        raise Wrong(f"not a key: {shown(value)}", f"a key or a list of keys, {_ALLOWED}")
    return tuple(dict.fromkeys(_key(key) for key in keys))


def _key(text: str) -> str:
    key = normal(text)
    if key is None:
        capital = text.rpartition("+")[2].upper() if text.lower().startswith("shift+") and len(text) == 7 else ""
        raise Wrong(f"no key is called {shown(text)}", f"a key {_ALLOWED}", capital)
    if key in SENT_FOR:
        raise Wrong(f"a terminal sends {SENT_FOR[key]} for {key}", f"another key, or {SENT_FOR[key]} itself")
    if key == _PALETTE:
        raise Wrong(f"{key} opens the command palette everywhere", "another key")
    return key


def _clash(action: str, keymap: Keymap) -> Wrong | None:
    """Another action that a key of this one does too, where both are at work. What meets as shipped may: `r` polls
    one feed on Feeds, and all elsewhere."""
    for screen, scopes in PLACES:
        if scope(action) not in scopes:
            continue
        others = [id for id in KNOWN if scope(id) in scopes and id != action]
        for key in keymap.of(action):
            for other in others:
                as_shipped = key in KNOWN[action].keys and key in KNOWN[other].keys
                if key in keymap.of(other) and not as_shipped:
                    what = f"{written(key)!r} does {other} ({KNOWN[other].does}) on the screen {screen}"
                    return Wrong(what, f"a key that is free there: {_free(scopes, keymap)}")
    return None


def _free(scopes: tuple[str, ...], keymap: Keymap) -> str:
    taken = {key for id in KNOWN if scope(id) in scopes for key in keymap.of(id)}
    letters = [letter for low in "abcdefghijklmnopqrstuvwxyz" for letter in (low, low.upper())]
    free = [letter for letter in letters if letter not in taken]
    return ", ".join(free[:FREE])
