"""The classifier: transparent rules that say who did what to whom, where, and whether it happened. Pure, but for
reading packaged rule data and the packs that it is given.

    text (tokens) ─▶ gazetteer, terms (names) ─▶ pattern, pack (rules) ─▶ modality (status) ─▶ classify (flags)
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tensionwatch.errors import Problem, RuleError
from tensionwatch.rules.atlas import packaged_text
from tensionwatch.rules.classify import Explanation, Finding, Rules, fingerprint
from tensionwatch.rules.gazetteer import gazetteer_texts
from tensionwatch.rules.gazetteer import load as load_gazetteer
from tensionwatch.rules.pack import Pack, compile_pack

__all__ = ["Explanation", "Finding", "Rules", "load_rules"]

BUILT_IN = ("en", "en_visits", "en_incidents", "en_others")
"""Packaged packs, each laid over the ones before it."""


def load_rules(packs: Sequence[Path] = ()) -> Rules:
    """The built-in rules with the packs laid over them: a rule of the same id replaces the built-in one.

    Raises RuleError with every problem found."""
    with _no_collection():
        return _load(packs)


@contextmanager
def _no_collection() -> Iterator[None]:
    """What is loaded stays: to look for garbage among it again and again takes 90 of 280 ms."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _load(packs: Sequence[Path]) -> Rules:
    problems: list[Problem] = []
    texts = {f"{name}.toml": packaged_text(name) for name in BUILT_IN}
    texts |= {str(path): text for path in packs if (text := _read(path, problems)) is not None}
    merged: dict[str, Pack] = {}
    for file, text in texts.items():
        pack, found = compile_pack(text, file, merged["en"].words if merged else None)
        problems += found
        if pack is not None:
            base = merged.get(pack.language)
            merged[pack.language] = pack if base is None else base.overlaid(pack)
    if problems:
        raise RuleError(problems)
    return Rules(merged.values(), load_gazetteer(), fingerprint([*texts.values(), *gazetteer_texts()]))


def _read(path: Path, problems: list[Problem]) -> str | None:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        problems.append(Problem(str(path), "", f"cannot be read: {reason}"))
        return None
