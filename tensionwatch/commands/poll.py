"""`tensionwatch poll`: the ingest processes first, which import beside us, then all the rest."""

from __future__ import annotations

import argparse

from tensionwatch.commands.starting import load_config, say, started_ingest
from tensionwatch.errors import TensionwatchError


class NeedsOnce(TensionwatchError):
    exit_code = 2


def run(args: argparse.Namespace) -> int:
    if not args.once and (args.all or args.json or args.strict):
        raise NeedsOnce("poll: --all, --strict and --json go with --once")
    loaded, notices = load_config(args)
    for notice in notices:
        say(notice)
    with started_ingest(loaded) as ingest:
        from tensionwatch.commands.polling import run_with  # 130 ms

        return run_with(args, loaded, notices, ingest)
