"""What a command that polls does before anything else: which configuration is in force, and the ingest processes.

Light to import: the ingest processes take 0.2 s until they fetch, which is as long as this process takes to import the
store and to open it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tensionwatch import config
from tensionwatch.config import Config
from tensionwatch.feeds.environment import check_environment
from tensionwatch.feeds.pool import IngestPool
from tensionwatch.sanitise import escaped_json, visible_lines


def configured_path(args: argparse.Namespace) -> Path | None:
    """The user's configuration file, if there is one."""
    return Path(args.config).expanduser() if args.config else config.find()


def load_config(args: argparse.Namespace) -> tuple[Config, list[str]]:
    """The configuration in force, and what the user should know of where it came from. Raises ConfigError."""
    path = configured_path(args)
    if path is not None:
        return config.load(path), []
    loaded = config.load(None)
    enabled = sum(feed.enabled for feed in loaded.feeds)
    notice = (
        f"no configuration found: using the shipped one ({enabled} feeds, {len(loaded.regions)} regions); "
        f"'tensionwatch init' writes it to {config.user_path()}"
    )
    return loaded, [notice]


def say(text: str) -> None:
    """A line for the user beside the output, or several; whatever it quotes, a terminal may see it."""
    print(visible_lines(text), file=sys.stderr)


def json_line(value: object) -> str:
    """One line, for a program or a terminal: what a terminal must not see is escaped, so that nothing is lost."""
    return escaped_json(json.dumps(value, ensure_ascii=False))


def iso_time(moment: datetime | None) -> str | None:
    """As JSON output has times: UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def start_ingest(loaded: Config, due: int = 0) -> IngestPool:
    """The ingest processes, started for so many feeds: their imports run while this process goes on with its own.
    Raises IngestError."""
    ingest = IngestPool(loaded.poll, loaded.rules.packs, cache=config.cache_path())
    ingest.start(due)
    return ingest


@contextmanager
def started_ingest(loaded: Config) -> Iterator[IngestPool]:
    """Ingest processes for a round of all feeds, ended at the end whatever came of it. Raises IngestError, and what is
    wrong with the environment."""
    check_environment(os.environ)  # a line now, and not one at each feed
    ingest = start_ingest(loaded, sum(feed.enabled for feed in loaded.feeds))
    try:
        yield ingest
    finally:
        if ingest.pids:  # nobody has come to use them
            asyncio.run(ingest.close())
