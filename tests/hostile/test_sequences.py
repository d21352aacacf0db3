"""Feeds that say the same thing differently at each fetch, and clocks that jump: each story is kept once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from tensionwatch.model import Article
from tests.feeds.conftest import NOON
from tests.feeds.server import Asked, Reply, Script
from tests.hostile.lab import Lab

Body = Callable[[int], str]
"""The items of the nth fetch."""


def feed_of(items: Body, **headers: str) -> Script:
    """A body that is another at each fetch, if only by a comment: no hash of the whole hides what its entries do."""
    fetches = itertools.count()

    def script(asked: Asked) -> Reply:
        n = next(fetches)
        body = f"<rss version='2.0'><channel><title>Harbour</title><!-- {n} -->{items(n)}</channel></rss>"
        return Reply(body.encode(), headers={"Content-Type": "application/rss+xml", **headers})

    return script


def item(title: str, *, link: str = "", guid: str = "", date: str = "", summary: str = "") -> str:
    parts = {"title": title, "link": link, "guid": guid, "pubDate": date, "description": summary}
    return "<item>" + "".join(f"<{name}>{text}</{name}>" for name, text in parts.items() if text) + "</item>"


async def polled(lab: Lab, items: Body, times: int = 4, **headers: str) -> tuple[Sequence[Article], list[int]]:
    """What is kept after so many polls, 15 minutes apart, and how many were new at each."""
    feed, new = lab.feed(lab.server.on(lab.path(), feed_of(items, **headers))), []
    for _ in range(times):
        outcome = await lab.poll_beside_a_good_one(feed)
        assert outcome.fetched.result == "ok", outcome.reason
        new.append(outcome.batch.new)
        lab.clock.forward(minutes=15)
    return lab.articles(feed), new


THREE = (1, 2, 3)
SAME: dict[str, Body] = {
    "undated, with ids": lambda n: "".join(item(f"Story {i}", guid=f"g{i}") for i in THREE),
    "undated, with links alone": lambda n: "".join(item(f"Story {i}", link=f"https://a.example/s{i}") for i in THREE),
    "undated, titles alone": lambda n: "".join(item(f"Story {i}") for i in THREE),
    "undated, summaries alone": lambda n: "".join(item("", summary=f"Story number {i}") for i in THREE),
    "dated now at each fetch": lambda n: "".join(item(f"Story {i}", guid=f"g{i}", date=f"Sun, 01 Mar 2026 12:{n:02}:00 GMT") for i in THREE),
    "date there and gone": lambda n: "".join(item(f"Story {i}", guid=f"g{i}", date="" if n % 2 else "Sun, 01 Mar 2026 11:00:00 GMT") for i in THREE),
    "dates that no calendar has": lambda n: "".join(item(f"Story {i}", guid=f"g{i}", date=f"Sat, {31 + n} Feb 2026 25:61:00 GMT") for i in THREE),
    "ids that change at every fetch": lambda n: "".join(item(f"Story {i}", link=f"https://a.example/s{i}", guid=f"{n}-{i}") for i in THREE),
    "links that change at every fetch": lambda n: "".join(item(f"Story {i}", link=f"https://a.example/{n}/s{i}", guid=f"g{i}") for i in THREE),
    "links with a session in them": lambda n: "".join(item(f"Story {i}", link=f"https://a.example/s{i}?utm_source=x{n}#f{n}", guid=f"g{i}") for i in THREE),
    "links that change host": lambda n: "".join(item(f"Story {i}", link=f"https://cdn{n}.example/s{i}", guid=f"g{i}") for i in THREE),
    "http and https by turns": lambda n: "".join(item(f"Story {i}", link=f"http{'s' * (n % 2)}://a.example/s{i}") for i in THREE),
    "order turned at every fetch": lambda n: "".join(item(f"Story {i}", guid=f"g{i}") for i in (THREE, THREE[::-1])[n % 2]),
    "each entry twice in a body": lambda n: "".join(item(f"Story {i}", link=f"https://a.example/s{i}", guid=f"g{i}") for i in THREE * 2),
    "each entry under two ids": lambda n: "".join(item(f"Story {i}", link=f"https://a.example/s{i}", guid=f"{g}{i}") for i in THREE for g in "ab"),
    "blanks that move": lambda n: "".join(item(f"Story{' ' * (n + 1)}{i}", guid=f"g{i}") for i in THREE),
    "markup that changes around the words": lambda n: "".join(item(f"Story &lt;b class='{n}'&gt;{i}&lt;/b&gt;", guid=f"g{i}") for i in THREE),
    "an entry that comes and goes": lambda n: "".join(item(f"Story {i}", guid=f"g{i}") for i in THREE[: 3 - n % 2]),
    "a front page's link for all": lambda n: "".join(item(f"Story {i}", link="https://a.example/", guid=f"g{i}") for i in THREE),
    "one link for all": lambda n: "".join(item(f"Story {i}", link="https://a.example/live", guid=f"g{i}") for i in THREE),
    "one link for all, without ids": lambda n: "".join(item(f"Story {i}", link="https://a.example/live") for i in THREE),
    "one id for all": lambda n: "".join(item(f"Story {i}", link=f"https://a.example/s{i}", guid="same") for i in THREE),
    "one id for all, without links": lambda n: "".join(item(f"Story {i}", guid="same") for i in THREE),
    "ids of nothing but blanks": lambda n: "".join(item(f"Story {i}", link=f"https://a.example/s{i}", guid=" \n ") for i in THREE),
    "ids of control characters": lambda n: "".join(item(f"Story {i}", link=f"https://a.example/s{i}", guid="\u202e\u200b") for i in THREE),
    "ids that are 10 KB": lambda n: "".join(item(f"Story {i}", link=f"https://a.example/s{i}", guid="x" * 10_000) for i in THREE),
    "ids that number the place in the body": lambda n: "".join(item(f"Story {i}", link=f"https://a.example/s{i}", guid=str(place)) for place, i in enumerate((THREE, THREE[::-1])[n % 2])),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
async def test_the_same_three_stories_are_kept_once_whatever_changes_around_them(lab: Lab, name: str) -> None:
    articles, new = await polled(lab, SAME[name])
    assert sorted(article.title[-1] for article in articles) == ["1", "2", "3"]
    assert sum(new[1:]) <= 1, "what came and went comes once"
    assert all(not article.revisions for article in articles)


EDITS: dict[str, tuple[Body, int, int]] = {
    "a title that is corrected": (lambda n: item("Storm" if n < 2 else "Storms", guid="g"), 1, 1),
    "a counter in the summary": (lambda n: item("Storm", guid="g", summary=f"{n} comments"), 1, 3),
    "two wordings by turns": (lambda n: item(("Storm", "Gale")[n % 2], guid="g", link="https://a.example/s"), 1, 1),
    "a title and its id that change under one link": (lambda n: item(f"Storm {n}", guid=f"g{n}", link="https://a.example/s"), 1, 3),
    "titles that swap their links": (lambda n: "".join(item(("A", "B")[(n + i) % 2], link=f"https://a.example/s{i}") for i in (0, 1)), 2, 2),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
async def test_an_edit_becomes_a_revision_not_an_article(lab: Lab, name: str) -> None:
    items, kept, revisions = EDITS[name]
    articles, _ = await polled(lab, items)
    assert len(articles) == kept
    assert sum(len(article.revisions) for article in articles) == revisions


async def test_a_counter_in_every_summary_does_not_grow_for_ever(lab: Lab) -> None:
    articles, _ = await polled(lab, lambda n: item("Storm", guid="g", summary=f"{n} comments"), times=60)
    assert len(articles) == 1
    assert len(articles[0].revisions) == 50


# ------------------------------------------------------------------ times

DATES: dict[str, tuple[str, datetime | None]] = {
    "in an hour": ("Sun, 01 Mar 2026 13:00:00 GMT", datetime(2026, 3, 1, 13, tzinfo=UTC)),
    "in the year 2099": ("Thu, 01 Jan 2099 00:00:00 GMT", datetime(2099, 1, 1, tzinfo=UTC)),
    "in the year 2200": ("Wed, 01 Jan 2200 00:00:00 GMT", None),
    "in the year 9999": ("Fri, 31 Dec 9999 23:59:59 GMT", None),
    "in the year 10000": ("Sat, 01 Jan 10000 00:00:00 GMT", None),
    "at the epoch": ("Thu, 01 Jan 1970 00:00:00 GMT", None),
    "in the year 1": ("Mon, 01 Jan 0001 00:00:00 GMT", None),
    "before the year 1": ("-5000-01-01T00:00:00Z", datetime(2049, 12, 1, tzinfo=UTC)),
    "with a zone of 99 hours": ("Sun, 01 Mar 2026 11:00:00 +9999", None),
    "in seconds": ("1772366400", None),
    "in words": ("yesterday noon", None),
    "in Arabic digits": ("٢٠٢٦-٠٣-٠١", None),
    "with an escape in it": ("\u009b31mSun", None),
}  # fmt: skip


@pytest.mark.parametrize("name", DATES)
async def test_a_date_that_lies_never_makes_a_story_younger_than_we_saw_it(lab: Lab, name: str) -> None:
    sent, published = DATES[name]
    lab.clock.time = NOON
    feed = lab.feed(
        lab.server.on(
            lab.path(), feed_of(lambda n: item("Before", guid="b") if n == 0 else item("Bad", guid="g", date=sent))
        )
    )
    await lab.poll(feed)
    (article,) = (await lab.poll_beside_a_good_one(feed)).batch.articles
    assert article.first_seen == NOON
    assert article.effective is not None
    assert article.effective <= NOON
    if published is not None:
        assert (article.published, article.effective) == (published, NOON)
    elif article.published is not None:
        assert abs(article.published - NOON) < timedelta(days=5), "a zone read in some way, or none"


async def test_an_undated_entry_of_a_first_fetch_enters_no_window_and_later_ones_count_from_when_they_came(
    lab: Lab,
) -> None:
    articles, new = await polled(lab, lambda n: "".join(item(f"Story {i}", guid=f"g{i}") for i in range(n + 1)))
    assert new == [1, 1, 1, 1]
    assert [article.effective for article in articles] == [None, *(a.first_seen for a in articles[1:])]


@pytest.mark.parametrize("jump", [timedelta(days=-800), timedelta(days=3_650), timedelta(seconds=-1)], ids=str)
async def test_our_own_clock_may_jump(lab: Lab, jump: timedelta) -> None:
    feed = lab.feed(
        lab.server.on(lab.path(), feed_of(lambda n: "".join(item(f"Story {i}", guid=f"g{i}") for i in range(n + 1))))
    )
    lab.clock.time = NOON
    await lab.poll(feed)
    lab.clock.time = NOON + jump
    outcome = await lab.poll_beside_a_good_one(feed)
    lab.clock.time = NOON
    again = await lab.poll(feed)
    assert (outcome.titles, again.titles) == (["Story 1"], ["Story 2"])
    assert outcome.state.next_check is not None
    assert outcome.state.next_check - (NOON + jump) < timedelta(hours=1)


SERVER_CLOCKS: dict[str, dict[str, str]] = {
    "date in 1970": {"Date": "Thu, 01 Jan 1970 00:00:00 GMT"},
    "date in 2099": {"Date": "Thu, 01 Jan 2099 00:00:00 GMT", "Expires": "Thu, 01 Jan 2099 01:00:00 GMT"},
    "date of nonsense": {"Date": "now", "Expires": "later", "Age": "old"},
    "Expires in 9999": {"Expires": "Fri, 31 Dec 9999 23:59:59 GMT"},
    "max-age for ever": {"Cache-Control": "max-age=999999999999999999999"},
    "max-age of a billion": {"Cache-Control": "max-age=999999999"},
    "max-age negative": {"Cache-Control": "max-age=-1"},
    "Age beyond max-age": {"Cache-Control": "max-age=60", "Age": "999999999999"},
    "Last-Modified in 2099": {"Last-Modified": "Thu, 01 Jan 2099 00:00:00 GMT"},
    "Retry-After on a good answer": {"Retry-After": "999999999"},
}  # fmt: skip


@pytest.mark.parametrize("name", SERVER_CLOCKS)
async def test_a_servers_clock_cannot_keep_us_away_for_long(lab: Lab, name: str) -> None:
    lab.clock.time = NOON
    feed = lab.feed(lab.server.on(lab.path(), feed_of(lambda n: item("Story", guid="g"), **SERVER_CLOCKS[name])))
    outcome = await lab.poll_beside_a_good_one(feed)
    assert outcome.titles == ["Story"]
    assert outcome.state.next_check is not None
    assert timedelta(minutes=10) < outcome.state.next_check - NOON <= timedelta(days=7)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("after", ["-5", "1e9", "999999999999", "Fri, 31 Dec 9999 23:59:59 GMT", "soon", "\x9b31m"])
async def test_a_retry_after_of_nonsense_cannot_keep_us_away_for_ever(lab: Lab, status: int, after: str) -> None:
    lab.clock.time = NOON
    outcome = await lab.reply(Reply(status=status, headers={"Retry-After": after}))
    assert outcome.fetched.result == "failed"
    assert outcome.reason.startswith(f"HTTP {status}")
    assert outcome.state.next_check is not None
    assert timedelta(minutes=1) <= outcome.state.next_check - NOON <= timedelta(days=7)


TTLS = ["0", "-1", "999999999", "1e9", "١٥", "\x1b[31m", "a" * 9_999]


@pytest.mark.parametrize("ttl", TTLS, ids=range(len(TTLS)))
async def test_a_ttl_of_nonsense_cannot_keep_us_away_for_ever(lab: Lab, ttl: str) -> None:
    lab.clock.time = NOON
    extra = f"<ttl>{ttl}</ttl><sy:updateFrequency xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>{ttl}</sy:updateFrequency>"
    feed = lab.feed(lab.server.on(lab.path(), feed_of(lambda n: extra + item("Story", guid="g"))))
    outcome = await lab.poll(feed)
    assert outcome.titles == ["Story"]
    assert outcome.state.next_check is not None
    assert timedelta(minutes=10) < outcome.state.next_check - NOON <= timedelta(days=7)


async def test_a_feed_that_is_broken_by_turns_keeps_what_it_had(lab: Lab) -> None:
    def turns(asked: Asked, count: itertools.count[int] = itertools.count()) -> Reply:  # noqa: B008  one for the test
        n = next(count)
        good = (
            f"<rss version='2.0'><channel>{item('Story 1', guid='g1')}{item(f'New {n}', guid=f'n{n}')}</channel></rss>"
        )
        return Reply([good.encode(), b"<html><title>Down</title>", good.encode()[:90], b""][n % 4])

    feed = lab.feed(lab.server.on(lab.path(), turns))
    results = [(await lab.poll(feed)).fetched.result for _ in range(8)]
    assert [result != "failed" for result in results[:5:4]] == [True, True]
    titles = [article.title for article in lab.articles(feed)]
    assert titles == ["Story 1", "New 0", "New 4"]
