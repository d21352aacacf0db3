"""`tensionwatch trends`: a real process over a real store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tensionwatch.exchange import Group
from tests.program import call, run
from tests.test_cli import write_config
from tests.test_index_command import filled


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("trends"))


def test_a_region_is_drawn_as_on_the_screen(config: Path) -> None:
    done = call("--config", config, "trends", "--region", "korea", "--span", "90d", home=config.parent)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Korea · events per day · ")
    assert "· watched since " in lines[0]
    assert any(line.strip().startswith("▲ incidents · 2 in all · min 0 · ") for line in lines)
    assert any(0x2800 < ord(letter) < 0x2900 for letter in done.stdout)
    assert max(map(len, lines[1:])) <= 120


def test_an_output_without_unicode_gets_ascii(config: Path) -> None:
    done = run("--config", config, "trends", "--pair", "PRK-KOR", "--measure", "sides",
               home=config.parent, PYTHONIOENCODING="ascii")  # fmt: skip
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "- conflict" in done.stdout
    assert "#" in done.stdout


def test_numbers_for_programs_agree_with_one_another(config: Path) -> None:
    asked = ("--config", config, "trends", "--pair", "South Korea-japan", "--span", "30d")
    told = json.loads(call(*asked, "--json", home=config.parent).stdout)
    assert told["of"] == ["JPN", "KOR"]
    assert sum(told["events"][Group.VISIT]) == sum(told["cooperation"]) == 1
    assert len(told["edges"]) == len(told["watched"]) + 1
    head, *rest = (line.split("\t") for line in call(*asked, "--table", home=config.parent).stdout.splitlines())
    assert [int(line[head.index("visit")]) for line in rest] == told["events"][Group.VISIT]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ((), "of one region (--region korea) or of one pair (--pair PRK-KOR)"),
        (("--region", "korea", "--pair", "PRK-KOR"), "of one region"),
        (("--region", "koraa"), "did you mean 'korea'?"),
        (("--pair", "PRK"), "'PRK' is no pair"),
        (("--pair", "PRK-PRX"), "no country 'PRX'"),
        (("--pair", "PRK-North Korea"), "the same country twice"),
        (("--region", "korea", "--span", "5d"), "no '5d'; there are 24h, 7d, 30d, 90d, 365d"),
        (("--region", "korea", "--measure", "event"), "did you mean 'events'?"),
    ],
)
def test_what_cannot_be_meant_is_said_in_a_line(config: Path, asked: tuple[str, ...], why: str) -> None:
    done = call("--config", config, "trends", *asked, home=config.parent)
    assert done.returncode == 2
    assert why in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_empty_store_says_so(tmp_path: Path) -> None:
    config = write_config(tmp_path, ["https://one.example/feed"])
    done = call("--config", config, "trends", "--region", "elsewhere", home=tmp_path)
    assert done.returncode == 0
    assert "no articles yet in" in done.stderr
    assert "not watched" in done.stdout
