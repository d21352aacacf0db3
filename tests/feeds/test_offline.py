"""No network, one server down, a machine that slept: who is to blame, and how gently polling comes back."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from msgspec.structs import replace

from tensionwatch.clock import Clock, SystemClock
from tensionwatch.feeds.child import IngestProcess
from tensionwatch.feeds.poller import Poller
from tensionwatch.model import FeedState, Fetched, FetchRequest
from tests.feeds.conftest import POLL, MemorySink, SetClock, feed_at
from tests.feeds.server import FeedServer, Reply, held_until, rss, slowly
from tests.waiting import meanwhile, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Counted:
    """The real ingest process; remembers whom it was told to ask."""

    process: IngestProcess
    asked: list[str] = field(default_factory=list)

    async def fetch(self, request: FetchRequest) -> Fetched:
        self.asked.append(request.feed.id)
        return await self.process.fetch(request)


@pytest.fixture
def counted(ingest: IngestProcess) -> Counted:
    return Counted(ingest)


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tensionwatch.feeds.poller.PROBE_EVERY", 0.2)


class Net:
    """Hosts on loopback, each a port, that can be cut off from us and come back."""

    def __init__(self, count: int) -> None:
        with ExitStack() as held:
            taken = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
            self.ports = [each.getsockname()[1] for each in taken]
        self.feeds = [feed_at(f"http://127.0.0.1:{port}/", f"feed-{n}") for n, port in enumerate(self.ports)]
        self.servers: list[FeedServer] = []
        self._running = ExitStack()

    def up(self, *numbers: int) -> None:
        """These hosts answer from now on; without a number all do."""
        for number in numbers or range(len(self.ports)):
            server = self._running.enter_context(FeedServer(self.ports[number]).running())
            server.feed("/", rss(f"News {number}"))
            self.servers.append(server)

    def down(self) -> None:
        self._running.close()


@pytest.fixture
def net() -> Iterator[Net]:
    net = Net(4)
    yield net
    net.down()


@dataclass
class TimedSink(MemorySink):
    """Remembers when each answer came, in ticks of the loop."""

    times: list[float] = field(default_factory=list)

    def accept(self, fetched: Fetched, *, jitter: float) -> FeedState:
        self.times.append(ticks())
        return super().accept(fetched, jitter=jitter)


def ticks() -> float:
    return asyncio.get_running_loop().time()


def poller_of(sink: MemorySink, counted: Counted, clock: Clock | None = None) -> Poller:
    return Poller(sink, POLL, counted, clock or SystemClock(), random.Random(7))


# ------------------------------------------------------------------ offline


async def test_when_nobody_answers_that_is_one_line_and_no_feeds_failure(net: Net, counted: Counted) -> None:
    sink = MemorySink(net.feeds)
    poller = poller_of(sink, counted)
    async with meanwhile(poller.run()):
        await until(lambda: poller.status().offline_since is not None)
        await asyncio.sleep(0.3)
        status, asked_again = poller.status(), poller.next_poll().at

    assert status.trouble is None
    assert asked_again is not None
    assert sink.accepted == []
    assert {sink.feed_state(feed.id).failures for feed in net.feeds} == {0}
    assert sorted(counted.asked) == [feed.id for feed in net.feeds], "each once, and no probe for 30 s"


@pytest.mark.usefixtures("probes")
async def test_offline_one_feed_at_a_time_of_each_host_in_turn_finds_out_when_it_is_over(
    net: Net, counted: Counted
) -> None:
    sink = MemorySink(net.feeds)
    poller = poller_of(sink, counted)
    async with meanwhile(poller.run()):
        await until(lambda: poller.status().offline_since is not None)
        counted.asked.clear()
        await until(lambda: len(counted.asked) >= 8)
        assert sorted(counted.asked[:8]) == sorted([feed.id for feed in net.feeds] * 2)

        net.up()
        await until(lambda: len(sink.accepted) == 4)
        assert poller.status().offline_since is None
        assert poller.status().trouble is None
    assert {fetched.result for fetched in sink.accepted} == {"ok"}


@pytest.mark.usefixtures("probes")
async def test_when_the_network_is_back_those_that_waited_come_one_after_the_other(
    ingest: IngestProcess, counted: Counted
) -> None:
    """40 feeds of as many hosts are spread over 40 × 0.12 s."""
    net = Net(40)
    sink = TimedSink(net.feeds)
    poller = poller_of(sink, counted)
    async with meanwhile(poller.run()):
        await until(lambda: poller.status().offline_since is not None)
        before = ticks()
        net.up()
        await until(lambda: len(sink.accepted) == 40)
    net.down()
    assert sink.times[-1] - before > 3.0
    early = sum(at - before < 1.0 for at in sink.times)
    assert early < 20, f"{early} of 40 in the first second"


@pytest.mark.usefixtures("probes")
async def test_what_the_user_asks_for_offline_is_tried_at_once_and_not_forgotten(net: Net, counted: Counted) -> None:
    sink = MemorySink(net.feeds)
    poller = poller_of(sink, counted)
    async with meanwhile(poller.run()):
        await until(lambda: poller.status().offline_since is not None)
        counted.asked.clear()
        poller.poll_now("feed-3")
        await until(lambda: len(counted.asked) >= 4)
        assert counted.asked[:4].count("feed-3") >= 3, "beside a probe that was about to begin"
        net.up()
        await until(lambda: len(sink.accepted) == 4)
    assert sink.accepted[0].feed == "feed-3"


async def test_one_server_that_is_down_among_others_is_its_own_failure(net: Net, counted: Counted) -> None:
    net.up(0, 1, 2)
    sink = MemorySink(net.feeds)
    poller = poller_of(sink, counted)
    async with meanwhile(poller.run()):
        await until(lambda: len(sink.accepted) == 4)
        assert poller.status().offline_since is None
    assert sink.feed_state("feed-3").failures == 1
    assert sink.feed_state("feed-3").reason == "could not connect: connection refused"


async def test_many_servers_down_while_one_is_slow_to_answer_are_their_own_failures(net: Net, counted: Counted) -> None:
    """Three refuse in a millisecond; that the fourth is there is known only half a second later."""
    net.up(0)
    net.servers[0].on("/", slowly(0.5, Reply(rss("Late"))))
    sink = MemorySink(net.feeds)
    poller = poller_of(sink, counted)
    async with meanwhile(poller.run()):
        await until(lambda: len(sink.accepted) == 4)
        assert poller.status().offline_since is None
    assert sink.accepted[0].feed == "feed-0"
    assert [sink.feed_state(feed.id).failures for feed in net.feeds] == [0, 1, 1, 1]


async def test_a_single_host_that_is_down_is_not_the_network(net: Net, counted: Counted) -> None:
    feeds = [feed_at(f"{net.feeds[0].url}{name}", name) for name in "abcde"]
    sink = MemorySink(feeds)
    poller = poller_of(sink, counted)
    async with meanwhile(poller.run()):
        await until(lambda: len(sink.accepted) == 5)
        assert poller.status().offline_since is None
    assert {sink.feed_state(name).failures for name in "abcde"} == {1}


async def test_dead_feeds_that_are_tried_again_together_do_not_make_us_offline(
    net: Net, counted: Counted, clock: SetClock
) -> None:
    net.up(0)
    sink = MemorySink(net.feeds)
    poller = poller_of(sink, counted, clock)
    await poller.once()
    sink.states["feed-0"] = replace(sink.states["feed-0"], next_check=clock.now() + timedelta(days=30))
    sink.accepted.clear()
    clock.forward(minutes=20)
    async with meanwhile(poller.run()):
        await until(lambda: len(sink.accepted) == 3)
        assert poller.status().offline_since is None
    assert [sink.feed_state(feed.id).failures for feed in net.feeds] == [0, 2, 2, 2]


async def test_a_round_without_a_network_keeps_no_failure_and_says_so(
    net: Net, counted: Counted, clock: SetClock
) -> None:
    sink = MemorySink(net.feeds)
    poller = poller_of(sink, counted, clock)
    for _ in range(3):
        results = await poller.once()
        assert [(result.result, result.reason) for result in results] == [
            ("failed", "could not connect: connection refused")
        ] * 4
        assert poller.status().offline_since == clock.now()
    assert sink.accepted == []
    net.up()
    assert [result.result for result in await poller.once()] == ["ok"] * 4
    assert poller.status().offline_since is None


async def test_cancelled_while_it_is_not_known_who_is_to_blame_nothing_is_kept_of_the_silent(
    net: Net, counted: Counted
) -> None:
    net.up(0, 1)
    net.servers[0].on("/", held_until(net.servers[0].ended, Reply(rss("Late"))))
    sink = MemorySink(net.feeds)
    task = asyncio.create_task(poller_of(sink, counted).once())
    await until(lambda: len(sink.accepted) >= 1 and len(counted.asked) == 4)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "feed-1" in {fetched.feed for fetched in sink.accepted}


# ------------------------------------------------------------------ a machine that slept


async def test_after_the_machine_has_slept_feeds_come_back_one_after_the_other(
    server: FeedServer, counted: Counted, clock: SetClock
) -> None:
    feeds = [feed_at(server.feed(f"/{number}", rss("One")), str(number)) for number in range(30)]
    sink = TimedSink(feeds)
    poller = poller_of(sink, counted, clock)
    async with meanwhile(poller.run()):
        await until(lambda: len(sink.accepted) == 30)
        before = ticks()
        clock.forward(hours=9)
        poller.pause(False)
        await until(lambda: len(sink.accepted) == 60)
    early = sum(at - before < 0.8 for at in sink.times[30:])
    assert early < 20, "30 feeds are spread over 3.6 s"


async def test_a_user_who_wakes_the_machine_and_asks_does_not_wait(
    server: FeedServer, counted: Counted, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those who do wait are spread over an hour here."""
    monkeypatch.setattr("tensionwatch.feeds.agenda.SPREAD_EACH", 120.0)
    monkeypatch.setattr("tensionwatch.feeds.agenda.SPREAD_AT_MOST", 3_600.0)
    feeds = [feed_at(server.feed(f"/{number}", rss("One")), str(number)) for number in range(30)]
    sink = MemorySink(feeds)
    poller = poller_of(sink, counted, clock)
    async with meanwhile(poller.run()):
        await until(lambda: len(sink.accepted) == 30)
        clock.forward(hours=9)
        poller.poll_now()
        await until(lambda: len(sink.accepted) == 60)


async def test_a_clock_that_is_set_back_by_years_does_not_silence_the_feeds(
    server: FeedServer, counted: Counted, clock: SetClock
) -> None:
    sink = MemorySink([feed_at(server.feed("/a", rss("One")))])
    poller = poller_of(sink, counted, clock)
    async with meanwhile(poller.run()):
        await until(lambda: len(sink.accepted) == 1)
        clock.forward(days=-900)
        poller.pause(False)
        await until(lambda: len(sink.accepted) == 2)
        await asyncio.sleep(0.3)
        assert len(sink.accepted) == 2, "and then all is as before"
