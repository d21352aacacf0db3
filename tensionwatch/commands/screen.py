"""`tensionwatch` without a command: the screen; one that follows where another process holds the store."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from tensionwatch.commands.common import (
    follow_watch,
    load_config,
    make_poller,
    make_rulekeeper,
    open_watch,
    settle,
    start_ingest,
)
from tensionwatch.config import Config
from tensionwatch.errors import StoreLocked
from tensionwatch.following import Following, RulesElsewhere
from tensionwatch.watch import Watch

_QUIET_START = 1.5
"""Seconds that belong to the first paint alone, before the search index is compared with the store."""


def run(args: argparse.Namespace) -> int:
    loaded, notices = load_config(args)
    try:
        with open_watch(loaded, notices, quiet_start=_QUIET_START) as watch:
            return show(loaded, watch)
    except StoreLocked as locked:
        who = f"pid {locked.pid}" if locked.pid else "another process"
    notices.append(f"{who} collects: this screen follows it and shows all as it comes in; marks are made there")
    code, takes_over = follow(loaded, notices)
    if takes_over:
        # A fresh process: what this one holds of the store would stay in its memory.
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  # our own interpreter, as it was started
    return code


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


def follow(loaded: Config, notices: list[str]) -> tuple[int, bool]:
    """Open the screen on what another process collects; gives the exit code, and whether this one is to collect now."""
    from tensionwatch.tui.app import TensionwatchApp

    async def session(following: Following, watch: Watch) -> tuple[int, bool]:
        settling = asyncio.create_task(settle(watch))
        try:
            app = TensionwatchApp(watch, following, RulesElsewhere(), loaded.ui)
            await app.run_async()
            return app.return_code or 0, app.takes_over
        finally:
            settling.cancel()

    with follow_watch(loaded, notices) as (store, watch):
        return asyncio.run(session(Following(store, watch), watch))
