"""`tensionwatch` without a command: the screen."""

from __future__ import annotations

import argparse
import asyncio

from tensionwatch.commands.common import load_config, make_poller, make_rulekeeper, open_watch, settle, start_ingest
from tensionwatch.config import Config
from tensionwatch.watch import Watch

_QUIET_START = 1.5
"""Seconds that belong to the first paint alone, before the search index is compared with the store."""


def run(args: argparse.Namespace) -> int:
    loaded, notices = load_config(args)
    with open_watch(loaded, notices, quiet_start=_QUIET_START) as watch:
        return show(loaded, watch)


def show(loaded: Config, watch: Watch, title: str = "tensionwatch") -> int:
    """Open the screen on a watch; gives the exit code."""
    # Before textual is imported: the two processes import side by side.
    ingest = start_ingest(loaded)
    from tensionwatch.tui.app import TensionwatchApp

    async def session() -> int:
        tasks = [asyncio.create_task(settle(watch))]
        try:
            poller, rules = make_poller(loaded, watch, ingest), make_rulekeeper(loaded, watch, ingest)
            app = TensionwatchApp(watch, poller, rules, loaded.ui, title)
            tasks.append(asyncio.create_task(watch.housekeeper.run(app.tell)))
            await app.run_async()
            return app.return_code or 0
        finally:
            for task in tasks:
                task.cancel()
            await ingest.close()

    return asyncio.run(session())
