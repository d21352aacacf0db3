"""A year of news for the screens of the past: enough that every span, side and month has something."""

from __future__ import annotations

from datetime import timedelta

from tensionwatch.model import Article, Batch, Flag, Kind, Status
from tests.tui.world import FEEDS, NOON, World, flag, tell_stories, visit

GAP = range(100, 115)
"""Days before noon of which there is no news at all."""


def tell_a_year(world: World) -> None:
    """Every sixth day a crossing by Korea, every tenth a visit to Japan, on quiet days a story without a flag; a threat
    of China's each week of the last month; then the morning's stories."""
    articles = []
    for day in range(300):
        if day in GAP:
            continue
        articles.append(_article(f"quiet{day}", day))
        if day % 6 == 0:
            articles += [_article(f"cross{day}-{outlet}", day, flag(), outlet=outlet) for outlet in range(2)]
        if day % 10 == 5:
            articles.append(_article(f"visit{day}", day, visit("JPN", "KOR")))
        if day % 7 == 3 and day < 30:
            articles.append(_article(f"threat{day}", day, flag(Kind.THREAT, "CHN", "TWN", code="138")))
    articles.append(_article("plan", 2, visit("KOR", "JPN", status=Status.PLANNED, code="036")))
    world.watch._chronicle.take(Batch(articles=tuple(articles)))
    tell_stories(world)


def _article(name: str, days: int, *flags: Flag, outlet: int = 0) -> Article:
    at = NOON - timedelta(days=days, hours=2)
    return Article(
        id=name, feed=FEEDS[outlet].id, publisher=FEEDS[outlet].publisher, entry_id=name,
        link=f"https://{FEEDS[outlet].publisher}/{name}", title=f"Story {name} of that day", summary="", published=at,
        first_seen=at, effective=at, lang="en", flags=flags,
    )  # fmt: skip
