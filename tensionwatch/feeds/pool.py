"""The ingest processes: one for as long as the program runs, more while there is much to fetch.

    fetch ─────────▶ the least busy one; another is started where all have enough to do, and ended when it is idle
    rules, classify ▶ the first; what it reads of rule packs the others are told, so that all have the same

Two processes on two cores bring a cold reload of 500 feeds home in little more than half the time. Between reloads
one is enough, and the other would hold 100 MB for nothing.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tensionwatch.config import PollConfig
from tensionwatch.feeds.child import IngestProcess
from tensionwatch.model import Fetched, FetchRequest
from tensionwatch.reread import Classified, RulesInForce, Text

MOST: Final = 2
"""Processes; with the screen's own there is one core less than that to share on the smallest machines."""
ENOUGH: Final = 16
"""Feeds under way in each, above which another process is worth its start (0.5 s of CPU)."""
MANY: Final = 100
"""Feeds due at once for which all are started at once."""
IDLE: Final = 30.0
"""Seconds without a feed after which a process that is not the first is ended."""


class IngestPool:
    """Ingest processes as if they were one. `start` may come long before the event loop runs."""

    def __init__(
        self,
        poll: PollConfig,
        packs: Sequence[Path] = (),
        *,
        most: int | None = None,
        cache: Path | None = None,
    ) -> None:
        """`cache` is a folder for what takes long to make of the rules."""
        self._poll = poll
        self._cache = cache
        self._packs = packs
        self._most = most if most is not None else max(1, min(MOST, os.cpu_count() or 1))
        self._first = IngestProcess(poll, packs, cache=cache)
        self._others: list[IngestProcess] = []
        self._ends: dict[IngestProcess, asyncio.TimerHandle] = {}
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def pids(self) -> list[int]:
        """Of the processes that run."""
        return [process.pid for process in self._processes if process.pid is not None]

    @property
    def busy(self) -> bool:
        """Are feeds being fetched?"""
        return any(process.busy for process in self._processes)

    @property
    def _processes(self) -> list[IngestProcess]:
        return [self._first, *self._others]

    def start(self, due: int = 0) -> None:
        """Start the first, or all of them where so many feeds are due, so that they import while the caller does
        other things. Raises IngestError."""
        self._first.start()
        while due >= MANY and len(self._processes) < self._most:
            self._one_more().start()

    async def fetch(self, request: FetchRequest) -> Fetched:
        """What came of polling one feed; one request per feed at a time. Raises IngestError."""
        process = min(self._processes, key=lambda process: process.fetching)
        if process.fetching >= ENOUGH and len(self._processes) < self._most:
            process = self._one_more()
        self._keep(process)
        try:
            return await process.fetch(request)
        finally:
            if process is not self._first and not process.busy:
                self._ends[process] = asyncio.get_running_loop().call_later(IDLE, self._let_go, process)

    async def classify(self, texts: Sequence[Text]) -> Classified:
        """What the rules see in these. Raises ClassifyError where they end the process, IngestError."""
        return await self._first.classify(texts)

    async def rules(self, *, reload: bool = False) -> RulesInForce:
        """Which rules are in force, once the packs have been read again if that is asked. Raises IngestError."""
        in_force = await self._first.rules(reload=reload)
        if reload and self._first.texts is not None:
            for process in self._others:
                await process.take_rules(self._first.texts)
        return in_force

    async def rules_version(self) -> str:
        """Of the rules in force, or that would be once they are loaded. Raises IngestError."""
        return await self._first.rules_version()

    async def close(self) -> None:
        """End them all. Requests under way fail with IngestError."""
        for end in self._ends.values():
            end.cancel()
        self._ends.clear()
        await asyncio.gather(*(process.close() for process in self._processes), *self._ending)

    # -------------------------------------------------------------- more and fewer

    def _one_more(self) -> IngestProcess:
        process = IngestProcess(self._poll, self._packs, texts=self._first.texts, cache=self._cache)
        self._others.append(process)
        return process

    def _keep(self, process: IngestProcess) -> None:
        if (end := self._ends.pop(process, None)) is not None:
            end.cancel()

    def _let_go(self, process: IngestProcess) -> None:
        del self._ends[process]
        self._others.remove(process)
        task = asyncio.create_task(process.close())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
