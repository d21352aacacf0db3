"""Polls what is due, for as long as it runs.

    Sink.feed_state ─▶ Agenda.due ─▶ the host's turn ─▶ slots ─▶ ingest.fetch (another process) ─▶ Sink.accept
          ▲                 ▲                                                    │                     │
          │                 └── wake: poll_now, pause, an answer, the clock      ▼                     │
          │                               Reach: a server that is silent, or nobody at all?            │
          └────────────────────────────────────────────────────────────────────────────────────────────┘

The poller decides nothing about feeds: `schedule` says what is due, the sink says what an answer means. It holds no
state that matters: what it knows of a feed lies in the sink, so that cancelling it loses only what is under way.

A host sees one request at a time, however many ingest processes there are; who waits for his host's turn holds no slot.
A silence is kept as a failure only once somebody has answered, or nobody is left who might. When nobody does we are
offline: that is nobody's failure, and one feed every 30 seconds finds out when it is over. Then, and after the machine
has slept, what has fallen due meanwhile is spread over up to a minute.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

import msgspec

from tensionwatch.breath import BREATH
from tensionwatch.clock import Clock
from tensionwatch.config import PollConfig
from tensionwatch.errors import IngestError, StoreError, StoreUnwritable
from tensionwatch.exchange import NextPoll, PollStatus, RoundStatus
from tensionwatch.feeds.agenda import Agenda
from tensionwatch.feeds.credentials import asked_at
from tensionwatch.feeds.reach import Reach, host_of
from tensionwatch.feeds.rounds import Round
from tensionwatch.feeds.schedule import CLOCK_TOLERANCE, address, due_at, is_due
from tensionwatch.logbook import LOG
from tensionwatch.model import Feed, FeedState, Fetched, FetchRequest, Record
from tensionwatch.ports import Sink

LONGEST_WAIT: Final = 30.0
"""Seconds after which the clock is looked at again: a machine that slept has missed its timers."""
SLEPT: Final = timedelta(seconds=3 * LONGEST_WAIT)
"""Between two looks at the clock: so much longer than the longest wait, and we have not been running."""
TROUBLE_PAUSE: Final = 60.0
"""Seconds without polling when answers cannot be kept, or cannot be had at all."""
PROBE_EVERY: Final = 30.0
"""Seconds between two tries whether we are online again."""
SHORTEST_WAIT: Final = 0.05
"""Seconds in which feeds that have been polled are looked over together: at 500 feeds a look takes 1 ms of CPU."""


class Ingest(Protocol):
    """Where answers come from; `feeds.pool.IngestPool`."""

    async def fetch(self, request: FetchRequest) -> Fetched:
        """Raises IngestError when no feed is to blame."""
        ...


Result = Literal["ok", "unchanged", "not due", "failed", "gone"]


class FeedResult(Record, frozen=True, kw_only=True):
    """What `once` did about one feed."""

    feed: Feed
    result: Result
    reason: str | None
    """Why it failed, is doubtful, or is not due."""
    fetched: Fetched | None
    """None when it was not asked."""
    state: FeedState
    """As it is now."""


class _Held(Exception):
    """Polling as such is held by the time that it is the feed's turn, or the feed has been disabled meanwhile."""


class _Question:
    """Are those who were silent to blame themselves? Put to all of them at once."""

    def __init__(self) -> None:
        self.answered = asyncio.Event()
        self.to_blame = True


class Poller:
    """Polls the sink's feeds. One loop, one thread."""

    def __init__(self, sink: Sink, config: PollConfig, ingest: Ingest, clock: Clock, rng: random.Random) -> None:
        self._sink = sink
        self._ingest = ingest
        self._clock = clock
        self._rng = rng
        self._agenda = Agenda(sink, clock, rng, _ticks)
        self._reach = Reach()
        self._slots = asyncio.Semaphore(config.concurrency)  # over all ingest processes
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """Host → held by the one that is being asked there."""
        self._keeping = asyncio.Lock()
        """What two answers bring, 8 ms each where 40 entries are new, is not kept in one turn of the loop."""
        self._under_way: dict[str, None] = {}
        self._round = Round()
        self._open = 0
        """Polls that have begun and whose server has neither answered nor been silent yet."""
        self._question: _Question | None = None
        self._offline_since: datetime | None = None
        self._probe_at = 0.0
        self._paused = False
        self._trouble: str | None = None
        self._resume: datetime | None = None
        self._looked: datetime | None = None
        self._wake = asyncio.Event()

    # -------------------------------------------------------------- what a screen asks

    def status(self) -> PollStatus:
        return PollStatus(
            paused=self._paused,
            under_way=tuple(self._under_way),
            round=self._round.status(),
            trouble=self._trouble,
            offline_since=self._offline_since,
        )

    def next_poll(self) -> NextPoll:
        if self._offline_since is not None:
            return NextPoll(self._clock.now() + timedelta(seconds=max(self._probe_at - _ticks(), 0.0)))
        return NextPoll(*self._agenda.nearest())

    def round(self) -> RoundStatus:
        """The same of the round alone: to find which feed is next takes 2 ms where there are 500."""
        return self._round.status()

    def asked_now(self) -> str | None:
        """The id of a feed that is being fetched right now, if there is one."""
        return next(iter(self._under_way), None)

    def pause(self, paused: bool) -> None:
        """Stop polling what falls due, or go on. What is under way is finished; `poll_now` still works."""
        self._paused = paused
        self._wake.set()

    def poll_now(self, feed_id: str | None = None) -> None:
        """Poll this feed, or all of them, without waiting for our own intervals; a server's Retry-After holds. A feed
        that is gone is asked again where it is named."""
        self._agenda.ask(feed_id)
        self._resume = None
        self._probe_at = 0.0
        self._wake.set()

    # -------------------------------------------------------------- polling

    async def run(self) -> None:
        """Poll until cancelled."""
        async with asyncio.TaskGroup() as polls:
            while True:
                self._wake.clear()
                self._notice_a_sleep()
                for feed in self._due():
                    self._open += 1
                    self._round.begun()
                    polls.create_task(self._poll(feed))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._wait()):
                        await self._wake.wait()
                await asyncio.sleep(SHORTEST_WAIT)

    async def once(
        self, *, everything: bool = False, on_result: Callable[[FeedResult], None] | None = None
    ) -> list[FeedResult]:
        """Poll every enabled feed that is due, once and without jitter; results in the feeds' order.

        `everything` leaves out our own intervals. `on_result` is told each result as it comes. When no server answers,
        `status().offline_since` says so, and no failure is kept. Raises StoreError when an answer cannot be kept;
        cancelled, it keeps what was fetched.
        """
        results: dict[str, FeedResult] = {}

        async def visit(feed: Feed) -> None:
            results[feed.id] = result = await self._visit(feed)
            if on_result:
                on_result(result)

        now, feeds = self._clock.now(), self._agenda.enabled()
        due = []
        for feed in feeds:
            state = self._agenda.state(feed)
            if is_due(state, now, everything=everything):
                due.append(feed)
                continue
            results[feed.id] = _not_asked(feed, state, now)
            if on_result:
                on_result(results[feed.id])
        self._open = len(due)
        for _ in due:
            self._round.begun()
        try:
            async with asyncio.TaskGroup() as visits:
                for feed in due:
                    visits.create_task(visit(feed))
        except* StoreError as errors:
            first: BaseException = errors
            while isinstance(first, BaseExceptionGroup):
                first = first.exceptions[0]
        else:
            return [results[feed.id] for feed in feeds]
        raise first

    async def _poll(self, feed: Feed) -> None:
        polled = False
        try:
            fetched = await self._take(feed, self._rng.random(), gives_way=True)
            if self._trouble is not None:
                LOG.info("polling works again")
            self._trouble, polled = None, not fetched.unreachable or self._offline_since is None
        except _Held:
            pass  # it is still due, and comes again
        except (StoreError, IngestError) as error:
            if self._trouble != _told(error):
                LOG.error("polling: %s", _told(error))
            self._trouble = _told(error)
            self._resume = self._clock.now() + timedelta(seconds=TROUBLE_PAUSE)
        finally:
            self._agenda.end(feed.id, polled=polled)
            self._round.ended()
            self._wake.set()

    async def _visit(self, feed: Feed) -> FeedResult:
        try:
            fetched = await self._take(feed, 0.0, gives_way=False)
        except IngestError as error:
            LOG.error("poll %s: %s", feed.id, error)
            self._round.brought(0, failed=True)
            self._round.ended()
            return _result(feed, self._agenda.state(feed), "failed", str(error))
        self._round.ended()  # not where it is cancelled: then it is not done
        return _result(feed, self._agenda.state(feed), fetched.result, fetched.reason, fetched)

    async def _take(self, feed: Feed, jitter: float, *, gives_way: bool) -> Fetched:
        """Fetch one feed and hand what comes of it to the sink, unless nobody answers at all.

        Raises StoreError, IngestError; _Held where it `gives_way`."""
        state = self._agenda.state(feed)
        host = host_of(address(feed, state, self._clock.now()))
        try:
            async with self._turns[host], self._slots:
                if gives_way and (self._is_held() or not self._agenda.is_enabled(feed.id)):
                    raise _Held
                asked_at = _ticks()
                fetched = await self._fetch(feed)
                if not fetched.unreachable:
                    self._heard(host)
                    await self._keep(fetched, jitter)
                    return fetched
            if self._reach.silent(feed.id, host, asked_at=asked_at, was_well=not state.failures):
                await self._keep(fetched, jitter)
                return fetched
            question = self._question = self._question or _Question()
        finally:
            self._open -= 1
            self._judge()
        await question.answered.wait()
        if question.to_blame:
            await self._keep(fetched, jitter)
        return fetched

    async def _fetch(self, feed: Feed) -> Fetched:
        self._under_way[feed.id] = None
        try:
            fetched = await self._ingest.fetch(_request(feed, self._agenda.state(feed), self._clock.now()))
        finally:
            del self._under_way[feed.id]
        # One clock for all that is kept: the child's differs when ours is not the system's.
        return msgspec.structs.replace(fetched, at=self._clock.now())

    async def _keep(self, fetched: Fetched, jitter: float) -> None:
        if fetched.entries:
            await self._sink.ready()
        async with self._keeping:
            before = self._sink.feed_state(fetched.feed).articles
            state = self._sink.accept(fetched, jitter=jitter)
            self._round.brought(state.articles - before, failed=fetched.result in ("failed", "gone"))
            await asyncio.sleep(BREATH)

    # -------------------------------------------------------------- is anybody there?

    def _heard(self, host: str) -> None:
        """A server has answered: who was silent meanwhile is to blame himself, and if we were offline, that is over."""
        self._reach.answered(host, _ticks())
        self._answer(to_blame=True)
        if self._offline_since is not None:
            LOG.info("online again")
            self._offline_since = None
            self._agenda.ease()

    def _judge(self) -> None:
        """Once nobody is left who might answer, say of those who were silent whether they are to blame."""
        if self._open or self._question is None:
            return
        if self._offline_since is None and self._nobody_answers():
            LOG.warning("offline: no server answers; one is asked every %g s", PROBE_EVERY)
            self._offline_since = self._clock.now()
            self._probe_at = _ticks() + PROBE_EVERY
        self._answer(to_blame=self._offline_since is None)

    def _answer(self, *, to_blame: bool) -> None:
        if self._question is not None:
            self._question.to_blame = to_blame
            self._question.answered.set()
            self._question = None

    def _nobody_answers(self) -> bool:
        return self._reach.nobody_answers(feed.id for feed in self._agenda.enabled())

    # -------------------------------------------------------------- what is due

    def _due(self) -> list[Feed]:
        """What is to be polled now, noted as such."""
        if self._is_held():
            return []
        if self._offline_since is not None:
            return self._agenda.begin(self._probe(), keep_asked=True)
        due = self._agenda.due(paused=self._paused)
        if self._trouble is None or not (due or self._agenda.queued):
            return self._agenda.begin(due, keep_asked=False)
        # One finds out whether it works again; others would be asked in vain.
        return self._agenda.begin([] if self._agenda.queued else due[:1], keep_asked=True)

    def _probe(self) -> list[Feed]:
        """One feed every 30 seconds while we are offline."""
        if self._agenda.queued or _ticks() < self._probe_at or (self._paused and not self._agenda.asked):
            return []
        self._probe_at = _ticks() + PROBE_EVERY
        return self._agenda.probe()

    def _wait(self) -> float:
        """Seconds to sleep, unless woken."""
        if self._agenda.queued and (self._trouble is not None or self._offline_since is not None or self._question):
            return LONGEST_WAIT  # the end of that poll wakes us
        if self._offline_since is not None:
            wait: float | None = self._probe_at - _ticks()
        else:
            wait = self._agenda.seconds_to_next()
        if self._resume and wait is not None:
            resume = (self._resume - self._clock.now()).total_seconds()
            wait = resume if self._agenda.asked else max(wait, resume)
        if wait is None or self._paused:
            return LONGEST_WAIT
        return min(max(wait, 0.0), LONGEST_WAIT)

    def _is_held(self) -> bool:
        """Is polling as such in trouble, or nobody answering while some still might?"""
        if self._resume is not None and self._clock.now() < self._resume:
            return True
        return self._question is not None and self._nobody_answers()

    def _notice_a_sleep(self) -> None:
        """Of this machine, or a jump of its clock: much has fallen due at once, and the network may not be up yet."""
        now, looked = self._clock.now(), self._looked
        self._looked = now
        if looked is not None and (now - looked > SLEPT or looked - now > CLOCK_TOLERANCE):
            self._agenda.ease()


def _ticks() -> float:
    """Seconds of a clock that never jumps."""
    return asyncio.get_running_loop().time()


def _told(error: StoreError | IngestError) -> str:
    """In words of which the first say most: a status line may have to cut the rest."""
    if isinstance(error, StoreUnwritable) and error.reason:
        return f"{error.reason}: news cannot be kept, and is fetched again once it can ({error})"
    return str(error)


def _request(feed: Feed, state: FeedState, now: datetime) -> FetchRequest:
    return FetchRequest(
        feed=asked_at(feed, address(feed, state, now)),
        etag=state.etag,
        last_modified=state.last_modified,
        body_hash=state.body_hash,
        seen=state.seen,
    )


def _result(
    feed: Feed, state: FeedState, result: Result, reason: str | None, fetched: Fetched | None = None
) -> FeedResult:
    return FeedResult(feed=feed, result=result, reason=reason, fetched=fetched, state=state)


def _not_asked(feed: Feed, state: FeedState, now: datetime) -> FeedResult:
    if state.result == "gone":
        return _result(feed, state, "gone", state.reason)
    held = state.not_before is not None and now < state.not_before
    at = due_at(state, now) or now
    why = "server asked to wait" if held else state.next_reason
    return _result(feed, state, "not due", f"next at {at:%Y-%m-%d %H:%M} UTC" + (f" ({why})" if why else ""))
