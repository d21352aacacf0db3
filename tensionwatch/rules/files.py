"""Rule packs as files: what of them can be read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tensionwatch.errors import Problem

if TYPE_CHECKING:
    from tensionwatch.rules.load import LoadedRules


def load_rules(packs: Iterable[Path] = ()) -> LoadedRules:
    """The built-in rules with the packs laid over them: a rule of the same id replaces the built-in one.

    What cannot be used is left out, and told in `problems`."""
    from tensionwatch.rules.load import build_rules  # 80 ms: who reads packs alone need not wait for it

    return build_rules(*read_packs(packs))


def read_packs(packs: Iterable[Path]) -> tuple[dict[str, str], list[Problem]]:
    """The texts of those that can be read, by file, and why the others cannot."""
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for path in packs:
        try:
            texts[str(path)] = path.read_text("utf-8-sig")
        except (OSError, ValueError) as error:  # a path with a NUL is a ValueError, as is what is not UTF-8
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8" if path.is_file() else str(error)
            problems.append(Problem(str(path), "", f"cannot be read: {reason}"))
    return texts, problems
