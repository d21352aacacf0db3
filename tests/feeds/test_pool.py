"""Several ingest processes as if they were one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tensionwatch.feeds import pool as pools
from tensionwatch.feeds.pool import IngestPool
from tensionwatch.model import FetchRequest
from tensionwatch.reread import Text
from tests.caches import PREPARED_RULES
from tests.feeds.conftest import POLL, feed_at, running
from tests.feeds.server import FeedServer, Reply, rss, slowly
from tests.feeds.test_rules_in_child import pack, rule
from tests.waiting import until


def ask(servers: list[FeedServer], number: int) -> FetchRequest:
    url = servers[number].on("/feed", slowly(0.2, Reply(rss(f"Story {number}"))))
    feed = feed_at(url, f"feed-{number}")
    return FetchRequest(feed=feed, etag=None, last_modified=None, body_hash=None, seen=())


@pytest.fixture
def servers() -> Iterator[list[FeedServer]]:
    """Hosts of their own for all feeds, as one host sees one request at a time."""
    with ExitStack() as stack:
        yield [stack.enter_context(FeedServer().running()) for _ in range(8)]


@pytest.fixture(autouse=True)
def soon_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "ENOUGH", 2)


async def titles(pool: IngestPool, *requests: FetchRequest) -> set[str]:
    fetched = await asyncio.gather(*map(pool.fetch, requests))
    return {read.entry.title for each in fetched for read in each.entries}


async def test_a_few_feeds_are_fetched_by_one_process_and_many_by_two(servers: list[FeedServer]) -> None:
    async with running(IngestPool(POLL, most=2, cache=PREPARED_RULES)) as pool:
        assert await titles(pool, ask(servers, 0), ask(servers, 1)) == {"Story 0", "Story 1"}
        assert len(pool.pids) == 1
        assert len(await titles(pool, *(ask(servers, n) for n in range(8)))) == 8
        assert len(set(pool.pids)) == 2


async def test_a_process_that_is_idle_is_ended_but_for_the_first(
    servers: list[FeedServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(IngestPool(POLL, most=2, cache=PREPARED_RULES)) as pool:
        await titles(pool, *(ask(servers, n) for n in range(8)))
        first, second = pool.pids
        monkeypatch.setattr(pools, "IDLE", 0.05)
        await titles(pool, *(ask(servers, n) for n in range(8)))
        await until(lambda: pool.pids == [first] and _gone(second))
        assert await titles(pool, ask(servers, 1)) == {"Story 1"}


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_all_are_started_at_once_where_very_many_feeds_are_due() -> None:
    async with running(IngestPool(POLL, most=2, cache=PREPARED_RULES)) as pool:
        pool.start(pools.MANY - 1)
        assert len(pool.pids) == 1
        pool.start(pools.MANY)
        assert len(pool.pids) == 2


async def test_all_have_the_rules_that_the_first_has_read_again(servers: list[FeedServer], tmp_path: Path) -> None:
    path = pack(tmp_path, rule("banner"))
    async with running(IngestPool(POLL, [path], most=2)) as pool:
        await titles(pool, *(ask(servers, n) for n in range(8)))
        before = await pool.rules_version()
        pack(tmp_path, rule("banner"), rule("lantern"))
        in_force = await pool.rules(reload=True)
        assert in_force.version != before
        path.write_text("not TOML any more")  # what has become of the file since does not matter
        fetched = await asyncio.gather(*(pool.fetch(ask(servers, n)) for n in range(8)))
        assert {each.rules_version for each in fetched} == {in_force.version}
        read = await pool.classify([Text(title="Nothing of note", summary="", lang="en", published=None)])
        assert read.rules_version == in_force.version


async def test_closing_ends_all_and_those_who_wait(servers: list[FeedServer]) -> None:
    pool = IngestPool(POLL, most=2, cache=PREPARED_RULES)
    await titles(pool, *(ask(servers, n) for n in range(8)))
    pids = pool.pids
    await pool.close()
    assert pool.pids == []
    assert all(_gone(pid) for pid in pids)
