"""Short ways to make records for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tensionwatch.model import (
    Article,
    Entry,
    Evidence,
    Feed,
    FeedState,
    Fetched,
    Flag,
    Kind,
    ReadEntry,
    Status,
)

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class FixedClock:
    """A clock that stands until it is set."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def pass_time(self, **time: float) -> None:
        self.at += timedelta(**time)


def a_flag(
    actor: str | None = "PRK",
    recipient: str | None = "KOR",
    *,
    kind: Kind = Kind.BORDER_INCIDENT,
    status: Status = Status.ACTUAL,
    code: str = "X-CROSS",
    place: str | None = None,
    **more: object,
) -> Flag:
    return Flag(
        kind=kind,
        status=status,
        code=code,
        actor=actor,
        recipient=recipient,
        place=place,
        rule="test.rule",
        rules_version="test",
        evidence=(Evidence("title", 0, 4, "word"),),
        **more,
    )


def a_visit(actor: str = "RUS", recipient: str = "PRK", status: Status = Status.ACTUAL) -> Flag:
    return a_flag(actor, recipient, kind=Kind.DIPLOMATIC_VISIT, status=status, code="042")


def an_article(
    article_id: str,
    *flags: Flag,
    hours: float = 0,
    publisher: str = "one.example",
    dated: bool = True,
    title: str = "A title",
    feed: str = "one",
) -> Article:
    at = NOON + timedelta(hours=hours)
    return Article(
        id=article_id,
        feed=feed,
        publisher=publisher,
        entry_id=article_id,
        link=f"https://{publisher}/{article_id}",
        title=title,
        summary="",
        published=at if dated else None,
        first_seen=at,
        effective=at if dated else None,
        lang="en",
        flags=flags,
    )


def a_feed(feed_id: str = "one", *, publisher: str = "one.example", **more: object) -> Feed:
    return Feed(id=feed_id, url=f"https://{publisher}/{feed_id}.xml", name=feed_id.title(), publisher=publisher, **more)


def an_entry(
    title: str = "A title",
    *,
    entry_id: str | None = "e1",
    link: str | None = "https://one.example/story-1",
    summary: str = "A summary.",
    published: datetime | None = NOON,
) -> Entry:
    return Entry(entry_id=entry_id, link=link, title=title, summary=summary, published=published)


def fetched(*entries: Entry, feed: str = "one", at: datetime = NOON, flags: tuple[Flag, ...] = ()) -> Fetched:
    read = tuple(ReadEntry(entry=e, hash=f"hash-{n}-{e.title}", flags=flags) for n, e in enumerate(entries))
    return Fetched(feed=feed, at=at, result="ok", body_hash="body", entries=read, seen=tuple(r.hash for r in read))


def fresh_state(feed: Feed) -> FeedState:
    return FeedState(feed=feed.id, url=feed.url)
