"""Articles and events of ended months, each in a plain TinyDB file of its own, opened when asked for.

    months/2025-11.json    {"events": {"1": {…}, …}, "articles": {…}, "_journal": …}   as store.json, never changed but
                           replaced as a whole; the events come first, so that they are read without the rest
    months/2025-11.index   where each article and event lies in it: a cache, made again where it is missing

One article of 1,000,000 in twelve months is found in 40 µs: a look into each index and one line read. What is in the
hot store too is so because it came back, or because of a crash between two steps; whoever asks takes the hot one.
"""

from __future__ import annotations

import os
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

import msgspec
from msgspec import Raw

from tensionwatch.errors import StoreError
from tensionwatch.model import Article, Event, Record
from tensionwatch.store import files, records
from tensionwatch.store.memory import Tables

Table: TypeAlias = Literal["articles", "events"]
Ranks: TypeAlias = tuple[tuple[str, int], ...]

MONTHS = "months"
"""Folder of their files."""

_LINE = 4096
"""Bytes read at first of a line: most are shorter."""
_SLICE = 1 << 20
_COUNTRIES = 64
"""(month, country) whose events are kept decoded: 0.3 MB each in a busy month."""


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
        return self.starred or bool(self.note)


class _Id(msgspec.Struct, frozen=True, gc=False):
    id: str


class _Kept(msgspec.Struct, frozen=True, gc=False):
    ranks: Ranks = ()


class Content(NamedTuple):
    """Id → record, as JSON."""

    articles: dict[str, Raw]
    events: dict[str, Raw]


lights = msgspec.json.Decoder(Light)
_ids = msgspec.json.Decoder(_Id)
_articles = msgspec.json.Decoder(Article)
_events = msgspec.json.Decoder(Event)
_kept = msgspec.json.Decoder(_Kept)


class Months:
    """The files of the months that the hot store knows of. Raises StoreError where one cannot be read."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._indexes: dict[str, _Index] = {}
        self.known: dict[str, MonthInfo] = {}
        self._of_country: dict[tuple[str, str], tuple[Event, ...]] = {}

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

    def has(self, article_id: str) -> bool:
        return bool(self.known) and self._find("articles", article_id) is not None

    def events(self, month: str, holding: bytes = b"") -> Iterator[Event]:
        """Its events in which these bytes occur: 5,000 are read and looked through in 10 ms, decoded in 30."""
        for _, raw in self._lines(month, "events"):
            if holding in raw:
                yield _events.decode(raw)

    def of_country(self, month: str, country: str) -> tuple[Event, ...]:
        """Its events with this party; kept for the next time."""
        key = (month, country)
        if key not in self._of_country:
            if len(self._of_country) >= _COUNTRIES:
                self._of_country.clear()
            found = self.events(month, msgspec.json.encode(country))
            self._of_country[key] = tuple(event for event in found if country in event.sides)
        return self._of_country[key]

    def events_of(self, article_id: str) -> list[Event]:
        """Those that an archived article tells."""
        name = msgspec.json.encode(article_id)
        found = (event for month in self.newest_first() for event in self.events(month, name))
        return [event for event in found if article_id in event.articles]

    def articles(self, month: str) -> Iterator[Article]:
        return (_articles.decode(raw) for _, raw in self._lines(month, "articles"))

    def content(self, month: str) -> Content:
        """All that its file holds; nothing where there is none. For a thread: 1 s for 100,000."""
        if self._folder is None or not self._path(month).exists():
            return Content({}, {})
        articles = {_ids.decode(raw).id: Raw(raw) for _, raw in self._lines(month, "articles")}
        return Content(articles, {_ids.decode(raw).id: Raw(raw) for _, raw in self._lines(month, "events")})

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
        found = [lights.decode(raw) for raw in content.articles.values()]
        times = [light.time for light in found]
        passing = [light for light in found if not light.is_for_ever]
        begins = {
            flagged: [light.kept_from(end_of(month)) for light in passing if light.is_flagged is flagged]
            for flagged in (False, True)
        }
        _Index.open(path).close()  # made and kept while nobody waits
        return MonthInfo(
            month=month,
            first=min(times),
            last=max(times),
            articles=len(found),
            unflagged=len(begins[False]),
            flagged=len(begins[True]),
            unflagged_kept_from=min(begins[False], default=None),
            flagged_kept_from=min(begins[True], default=None),
            events=len(content.events),
            size=path.stat().st_size,
        )

    def know(self, info: MonthInfo) -> None:
        """The hot store says that the file holds this."""
        self.known[info.month] = info
        self._close(info.month)

    def forget(self, month: str) -> None:
        """It holds nothing any more: its file goes. Raises StoreUnwritable."""
        self.known.pop(month, None)
        self._close(month)
        with files.writing(self._path(month)):
            self._path(month).unlink(missing_ok=True)
            self._path(month).with_suffix(".index").unlink(missing_ok=True)

    def close(self) -> None:
        for month in list(self._indexes):
            self._close(month)

    def _close(self, month: str) -> None:
        if (index := self._indexes.pop(month, None)) is not None:
            index.close()
        self._of_country.clear()

    # -------------------------------------------------------------- reading

    def _path(self, month: str) -> Path:
        return (self._folder or Path()) / f"{month}.json"

    def _find(self, table: Table, record_id: str) -> bytes | None:
        for month in self.newest_first():
            raw = self.index(month).find(table, record_id)
            if raw is not None and _ids.decode(raw).id == record_id:
                return raw
        return None

    def index(self, month: str) -> _Index:
        """Read, or made where it is not there: 0.3 s for 100,000 articles, so best asked for once in a thread."""
        if (index := self._indexes.get(month)) is None:
            index = self._indexes[month] = _Index.open(self._path(month))
        return index

    def _lines(self, month: str, table: Table) -> Iterator[tuple[int, bytes]]:
        return _lines(self._path(month), table)


def _lines(path: Path, wanted: Table) -> Iterator[tuple[int, bytes]]:
    """(offset of the record, record) of each line of a table."""
    try:
        with path.open("rb") as file:
            table, offset = "", 0
            for line in file:
                if line.startswith(b'"') and b": {" in line and (table or not line.endswith(b": {\n")):
                    start = line.index(b": ") + 2
                    if table == wanted:
                        yield offset + start, line[start:].rstrip(b",\n")
                elif line.endswith(b": {\n"):
                    table = line.split(b'"')[1].decode("utf-8", "replace")
                elif line.startswith(b"}"):
                    if table == wanted:
                        return
                    table = ""
                offset += len(line)
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror or error}") from error


class _Index:
    """Hashes of ids, in order, and where each record begins."""

    def __init__(self, path: Path, hashes: array[int], offsets: array[int]) -> None:
        self._hashes = hashes
        self._offsets = offsets
        try:
            # held open: while the file is replaced, the offsets are those of the old one
            self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise StoreError(f"{path}: cannot be read: {error.strerror or error}") from error

    def close(self) -> None:
        os.close(self._fd)

    @classmethod
    def open(cls, path: Path) -> _Index:
        cache = path.with_suffix(".index")
        stamp = _stamp(path)
        kept = files.read_bytes(cache)
        if stamp and kept.startswith(stamp):
            numbers = array("Q", kept[len(stamp) :])
            half = len(numbers) // 2
            return cls(path, numbers[:half], numbers[half:])
        pairs = sorted(
            (_hash(table, _ids.decode(raw).id), offset)
            for table in ("articles", "events")
            for offset, raw in _lines(path, table)
        )
        hashes, offsets = array("Q", (key for key, _ in pairs)), array("Q", (offset for _, offset in pairs))
        with suppress(StoreError):  # a cache: a reader may not write, and a full disk takes none
            files.put_in_place(files.write_beside(cache, [stamp, hashes.tobytes(), offsets.tobytes()]), cache)
        return cls(path, hashes, offsets)

    def find(self, table: Table, record_id: str) -> bytes | None:
        """The record, or another whose hash is the same."""
        key = _hash(table, record_id)
        place = bisect_left(self._hashes, key)
        if place == len(self._hashes) or self._hashes[place] != key:
            return None
        return self._line(self._offsets[place])

    def _line(self, offset: int) -> bytes:
        found = os.pread(self._fd, _LINE, offset)
        while b"\n" not in found:
            more = os.pread(self._fd, _SLICE, offset + len(found))
            if not more:
                break
            found += more
        return found.partition(b"\n")[0].rstrip(b",")


def _hash(table: str, record_id: str) -> int:
    return int.from_bytes(blake2b(f"{table}|{record_id}".encode(), digest_size=8).digest(), "big")


def _stamp(path: Path) -> bytes:
    """Another for each content of the file; 32 bytes."""
    return blake2b(str(files.identity(path)).encode(), digest_size=32).digest()


def month_of(time: datetime) -> str:
    return f"{time:%Y-%m}"


def end_of(month: str) -> datetime:
    """When it ended: the first moment of the next."""
    year, number = map(int, month.split("-"))
    first = datetime.fromisoformat(f"{year:04}-{number:02}-01T00:00:00+00:00")
    return first.replace(year=year + number // 12, month=number % 12 + 1)


def merged(old: Content, new: Content, gone: Iterable[str] = ()) -> Content:
    """Of what both have the new; without the articles that are gone, and events all of whose articles are."""
    without = set(gone)
    articles = {key: raw for key, raw in (old.articles | new.articles).items() if key not in without}
    return Content(articles, _told_by(old.events | new.events, articles))


def _told_by(events: Mapping[str, Raw], articles: Mapping[str, Raw]) -> dict[str, Raw]:
    return {key: raw for key, raw in events.items() if any(a in articles for a in _members.decode(raw).articles)}


class _Members(msgspec.Struct, frozen=True, gc=False):
    articles: tuple[str, ...]


_members = msgspec.json.Decoder(_Members)
