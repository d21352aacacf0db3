"""`tensionwatch index`: a real process over a real store."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from tensionwatch.clock import SystemClock
from tensionwatch.index.records import Explained, RegionIndex
from tensionwatch.model import Article, Batch, FeedState, from_json
from tensionwatch.store import Store
from tests.builders import NOON, a_flag, a_visit, an_article
from tests.test_cli import run, write_config

URLS = ["https://one.example/feed", "https://two.example/feed"]
A_WHILE = timedelta(minutes=1)
PUBLISHERS = [f"p{n}.example" for n in range(6)]


def now_and(article: Article) -> Article:
    """Moved so that NOON is now."""
    by = SystemClock().now() - NOON
    at = (article.effective or NOON) + by
    return replace(article, effective=at, published=at, first_seen=at)


def filled(folder: Path, *states: FeedState) -> Path:
    """A store of 60 days in which six papers tell of a crossing now and did so once, and of a visit."""
    config = write_config(folder, URLS)
    now = SystemClock().now()
    if (now + A_WHILE).date() != now.date():  # what is of today now would be of yesterday when it is asked for
        time.sleep(A_WHILE.total_seconds())
    articles = [
        an_article(f"{day}{paper}{n}", hours=-24 * day, publisher=paper, title=f"{paper} {day} {n}")
        for day in range(62)
        for paper in PUBLISHERS
        for n in range(2)
    ]
    for day, flag in ((0, a_flag()), (30, a_flag()), (20, a_visit("JPN", "KOR"))):
        articles += [
            an_article(f"told{day}{paper}", flag, hours=-24 * day, publisher=paper, title=f"{paper} tells {day}")
            for paper in PUBLISHERS
        ]
    with Store.open(folder / "store") as store:
        store.commit(Batch(articles=tuple(map(now_and, articles)), feed_states=states))
    return config


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    return filled(folder, FeedState(feed="feed0", url=URLS[0], last_success=SystemClock().now(), result="ok"))


def test_a_line_for_each_region_in_words(config: Path) -> None:
    result = run("--config", config, "index", home=config.parent)
    head, korea, elsewhere = result.stdout.splitlines()
    assert head.split() == ["region", "conflict", "cooperation", "level", "coverage", "today"]
    assert korea.startswith("Korea ")
    assert "1 of 2 " in korea
    assert elsewhere.startswith("Elsewhere ")
    assert "blind" not in result.stdout + result.stderr
    assert (result.returncode, "level unknown: no conflict in the 56 days before" in result.stderr) == (0, True)


def test_one_region_alone(config: Path) -> None:
    result = run("--config", config, "index", "--region", "korea", home=config.parent)
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["region", "Korea"]


def test_json_is_a_region_index_a_line(config: Path) -> None:
    lines = run("--config", config, "index", "--json", home=config.parent).stdout.splitlines()
    korea, elsewhere = (from_json(RegionIndex, json.loads(line)) for line in lines)
    assert (korea.region, elsewhere.region) == ("korea", "elsewhere")
    assert korea.history_days >= 59
    assert korea.level.publishers == 6
    assert korea.conflict > 0.5 > elsewhere.conflict
    assert json.loads(lines[0])["words"]


def test_json_explained_opens_every_number(config: Path) -> None:
    (line,) = run(
        "--config", config, "index", "--json", "--explain", "--region", "korea", home=config.parent
    ).stdout.splitlines()
    explained = from_json(Explained, json.loads(line))
    assert [part.publishers for part in explained.conflict] == [6]
    assert sum(part.part for part in explained.conflict) + explained.rest == pytest.approx(explained.index.conflict)
    incidents = next(each for each in explained.index.surprises if each.family == "incident")
    assert len(explained.pairs["incident"]) == incidents.count
    assert sum(explained.days["incident"]) == 6
    assert set(explained.publishers) == set(PUBLISHERS)


def test_explained_in_words_names_the_events_the_voices_and_the_interval(config: Path) -> None:
    result = run("--config", config, "index", "--explain", "--region", "korea", home=config.parent)
    event = json.loads(
        run("--config", config, "events", "--kind", "incident", "--since", "2d", "--json", home=config.parent).stdout
    )
    assert result.returncode == 0
    (part,) = [line for line in result.stdout.splitlines() if " × 0.984 × " in line]
    assert event["id"] in part
    assert "PRK→KOR" in part
    assert "on 90 % of days" in result.stdout
    assert all(f"of    3  {paper}" in result.stdout for paper in PUBLISHERS)
    assert "coverage: 1 of 2;" in result.stdout


def test_a_store_that_no_feed_was_polled_into_is_blind_and_says_so(tmp_path: Path) -> None:
    config = filled(tmp_path)
    result = run("--config", config, "index", home=tmp_path)
    assert "0 of 2, blind" in result.stdout
    assert "blind: all of them. Fewer than half of the feeds have succeeded lately" in result.stderr
    assert "no feed is fresh: 'poll' or the screen asks them, an archive (backtest --into) does not" in result.stderr


def test_an_empty_store_is_learning(tmp_path: Path) -> None:
    result = run("--config", write_config(tmp_path, URLS), "index", home=tmp_path)
    assert result.returncode == 0
    assert "learning: 0 of 28 days" in result.stdout
    assert f"no articles yet in {tmp_path / 'store'}" in result.stderr


def test_a_region_that_is_not_there_is_told_with_the_nearest_name(config: Path) -> None:
    result = run("--config", config, "index", "--region", "koera", home=config.parent)
    assert result.returncode == 2
    assert "--region: no region 'koera'" in result.stderr
    assert "did you mean 'korea'?" in result.stderr
