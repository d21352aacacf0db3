"""`tensionwatch rules`: check a pack, list the rules in force, show one."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from tensionwatch.commands.common import packs_in_force, rules_in_force
from tensionwatch.commands.starting import say
from tensionwatch.errors import RuleError, TensionwatchError
from tensionwatch.rules import Rules, load_rules
from tensionwatch.rules.bench import failures
from tensionwatch.rules.pack import Rule
from tensionwatch.words import code_words, counted


class NoSuchRule(TensionwatchError):
    exit_code = 2


def run(args: argparse.Namespace) -> int:
    if args.action == "check":
        return _check((*packs_in_force(args), *([Path(args.pack)] if args.pack else [])))
    rules = rules_in_force(args)
    print("\n".join(_list(rules) if args.action == "list" else _show(rules, args.id)))
    return 0


def _check(packs: tuple[Path, ...]) -> int:
    """Every problem of the packs, then every example that a rule in force does not keep."""
    rules = load_rules(packs)
    failed = list(failures(rules))
    for told in (*rules.problems, *failed):
        say(str(told))
    examples = sum(len(rule.spec.examples) + len(rule.spec.counter) for rule in rules.rules)
    wrong = f", {counted(len(rules.problems), 'problem')} in packs" if rules.problems else ""
    print(f"{len(rules.rules)} rules, {examples} examples, {len(failed)} not kept{wrong}; version {rules.version}")
    return RuleError.exit_code if failed or rules.problems else 0


def _list(rules: Rules) -> Iterator[str]:
    for rule in rules.rules:
        yield f"{rule.id:<26} {rule.spec.kind.value:<21} {rule.spec.code:<8} {len(rule.patterns):>3} patterns"


def _show(rules: Rules, rule_id: str) -> Iterator[str]:
    found = next((rule for rule in rules.rules if rule.id == rule_id), None)
    if found is None:
        near = get_close_matches(rule_id, [rule.id for rule in rules.rules], 1)
        raise NoSuchRule(f"no rule '{rule_id}'" + (f"; did you mean '{near[0]}'?" if near else ""))
    return _lines(found)


def _lines(rule: Rule) -> Iterator[str]:
    spec = rule.spec
    yield f"{rule.id}: {spec.kind.value}, code {spec.code} ({code_words(spec.code)})"
    if spec.status is not None:
        yield f"  status always {spec.status.value}"
    yield f"  sides needed: {spec.needs}{', inferred where unknown' if spec.infer else ''}"
    for title, lines in (
        ("patterns", spec.patterns), ("veto", spec.veto), ("examples", spec.examples), ("counter", spec.counter)
    ):  # fmt: skip
        if lines:
            yield f"  {title}:"
            yield from (f"    {line}" for line in lines)
