"""The rules as the ingest process holds them: read from the user's packs, and read again when it is asked to.

A pack that cannot be used when it is read again serves as it was before. The rules are made when they are first
needed: of a reload that brings nothing new they would be more than a third of the work.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tensionwatch.errors import Problem
from tensionwatch.feeds import prepared
from tensionwatch.model import Flag
from tensionwatch.reread import Classified, RulesInForce, Text
from tensionwatch.rules.files import read_packs
from tensionwatch.rules.version import version_of
from tensionwatch.sanitise import visible

if TYPE_CHECKING:
    from tensionwatch.rules.load import LoadedRules


class Rulebook:
    def __init__(
        self, packs: Sequence[str], texts: Mapping[str, str] | None = None, *, cache: Path | None = None
    ) -> None:
        """The packs as they are on disk, or as `texts` has them. `cache` is a folder for what takes long to make."""
        self._packs = packs
        self._cache = cache
        self._unread: list[Problem] = []
        if texts is None:
            texts, self._unread = read_packs(map(Path, packs))
        self._own = dict(texts)
        """As they were read; `_in_force` may leave some out."""

    @property
    def is_loaded(self) -> bool:
        return "_in_force" in self.__dict__

    def load(self) -> None:
        """Make the rules, unless they are made."""
        self._in_force  # noqa: B018  makes them

    @property
    def version(self) -> str:
        """Of the rules in force; told without making them."""
        return self._in_force[0].version if self.is_loaded else version_of(self._own)

    @property
    def texts(self) -> dict[str, str]:
        """Of the packs in force, by path."""
        return self._in_force[1]

    @property
    def _rules(self) -> LoadedRules:
        return self._in_force[0]

    @cached_property
    def _in_force(self) -> tuple[LoadedRules, dict[str, str]]:
        return self._made(self._own, self._unread, {})

    def _made(
        self, own: Mapping[str, str], unread: Sequence[Problem], before: Mapping[str, str]
    ) -> tuple[LoadedRules, dict[str, str]]:
        from tensionwatch.rules.load import rebuild_rules

        rules, texts = rebuild_rules(own, unread, before, self._packs)
        if self._cache is not None:
            rules.prepare(prepared.load(self._cache, rules.version) or _make(rules, self._cache))
            prepared.give_back()
        return rules, texts

    def reload(self, texts: Mapping[str, str] | None = None) -> None:
        """Read the packs again, or take these texts of them, by path."""
        unread: list[Problem] = []
        if texts is None:
            texts, unread = read_packs(map(Path, self._packs))
        self._in_force = self._made(texts, unread, self.texts)

    def in_force(self) -> RulesInForce:
        rules = self._rules
        return RulesInForce(
            version=rules.version,
            count=len(rules.rules),
            languages=tuple(sorted(rules.languages)),
            problems=tuple(visible(str(problem)) for problem in rules.problems),
            kept=tuple(file for file in rules.unusable if file in self.texts),
        )

    def flags(self, title: str, summary: str, lang: str, published: datetime | None) -> tuple[Flag, ...]:
        return self._rules.classify(title, summary, lang=lang, published=published)

    def classify(self, texts: Sequence[Text]) -> Classified:
        return Classified(rules_version=self.version, found=tuple(map(self._found, texts)))

    def _found(self, text: Text) -> tuple[Flag, ...] | str:
        try:
            return self.flags(text.title, text.summary, text.lang, text.published)
        except Exception as error:  # noqa: BLE001  a bug that one text brings out must not cost the others theirs
            traceback.print_exc()
            return f"a fault in this program: {type(error).__name__}: {visible(str(error))[:200]}"


def _make(rules: LoadedRules, folder: Path) -> dict[str, bytes]:
    """What takes long to make of them, kept for the next start."""
    with prepared.alone(folder):
        made = prepared.load(folder, rules.version)  # by another process meanwhile
        if made is None:
            made = rules.prepared()
            prepared.save(folder, rules.version, made)
    return made
