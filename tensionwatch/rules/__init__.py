"""The classifier: transparent rules that say who did what to whom, where, and whether it happened. Pure, but for
reading packaged rule data and the packs that it is given.

    text (tokens) ─▶ gazetteer, terms (names) ─▶ pattern, pack, load (rules) ─▶ modality (status) ─▶ classify (flags)

What is named here is imported when it is first asked for: the screen's process, which asks for names of places alone
(`rules.atlas`), starts 80 ms sooner without the rest.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tensionwatch.rules.classify import Explanation, Finding, Rules
    from tensionwatch.rules.files import load_rules, read_packs
    from tensionwatch.rules.load import LoadedRules, build_rules, rebuild_rules

__all__ = ["Explanation", "Finding", "LoadedRules", "Rules", "build_rules", "load_rules", "read_packs", "rebuild_rules"]

_HOMES: Final = {
    "Explanation": "classify",
    "Finding": "classify",
    "Rules": "classify",
    "LoadedRules": "load",
    "build_rules": "load",
    "rebuild_rules": "load",
    "load_rules": "files",
    "read_packs": "files",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
