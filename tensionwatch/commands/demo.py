"""`tensionwatch demo`: the real poller, store and screen on an embedded scenario, served on loopback."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tensionwatch.clock import SystemClock
from tensionwatch.commands.common import open_watch
from tensionwatch.commands.logged import ringed
from tensionwatch.commands.polling import poll_once
from tensionwatch.commands.screen import as_asked, show
from tensionwatch.commands.starting import started_ingest
from tensionwatch.commands.told import event_line, whole_events
from tensionwatch.config import Config
from tensionwatch.demo import DemoServer, demo_config, past_articles
from tensionwatch.errors import TensionwatchError
from tensionwatch.model import Batch
from tensionwatch.store import Store
from tensionwatch.watch import Watch


class HeadlessOnly(TensionwatchError):
    exit_code = 2


def run(args: argparse.Namespace) -> int:
    if args.json and not args.headless:
        raise HeadlessOnly("demo: --json goes with --headless")
    with _served(args.speed, finished=args.headless) as (server, loaded):
        minutes = server.duration / 60
        notice = f"demo: a made-up story that unfolds over {minutes:.1f} min; outlets and events are invented"
        if not args.headless:
            remember(loaded, server)
        with open_watch(loaded, [notice]) as watch:
            if not args.headless:
                with ringed(args, loaded) as ring:
                    return show(as_asked(loaded, args), watch, "tensionwatch demo", ring=ring)
            with started_ingest(loaded) as ingest:
                code = poll_once(loaded, watch, ingest, everything=True, strict=True, as_json=args.json)
            if not args.json:
                print("\n".join(_told(watch)))
            return code


def remember(loaded: Config, server: DemoServer) -> None:
    """Put what came before the story into the store; its events are told when that is opened."""
    past = tuple(past_articles(server.scenario, server.start_time))
    with Store.open(loaded.storage.path) as store:
        store.commit(Batch(articles=past, new=len(past)))


@contextmanager
def _served(speed: float, *, finished: bool) -> Iterator[tuple[DemoServer, Config]]:
    """The scenario on loopback and a configuration that polls it into a folder that is gone afterwards."""
    # httpx would send loopback through a proxy that the environment names.
    for name in ("no_proxy", "NO_PROXY"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), "127.0.0.1")))
    server = DemoServer(SystemClock(), speed, finished=finished)
    server.start()
    try:
        with tempfile.TemporaryDirectory(prefix="tensionwatch-demo-") as folder:
            yield server, demo_config(server, Path(folder) / "store")
    finally:
        server.stop()


def _told(watch: Watch) -> Iterator[str]:
    """The events that the demo's articles tell, newest first."""
    yield "events:"
    yield from (f"  {event_line(event, watch)}" for event in whole_events(watch))
