"""`tensionwatch init` and `tensionwatch check`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from tensionwatch import config
from tensionwatch.alerts.lacks import lacks
from tensionwatch.commands.starting import load_config, say
from tensionwatch.config import Config
from tensionwatch.errors import ConfigError, Problem, RuleError
from tensionwatch.feeds.credentials import MissingSecret, own_headers
from tensionwatch.rules import load_rules
from tensionwatch.words import counted


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
    for notice in (*_secrets(loaded), *_channels(loaded), *_uncovered(loaded)):
        say(notice)
    enabled = sum(feed.enabled for feed in loaded.feeds)
    print(
        f"{loaded.source or 'the shipped configuration'}: no problem: {enabled} feeds polled "
        f"({len(loaded.feeds) - enabled} disabled), {len(loaded.regions)} regions, {len(rules.rules)} rules, "
        f"{counted(sum(rule.enabled for rule in loaded.alerts), 'alert rule')}"
    )
    print(f"store: {loaded.storage.path}")
    print(f"log: {loaded.log.path} ({args.log_level or loaded.log.level})")
    return 0


def _secrets(loaded: Config) -> Iterator[str]:
    """What the environment lacks for some feeds, and what others could read. No problem of the configuration: it may
    be checked where no secrets are, and the other feeds are polled all the same."""
    for feed in loaded.feeds:
        try:
            own_headers(feed, feed.url, os.environ)
        except MissingSecret as error:
            yield f"feed '{feed.id}': {error}"
        if feed.url.startswith("http:") and not feed.allow_private and (feed.auth or feed.headers):
            yield f"feed '{feed.id}': over http anyone on the way can read what it is sent, password and keys too"


def _channels(loaded: Config) -> Iterator[str]:
    """What this machine lacks for some channels, and which rules send nothing for it. No problem, as above."""
    for channel in loaded.channels:
        if missing := lacks(channel, os.environ):
            rules = [rule.id for rule in loaded.alerts if rule.enabled and channel.id in rule.channels]
            told = f" (of {', '.join(rules)})" if rules else " (no alert names it)"
            yield f"channel '{channel.id}'{told}: {missing}"


def _uncovered(loaded: Config) -> Iterator[str]:
    """Regions whose tags no feed has, with what counts as their feeds instead."""
    known = {tag for feed in loaded.feeds if feed.enabled for tag in feed.tags}
    for region in loaded.regions:
        if region.tags and known.isdisjoint(region.tags):
            tags = " or ".join(map(repr, region.tags))
            yield f"region '{region.id}': no feed is tagged {tags}: all count as its own"


def _report(problems: Sequence[Problem], exit_code: int) -> int:
    for problem in problems:
        say(str(problem))
    say(f"{len(problems)} problem{'s' if len(problems) != 1 else ''}")
    return exit_code
