"""`tensionwatch feeds list`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from tensionwatch.cli import FEED_SORTS
from tensionwatch.clock import SystemClock
from tensionwatch.commands.feeds_list import SORTS
from tensionwatch.model import Batch, FeedState
from tensionwatch.store import Store
from tests.feeds_command.conftest import TWO, Run

NOW = SystemClock().now().replace(microsecond=0)
STATES = (
    FeedState(
        feed="a", url="https://a.example/rss", result="ok", last_success=NOW - timedelta(minutes=5), articles=200,
        next_check=NOW + timedelta(minutes=10, seconds=30), next_reason="every 15m", entries_a_day=12.4, flagged=30,
        response_times=(0.2, 0.4, 9.0),
    ),
    FeedState(
        feed="b", url="https://b.example/rss", result="failed", reason="HTTP 503 Service Unavailable", failures=4,
        last_success=NOW - timedelta(days=2), next_check=NOW + timedelta(hours=3), next_reason="failed 4 times",
    ),
)  # fmt: skip


@pytest.fixture
def watched(path: Path) -> Path:
    path.write_text(
        path.read_text("utf-8") + TWO.replace('"b"\n', '"b"\nname = "기장 Harbour Post of the North"\n', 1), "utf-8"
    )
    with Store.open(path.parent / "store") as store:
        store.commit(Batch(feed_states=STATES))
    return path


def test_the_list_has_trouble_first_and_all_that_is_known(watched: Path, feeds: Run) -> None:
    code, out, err = feeds("list")
    head, first, second = out.splitlines()
    assert code == 0
    assert head.split() == ("STATE ID NAME PUBLISHER LAST OK NEXT FAILS A DAY FLAGGED TIME WHY THEN HEALTH").split()
    assert first.startswith("failing  b   기장 Harbour Post of the North  b.example")
    assert "2d ago" in first
    assert "HTTP 503 Service Unavailable" in first
    assert re.search(r"\d+m ago +in \d+m +0 +12 +15% +0\.40s +every 15m", second)
    assert err.strip() == "2 feeds: 1 failing, 1 ok"


def test_the_list_as_json_says_the_same(watched: Path, feeds: Run) -> None:
    reports = [json.loads(line) for line in feeds("list", "--json", "--sort", "config")[1].splitlines()]
    assert [report["id"] for report in reports] == ["a", "b"]
    expected = {"share_flagged": 0.15, "response_time": 0.4, "entries_a_day": 12.4, "state": "ok", "failures": 0}
    assert {key: reports[0][key] for key in expected} == expected
    assert reports[1]["reason"] == "HTTP 503 Service Unavailable"
    assert reports[0]["next_check"] == f"{STATES[0].next_check:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("by", FEED_SORTS)
def test_the_list_can_be_sorted(watched: Path, feeds: Run, by: str) -> None:
    first = {"trouble": "b", "name": "a"}.get(by, "a")
    assert json.loads(feeds("list", "--json", "--sort", by)[1].splitlines()[0])["id"] == first
    assert set(SORTS) == set(FEED_SORTS)


def test_ids_alone_are_for_scripts(watched: Path, feeds: Run) -> None:
    assert feeds("list", "--ids")[1] == "a\nb\n"


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 250])
def test_the_list_fits_its_terminal(watched: Path, columns: int) -> None:
    import pty

    from rich.cells import cell_len

    main_end, their_end = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    subprocess.run(
        [sys.executable, "-m", "tensionwatch", "--config", str(watched), "feeds", "list"],
        stdout=their_end, stderr=subprocess.DEVNULL, env=environment, check=True, timeout=120,
    )  # fmt: skip
    os.close(their_end)
    shown = os.read(main_end, 100_000).decode().replace("\r\n", "\n")
    os.close(main_end)
    lines = re.sub(r"\x1b\[\d+m", "", shown).splitlines()
    assert max(map(cell_len, lines)) <= columns
    assert "\x1b[31m" in shown
    assert len(lines) == (3 if columns == 250 else 5)
    assert "failing" in lines[1]
    assert lines[0].split()[-1] == {40: "FAILS", 60: "TIME", 80: "TIME", 100: "TIME", 250: "HEALTH"}[columns]
    assert columns < 100 or "기장" in shown


def test_silent_feeds_are_named(watched: Path, feeds: Run) -> None:
    silent = msgspec.structs.replace(
        STATES[0], last_new=NOW - timedelta(days=9, hours=1), usual_gap=86_400.0, arrived=20,
        watched_since=NOW - timedelta(days=60),
    )  # fmt: skip
    with Store.open(watched.parent / "store") as store:
        store.commit(Batch(feed_states=(silent,)))
    assert "silent for 9 days, usually daily" in feeds("list")[1]


def test_a_configuration_that_is_wrong_is_told(path: Path, feeds: Run) -> None:
    path.write_text("feed = 7\n", "utf-8")
    for words in (("list",), ("check",), ("add", "https://a.example/"), ("remove", "a")):
        code, _, err = feeds(*words)
        assert (code, "not a list of tables" in err) == (2, True)
