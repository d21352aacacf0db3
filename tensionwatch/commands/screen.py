"""`tensionwatch` without a command: the screen; one that follows where another process holds the store."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec.structs import replace

from tensionwatch.alertkeeper import AlertsElsewhere
from tensionwatch.choices import Choices
from tensionwatch.clock import SystemClock
from tensionwatch.commands.alerting import make_alertkeeper
from tensionwatch.commands.common import (
    end,
    follow_watch,
    keep_glimpses,
    make_poller,
    make_rulekeeper,
    open_watch,
    settle,
    take_short_turns,
)
from tensionwatch.commands.logged import logged, ringed
from tensionwatch.commands.opening import Opening, Parts
from tensionwatch.commands.starting import load_config, start_ingest
from tensionwatch.config import Config, choices_path
from tensionwatch.errors import StoreLocked, Terminated
from tensionwatch.exchange import Notice
from tensionwatch.feeds.pages import Pages
from tensionwatch.following import Following, RulesElsewhere
from tensionwatch.keys import Keymap
from tensionwatch.logbook import LOG
from tensionwatch.logfile import LogFile
from tensionwatch.logring import LogRing
from tensionwatch.store import FollowedStore
from tensionwatch.store.files import Lock
from tensionwatch.store.glimpse import is_small
from tensionwatch.store.journal import locked
from tensionwatch.store.replay import Reading, in_silence
from tensionwatch.tui.context import Manners
from tensionwatch.tui.terminal import terminal
from tensionwatch.watch import Watch

if TYPE_CHECKING:
    from tensionwatch.tui.app import TensionwatchApp

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

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
        lock = locked(loaded.storage.path)
    except StoreLocked as locked_by:
        who = f"pid {locked_by.pid}" if locked_by.pid else "another process"
    else:
        return _collect(loaded, notices, lock, log, ring), False
    notices.append(f"{who} collects: this screen follows it and shows all as it comes in; marks are made there")
    LOG.info("following: %s collects", who)
    return _follow(loaded, notices, log, ring)


def as_asked(loaded: Config, args: argparse.Namespace) -> Config:
    """The configuration with what the command line says of the screen."""
    return replace(loaded, ui=replace(loaded.ui, unicode=False)) if args.ascii else loaded


def _manners(loaded: Config, choices: Choices) -> Manners:
    """To be asked before the screen begins: the driver paints to stderr."""
    encoding = getattr(sys.__stderr__, "encoding", None) or "utf-8"
    has = terminal(os.environ, encoding, loaded.ui)
    return Manners(Keymap(loaded.keys, plain=has.ascii), has, choices)


def _collect(loaded: Config, notices: list[str], lock: Lock, log: LogFile | None, ring: LogRing) -> int:
    def opened(reading: Reading) -> AbstractContextManager[Watch]:
        return open_watch(loaded, notices, quiet_start=_QUIET_START, lock=lock, reading=reading)

    is_quick = is_small(loaded.storage.path)
    return _shown(loaded, _Collecting(loaded), opened, ring, is_quick=is_quick, log=log).return_code or 0


def _follow(loaded: Config, notices: list[str], log: LogFile | None, ring: LogRing) -> tuple[int, bool]:
    def opened(reading: Reading) -> AbstractContextManager[tuple[FollowedStore, Watch]]:
        return follow_watch(loaded, notices, reading)

    app = _shown(loaded, _FollowingAnother(loaded), opened, ring, is_quick=is_small(loaded.storage.path), log=log)
    return app.return_code or 0, app.takes_over


def show(loaded: Config, watch: Watch, title: str, ring: LogRing) -> int:
    """Open the screen on a watch, and keep nothing that is chosen on it; gives the exit code."""

    def opened(_: Reading) -> AbstractContextManager[Watch]:
        return nullcontext(watch)

    app = _shown(loaded, _Collecting(loaded), opened, ring, is_quick=True, title=title, choices=Choices())
    return app.return_code or 0


class _Side(Protocol[T_contra]):
    """What a screen is on, and what works for that meanwhile."""

    tell: Callable[[Notice], None]

    def parts(self, opened: T_contra) -> Parts:
        """On the loop, which begins to work for it."""
        ...

    async def end(self) -> None: ...


class _Collecting:
    """This process polls."""

    def __init__(self, loaded: Config) -> None:
        self.tell: Callable[[Notice], None] = _unsaid
        self._loaded = loaded
        # Before textual is imported: the two processes import side by side.
        self._ingest = start_ingest(loaded)
        self._tasks: list[asyncio.Task[None]] = []

    def parts(self, watch: Watch) -> Parts:
        loaded, ingest = self._loaded, self._ingest
        work = (settle(watch), watch.housekeeper.run(lambda notice: self.tell(notice)), keep_glimpses(watch))
        self._tasks += map(asyncio.create_task, work)
        poller, rules = make_poller(loaded, watch, ingest), make_rulekeeper(loaded, watch, ingest)
        alerting = make_alertkeeper(loaded, watch, SystemClock())
        return Parts(watch, poller, rules, alerting, Pages(watch, loaded.poll, SystemClock()))

    async def end(self) -> None:
        await end(self._tasks)
        await self._ingest.close()


class _FollowingAnother:
    """Another process does."""

    def __init__(self, loaded: Config) -> None:
        self.tell: Callable[[Notice], None] = _unsaid
        self._loaded = loaded
        self._tasks: list[asyncio.Task[None]] = []

    def parts(self, opened: tuple[FollowedStore, Watch]) -> Parts:
        store, watch = opened
        self._tasks.append(asyncio.create_task(settle(watch)))
        alerting = AlertsElsewhere(watch, self._loaded, SystemClock())
        pages = Pages(watch, self._loaded.poll, SystemClock())
        return Parts(watch, Following(store, watch), RulesElsewhere(), alerting, pages)

    async def end(self) -> None:
        await end(self._tasks)


def _unsaid(_: Notice) -> None:
    """There is no screen yet."""


def _shown(
    loaded: Config,
    side: _Side[T],
    opened: Callable[[Reading], AbstractContextManager[T]],
    ring: LogRing,
    *,
    is_quick: bool,
    title: str = "tensionwatch",
    log: LogFile | None = None,
    choices: Choices | None = None,
) -> TensionwatchApp:
    """Show what is opened until the user has enough of it: what can be opened quickly at once, else a glimpse of it
    first. Without `choices` those of the user are kept."""
    from tensionwatch.tui.app import TensionwatchApp

    take_short_turns()
    manners = _manners(loaded, choices or Choices(choices_path()))

    def made(parts: Parts) -> TensionwatchApp:
        return TensionwatchApp(*parts[:-1], loaded.ui, title, manners, ring, parts.pages)

    async def session(at_end: ExitStack) -> TensionwatchApp:
        try:
            if is_quick:
                app = made(side.parts(at_end.enter_context(opened(in_silence))))
                await _run(app)
                return app
            opening = Opening(loaded, opened, side.parts, at_end.enter_context)
            app = made(opening.parts)
            reading = asyncio.create_task(opening.run(app))
            try:
                await _run(app)
            finally:
                opening.leave(app)
                await reading
            return app
        finally:
            await side.end()

    async def _run(app: TensionwatchApp) -> None:
        side.tell = app.tell
        # SIGTERM ends it as `q` does: the terminal is left in order.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, app.exit, None, Terminated.exit_code)
        if log is not None:
            log.tell = lambda text: app.tell(Notice(text=text, grave=True))
        try:
            await app.run_async(mouse=loaded.ui.mouse)
        finally:
            await app.ended()

    with ExitStack() as at_end:
        return asyncio.run(session(at_end))
