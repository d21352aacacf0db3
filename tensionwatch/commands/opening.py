"""A screen that is there before its store is read.

    glimpse ─▶ screen, painted ─▶ a thread reads the store ─▶ the loop turns the screen to all of it

The thread takes turns with the loop's, so that keys are answered meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Generic, NamedTuple, NoReturn, TypeVar

from tensionwatch.alertkeeper import AlertBook
from tensionwatch.alerts.records import AlertRule, Raised
from tensionwatch.clock import SystemClock
from tensionwatch.config import Config
from tensionwatch.errors import StoreUnread, TensionwatchError
from tensionwatch.exchange import NextPoll, Notice, PollStatus, RulesStatus
from tensionwatch.ports import Alerting, Desk, FullText, Polling, RuleKeeping
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.rules.collection import no_collection
from tensionwatch.store.glimpsed import Glimpse
from tensionwatch.store.replay import Reading
from tensionwatch.watch import Watch
from tensionwatch.words import READING

if TYPE_CHECKING:
    from tensionwatch.tui.app import TensionwatchApp

T = TypeVar("T")


class Parts(NamedTuple):
    """What a screen is on."""

    desk: Desk
    polling: Polling
    rules: RuleKeeping
    alerting: Alerting
    pages: FullText | None = None


class _Left(TensionwatchError):
    """The user has left before it was read."""


class Opening(Generic[T]):
    """`opened` opens what is shown, in a thread; `whole` makes of that what the screen is on, on the loop."""

    def __init__(
        self,
        loaded: Config,
        opened: Callable[[Reading], AbstractContextManager[T]],
        whole: Callable[[T], Parts],
        keep: Callable[[AbstractContextManager[T]], T],
    ) -> None:
        self._opened = opened
        self._whole = whole
        self._keep = keep
        self._polling = PollingLater()
        self._is_left = False
        clock = SystemClock()
        store = Glimpse.of(loaded.storage.path, clock)
        alerting = AlertsLater(store, clock, loaded)
        self.parts = Parts(Watch(store, loaded, load_atlas(), clock), self._polling, RulesLater(), alerting)
        """What is known at once."""

    async def run(self, app: TensionwatchApp) -> None:
        """Turn the screen to all there is; what keeps it from being read ends the screen. Raises StoreError."""
        await app.painted.wait()
        try:
            with no_collection():
                found = await asyncio.to_thread(lambda: self._keep(self._opened(self._hear)))
        except _Left:
            return
        except BaseException:
            app.exit()
            raise
        if not self._is_left:
            app.call_later(app.turn_to, *self._whole(found))  # among its own messages: it makes widgets

    def leave(self, app: TensionwatchApp) -> None:
        """The screen has ended: `run` soon returns, drawn or not."""
        self._is_left = True
        app.painted.set()

    def _hear(self, share: float) -> None:
        if self._is_left:
            raise _Left
        self._polling.share = share


class PollingLater:
    """Polling as a screen sees it until there is a store to poll into."""

    share = 0.0
    """Of the store, that is read."""

    def status(self) -> PollStatus:
        return PollStatus(reading=self.share)

    def next_poll(self) -> NextPoll:
        return NextPoll()

    def pause(self, paused: bool) -> NoReturn:  # noqa: ARG002  # as Polling has it
        raise StoreUnread(READING)

    def poll_now(self, feed_id: str | None = None) -> NoReturn:  # noqa: ARG002  # as above
        raise StoreUnread(READING)

    async def run(self) -> None:
        """Nothing is polled."""


class RulesLater:
    """The keeping of rules until then."""

    def status(self) -> RulesStatus:
        return RulesStatus()

    def reload(self) -> NoReturn:
        raise StoreUnread(READING)

    async def run(self, tell: Callable[[Notice], None]) -> None:
        """Nothing is classified again."""


class AlertsLater(AlertBook):
    """Those that were raised; nothing is raised yet."""

    def __init__(self, store: Glimpse, clock: SystemClock, loaded: Config) -> None:
        super().__init__(store, clock)
        self._rules = loaded.alerts

    def rules(self) -> Sequence[AlertRule]:
        return self._rules

    async def run(self, tell: Callable[[Raised], None]) -> None:
        """Nothing is raised."""
