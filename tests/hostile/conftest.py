"""One ingest process for nearly all cases: started once, it must outlive each of them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from tensionwatch.config import PollConfig
from tensionwatch.feeds.child import IngestProcess
from tensionwatch.store import Store
from tests.caches import PREPARED_RULES
from tests.feeds.conftest import SetClock
from tests.feeds.server import FeedServer, rss
from tests.hostile.lab import PATIENCE, Lab, new_story_each_time


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that awaits in this folder shares one loop, as it shares the process."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.get_closest_marker("asyncio"):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@contextmanager
def no_proxy() -> Iterator[None]:
    """Loopback is reached directly, whatever the environment of the tests says."""
    names = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(before)


@asynccontextmanager
async def a_lab(
    folder: Path, poll: PollConfig = PATIENCE, *, allow_private: bool = True, warm: bool = True
) -> AsyncIterator[Lab]:
    """With an ingest process and a store of its own; warm, the process has read a feed."""
    with FeedServer().running() as server, FeedServer().running() as neighbour:
        neighbour.on("/good", new_story_each_time())
        store = Store.open(folder / "store")
        ingest = IngestProcess(poll, cache=PREPARED_RULES)
        try:
            lab = Lab(server, ingest, store, SetClock(), neighbour, allow_private)
            if warm:
                await lab.poll(lab.feed(server.feed("/first", rss("First of all"))))
            yield lab
        finally:
            await ingest.close()
            store.close()


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def lab(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    with no_proxy():
        async with a_lab(tmp_path_factory.mktemp("lab")) as running:
            yield running
