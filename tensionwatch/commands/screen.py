"""`tensionwatch` without a command: the screen; one that follows where another process holds the store."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tensionwatch.alertkeeper import AlertsElsewhere
from tensionwatch.choices import Choices
from tensionwatch.clock import SystemClock
from tensionwatch.commands.alerting import make_alertkeeper
from tensionwatch.commands.common import end, follow_watch, make_poller, make_rulekeeper, open_watch, settle
from tensionwatch.commands.logged import logged, ringed
from tensionwatch.commands.starting import load_config, start_ingest
from tensionwatch.config import Config, choices_path
from tensionwatch.errors import StoreLocked, Terminated
from tensionwatch.feeds.pages import Pages
from tensionwatch.following import Following, RulesElsewhere
from tensionwatch.keys import Keymap
from tensionwatch.logbook import LOG
from tensionwatch.logfile import LogFile
from tensionwatch.logring import LogRing
from tensionwatch.ports import Notice
from tensionwatch.tui.context import Manners
from tensionwatch.tui.terminal import terminal
from tensionwatch.watch import Watch

if TYPE_CHECKING:
    from tensionwatch.tui.app import TensionwatchApp

_QUIET_START = 1.5
"""Seconds that belong to the first paint alone, before the search index is compared with the store."""


def run(args: argparse.Namespace) -> int:
    loaded, notices = load_config(args)
    loaded = as_asked(loaded, args)
    with ringed(args, loaded) as ring, logged(args, loaded, notices.append) as log:
        code, takes_over = _collect_or_follow(loaded, notices, log, ring)
    if takes_over:
        # A fresh process: what this one holds of the store would stay in its memory.
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  # our own interpreter, as it was started
    return code


def _collect_or_follow(loaded: Config, notices: list[str], log: LogFile | None, ring: LogRing) -> tuple[int, bool]:
    """The exit code, and whether this process is to collect now that another has ended."""
    try:
        with open_watch(loaded, notices, quiet_start=_QUIET_START) as watch:
            return show(loaded, watch, log=log, ring=ring, choices=Choices(choices_path())), False
    except StoreLocked as locked:
        who = f"pid {locked.pid}" if locked.pid else "another process"
    notices.append(f"{who} collects: this screen follows it and shows all as it comes in; marks are made there")
    LOG.info("following: %s collects", who)
    return follow(loaded, notices, log, ring)


def as_asked(loaded: Config, args: argparse.Namespace) -> Config:
    """The configuration with what the command line says of the screen."""
    return replace(loaded, ui=replace(loaded.ui, unicode=False)) if args.ascii else loaded


def _manners(loaded: Config, choices: Choices | None) -> Manners:
    """To be asked before the screen begins: the driver paints to stderr."""
    encoding = getattr(sys.__stderr__, "encoding", None) or "utf-8"
    has = terminal(os.environ, encoding, loaded.ui)
    return Manners(Keymap(loaded.keys, plain=has.ascii), has, choices or Choices())


def show(
    loaded: Config,
    watch: Watch,
    title: str = "tensionwatch",
    log: LogFile | None = None,
    ring: LogRing | None = None,
    choices: Choices | None = None,
) -> int:
    """Open the screen on a watch; gives the exit code. Without `choices` none is kept."""
    # Before textual is imported: the two processes import side by side.
    ingest = start_ingest(loaded)
    from tensionwatch.tui.app import TensionwatchApp

    async def session() -> int:
        tasks = [asyncio.create_task(settle(watch))]
        poller, rules = make_poller(loaded, watch, ingest), make_rulekeeper(loaded, watch, ingest)
        alerting = make_alertkeeper(loaded, watch, watch.store, watch, SystemClock())
        manners, pages = _manners(loaded, choices), Pages(watch, loaded.poll, SystemClock())
        app = TensionwatchApp(watch, poller, rules, alerting, loaded.ui, title, manners=manners, ring=ring, pages=pages)
        try:
            _begin(app, log)
            tasks.append(asyncio.create_task(watch.housekeeper.run(app.tell)))
            await app.run_async(mouse=loaded.ui.mouse)
            return app.return_code or 0
        finally:
            await app.ended()
            await end(tasks)
            await ingest.close()

    return asyncio.run(session())


def _begin(app: TensionwatchApp, log: LogFile | None) -> None:
    """What a log has to tell goes to the screen, and SIGTERM ends it as `q` does: the terminal is left in order."""
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, app.exit, None, Terminated.exit_code)
    if log is not None:
        log.tell = lambda text: app.tell(Notice(text=text, grave=True))


def follow(
    loaded: Config, notices: list[str], log: LogFile | None = None, ring: LogRing | None = None
) -> tuple[int, bool]:
    """Open the screen on what another process collects; gives the exit code, and whether this one is to collect now."""
    from tensionwatch.tui.app import TensionwatchApp

    async def session(following: Following, watch: Watch) -> tuple[int, bool]:
        settling = asyncio.create_task(settle(watch))
        try:
            manners = _manners(loaded, Choices(choices_path()))
            alerting = AlertsElsewhere(watch, watch.store, loaded, SystemClock())
            pages = Pages(watch, loaded.poll, SystemClock())
            app = TensionwatchApp(
                watch, following, RulesElsewhere(), alerting, loaded.ui, manners=manners, ring=ring, pages=pages
            )
            _begin(app, log)
            await app.run_async(mouse=loaded.ui.mouse)
            return app.return_code or 0, app.takes_over
        finally:
            settling.cancel()

    with follow_watch(loaded, notices) as (store, watch):
        return asyncio.run(session(Following(store, watch), watch))
