"""`tensionwatch init` and `tensionwatch check`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tensionwatch import config
from tensionwatch.commands.common import load_config, say
from tensionwatch.errors import ConfigError, Problem, RuleError
from tensionwatch.rules import load_rules


def run(args: argparse.Namespace) -> int:
    return _init(args) if args.command == "init" else _check(args)


def _init(args: argparse.Namespace) -> int:
    path = Path(args.path).expanduser() if args.path else config.user_path()
    config.write_example(path, force=args.force)
    print(f"wrote {path}; edit it, then 'tensionwatch check'")
    return 0


def _check(args: argparse.Namespace) -> int:
    """Every problem of the configuration; where there is none, every problem of its rule packs."""
    try:
        loaded, notices = load_config(args)
    except ConfigError as error:
        return _report(error.problems, error.exit_code)
    rules = load_rules(loaded.rules.packs)
    if rules.problems:
        return _report(rules.problems, RuleError.exit_code)
    for notice in notices:
        say(notice)
    enabled = sum(feed.enabled for feed in loaded.feeds)
    print(
        f"{loaded.source or 'the shipped configuration'}: no problem: {enabled} feeds polled "
        f"({len(loaded.feeds) - enabled} disabled), {len(loaded.regions)} regions, {len(rules.rules)} rules"
    )
    print(f"store: {loaded.storage.path}")
    print(f"log: {loaded.log.path} ({args.log_level or loaded.log.level})")
    return 0


def _report(problems: Sequence[Problem], exit_code: int) -> int:
    for problem in problems:
        say(str(problem))
    say(f"{len(problems)} problem{'s' if len(problems) != 1 else ''}")
    return exit_code
