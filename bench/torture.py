"""Kills the store's writer, fills its disk, breaks its disk and cuts its power, and looks whether anything is lost.

    .venv/bin/python bench/torture.py [--runs N] [--every N] [--children N] [--seed N] [--folder DIR] [--json]

1. `--runs`: a writer is killed (kill -9) at a random moment, after some dozen commits and a compaction or two; the next
   writer goes on with the same folder. Its compactions run in a thread, so that they are struck too.
2. `--children`: the same with compactions in a child process, which outlives its writer and must hurt nobody.
3. All calls of a scripted life that change the disk (create, write, cut, fsync, rename, remove) fail or are the last,
   each in its turn, in each of the ways of faulty_disk.Fault; `--every N` takes one in N of these runs.

After each the folder must open without a complaint, hold the state after some commit (bench/diary.py: batches whole,
articles with their event and their feed's state), and none before the last that was acknowledged: after a kill, those
whose call returned; after a loss of power, those that were said to be durable; after errors, exactly what the program
holds. Ends with 1 if anything was lost.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from diary import Commit, State, after, carry_out, examine
from scripted import FoldHere, enumerate_faults

from tensionwatch.store import background, journal
from tensionwatch.store.fold import Child, Folding
from tensionwatch.store.journal import JournalStorage
from tensionwatch.store.table import JournalDB

FRESH_AFTER = 100
"""Kills that one folder lives through before another is begun."""
LONGEST = 0.04
"""Seconds that a writer lives at most; in that time it commits up to a hundred times and compacts a few times."""
LONGEST_WITH_CHILD = 0.6
"""A child needs 0.1-0.3 s to start."""


class Kills(NamedTuple):
    runs: int
    commits: int
    """That were acknowledged."""
    compacting: int
    """Kills while a compaction was under way."""
    losses: list[str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--children", type=int, default=20)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--lanes", type=int, default=2, help="folders that are tortured at once")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to work; memory (/dev/shm) is fastest, and kills no less")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    began = time.monotonic()
    with _workplace(options.folder) as place:
        kills = _in_lanes(options.lanes, options.runs, options.seed, place, FoldHere, LONGEST)
        orphans = _in_lanes(options.lanes, options.children, options.seed, place, Child, LONGEST_WITH_CHILD)
        faults = enumerate_faults(place / "faults", options.every)
    rows = [
        _row("kill -9: runs that lost something", len(kills.losses), 0, f"{kills.runs} kills, {_said(kills)}"),
        _row("the same, with compactions in a child process", len(orphans.losses), 0,
             f"{orphans.runs} kills, {_said(orphans)}"),
        _row("faults at every call: runs that lost something", len(faults.losses), 0,
             f"{faults.points} calls ({_counted(faults.kinds)}), {faults.runs} runs"),
    ]  # fmt: skip
    losses = [*kills.losses, *orphans.losses, *faults.losses]
    if options.json:
        print(json.dumps(rows))
    else:
        for row in rows:
            print(f"{row['name']:<48} {row['ours']:>4}   {row['done']}")
        print(f"{time.monotonic() - began:.0f} s")
    for loss in losses[:20]:
        print(loss, file=sys.stderr)
    return int(bool(losses))


def _row(name: str, ours: int, goal: int, done: str) -> dict[str, object]:
    return {
        "name": name, "ours": ours, "peer": None, "ratio": None, "goal": goal, "holds": ours <= goal, "unit": "runs",
        "done": done,
    }  # fmt: skip


def _said(kills: Kills) -> str:
    return f"{kills.compacting} of them during a compaction; {kills.commits} commits acknowledged"


def _counted(kinds: Counter[str]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())


@contextmanager
def _workplace(folder: Path | None) -> Iterator[Path]:
    memory = Path("/dev/shm")
    place = Path(tempfile.mkdtemp(prefix="torture-", dir=folder or (memory if memory.is_dir() else None)))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)  # a child that has outlived its writer may still be at it


# ------------------------------------------------------------------ kill -9


def _in_lanes(lanes: int, runs: int, seed: int, place: Path, folding: Callable[[], Folding], longest: float) -> Kills:
    """Several folders at once, each in a process of its own: the machine has more than one core."""
    readers = []
    for lane in range(lanes):
        share = runs // lanes + (lane < runs % lanes)
        reader, writer = os.pipe()
        if os.fork() == 0:
            name = f"{folding.__name__}-{lane}"
            found = _kill_many(place / name, share, random.Random(f"{seed} {name}"), folding, longest)
            os.write(writer, json.dumps([found._replace(losses=found.losses[:20])]).encode())
            os._exit(0)
        os.close(writer)
        readers.append(reader)
    found = []
    for reader in readers:
        with os.fdopen(reader, "rb") as pipe:
            found.append(Kills(*json.load(pipe)[0]))
        os.wait()
    runs, commits, compacting = (sum(each[field] for each in found) for field in range(3))
    return Kills(runs, commits, compacting, [loss for each in found for loss in each.losses])


def _kill_many(place: Path, runs: int, rng: random.Random, folding: Callable[[], Folding], longest: float) -> Kills:
    commits = compacting = 0
    losses: list[str] = []
    state, folder = State(), place
    for run in range(runs):
        if run % FRESH_AFTER == 0:
            state, folder = State(), place / str(run)
            folder.mkdir(parents=True)
        said = _killed(folder, state, rng, folding, rng.uniform(0, longest))
        states = [state]
        acknowledged = 0
        for word in said.split():
            if word == ".":
                acknowledged = len(states) - 1
            else:
                states.append(after(states[-1], Commit(word[0], int(word[1:]))))
        commits += acknowledged
        compacting += (folder / "journal.old").exists()
        state, wrong = examine(folder)
        if state not in states[acknowledged:]:
            wrong.append(f"holds {state}, acknowledged was {states[acknowledged]}")
        if wrong:
            losses.append(f"kill {run} in {folder}: {'; '.join(wrong)}")
            state, folder = State(), place / f"after-{run}"
            folder.mkdir()
    return Kills(runs, commits, compacting, losses)


def _killed(folder: Path, state: State, rng: random.Random, folding: Callable[[], Folding], life: float) -> str:
    """Start a writer, kill it after `life` seconds; what it said: `+7` and `*7` before commits, `.` after each."""
    reader, writer = os.pipe()
    seed = rng.random()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _write_for_ever(folder, state, random.Random(seed), folding, writer)
    os.close(writer)
    time.sleep(life)
    os.kill(pid, signal.SIGKILL)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    return said


def _write_for_ever(folder: Path, state: State, rng: random.Random, folding: Callable[[], Folding], pipe: int) -> None:
    journal.COMPACT_FROM = 0
    background.GROUP = 0.002
    with JournalDB(folder, storage=JournalStorage, folding=folding) as db:
        number = max(state.batches, default=0)
        while True:
            if state.batches and rng.random() < 0.3:
                commit = Commit("*", rng.choice(state.batches))
            else:
                number += 1
                commit = Commit("+", number)
            os.write(pipe, f"{commit.what}{commit.batch} ".encode())
            carry_out(db, state, commit, durable=rng.random() < 0.3)
            os.write(pipe, b". ")
            state = after(state, commit)


if __name__ == "__main__":
    sys.exit(main())
