"""The ingest process: `python -m tensionwatch.feeds.worker`.

    stdin ─▶ Fetch ────▶ one at a time per host ─▶ fetch ─▶ parse ─▶ rules ─▶ Done ──▶ stdout
          ─▶ Classify ─▶ rules on articles that are kept already ───────────▶ Read ──▶
          ─▶ AskRules ─▶ packs read again, if need be ──────────────────────▶ Loaded ▶
          ─▶ AskVersion ────────────────────────────────────────────────────▶ Version ▶

A process of its own, so that the screen's first paint waits for neither httpx nor feedparser, so that parsing never
stalls the screen (in 4 threads it did for 95 ms at p99), and so that a parser that runs away can be ended: before a
body is read, `At` says whose it is, and the process ends when that takes too long or too much memory. It ends when
stdin closes. Only frames go to stdout; what goes wrong in the program goes to stderr, which the parent keeps.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NoReturn

import msgspec

from tensionwatch.clock import Clock, SystemClock
from tensionwatch.errors import IngestError, TensionwatchError
from tensionwatch.feeds import limits
from tensionwatch.feeds.fetch import Answer, Fetcher, FetchError
from tensionwatch.feeds.frames import (
    Answer as Said,
)
from tensionwatch.feeds.frames import (
    AskRules,
    AskVersion,
    At,
    Classify,
    Done,
    Fetch,
    Loaded,
    PackTexts,
    Read,
    Request,
    Settings,
    Stage,
    Version,
    connect_reader,
    read_frame,
    to_frame,
)
from tensionwatch.feeds.parse import NotAFeed, ParsedFeed, parse
from tensionwatch.feeds.reach import host_of
from tensionwatch.feeds.rulebook import Rulebook
from tensionwatch.model import Fetched, FetchRequest, ReadEntry
from tensionwatch.rules.collection import look_past_what_is_there
from tensionwatch.sanitise import visible


class Worker:
    """Answers requests until there are no more."""

    def __init__(self, settings: Settings, rules: Rulebook, clock: Clock, out: BinaryIO) -> None:
        self._poll = settings.poll
        self._rules = rules
        self._clock = clock
        self._out = out
        self._memory = limits.Memory()
        self._fetcher: Fetcher | None = None
        self._slots = asyncio.Semaphore(settings.poll.concurrency)
        self._hosts: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def run(self, requests: asyncio.StreamReader) -> None:
        """Until `requests` ends; what is under way then is dropped."""
        decoder: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
        tasks: set[asyncio.Task[None]] = set()
        async with Fetcher(self._poll, self._clock) as fetcher:
            self._fetcher = fetcher
            while request := await read_frame(requests, decoder):
                if isinstance(request, Fetch):
                    task = asyncio.create_task(self._serve(fetcher, request.request))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
                elif isinstance(request, Classify):
                    self._classify(request)
                elif isinstance(request, AskVersion):
                    self._send(Version(request.key, self._rules.version))
                else:
                    self._tell_rules(request)
            for task in tasks:
                task.cancel()

    def _classify(self, request: Classify) -> None:
        with self._watched(request.key, "classifying again"):
            classified = self._rules.classify(request.texts)
        self._send(Read(request.key, classified))

    def _tell_rules(self, request: AskRules) -> None:
        if request.reload:
            with self._watched(request.key, "reading the rule packs"):
                self._rules.reload(request.texts)
        self._send(Loaded(request.key, self._rules.in_force(), self._rules.texts))

    async def _serve(self, fetcher: Fetcher, request: FetchRequest) -> None:
        host = host_of(request.feed.url)
        async with self._hosts[host], self._slots:
            fetched = await self._poll_feed(fetcher, request)
        self._send(Done(fetched))

    async def _poll_feed(self, fetcher: Fetcher, request: FetchRequest) -> Fetched:
        started = asyncio.get_running_loop().time()
        try:
            fetched = self._read(request, await fetcher.get(request))
        except FetchError as error:
            fetched = _unusable(request, self._clock.now(), error)
        except IngestError as error:  # there are no certificates, which no feed is to blame for
            _end(error)
        except Exception as error:  # noqa: BLE001  one feed's bug must not cost the others their poll; stderr has it all
            traceback.print_exc()
            reason = f"a fault in this program: {type(error).__name__}: {visible(str(error))[:200]}"
            fetched = _unusable(request, self._clock.now(), FetchError(reason))
        return msgspec.structs.replace(fetched, elapsed=asyncio.get_running_loop().time() - started)

    def _read(self, request: FetchRequest, answer: Answer) -> Fetched:
        """What the answer brings. Never awaits, so that the last `At` always names the culprit."""
        unchanged = _unchanged(request, self._clock.now(), answer)
        if answer.body is None:
            return unchanged
        try:
            with self._watched(request.feed.id, "parsing its body"):
                known = frozenset(request.seen)
                parsed = parse(answer.body, url=answer.url, content_type=answer.content_type, known=known)
        except NotAFeed as error:
            return _unusable(request, unchanged.at, FetchError(error.reason, status=answer.status))
        if parsed.entries and not self._rules.is_loaded:
            with self._watched(request.feed.id, "reading the rule packs"):  # its own time, not the feed's
                self._rules.load()
                look_past_what_is_there()  # 280,000 objects: of a cold reload a twentieth went into looking at them
        with self._watched(request.feed.id, "classifying its body"):
            entries = tuple(self._new_entries(request, parsed))
        return _brought(unchanged, parsed, entries, self._rules.version)

    def _new_entries(self, request: FetchRequest, parsed: ParsedFeed) -> Iterator[ReadEntry]:
        for entry, digest in parsed.entries:
            flags = self._rules.flags(entry.title, entry.summary, request.feed.lang, entry.published)
            yield ReadEntry(entry=entry, hash=digest, flags=flags)

    @contextmanager
    def _watched(self, key: str, stage: Stage) -> Iterator[None]:
        """Say where we are; from then on this process ends if it takes too long (SIGALRM) or too much memory."""
        self._send(At(key, stage))
        started = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, self._poll.parse_timeout)
        try:
            with self._memory.limited():
                yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            if self._fetcher is not None:
                self._fetcher.forgive(time.monotonic() - started)

    def _send(self, answer: Said) -> None:
        try:
            self._out.write(to_frame(answer))
            self._out.flush()
        except BrokenPipeError:
            os._exit(0)  # the parent is gone: nobody is left to tell


# ------------------------------------------------------------------ answers in the parent's terms


def _unchanged(request: FetchRequest, at: datetime, answer: Answer) -> Fetched:
    return Fetched(
        feed=request.feed.id,
        at=at,
        result="unchanged",
        http_status=answer.status,
        etag=answer.etag,
        last_modified=answer.last_modified,
        body_hash=answer.body_hash,
        retry_after=answer.retry_after,
        floor=answer.floor,
        moved_to=answer.moved_to,
        proxied=answer.proxied,
    )


def _brought(unchanged: Fetched, parsed: ParsedFeed, entries: tuple[ReadEntry, ...], rules_version: str) -> Fetched:
    fetched = msgspec.structs.replace(
        unchanged,
        result="ok",
        reason=parsed.doubt,
        feed_floor=parsed.feed_floor,
        skip_hours=parsed.skip_hours,
        skip_days=parsed.skip_days,
        feed_title=parsed.title,
        format=parsed.format,
        entries=entries,
        rules_version=rules_version,
        seen=parsed.hashes,
    )
    if parsed.whole:
        return fetched
    # Remembering the validators of half a body would mean never to get the other half.
    return msgspec.structs.replace(fetched, etag=None, last_modified=None, body_hash=None)


def _unusable(request: FetchRequest, at: datetime, error: FetchError) -> Fetched:
    """What was remembered stays: the next good body is still compared with the last good one."""
    return Fetched(
        feed=request.feed.id,
        at=at,
        result="gone" if error.gone else "failed",
        reason=error.reason,
        http_status=error.status,
        etag=request.etag,
        last_modified=request.last_modified,
        body_hash=request.body_hash,
        retry_after=error.retry_after,
        unreachable=error.unreachable,
    )


# ------------------------------------------------------------------ the process


async def _serve(out: BinaryIO) -> None:
    requests, _ = await connect_reader(sys.stdin)
    settings = await read_frame(requests, msgspec.msgpack.Decoder(Settings))
    if settings is None:
        return
    loop = asyncio.get_running_loop()
    # Names are resolved in threads, and a dead name server holds one for many seconds.
    loop.set_default_executor(ThreadPoolExecutor(settings.poll.concurrency))
    texts = None
    if settings.texts_follow:
        follows = await read_frame(requests, msgspec.msgpack.Decoder(PackTexts))
        if follows is None:
            return
        texts = follows.texts
    rules = Rulebook(settings.packs, texts, cache=Path(settings.cache) if settings.cache is not None else None)
    await Worker(settings, rules, SystemClock(), out).run(requests)


def _end(error: TensionwatchError) -> NoReturn:
    print(error, file=sys.stderr, flush=True)  # noqa: T201  stderr is how the parent learns why
    os._exit(error.exit_code)


def main() -> None:
    out = limits.settle()
    try:
        asyncio.run(_serve(out))
    except TensionwatchError as error:
        _end(error)
    os._exit(0)  # at once: a thread may still wait for a name server


if __name__ == "__main__":
    main()
