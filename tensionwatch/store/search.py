"""Full-text search of a store: the index beside it, kept up to date by a thread of its own.

    start     what is stored ─▶ thread: compared with the index, what differs is indexed, months after the hot store
    changed   articles of a commit ─▶ queue ─▶ thread ─▶ index; until then they are looked through one by one
    find      words ─▶ index, plus those still waiting, part by part; None while it is not ready: then the caller scans

The one writer of a store writes the index, readers only look. A reader knows by the stamps that the index holds what
the files hold: else `find` gives None. An index that is damaged is told, removed and built again; without FTS5 or with
a full disk there is none, and that is told too. Calls come from one thread, the loop's, and wait for nothing but
SQLite's answer.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from time import perf_counter
from typing import NamedTuple, TypeVar

import msgspec

from tensionwatch.store import files, fulltext
from tensionwatch.store.fulltext import HOT, FullText, Hit, row_of
from tensionwatch.store.months import MONTHS
from tensionwatch.store.records import UNREADABLE
from tensionwatch.store.replay import JOURNAL, ROTATED, SNAPSHOT
from tensionwatch.store.searched import Searched, SearchedText, text_of
from tensionwatch.store.terms import Wanted

INDEX = "search.sqlite"

AT_MOST = 50_000
"""Articles that are found for a screen, 30 ms: of a million nearly all have an `s`, and nobody scrolls so far. Readers
without a screen get all."""

FIRST, PART = 200, 4_000
"""Articles of the first part, a screenful and more in 1 ms, and of each other, in 2."""
SLOW = 0.010
"""Seconds: where one part takes so long, as of longer beginnings of the most common words, all others come at once, for
each would take as long."""

ALL = 1 << 40
"""More than any articles."""

T = TypeVar("T")

_texts = msgspec.json.Decoder(SearchedText)


class SearchStatus(NamedTuple):
    ready: bool
    """The hot store is searched by the index."""
    done: int = 0
    total: int = 0
    """Articles of the hot store being compared with the index; 0 while none are."""
    off: str = ""
    """Why there is no index, in words; empty where there is one or will be."""


class _Job(NamedTuple):
    number: int
    articles: Sequence[Searched]
    gone: Sequence[str]
    stamp: str
    month: str = ""
    """Whose file has changed."""


class Search:
    """The index of the store in a folder. The store's writer must `start` it; a reader looks alone."""

    def __init__(self, folder: Path, raws: Callable[[], list[msgspec.Raw]] = list, *, follows: bool = False) -> None:
        """`raws` gives the articles of the hot store as JSON; it is called on the caller's thread. A screen that
        `follows` looks at an index that is made, damaged and made again meanwhile by the writer, who tells of it."""
        self._folder = folder
        self._follows = follows
        self._opened: int | None = None
        """Inode of the file that was looked at last."""
        self._raws = raws
        self._notices: list[str] = []
        self._index: FullText | None = None
        self._thread: _Indexer | None = None
        self._waiting: deque[tuple[int, dict[str, Searched], frozenset[str]]] = deque()
        self._number = 0
        self._off = ""

    @property
    def notices(self) -> list[str]:
        """What the user should know, a line each."""
        thread = self._thread
        return [*self._notices, *(filter(None, [*thread.notices, thread.off]) if thread else ())]

    @property
    def status(self) -> SearchStatus:
        thread = self._thread
        if thread is None:
            return SearchStatus(ready=not self._off and self._is_current(), off=self._off)
        return SearchStatus(thread.ready, thread.done, thread.total, self._off or thread.off)

    # ---------------------------------------------------------------- the writer's side

    def start(self, delay: float = 0) -> None:
        """Compare what is stored with the index, in the background; not before `delay` seconds have passed."""
        self._waiting.clear()
        self._thread = _Indexer(self._folder, self._raws(), signature(self._folder), self._number, delay)
        self._thread.start()

    def changed(self, articles: Iterable[Searched] = (), gone: Iterable[str] = (), *, month: str = "") -> None:
        """These have come or have another text, those have gone, into the file of a month where that has changed too.
        Told right after the commit, and after those that change nothing of this as well."""
        thread = self._running()
        if thread is None:
            return
        self._forget_done(thread)
        listed = {article.id: article for article in articles}
        self._number += 1
        job = _Job(self._number, tuple(listed.values()), tuple(gone), signature(self._folder), month)
        if job.articles or job.gone:
            self._waiting.append((job.number, listed, frozenset(() if month else job.gone)))
        thread.queue.put(job)

    def _forget_done(self, thread: _Indexer) -> None:
        """What waited and is in the index by now. Also where nobody asks: a day's texts were kept else, 1 KB each."""
        while self._waiting and self._waiting[0][0] <= thread.finished:
            self._waiting.popleft()

    def close(self, patience: float = 2.0) -> None:
        """After the store has been closed: what is waiting is indexed, if that takes no more than so many seconds."""
        self._forget_index()  # the last to close must be able to write: it folds SQLite's journal into the file
        if self._thread is not None:
            self._thread.queue.put(_Job(0, (), (), signature(self._folder)))
            self._thread.stop(patience)
            self._thread = None

    # ---------------------------------------------------------------- asking

    def find(self, wanted: Wanted, *, whole: bool = False) -> Iterator[list[str]] | None:
        """Ids of the articles that have all the words, newest first, in parts of a millisecond or two; those of phrases
        are to be looked at. None where the index cannot say; for a screen no more than AT_MOST, unless the `whole` is
        asked for. What changes between two parts is not in it. A part raises IndexLost where the index is damaged."""
        thread = self._running()
        if thread is not None and not thread.ready:
            return None
        if thread is None and (self._off or not self._is_current()):
            return None
        if thread is not None:
            # Before the index is asked: what is done by now is in it. Later it might hold more than it was asked for.
            self._forget_done(thread)
        is_for_screen = thread is not None or self._follows
        left = AT_MOST if is_for_screen and not whole else None
        return self._with_waiting(wanted, left) if self._waiting else self._parts(wanted, left)

    def _parts(self, wanted: Wanted, left: int | None) -> Iterator[list[str]]:
        before, size = fulltext.FIRST, FIRST
        while left is None or left > 0:
            asked, began = size if left is None else min(size, left), perf_counter()
            ids, before = self._look(partial(FullText.ids, wanted=wanted, at_most=asked, before=before))
            size = PART if perf_counter() - began < SLOW else ALL
            yield ids
            if len(ids) < asked:
                return
            left = None if left is None else left - len(ids)

    def _with_waiting(self, wanted: Wanted, left: int | None) -> Iterator[list[str]]:
        """Those in the queue as they are now, instead of as the index has them."""
        waiting: dict[str, Searched] = {}
        gone: set[str] = set()
        for _, come, removed in self._waiting:
            gone = (gone - come.keys()) | removed
            waiting = {i: article for i, article in (waiting | come).items() if i not in removed}
        found = sorted(Hit(row_of(article), i) for i, article in waiting.items() if wanted.fits(text_of(article)))
        before, size = fulltext.FIRST, FIRST
        while left is None or left > 0:
            hits = self._look(partial(FullText.find, wanted=wanted, at_most=size, before=before))
            is_last = len(hits) < size
            before = hits[-1].row if hits else 0
            hits = [hit for hit in hits if hit.id not in waiting and hit.id not in gone]
            while found and (is_last or found[-1].row >= before):
                hits.append(found.pop())
            ids = [hit.id for hit in sorted(hits, reverse=True)][:left]
            yield ids
            if is_last:
                return
            size, left = PART, None if left is None else left - len(ids)

    def _look(self, ask: Callable[[FullText], T]) -> T:
        try:
            if self._index is None:
                self._index = FullText(self._folder / INDEX, read_only=True)
            return ask(self._index)
        except sqlite3.DatabaseError as error:
            self._failed(error)
            raise IndexLost from error

    def _running(self) -> _Indexer | None:
        """The thread; one that has ended over a damaged index is started again, on what is stored now."""
        thread = self._thread
        if thread is not None and thread.damage:
            self._forget_index()
            self._notices += thread.notices
            self._notices.append(
                f"{self._folder / INDEX} was damaged ({thread.damage}) and is built again; until then search is slower"
            )
            thread.stop(0)
            self.start()
        return self._thread

    def _failed(self, error: sqlite3.DatabaseError) -> None:
        self._forget_index()
        if self._thread is not None and not isinstance(error, sqlite3.OperationalError):
            self._thread.found_damage(str(error))
        elif self._thread is None and not self._follows:
            self._off = f"{self._folder / INDEX}: {error}"
            self._notices.append(f"searching without the index: {self._off}")

    def _forget_index(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None

    def _is_current(self) -> bool:
        """Does the index hold what the files hold? For readers."""
        found = files.identity(self._folder / INDEX)
        if found is None:
            return False
        if self._follows and (found[0] != self._opened or (self._index is not None and not self._index.is_current)):
            self._forget_index()  # it is another, or was being made
        self._opened = found[0]
        try:
            if self._index is None:
                self._index = FullText(self._folder / INDEX, read_only=True)
            return self._index.is_current and self._index.stamps() == _signatures(self._folder)
        except sqlite3.DatabaseError as error:
            self._failed(error)
            return False


class IndexLost(Exception):
    """The index cannot be read any more; what has been found is right."""


class _Stopped(Exception):
    """The thread is to end before its work is done."""


class _Indexer(threading.Thread):
    """Writes the index. What it tells is read by the other thread: single values, set whole."""

    def __init__(self, folder: Path, raws: list[msgspec.Raw], stamp: str, number: int, delay: float) -> None:
        super().__init__(name="search index", daemon=True)
        self.queue: SimpleQueue[_Job | None] = SimpleQueue()
        self.ready = False
        self.done = 0
        self.total = len(raws)
        self.finished = number
        """Number of the last job that the index holds."""
        self.off = ""
        self.damage = ""
        """What is wrong with the file; the thread has ended over it, and the file is gone."""
        self.notices: list[str] = []
        self._folder = folder
        self._raws = raws
        self._stamp = stamp
        self._delay = delay
        self._gone: set[str] = set()
        """Ids that the hot store has no more; in months, or nowhere."""
        self._ending = False
        self._months_changed = False
        self._again: set[str] = set()
        """Files of months to be compared once more."""
        self._stopping = threading.Event()

    def stop(self, patience: float) -> None:
        """Index what waits, and end; leave the rest for the next time where that takes longer."""
        self.queue.put(None)
        self.join(patience)
        self._stopping.set()
        self.join()

    def found_damage(self, what: str) -> None:
        """The other thread has found it: end over it."""
        self._stopping.set()
        self.queue.put(None)
        self.join()
        self._give_up(what)

    def run(self) -> None:
        try:
            self._work()
        except _Stopped:
            return
        except (sqlite3.OperationalError, OSError) as error:  # no FTS5, disk full, folder not writable
            self.ready = False
            self.off = f"searching without an index: {self._folder / INDEX}: {error}"
        except sqlite3.DatabaseError as error:
            self._give_up(str(error))

    def _work(self) -> None:
        if self._stopping.wait(self._delay):
            return
        with closing(FullText(self._folder / INDEX)) as index:
            worn = index.is_worn
        if worn:
            _remove(self._folder)
        with closing(FullText(self._folder / INDEX)) as index:
            self._compare_hot(index)
            self._compare_months(index)
            self._follow(index)

    def _give_up(self, what: str) -> None:
        self.ready = False
        try:
            _remove(self._folder)
        except OSError as error:
            self.off = f"searching without an index: {self._folder / INDEX} is damaged ({what}), and stays: {error}"
        else:
            self.damage = what

    # ---------------------------------------------------------------- what there is

    def _compare_hot(self, index: FullText) -> None:
        if index.stamp(HOT) != self._stamp:
            self._gone = index.catch_up(self._hot(), HOT, self._tell)
        self.done = self.total = 0
        self._raws.clear()
        self.ready = True

    def _hot(self) -> Iterator[SearchedText]:
        while self._raws:  # the newest came last: they are there first, and each is let go when it is done
            yield _texts.decode(self._raws.pop())

    def _tell(self, done: int) -> None:
        self.done = done
        if self._stopping.is_set():
            raise _Stopped

    def _compare_months(self, index: FullText) -> None:
        self._months_changed = True
        while self._months_changed:
            self._months_changed = False
            months = _month_files(self._folder)
            for name in sorted(months, reverse=True):
                self._compare_month(index, name, months[name])
            for name in index.homes():
                if name != HOT and name not in months:
                    index.drop_home(name)
        index.drop(self._gone, HOT)
        self._gone = set()
        index.set_stamp(HOT, self._stamp)

    def _compare_month(self, index: FullText, name: str, path: Path) -> None:
        stamp = _stamp_of(path)
        if index.stamp(name) != stamp:
            self._again.discard(name)
            index.drop(index.catch_up(self._texts_in(path), name, lambda _: self._between(index)), name)
            if name not in self._again:
                index.set_stamp(name, stamp)

    def _between(self, index: FullText) -> None:
        """Between articles of a month, which may be many: what has come meanwhile."""
        if self._stopping.is_set():
            raise _Stopped
        while not self.queue.empty():
            job = self.queue.get()
            if job is None:  # there is a while yet: `stop` is patient
                self._ending = True
                continue
            self._stamp = job.stamp
            self._do(index, job, stamp=None)
            self._months_changed = self._months_changed or bool(job.month)

    def _texts_in(self, path: Path) -> Iterator[SearchedText]:
        """The articles of a month's file, read a line at a time: no long stretch without other threads."""
        inside, unreadable = False, 0
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return  # removed meanwhile: the commit that says so is on its way
        with file as lines:
            for line in lines:
                if line.startswith(b"}"):
                    inside = False
                elif line.endswith(b": {\n"):
                    inside = line.removeprefix(b"{") == b'"articles": {\n'
                elif inside and line.startswith(b'"'):
                    try:
                        yield _texts.decode(line[line.index(b": ") + 2 :].rstrip(b",\n"))
                    except (*UNREADABLE, ValueError):
                        unreadable += 1
        if unreadable:
            self.notices.append(f"{unreadable} articles in {path} cannot be read, nor found by their words")

    # ---------------------------------------------------------------- what comes

    def _follow(self, index: FullText) -> None:
        while not (self._ending and self.queue.empty()) and (job := self.queue.get()) is not None:
            self._stamp = job.stamp
            self._do(index, job, job.stamp)
            if job.month:
                self._compare_months(index)
            if self._stopping.is_set():
                return

    def _do(self, index: FullText, job: _Job, stamp: str | None) -> None:
        if job.month:
            # In the file by now, or nowhere: known once that has been looked at. Again where jobs came late: the
            # article was found in the file first, and then heard of as a hot one.
            self._gone.update(job.gone)
            if index.has_any(job.gone, HOT):
                index.forget_stamp(f"{job.month}.json")
                self._again.add(f"{job.month}.json")
        else:
            index.drop(job.gone, HOT)
        self._gone -= {article.id for article in job.articles}
        index.put(job.articles, HOT, stamp)
        self.finished = job.number or self.finished


def signature(folder: Path) -> str:
    """Differs once snapshot or journals hold something else; to open a journal changes its time alone."""
    journals = [files.identity(folder / name) for name in (ROTATED, JOURNAL)]
    return f"{files.identity(folder / SNAPSHOT)} {[found and (found[0], found[2]) for found in journals]}"


def _signatures(folder: Path) -> dict[str, str]:
    return {HOT: signature(folder)} | {name: _stamp_of(path) for name, path in _month_files(folder).items()}


def _stamp_of(path: Path) -> str:
    return str(files.identity(path))


def _month_files(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in (folder / MONTHS).glob("????-??.json")}


def _remove(folder: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        (folder / f"{INDEX}{ending}").unlink(missing_ok=True)
