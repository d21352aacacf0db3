"""The whole way: a server on loopback, the real ingest process, the poller, a sink in memory."""

from __future__ import annotations

import asyncio
import itertools
import random
import threading

import msgspec
import pytest

from tensionwatch.clock import Clock, SystemClock
from tensionwatch.errors import StoreError, StoreUnwritable
from tensionwatch.feeds.child import IngestProcess
from tensionwatch.feeds.poller import FeedResult, Poller
from tensionwatch.model import FeedState, Fetched, FetchRequest
from tests.caches import PREPARED_RULES
from tests.feeds.conftest import POLL, MemorySink, SetClock, feed_at
from tests.feeds.server import Asked, FeedServer, Reply, held_until, rss, slowly
from tests.waiting import LONG, meanwhile, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


def poller_of(sink: MemorySink, ingest: IngestProcess, clock: Clock) -> Poller:
    return Poller(sink, POLL, ingest, clock, random.Random(7))


def outcomes(results: list[FeedResult]) -> list[str]:
    return [result.result for result in results]


# ------------------------------------------------------------------ once


async def test_new_entries_reach_the_sink_once(server: FeedServer, ingest: IngestProcess, clock: SetClock) -> None:
    sink = MemorySink([feed_at(server.feed("/a", rss("Patrols meet at the ford", "Envoy lands")))])
    poller = poller_of(sink, ingest, clock)

    assert outcomes(await poller.once()) == ["ok"]
    assert outcomes(await poller.once(everything=True)) == ["unchanged"]

    assert [entry.entry.title for entry in sink.accepted[0].entries] == ["Patrols meet at the ford", "Envoy lands"]
    assert sink.accepted[1].entries == ()


async def test_a_feed_that_is_not_due_is_not_asked_and_says_until_when(
    server: FeedServer, ingest: IngestProcess, clock: SetClock
) -> None:
    poller = poller_of(MemorySink([feed_at(server.feed("/a", rss("One")))]), ingest, clock)
    await poller.once()
    clock.forward(minutes=10)

    (result,) = await poller.once()

    assert (result.result, result.reason) == ("not due", "next at 2026-03-01 12:15 UTC (every 15m)")
    assert result.fetched is None
    assert server.count("/a") == 1


async def test_a_retry_after_holds_even_when_everything_is_asked_for(
    server: FeedServer, ingest: IngestProcess, clock: SetClock
) -> None:
    url = server.on("/a", Reply(status=503, headers={"Retry-After": "7200"}))
    poller = poller_of(MemorySink([feed_at(url)]), ingest, clock)
    (first,) = await poller.once()
    clock.forward(hours=1)
    (second,) = await poller.once(everything=True)
    clock.forward(hours=2)
    (third,) = await poller.once(everything=True)

    assert (first.result, first.reason) == ("failed", "HTTP 503 Service Unavailable")
    assert (second.result, second.reason) == ("not due", "next at 2026-03-01 14:00 UTC (server asked to wait)")
    assert third.result == "failed"
    assert server.count("/a") == 2


async def test_a_feed_that_is_gone_is_not_asked_again(
    server: FeedServer, ingest: IngestProcess, clock: SetClock
) -> None:
    poller = poller_of(MemorySink([feed_at(server.on("/a", Reply(status=410)))]), ingest, clock)

    assert outcomes(await poller.once()) == ["gone"]
    clock.forward(days=30)
    assert outcomes(await poller.once(everything=True)) == ["gone"]
    assert server.count("/a") == 1
    assert poller.next_poll().at is None


async def test_results_come_in_the_feeds_order_with_every_failure_named(
    server: FeedServer, ingest: IngestProcess, clock: SetClock
) -> None:
    feeds = [
        feed_at(server.on("/slow", slowly(0.3, Reply(rss("One")))), "slow"),
        feed_at(server.url("/missing"), "missing"),
        feed_at(server.feed("/page", b"<html><title>Log in</title></html>"), "page"),
        feed_at(server.url("/off"), "off", enabled=False),
        feed_at("http://127.0.0.1:9/", "inner", allow_private=False),
    ]
    told: list[str] = []
    results = await poller_of(MemorySink(feeds), ingest, clock).once(
        on_result=lambda result: told.append(result.feed.id)
    )

    assert [(result.feed.id, result.result, result.reason) for result in results] == [
        ("slow", "ok", None),
        ("missing", "failed", "HTTP 404 Not Found"),
        ("page", "failed", "an HTML page, not a feed (title: Log in)"),
        ("inner", "failed", "127.0.0.1 is a private address; set allow_private = true for this feed"),
    ]
    assert sorted(told) == ["inner", "missing", "page", "slow"]


async def test_once_raises_what_the_store_says(server: FeedServer, ingest: IngestProcess, clock: SetClock) -> None:
    sink = MemorySink([feed_at(server.feed("/a", rss("One")))], broken=StoreError("disk full"))
    with pytest.raises(StoreError, match="disk full"):
        await poller_of(sink, ingest, clock).once()


async def test_cancelling_keeps_what_was_fetched(server: FeedServer, ingest: IngestProcess, clock: SetClock) -> None:
    feeds = [
        feed_at(server.feed("/quick", rss("One")), "quick"),
        feed_at(server.on("/slow", held_until(server.ended, Reply(rss("Two")))), "slow"),
    ]
    sink = MemorySink(feeds)
    task = asyncio.create_task(poller_of(sink, ingest, clock).once())
    await until(lambda: bool(sink.accepted))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert [fetched.feed for fetched in sink.accepted] == ["quick"]


async def test_an_ingest_that_cannot_work_fails_no_feed(
    server: FeedServer, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tensionwatch.feeds.child.COMMAND", ("/nonexistent/python",))
    sink = MemorySink([feed_at(server.feed("/a", rss("One")))])
    (result,) = await poller_of(sink, IngestProcess(POLL, cache=PREPARED_RULES), clock).once()

    assert result.result == "failed"
    assert "ingest process could not be started" in (result.reason or "")
    assert sink.accepted == []


async def test_a_changed_address_drops_validators_and_waiting(
    server: FeedServer, ingest: IngestProcess, clock: SetClock
) -> None:
    feed = feed_at(server.feed("/new", rss("One")))
    old = FeedState(
        feed=feed.id, url="http://old.example/", etag='"old"', last_modified="x", seen=("ab",), result="gone"
    )
    sink = MemorySink([feed], states={feed.id: msgspec.structs.replace(old, not_before=clock.now())})

    assert outcomes(await poller_of(sink, ingest, clock).once()) == ["ok"]
    assert "if-none-match" not in server.asked[0].headers
    assert "if-modified-since" not in server.asked[0].headers


async def test_an_address_that_has_moved_for_good_is_asked_no_more_after_a_week(
    server: FeedServer, ingest: IngestProcess, clock: SetClock
) -> None:
    target = server.feed("/new", rss("One"))
    feed = feed_at(server.on("/old", Reply(status=301, headers={"Location": "/new"})))
    state = FeedState(feed=feed.id, url=feed.url, moved_to=target, moved_since=clock.now())
    poller = poller_of(MemorySink([feed], states={feed.id: state}), ingest, clock)

    assert outcomes(await poller.once()) == ["ok"]
    assert (server.count("/old"), server.count("/new")) == (1, 1)
    clock.forward(days=7)
    assert outcomes(await poller.once()) == ["unchanged"]
    assert (server.count("/old"), server.count("/new")) == (1, 2)


async def test_a_rotating_etag_is_never_sent_stale(server: FeedServer, ingest: IngestProcess, clock: SetClock) -> None:
    sent: list[str | None] = []

    def rotate(asked: Asked) -> Reply:
        sent.append(asked.headers.get("if-none-match"))
        return Reply(rss(f"News {len(sent)}"), headers={"ETag": f'W/"v{len(sent)}"'})

    poller = poller_of(MemorySink([feed_at(server.on("/a", rotate))]), ingest, clock)
    for _ in range(100):
        await poller.once(everything=True)

    assert sent == [None, *(f'W/"v{number}"' for number in range(1, 100))]


# ------------------------------------------------------------------ running


async def test_running_polls_again_when_the_interval_is_over(server: FeedServer, ingest: IngestProcess) -> None:
    sink = MemorySink([feed_at(server.feed("/a", rss("One")), interval=0.05)])
    async with meanwhile(poller_of(sink, ingest, SystemClock()).run()):
        await until(lambda: len(sink.accepted) >= 3)
    assert [fetched.result for fetched in sink.accepted[:3]] == ["ok", "unchanged", "unchanged"]


async def test_a_paused_poller_asks_only_what_it_is_told_to(server: FeedServer, ingest: IngestProcess) -> None:
    feeds = [feed_at(server.feed(f"/{name}", rss("One")), name) for name in ("a", "b")]
    sink = MemorySink(feeds)
    poller = poller_of(sink, ingest, SystemClock())
    poller.pause(True)
    async with meanwhile(poller.run()):
        poller.poll_now("b")
        await until(lambda: bool(sink.accepted))
        assert [fetched.feed for fetched in sink.accepted] == ["b"]
        assert poller.status().paused

        poller.pause(False)
        await until(lambda: len(sink.accepted) == 2)
    assert sink.accepted[1].feed == "a"


async def test_poll_now_does_not_wait_for_the_interval(server: FeedServer, ingest: IngestProcess) -> None:
    sink = MemorySink([feed_at(server.feed("/a", rss("One")))])
    poller = poller_of(sink, ingest, SystemClock())
    async with meanwhile(poller.run()):
        await until(lambda: len(sink.accepted) == 1)
        poller.poll_now()
        await until(lambda: len(sink.accepted) == 2)


async def test_the_status_says_what_is_under_way_and_what_comes_next(server: FeedServer, ingest: IngestProcess) -> None:
    released = threading.Event()
    feeds = [
        feed_at(server.feed("/a", rss("One")), "a"),
        feed_at(server.on("/b", held_until(released, Reply(rss("Two")))), "b"),
    ]
    sink = MemorySink(feeds)
    poller = poller_of(sink, ingest, SystemClock())
    assert poller.next_poll().feed == "a"
    async with meanwhile(poller.run()):
        await until(lambda: len(sink.accepted) == 1 and poller.status().under_way == ("b",))
        assert poller.next_poll() == (sink.states["a"].next_check, "a")
        released.set()
        await until(lambda: len(sink.accepted) == 2)
        assert poller.status().under_way == ()


async def test_a_store_in_trouble_is_told_and_polling_goes_on_later(
    server: FeedServer, ingest: IngestProcess, clock: SetClock
) -> None:
    sink = MemorySink([feed_at(server.feed("/a", rss("One")))], broken=StoreError("no space left on device"))
    poller = poller_of(sink, ingest, clock)
    async with meanwhile(poller.run()):
        await until(lambda: poller.status().trouble is not None)
        assert poller.status().trouble == "no space left on device"
        assert server.count("/a") == 1, "it waits before it asks again"

        sink.broken = None
        clock.forward(minutes=2)
        poller.pause(False)
        await until(lambda: bool(sink.accepted))
        await until(lambda: poller.status().trouble is None)
    assert server.count("/a") == 2


async def test_in_trouble_one_feed_tries_whether_it_is_over_and_those_asked_for_are_not_forgotten(
    server: FeedServer, ingest: IngestProcess, clock: SetClock
) -> None:
    feeds = [feed_at(server.feed(f"/{name}", rss(name)), name) for name in "abcdef"]
    sink = MemorySink(feeds)
    poller = poller_of(sink, ingest, clock)
    async with meanwhile(poller.run()):
        await until(lambda: len(sink.accepted) == 6)
        sink.broken = StoreUnwritable("/store/journal.log: cannot be written: No space left", "No space left")
        poller.poll_now()
        await until(lambda: poller.status().trouble is not None and not poller.status().under_way)
        assert str(poller.status().trouble).startswith("No space left: news cannot be kept")
        asked = sum(server.count(f"/{name}") for name in "abcdef")
        clock.forward(minutes=2)
        poller.pause(False)
        await until(lambda: sum(server.count(f"/{name}") for name in "abcdef") > asked)
        await until(lambda: not poller.status().under_way)
        await asyncio.sleep(0.1)
        assert sum(server.count(f"/{name}") for name in "abcdef") == asked + 1

        sink.broken = None
        clock.forward(minutes=2)
        poller.pause(False)
        await until(lambda: len(sink.accepted) == 12)
        assert poller.status().trouble is None
    assert {fetched.feed for fetched in sink.accepted[6:]} == set("abcdef")


async def test_hundreds_due_at_once_leave_the_loop_free(server: FeedServer, ingest: IngestProcess) -> None:
    """Between any two answers other work on the loop gets its turn."""
    feeds = [feed_at(server.feed(f"/{number}", rss(f"News {number}")), str(number)) for number in range(300)]
    sink = MemorySink(feeds)
    poller = poller_of(sink, ingest, SystemClock())
    most_between_turns = seen = 0
    async with meanwhile(poller.run()):
        async with asyncio.timeout(LONG):
            while len(sink.accepted) < len(feeds):
                await asyncio.sleep(0)
                most_between_turns = max(most_between_turns, len(sink.accepted) - seen)
                seen = len(sink.accepted)
    assert most_between_turns <= 2
    assert {fetched.result for fetched in sink.accepted} == {"ok"}


# ------------------------------------------------------------------ many at once, and one at a time


class TwoProcesses:
    """Feeds are shared out over two ingest processes, neither of which knows what the other one asks."""

    def __init__(self, *processes: IngestProcess) -> None:
        self._processes = itertools.cycle(processes)

    async def fetch(self, request: FetchRequest) -> Fetched:
        return await next(self._processes).fetch(request)


async def test_a_host_sees_one_request_at_a_time_whatever_the_number_of_ingest_processes(
    server: FeedServer, ingest: IngestProcess
) -> None:
    feeds = [feed_at(server.on(f"/{n}", slowly(0.05, Reply(rss("One")))), str(n)) for n in range(12)]
    other = IngestProcess(POLL, cache=PREPARED_RULES)
    poller = Poller(MemorySink(feeds), POLL, TwoProcesses(ingest, other), SystemClock(), random.Random(7))
    assert outcomes(await poller.once()) == ["ok"] * 12
    await other.close()
    assert server.most_at_once == 1


async def test_who_waits_for_the_turn_of_his_host_keeps_nobody_else_waiting(
    server: FeedServer, ingest: IngestProcess
) -> None:
    with FeedServer().running() as other:
        feeds = [feed_at(server.on(f"/{n}", slowly(0.1, Reply(rss("One")))), f"slow-{n}") for n in range(6)]
        feeds.append(feed_at(other.feed("/quick", rss("Two")), "quick"))
        sink = MemorySink(feeds)
        poll = msgspec.structs.replace(POLL, concurrency=1)
        await Poller(sink, poll, ingest, SystemClock(), random.Random(7)).once()
    assert [fetched.feed for fetched in sink.accepted].index("quick") <= 1


async def test_a_hundred_hosts_are_asked_at_once_where_the_configuration_allows_it() -> None:
    """Each address of 127.0.0.0/8 is a host of its own. None answers before so many have been asked."""
    poll = msgspec.structs.replace(POLL, concurrency=100, timeout=90.0, connect_timeout=90.0)
    wide, enough = IngestProcess(poll, cache=PREPARED_RULES), threading.Event()
    with FeedServer(host="0.0.0.0").running() as server:

        def wait_for_the_others(asked: Asked) -> Reply:
            if server.most_at_once == 100:
                enough.set()
            return Reply(rss("One"), 200 if enough.wait(LONG) else 500)

        server.on("/a", wait_for_the_others)
        feeds = [feed_at(f"http://127.0.9.{n}:{server.port}/a", str(n)) for n in range(1, 121)]
        poller = Poller(MemorySink(feeds), poll, wide, SystemClock(), random.Random(7))
        assert outcomes(await poller.once()) == ["ok"] * 120
        assert server.most_at_once == 100
    await wide.close()


async def test_a_feed_that_is_gone_is_asked_again_where_the_user_names_it(
    server: FeedServer, ingest: IngestProcess
) -> None:
    sink = MemorySink([feed_at(server.on("/a", Reply(status=410)), "a"), feed_at(server.feed("/b", rss("One")), "b")])
    poller = poller_of(sink, ingest, SystemClock())
    async with meanwhile(poller.run()):
        await until(lambda: len(sink.accepted) == 2)
        poller.poll_now()
        await until(lambda: len(sink.accepted) == 3)
        server.feed("/a", rss("Back again"))
        poller.poll_now("a")
        await until(lambda: len(sink.accepted) == 4)
    assert [(fetched.feed, fetched.result) for fetched in sink.accepted[2:]] == [("b", "unchanged"), ("a", "ok")]
    assert server.count("/a") == 2


async def test_a_feed_that_is_disabled_while_it_waits_for_its_turn_is_not_asked_and_once_enabled_it_is(
    server: FeedServer, ingest: IngestProcess
) -> None:
    released = threading.Event()
    one, other = (feed_at(server.on(f"/{n}", held_until(released, Reply(rss("One")))), n) for n in ("one", "other"))
    sink = MemorySink([one, other])
    poller = poller_of(sink, ingest, SystemClock())
    async with meanwhile(poller.run()):
        await until(lambda: server.count("/one") + server.count("/other"))
        waiting = other if server.count("/one") else one
        at = sink.feeds.index(waiting)
        sink.feeds[at] = msgspec.structs.replace(waiting, enabled=False)
        released.set()
        await until(lambda: poller.round().done == 2)
        assert server.count(f"/{waiting.id}") == 0
        sink.feeds[at] = waiting
        poller.poll_now(waiting.id)
        await until(lambda: len(sink.accepted) == 2)
    assert server.count(f"/{waiting.id}") == 1
