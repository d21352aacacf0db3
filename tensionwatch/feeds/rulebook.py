"""The rules as the ingest process holds them: read from the user's packs, and read again when it is asked to.

A pack that cannot be used when it is read again serves as it was before.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from tensionwatch.errors import Problem
from tensionwatch.model import Flag
from tensionwatch.reread import Classified, RulesInForce, Text
from tensionwatch.rules import read_packs, rebuild_rules
from tensionwatch.sanitise import visible


class Rulebook:
    def __init__(self, packs: Sequence[str], texts: Mapping[str, str] | None = None) -> None:
        """The packs as they are on disk, or as `texts` has them."""
        self._packs = packs
        unread: list[Problem] = []
        if texts is None:
            texts, unread = read_packs(map(Path, packs))
        self._rules, self.texts = rebuild_rules(texts, unread, {}, packs)

    @property
    def version(self) -> str:
        return self._rules.version

    def reload(self) -> None:
        texts, unread = read_packs(map(Path, self._packs))
        self._rules, self.texts = rebuild_rules(texts, unread, self.texts, self._packs)

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
