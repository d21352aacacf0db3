"""The ingest process and its handle: answers, deaths and restarts, all with real processes."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import msgspec
import pytest
from textual.app import App

from tensionwatch import logfile
from tensionwatch.errors import IngestError
from tensionwatch.feeds.child import IngestProcess
from tensionwatch.model import Feed, FetchRequest
from tests.caches import PREPARED_RULES
from tests.feeds.conftest import ENDLESS, POLL, feed_at, running
from tests.feeds.server import Asked, FeedServer, Reply, held_until, rss, slowly
from tests.waiting import LONG, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


def ask(feed: Feed, **known: object) -> FetchRequest:
    blank = {"etag": None, "last_modified": None, "body_hash": None, "seen": ()}
    return FetchRequest(feed=feed, **{**blank, **known})  # type: ignore[arg-type]  # kwargs of mixed types


async def test_known_entries_are_left_out_of_the_answer(server: FeedServer, ingest: IngestProcess) -> None:
    feed = feed_at(server.feed("/a", rss("One", "Two", "Three")))
    first = await ingest.fetch(ask(feed))

    again = await ingest.fetch(ask(feed, seen=first.seen[:2]))

    assert [entry.entry.title for entry in again.entries] == ["Three"]
    assert again.seen == first.seen


async def test_every_answer_says_what_it_took_and_brought(server: FeedServer, ingest: IngestProcess) -> None:
    body = rss("One", channel="Ferry &amp; Coast", extra="<ttl>120</ttl>")
    answer = await ingest.fetch(ask(feed_at(server.feed("/a", body, ETag='W/"x"'))))

    assert (answer.result, answer.http_status, answer.format, answer.feed_title) == (
        "ok",
        200,
        "rss20",
        "Ferry & Coast",
    )
    assert (answer.etag, answer.floor, answer.feed_floor) == ('W/"x"', None, 7_200.0)
    assert answer.elapsed > 0


async def test_half_a_body_is_not_remembered_as_the_last(server: FeedServer, ingest: IngestProcess) -> None:
    body = rss("One", "Two")[:-60]
    answer = await ingest.fetch(ask(feed_at(server.feed("/a", body, ETag='"half"'))))

    assert (answer.result, answer.reason) == ("ok", "cut short: 1 entry kept")
    assert (answer.etag, answer.body_hash) == (None, None)


async def test_a_bad_body_keeps_the_validators_of_the_last_good_one(server: FeedServer, ingest: IngestProcess) -> None:
    feed = feed_at(server.feed("/a", b"<!doctype html><title>Sorry</title>", ETag='"page"'))
    answer = await ingest.fetch(ask(feed, etag='"good"', body_hash="beef"))

    assert (answer.result, answer.reason) == ("failed", "an HTML page, not a feed (title: Sorry)")
    assert (answer.etag, answer.body_hash) == ('"good"', "beef")


async def test_one_host_is_asked_one_thing_at_a_time(server: FeedServer, ingest: IngestProcess) -> None:
    reply = Reply(rss("One"))
    feeds = [feed_at(server.on(f"/{number}", slowly(0.05, reply)), str(number)) for number in range(6)]

    answers = await asyncio.gather(*(ingest.fetch(ask(feed)) for feed in feeds))

    assert [answer.result for answer in answers] == ["ok"] * 6
    assert server.most_at_once == 1


async def test_a_body_that_is_never_read_to_its_end_costs_its_own_feed_alone(
    server: FeedServer, never_ending: None
) -> None:
    bad = feed_at(server.feed("/bad", rss(ENDLESS)), "bad")
    good = [feed_at(server.on(f"/{number}", Reply(rss("One"))), str(number)) for number in range(4)]

    async with running(IngestProcess(POLL, cache=PREPARED_RULES)) as ingest:
        answers = await asyncio.gather(*(ingest.fetch(ask(feed)) for feed in [bad, *good]))

    assert [answer.result for answer in answers] == ["failed", "ok", "ok", "ok", "ok"]
    assert answers[0].reason == "classifying its body took longer than 60 s"
    assert server.count("/bad") == 1, "it is not tried again at once"


async def test_a_killed_process_is_replaced_and_nothing_is_lost(server: FeedServer, ingest: IngestProcess) -> None:
    def at_the_second_request(asked: Asked) -> Reply:
        if server.count("/a") == 1:
            server.ended.wait(LONG)
        return Reply(rss("One"))

    feed = feed_at(server.on("/a", at_the_second_request))
    waiting = asyncio.create_task(ingest.fetch(ask(feed)))
    await until(lambda: server.asked)
    first = ingest.pid
    assert first

    os.kill(first, signal.SIGKILL)
    answer = await waiting

    assert answer.result == "ok"
    assert server.count("/a") == 2
    assert ingest.pid not in {first, None}


async def test_a_process_that_dies_again_and_again_is_given_up(server: FeedServer, ingest: IngestProcess) -> None:
    feed = feed_at(server.on("/a", held_until(server.ended, Reply(rss("One")))))
    waiting = asyncio.create_task(ingest.fetch(ask(feed)))
    for deaths in (1, 2):
        await until(lambda deaths=deaths: server.count("/a") == deaths)
        assert ingest.pid
        os.kill(ingest.pid, signal.SIGKILL)

    with pytest.raises(IngestError, match=r"the ingest process ended \(SIGKILL\)"):
        await waiting
    assert (await ingest.fetch(ask(feed_at(server.feed("/b", rss("Two")), "b")))).result == "ok"


async def test_a_process_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tensionwatch.feeds.child.COMMAND", ("/nonexistent/python",))
    async with running(IngestProcess(POLL, cache=PREPARED_RULES)) as ingest:
        with pytest.raises(IngestError, match="could not be started: No such file"):
            await ingest.fetch(ask(feed_at("http://127.0.0.1:9/")))


async def test_the_last_words_of_a_dying_process_are_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    dying = ("/bin/sh", "-c", "echo some noise >&2; echo the disk is on fire >&2; exit 9")
    monkeypatch.setattr("tensionwatch.feeds.child.COMMAND", dying)
    async with running(IngestProcess(POLL, cache=PREPARED_RULES)) as ingest:
        with pytest.raises(IngestError, match=r"\(exit code 9\): the disk is on fire"):
            await ingest.fetch(ask(feed_at("http://127.0.0.1:9/")))


async def test_all_that_a_process_says_and_its_end_are_in_the_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dying = ("/bin/sh", "-c", "echo a traceback >&2; seq 3000 >&2; printf 'the disk is on fire' >&2; exit 9")
    monkeypatch.setattr("tensionwatch.feeds.child.COMMAND", dying)
    logfile.start(tmp_path / "log", "info", (), lambda _: None)
    async with running(IngestProcess(POLL, cache=PREPARED_RULES)) as ingest:
        with pytest.raises(IngestError):
            await ingest.fetch(ask(feed_at("http://127.0.0.1:9/")))
    logfile.stop()
    said = [line.split(maxsplit=3)[3] for line in (tmp_path / "log").read_text("utf-8").splitlines()]
    assert said.count("an ingest process ended (exit code 9)") == 2
    words = [line.partition(" said: ")[2] for line in said if " said: " in line]
    assert words == ["a traceback", *map(str, range(1, 3001)), "the disk is on fire"] * 2


async def test_a_process_that_falls_silent_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tensionwatch.feeds.child.COMMAND", ("/bin/sleep", "600"))
    monkeypatch.setattr("tensionwatch.feeds.child.STARTING", 0.0)
    hasty = msgspec.structs.replace(POLL, timeout=0.1, parse_timeout=0.1)
    async with running(IngestProcess(hasty)) as ingest:
        with pytest.raises(IngestError, match="gave no sign of life"):
            await ingest.fetch(ask(feed_at("http://127.0.0.1:9/")))


async def test_closing_ends_the_process_and_those_who_wait(server: FeedServer) -> None:
    ingest = IngestProcess(POLL, cache=PREPARED_RULES)
    held = server.on("/a", held_until(server.ended, Reply(rss("One"))))
    waiting = asyncio.create_task(ingest.fetch(ask(feed_at(held))))
    await until(lambda: server.asked)
    pid = ingest.pid
    assert pid

    await ingest.close()

    with pytest.raises(IngestError, match="closed"):
        await waiting
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_process_that_was_never_asked_can_be_closed() -> None:
    ingest = IngestProcess(POLL, cache=PREPARED_RULES)
    ingest.start()
    pid = ingest.pid
    assert pid
    await ingest.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_it_starts_and_restarts_inside_a_running_textual_app(server: FeedServer, never_ending: None) -> None:
    """There sys.stdout and sys.stderr are replaced, and multiprocessing cannot start anything."""
    feed = feed_at(server.feed("/a", rss("One")))
    bad = feed_at(server.feed("/bad", rss(ENDLESS)), "bad")
    results: list[str] = []
    closed = asyncio.Event()

    class Screen(App[None]):
        async def on_mount(self) -> None:
            try:
                async with running(IngestProcess(POLL, cache=PREPARED_RULES)) as ingest:
                    for asked in (feed, bad, feed):
                        results.append((await ingest.fetch(ask(asked))).result)
            finally:
                closed.set()

    async with Screen().run_test():
        await closed.wait()

    assert results == ["ok", "failed", "ok"]


async def test_an_interrupt_does_not_end_the_process(server: FeedServer, ingest: IngestProcess) -> None:
    feed = feed_at(server.feed("/a", rss("One")))
    await ingest.fetch(ask(feed))
    assert ingest.pid
    os.kill(ingest.pid, signal.SIGINT)

    assert (await ingest.fetch(ask(feed))).result == "ok"
    assert server.count("/a") == 2


async def test_certificates_that_cannot_be_read_are_no_feeds_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty.pem").write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "empty.pem"))
    async with running(IngestProcess(POLL)) as ingest:
        with pytest.raises(IngestError, match="SSL_CERT_FILE: no certificates can be read there"):
            await ingest.fetch(ask(feed_at("https://127.0.0.1:9/rss")))
