"""From the lines of an archive to articles and daily series."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from tensionwatch.archive import FAMILIES, Bad, Day, Item, Source, articles, daily, in_order, read_item
from tensionwatch.commands.backtest import publisher_of
from tensionwatch.events import Ledger
from tensionwatch.model import Status
from tests.builders import NOON, a_flag, a_visit, an_article


def a_line(**changes: object) -> bytes:
    said = {"published": "2026-03-01T12:00:00Z", "feed": "https://one.example/rss", "title": "A title"}
    return json.dumps(said | {"summary": "A summary.", "link": "https://one.example/a"} | changes).encode()


def an_item(number: int = 1, *, hours: float = 0, title: str = "A title", link: str | None = "https://one.example/a"):
    return Item(
        line=number, feed="https://one.example/rss", link=link, story_link=link, title=title, summary="",
        published=NOON + timedelta(hours=hours),
    )  # fmt: skip


def kept(*items: Item):
    return list(articles(in_order(items), lambda feed: Source(feed, "one.example", "en"), "v1", NOON))


def test_a_line_is_sanitised_and_its_time_is_utc() -> None:
    line = a_line(
        published="2026-03-01T14:00:00+02:00",
        title="<b>A</b> \x1b[31mtitle",
        link="https://www.one.example/a?utm_source=x",
    )
    item = read_item(line, 7)
    assert isinstance(item, Item)
    assert (item.line, item.title, item.published) == (7, "A title", NOON)
    assert (item.link, item.story_link) == ("https://www.one.example/a?utm_source=x", "https://one.example/a")


def test_a_time_without_zone_is_utc_and_a_missing_title_is_told_by_the_summary() -> None:
    item = read_item(a_line(published="2026-03-01T12:00:00", title=None), 1)
    assert isinstance(item, Item)
    assert (item.published, item.title) == (NOON, "A summary.")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"garbage", "malformed"),
        (b"[1]", "Expected `object`"),
        (b'{"feed": "x", "title": "y"}', "published"),
        (b"\xff\xfe", ""),
        (a_line(published="yesterday"), "published"),
        (a_line(published="1970-01-01T00:00:00Z"), "the year 1970"),
        (a_line(published="0001-01-01T00:00:00+23:00"), ""),
        (a_line(feed=" "), "no feed"),
        (a_line(title="", summary=None), "neither"),
    ],
)
def test_a_line_that_cannot_be_used_says_why(line: bytes, why: str) -> None:
    bad = read_item(line, 3)
    assert isinstance(bad, Bad)
    assert bad.line == 3
    assert why in bad.why


def test_a_link_that_is_not_safe_is_dropped() -> None:
    item = read_item(a_line(link="javascript:alert(1)"), 1)
    assert isinstance(item, Item)
    assert (item.link, item.story_link) == (None, None)


def test_a_story_that_comes_again_is_kept_once_in_its_first_wording() -> None:
    told = kept(an_item(1, title="Later", hours=-1), an_item(2, title="First", hours=-3))
    assert [(a.title, a.effective) for a in told] == [("First", NOON - timedelta(hours=3))]


def test_without_a_link_the_words_tell_stories_apart() -> None:
    told = kept(an_item(1, link=None), an_item(2, link=None), an_item(3, link=None, title="Another"))
    assert [a.title for a in told] == ["A title", "Another"]


def test_a_link_under_many_titles_on_one_day_names_a_page() -> None:
    assert len(kept(*(an_item(n, title=f"Title {n}") for n in range(3)))) == 3
    assert len(kept(*(an_item(n, title=f"Title {n}", hours=-24 * n) for n in range(3)))) == 1


def test_what_is_dated_in_the_future_counts_from_now() -> None:
    (article,) = kept(an_item(hours=5))
    assert (article.published, article.first_seen, article.effective) == (NOON + timedelta(hours=5), NOON, NOON)


@pytest.mark.parametrize(
    ("feed", "publisher"),
    [
        ("https://feeds.bbci.co.uk/news/rss.xml", "bbci.co.uk"),
        ("www.theguardian.com", "theguardian.com"),
        ("Harbour Post", "Harbour Post"),
        ("harbour", "harbour"),
        ("A.P. News", "A.P. News"),
        ("http://[", "http://["),
        ("192.0.2.1", "192.0.2.1"),
    ],
)
def test_the_publisher_of_a_feed(feed: str, publisher: str) -> None:
    assert publisher_of(feed) == publisher


def test_the_daily_series_counts_what_happened_on_its_day_and_its_reports_on_theirs() -> None:
    told = [
        an_article("a", a_flag(), publisher="one.example", title="Soldiers cross the line at dawn"),
        an_article("b", a_flag(), publisher="two.example", hours=1, title="A patrol came over at sunrise, Seoul says"),
        an_article("c", a_flag(), publisher="three.example", hours=20, title="What is known of the border crossing"),
        an_article("d", a_visit(), hours=72, title="A guest arrives"),
        an_article("e", a_flag("IND", "CHN", status=Status.HYPOTHETICAL), hours=2, title="Could it come to blows"),
    ]
    ledger = Ledger(told)
    times = {a.id: a.effective for a in told if a.effective}
    rows = list(
        daily(ledger, times, ["korea", "far"], lambda e: ["korea"] if "PRK" in e.sides else [], ledger.told.voices)
    )

    assert len(rows) == 4 * 2 * len(FAMILIES)
    assert [row for row in rows if row.reports] == [
        Day(date(2026, 3, 1), "korea", "incident", 1, 2, 2),
        Day(date(2026, 3, 2), "korea", "incident", 0, 1, 1),
        Day(date(2026, 3, 4), "korea", "visit", 1, 1, 1),
    ]


def test_an_archive_without_articles_has_no_series() -> None:
    assert list(daily([], {}, ["korea"], lambda _: [], lambda _: [])) == []
