"""Killed between event and delivery, without a network, a thousand at once: none lost, none twice, no flood.

A quick form of bench/alert_torture.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

TORTURE = Path(__file__).parents[2] / "bench" / "alert_torture.py"


def test_no_alert_is_lost_none_comes_twice_unsaid_and_none_is_a_flood() -> None:
    command = [sys.executable, str(TORTURE), "--json", "--runs", "12", "--outage", "6"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr == ""
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    for about in ("kill -9", "1,000 at once", "dead network"):
        assert rows[f"{about}: alerts lost"]["ours"] == 0
    assert rows["kill -9: twice without saying so"]["ours"] == 0
    assert rows["dead network: twice without saying so"]["ours"] == 0
    assert rows["kill -9: twice, said so"]["holds"]
    assert rows["1,000 at once: twice"]["ours"] == 0
    assert rows["1,000 at once: messages a channel"]["holds"]
    assert rows["dead network: messages a channel"]["holds"]
