"""What may be muted, and for how long. Pure but for the desk's look-ups."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from tensionwatch.alerts.records import Alert, AlertRule, Mute
from tensionwatch.model import Event, Feed
from tensionwatch.ports import Desk
from tensionwatch.tui.cells import line
from tensionwatch.tui.times import Times, relative

LENGTHS: Final = (
    ("for 1 hour", timedelta(hours=1)),
    ("for 8 hours", timedelta(hours=8)),
    ("for 1 day", timedelta(days=1)),
    ("for 7 days", timedelta(days=7)),
    ("until it is taken back", None),
)
FEEDS: Final = 4
"""Of an alert's feeds those that told it first are offered."""


class MuteChoice(NamedTuple):
    what: str
    """As `Mute.what`."""
    name: str
    label: str
    """In words: `the pair KOR–PRK`."""


def of_alert(alert: Alert, desk: Desk, rules: dict[str, AlertRule]) -> Iterator[MuteChoice]:
    """What an alert may be muted by, the narrowest first."""
    event = desk.event(alert.event) if alert.event is not None else None
    if event is not None:
        yield from of_event(event)
    rule = rules.get(alert.rule)
    yield MuteChoice("rule", alert.rule, f"the rule {line(rule.name if rule is not None else alert.rule)}")
    if alert.region is not None:
        yield of_region(alert.region, desk)
    yield from of_feeds(alert.articles, desk)


def of_event(event: Event) -> Iterator[MuteChoice]:
    yield MuteChoice("event", event.id, "this event alone")
    if event.actor is not None and event.recipient is not None:
        pair = sorted((event.actor, event.recipient))
        yield MuteChoice("pair", "-".join(pair), f"the pair {'–'.join(pair)}")


def of_region(region: str, desk: Desk) -> MuteChoice:
    names = {row.region.id: row.region.name for row in desk.regions()}
    return MuteChoice("region", region, f"the region {line(names.get(region, region))}")


def of_feeds(articles: tuple[str, ...], desk: Desk) -> Iterator[MuteChoice]:
    told = (desk.article(article_id) for article_id in articles)
    names = {row.feed.id: row.feed for row in desk.feed_rows()}
    feeds = dict.fromkeys(article.feed for article in told if article is not None)
    for feed in list(feeds)[:FEEDS]:
        if feed in names:
            yield of_feed(names[feed])


def of_feed(feed: Feed) -> MuteChoice:
    return MuteChoice("feed", feed.id, f"the feed {line(feed.name)}")


def until_words(until: datetime | None, times: Times, now: datetime) -> str:
    """`until 23 Nov 14:05, in 3 h`"""
    if until is None:
        return "until it is taken back"
    return f"until {times.moment(until, now)}, {relative(until, now)}"


def mute_label(mute: Mute, desk: Desk, rules: dict[str, AlertRule]) -> str:
    """What is muted, in words."""
    if mute.what == "region":
        return of_region(mute.name, desk).label
    if mute.what == "rule":
        return f"the rule {line(rules[mute.name].name if mute.name in rules else mute.name)}"
    if mute.what == "feed":
        feeds = {row.feed.id: row.feed for row in desk.feed_rows()}
        return of_feed(feeds[mute.name]).label if mute.name in feeds else f"the feed {line(mute.name)}"
    if mute.what == "pair":
        return f"the pair {line(mute.name).replace('-', '–')}"
    return f"the event {line(mute.name)}"
