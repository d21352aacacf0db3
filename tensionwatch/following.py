"""What a screen has in place of a poller and of rules where another process holds the store and collects.

every LOOK seconds   lock held? by whom? ─▶ status
                     files otherwise? ─▶ a thread reads what was appended ─▶ watch.follow, a commit between two turns
                                         of the loop
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, NoReturn

from tensionwatch.breath import Pace
from tensionwatch.errors import StoreError, StoreFollowed, StoreNewer
from tensionwatch.exchange import NextPoll, Notice, PollStatus, RulesStatus
from tensionwatch.store import FollowedStore
from tensionwatch.watch import Watch

LOOK: Final = 0.5
"""Seconds between two looks: four stats and a lock that is held, 30 µs."""


class Following:
    """Polling as a screen sees it, done by another process. What is asked of that raises StoreFollowed."""

    def __init__(self, store: FollowedStore, watch: Watch) -> None:
        self._store = store
        self._watch = watch
        self._trouble = ""
        self._collector = self._who()

    def status(self) -> PollStatus:
        return PollStatus(follows=True, collector=self._collector, trouble=self._trouble or None)

    def next_poll(self) -> NextPoll:
        return NextPoll()

    def pause(self, paused: bool) -> NoReturn:  # noqa: ARG002  # as Polling has it
        self._refuse()

    def poll_now(self, feed_id: str | None = None) -> NoReturn:  # noqa: ARG002  # as above
        self._refuse()

    async def run(self) -> None:
        """Follow until cancelled. Raises StoreNewer where the collector is of a newer version."""
        while True:
            try:
                self._collector = self._who()
                if self._store.has_changed():
                    news = await asyncio.to_thread(self._store.fetch)
                    pace = Pace()
                    for _ in self._watch.follow(news):
                        await pace.breathe()
                self._trouble = self._store.trouble
            except StoreNewer:
                raise
            except StoreError as error:  # a disk that is away may come back
                self._trouble = str(error)
            await asyncio.sleep(LOOK)

    def _who(self) -> str:
        holder = self._store.collector()
        if holder is None:
            return ""
        return "another process" if holder.pid is None else f"pid {holder.pid}"

    def _refuse(self) -> NoReturn:
        raise StoreFollowed(f"{self._collector or 'another process'} collects")


class RulesElsewhere:
    """The keeping of rules as a screen sees it, done by another process."""

    def status(self) -> RulesStatus:
        return RulesStatus(elsewhere=True)

    def reload(self) -> NoReturn:
        raise StoreFollowed("another process keeps the rules")

    async def run(self, tell: Callable[[Notice], None]) -> None:  # as RuleKeeping has it
        """Nothing is to be done."""
