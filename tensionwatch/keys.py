"""Which key does what, and how keys are called. Pure: configuration and command line ask here, without the screen.

    keytable.ACTIONS   every action with its keys as shipped, written by docs/keys.py from the bindings of the screen
    PLACES             what is at work together: a list, the screen around it, what works everywhere
    [keys] in the TOML ──config_keys──▶ Keymap.changed ──▶ Textual's keymap, and every text that names a key

Keys have the names that Textual gives them (`question_mark`, `ctrl+r`); `normal` makes one of what a user writes,
`shown` what a screen says.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from tensionwatch.keytable import ACTIONS

NAMED: Final = frozenset(
    "enter escape tab space backspace delete insert home end pageup pagedown up down left right".split()
    + [f"f{n}" for n in range(1, 25)]
)
"""Keys that are no character."""
MODIFIERS: Final = ("ctrl", "alt", "shift")
"""At most one of them stands before a key: terminals send few keys with two."""
SENT_FOR: Final = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+left_square_bracket": "escape"}
"""What a terminal sends for both."""
_CALLED = {
    "SOLIDUS": "slash", "REVERSE SOLIDUS": "backslash", "COMMERCIAL AT": "at", "HYPHEN-MINUS": "minus",
    "PLUS SIGN": "plus", "LOW LINE": "underscore", "SPACE": "space",
}  # fmt: skip
"""Characters that Textual calls otherwise than Unicode does."""
_SHOWN = {
    "up": "↑", "down": "↓", "left": "←", "right": "→", "backspace": "⌫", "escape": "esc", "enter": "⏎",
    "pagedown": "pgdn", "pageup": "pgup", "delete": "del",
}  # fmt: skip
_CHARACTERS = {
    _CALLED.get(name, name.lower().replace("-", "_").replace(" ", "_")): mark
    for mark in (chr(code) for code in range(0x21, 0x7F))
    if not mark.isalnum() and (name := unicodedata.name(mark))
}
"""`question_mark` → `?`, for all marks of ASCII."""
_NAMES = {mark: name for name, mark in _CHARACTERS.items()}
_NOWHERE = "nowhere:"
"""What begins the name of a key that nobody has."""

PLACES: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("Watch", ("regions", "list", "watch", "app")),
    ("Watch", ("events", "list", "watch", "app")),
    ("Articles", ("list", "articles", "app")),
    ("Reader", ("reader", "app")),
    ("Event", ("list", "event", "app")),
    ("Index", ("list", "index", "app")),
    ("Feeds", ("list", "feeds", "app")),
    ("Log", ("list", "log", "app")),
    ("Log", ("record", "log", "app")),
    ("Alerts", ("list", "alerts", "app")),
    ("Alerts", ("mutes", "list", "alerts", "app")),
    ("Trends", ("list", "trends", "app")),
    ("Trends", ("events", "list", "trends", "app")),
    ("Events", ("events", "list", "happened", "app")),
    ("Pairs", ("list", "pairs", "app")),
    ("Pair", ("events", "list", "pair", "app")),
    ("Help", ("help",)),
    ("Choice", ("choose",)),
    ("Filter line", ("filter",)),
    ("Name", ("name",)),
)
"""(screen, the first halves of the ids that are at work there, whoever is asked first standing first)."""


class Action(NamedTuple):
    id: str
    """`watch.index`: where it works, and what it does."""
    keys: tuple[str, ...]
    """As shipped."""
    does: str


KNOWN: Final[Mapping[str, Action]] = MappingProxyType(
    {id: Action(id, tuple(keys.split()), does) for id, keys, does in ACTIONS}
)


class Keymap:
    """The keys in force: those shipped, and the user's own in the place of these."""

    def __init__(self, changed: Mapping[str, tuple[str, ...]] | None = None, *, plain: bool = False) -> None:
        """`changed`: keys by the id of their action; none takes its keys away. `plain`: `enter` is not called `⏎`."""
        self.changed = dict(changed or {})
        self._plain = plain

    def of(self, action: str) -> tuple[str, ...]:
        """The keys of an action. KeyError where there is no such action."""
        return self.changed.get(action, KNOWN[action].keys)

    def shown(self, action: str) -> str:
        """How a text calls the first key of an action; empty where it has none."""
        return next(map(self.called, self.of(action)), "")

    def called(self, key: str) -> str:
        """How texts call a key."""
        return shown(key, plain=self._plain)

    def says(self, text: str, *actions: str) -> str:
        """The text with the first keys of these actions in the place of its `{}`; empty where one of them has none, as
        nothing is to be promised then: `says(" · {} undoes", "app.undo")`."""
        keys = [self.shown(action) for action in actions]
        return text.format(*keys) if all(keys) else ""

    def for_textual(self) -> dict[str, str]:
        """What `App.set_keymap` takes. It reads no key as "unchanged": so what has none gets one that nobody has."""
        return {action: ",".join(keys) or f"{_NOWHERE}{action}" for action, keys in self.changed.items()}


def is_nowhere(key: str) -> bool:
    """Is it the name of a key that nobody has?"""
    return key.startswith(_NOWHERE)


def normal(key: str) -> str | None:
    """The name of what a user calls `?`, `question_mark`, `ctrl+r`, `F5`; None where there is no such key."""
    modifier, plus, base = key.partition("+") if len(key) > 1 else ("", "", key)
    if not plus:
        return _name(key)
    name = _name(base)
    if modifier not in MODIFIERS or name is None or (modifier == "shift" and name not in NAMED):
        return None  # for shift and a letter a terminal sends the capital
    return f"{modifier}+{name}"


def _name(base: str) -> str | None:
    """Of a key without a modifier."""
    if len(base) == 1:
        return base if base.isalnum() else "space" if base == " " else _NAMES.get(base)
    low = base.lower()
    return low if low in NAMED or low in _CHARACTERS else None


def shown(key: str, *, plain: bool = False) -> str:
    """`?`, `^r`, `⏎`, `esc`: a key as screens and lists call it; in ASCII where it is to be `plain`."""
    modifier, _, base = key.rpartition("+")
    said = (_SHOWN.get(base) if not plain or _SHOWN.get(base, "").isascii() else base) or _CHARACTERS.get(base) or base
    return f"^{said}" if modifier == "ctrl" else f"{modifier}+{said}" if modifier else said


def written(key: str) -> str:
    """A key as a user would write it: `?`, `ctrl+r`, `enter`."""
    modifier, _, base = key.rpartition("+")
    said = _CHARACTERS.get(base, base)
    return f"{modifier}+{said}" if modifier else said


def scope(action: str) -> str:
    """Where it works: `watch` of `watch.index`."""
    return action.partition(".")[0]


def screens_of(action: str) -> Iterator[str]:
    """The screens on which it is at work."""
    yield from dict.fromkeys(screen for screen, scopes in PLACES if scope(action) in scopes)
