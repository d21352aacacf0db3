"""Write tensionwatch/keytable.py: every action of the screen that a key can be given to. Run it when a binding changes;
a test says so where it was forgotten."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from textual.binding import Binding
from textual.dom import DOMNode

import tensionwatch.tui
from tensionwatch.keys import scope

FILE = Path(tensionwatch.__file__).with_name("keytable.py")
HEAD = '''"""Every action of the screen, its keys, and what it does. Written by docs/keys.py, from the bindings."""

ACTIONS: tuple[tuple[str, str, str], ...] = (
'''


def bindings() -> Iterator[Binding]:
    """Those of every class of the screen, in the order of their modules and lines."""
    for module in sorted(info.name for info in pkgutil.walk_packages(tensionwatch.tui.__path__, "tensionwatch.tui.")):
        for _, node in inspect.getmembers(import_module(module), inspect.isclass):
            if node.__module__ == module and issubclass(node, DOMNode):
                yield from (each for each in node.__dict__.get("BINDINGS", ()) if isinstance(each, Binding))


def actions() -> list[tuple[str, str, str]]:
    """(id, keys as Textual calls them, what it does); by the first half of the id, those of the application first."""
    found = [
        (each.id or "", " ".join(key.key for key in Binding.make_bindings([each])), each.description)
        for each in bindings()
    ]
    first = list(dict.fromkeys(scope(id) for id, _, _ in found))
    return sorted(found, key=lambda action: first.index(scope(action[0])))


def text() -> str:
    rows = (f'    ("{id}", "{keys}", "{does}"),\n' for id, keys, does in actions())
    return f"{HEAD}{''.join(rows)})\n"


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
