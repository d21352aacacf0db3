"""`tensionwatch eval`: the rules against labelled items."""

from __future__ import annotations

import argparse
from pathlib import Path

from tensionwatch.commands.common import rules_in_force
from tensionwatch.commands.starting import json_line
from tensionwatch.errors import TensionwatchError
from tensionwatch.rules.evaluate import Evaluation, Item, evaluate, read_items
from tensionwatch.sanitise import visible
from tensionwatch.words import counted


class BadItems(TensionwatchError):
    """The file of labelled items cannot be read."""

    exit_code = 2


def run(args: argparse.Namespace) -> int:
    rules = rules_in_force(args)
    result = evaluate(rules, items_of(Path(args.file)))
    if args.json:
        print(json_line(result.as_json()))
        return 0
    print("\n".join(_table(result)))
    if args.by:
        print("\n".join(result.by(args.by)))
    if result.corrections:
        print("\n".join(corrections_told(result)))
    if args.errors:
        for item, what in result.errors:
            print(_error_line(item, what))
    return 0


def items_of(path: Path) -> list[Item]:
    """Raises BadItems."""
    try:
        return read_items(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise BadItems(f"{path}: {error}") from error


def corrections_told(result: Evaluation) -> list[str]:
    """How many corrections of the user's the rules keep, and each that they do not."""
    kept = result.corrections - len(result.not_kept)
    told = [f"\n{kept} of {counted(result.corrections, 'correction')} kept"]
    return [*told, *(_error_line(item, what) for item, what in result.not_kept)]


def _table(result: Evaluation) -> list[str]:
    lines = [f"{result.items} items, {result.items_per_second:,.0f} items/s"]
    for name, scores in result.sections():
        lines.append(f"\n{name}")
        lines.append(f"  {'kind':<22}{'tp':>5}{'fp':>5}{'fn':>5}  {'precision':<20}{'recall':<20}{'F1':<6}pair  status")
        lines += [f"  {kind:<22}{score.line()}" for kind, score in scores.items()]
    return lines


def _error_line(item: Item, what: str) -> str:
    text = f"{item.title} || {item.summary[:200]}" if item.summary else item.title
    return visible(what) + f"\n    [{visible(item.id)}] {visible(text)}"
