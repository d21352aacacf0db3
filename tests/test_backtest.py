"""`tensionwatch backtest` as a user meets it: real workers on a small invented archive."""

from __future__ import annotations

import asyncio
import csv
import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tensionwatch.chronicle import Chronicle
from tensionwatch.clock import SystemClock
from tensionwatch.config import load
from tensionwatch.housekeeping import Housekeeper
from tensionwatch.model import Event, Kind
from tensionwatch.store import Store
from tests.program import ENVIRONMENT, call, run
from tests.waiting import LONG

CONFIG = """
[[feed]]
id = "meridian"
url = "https://meridian.example/rss"
publisher = "The Meridian"

[[region]]
id = "korea"
name = "Korea"
countries = ["PRK", "KOR"]

[[region]]
id = "asia"
name = "Asia"
countries = ["VNM", "CHN", "IND"]
"""


def entry(at: str, feed: str, title: str, summary: str = "") -> dict[str, Any]:
    link = f"https://{feed.split('/')[-2] if '/' in feed else 'news.example'}/{'-'.join(title.lower().split())}"
    return {"published": at, "feed": feed, "title": title, "summary": summary, "link": link}


MERIDIAN, LANTERN = "https://meridian.example/rss", "https://rss.lantern.example/world"
STORY = [
    entry("2026-03-03T09:00:00Z", MERIDIAN, "Russian president arrives in Hanoi"),
    entry("2026-03-01T06:00:00Z", MERIDIAN, "North Korean soldiers cross border into South Korea"),
    entry("2026-03-01T08:00:00Z", LANTERN, "South Korea says North Korean troops crossed the border line at dawn"),
    entry("2026-03-02T07:00:00Z", LANTERN, "Town fair opens with record crowds"),
    entry("2026-03-05T07:00:00Z", "Harbour Post", "A quiet day at the seaside"),
]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, "utf-8")
    return path


def an_archive(folder: Path, *lines: object) -> Path:
    path = folder / "archive.jsonl"
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines), "utf-8")
    return path


@pytest.fixture(autouse=True)
def one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process; each takes a second to start. Processes of their own have one for each core."""
    monkeypatch.setattr("tensionwatch.commands.backtest.cores", lambda: 1)


def backtest(config: Path, archive: Path, *options: str | Path, by: Callable[..., Any] = call) -> dict[str, Any]:
    done = by("--config", config, "backtest", archive, "--json", *options, home=config.parent)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_an_archive_gives_events_and_daily_series(config: Path, tmp_path: Path) -> None:
    report = backtest(config, an_archive(tmp_path, *STORY, STORY[0]), "--out", tmp_path / "out", by=run)

    assert (report["items"], report["articles"], report["flagged"], report["bad_lines"]) == (6, 5, 3, 0)
    assert (report["from"], report["to"]) == ("2026-03-01", "2026-03-05")
    assert report["events_by_kind"] == {"border_incident": 1, "diplomatic_visit": 1}
    lines = (tmp_path / "out" / "events.jsonl").read_bytes().splitlines()
    events = [msgspec.json.decode(line, type=Event) for line in lines]
    assert [(e.kind, e.actor, e.recipient, e.reports, e.publishers) for e in events] == [
        (Kind.BORDER_INCIDENT, "PRK", "KOR", 2, ("The Meridian", "lantern.example")),
        (Kind.DIPLOMATIC_VISIT, "RUS", "VNM", 1, ("The Meridian",)),
    ]
    with (tmp_path / "out" / "daily.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5 * 2 * 11
    told = [tuple(row.values()) for row in rows if row["events"] != "0"]
    assert told == [("2026-03-01", "korea", "incident", "1", "2", "2"), ("2026-03-03", "asia", "visit", "1", "1", "1")]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "events.jsonl", "daily.csv", "index.csv", "surprise.csv", "alarms.csv", "plot-korea.svg", "plot-asia.svg",
    }  # fmt: skip


def test_bad_lines_are_named_and_counted(config: Path, tmp_path: Path) -> None:
    archive = an_archive(tmp_path, STORY[0], "garbage", "", {**STORY[1], "published": None}, STORY[2])
    done = call("--config", config, "backtest", archive, home=tmp_path)
    assert done.returncode == 0
    assert f"{archive}:2: left out: JSON is malformed" in done.stderr
    assert f"{archive}:4: left out: Expected `datetime`, got `null`" in done.stderr
    assert done.stdout.startswith("2 entries, 2026-03-01 to 2026-03-03, 2 bad lines left out\n2 articles, 2 flagged\n")


def test_only_the_first_bad_lines_are_named(config: Path, tmp_path: Path) -> None:
    done = call("--config", config, "backtest", an_archive(tmp_path, *["garbage"] * 14), home=tmp_path)
    assert done.returncode == 0
    assert "4 more lines left out" in done.stderr
    assert "14 bad lines" in done.stdout


def test_since_and_until_name_the_first_day_and_the_last(config: Path, tmp_path: Path) -> None:
    report = backtest(config, an_archive(tmp_path, *STORY), "--since", "2026-03-02", "--until", "2026-03-03")
    assert (report["items"], report["from"], report["to"]) == (2, "2026-03-02", "2026-03-03")


def test_a_packed_archive_that_breaks_off_is_used_as_far_as_it_goes(config: Path, tmp_path: Path) -> None:
    whole = gzip.compress("".join(f"{json.dumps(each)}\n" for each in STORY).encode())
    path = tmp_path / "archive.jsonl.gz"
    path.write_bytes(whole)
    assert backtest(config, path)["items"] == 5
    path.write_bytes(whole[:-30])
    done = call("--config", config, "backtest", path, home=tmp_path)
    assert done.returncode == 0
    assert "can be read no further than line" in done.stderr


def test_a_store_is_seeded_once(config: Path, tmp_path: Path) -> None:
    archive, store = an_archive(tmp_path, *STORY), tmp_path / "store"
    assert backtest(config, archive, "--into", store)["added"] == 3
    with Store.open(store) as opened:
        visit = next(a for a in opened.articles() if "Hanoi" in a.title)
        assert (visit.feed, visit.publisher, bool(visit.classified)) == ("meridian", "The Meridian", True)
        opened.mark([visit.id], starred=True)
    assert backtest(config, archive, "--into", store)["added"] == 0
    assert backtest(config, archive, "--into", store, "--all")["added"] == 2
    with Store.open(store) as opened:
        assert len(opened) == 5
        assert [a.id for a in opened.articles() if a.starred] == [visit.id]


def test_a_seeded_store_is_listed(config: Path, tmp_path: Path) -> None:
    config.write_text(f'[storage]\npath = "{tmp_path / "store"}"\n{CONFIG}', "utf-8")
    backtest(config, an_archive(tmp_path, *STORY), "--into", tmp_path / "store")
    listed = call("--config", config, "list", "--region", "korea", home=tmp_path).stdout.splitlines()
    assert len(listed) == 2


def test_a_seeded_history_outlives_the_next_round(config: Path, tmp_path: Path) -> None:
    """An archive of years ago, and the default days."""
    store = tmp_path / "store"
    config.write_text(f'[storage]\npath = "{store}"\n{CONFIG}', "utf-8")
    archive = an_archive(tmp_path, *({**each, "published": f"2022{each['published'][4:]}"} for each in STORY))
    begin = datetime.now(UTC)
    assert backtest(config, archive, "--into", store, "--all")["added"] == 5
    with Store.open(store) as opened:
        assert {a.id for a in opened.articles() if begin <= (a.imported or begin) <= datetime.now(UTC)} == {
            a.id for a in opened.articles()
        }
        limits = load(config).storage
        asyncio.run(Housekeeper(opened, Chronicle(opened), limits, SystemClock()).once())
        assert (len(opened), len(opened.months), opened.removed) == (0, 5, 0)
    counted = call("--config", config, "store", "stats", "--json", home=tmp_path)
    assert json.loads(counted.stdout)["to_go"] == 0


def test_a_store_that_is_held_is_refused_at_once(config: Path, tmp_path: Path) -> None:
    archive = an_archive(tmp_path, *STORY)
    with Store.open(tmp_path / "store"):
        done = run("--config", config, "backtest", archive, "--into", tmp_path / "store", home=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert f"pid {os.getpid()}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--all"], "--all goes with --into"),
        (["--since", "soon"], "--since: not a date such as 2023-12-31: 'soon'"),
        (["--since", "2026-03-02", "--until", "2026-03-01"], "--until 2026-03-01 is before --since 2026-03-02"),
        (["--out", "config.toml"], "config.toml: File exists"),
    ],
)
def test_bad_options_exit_2(
    config: Path, tmp_path: Path, options: list[str], complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(ENVIRONMENT, "PYTHONPATH", str(Path(__file__).parent.parent))
    done = call("--config", config, "backtest", an_archive(tmp_path, *STORY), *options, home=tmp_path)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_no_archive_is_one_clear_line_and_makes_no_store(config: Path, tmp_path: Path) -> None:
    done = call("--config", config, "backtest", tmp_path / "none", "--into", tmp_path / "store", home=tmp_path)
    assert (done.returncode, done.stderr) == (2, f"tensionwatch: {tmp_path / 'none'}: No such file or directory\n")
    assert not (tmp_path / "store").exists()


def a_long_one(config: Path, folder: Path) -> list[str | Path]:
    """A command that says how far it is after each block of its archive; there are a hundred."""
    code = (
        "import sys\nfrom tensionwatch.cli import main\nfrom tensionwatch.commands import backtest, corpus\n"
        "backtest.PROGRESS_EVERY, corpus.BLOCK = 0.0, 1 << 16\nsys.exit(main())\n"
    )
    lines = ({**STORY[n % 3], "link": f"https://one.example/{n}"} for n in range(40_000))
    return [sys.executable, "-c", code, "--config", config, "backtest", an_archive(folder, *lines)]


def test_killed_it_leaves_no_worker_behind(config: Path, tmp_path: Path) -> None:
    command = a_long_one(config, tmp_path)
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**ENVIRONMENT, "HOME": str(tmp_path)})
    assert process.stderr is not None
    assert process.stderr.readline().startswith("classified ")
    process.kill()
    process.communicate(timeout=LONG)  # its standard error is open for as long as a worker lives


def test_interrupted_it_ends_cleanly(config: Path, tmp_path: Path) -> None:
    command = a_long_one(config, tmp_path)
    process = subprocess.Popen(
        [*command, "--out", tmp_path / "out"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**ENVIRONMENT, "HOME": str(tmp_path)}, start_new_session=True,
    )  # fmt: skip
    assert process.stderr is not None
    assert process.stderr.readline().startswith("classified ")
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: workers too
    out, errors = process.communicate(timeout=LONG)
    assert (process.returncode, out) == (130, "")
    assert errors.splitlines()[-1] == "tensionwatch: interrupted"
    assert "Traceback" not in errors
    assert list((tmp_path / "out").iterdir()) == []
