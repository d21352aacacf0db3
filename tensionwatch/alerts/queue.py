"""Sends what waits to be sent, channel by channel; what and when, `outbox` decides. Thin shell.

    store: waiting ──▶ `sending`, tries + 1, durable ──▶ send ──▶ `delivered`, durable
                                                          └─────▶ waiting again, or failed

**At least once.** What was raised is in the store before anything is sent, so none is lost. A message comes twice only
where nobody can know whether it came once: this program or the machine ended between the two durable marks, or a
channel was not done when its time was up. It is then sent again under the same id and says so (`again`, see wire.py).

One message at a time per channel; channels know nothing of each other. When this program is told to end, what is being
sent has a second; the rest waits for the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Final, Protocol

from tensionwatch.alerts import outbox
from tensionwatch.alerts.outbox import Pace
from tensionwatch.alerts.records import Channel, Delivery
from tensionwatch.alerts.send import send
from tensionwatch.alerts.wire import Payload
from tensionwatch.clock import Clock
from tensionwatch.errors import SendFailed, StoreError
from tensionwatch.logbook import LOG
from tensionwatch.units import duration_words
from tensionwatch.words import counted

LAST_SECOND: Final = 1.0
"""Seconds that what is being sent has when this program ends."""
LOOK_AGAIN: Final = 30.0
"""Seconds: the longest sleep, for clocks that are set and machines that sleep."""
KEEP_AGAIN: Final = 30.0
"""Seconds until the store is tried again that could not be written."""


class Records(Protocol):
    """What of the store is asked for: `store.alerting.AlertRecords`."""

    @property
    def open_deliveries(self) -> Sequence[Delivery]:
        """That wait, or were being sent; in the order in which they were raised."""
        ...

    def keep_delivery(self, delivery: Delivery, replaces: Iterable[str] = ()) -> None:
        """Durable on return; raises StoreError, with nothing changed."""
        ...


Send = Callable[[Channel, Payload], Awaitable[None]]


class Queue:
    """The only one that touches deliveries once they are made."""

    def __init__(
        self,
        records: Records,
        channels: Iterable[Channel],
        payload: Callable[[Delivery], Payload],
        clock: Clock,
        send: Send = send,
    ) -> None:
        """`payload` says what a delivery says, as of now."""
        self._records = records
        self._clock = clock
        self._payload = payload
        self._send = send
        self._lanes = {channel.id: _Lane(channel) for channel in channels}
        self._recovered = False
        self._patient = True
        self._trouble = ""

    def wake(self) -> None:
        """There is something new to deliver."""
        for lane in self._lanes.values():
            lane.woken.set()

    async def run(self) -> None:
        """Deliver what is due, until cancelled."""
        self._patient = True
        await self._recover()
        async with asyncio.TaskGroup() as group:
            for lane in self._lanes.values():
                group.create_task(self._for_good(lane))

    async def flush(self) -> None:
        """Deliver what is due now; return once each has been tried, or its channel has failed or had enough."""
        self._patient = False
        await self._recover()
        async with asyncio.TaskGroup() as group:
            for lane in self._lanes.values():
                group.create_task(self._while_due(lane))

    # ---------------------------------------------------------------- what an earlier run has left

    async def _recover(self) -> None:
        found = list(self._records.open_deliveries) if not self._recovered else []
        self._recovered = True
        for delivery in found:
            now = outbox.interrupted(delivery) if delivery.state == "sending" else delivery
            if now.channel not in self._lanes:
                reason = f"no channel '{now.channel}' is configured any more"
                now = outbox.failed(now, reason, self._clock.now(), for_good=True)
            if now is not delivery:
                await self._keep(now)

    # ---------------------------------------------------------------- a channel

    async def _for_good(self, lane: _Lane) -> None:
        while True:
            lane.woken.clear()
            await self._while_due(lane)
            now = self._clock.now()
            await lane.sleep(outbox.next_time(self._waiting(lane), lane.pace, now), now)

    async def _while_due(self, lane: _Lane) -> None:
        while (delivery := await self._next(lane)) is not None:
            begun = outbox.begun(delivery, self._clock.now())
            if not await self._keep(begun):
                return
            lane.pace = outbox.after_begin(lane.pace, self._clock.now())
            await self._deliver(lane, begun)

    async def _next(self, lane: _Lane) -> Delivery | None:
        now = self._clock.now()
        if outbox.open_at(lane.pace, now) > now:
            return None
        folded = outbox.digest(self._waiting(lane), lane.pace, now)
        if folded is not None and not await self._keep(*folded):
            return None
        return outbox.next_up(self._waiting(lane), lane.pace, now)

    def _waiting(self, lane: _Lane) -> list[Delivery]:
        open_ones = self._records.open_deliveries
        return [each for each in open_ones if each.channel == lane.channel.id and each.state == "waiting"]

    async def _deliver(self, lane: _Lane, begun: Delivery) -> None:
        """Send it and keep what came of it."""
        sending = asyncio.create_task(self._sent(lane.channel, begun))
        try:
            await asyncio.wait({sending})
        except asyncio.CancelledError:
            await asyncio.wait({sending}, timeout=LAST_SECOND)
            if sending.done():
                self._keep_now(self._outcome(lane, begun, sending))
            else:  # it stays `sending`, and the next start sends it again
                sending.cancel()
                await asyncio.wait({sending})
            raise
        await self._keep(self._outcome(lane, begun, sending))

    async def _sent(self, channel: Channel, begun: Delivery) -> SendFailed | None:
        try:
            payload = self._payload(begun)
            if not payload.alerts:
                return SendFailed("what it told of is gone", for_good=True)
            await self._send(channel, payload)
        except SendFailed as failed:
            return failed
        except Exception as fault:  # noqa: BLE001  # one message that cannot be made or sent must not stop all others
            LOG.exception("channel %s: a fault in this program", channel.id)
            return SendFailed(f"a fault in this program, which the log tells: {type(fault).__name__}")
        return None

    def _outcome(self, lane: _Lane, begun: Delivery, sent: asyncio.Task[SendFailed | None]) -> Delivery:
        now = self._clock.now()
        if (failure := sent.result()) is None:
            lane.succeeded(now)
            return outbox.arrived(begun, now)
        lane.failed(begun.id, failure, now)
        after = outbox.failed(begun, str(failure), now, for_good=failure.for_good, unsure=failure.unsure)
        if after.state == "failed":
            told = counted(len(after.alerts), "alert")
            LOG.warning("channel %s: %s given up, tries: %d: %s", after.channel, told, after.tries, failure)
        return after

    # ---------------------------------------------------------------- keeping it

    async def _keep(self, delivery: Delivery, replaces: Iterable[str] = ()) -> bool:
        """Where the store cannot be written nothing is sent, and what was sent is not forgotten: it is tried again
        until it can; in a `flush` once alone."""
        while not self._keep_now(delivery, replaces):
            if not self._patient:
                return False
            await asyncio.sleep(KEEP_AGAIN)
        return True

    def _keep_now(self, delivery: Delivery, replaces: Iterable[str] = ()) -> bool:
        try:
            self._records.keep_delivery(delivery, replaces)
        except StoreError as error:
            if str(error) != self._trouble:
                LOG.error("alerts wait: what becomes of them cannot be kept: %s", error)
            self._trouble = str(error)
            return False
        self._trouble = ""
        return True


class _Lane:
    """One channel."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.pace = Pace()
        self.woken = asyncio.Event()
        self._failing_since: datetime | None = None

    async def sleep(self, until: datetime | None, now: datetime) -> None:
        """Until then, or until there is news."""
        seconds = LOOK_AGAIN if until is None else min((until - now).total_seconds(), LOOK_AGAIN)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0.0)):  # not wait_for: see AlertKeeper.run
                await self.woken.wait()

    def succeeded(self, now: datetime) -> None:
        if self._failing_since is not None:
            words = duration_words((now - self._failing_since).total_seconds())
            LOG.info("channel %s: delivers again after %s", self.channel.id, words)
        self._failing_since = None
        self.pace = outbox.after_success(self.pace, now)

    def failed(self, delivery_id: str, failure: SendFailed, now: datetime) -> None:
        """Said once, however long it lasts and however many wait."""
        if self._failing_since is None:
            LOG.warning("channel %s: not delivered: %s", self.channel.id, failure)
            self._failing_since = now
        self.pace = outbox.after_failure(self.pace, delivery_id, now)
