"""`tensionwatch backtest`: rules and events over an archive, on all cores.

archive ─▶ items, classified (commands/corpus.py) ─▶ in order, each story once ─▶ ledger, index ─▶ files of --out
                                                                 │                     ├─▶ plot of --plot
                                                                 │                     └─▶ --against a published series
                                                                 └─▶ the store of --into, in batches
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tensionwatch import archive
from tensionwatch.archive import Bad, Item, Source
from tensionwatch.clock import SystemClock
from tensionwatch.commands import backtest_against, backtest_series, plots
from tensionwatch.commands.backtest_against import Compared, Published
from tensionwatch.commands.backtest_series import Found
from tensionwatch.commands.common import packs_in_force, rules_in_force
from tensionwatch.commands.corpus import BadArchive, Corpus, classified, cores, opened
from tensionwatch.commands.starting import json_line, load_config, say
from tensionwatch.commands.tables import replacing
from tensionwatch.config import Config, registrable_domain
from tensionwatch.config_values import nearest
from tensionwatch.events import Ledger, belongs
from tensionwatch.model import Article, Batch, Event, Kind
from tensionwatch.rules.atlas import Atlas, load_atlas
from tensionwatch.rules.collection import no_collection
from tensionwatch.sanitise import visible
from tensionwatch.store import Store
from tensionwatch.words import KIND_WORDS, counted

LEDGER_STEP = 2_000
"""Articles between two lines of progress."""
COMMIT = 1_000
"""Articles in one commit."""
PROGRESS_EVERY = 2.0
"""Seconds between two lines of progress; on a terminal the one line is drawn anew ten times as often."""
TOLD = 10
"""Bad lines that are named one by one; the others are counted."""
EVENTS, DAILY = "events.jsonl", "daily.csv"


# ------------------------------------------------------------------ the run


class Outcome(NamedTuple):
    """What a back-test has found."""

    lines: int
    items: int
    articles: list[Article]
    ledger: Ledger
    found: Found | None
    """The index of its days, where that is asked for."""
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
    if bool(args.against) != bool(args.column):
        raise BadArchive("backtest: --against FILE.csv and --column NAME go together")
    since, until = _span(args.since, args.until)
    loaded, notices = load_config(args)
    atlas = load_atlas()
    for region in (args.region, args.plot):
        _known(region, loaded, atlas)
    published = backtest_against.read(Path(args.against), args.column) if args.against else None
    for notice in notices:
        say(notice)
    begin = time.monotonic()
    with ExitStack() as stack:
        corpus = stack.enter_context(opened(Path(args.corpus)))
        out = _folder(Path(args.out)) if args.out else None
        store = stack.enter_context(Store.open(Path(args.into).expanduser())) if args.into else None
        for notice in store.notices if store is not None else ():
            say(notice)
        with _progress() as progress:
            outcome = backtest(corpus, loaded, atlas, args, since, until, progress)
            told = sorted(outcome.ledger, key=lambda e: (e.when is None, e.when, e.id))
            if out is not None:
                _write(out, told, outcome, loaded, atlas, progress)
            compared = _compared(outcome.found, published, args, loaded)
            added = _seed(store, outcome.articles, progress, everything=args.all) if store is not None else None
    report = _report(outcome, told, time.monotonic() - begin, added, compared)
    for bad in outcome.bad[:TOLD]:
        say(f"{args.corpus}:{bad.line}: left out: {visible(bad.why)}")
    if len(outcome.bad) > TOLD:
        say(f"{args.corpus}: {counted(len(outcome.bad) - TOLD, 'more line')} left out")
    if outcome.cut:
        say(f"{args.corpus}: {outcome.cut}; what comes before is used")
    _say(report, compared, outcome.found, args, loaded)
    return 0


def _known(region: str | None, loaded: Config, atlas: Atlas) -> None:
    """A region's id, or a country's code. Raises BadArchive."""
    ids = [each.id for each in loaded.regions]
    if region is not None and region not in ids and region not in atlas.countries:
        meant = nearest(region, [*ids, *sorted(atlas.countries)])
        hint = f"; did you mean '{meant}'?" if meant else f": there are {', '.join(ids)}, and countries such as UKR"
        raise BadArchive(f"backtest: no region '{region}'{hint}")


def _compared(
    found: Found | None, published: Published | None, args: argparse.Namespace, loaded: Config
) -> list[Compared]:
    if found is None or published is None:
        return []
    regions = [args.region] if args.region else [region.id for region in loaded.regions]
    return [backtest_against.compare(found, region, args.number, published) for region in regions]


@no_collection()
def backtest(
    corpus: Corpus,
    loaded: Config,
    atlas: Atlas,
    args: argparse.Namespace,
    since: datetime | None,
    until: datetime | None,
    progress: Progress,
) -> Outcome:
    rules = rules_in_force(args)
    seconds: dict[str, float] = {}
    with _timed(seconds, "classifying"):
        workers = cores()
        langs = {feed.url: feed.lang for feed in loaded.feeds}
        items: list[Item] = []
        bad: list[Bad] = []
        cpu = 0.0
        for share, read in classified(corpus, list(map(str, packs_in_force(args))), langs, since, until, workers):
            items += read.items
            bad += read.bad
            cpu += read.cpu
            progress(f"classified {len(items):,} entries, {share:.0%} of the archive")
    with _timed(seconds, "events"):
        now = SystemClock().now()
        stories = list(archive.articles(archive.in_order(items), _source_of(loaded), rules.version, now))
        ledger, found = Ledger(), None
        if args.out or args.plot or args.against:
            asked = dict.fromkeys(name for name in (args.region, args.plot) if name in atlas.countries)
            found = backtest_series.follow(stories, ledger, loaded.regions, list(asked), atlas, progress)
        else:
            _tell(ledger, [article for article in stories if article.flags], progress)
    return Outcome(corpus.lines, len(items), stories, ledger, found, bad, corpus.cut, workers, cpu, seconds)


def _tell(ledger: Ledger, flagged: Sequence[Article], progress: Progress) -> None:
    """In large steps: five times as quick as one after the other, where nobody asks what stood meanwhile."""
    for start in range(0, len(flagged), LEDGER_STEP):
        ledger.update(flagged[start : start + LEDGER_STEP])
        progress(f"events: {start:,} of {len(flagged):,} flagged articles")


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


# ------------------------------------------------------------------ what is asked


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


def _write(
    out: Path, told: Sequence[Event], outcome: Outcome, loaded: Config, atlas: Atlas, progress: Progress
) -> None:
    """All files, each whole or not at all."""
    times = {a.id: a.effective for a in outcome.articles if a.effective is not None}

    def regions_of(event: Event) -> list[str]:
        return [region.id for region in loaded.regions if belongs(event, region, atlas.place_countries)]

    try:
        with replacing(out / EVENTS) as file:
            for number, event in enumerate(told):
                file.write(msgspec.json.encode(event).decode() + "\n")
                if not number % 1000:
                    progress(f"writing {EVENTS}: {number:,} of {len(told):,}")
        with replacing(out / DAILY) as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(archive.Day._fields)
            regions = [region.id for region in loaded.regions]
            rows.writerows(archive.daily(told, times, regions, regions_of, outcome.ledger.told.voices))
        if outcome.found is not None:
            titles = {article.id: article.title for article in outcome.articles if article.flags}
            backtest_series.write(out, outcome.found, loaded.regions, titles, progress)
    except OSError as error:
        raise BadArchive(f"{out}: {error.strerror}") from error


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


def _report(
    outcome: Outcome, told: Sequence[Event], seconds: float, added: int | None, compared: Sequence[Compared]
) -> dict[str, Any]:
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
    if outcome.found is not None:
        report["alarms"] = len(outcome.found.alarms)
    if added is not None:
        report["added"] = added
    if compared:
        report["against"] = [backtest_against.as_json(each) for each in compared]
    return report


def _say(
    report: dict[str, Any], compared: Sequence[Compared], found: Found | None, args: argparse.Namespace, loaded: Config
) -> None:
    if args.json:
        print(json_line(report))
        return
    print("\n".join(_lines(report)))
    for each in compared:
        print("\n".join(backtest_against.lines(each)))
    if args.plot and found is not None:
        name = next((region.name for region in loaded.regions if region.id == args.plot), args.plot)
        shown = backtest_series.drawn(found, args.plot, name)
        print(plots.text(shown, shutil.get_terminal_size().columns) if shown.days else f"{name}: no days to plot")


def _lines(report: dict[str, Any]) -> Iterator[str]:
    days = f", {report['from']} to {report['to']}" if report["from"] else ""
    bad = f", {counted(report['bad_lines'], 'bad line')} left out" if report["bad_lines"] else ""
    yield f"{report['items']:,} entries{days}{bad}"
    yield f"{counted(report['articles'], 'article')}, {report['flagged']:,} flagged"
    yield f"{counted(report['events'], 'event')}, of which {report['happened']:,} happened"
    for kind, number in report["events_by_kind"].items():
        yield f"  {KIND_WORDS[Kind(kind)]:<16} {number:>7,}"
    if "alarms" in report:
        yield f"{counted(report['alarms'], 'alarm')}"
    if "added" in report:
        yield f"{counted(report['added'], 'article')} added to the store"
    yield (
        f"{report['seconds']:,.1f} s on {counted(report['cores'], 'core')}: "
        f"{report['items_per_second_per_core']:,.0f} entries/s per core"
    )
