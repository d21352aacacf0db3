"""What several commands need: the configuration in force, a watch on the store, an end to everything."""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from tensionwatch import config, units
from tensionwatch.breath import Pace
from tensionwatch.clock import SystemClock
from tensionwatch.commands.starting import configured_path, say
from tensionwatch.config import Config
from tensionwatch.errors import Interrupted, StoreError, TensionwatchError, Terminated
from tensionwatch.exchange import ELSEWHERE
from tensionwatch.feeds.poller import Poller
from tensionwatch.feeds.pool import IngestPool
from tensionwatch.feeds.rulekeeper import RuleKeeper
from tensionwatch.model import Kind
from tensionwatch.ports import Sink
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.rules.collection import look_past_what_is_there, no_collection
from tensionwatch.store import FollowedStore, Store
from tensionwatch.store.files import Lock
from tensionwatch.store.replay import Reading
from tensionwatch.store.search import Search
from tensionwatch.watch import Watch
from tensionwatch.words import READING

if TYPE_CHECKING:
    from tensionwatch.rules import LoadedRules

T = TypeVar("T")
N = TypeVar("N", int, float)

_FIRST_WORD = 1.0
"""Seconds before progress is told."""
_NEXT_WORD = 2.0
GLIMPSE_EVERY = 600.0
"""Seconds: it is written where the journal has grown by a megabyte, 5 MB in a thread."""
TURN = 0.001
"""Seconds that a thread may keep the interpreter while another wants it; Python's own measure is 5 ms."""
SETTLE_AGAIN = 60.0
"""Seconds before the events are told anew in a store that could not be written."""

SHORT_KINDS = {"incident": Kind.BORDER_INCIDENT, "visit": Kind.DIPLOMATIC_VISIT}
"""How kinds may be named beside their own names."""


class BadOption(TensionwatchError):
    """What the user asked for by name is not there, or an option's value is wrong."""

    exit_code = 2


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """`; did you mean 'korea'?`; empty where no name is near."""
    near = get_close_matches(wrong, list(known), 1)
    return f"; did you mean '{near[0]}'?" if near else ""


def kind_named(name: str | None) -> Kind | None:
    """The kind of --kind. Raises BadOption."""
    kinds = SHORT_KINDS | {kind.value: kind for kind in Kind}
    if name is None or name in kinds:
        return kinds[name] if name is not None else None
    near = did_you_mean(name, kinds)
    raise BadOption(f"--kind: no kind '{name}'" + (near or f"; there are {', '.join(kinds)}"))


def region_named(name: str | None, loaded: Config) -> str | None:
    """The region of --region. Raises BadOption."""
    regions = [*(region.id for region in loaded.regions), ELSEWHERE]
    if name is None or name in regions:
        return name
    there = f"there are {', '.join(regions)}"
    raise BadOption(f"--region: no region '{name}'; {there}{did_you_mean(name, regions)}")


def time_since(text: str | None, now: datetime) -> datetime | None:
    """When the stretch of --since began. Raises BadOption."""
    if text is None:
        return None
    try:
        return now - timedelta(seconds=units.parse_duration(text))
    except (ValueError, OverflowError) as error:
        wrong = str(error) if isinstance(error, ValueError) else f"too long: '{text}'"
        raise BadOption(f"--since: {wrong}; a duration is such as 24h, 7d, 2w") from error


def packs_in_force(args: argparse.Namespace) -> tuple[Path, ...]:
    """The rule packs of the user's configuration, where there is one."""
    path = configured_path(args)
    return config.load(path).rules.packs if path is not None else ()


def rules_in_force(args: argparse.Namespace) -> LoadedRules:
    """The rules of this command; what is wrong with the user's packs is said, and the rest serves."""
    from tensionwatch.rules import load_rules

    rules = load_rules(packs_in_force(args))
    for problem in rules.problems:
        say(str(problem))
    return rules


@contextmanager
def open_watch(
    loaded: Config,
    notices: list[str],
    *,
    read_only: bool = False,
    quiet_start: float | None = 0,
    lock: Lock | None = None,
    reading: Reading | None = None,
) -> Iterator[Watch]:
    """A watch on the configured store, closed at the end; its search index is looked after from `quiet_start` seconds
    on, or left to the next process that is there for longer. `reading` hears which share of it is read; where nobody
    does, a reading that takes long is told on stderr. Raises StoreError."""
    with ExitStack() as at_end:
        reading = reading or _in_passing(lambda share: f"{READING}: {share:.0%}")
        store = Store.open(loaded.storage.path, read_only=read_only, lock=lock, reading=reading)
        search = Search(loaded.storage.path, store.raw_articles)
        at_end.callback(search.close)  # comes last: the index then knows the files as they stay
        at_end.callback(store.close)
        if not read_only and quiet_start is not None:
            search.start(quiet_start)
        yield Watch(store, loaded, load_atlas(), SystemClock(), notices=notices, search=search)


def opened_store(loaded: Config, *, read_only: bool = False) -> Store:
    """To be closed as a context; what was found wrong with it is said. Raises StoreError."""
    reading = _in_passing(lambda share: f"{READING}: {share:.0%}")
    store = Store.open(loaded.storage.path, read_only=read_only, reading=reading)
    for notice in store.notices:
        say(notice)
    return store


@contextmanager
def follow_watch(loaded: Config, notices: list[str], reading: Reading) -> Iterator[tuple[FollowedStore, Watch]]:
    """A watch on the configured store, which another process holds, and that store. Raises StoreError."""
    with ExitStack() as at_end:
        store = FollowedStore.follow(loaded.storage.path, reading)
        search = Search(loaded.storage.path, follows=True)
        at_end.callback(search.close)
        at_end.callback(store.close)
        yield store, Watch(store, loaded, load_atlas(), SystemClock(), notices=notices, search=search)


@contextmanager
def read_watch(loaded: Config, notices: list[str]) -> Iterator[Watch]:
    """The same to read alone, without the lock, with what the user should know said first."""
    for notice in notices:
        say(notice)
    with open_watch(loaded, [], read_only=True) as watch:
        for notice in watch.notices:
            say(notice)
        yield watch


def telling(what: str, noun: str = "articles") -> Callable[[int], None]:
    """Hears how many are done; says so every two seconds, from the first second on."""
    return _in_passing(lambda done: f"{what}: {done:,} {noun}")


def _in_passing(words: Callable[[N], str]) -> Callable[[N], None]:
    due = time.monotonic() + _FIRST_WORD

    def progress(done: N) -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + _NEXT_WORD
            say(words(done))

    return progress


def make_poller(loaded: Config, sink: Sink, ingest: IngestPool) -> Poller:
    return Poller(sink, loaded.poll, ingest, SystemClock(), random.Random())  # noqa: S311 # it only spreads polls


def make_rulekeeper(loaded: Config, watch: Watch, ingest: IngestPool) -> RuleKeeper:
    return RuleKeeper(watch, ingest, loaded.rules.packs)


def take_short_turns() -> None:
    """Let the loop's thread wait less for the others. It gives the interpreter up at each call of the system, a dozen
    times while the news of a feed is kept (its checksum, the journal, stats, the log), and has to wait for a turn each
    time that the search index or a reading store is at work beside it: 60 ms in a row."""
    sys.setswitchinterval(TURN)


async def settle(watch: Watch) -> None:
    """Make it ready for news between two turns of the loop; again and again where the store cannot be written.

    What is made stays, so the garbage collector is kept from looking through it, now and later: its pauses were up to
    120 ms at 10,000 flagged articles. Through what comes after that it looks a tenth as often as it would: the screen's
    own caches alone, 20,000 objects, cost it 30 ms, eight times while 500 feeds come in."""
    while True:
        try:
            with no_collection():
                pace = Pace()
                for _ in watch.settle():
                    await pace.breathe()
                look_past_what_is_there()
        except StoreError:  # the first poll result says so too, in the status line
            await asyncio.sleep(SETTLE_AGAIN)
        else:
            return


async def keep_glimpses(watch: Watch) -> None:
    """Write down from time to time what the next start shows first, so that one after a crash has it too."""
    while True:
        await asyncio.sleep(GLIMPSE_EVERY)
        with suppress(StoreError):  # whoever keeps something meets it too, and a start can do without
            if (write := watch.store.glimpse()) is not None:
                await asyncio.to_thread(write)


async def end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel them and see each to its end, so that an alert that is being sent has its last second: a loop that is
    closed would cancel all there is, once more and at once."""
    ending = set(tasks)
    for task in ending:
        task.cancel()
    if ending:
        await asyncio.wait(ending)


def settle_at_once(watch: Watch) -> None:
    """The same where nobody looks on."""
    with no_collection():
        for _ in watch.settle():
            pass


def poll_with(
    loaded: Config, watch: Watch, sink: Sink, ingest: IngestPool, work: Callable[[Poller, RuleKeeper], Awaitable[T]]
) -> T:
    """Run `work` with a poller into `sink` and a keeper of the rules, on these ingest processes, which end with it.

    Raises Stopped when Ctrl-C or SIGTERM ends it."""
    terminated = False

    async def session() -> T:
        def terminate() -> None:
            nonlocal terminated
            terminated = True
            task.cancel()

        task = cast("asyncio.Task[T]", asyncio.current_task())
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminate)
        try:
            return await work(make_poller(loaded, sink, ingest), make_rulekeeper(loaded, watch, ingest))
        finally:
            await ingest.close()

    try:
        return asyncio.run(session())
    except KeyboardInterrupt:
        raise Interrupted("interrupted") from None
    except asyncio.CancelledError:
        if not terminated:
            raise
        raise Terminated("terminated") from None
