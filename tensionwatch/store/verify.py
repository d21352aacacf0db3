"""Walks everything that a store's folder holds, changes nothing, and says what is wrong.

    files    checksums of snapshot and months, every record of the journals, do they fit together
    records  does each document decode as what its table holds, is each id there once
    links    are the articles there that events name

Nobody needs to hold the lock: beside a writer at work it sees one moment of the hot store, then the months. So an
article on its way into its month's file is there twice, which is no fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import Raw

from tensionwatch.model import Article, Correction, Event, FeedState, Record
from tensionwatch.store import files, records
from tensionwatch.store.kept import KINDS
from tensionwatch.store.memory import Tables
from tensionwatch.store.records import UNREADABLE
from tensionwatch.store.replay import JOURNAL, ROTATED, SNAPSHOT, Found, load

MONTHS = "months"
T = TypeVar("T")
_MONTH_FILE = re.compile(r"[0-9]{4}-[0-9]{2}\.json")


class Finding(Record, frozen=True, kw_only=True):
    """Something that is not as it should be, or that one should know."""

    file: str
    """Within the folder: `months/2025-11.json`."""
    where: str = ""
    """Table and document (`articles 17`), or byte (`byte 4096`); empty where the file is meant."""
    what: str
    """In words that follow these."""
    grave: bool = True
    """Something is lost or wrong; else it is as it may be after a crash, or beside a writer."""

    def __str__(self) -> str:
        return f"{self.file}: {self.where}: {self.what}" if self.where else f"{self.file}: {self.what}"


class Verified(NamedTuple):
    """What a walk over everything found."""

    findings: list[Finding]
    articles: int
    events: int
    months: int
    commits: int
    """Records of the journals."""

    @property
    def sound(self) -> bool:
        return not any(finding.grave for finding in self.findings)


def _untold(articles: int) -> None:
    """Nobody wants to hear how far it is."""


def verify(folder: Path, progress: Callable[[int], None] = _untold) -> Verified:
    """Look at everything. `progress` hears how many articles are done. Raises StoreError where a file cannot be read at
    all; where there is no folder, nothing is found in it."""
    walk = _Walk(progress)
    found = load(folder)
    walk.take_files(folder, found)
    walk.take_tables(SNAPSHOT, found.tables)
    paths = sorted((folder / MONTHS).glob("*.json"))
    months = [path for path in paths if _MONTH_FILE.fullmatch(path.name)]
    for path in months:
        name = f"{MONTHS}/{path.name}"
        month = records.read_snapshot(files.read_bytes(path))
        if month.fault:
            walk.find(name, "", month.fault)
        walk.take_tables(name, month.tables)
    walk.take_links()
    return Verified(walk.findings, len(walk.articles), len(walk.events), len(months), walk.commits)


class _ArticleId(msgspec.Struct, gc=False):
    id: str


class _Walk:
    def __init__(self, progress: Callable[[int], None]) -> None:
        self.findings: list[Finding] = []
        self.articles: dict[str, str] = {}
        """Id → file."""
        self.events: dict[str, str] = {}
        self.commits = 0
        self._progress = progress
        self._named: list[tuple[str, int, tuple[str, ...]]] = []
        """File, event's document and the articles that it names."""

    def find(self, file: str, where: str, what: str, *, grave: bool = True) -> None:
        self.findings.append(Finding(file=file, where=where, what=what, grave=grave))

    # -------------------------------------------------------------- files

    def take_files(self, folder: Path, found: Found) -> None:
        for name in (ROTATED, JOURNAL):
            scan = records.scan(files.read_bytes(folder / name))
            self.commits += len(scan.commits)
            if scan.fault == "unfinished":
                what = "ends in the middle of a commit, under way or cut off by a crash"
                self.find(name, f"byte {scan.end}", what, grave=False)
            elif scan.fault:
                self.find(name, f"byte {scan.end}", f"is damaged: {len(scan.commits)} commits before it could be read")
        for notice in found.notices:
            if f"{folder / SNAPSHOT} " in notice:
                self.find(SNAPSHOT, "", notice.removeprefix(f"{folder / SNAPSHOT} "))
        for aside in sorted(folder.glob("*.damaged-*")):
            self.find(aside.name, "", "holds what was set aside as damaged", grave=False)

    # -------------------------------------------------------------- records

    def take_tables(self, file: str, tables: Tables) -> None:
        for table, documents in tables.items():
            match table:
                case "articles":
                    self._take_articles(file, documents)
                case "events":
                    self._take_events(file, documents)
                case "feeds":
                    self._once(
                        file, table, [(n, state.feed) for n, state in self._read(file, table, documents, FeedState)]
                    )
                case "corrections":
                    found = self._read(file, table, documents, Correction)
                    self._once(file, table, [(number, correction.id) for number, correction in found])
                case _ if table in KINDS:
                    kind, field = KINDS[table]
                    kept = self._read(file, table, documents, kind)
                    self._once(file, table, [(number, getattr(record, field)) for number, record in kept])
                case _:
                    for _ in self._read(file, table, documents, dict):
                        pass

    def _take_articles(self, file: str, documents: Mapping[int, Raw]) -> None:
        for done, (number, article) in enumerate(self._read(file, "articles", documents, Article)):
            known = self.articles.setdefault(article.id, file)
            if known != file:
                self.find(file, f"articles {number}", f"article {article.id} is in {known} too", grave=False)
            if done % 1000 == 0:
                self._progress(len(self.articles))
        ids = self._read(file, "articles", documents, _ArticleId, tell=False)
        self._once(file, "articles", [(number, each.id) for number, each in ids])
        self._progress(len(self.articles))

    def _take_events(self, file: str, documents: Mapping[int, Raw]) -> None:
        ids = []
        for number, event in self._read(file, "events", documents, Event):
            ids += [(number, event_id) for event_id in dict.fromkeys((event.id, *event.aliases))]
            self.events.setdefault(event.id, file)
            self._named.append((file, number, event.articles))
        self._once(file, "events", ids)

    def _once(self, file: str, table: str, ids: list[tuple[int, str]]) -> None:
        first: dict[str, int] = {}
        for number, each in ids:
            if first.setdefault(each, number) != number:
                self.find(file, f"{table} {number}", f"{each} is there twice: {table} {first[each]} has that id too")

    def _read(
        self, file: str, table: str, documents: Mapping[int, Raw], kind: type[T], *, tell: bool = True
    ) -> Iterator[tuple[int, T]]:
        decoder = msgspec.json.Decoder(kind)
        for number, raw in documents.items():
            try:
                yield number, decoder.decode(raw)
            except UNREADABLE as error:
                if tell:
                    self.find(file, f"{table} {number}", f"cannot be read: {error}")

    # -------------------------------------------------------------- links

    def take_links(self) -> None:
        for file, number, articles in self._named:
            missing = [article for article in articles if article not in self.articles]
            if missing:
                others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
                self.find(file, f"events {number}", f"article {missing[0]}{others} is not there")
