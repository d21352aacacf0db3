"""What the demo's outlets published before its story, so that the index knows what is usual: a year of mostly quiet
news, as the articles that would have been kept of it. Pure, but for reading the packaged history.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from importlib import resources

import msgspec

from tensionwatch.demo.scenario import Outlet, Scenario
from tensionwatch.identity import article_id
from tensionwatch.model import Article, Flag, Kind, Record, Status


class PastFlag(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the rules see in each headline of an event, and nothing else."""

    kind: Kind
    code: str
    actor: str
    recipient: str
    rule: str
    place: str | None = None


class Past(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One occurrence."""

    ago: int
    """Days before the start."""
    flag: PastFlag
    told: dict[str, str]
    """Outlet → headline; each an hour after the one before."""


class History(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    days: int
    whole_days: int
    """Of these, the latest ones, on which all of `quiet_outlets` publish something; before them the first alone."""
    quiet_outlets: tuple[str, ...]
    quiet: tuple[str, ...]
    """Headlines in which no rule sees anything."""
    towns: tuple[str, ...]
    again: int
    """Days before an event in which one like it happened, and so on."""
    event: tuple[Past, ...]


@cache
def load_history() -> History:
    """The packaged history."""
    text = (resources.files(__package__) / "history.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), History)


def past_articles(scenario: Scenario, start: datetime) -> Iterator[Article]:
    """As they would be kept had the outlets been polled all along; read, so that they do not pass for news. `start`
    is when the story begins."""
    history = load_history()
    outlets = {outlet.id: outlet for outlet in scenario.outlets}
    for ago in range(history.days, 0, -1):
        told_by = history.quiet_outlets if ago <= history.whole_days else history.quiet_outlets[:1]
        for number, outlet in enumerate(told_by):
            title = history.quiet[(5 * ago + 7 * number) % len(history.quiet)]
            town = history.towns[(ago + 3 * number) % len(history.towns)]
            at = start - timedelta(days=ago) + timedelta(minutes=40 * number)
            yield _article(outlets[outlet], f"{ago}", title.format(town=town), at)
    for event in history.event:
        for ago in range(event.ago, history.days, history.again):
            for number, (outlet, title) in enumerate(event.told.items()):
                at = start - timedelta(days=ago) + timedelta(hours=number)
                yield _article(outlets[outlet], f"event-{ago}", title, at, _flag(event.flag))


def _flag(seen: PastFlag) -> Flag:
    return Flag(
        kind=seen.kind, status=Status.ACTUAL, code=seen.code, actor=seen.actor, recipient=seen.recipient,
        place=seen.place, rule=seen.rule, rules_version="demo", evidence=(),
    )  # fmt: skip


def _article(outlet: Outlet, key: str, title: str, at: datetime, *flags: Flag) -> Article:
    feed = outlet.feed_id(outlet.sections[0])
    entry_id = f"past-{key}"
    return Article(
        id=article_id(outlet.publisher, None, feed, entry_id, title, ""), feed=feed, publisher=outlet.publisher,
        entry_id=entry_id, link=None, title=title, summary="", published=at, first_seen=at, effective=at, lang="en",
        flags=flags, read=True,
    )  # fmt: skip
