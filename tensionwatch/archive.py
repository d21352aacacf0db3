"""From the lines of an archive to articles and daily series. Pure.

    line ─read_item▶ Item ─rules▶ Item with flags ─by publication▶ articles, each story once ─ledger▶ events ─daily▶

A line is a JSON object with `published`, `feed`, `title`, `summary` and `link`; what else it has is passed over. A
story is known by what ingest knows it by (tensionwatch/identity.py): publisher and link, else feed and words. What
comes again is left out, its first wording stands. A link that three or more titles of one feed share on one day names
a page, and is not used.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import msgspec

from tensionwatch.identity import article_id, canonical_link
from tensionwatch.ingest import TITLES_THAT_MAKE_A_PAGE, effective_time
from tensionwatch.model import Article, Event, Flag, Kind, Record
from tensionwatch.sanitise import MAX_SUMMARY, MAX_TITLE, is_likely, plain_text, safe_link, visible

FAMILIES = tuple(dict.fromkeys(kind.family for kind in Kind))


class Item(Record, frozen=True, kw_only=True):
    """One line, sanitised."""

    line: int
    feed: str
    """As the archive calls it: an address or a name."""
    link: str | None
    story_link: str | None
    """The same, canonical."""
    title: str
    summary: str
    published: datetime
    flags: tuple[Flag, ...] = ()


class Bad(Record, frozen=True, kw_only=True):
    """A line that cannot be used."""

    line: int
    why: str


class _Line(msgspec.Struct, gc=False):
    published: datetime
    feed: str
    title: str | None = None
    summary: str | None = None
    link: str | None = None


_lines = msgspec.json.Decoder(_Line)


def read_item(line: bytes, number: int) -> Item | Bad:
    try:
        said = _lines.decode(line)
        zone = said.published.tzinfo
        published = said.published.replace(tzinfo=UTC) if zone is None else said.published.astimezone(UTC)
    except (msgspec.DecodeError, UnicodeDecodeError, OverflowError) as error:
        return Bad(line=number, why=visible(str(error))[:200])
    if not is_likely(published):
        return Bad(line=number, why=f"published in the year {published.year}")
    feed = _feed(said.feed)
    if not feed:
        return Bad(line=number, why="it names no feed")
    title, summary = plain_text(said.title or "", MAX_TITLE)[0], plain_text(said.summary or "", MAX_SUMMARY)[0]
    if not title and not summary:
        return Bad(line=number, why="it has neither title nor summary")
    link = safe_link(said.link, feed) if said.link else None
    return Item(
        line=number, feed=feed, link=link, story_link=canonical_link(link) if link else None,
        title=title or summary[:120], summary=summary, published=published,
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _feed(said: str) -> str:
    """Archives have few, each thousands of times."""
    return plain_text(said, MAX_TITLE)[0]


class Source(NamedTuple):
    """What a feed of the archive is here."""

    feed: str
    """Its id in articles."""
    publisher: str
    lang: str


def in_order(items: Iterable[Item]) -> list[Item]:
    """In order of publication; of one time, as the archive has them."""
    return sorted(items, key=lambda item: (item.published, item.line))


def articles(
    items: Iterable[Item], source_of: Callable[[str], Source], rules_version: str, now: datetime
) -> Iterator[Article]:
    """The stories among items in order of publication, each once."""
    listed = list(items)
    pages = _pages(listed)
    seen: set[str] = set()
    for item in listed:
        source = source_of(item.feed)
        link = None if (item.feed, item.story_link) in pages else item.story_link
        known_as = article_id(source.publisher, link, source.feed, None, item.title, item.summary)
        if known_as in seen:
            continue
        seen.add(known_as)
        first_seen = min(item.published, now)
        yield Article(
            id=known_as, feed=source.feed, publisher=source.publisher, entry_id=None, link=item.link,
            title=item.title, summary=item.summary, published=item.published, first_seen=first_seen,
            effective=effective_time(item.published, first_seen, first_fetch=False), lang=source.lang,
            flags=item.flags, classified=rules_version, imported=now,
        )  # fmt: skip


def _pages(items: Sequence[Item]) -> set[tuple[str, str | None]]:
    """Feed and link, where the link names a page."""
    shared = Counter((item.feed, item.story_link) for item in items)
    titles: dict[tuple[str, str, date], set[str]] = defaultdict(set)
    for item in items:
        # Nearly all links stand once: a set of titles for each took three times as long.
        if item.story_link is not None and shared[item.feed, item.story_link] >= TITLES_THAT_MAKE_A_PAGE:
            titles[item.feed, item.story_link, item.published.date()].add(item.title)
    return {(feed, link) for (feed, link, _), told in titles.items() if len(told) >= TITLES_THAT_MAKE_A_PAGE}


# ------------------------------------------------------------------ series


class Day(NamedTuple):
    """One cell of the daily series."""

    date: date
    region: str
    family: str
    events: int
    """That happened on this day."""
    reports: int
    """Articles of this day that tell of an event which has happened, on this day or before."""
    publishers: int
    """The independent voices among these."""


def daily(
    events: Iterable[Event],
    times: Mapping[str, datetime],
    regions: Collection[str],
    regions_of: Callable[[Event], Collection[str]],
    voices: Callable[[Iterable[str]], Collection[str]],
) -> Iterator[Day]:
    """Every day from the first article to the last, with each region and family; `times` are the articles' effective
    times. A day without an event is a row of zeros."""
    happened: dict[tuple[date, str, str], int] = defaultdict(int)
    told: dict[tuple[date, str, str], set[str]] = defaultdict(set)
    for event in events:
        when = event.happened
        if when is None:
            continue
        for region in regions_of(event):
            happened[when.date(), region, event.family] += 1
            for article in event.articles:
                if (at := times[article]) >= when:
                    told[at.date(), region, event.family].add(article)
    if not times:
        return
    first, last = min(times.values()).date(), max(times.values()).date()
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        for region in regions:
            for family in FAMILIES:
                reports = told.get((day, region, family), ())
                publishers = len(voices(reports)) if reports else 0
                yield Day(day, region, family, happened.get((day, region, family), 0), len(reports), publishers)
