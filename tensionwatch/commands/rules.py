"""`tensionwatch rules`: check a pack, list the rules in force, show one, take out what the user says of them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from tensionwatch.commands.common import packs_in_force, read_watch, rules_in_force
from tensionwatch.commands.evaluate import BadItems, corrections_told, items_of
from tensionwatch.commands.export import all_articles, written
from tensionwatch.commands.starting import load_config, say
from tensionwatch.errors import RuleError, TensionwatchError
from tensionwatch.model import Article
from tensionwatch.rules import Rules, load_rules
from tensionwatch.rules.bench import failures
from tensionwatch.rules.corrected import brought_up_to_date, is_corrected, item_of
from tensionwatch.rules.evaluate import evaluate
from tensionwatch.rules.pack import Rule
from tensionwatch.sanitise import escaped_json, visible
from tensionwatch.words import KIND_WORDS, code_words, counted


class NoSuchRule(TensionwatchError):
    exit_code = 2


def run(args: argparse.Namespace) -> int:
    if args.action == "check":
        packs = (*packs_in_force(args), *([Path(args.pack)] if args.pack else []))
        return _check(packs, Path(args.corrections) if args.corrections else None)
    if args.action == "wrong":
        return _wrong(args)
    rules = rules_in_force(args)
    print("\n".join(_list(rules) if args.action == "list" else _show(rules, args.id)))
    return 0


def _check(packs: tuple[Path, ...], corrections: Path | None) -> int:
    """Every problem of the packs, then every example that a rule in force does not keep, and every correction of the
    user's that they do not."""
    rules = load_rules(packs)
    corrected = evaluate(rules, items_of(corrections)) if corrections is not None else None
    failed = list(failures(rules))
    for told in (*rules.problems, *failed):
        say(str(told))
    examples = sum(len(rule.spec.examples) + len(rule.spec.counter) for rule in rules.rules)
    wrong = f", {counted(len(rules.problems), 'problem')} in packs" if rules.problems else ""
    print(f"{len(rules.rules)} rules, {examples} examples, {len(failed)} not kept{wrong}; version {rules.version}")
    not_kept = corrected.not_kept if corrected is not None else []
    if corrected is not None:
        print("\n".join(corrections_told(corrected)).strip())
    return RuleError.exit_code if failed or rules.problems or not_kept else 0


def _wrong(args: argparse.Namespace) -> int:
    """What the user has said of the rules' answers: a line each, or into a file of labelled items."""
    loaded, notices = load_config(args)
    with read_watch(loaded, notices) as watch:
        known, said = set[str](), dict[str, Article]()
        for article in all_articles(watch, loaded.storage.path):
            known.add(article.id)
            if is_corrected(article):
                said[article.id] = article
    corrected = sorted(said.values(), key=lambda article: (article.effective or article.first_seen, article.id))
    if args.export is None:
        print("\n".join(map(_corrected_line, corrected)) or "nothing is marked wrong or missed")
        return 0
    out = Path(args.export)
    try:
        before = out.read_text("utf-8").splitlines() if out.exists() else []
        lines = brought_up_to_date(before, map(item_of, corrected), known)
    except (OSError, ValueError) as error:  # of other contents: they are not lost for it
        raise BadItems(f"{out}: {error}") from error
    with written(out) as file:
        file.writelines(f"{escaped_json(line)}\n" for line in lines)
    say(f"{out}: {counted(len(lines), 'item')}, {len(lines) - len(corrected)} of articles that are no longer kept")
    return 0


def _corrected_line(article: Article) -> str:
    """`2026-03-01 14:05Z  not a visit · a threat is missed  bbc.co.uk  Title`."""
    at = article.effective or article.first_seen
    said = [f"no {KIND_WORDS[kind]}" for kind in article.wrong]
    said += [f"{KIND_WORDS[kind]} missed" for kind in article.missed]
    return "  ".join((f"{at:%Y-%m-%d %H:%MZ}", " · ".join(said), visible(article.publisher), visible(article.title)))


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
