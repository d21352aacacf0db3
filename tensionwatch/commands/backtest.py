"""`tensionwatch backtest`: rules and events over an archive, on all cores.

archive ─lines▶ workers (read, sanitise, classify) ─items▶ in order, each story once ─▶ ledger ─▶ files of --out
                                                                     └─▶ the store of --into, in batches
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import gzip
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
import zlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec
from msgspec.structs import replace

from tensionwatch import archive
from tensionwatch.archive import Bad, Item, Source
from tensionwatch.clock import SystemClock
from tensionwatch.commands.common import load_config, packs_in_force, rules_in_force, say
from tensionwatch.config import Config, registrable_domain
from tensionwatch.errors import TensionwatchError
from tensionwatch.events import Ledger, belongs
from tensionwatch.feeds.rulebook import Rulebook
from tensionwatch.model import Article, Batch, Event, Kind
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.sanitise import visible
from tensionwatch.store import Store
from tensionwatch.words import KIND_WORDS, counted

CHUNK = 500
"""Lines that a worker takes at once."""
MAX_LINE = 1 << 20
"""Bytes; a longer line is no entry."""
LEDGER_STEP = 2_000
"""Articles between two lines of progress."""
COMMIT = 1_000
"""Articles in one commit."""
PROGRESS_EVERY = 2.0
"""Seconds between two lines of progress; on a terminal the one line is drawn anew ten times as often."""
TOLD = 10
"""Bad lines that are named one by one; the others are counted."""
EVENTS, DAILY = "events.jsonl", "daily.csv"


class BadArchive(TensionwatchError):
    """The archive, or where the result is to go, cannot be used."""

    exit_code = 2


class WorkersDied(TensionwatchError):
    """A process that classifies has ended unasked."""


# ------------------------------------------------------------------ in the workers

_rulebook: Rulebook
_langs: dict[str, str]


class _Read(msgspec.Struct, gc=False):
    """What came of one chunk."""

    items: list[Item]
    bad: list[Bad]
    cpu: float
    """Seconds of processor time."""


_reads = msgspec.msgpack.Decoder(_Read)


def _start_worker(packs: Sequence[str], langs: dict[str, str]) -> None:
    global _rulebook, _langs
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends the workers
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _rulebook, _langs = Rulebook(packs), langs


def _end_with_parent() -> None:
    """A parent that is killed cannot end its workers, and they would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _read_chunk(start: int, lines: Sequence[bytes | None], since: datetime | None, until: datetime | None) -> bytes:
    """The lines from number `start` on; None is one that is too long."""
    begin = time.process_time()
    items: list[Item] = []
    bad: list[Bad] = []
    for number, line in enumerate(lines, start):
        found = _read_line(line, number)
        if found is None:
            continue
        if isinstance(found, Bad):
            bad.append(found)
        elif (since is None or found.published >= since) and (until is None or found.published < until):
            try:
                flags = _rulebook.flags(found.title, found.summary, _langs.get(found.feed, "en"), found.published)
            except Exception as error:  # noqa: BLE001  a bug that one text brings out must not cost the others theirs
                bad.append(Bad(line=number, why=f"cannot be classified: {type(error).__name__}: {error}"))
            else:
                items.append(replace(found, flags=flags) if flags else found)
    return msgspec.msgpack.encode(_Read(items, bad, time.process_time() - begin))


def _read_line(line: bytes | None, number: int) -> Item | Bad | None:
    if line is None:
        return Bad(line=number, why=f"it is longer than {MAX_LINE:,} bytes")
    return archive.read_item(line, number) if line.strip() else None


# ------------------------------------------------------------------ the run


class Outcome(NamedTuple):
    """What a back-test has found."""

    lines: int
    items: int
    articles: list[Article]
    ledger: Ledger
    bad: list[Bad]
    cut: str
    """Why the archive could be read no further; empty when it ends as it should."""
    workers: int
    cpu: float
    """Seconds of processor time in reading and classifying."""
    seconds: dict[str, float]
    """Of each stage."""


def run(args: argparse.Namespace) -> int:
    if args.all and not args.into:
        raise BadArchive("backtest: --all goes with --into")
    since, until = _span(args.since, args.until)
    loaded, notices = load_config(args)
    for notice in notices:
        say(notice)
    begin = time.monotonic()
    with ExitStack() as stack:
        corpus = stack.enter_context(_open(Path(args.corpus)))
        out = _folder(Path(args.out)) if args.out else None
        store = stack.enter_context(Store.open(Path(args.into).expanduser())) if args.into else None
        for notice in store.notices if store is not None else ():
            say(notice)
        with _progress() as progress:
            outcome = backtest(corpus, loaded, args, since, until, progress)
            told = sorted(outcome.ledger, key=lambda e: (e.when is None, e.when, e.id))
            if out is not None:
                _write(out, told, outcome, loaded, progress)
            added = _seed(store, outcome.articles, progress, everything=args.all) if store is not None else None
    report = _report(outcome, told, time.monotonic() - begin, added)
    for bad in outcome.bad[:TOLD]:
        say(f"{args.corpus}:{bad.line}: left out: {visible(bad.why)}")
    if len(outcome.bad) > TOLD:
        say(f"{args.corpus}: {counted(len(outcome.bad) - TOLD, 'more line')} left out")
    if outcome.cut:
        say(f"{args.corpus}: {outcome.cut}; what comes before is used")
    print(json.dumps(report, ensure_ascii=False) if args.json else "\n".join(_lines(report)))
    return 0


def backtest(
    corpus: Corpus,
    loaded: Config,
    args: argparse.Namespace,
    since: datetime | None,
    until: datetime | None,
    progress: Progress,
) -> Outcome:
    rules = rules_in_force(args)
    seconds: dict[str, float] = {}
    with _timed(seconds, "classifying"):
        workers = _cores()
        langs = {feed.url: feed.lang for feed in loaded.feeds}
        items: list[Item] = []
        bad: list[Bad] = []
        cpu = 0.0
        for share, read in _classified(corpus, list(map(str, packs_in_force(args))), langs, since, until, workers):
            items += read.items
            bad += read.bad
            cpu += read.cpu
            progress(f"classified {len(items):,} entries, {share:.0%} of the archive")
    with _timed(seconds, "events"):
        now = SystemClock().now()
        stories = list(archive.articles(archive.in_order(items), _source_of(loaded), rules.version, now))
        flagged = [article for article in stories if article.flags]
        ledger = Ledger()
        for start in range(0, len(flagged), LEDGER_STEP):
            ledger.update(flagged[start : start + LEDGER_STEP])
            progress(f"events: {start:,} of {len(flagged):,} flagged articles")
    return Outcome(corpus.lines, len(items), stories, ledger, bad, corpus.cut, workers, cpu, seconds)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _classified(
    corpus: Corpus,
    packs: list[str],
    langs: dict[str, str],
    since: datetime | None,
    until: datetime | None,
    workers: int,
) -> Iterator[tuple[float, _Read]]:
    """The chunks, in order; a few are under way at once, so that memory and the end by Ctrl-C stay bounded."""
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _start_worker, (packs, langs))
    waiting: deque[tuple[float, Future[bytes]]] = deque()
    try:
        for number, (start, lines) in enumerate(corpus.chunks()):
            # Each of the first chunks starts a worker, which must not hear Ctrl-C before it can ignore it.
            with _deaf() if number < workers else nullcontext():
                future = pool.submit(_read_chunk, start, lines, since, until)
            waiting.append((corpus.share, future))
            if len(waiting) >= 3 * workers:
                yield _next(waiting)
        while waiting:
            yield _next(waiting)
    except BrokenProcessPool as error:
        raise WorkersDied(f"backtest: a process that classifies has ended unasked: {error}") from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _next(waiting: deque[tuple[float, Future[bytes]]]) -> tuple[float, _Read]:
    """How much of the archive is done, and what came of the chunk."""
    share, future = waiting.popleft()
    return share, _reads.decode(future.result())


@contextmanager
def _deaf() -> Iterator[None]:
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, heard)


def _source_of(loaded: Config) -> Callable[[str], Source]:
    """A configured feed is known by its address; any other is its own name, and English."""
    known = {feed.url: Source(feed.id, feed.publisher, feed.lang) for feed in loaded.feeds}

    def source_of(feed: str) -> Source:
        if feed not in known:
            known[feed] = Source(feed, publisher_of(feed), "en")
        return known[feed]

    return source_of


def publisher_of(feed: str) -> str:
    """The registrable domain of a feed's address, with or without its scheme; a name stands for itself."""
    try:
        domain = registrable_domain(feed if "://" in feed else f"https://{feed}")
    except ValueError:
        return feed
    return domain if "." in domain and " " not in domain else feed


# ------------------------------------------------------------------ the archive


class Corpus:
    """The lines of an archive, as chunks."""

    def __init__(self, raw: IO[bytes], size: int) -> None:
        self._raw = raw
        self._size = size
        self.lines = 0
        self.cut = ""

    @property
    def share(self) -> float:
        """How much of the file has been read."""
        return min(1.0, self._raw.tell() / self._size) if self._size else 1.0

    def chunks(self) -> Iterator[tuple[int, list[bytes | None]]]:
        """Number of the first line, from 1, and the lines."""
        chunk: list[bytes | None] = []
        for line in self._each():
            self.lines += 1
            chunk.append(line)
            if len(chunk) == CHUNK:
                yield self.lines - CHUNK + 1, chunk
                chunk = []
        if chunk:
            yield self.lines - len(chunk) + 1, chunk

    def _each(self) -> Iterator[bytes | None]:
        packed = self._raw.read(2) == b"\x1f\x8b"
        self._raw.seek(0)
        opened: Any = gzip.GzipFile(fileobj=self._raw) if packed else self._raw
        try:
            while line := opened.readline(MAX_LINE):
                if line.endswith(b"\n") or len(line) < MAX_LINE:
                    yield line
                    continue
                while (rest := opened.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                    pass
                yield None
        except (EOFError, OSError, zlib.error) as error:
            self.cut = f"it can be read no further than line {self.lines:,}: {error}"


@contextmanager
def _open(path: Path) -> Iterator[Corpus]:
    try:
        raw = path.expanduser().open("rb")
        size = os.fstat(raw.fileno()).st_size
    except (OSError, ValueError) as error:
        raise BadArchive(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    with raw:
        if not raw.seekable():
            raise BadArchive(f"{path}: not a file that can be read twice; name a file, not a pipe")
        yield Corpus(raw, size)


def _span(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """From the beginning of one day to the end of the other."""
    first, last = _day("--since", since), _day("--until", until)
    if first is not None and last is not None and last < first:
        raise BadArchive(f"backtest: --until {last} is before --since {first}")
    begin = datetime.combine(first, clock_time(), UTC) if first is not None else None
    end = datetime.combine(last, clock_time(), UTC) + timedelta(days=1) if last is not None else None
    return begin, end


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise BadArchive(f"backtest: {option}: not a date such as 2023-12-31: '{text}'") from error


# ------------------------------------------------------------------ what is written


def _folder(path: Path) -> Path:
    folder = path.expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadArchive(f"{path}: {error.strerror}") from error
    return folder


def _write(out: Path, told: Sequence[Event], outcome: Outcome, loaded: Config, progress: Progress) -> None:
    """Both files, each whole or not at all."""
    atlas = load_atlas()
    times = {a.id: a.effective for a in outcome.articles if a.effective is not None}

    def regions_of(event: Event) -> list[str]:
        return [region.id for region in loaded.regions if belongs(event, region, atlas.place_countries)]

    try:
        with _replacing(out / EVENTS) as file:
            for number, event in enumerate(told):
                file.write(msgspec.json.encode(event).decode() + "\n")
                if not number % 1000:
                    progress(f"writing {EVENTS}: {number:,} of {len(told):,}")
        with _replacing(out / DAILY) as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(archive.Day._fields)
            regions = [region.id for region in loaded.regions]
            rows.writerows(archive.daily(told, times, regions, regions_of, outcome.ledger.told.voices))
    except OSError as error:
        raise BadArchive(f"{out}: {error.strerror}") from error


@contextmanager
def _replacing(path: Path) -> Iterator[IO[str]]:
    new = path.with_name(f"{path.name}.new")
    try:
        with new.open("w", encoding="utf-8", newline="") as file:
            yield file
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _seed(store: Store, stories: Iterable[Article], progress: Progress, *, everything: bool) -> int:
    """Articles that the store does not know yet, in batches. Gives their number."""
    fresh = [a for a in stories if (everything or a.flags) and store.article(a.id) is None]
    for start in range(0, len(fresh), COMMIT):
        batch = tuple(fresh[start : start + COMMIT])
        store.commit(Batch(articles=batch, new=len(batch)))
        progress(f"kept {start + len(batch):,} of {len(fresh):,} articles")
    return len(fresh)


# ------------------------------------------------------------------ what is said

Progress = Callable[[str], None]


@contextmanager
def _progress() -> Iterator[Progress]:
    """One line drawn over and over on a terminal, else a line every few seconds."""
    drawn = sys.stderr.isatty()
    every = PROGRESS_EVERY / 20 if drawn else PROGRESS_EVERY
    last = time.monotonic()

    def progress(text: str) -> None:
        nonlocal last
        if time.monotonic() - last < every:
            return
        last = time.monotonic()
        print(f"\r\x1b[K{text}" if drawn else text, end="" if drawn else "\n", file=sys.stderr, flush=True)

    try:
        yield progress
    finally:
        if drawn:
            with contextlib.suppress(OSError):
                print("\r\x1b[K", end="", file=sys.stderr, flush=True)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    begin = time.monotonic()
    try:
        yield
    finally:
        seconds[stage] = time.monotonic() - begin


def _report(outcome: Outcome, told: Sequence[Event], seconds: float, added: int | None) -> dict[str, Any]:
    kinds = Counter(event.kind for event in told)
    times = [a.effective for a in outcome.articles if a.effective is not None]
    report: dict[str, Any] = {
        "lines": outcome.lines,
        "items": outcome.items,
        "bad_lines": len(outcome.bad),
        "cut": outcome.cut or None,
        "articles": len(outcome.articles),
        "flagged": sum(bool(article.flags) for article in outcome.articles),
        "from": min(times).date().isoformat() if times else None,
        "to": max(times).date().isoformat() if times else None,
        "events": len(told),
        "events_by_kind": {kind.value: kinds[kind] for kind in Kind if kinds[kind]},
        "happened": sum(event.happened is not None for event in told),
        "cores": outcome.workers,
        "seconds": round(seconds, 2),
        "seconds_by_stage": {stage: round(spent, 2) for stage, spent in outcome.seconds.items()},
        "items_per_second_per_core": round(outcome.items / (seconds * outcome.workers), 1),
        "classified_per_cpu_second": round(outcome.items / outcome.cpu, 1) if outcome.cpu else None,
    }
    if added is not None:
        report["added"] = added
    return report


def _lines(report: dict[str, Any]) -> Iterator[str]:
    days = f", {report['from']} to {report['to']}" if report["from"] else ""
    bad = f", {counted(report['bad_lines'], 'bad line')} left out" if report["bad_lines"] else ""
    yield f"{report['items']:,} entries{days}{bad}"
    yield f"{counted(report['articles'], 'article')}, {report['flagged']:,} flagged"
    yield f"{counted(report['events'], 'event')}, of which {report['happened']:,} happened"
    for kind, number in report["events_by_kind"].items():
        yield f"  {KIND_WORDS[Kind(kind)]:<16} {number:>7,}"
    if "added" in report:
        yield f"{counted(report['added'], 'article')} added to the store"
    yield (
        f"{report['seconds']:,.1f} s on {counted(report['cores'], 'core')}: "
        f"{report['items_per_second_per_core']:,.0f} entries/s per core"
    )
