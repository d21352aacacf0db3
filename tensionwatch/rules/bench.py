"""Every rule against its own examples: what it must see, and what it must leave alone. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from tensionwatch.model import Record
from tensionwatch.rules.classify import Rules


class Failure(Record, frozen=True, kw_only=True):
    rule: str
    text: str
    why: str

    def __str__(self) -> str:
        return f"rule {self.rule}: {self.why}: '{self.text}'"


def failures(rules: Rules) -> Iterator[Failure]:
    """The examples that a rule misses and the counter examples that it flags."""
    for rule in rules.rules:
        for text in rule.spec.examples:
            found = [f for f in rules.explain(text).findings if f.rule == rule.id]
            if not any(f.lost is None or f.lost.startswith(("told already", "too weak")) for f in found):
                reasons = sorted({f.lost for f in found if f.lost}) or ["no pattern matches"]
                yield Failure(rule=rule.id, text=text, why=f"misses its example ({'; '.join(reasons)})")
        for text in rule.spec.counter:
            if any(flag.rule == rule.id for flag in rules.classify(text, "")):
                yield Failure(rule=rule.id, text=text, why="flags its counter example")
