"""bench/false_alarms.py, small: what chance alone raises in series of pairs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "bench" / "false_alarms.py"


def rows(*arguments: str) -> dict[str, dict[str, float]]:
    run = subprocess.run([sys.executable, SCRIPT, "--json", *arguments], capture_output=True, text=True, check=True)
    return {row["name"]: row for row in map(json.loads, run.stdout.splitlines())}


def test_pairs_that_come_by_chance_raise_few_alarms_where_a_z_score_raises_many() -> None:
    """The same numbers in each run: 9,000 days of each kind, at an event in 20 days and one every day."""
    found = rows("--days", "54000", "--rates", "0.05,1", "--seed", "1")
    pairs = found["pairs, all"]
    assert pairs["days"] >= 9_000
    assert pairs["ours"] <= 2 < pairs["single"] < 10 < pairs["peer"]
    low, high = pairs["interval"]
    assert low <= pairs["ours"] <= high
    assert pairs["ratio"] == pytest.approx(pairs["ours"] / pairs["peer"], abs=1e-3)
    assert found["poisson, all"]["ours"] <= found["overdispersed, all"]["ours"]


def test_a_kind_of_series_is_the_sum_of_its_rates() -> None:
    found = rows("--days", "5400", "--rates", "0.1,2")
    parts = [found["pairs 0.1"], found["pairs 2"]]
    alarms = sum(part["peer"] * part["days"] / 1000 for part in parts)
    assert found["pairs, all"]["days"] == sum(part["days"] for part in parts)
    assert found["pairs, all"]["peer"] * found["pairs, all"]["days"] / 1000 == pytest.approx(alarms, abs=0.1)
