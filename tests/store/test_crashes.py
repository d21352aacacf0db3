"""Killed, out of power, out of room: at any moment. Nothing acknowledged is lost, and the store always opens.

A quick form of bench/torture.py; that one shows ten thousand kills and every fault at every call.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tensionwatch.store import Store

from .samples import article

TORTURE = Path(__file__).parents[2] / "bench" / "torture.py"


def torture(*options: str) -> list[dict[str, Any]]:
    done = subprocess.run([sys.executable, str(TORTURE), "--json", *options], capture_output=True, text=True)
    assert done.stderr == ""
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def test_killed_writers_lose_nothing_acknowledged() -> None:
    kills, children, _ = torture("--runs", "150", "--children", "4", "--every", "100000")
    assert (kills["ours"], children["ours"]) == (0, 0)
    assert kills["done"].startswith("150 kills")


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc which file a descriptor is of")
def test_a_fault_at_any_call_loses_nothing_acknowledged() -> None:
    *_, faults = torture("--runs", "0", "--children", "0", "--every", "8")
    assert (faults["ours"], faults["holds"]) == (0, True)
    points, runs = (int(word) for word in faults["done"].replace(",", "").split() if word.isdigit() and int(word) > 99)
    assert (points, runs) > (100, 100)


WRITER = """
import sys
from pathlib import Path
from tensionwatch.model import Batch
from tensionwatch.store import Store, journal
sys.path.insert(0, sys.argv[1])
from store.samples import article, state

with Store.open(Path(sys.argv[2])) as store:
    while True:
        first = len(store)
        batch = [article(number, summary="x" * 3000) for number in range(first, first + 5)]
        store.commit(Batch(articles=tuple(batch), feed_states=(state("valley", articles=first + 5),), new=5))
        store.mark([batch[0].id], read=True)
        print(first + 5, flush=True)
"""


def test_a_killed_program_keeps_its_articles_its_feeds_and_its_marks(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(Path(__file__).parents[1]), str(tmp_path)]
    for _ in range(3):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            said = [int(child.stdout.readline()) for _ in range(20)][-1]
            child.kill()
            said = max([said, *map(int, child.stdout.read().split())])
        assert child.returncode == -signal.SIGKILL
        with Store.open(tmp_path) as store:
            kept = len(store)
            assert kept in (said, said + 5)
            assert {found.id for found in store.articles()} == {article(number).id for number in range(kept)}
            firsts = [article(number).id for number in range(0, kept, 5)]
            assert [found.id for found in store.articles() if found.read][: said // 5] == firsts[: said // 5]
            feed = store.feed_state("valley")
            assert feed is not None
            assert feed.articles == kept
            store.mark(firsts, read=True)  # the kill may have come between commit and mark
