"""The classifier: transparent rules that say who did what to whom, where, and whether it happened. Pure, but for
reading packaged rule data and the packs that it is given.

    text (tokens) ─▶ gazetteer, terms (names) ─▶ pattern, pack (rules) ─▶ modality (status) ─▶ classify (flags)
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from tensionwatch.errors import Problem, RuleError
from tensionwatch.rules.classify import Explanation, Finding, Rules, fingerprint
from tensionwatch.rules.gazetteer import load as load_gazetteer
from tensionwatch.rules.pack import compile_pack

__all__ = ["Explanation", "Finding", "Rules", "load_rules"]

BUILT_IN = "en.toml"


def load_rules(packs: Sequence[Path] = ()) -> Rules:
    """The built-in rules with the packs laid over them: a rule of the same id replaces the built-in one.

    Raises RuleError with every problem found."""
    problems: list[Problem] = []
    text = (files("tensionwatch.rules") / "data" / BUILT_IN).read_text("utf-8")
    built_in, found = compile_pack(text, BUILT_IN)
    problems += found
    texts, merged = [text], {built_in.language: built_in} if built_in is not None else {}
    for path in packs:
        own = _read(path, problems)
        if own is None:
            continue
        pack, found = compile_pack(own, str(path), built_in.words if built_in is not None else None)
        problems += found
        texts.append(own)
        if pack is not None:
            base = merged.get(pack.language)
            merged[pack.language] = pack if base is None else base.overlaid(pack)
    if problems:
        raise RuleError(problems)
    return Rules(merged.values(), load_gazetteer(), fingerprint(texts))


def _read(path: Path, problems: list[Problem]) -> str | None:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        problems.append(Problem(str(path), "", f"cannot be read: {reason}"))
        return None
