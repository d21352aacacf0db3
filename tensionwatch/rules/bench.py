"""Every rule against its own examples: what it must see, and what it must leave alone. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tensionwatch.model import Record
from tensionwatch.rules.classify import Rules
from tensionwatch.rules.pack import Rule


class Failure(Record, frozen=True, kw_only=True):
    rule: str
    text: str
    why: str

    def __str__(self) -> str:
        return f"rule {self.rule}: {self.why}: '{self.text}'"


def failures(rules: Rules, chosen: Iterable[Rule] | None = None) -> Iterator[Failure]:
    """The examples that a rule misses and the counter examples that it flags; of all rules, or of those chosen."""
    for rule in rules.rules if chosen is None else chosen:
        for text in rule.spec.examples:
            found = [f for f in rules.explain(text, lang=rule.language).findings if f.rule == rule.id]
            if not any(f.lost is None or f.lost.startswith(("told already", "too weak")) for f in found):
                reasons = sorted({f.lost for f in found if f.lost}) or ["no pattern matches"]
                yield Failure(rule=rule.id, text=text, why=f"misses its example ({'; '.join(reasons)})")
        for text in rule.spec.counter:
            if any(flag.rule == rule.id for flag in rules.classify(text, "", lang=rule.language)):
                yield Failure(rule=rule.id, text=text, why="flags its counter example")
