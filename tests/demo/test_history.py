"""The quiet year behind the demo's story, and what the story is against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tensionwatch.config import Config
from tensionwatch.demo import DemoServer, demo_config, load_scenario, past_articles
from tensionwatch.demo.history import Past, load_history
from tensionwatch.index.words import words
from tensionwatch.model import Batch, Entry, Fetched, ReadEntry
from tensionwatch.rules import Rules, load_rules
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.store import Store
from tensionwatch.watch import Watch

from .conftest import SetClock

HISTORY = load_history()
NOON = datetime(2024, 6, 18, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules()


@pytest.mark.parametrize("past", HISTORY.event, ids=lambda past: f"{past.flag.rule} {past.ago} d ago")
def test_the_rules_see_in_each_headline_just_what_is_kept_of_it(rules: Rules, past: Past) -> None:
    for headline in past.told.values():
        [flag] = rules.classify(headline, "")
        seen = (flag.kind, flag.status, flag.code, flag.actor, flag.recipient, flag.place, flag.rule)
        kept = past.flag
        assert seen == (kept.kind, "actual", kept.code, kept.actor, kept.recipient, kept.place, kept.rule), headline


def test_the_rules_see_nothing_in_quiet_news(rules: Rules) -> None:
    headlines = [title.format(town=town) for title in HISTORY.quiet for town in HISTORY.towns]
    assert [title for title in headlines if rules.classify(title, "")] == []


def test_each_day_has_news_and_each_article_an_id_of_its_own() -> None:
    articles = list(past_articles(load_scenario(), NOON))
    assert len({article.id for article in articles}) == len(articles)
    days = Counter(article.published.date() for article in articles if article.published is not None)
    assert set(days) >= {(NOON - timedelta(days=ago)).date() for ago in range(1, HISTORY.days)}
    assert max(days) < NOON.date(), "the day of the story is the story's"


def test_history_comes_from_feeds_of_the_demo(server: DemoServer, tmp_path: Path) -> None:
    feeds = {feed.id: feed.publisher for feed in demo_config(server, tmp_path).feeds}
    for article in past_articles(server.scenario, NOON):
        assert feeds[article.feed] == article.publisher


def test_at_the_end_of_the_story_korea_is_unusual_and_the_rest_is_calm(
    server: DemoServer, tmp_path: Path, rules: Rules
) -> None:
    config, clock = demo_config(server, tmp_path), SetClock(NOON + timedelta(seconds=server.duration))
    with Store.open(tmp_path) as store:
        past = tuple(past_articles(server.scenario, NOON))
        store.commit(Batch(articles=past, new=len(past)))
        watch = Watch(store, config, load_atlas(), clock)
        for _ in watch.settle():
            pass
        assert {words(index) for index in watch.index()} == {"calm"}, "before anything of the story is told"
        for fetched in told(server, config, rules, clock.now()):
            watch.accept(fetched, jitter=0)
        said = {index.region: words(index) for index in watch.index()}
    assert said.pop("korea").startswith("unusual: 1 incident, usually 1 in ")
    assert set(said.values()) == {"calm"}


def told(server: DemoServer, config: Config, rules: Rules, now: datetime) -> Iterator[Fetched]:
    """All that the outlets have published by now, each feed as one poll brings it."""
    for outlet in server.scenario.outlets:
        published = server.scenario.published(outlet.id, now, NOON, 1)
        for section in outlet.sections:
            entries = tuple(
                ReadEntry(
                    entry=Entry(
                        entry_id=each.report.story, link=None, title=each.title, summary=each.report.summary,
                        published=each.at if each.report.dated else None,
                    ),
                    hash=each.report.story,
                    flags=tuple(rules.classify(each.title, each.report.summary)),
                )
                for each in published
                if section in each.report.sections
            )  # fmt: skip
            yield Fetched(feed=outlet.feed_id(section), at=now, result="ok", entries=entries)
