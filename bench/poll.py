"""The poller beside newsboat and lemon24/reader, in one run.

    .venv/bin/python bench/poll.py [--only cold,304] [--runs N] [--peers newsboat,reader] [--json]
                                   [--corpus ITEMS.jsonl[.gz]] [--reader-python PATH | --make-reader-venv DIR]

500 feeds of 40 entries, each at its own loopback address (Linux answers to all of 127.0.0.0/8; elsewhere this bench
cannot run), served by nginx, and by a server of our own where each answer is to be late. The entries are made up
(bench/newsroom.py) or the last of a corpus. Ours classifies and stores; each is measured as a whole process, from its
start to its end, in turn with the others, so that a busy moment of the machine meets all. A run that did not get, or
did not keep, what it should have makes its rows invalid, and the bench then exits with 1.

newsboat has 100 threads, and its own default where a row says so. Its first reload keeps no validators; so before
"nothing changed" everybody polls twice. Every goal is an upper bound of `ratio` (ours / peer).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import newsroom
import newsstand
import pollers
from newsstand import Mode, NoServer, Served, Stand
from pollers import Poller, Run, Wrong
from rows import INVALID, Row

from tensionwatch.rules import load_rules

THREADS = 100
_LOOKED_AT = 2_000
"""Stories that are classified to tell the share that is flagged."""


class Scenario(NamedTuple):
    key: str
    name: str
    goal: float
    """Of the ratio to newsboat."""
    mode: Mode = "validators"
    seeded: bool = True
    """Has everything been polled before?"""
    one_more: bool = False
    status: int = 200
    """What the server must answer to everybody."""
    result: str = "ok"
    """What ours must say of each feed."""
    unit: str = "s"


COLD = Scenario("cold", "cold", 0.5, seeded=False)
SCENARIOS = (
    COLD,
    Scenario("304", "nothing changed, 304", 0.17, status=304, result="unchanged"),
    Scenario("200", "nothing changed, 200", 0.1, mode="bare", result="unchanged"),
    Scenario("new", "one new entry in each", 0.4, one_more=True),
    Scenario("late", "cold, each answer 200 ms late", 0.5, mode="late", seeded=False),
    Scenario("memory", "peak memory, cold", 4.0, seeded=False, unit="MB"),
)


class Bench:
    def __init__(self, folder: Path, stand: Stand, entries: int, runs: int) -> None:
        self._folder = folder
        self._stand = stand
        self._feeds = len(stand.papers)
        self._entries = entries
        self._runs = runs

    def warm_up(self, contestants: Sequence[Poller]) -> None:
        """Start each once, so that no row pays for compiling or for reading programs from the disk."""
        with self._stand.open("validators"):
            for each in contestants:
                pollers.run(each, self._fresh(each))

    def rows(self, scenario: Scenario, contestants: Sequence[Poller], runs: int | None = None) -> Iterator[Row]:
        """Ours, the first of the contestants, beside each of the others."""
        ours, *others = contestants
        found, wrong = self._found(scenario, contestants, runs or self._runs)
        value = _value(scenario)
        for each in others:
            mine, theirs = found[ours.name], found[each.name]
            name, unit = f"{scenario.name}, {each.name}", scenario.unit
            goal = scenario.goal if each.name == f"newsboat-{THREADS}" else None
            if invalid := wrong.get(ours.name) or wrong.get(each.name):
                yield Row(name, None, None, goal, unit, f"{INVALID}{invalid}")
            else:
                done = f"ours {_told(scenario, mine)}; {each.name} {_told(scenario, theirs)}"
                yield Row(name, value(mine), value(theirs), goal, unit, done)

    def _found(
        self, scenario: Scenario, contestants: Sequence[Poller], runs: int
    ) -> tuple[dict[str, list[Run]], dict[str, Wrong]]:
        """The runs of each, and what was wrong with one, after which it does not run again."""
        found: dict[str, list[Run]] = {each.name: [] for each in contestants}
        wrong: dict[str, Wrong] = {}
        self._stand.print()
        with self._stand.open(scenario.mode) as served:
            for each in contestants if scenario.seeded else ():
                with _noted(wrong, each):
                    self._seed(each, served)
            if scenario.one_more:
                self._stand.print(one_more=True)
            for each in (each for _ in range(runs) for each in contestants if each.name not in wrong):
                with _noted(wrong, each):
                    found[each.name].append(self._run(each, self._fresh(each, scenario.seeded), scenario, served))
        return found, wrong

    def _seed(self, each: Poller, served: Served) -> None:
        """Make a folder in which everything has been polled, twice."""
        folder = self._fresh(each)
        self._run(each, folder, COLD, served)
        pollers.run(each, folder)
        shutil.move(folder, self._new_folder(f"{each.name}-seed"))

    def _run(self, each: Poller, folder: Path, scenario: Scenario, served: Served) -> Run:
        served.statuses()
        run, said = pollers.run(each, folder, watch_memory=scenario.unit == "MB")
        answered = served.statuses()
        if answered != {str(scenario.status): self._feeds}:
            raise Wrong(f"{each.name}: the server answered {answered}, not {self._feeds} times {scenario.status}")
        articles = self._feeds * (self._entries + scenario.one_more)
        each.check(folder, said, articles=articles, result=scenario.result)
        return run

    def _fresh(self, each: Poller, seeded: bool = False) -> Path:
        """The contestant's folder, with nothing polled, or as its seed."""
        folder = self._new_folder(each.name)
        if seeded:
            shutil.copytree(self._folder / f"{each.name}-seed", folder)
        else:
            folder.mkdir()
            each.set_up(folder, self._stand.papers, self._stand.port)
        os.sync()  # what was written so is on the disk before the clock runs
        return folder

    def _new_folder(self, name: str) -> Path:
        folder = self._folder / name
        shutil.rmtree(folder, ignore_errors=True)
        return folder


@contextmanager
def _noted(wrong: dict[str, Wrong], each: Poller) -> Iterator[None]:
    try:
        yield
    except Wrong as error:
        wrong[each.name] = error


def _value(scenario: Scenario) -> Callable[[Sequence[Run]], float]:
    if scenario.unit == "MB":
        return lambda runs: max(run.peak for run in runs)
    return lambda runs: median(run.wall for run in runs)


def _told(scenario: Scenario, runs: Sequence[Run]) -> str:
    if scenario.unit == "MB":
        parts = " + ".join(f"{part:.0f}" for part in max(runs, key=lambda run: run.peak).memory)
        return f"{min(run.peak for run in runs):.0f}-{max(run.peak for run in runs):.0f} MB of PSS, at most {parts}"
    walls = [run.wall for run in runs]
    return f"{min(walls):.2f}-{max(walls):.2f} s in {len(runs)}, CPU {median(run.cpu for run in runs):.2f} s"


def main() -> None:
    options = _options()
    if sys.platform != "linux":
        sys.exit("bench/poll.py needs Linux, where all of 127.0.0.0/8 is the loopback")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # servers and folders are cleared away then, too
    folder = Path(tempfile.mkdtemp(prefix="bench-poll-", dir=options.folder))
    try:
        valid = True
        for row in _rows(folder, options):
            valid = valid and row.is_valid
            print(json.dumps(row.as_json()) if options.json else row.line(), flush=True)
    except (Wrong, NoServer) as trouble:
        sys.exit(str(trouble))
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        shutil.rmtree(folder)
    if not valid:
        sys.exit("INVALID rows: see above")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    keys = ",".join(scenario.key for scenario in SCENARIOS)
    parser.add_argument("--only", default=keys, help=f"of {keys}")
    parser.add_argument("--runs", type=int, default=3, help="of each, in turn")
    parser.add_argument("--peers", help="of newsboat,reader; by default newsboat, and reader where it is named")
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--entries", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1, help="of the made-up news")
    parser.add_argument("--corpus", type=Path, help="JSON lines with title and summary, real news instead")
    parser.add_argument("--reader-python", type=Path, help="an interpreter that has lemon24/reader")
    parser.add_argument("--make-reader-venv", type=Path, metavar="DIR", help="where one is made, from PyPI")
    parser.add_argument("--folder", type=Path, help="where to work: on the disk that is to be measured")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.peers is None:
        options.peers = "newsboat,reader" if options.reader_python or options.make_reader_venv else "newsboat"
    for given, known in ((options.only, keys), (options.peers, "newsboat,reader")):
        if unknown := set(given.split(",")) - set(known.split(",")):
            parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {known}")
    if "reader" in options.peers and not (options.reader_python or options.make_reader_venv):
        parser.error("reader needs --reader-python PATH or --make-reader-venv DIR")
    return options


def _rows(folder: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Raises Wrong where nothing can be measured."""
    dealt = options.feeds * options.entries
    count = dealt + options.feeds
    stories = newsroom.from_corpus(options.corpus, count) if options.corpus else newsroom.made_up(count, options.seed)
    stand = Stand(folder / "stand", newsstand.papers(stories[:dealt], options.feeds), stories[dealt:])
    if not options.json:
        print(_told_stories(stories), flush=True)
    bench = Bench(folder, stand, options.entries, options.runs)
    contestants = _contestants(options)
    bench.warm_up(contestants)
    for scenario in SCENARIOS:
        if scenario.key in options.only.split(","):
            yield from bench.rows(scenario, contestants)
            if scenario.mode == "late" and "newsboat" in options.peers:
                yield from bench.rows(scenario, [pollers.Ours(), pollers.Newsboat(1)], runs=1)


def _contestants(options: argparse.Namespace) -> list[Poller]:
    found: list[Poller] = [pollers.Ours()]
    if "newsboat" in options.peers:
        found.append(pollers.Newsboat(THREADS))
    if "reader" in options.peers:
        python = options.reader_python or pollers.make_reader_venv(options.make_reader_venv)
        found.append(pollers.Reader(python))
    return found


def _told_stories(stories: Sequence[newsroom.Story]) -> str:
    rules = load_rules()
    some = stories[:: max(1, len(stories) // _LOOKED_AT)]
    flagged = sum(bool(rules.classify(story.title, story.summary)) for story in some)
    titles, summaries = (median(len(story[part]) for story in some) for part in (0, 1))
    return (
        f"{len(stories):,} stories, titles of {titles:.0f} code points and summaries of {summaries:.0f}, "
        f"{flagged / len(some):.1%} of {len(some):,} looked at flagged; load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
