"""The poller beside newsboat and lemon24/reader, in one run.

.venv/bin/python bench/poll.py [--only cold,304] [--runs N] [--peers newsboat,reader] [--corpus ITEMS.jsonl[.gz]]
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import newsroom
import newsstand
import pollers
from newsstand import Mode
from pollers import Poller, Run, Wrong


class Scenario(NamedTuple):
    key: str
    name: str
    mode: Mode
    seeded: bool
    one_more: bool
    status: int
    result: str
    goal: float


SCENARIOS = (
    Scenario("cold", "cold", "validators", False, False, 200, "ok", 0.5),
    Scenario("304", "nothing changed, 304", "validators", True, False, 304, "unchanged", 0.17),
    Scenario("200", "nothing changed, 200", "bare", True, False, 200, "unchanged", 0.1),
    Scenario("new", "one new entry in each", "validators", True, True, 200, "ok", 0.4),
    Scenario("late", "each answer 200 ms late", "late", False, False, 200, "ok", 0.5),
)


class Bench:
    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder = folder
        self.feeds, self.entries, self.runs = options.feeds, options.entries, options.runs
        count = self.feeds * (self.entries + 1)
        stories = (
            newsroom.from_corpus(options.corpus, count) if options.corpus else newsroom.made_up(count, options.seed)
        )
        self.stand = newsstand.Stand(
            folder / "stand",
            newsstand.papers(stories, self.feeds, self.entries),
            stories[self.feeds * self.entries :],
        )

    def beside(self, scenario: Scenario, contestants: Sequence[Poller]) -> dict[str, list[Run]]:
        found: dict[str, list[Run]] = {each.name: [] for each in contestants}
        seeds: dict[str, Path] = {}
        self.stand.print()
        with self.stand.open(scenario.mode) as served:
            if scenario.seeded:
                for each in contestants:
                    seeds[each.name] = self._fresh(each, "seed")
                    self._run(each, seeds[each.name], SCENARIOS[0], served, self.feeds * self.entries)
                    pollers.run(each, seeds[each.name])  # newsboat keeps the validators of the second answer only
            if scenario.one_more:
                self.stand.print(one_more=True)
            articles = self.feeds * (self.entries + scenario.one_more)
            for _ in range(self.runs):
                for each in contestants:
                    folder = self._copy(seeds[each.name]) if scenario.seeded else self._fresh(each, "cold")
                    found[each.name].append(self._run(each, folder, scenario, served, articles))
                    shutil.rmtree(folder)
        for seed in seeds.values():
            shutil.rmtree(seed)
        return found

    def _run(self, each: Poller, folder: Path, scenario: Scenario, served: newsstand.Served, articles: int) -> Run:
        served.statuses()
        run, said = pollers.run(each, folder)
        answered = served.statuses()
        if answered != {str(scenario.status): self.feeds}:
            raise Wrong(f"{each.name}: the server answered {answered}, not {self.feeds} times {scenario.status}")
        each.check(folder, said, articles=articles, result=scenario.result)
        return run

    def _fresh(self, each: Poller, name: str) -> Path:
        folder = self.folder / f"{each.name.partition(',')[0]}-{name}"
        shutil.rmtree(folder, ignore_errors=True)
        each.set_up(folder, self.stand.papers, self.stand.port)
        return folder

    def _copy(self, seed: Path) -> Path:
        copy = seed.with_name(f"{seed.name}-copy")
        shutil.rmtree(copy, ignore_errors=True)
        return Path(shutil.copytree(seed, copy))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="cold,304,200")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--entries", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--threads", type=int, default=100)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-poll-"))
    try:
        bench = Bench(folder, options)
        ours, peer = pollers.Ours(), pollers.Newsboat(options.threads)
        for scenario in SCENARIOS:
            if scenario.key not in options.only.split(","):
                continue
            try:
                found = bench.beside(scenario, [ours, peer])
            except Wrong as error:
                print(f"{scenario.name}: INVALID: {error}", flush=True)
                continue
            a, b = (median(r.wall for r in found[each.name]) for each in (ours, peer))
            print(f"{scenario.name:<26} ours {a:6.2f} s  newsboat {b:6.2f} s  ratio {a / b:.2f} (goal {scenario.goal})")
            for each in (ours, peer):
                print("   ", each.name, [(round(r.wall, 2), round(r.cpu, 2)) for r in found[each.name]], flush=True)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
