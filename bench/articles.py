"""Articles for benchmarks: made up, or taken from a corpus, as many a day as make a million in a year.

Made-up articles are in the proportions of news: about 1 KB as JSON, words by Zipf's law from 8,000, one in ten flagged
(one in forty of these with two flags), few pairs of countries with most of the flags, one flagged article in five a
near-copy of another paper's, every tenth flag with one side unknown.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

import msgspec
from msgspec.structs import replace

from tensionwatch import config
from tensionwatch.config import registrable_domain
from tensionwatch.identity import article_id, canonical_link
from tensionwatch.model import Article, Evidence, Feed, Flag, Kind, Status
from tensionwatch.rules import load_rules
from tensionwatch.rules.atlas import load_atlas, read_data

A_DAY = 1_000_000 / 365

_FLAGGED, _COPIES, _LOPSIDED, _TWICE = 0.10, 0.20, 0.10, 0.025
_KINDS = dict(zip(Kind, (8, 12, 20, 12, 8, 5, 6, 8, 6, 6, 9), strict=True))
_STATUSES = {Status.ACTUAL: 74, Status.PLANNED: 16, Status.HYPOTHETICAL: 5, Status.OFF: 3, Status.HISTORICAL: 2}
_CODES = {Kind.DIPLOMATIC_VISIT: "042", Kind.BORDER_INCIDENT: "X-CROSS", Kind.WEAPONS_TEST: "X-TEST"}
_SYLLABLES = "an ar bel cor da den el fi gor han il jo ka len mi nor ol pre qua ri sen ta un ver wa yo zi".split()


def made_up(count: int, *, seed: int = 1) -> list[Article]:
    """The last `count` articles before now, oldest first."""
    return list(_Press(random.Random(seed)).articles(count, datetime.now(UTC)))


def from_corpus(path: Path, count: int) -> list[Article]:
    """The last `count` of a corpus (JSON lines with published, feed, title, summary, link), flagged by the rules and
    moved in time so that the last has just come."""
    rules = load_rules()
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        items = [json.loads(line) for line in lines][-count:]
    found = []
    for item in items:
        at = datetime.fromisoformat(item["published"].replace("Z", "+00:00"))
        title, summary, link = item["title"] or "", item["summary"] or "", item["link"]
        feed = registrable_domain(item["feed"]) or "unknown.example"
        found.append(
            Article(
                id=article_id(feed, canonical_link(link) if link else None, feed, None, title, summary),
                feed=feed, publisher=feed, entry_id=link, link=link, title=title, summary=summary, published=at,
                first_seen=at, effective=at, lang="en", flags=rules.classify(title, summary, published=at),
                classified=rules.version,
            )
        )  # fmt: skip
    shift = datetime.now(UTC) - max(article.first_seen for article in found)
    return [_moved(article, shift) for article in {article.id: article for article in found}.values()]


def later(articles: Iterable[Article], days: float, name: str) -> list[Article]:
    """The same news again so many days later, under other ids."""
    return [
        replace(
            _moved(a, timedelta(days=days)), id=article_id(a.publisher, None, a.feed, name + a.id, "", ""),
            entry_id=f"{name}{a.entry_id}", link=f"{a.link}-{name}",
        )
        for a in articles
    ]  # fmt: skip


def _moved(article: Article, shift: timedelta) -> Article:
    published, effective = article.published, article.effective
    return replace(
        article, first_seen=article.first_seen + shift, published=published and published + shift,
        effective=effective and effective + shift,
    )  # fmt: skip


def size(articles: list[Article]) -> int:
    """Mean bytes of one as JSON."""
    some = articles[:: max(1, len(articles) // 1000)]
    return sum(len(msgspec.json.encode(article)) for article in some) // len(some)


class _Press:
    """A press that writes nonsense at the rate of the world's."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._feeds = config.load(None).feeds
        self._words = ["".join(rng.choices(_SYLLABLES, k=rng.choice([1, 2, 2, 3, 3, 4]))) for _ in range(8_000)]
        self._by_zipf = list(accumulate(1 / (n + 3) for n in range(len(self._words))))
        regions = config.load(None).regions
        pairs = [sorted(pair) for region in regions for pair in sorted(region.dyads, key=sorted)]
        elsewhere = sorted(load_atlas().countries)
        pairs += [rng.sample(elsewhere, 2) for _ in range(60)]
        rng.shuffle(pairs)
        self._pairs = pairs
        self._pair_weights = list(accumulate(1 / (n + 2) for n in range(len(pairs))))
        self._places = [str(place["id"]) for place in read_data("places")["place"]]
        self._told: list[Article] = []

    def articles(self, count: int, now: datetime) -> Iterator[Article]:
        step = timedelta(days=1) / A_DAY
        for number in range(count):
            first_seen = now - (count - number) * step
            feed = self._rng.choice(self._feeds)
            flagged = self._rng.random() < _FLAGGED
            if flagged and self._told and self._rng.random() < _COPIES:
                model = self._rng.choice(self._told[-40:])
                title, summary, flags = model.title, model.summary, model.flags
            else:
                title, summary = self._text(9).capitalize(), f"{self._text(72).capitalize()}."
                flags = self._flags(title) if flagged else ()
            article = self._article(feed, number, title, summary, first_seen, flags)
            if flagged:
                self._told.append(article)
            yield article

    def _article(
        self, feed: Feed, number: int, title: str, summary: str, first_seen: datetime, flags: tuple[Flag, ...]
    ) -> Article:
        link = f"https://{feed.publisher}/{first_seen:%Y/%m/%d}/{title.lower().replace(' ', '-')[:40]}-{number}"
        published = first_seen.replace(microsecond=0) - timedelta(seconds=self._rng.randrange(1, 900))
        return Article(
            id=article_id(feed.publisher, link, feed.id, link, title, summary), feed=feed.id, publisher=feed.publisher,
            entry_id=link, link=link, title=title, summary=summary, published=published, first_seen=first_seen,
            effective=published, lang="en", flags=flags, classified="0123456789ab",
            read=self._rng.random() < 0.4,
        )  # fmt: skip

    def _text(self, words: int) -> str:
        return " ".join(self._rng.choices(self._words, cum_weights=self._by_zipf, k=words))

    def _flags(self, title: str) -> tuple[Flag, ...]:
        return tuple(self._flag(title) for _ in range(2 if self._rng.random() < _TWICE else 1))

    def _flag(self, title: str) -> Flag:
        rng = self._rng
        actor, recipient = rng.choices(self._pairs, cum_weights=self._pair_weights)[0]
        if rng.random() < 0.5:
            actor, recipient = recipient, actor
        (kind,) = rng.choices(list(_KINDS), list(_KINDS.values()))
        (status,) = rng.choices(list(_STATUSES), list(_STATUSES.values()))
        end = title.find(" ", 12)
        return Flag(
            kind=kind, status=status, code=_CODES.get(kind, "190"), actor=actor,
            recipient=None if rng.random() < _LOPSIDED else recipient,
            place=rng.choice(self._places) if rng.random() < 0.3 else None, rule=f"made.{kind.value}",
            rules_version="0123456789ab", evidence=(Evidence("title", 0, end, title[:end]),),
        )  # fmt: skip
