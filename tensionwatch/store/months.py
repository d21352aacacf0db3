"""Articles and events of former months, each in a plain TinyDB file of its own, opened when asked for.

    months/2025-11.json    {"events": {"1": {…}, …}, "articles": {…}, "_journal": …}   as store.json, never changed but
                           replaced as a whole; the events come first, so that they are read without the rest
    months/2025-11.index   where each article and event lies in it: a cache, made again where it is missing

One article of 1,000,000 in twelve months is found in 40 µs: a look into each index and one line read. What is in the
hot store too is so because it came back, or because of a crash between two steps; whoever asks takes the hot one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TypeAlias

import msgspec
from msgspec import Raw

from tensionwatch.errors import StoreError
from tensionwatch.events.pairs import Hostility
from tensionwatch.model import Article, Event, Record
from tensionwatch.store import files, records
from tensionwatch.store.memory import Tables
from tensionwatch.store.monthindex import MonthIndex, Name, Table, ids, lines
from tensionwatch.store.summary import Summary

Ranks: TypeAlias = tuple[tuple[str, int], ...]

MONTHS = "months"
"""Folder of their files."""

_LISTS = 4096
"""Of events that are kept decoded: those of a country on a day, of a family in a month."""


class MonthInfo(Record, frozen=True, kw_only=True):
    """What the hot store remembers of a month's file."""

    month: str
    """`2025-11`"""
    first: datetime
    last: datetime
    """Times of its oldest and newest article: some of earlier months stayed behind until they could leave."""
    articles: int
    unflagged: int
    """Of these without flags, and flagged: but for those that stay for ever."""
    flagged: int
    unflagged_kept_from: datetime | None = None
    """When the days began for the first of the unflagged to go: the month's end, later where all were brought in later;
    None is the month's end."""
    flagged_kept_from: datetime | None = None
    events: int
    size: int
    """Bytes of the file."""


class Light(msgspec.Struct, frozen=True, gc=False):
    """The fields of an article that decide how long it is kept and where."""

    id: str
    first_seen: datetime
    effective: datetime | None
    flags: Raw = Raw(b"[]")
    starred: bool = False
    note: str | None = None
    wrong: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    imported: datetime | None = None

    @property
    def time(self) -> datetime:
        return self.effective or self.first_seen

    def kept_from(self, ended: datetime | None = None) -> datetime:
        """When the days began that it is kept: its time, the end of the month whose file it lies in, or when an archive
        brought it, whichever is last."""
        return max(each for each in (self.time, ended, self.imported) if each is not None)

    @property
    def is_flagged(self) -> bool:
        return bytes(self.flags) != b"[]"

    @property
    def is_for_ever(self) -> bool:
        """What the user has said of it is nowhere else."""
        return self.starred or any((self.note, self.wrong, self.missed))


class _Kept(msgspec.Struct, frozen=True, gc=False):
    ranks: Ranks = ()


class Content(NamedTuple):
    """Id → record, as JSON."""

    articles: dict[str, Raw]
    events: dict[str, Raw]


lights = msgspec.json.Decoder(Light)
_articles = msgspec.json.Decoder(Article)
_events = msgspec.json.Decoder(Event)
_hostile = msgspec.json.Decoder(Hostility)
_kept = msgspec.json.Decoder(_Kept)


class Months:
    """The files of the months that the hot store knows of. Raises StoreError where one cannot be read."""

    def __init__(self, folder: Path | None, *, may_vanish: bool = False) -> None:
        """Files that `may_vanish` are another process's: one that is not there any more holds nothing."""
        self._folder = folder
        self._may_vanish = may_vanish
        self._indexes: dict[str, MonthIndex] = {}
        self.known: dict[str, MonthInfo] = {}
        self._found: dict[tuple[str, str, str], tuple[Event, ...]] = {}
        self._hostile: dict[tuple[str, str], tuple[Hostility, ...]] = {}

    def __len__(self) -> int:
        return sum(info.articles for info in self.known.values())

    def newest_first(self) -> list[str]:
        return sorted(self.known, reverse=True)

    def article(self, article_id: str) -> Article | None:
        raw = self._find("articles", article_id)
        return None if raw is None else _articles.decode(raw)

    def event(self, event_id: str) -> tuple[Event, Ranks] | None:
        raw = self._find("events", event_id)
        return None if raw is None else (_events.decode(raw), _kept.decode(raw).ranks)

    def events(self, month: str) -> Iterator[Event]:
        """5,000 are read and decoded in 60 ms."""
        return (_events.decode(raw) for _, raw in self._lines(month, "events"))

    def of_country(self, month: str, country: str, days: Iterable[int], family: str | None = None) -> Iterator[Event]:
        """Its events with this party that happened, or were first told of, on one of these days (ordinals); of one
        family, if that is asked for."""
        if family is None:
            for day in days:
                yield from self._kept(month, "day", f"{country}|{day}")
        else:
            wanted = days if isinstance(days, range) else set(days)
            for event in self._kept(month, "family", f"{country}|{family}"):
                if event.when is not None and event.when.toordinal() in wanted:
                    yield event

    def hostile_of(self, month: str, country: str) -> tuple[Hostility, ...]:
        """Its events with this party that make adversaries; kept for the next time."""
        if (month, country) not in self._hostile:
            if len(self._hostile) >= _LISTS:
                self._hostile.clear()
            found = map(_hostile.decode, self._named(month, "hostile", country))
            self._hostile[month, country] = tuple(each for each in found if country in each.sides)
        return self._hostile[month, country]

    def _kept(self, month: str, name: Name, key: str) -> tuple[Event, ...]:
        """Events of this name in the index; kept for the next time."""
        asked = (month, name, key)
        if asked not in self._found:
            if len(self._found) >= _LISTS:
                self._found.clear()
            found = map(_events.decode, self._named(month, name, key))
            self._found[asked] = tuple(event for event in found if key.partition("|")[0] in event.sides)
        return self._found[asked]

    def month_with(self, table: Table, record_id: str) -> str | None:
        """In whose file it is; 5 µs for each month that is asked."""
        for month in self.newest_first():
            if any(ids.decode(raw).id == record_id for raw in self._named(month, table, record_id)):
                return month
        return None

    def summary(self, month: str) -> Summary:
        """What the index of tension needs of it; 20,000 articles: 2 ms."""
        return self.index(month).summary() if self._is_there(month) else Summary({}, ())

    def events_of(self, article_id: str) -> list[Event]:
        """Those that an archived article tells."""
        raws = (raw for month in self.newest_first() for raw in self._named(month, "told", article_id))
        return [event for event in map(_events.decode, raws) if article_id in event.articles]

    def articles(self, month: str) -> Iterator[Article]:
        return (_articles.decode(raw) for _, raw in self._lines(month, "articles"))

    def content(self, month: str) -> Content:
        """All that its file holds; nothing where there is none. For a thread: 1 s for 100,000."""
        if self._folder is None or not self._path(month).exists():
            return Content({}, {})
        articles = {ids.decode(raw).id: Raw(raw) for _, raw in self._lines(month, "articles")}
        return Content(articles, {ids.decode(raw).id: Raw(raw) for _, raw in self._lines(month, "events")})

    # -------------------------------------------------------------- writing

    def write(self, month: str, content: Content) -> MonthInfo:
        """Replace its file; durable on return. For a thread: it lets others go on every few milliseconds. Raises
        StoreUnwritable, with the file as it was."""
        if self._folder is None:
            raise StoreError("a store in memory has no months")
        files.make_folder(self._folder)
        tables: Tables = {
            "events": dict(enumerate(content.events.values(), start=1)),
            "articles": dict(enumerate(content.articles.values(), start=1)),
        }
        path = self._path(month)
        fresh = files.write_beside(path, records.snapshot_pieces(tables, 1))
        files.put_in_place(fresh, path)
        MonthIndex.open(path).close()  # made and kept while nobody waits
        return _info(month, content, path.stat().st_size)

    def know(self, info: MonthInfo) -> None:
        """The hot store says that the file holds this."""
        self.known[info.month] = info
        self._close(info.month)

    def unknow(self, month: str) -> None:
        """The hot store says of it no more."""
        self.known.pop(month, None)
        self._close(month)

    def forget(self, month: str) -> None:
        """It holds nothing any more: its file goes. Raises StoreUnwritable."""
        self.unknow(month)
        with files.writing(self._path(month)):
            self._path(month).unlink(missing_ok=True)
            self._path(month).with_suffix(".index").unlink(missing_ok=True)

    def close(self) -> None:
        for month in list(self._indexes):
            self._close(month)

    def _close(self, month: str) -> None:
        if (index := self._indexes.pop(month, None)) is not None:
            index.close()
        self._found.clear()
        self._hostile.clear()

    # -------------------------------------------------------------- reading

    def _path(self, month: str) -> Path:
        return (self._folder or Path()) / f"{month}.json"

    def _find(self, table: Table, record_id: str) -> bytes | None:
        for month in self.newest_first():
            for raw in self._named(month, table, record_id):
                if ids.decode(raw).id == record_id:
                    return raw
        return None

    def index(self, month: str) -> MonthIndex:
        """Made where it is not there, which `prepare` does in steps."""
        if (index := self._indexes.get(month)) is None:
            index = self._indexes[month] = MonthIndex.open(self._path(month))
        return index

    def _named(self, month: str, name: Name, key: str) -> Iterator[bytes]:
        """What the month's index finds under a name."""
        return self.index(month).find(name, key) if self._is_there(month) else iter(())

    def _lines(self, month: str, table: Table) -> Iterator[tuple[int, bytes]]:
        return lines(self._path(month), table) if self._is_there(month) else iter(())

    def _is_there(self, month: str) -> bool:
        """One that has been opened stays as it was."""
        return not self._may_vanish or month in self._indexes or files.exists(self._path(month))

    def prepare(self) -> Iterator[None]:
        """Make the indexes that are missing, in steps of some milliseconds: 0.4 s for 100,000 articles."""
        for month in self.newest_first():
            if month not in self._indexes and self._is_there(month):
                index = yield from MonthIndex.opening(self._path(month))
                if month in self.known and month not in self._indexes:
                    self._indexes[month] = index
                else:  # gone, or looked into, meanwhile
                    index.close()


def month_of(time: datetime) -> str:
    return f"{time:%Y-%m}"


def end_of(month: str) -> datetime:
    """When it ended: the first moment of the next."""
    year, number = map(int, month.split("-"))
    first = datetime.fromisoformat(f"{year:04}-{number:02}-01T00:00:00+00:00")
    return first.replace(year=year + number // 12, month=number % 12 + 1)


def merged(old: Content, new: Content, gone: Iterable[str] = ()) -> Content:
    """Of what both have the new; without the articles that are gone, and events all of whose articles are. What came
    back and leaves again may be told otherwise since: then the events that it told before are no more."""
    without = set(gone)
    articles = {key: raw for key, raw in (old.articles | new.articles).items() if key not in without}
    told_anew = _told_by(old.events, new.articles)
    events = {key: raw for key, raw in old.events.items() if key not in told_anew} | new.events
    return Content(articles, _told_by(events, articles))


def _info(month: str, content: Content, size: int) -> MonthInfo:
    """One article at a time: to let go of a list of all keeps other threads out for 60 ms."""
    first, last = datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)
    begins: dict[bool, datetime] = {}
    passing = Counter[bool]()
    for light in map(lights.decode, content.articles.values()):
        first, last = min(first, light.time), max(last, light.time)
        if not light.is_for_ever:
            kept_from, flagged = light.kept_from(end_of(month)), light.is_flagged
            passing[flagged] += 1
            begins[flagged] = min(begins.get(flagged, kept_from), kept_from)
    return MonthInfo(
        month=month,
        first=first,
        last=last,
        articles=len(content.articles),
        unflagged=passing[False],
        flagged=passing[True],
        unflagged_kept_from=begins.get(False),
        flagged_kept_from=begins.get(True),
        events=len(content.events),
        size=size,
    )


def _told_by(events: Mapping[str, Raw], articles: Mapping[str, Raw]) -> dict[str, Raw]:
    return {key: raw for key, raw in events.items() if any(a in articles for a in _members.decode(raw).articles)}


class _Members(msgspec.Struct, frozen=True, gc=False):
    articles: tuple[str, ...]


_members = msgspec.json.Decoder(_Members)
