"""The feeds that bench/poll.py serves are what it says: what it measures with them hangs on that."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "bench"))

import newsroom
import newsstand

from tensionwatch.feeds.parse import parse
from tensionwatch.rules import load_rules

FEEDS, ENTRIES = 10, 40
NEWEST = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_each_paper_is_read_with_all_its_stories_as_they_were_written() -> None:
    stories = newsroom.made_up(FEEDS * ENTRIES)
    formats = set()
    for paper in newsstand.papers(stories, FEEDS):
        parsed = parse(paper.body(NEWEST).encode(), url=paper.url(80), content_type=None)
        formats.add(parsed.format)
        read = [entry for entry, _ in parsed.entries]
        assert [entry.title for entry in read] == [story.title for story in paper.stories]
        assert all(entry.summary.startswith(story.summary) for entry, story in zip(read, paper.stories, strict=True))
        assert len({entry.link for entry in read}) == ENTRIES
        assert all(entry.published is not None and entry.published <= NEWEST for entry in read)
    assert len(formats) == 2


def test_made_up_news_is_distinct_the_same_for_one_seed_and_flagged_in_a_newspapers_measure() -> None:
    stories = newsroom.made_up(2_000, seed=5)
    assert stories == newsroom.made_up(2_000, seed=5)
    assert stories != newsroom.made_up(2_000, seed=6)
    assert len(set(stories)) == 2_000
    assert all(60 <= len(story.title) <= 90 and 150 <= len(story.summary) <= 400 for story in stories)
    rules = load_rules()
    flagged = sum(bool(rules.classify(story.title, story.summary)) for story in stories) / len(stories)
    assert 0.05 <= flagged <= 0.08


def test_no_two_papers_share_an_address() -> None:
    papers = newsstand.papers(newsroom.made_up(500), 500)
    assert len({paper.url(80) for paper in papers}) == 500
    assert all(paper.url(80).startswith("http://127.9.") for paper in papers)
