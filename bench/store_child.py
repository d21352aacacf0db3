"""One measurement of bench/store.py in a process of its own; prints a JSON object.

    store_child.py settle | open | queries | pauses  FOLDER

settle   leaves the folder as a run of the program does
open     CPU seconds until the first screenful is known, those of the whole process, peak memory in MB then and later
queries  milliseconds of what a screen asks, each asked after an article has come
pauses   how late a heartbeat on the loop was while polls, marks and rereads were committed
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, sleep, thread_time
from typing import Any, NamedTuple

from msgspec.structs import replace

from tensionwatch import config
from tensionwatch.commands import common
from tensionwatch.config import Config
from tensionwatch.exchange import ArticleQuery
from tensionwatch.model import Entry, Feed, Fetched, Flag, Kind, ReadEntry
from tensionwatch.reread import Reread, Text
from tensionwatch.store.fulltext import FullText
from tensionwatch.store.journal import most_journal
from tensionwatch.store.search import INDEX
from tensionwatch.store.terms import Wanted
from tensionwatch.watch import Watch

BATCH = 40
ROUNDS = 25
BEAT = 0.002
PAUSES_AT_MOST = 25.0
"""Seconds."""

INDEXED_MS, INDEXED_AT_MOST = 20.0, 40.0
"""Milliseconds that no look at every article takes, and seconds to wait for that."""

FIRST_RESULTS = 50

KINDS = (Kind.BORDER_INCIDENT, Kind.DIPLOMATIC_VISIT, Kind.ARMED_ATTACK)


def opened(loaded: Config) -> AbstractContextManager[Watch]:
    """As the screen opens it."""
    return common.open_watch(loaded, [], quiet_start=1.5)


def settle(loaded: Config) -> dict[str, Any]:
    with opened(loaded) as watch:
        _settled(watch)
        asyncio.run(watch.housekeeper.once())
        return {"index": _until_indexed(watch)}


def _settled(watch: Watch) -> Watch:
    """Ready for news."""
    for _ in watch.settle():
        pass
    return watch


def first_screenful(loaded: Config) -> dict[str, Any]:
    begun = process_time()
    with opened(loaded) as watch:
        rows, events = watch.regions(), watch.events(limit=50)
        cpu, whole, peak = process_time() - begun, process_time(), _peak()
        if not (events and any(row.last for row in rows)):
            raise RuntimeError("the first screenful is not there")
        _settled(watch)
        settled = process_time() - begun - cpu
        hot = len(watch.article_ids(ArticleQuery()))
        return {"cpu": cpu, "whole": whole, "peak": peak, "settled": settled, "peak_settled": _peak(), "hot": hot}


def _peak() -> float:
    """Of memory so far, in MB."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


# ------------------------------------------------------------------ queries


def queries(loaded: Config) -> dict[str, Any]:
    with opened(loaded) as watch:
        news = News(_settled(watch))
        regions = [row.region.id for row in watch.regions()]
        lists = [partial(watch.events, region=r, kind=k, limit=50) for r in regions for k in KINDS]
        of_most = max(watch.events(limit=2000), key=lambda event: event.reports)
        reports = [partial(_articles_of, watch, of_most.id)]
        asked: dict[str, tuple[list[Callable[[], object]], str]] = {
            "all counters": ([watch.regions], f"regions(): {len(regions)} regions, 3 groups, 3 windows, trends"),
            "newest 50 of a region and kind": (list(lists), f"the slowest of {len(lists)}"),
            "unread count": ([lambda: watch.unread], "articles not read"),
            "articles of an event": (list(reports), f"the one with most reports, {of_most.reports}"),
        }
        times: dict[str, list[float]] = {name: [] for name in asked}
        for _ in range(ROUNDS):
            news.arrive(1)
            for name, (asks, _) in asked.items():
                times[name].append(max(map(_ms, asks)))
        after = f"median of {ROUNDS}, after an article has come"
        found = {name: {"ms": median(times[name]), "done": f"{done}; {after}"} for name, (_, done) in asked.items()}
        return found | _search(watch, loaded.storage.path)


def _articles_of(watch: Watch, event_id: str) -> list[object]:
    event = watch.event(event_id)
    if event is None:
        raise RuntimeError("the event is gone")
    return [watch.article(article_id) for article_id in event.articles]


def _search(watch: Watch, folder: Path) -> dict[str, Any]:
    """Words that many articles have, that few have, two at once, beginnings of words."""
    some = [watch.article(i) for i in watch.article_ids(ArticleQuery())[:2000]]
    counted = Counter(
        word for a in some if a is not None for word in f"{a.title} {a.summary}".split() if word.isalpha()
    )
    by_count = [word for word, _ in counted.most_common()]
    common, middling, rare = by_count[0], by_count[len(by_count) // 4], by_count[-1]
    waited = _until_indexed(watch)
    texts = [common, middling, rare, f"{common} {middling}", middling[:3], rare[:4]]
    asks = [partial(watch.article_ids, ArticleQuery(text=text)) for text in texts]
    hits = [len(ask()) for ask in asks]
    done = f"the slowest of {len(texts)} (a word, a rare one, two, beginnings), {min(hits):,} to {max(hits):,} hits"
    with closing(FullText(folder / INDEX, read_only=True)) as index:
        firsts = [partial(index.ids, Wanted(text), FIRST_RESULTS) for text in texts]
        first = max(median(_ms(ask) for _ in range(5)) for ask in firsts)
    every = max(median(_ms(ask) for _ in range(5)) for ask in asks)
    return {
        "full-text search, first results": {"ms": first, "done": f"the newest {FIRST_RESULTS} of {done}; {waited}"},
        "full-text search, whole list": {"ms": every, "done": f"as the screen asks: {done}, of which 50,000 at most"},
    }


def _until_indexed(watch: Watch) -> str:
    """The index is made in the background, and until then every article is looked at."""
    begun, ask = perf_counter(), partial(watch.article_ids, ArticleQuery(text="nowhere to be found"))
    while _ms(ask) > INDEXED_MS:
        if perf_counter() - begun > INDEXED_AT_MOST:
            return f"no index within {INDEXED_AT_MOST:.0f} s"
        sleep(0.25)
    return f"the index was ready after {perf_counter() - begun:.0f} s"


def _ms(ask: Callable[[], object]) -> float:
    begun = perf_counter()
    ask()
    return 1000 * (perf_counter() - begun)


# ------------------------------------------------------------------ pauses


class Beat(NamedTuple):
    """Milliseconds by the wall's clock; of the CPU in the same stretch, and of waiting for others to give it up."""

    late: float
    cpu: float
    queued: float
    doing: str

    @property
    def own(self) -> float:
        """Without what other programs took."""
        return self.late - self.queued


def _queued() -> float:
    """Seconds that this thread could have run, had there been a processor."""
    return int(Path("/proc/thread-self/schedstat").read_text("ascii").split()[1]) / 1e9


class Heart:
    """Beats on the loop and knows how late it was."""

    def __init__(self) -> None:
        self.doing = ""
        self.late: list[Beat] = []

    async def beat(self) -> None:
        while True:
            begun, cpu, queued = perf_counter(), thread_time(), _queued()
            await asyncio.sleep(BEAT)
            late, cpu = 1000 * (perf_counter() - begun - BEAT), 1000 * (thread_time() - cpu)
            self.late.append(Beat(late, cpu, 1000 * (_queued() - queued), self.doing))


def pauses(loaded: Config) -> dict[str, Any]:
    with opened(loaded) as watch:
        return asyncio.run(_pauses(watch, loaded.storage.path / "store.json"))


async def _pauses(watch: Watch, snapshot: Path) -> dict[str, Any]:
    """The journal has nearly outgrown the snapshot; polls, marks and rereads come until the store has been compacted,
    or time is up."""
    heart = Heart()
    heart.doing = "the start"
    beating = asyncio.create_task(heart.beat())
    await common.settle(watch)
    beating.cancel()
    news = News(watch)
    ids = watch.article_ids(ArticleQuery())
    place = _grow(watch, ids, snapshot)
    before, deadline = snapshot.stat().st_ino, perf_counter() + PAUSES_AT_MOST
    beating = asyncio.create_task(heart.beat())
    commits = marks = reread = 0
    while perf_counter() < deadline and snapshot.stat().st_ino == before:
        heart.doing = "a poll"
        news.arrive(BATCH)
        await asyncio.sleep(2 * BEAT)
        heart.doing = "a mark"
        watch.mark([ids[place]], read=True)
        await asyncio.sleep(2 * BEAT)
        commits, marks = commits + 1, marks + 1
        for _ in range(4):
            heart.doing = "a reread"
            reread += _reread(watch, ids[place : place + BATCH], f"rules-{place}")
            place = (place + BATCH) % len(ids)
            await asyncio.sleep(2 * BEAT)
    heart.doing = "the rest after"
    await asyncio.sleep(1)
    beating.cancel()
    longest, own = max(heart.late), max(beat.own for beat in heart.late)
    return {
        "longest": longest.late, "cpu": longest.cpu, "queued": longest.queued, "own": own, "worst": longest.doing,
        "most_cpu": max(beat.cpu for beat in heart.late), "median": median(beat.late for beat in heart.late),
        "most_own_in": max(heart.late, key=lambda beat: beat.own).doing, "commits": commits,
        "marks": marks, "reread": reread, "compacted": snapshot.stat().st_ino != before,
    }  # fmt: skip


def _grow(watch: Watch, ids: list[str], snapshot: Path) -> int:
    """Reread articles until the journal has nearly the size at which it is folded into the snapshot; gives how many."""
    journal, place = snapshot.with_name("journal.log"), 0
    while journal.stat().st_size < 0.95 * most_journal(snapshot.stat().st_size) and place < len(ids):
        place += _reread(watch, ids[place : place + 500], "grown")
    return place % len(ids)


def _reread(watch: Watch, ids: list[str], version: str) -> int:
    articles = [article for i in ids if (article := watch.article(i)) is not None]
    watch.take_reread([Reread(article=a.id, text=Text.of(a), flags=a.flags) for a in articles], version)
    return len(articles)


class News:
    """Entries that nobody has seen, in the words and with the flags of what is there."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._rng = random.Random(3)
        self._number = 0
        self._models = [a for i in watch.article_ids(ArticleQuery())[:4000] if (a := watch.article(i)) is not None]
        self._flagged = [article for article in self._models if article.flags]

    def arrive(self, count: int) -> None:
        """One poll brings so many; the first has flags, of the others one in ten."""
        feed = self._rng.choice(self._watch.feeds)
        now = datetime.now(UTC)
        entries = tuple(self._entry(feed, now, flagged=n == 0 or self._rng.random() < 0.1) for n in range(count))
        fetched = Fetched(feed=feed.id, at=now, result="ok", entries=entries, seen=tuple(e.hash for e in entries))
        self._watch.accept(fetched, jitter=0.0)

    def _entry(self, feed: Feed, now: datetime, *, flagged: bool) -> ReadEntry:
        self._number += 1
        model = self._rng.choice(self._flagged if flagged else self._models)
        flags: tuple[Flag, ...] = model.flags if flagged else ()
        name = f"https://{feed.publisher}/fresh/{now:%Y%m%dT%H%M%S}-{self._number}"
        entry = Entry(
            entry_id=name, link=name, title=model.title, summary=f"{model.summary} {self._number}",
            published=now.replace(microsecond=0) - timedelta(seconds=self._rng.randrange(1, 600)),
        )  # fmt: skip
        return ReadEntry(entry=entry, hash=f"{self._number:016x}", flags=flags)


TASKS = {"settle": settle, "open": first_screenful, "queries": queries, "pauses": pauses}


def main() -> None:
    task, folder = sys.argv[1:]
    loaded = config.load(None)
    loaded = replace(loaded, storage=replace(loaded.storage, path=Path(folder), keep_unflagged_days=800))
    print(json.dumps(TASKS[task](loaded)))


if __name__ == "__main__":
    main()
