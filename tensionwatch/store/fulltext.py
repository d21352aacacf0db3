"""The full-text index: one SQLite file, a cache that may be deleted at any time.

    words      FTS5: rowid → terms (store/terms.py); holds which article has a term, neither texts nor positions
    articles   rowid → id, checksum of what was indexed, in which file the article lies ('' is the hot store)
    stamps     name of a file → how it was when all of it had been indexed

Row numbers grow with an article's time, so that FTS5, which gives them in order, gives the newest first without
sorting. A text that has changed comes in as a new row, and the old one stays as a row without an id: taking it out of
FTS5 would need the old text. With 100,000 articles of 290 characters: 61 MB, built in 10 s, 0.1 to 6 ms for the first
200 of any word or beginning of one. SQLite lets other threads run while it works.

One thread to a connection. Raises sqlite3.OperationalError where the file cannot be used, and another
sqlite3.DatabaseError where it is damaged.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import msgspec

from tensionwatch.store.searched import Searched, text_of
from tensionwatch.store.terms import Wanted, terms

VERSION = 2
"""Of the tables and of the terms in them; an index of another version is built again."""

HOT = ""
"""Home of the articles that lie in store.json and journal.log."""

BATCH = 250
"""Articles to a transaction: 25 ms, most of them in SQLite."""

_MODULE = "fts5"

_SLOTS = 16
"""Bits of a row number below the second: the beginning of the id."""

_WAIT = 5.0
"""Seconds to wait where another process writes."""

_DEAD_AT_LEAST = 10_000
_DEAD_SHARE = 4


class Hit(NamedTuple):
    row: int
    """Grows with the article's time."""
    id: str


def row_of(article: Searched) -> int:
    """Where the article lies among the rows, but for those taken by others: by second, then by id."""
    second = int((article.effective or article.first_seen).timestamp())
    try:
        slot = int(article.id[:4], 16)
    except ValueError:
        slot = crc32(article.id.encode("utf-8", "surrogatepass")) & 0xFFFF
    return (second << _SLOTS) + slot


_FOUND = (
    "SELECT articles.row AS row, id FROM words JOIN articles ON articles.row = words.rowid "
    "WHERE words MATCH ? AND words.rowid < ? AND id IS NOT NULL ORDER BY words.rowid DESC LIMIT ?"
)

_IDS = f"SELECT json_group_array(id), min(row) FROM ({_FOUND})"  # noqa: S608 # made of a constant

FIRST = 1 << 62
"""More than any row."""


def _expression(wanted: Wanted) -> str:
    """In the language of FTS5; a word that no text has where none can be asked for."""
    return " AND ".join(f'"{term}" *' if begins else f'"{term}"' for term, begins in wanted.terms) or '"!"'


class FullText:
    """A connection to the index in a file, to write (made if need be) or to read."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        if not read_only:
            with suppress(OSError):  # what keeps it from being made SQLite says at once
                os.close(os.open(path, os.O_CREAT | os.O_CLOEXEC, 0o600))  # as all of the store: for its owner alone
        where = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
        self._db = sqlite3.connect(where, uri=True, isolation_level=None, timeout=_WAIT)
        try:
            if read_only:
                self.is_current = self._version() == VERSION
            else:
                self._make()
                self.is_current = True
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        self._db.close()

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    def _make(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")  # readers go on while it is written
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA journal_size_limit = 1000000")
        if self._version() == VERSION:
            return
        with self._transaction():
            names = [name for (name,) in self._db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            for table in {"words", "articles", "stamps"} & set(names):
                self._db.execute(f"DROP TABLE {table}")
            self._db.execute("CREATE TABLE stamps (name TEXT PRIMARY KEY, stamp TEXT NOT NULL) WITHOUT ROWID")
            self._db.execute(
                "CREATE TABLE articles "
                "(row INTEGER PRIMARY KEY, id TEXT UNIQUE, crc INTEGER NOT NULL, home TEXT NOT NULL)"
            )
            # Terms come without case, accents and punctuation; "ascii" takes them as they are.
            self._db.execute(
                f"CREATE VIRTUAL TABLE words USING {_MODULE}"
                "(terms, content='', columnsize=0, detail=none, prefix='1 2 3 4 5', tokenize='ascii')"
            )
            self._db.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:  # an error of the disk has ended it
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # ---------------------------------------------------------------- asking

    def find(self, wanted: Wanted, at_most: int = -1, *, before: int = FIRST) -> list[Hit]:
        """The newest that have it, newest first, of the rows before one."""
        return [Hit(*found) for found in self._db.execute(_FOUND, (_expression(wanted), before, at_most))]

    def ids(self, wanted: Wanted, at_most: int = -1, *, before: int = FIRST) -> tuple[list[str], int]:
        """Of these the ids alone, and the row of the last, 0 where there is none: as one text, half the time where
        nearly all have it (of 4,000: 2 ms)."""
        listed, last = self._db.execute(_IDS, (_expression(wanted), before, at_most)).fetchone()
        return msgspec.json.decode(listed, type=list[str]), last or 0

    def stamp(self, name: str) -> str | None:
        found = self._db.execute("SELECT stamp FROM stamps WHERE name = ?", (name,)).fetchone()
        return None if found is None else str(found[0])

    def homes(self) -> set[str]:
        """Files that were looked at, or that articles are indexed of."""
        return {
            name for (name,) in self._db.execute("SELECT name FROM stamps UNION SELECT DISTINCT home FROM articles")
        }

    def stamps(self) -> dict[str, str]:
        return dict(self._db.execute("SELECT name, stamp FROM stamps"))

    def __len__(self) -> int:
        """How many articles can be found."""
        return int(self._db.execute("SELECT count(id) FROM articles").fetchone()[0])

    @property
    def is_worn(self) -> bool:
        """Are there so many rows of former texts that building it anew is worth it?"""
        rows = int(self._db.execute("SELECT count(*) FROM articles").fetchone()[0])
        dead = rows - len(self)
        return dead > max(_DEAD_AT_LEAST, rows // _DEAD_SHARE)

    def check(self) -> list[str]:
        """What SQLite finds wrong with the file, a line each."""
        return [str(line) for (line,) in self._db.execute("PRAGMA quick_check(20)") if line != "ok"]

    # ---------------------------------------------------------------- writing

    def put(self, articles: Iterable[Searched], home: str, stamp: str | None = None) -> None:
        """Articles that have come or changed; what is indexed already costs a look. `stamp`: how their home is now."""
        with self._transaction():
            for article in articles:
                self._put(article, home)
            if stamp is not None:
                self._stamp(home, stamp)

    def drop(self, ids: Iterable[str], home: str) -> None:
        """Articles that are no longer there, unless they have another home by now."""
        with self._transaction():
            self._db.executemany("UPDATE articles SET id = NULL WHERE id = ? AND home = ?", ((i, home) for i in ids))

    def set_stamp(self, name: str, stamp: str) -> None:
        with self._transaction():
            self._stamp(name, stamp)

    def has_any(self, ids: Iterable[str], home: str) -> bool:
        """Is any of these indexed as one of this home?"""
        asked = "SELECT 1 FROM articles WHERE id = ? AND home = ?"
        return any(self._db.execute(asked, (article_id, home)).fetchone() is not None for article_id in ids)

    def forget_stamp(self, name: str) -> None:
        """It is to be compared again, whatever it is now."""
        with self._transaction():
            self._db.execute("DELETE FROM stamps WHERE name = ?", (name,))

    def drop_home(self, home: str) -> None:
        """A file that is no longer there, with the articles in it."""
        with self._transaction():
            self._db.execute("UPDATE articles SET id = NULL WHERE home = ?", (home,))
            self._db.execute("DELETE FROM stamps WHERE name = ?", (home,))

    def catch_up(self, articles: Iterable[Searched], home: str, go_on: Callable[[int], None]) -> set[str]:
        """All articles of one home; gives the ids of those indexed there that are not among them.

        `go_on` hears how many are done, every few hundred; what it raises ends this, with these kept."""
        known = dict(self._db.execute("SELECT id, crc FROM articles WHERE home = ? AND id IS NOT NULL", (home,)))
        done, rest = 0, iter(articles)
        while batch := list(islice(rest, BATCH)):
            changed = [article for article in batch if known.pop(article.id, None) != _crc(article)]
            if changed:
                self.put(changed, home)
            done += len(batch)
            go_on(done)
        return set(known)

    def _put(self, article: Searched, home: str) -> None:
        found = self._db.execute("SELECT row, crc, home FROM articles WHERE id = ?", (article.id,)).fetchone()
        crc = _crc(article)
        if found is not None and found[1] == crc:
            if found[2] != home:
                self._db.execute("UPDATE articles SET home = ? WHERE row = ?", (home, found[0]))
            return
        if found is not None:
            self._db.execute("UPDATE articles SET id = NULL WHERE row = ?", (found[0],))
        row = self._free_row(row_of(article))
        self._db.execute("INSERT INTO articles VALUES (?, ?, ?, ?)", (row, article.id, crc, home))
        self._db.execute("INSERT INTO words (rowid, terms) VALUES (?, ?)", (row, " ".join(terms(text_of(article)))))

    def _free_row(self, row: int) -> int:
        """That one or one of the next; where a second is crowded (feeds that give only days), one after all others."""
        taken = "SELECT 1 FROM articles WHERE row = ?"
        for near in range(row, row + 8):
            if self._db.execute(taken, (near,)).fetchone() is None:
                return near
        end = ((row >> _SLOTS) + 1) << _SLOTS
        last = "SELECT max(row) FROM articles WHERE row >= ? AND row < ?"
        highest = self._db.execute(last, (end, end + (60 << _SLOTS))).fetchone()[0]
        return self._free_row(end if highest is None else int(highest) + 1)

    def _stamp(self, name: str, stamp: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO stamps VALUES (?, ?)", (name, stamp))


def _crc(article: Searched) -> int:
    """Of all that the index holds of it."""
    at = article.effective or article.first_seen
    text = f"{at.timestamp()}\n{article.title}\n{article.summary}\n{article.publisher}"
    return crc32(text.encode("utf-8", "surrogatepass"))
