"""`tensionwatch store export`: articles or events, hot and in months, oldest first, for other programs."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec

from tensionwatch import units
from tensionwatch.clock import SystemClock
from tensionwatch.commands.common import BadOption, kind_named, open_watch, region_named, telling
from tensionwatch.commands.starting import json_line, say
from tensionwatch.commands.tables import cell
from tensionwatch.config import Config
from tensionwatch.errors import TensionwatchError
from tensionwatch.exchange import ArticleQuery
from tensionwatch.model import Article, Event, Kind, to_json
from tensionwatch.sanitise import visible
from tensionwatch.store import files
from tensionwatch.store.folder import Progress, hot, month, month_files
from tensionwatch.store.records import UNREADABLE
from tensionwatch.watch import Watch

ARTICLE_COLUMNS = (
    "id", "effective", "first_seen", "published", "feed", "publisher", "lang", "kinds", "pairs", "title", "summary",
    "link", "read", "starred", "note",
)  # fmt: skip
EVENT_COLUMNS = (
    "id", "kind", "status", "code", "actor", "recipient", "place", "first_reported", "last_reported", "happened",
    "reports", "publishers", "articles",
)  # fmt: skip


class Chosen(NamedTuple):
    """What is asked for."""

    since: datetime | None
    until: datetime | None
    """Before this."""
    kind: Kind | None
    region: str | None
    flagged: bool

    @property
    def by_event(self) -> bool:
        return self.flagged or self.kind is not None or self.region is not None

    def holds(self, at: datetime | None) -> bool:
        """What has no time is in no stretch of it."""
        if self.since is None and self.until is None:
            return True
        return at is not None and (self.since is None or at >= self.since) and (self.until is None or at < self.until)

    def fits(self, event: Event, watch: Watch) -> bool:
        return (self.kind is None or event.kind is self.kind) and (
            self.region is None or self.region in watch.regions_of(event)
        )


def run(args: argparse.Namespace, loaded: Config) -> int:
    now = SystemClock().now()
    chosen = Chosen(
        since=moment("--since", args.since, now, end=False), until=moment("--until", args.until, now, end=True),
        kind=kind_named(args.kind), region=region_named(args.region, loaded), flagged=args.flagged,
    )  # fmt: skip
    hot(loaded.storage.path)  # said at once where there is no store
    out = Path(args.out) if args.out else None
    if out is not None and out.exists() and not args.force:
        raise TensionwatchError(f"{out}: is there already; --force replaces it")
    with open_watch(loaded, [], read_only=True) as watch:
        for notice in watch.notices:
            say(visible(notice))
        records: Iterable[Article | Event]
        records = _events(watch, loaded.storage.path, chosen) if args.events else _articles(watch, loaded, chosen)
        with written(out) as file:
            progress = telling("exporting", "events" if args.events else "articles")
            if args.csv:
                count = _write_csv(file, records, progress, events=args.events)
            else:
                count = _write_json(file, records, progress)
    if out is not None:
        say(f"{out}: {count:,} {'events' if args.events else 'articles'}")
    return 0


def moment(option: str, text: str | None, now: datetime, *, end: bool) -> datetime | None:
    """`7d` ago, or a day: from its beginning, until its end. Raises BadOption."""
    if text is None:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        return day + timedelta(days=int(end))
    except (ValueError, OverflowError):
        pass
    try:
        return now - timedelta(seconds=units.parse_duration(text))
    except (ValueError, OverflowError):
        raise BadOption(f"{option}: '{text}' is neither a day such as 2026-02-01 nor a duration such as 7d") from None


# ------------------------------------------------------------------ what there is


def _articles(watch: Watch, loaded: Config, chosen: Chosen) -> Iterator[Article]:
    given: set[str] = set()
    for path in month_files(loaded.storage.path).values():
        tables = month(path).tables
        telling = {
            article
            for event in _decoded(path, "events", tables.get("events", {}).values(), Event)
            if chosen.by_event and chosen.fits(event, watch)
            for article in event.articles
        }
        found = [
            article
            for article in _decoded(path, "articles", tables.get("articles", {}).values(), Article)
            if chosen.holds(article.effective) and (not chosen.by_event or article.id in telling)
        ]
        found.sort(key=lambda article: (article.effective or article.first_seen, article.id))
        given |= {article.id for article in found}
        yield from found
    for article_id in reversed(watch.article_ids(_query(chosen))):
        article = watch.article(article_id)
        if article is not None and article_id not in given and chosen.holds(article.effective):
            yield article


def all_articles(watch: Watch, folder: Path) -> Iterator[Article]:
    """All that are kept; one that is on its way into its month's file may come twice, the hot one last."""
    for path in month_files(folder).values():
        yield from _decoded(path, "articles", month(path).tables.get("articles", {}).values(), Article)
    yield from watch.store.articles()


def _query(chosen: Chosen) -> ArticleQuery:
    return ArticleQuery(kind=chosen.kind, region=chosen.region, flagged=chosen.flagged)


def _events(watch: Watch, folder: Path, chosen: Chosen) -> Iterator[Event]:
    known = {event.id: event for event in watch.events(limit=sys.maxsize)}
    for path in month_files(folder).values():
        for event in _decoded(path, "events", month(path).tables.get("events", {}).values(), Event):
            known.setdefault(event.id, event)
    dated = sorted(known.values(), key=lambda event: (event.when is not None, event.when, event.id))
    return (event for event in dated if chosen.fits(event, watch) and chosen.holds(event.when))


def _decoded(path: Path, table: str, raws: Collection[msgspec.Raw], kind: type[Any]) -> Iterator[Any]:
    lost = 0
    for raw in raws:
        try:
            yield msgspec.json.decode(raw, type=kind)
        except UNREADABLE:
            lost += 1
    if lost:
        say(f"{path}: {lost} of the {table} cannot be read and are left out")


# ------------------------------------------------------------------ writing


@contextmanager
def written(out: Path | None) -> Iterator[IO[str]]:
    """Standard output, or a file that is there whole or not at all."""
    if out is None:
        yield sys.stdout
        return
    fresh = out.with_name(f"{out.name}.new")
    with files.writing(out):
        try:
            with fresh.open("w", encoding="utf-8", newline="") as file:
                yield file
            files.put_in_place(fresh, out)
        finally:
            fresh.unlink(missing_ok=True)


def _write_json(file: IO[str], records: Iterable[Article | Event], progress: Progress) -> int:
    count = 0
    for record in records:
        file.write(json_line(to_json(record)) + "\n")
        count += 1
        progress(count)
    return count


def _write_csv(file: IO[str], records: Iterable[Article | Event], progress: Progress, *, events: bool) -> int:
    rows = csv.DictWriter(file, EVENT_COLUMNS if events else ARTICLE_COLUMNS, lineterminator="\n")
    rows.writeheader()
    count = 0
    for record in records:
        row = _event_row(record) if isinstance(record, Event) else _article_row(record)
        rows.writerow({column: cell(value) for column, value in row.items()})
        count += 1
        progress(count)
    return count


def _article_row(article: Article) -> dict[str, object]:
    row = {column: getattr(article, column, None) for column in ARTICLE_COLUMNS}
    flags = article.standing
    pairs = (f"{flag.actor or '?'}-{flag.recipient or '?'}" for flag in flags)
    return row | {"kinds": " ".join(flag.kind.value for flag in flags), "pairs": " ".join(pairs)}


def _event_row(event: Event) -> dict[str, object]:
    row: dict[str, object] = {column: getattr(event, column) for column in EVENT_COLUMNS}
    return row | {"publishers": " ".join(event.publishers), "articles": " ".join(event.articles)}
