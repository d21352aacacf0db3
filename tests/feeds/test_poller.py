"""The whole way: a server on loopback, the real ingest process, the poller, a sink in memory."""

from __future__ import annotations

import asyncio
import random

from tensionwatch.feeds.child import IngestProcess
from tensionwatch.feeds.poller import Poller
from tests.feeds.conftest import POLL, MemorySink, SetClock, feed_at
from tests.feeds.server import FeedServer, rss


def poller_of(sink: MemorySink, ingest: IngestProcess, clock: SetClock) -> Poller:
    return Poller(sink, POLL, ingest, clock, random.Random(7))


async def test_new_entries_reach_the_sink_once(server: FeedServer, ingest: IngestProcess, clock: SetClock) -> None:
    sink = MemorySink([feed_at(server.feed("/a", rss("Patrols meet at the ford", "Envoy lands in the capital")))])
    poller = poller_of(sink, ingest, clock)

    first = await poller.once()
    again = await poller.once(everything=True)

    assert [result.result for result in first] == ["ok"]
    assert [entry.entry.title for entry in sink.accepted[0].entries] == [
        "Patrols meet at the ford",
        "Envoy lands in the capital",
    ]
    assert [result.result for result in again] == ["unchanged"]
    assert sink.accepted[1].entries == ()
