"""What `tensionwatch backtest` says of the index: tables, plots, and its numbers beside a published series."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tensionwatch.commands import plots
from tensionwatch.commands.backtest_against import read
from tensionwatch.commands.corpus import BadArchive
from tensionwatch.commands.plots import Drawn
from tests.test_cli import run

CONFIG = """
[[feed]]
id = "meridian"
url = "https://meridian.example/rss"
publisher = "The Meridian"

[[region]]
id = "korea"
name = "Korea & the <line>"
countries = ["PRK", "KOR"]

[[region]]
id = "andes"
name = "Andes"
countries = ["PER", "BOL"]
"""
PAPERS = ("meridian", "lantern", "harbour", "beacon", "summit", "ferry")
DAYS = 62
CRISIS = 60
TOLD = (
    "North Korean soldiers cross border into South Korea",
    "South Korea says North Korean troops crossed the border line at dawn",
    "Seoul: soldiers from North Korea crossed the border and went back",
    "=HYPERLINK(1) North Korean troops cross the border into South Korea",
)


def archive(folder: Path) -> Path:
    """Two months of six papers, a crossing on the 61st day, told by four of them."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    lines: list[dict[str, Any]] = []
    for day in range(DAYS):
        for number, paper in enumerate(PAPERS):
            at = begin + timedelta(days=day, hours=6 + number)
            story = f"{paper} on day {day}: a town fair opens, prices of bread number {day * 7 + number}"
            lines.append({"published": at, "feed": paper, "title": story, "link": f"https://{paper}.example/{day}"})
    for number, title in enumerate(TOLD):
        at = begin + timedelta(days=CRISIS, hours=14, minutes=10 * number)
        lines.append({"published": at, "feed": PAPERS[number], "title": title, "link": f"https://x.example/{number}"})
    path = folder / "archive.jsonl"
    written = ({**line, "feed": f"https://{line['feed']}.example/rss"} for line in lines)
    path.write_text("".join(f"{json.dumps(line, default=str)}\n" for line in written), "utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("series")
    (made / "config.toml").write_text(CONFIG, "utf-8")
    archive(made)
    days = (date(2026, 1, 1) + timedelta(days=number) for number in range(DAYS + 5))
    rows = "".join(f"{day},{day.day % 7 + (90 if number == CRISIS else 0)}\n" for number, day in enumerate(days))
    (made / "daily.csv").write_text(f"Day,Risk\n{rows}", "utf-8")
    return made


@pytest.fixture(scope="module")
def out(folder: Path) -> Path:
    done = run("--config", folder / "config.toml", "backtest", folder / "archive.jsonl", "--out", folder / "out",
               home=folder)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "1 alarm\n" in done.stdout
    return folder / "out"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_an_alarm_has_its_time_its_words_and_the_events_behind_it(out: Path) -> None:
    (alarm,) = rows(out / "alarms.csv")
    count = int(alarm["count"])
    assert 2 <= count <= len(TOLD)
    assert (alarm["region"], alarm["family"]) == ("korea", "incident")
    assert alarm["time"] == f"2026-03-02T14:{10 * (count - 1):02}:00Z"
    assert float(alarm["tail"]) < 0.001
    assert alarm["words"].startswith("1 incident, none in ")
    events = [json.loads(line) for line in (out / "events.jsonl").read_text("utf-8").splitlines()]
    assert alarm["events"] in {event["id"] for event in events}
    assert alarm["titles"] == TOLD[0]


def test_index_and_surprise_have_a_row_for_each_day_and_region(out: Path) -> None:
    index = rows(out / "index.csv")
    assert len(index) == DAYS * 2
    by_day = {row["date"]: row for row in index if row["region"] == "korea"}
    assert float(by_day["2026-03-01"]["conflict"]) == 0 < float(by_day["2026-03-02"]["conflict"])
    assert float(by_day["2026-03-03"]["conflict"]) < float(by_day["2026-03-02"]["conflict"])
    assert (by_day["2026-03-02"]["publishers"], by_day["2026-03-02"]["share"]) == ("6", "0.33333")
    surprise = rows(out / "surprise.csv")
    assert len(surprise) == DAYS * 2 * 11
    assert [(row["date"], row["family"], row["count"]) for row in surprise if row["alarm"] == "1"] == [
        ("2026-03-02", "incident", "4")
    ]
    assert {row["days"] for row in surprise if row["date"] == "2026-02-10"} == {"38"}


def test_each_region_is_plotted_with_its_alarms(out: Path) -> None:
    assert sorted(path.name for path in out.glob("*.svg")) == ["plot-andes.svg", "plot-korea.svg"]
    korea = ElementTree.parse(out / "plot-korea.svg").getroot()
    assert any(each.text == "Korea & the <line>" for each in korea.iter())
    assert any(each.text == "alarm" for each in korea.iter())
    assert not any(each.text == "alarm" for each in ElementTree.parse(out / "plot-andes.svg").getroot().iter())


def test_a_published_series_is_correlated_and_the_region_plotted(folder: Path) -> None:
    done = run("--config", folder / "config.toml", "backtest", folder / "archive.jsonl", "--against",
               folder / "daily.csv", "--column", "Risk", "--region", "KOR", "--number", "conflict", "--plot", "korea",
               home=folder)  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("KOR conflict and Risk"))
    assert lines[at] == "KOR conflict and Risk: 62 days, 2026-01-01 to 2026-03-03"
    assert lines[at + 2].startswith("  Pearson    0.8")
    assert "95 % interval" in lines[at + 2]
    assert lines[at + 3].startswith("  Spearman")
    assert "▲" in done.stdout
    assert lines[-1].split() == ["2026-01-01", "2026-01-21", "2026-02-11", "2026-03-03"]
    assert max(map(len, lines[at + 4 :])) <= 80


def test_as_json_it_has_the_pairs_too(folder: Path) -> None:
    (folder / "monthly.csv").write_text("month,risk\n2025-12,9\n2026-01,1\n2026-02,\n2026-03,7\n", "utf-8")
    done = run("--config", folder / "config.toml", "backtest", folder / "archive.jsonl", "--json", "--against",
               folder / "monthly.csv", "--column", "risk", home=folder)  # fmt: skip
    assert done.returncode == 0, done.stderr
    compared = json.loads(done.stdout)["against"]
    assert [(each["region"], each["number"], each["n"], each["pearson"]) for each in compared] == [
        ("korea", "level", 1, None), ("andes", "level", 0, None),
    ]  # fmt: skip
    assert [(step, theirs) for step, _, theirs in compared[0]["pairs"]] == [("2026-01-01", 1.0)]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--against", "daily.csv"], "--against FILE.csv and --column NAME go together"),
        (["--against", "daily.csv", "--column", "risk"], "daily.csv: no column 'risk'; did you mean 'Risk'?"),
        (["--against", "none.csv", "--column", "x"], "none.csv: No such file or directory"),
        (["--plot", "koera"], "no region 'koera'; did you mean 'korea'?"),
        (["--against", "daily.csv", "--column", "Risk", "--region", "XYZ"], "there are korea, andes, and countries"),
    ],
)
def test_what_is_missing_is_said_before_the_archive_is_read(
    folder: Path, options: list[str], complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [folder / each if each.endswith(".csv") else each for each in options]
    done = run("--config", folder / "config.toml", "backtest", folder / "archive.jsonl", *told, home=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_seeded_store_knows_the_level_when_all_articles_are_in_it(tmp_path: Path) -> None:
    """Of an archive that ends today, in a program that has polled nothing."""
    config = tmp_path / "config.toml"
    config.write_text(f'[storage]\npath = "{tmp_path / "store"}"\n{CONFIG}', "utf-8")
    today = datetime.now(UTC)
    lines = [
        {"published": at, "feed": paper, "title": title, "link": f"https://{paper}.example/{day}"}
        for day in range(40)
        for number, paper in enumerate(PAPERS)
        for at in [f"{today - timedelta(days=day, minutes=number):%Y-%m-%dT%H:%M:%SZ}"]
        for title in [TOLD[number % 4] if day in (0, 20) and number < 2 else f"A fair {day} opens in town {number}"]
    ]
    archive = tmp_path / "recent.jsonl"
    archive.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    done = run("--config", config, "backtest", archive, "--into", tmp_path / "store", "--all", home=tmp_path)
    assert done.returncode == 0, done.stderr
    shown = run("--config", config, "index", "--region", "korea", "--json", home=tmp_path)
    assert shown.returncode == 0, shown.stderr
    index = json.loads(shown.stdout)
    assert (index["level"]["publishers"], index["learning"]) == (6, False)
    assert index["level"]["value"] > 100


# ------------------------------------------------------------------ the published file


def published(tmp_path: Path, text: str, column: str = "x"):
    path = tmp_path / "series.csv"
    path.write_bytes(text.encode("utf-8-sig"))
    return read(path, column)


def test_a_column_of_dates_is_found_by_name_or_by_what_it_holds(tmp_path: Path) -> None:
    assert published(tmp_path, "x,MONTH\n1,2026-01\n2,2026-02\n").values == {date(2026, 1, 1): 1, date(2026, 2, 1): 2}
    assert published(tmp_path, "x,when\n1,2026-01-05\n2.5,2026-01-06T00:00\n").values == {
        date(2026, 1, 5): 1, date(2026, 1, 6): 2.5,
    }  # fmt: skip


def test_missing_values_keep_their_date(tmp_path: Path) -> None:
    found = published(tmp_path, "date,x\n2026-01-01,1\n2026-02-01,NA\n\n2026-03-01\n2026-04-01,.\n")
    assert (len(found.dates), found.values) == (4, {date(2026, 1, 1): 1})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("date,x\n2026-01-01,many\n", r"series\.csv:2: not a number: 'many'"),
        ("date,x\n2026-01-01,inf\n", r"series\.csv:2: not a number: 'inf'"),
        ("date,x\n2026-01-01,1\nsoon,2\n", r"series\.csv:3: not a month such as 2022-09 or a day .*: 'soon'"),
        ("date,x\n2026-01,1\n2026-01-01,2\n", "column 'date' has some dates twice"),
        ("a,x\n1,1\n", "no column of dates"),
        ("", "no column 'x'"),
        ("date,risk\n2026-01,1\n", "no column 'x': it has date, risk"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(BadArchive, match=complaint):
        published(tmp_path, text)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "series.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadArchive, match="not a CSV file in UTF-8"):
        read(tmp_path / "series.csv", "x")


# ------------------------------------------------------------------ plots


def a_drawing(days: int, share: float | None = 0.1) -> Drawn:
    dates = [date(2026, 1, 1) + timedelta(days=number) for number in range(days)]
    values = [float(number % 5) for number in range(days)]
    return Drawn("Korea", dates, values, [0.0] * days, [share] * days, dates[-1:])


@pytest.mark.parametrize("columns", [1, 40, 80, 200])
@pytest.mark.parametrize("days", [1, 2, 60, 900])
def test_a_plot_fits_its_terminal(columns: int, days: int) -> None:
    lines = plots.text(a_drawing(days), columns).splitlines()
    assert max(map(len, lines)) <= max(columns, plots.MARGIN + plots.NARROWEST)
    assert lines[-1].split()[-1] == f"{a_drawing(days).days[-1]}"
    marks = next(line for line in lines if line.lstrip().startswith("alarms"))
    assert marks.count("▲") == 1


def test_a_share_that_is_never_known_is_said_and_not_drawn() -> None:
    assert "not known" in plots.text(a_drawing(30, None), 80)
    assert plots.SHARE_TITLE not in plots.svg(a_drawing(30, None))
    assert plots.SHARE_TITLE in plots.svg(a_drawing(30))


def test_a_plot_of_one_day_can_be_drawn() -> None:
    assert plots.svg(a_drawing(1)).startswith("<svg")
