"""The store beside SQLite, TinyDB's own storage and newsboat, in one run on one disk.

    .venv/bin/python bench/store.py [--articles N] [--corpus ITEMS.jsonl[.gz]] [--year N] [--json]

Articles are made up (bench/articles.py) or the last of a corpus. Writes take turns: fifty commits of ours, the same by
SQLite, and so on, so that a busy moment of the machine meets both. Times of writes are by the wall's clock, since
waiting for the disk is what they are about; times of opening are the CPU's. Opening, memory, queries and pauses are
measured in processes of their own (bench/store_child.py), which hold nothing but the store. newsboat is looked for on
the path (Debian: apt-get install newsboat); without it its row has no ratio.

Every goal is an upper bound: of `ratio` (ours / peer) where there is a peer, else of `ours`. `holds` is null where the
run could not say. --year N builds a store of N articles over a year first, which takes a minute for each 250,000.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import articles as press
import peers
from rows import Row

from tensionwatch.model import Article, Batch
from tensionwatch.store import Store

BATCH = 40
TURN = 50
"""Commits before it is the other's turn: in turn one by one, each waits for what the other has left to the disk."""
MARKS = 300
SINGLES = 100
AT_TINYDB = 10_000
OPENINGS = 3
QUERY_GOALS: dict[str, float | None] = {"full-text search, first results": 50.0, "full-text search, whole list": None}
"""Other than a millisecond."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--year", type=int, help="articles of the store that holds a year, such as 1000000")
    parser.add_argument("--folder", type=Path, help="where to work: on the disk that is to be measured")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    count = options.articles
    articles = press.from_corpus(options.corpus, count) if options.corpus else press.made_up(count)
    if not options.json:
        flagged = sum(bool(article.flags) for article in articles)
        print(f"{len(articles):,} articles of {press.size(articles):,} bytes, {flagged:,} flagged")
    folder = Path(tempfile.mkdtemp(prefix="bench-store-", dir=options.folder))
    try:
        for row in _rows(folder, articles, options.year):
            print(json.dumps(row.as_json()) if options.json else row.line(), flush=True)
    finally:
        shutil.rmtree(folder)


def _rows(folder: Path, articles: Sequence[Article], year: int | None) -> Iterator[Row]:
    ours = folder / "ours"
    with Store.open(ours) as store, peers.SQLite(folder / "peer.sqlite") as sqlite:
        yield _inserts(store, sqlite, articles)
        yield _marks(store, sqlite, articles)
    yield from _beside_tinydb(folder, articles)
    child("settle", ours)
    found = [child("open", ours) for _ in range(OPENINGS)]
    yield from _opening(folder, len(articles), found)
    yield from _queries(child("queries", shutil.copytree(ours, folder / "queries")))
    yield _pauses(child("pauses", ours), len(articles))
    yield from _year(folder, median(each["cpu"] for each in found), len(articles), year)


def _inserts(store: Store, sqlite: peers.SQLite, articles: Sequence[Article]) -> Row:
    ours = theirs = 0.0
    for turn in _parts(articles, TURN * BATCH):
        ours += sum(_ms(lambda b=batch: store.commit(Batch(articles=tuple(b)))) for batch in _parts(turn, BATCH))
        theirs += sum(_ms(lambda b=batch: sqlite.insert(b)) for batch in _parts(turn, BATCH))
    done = f"{len(articles):,} articles in batches of {BATCH}, each durable; SQLite: WAL, synchronous=FULL, JSON by id"
    return Row("insert all, in batches", ours / 1000, theirs / 1000, 1.3, "s", done)


def _marks(store: Store, sqlite: peers.SQLite, articles: Sequence[Article]) -> Row:
    ours: list[float] = []
    theirs: list[float] = []
    for turn in _parts(articles[:: max(1, len(articles) // MARKS)], TURN):
        ours += [_ms(lambda a=article: store.mark([a.id], read=not a.read)) for article in turn]
        theirs += [_ms(lambda a=article: sqlite.mark(a.id, read=not a.read)) for article in turn]
    done = f"median of {len(ours)}, durable each; SQLite: UPDATE of one column, commit with synchronous=FULL"
    return Row("mark one article read", median(ours), median(theirs), 2.0, "ms", done)


def _beside_tinydb(folder: Path, articles: Sequence[Article]) -> Iterator[Row]:
    known = articles[:AT_TINYDB]
    fresh = press.later(articles[: 2 * SINGLES], 1, "again")
    tinydb = peers.StockTinyDB(folder / "tinydb.json", known)
    single = 1000 * median(tinydb.insert([article] for article in fresh[:4]))
    batched = 1000 * median(tinydb.insert([fresh[4 : 4 + BATCH], fresh[4 + BATCH : 4 + 2 * BATCH]])) / BATCH
    with Store.open(folder / "tinydb-beside") as store:
        store.commit(Batch(articles=tuple(known)))
        ours = median(_ms(lambda b=b: store.commit(Batch(articles=tuple(b)))) for b in _parts(fresh, BATCH)) / BATCH
        alone = median(
            _ms(lambda a=a: store.commit(Batch(articles=(a,)))) for a in press.later(fresh[:SINGLES], 1, "alone")
        )
    done = f"median at {len(known):,} documents; TinyDB: JSONStorage, which does not wait for the disk,"
    batch = f"in batches of {BATCH}, durable: an article's share"
    yield Row("insert at 10,000, batched", ours, single, 1 / 500, "ms", f"{done} one by one; ours {batch}")
    yield Row("insert at 10,000, both batched", ours, batched, None, "ms", f"{done} and ours, {batch}")
    yield Row("insert at 10,000, one by one", alone, single, None, "ms", f"{done} and ours, durable, one by one")


def _parts(articles: Sequence[Article], size: int) -> Iterator[Sequence[Article]]:
    return (articles[start : start + size] for start in range(0, len(articles), size))


def _ms(do: Callable[[], object]) -> float:
    begun = perf_counter()
    do()
    return 1000 * (perf_counter() - begun)


def _opening(folder: Path, count: int, found: Sequence[dict[str, Any]]) -> Iterator[Row]:
    done = f"median CPU of {OPENINGS}: Store.open, Watch, regions(), events(limit=50) at {count:,}"
    yield Row("open to the first screenful", median(each["cpu"] for each in found), None, 1.0, "s", done)
    theirs = peers.newsboat_start(folder / "newsboat")
    whole = "CPU of the whole process, Python and imports with it; newsboat: 500 feeds of 40, -x print-unread"
    if theirs is None:
        whole += " (newsboat absent here; 3.3-4.7 s elsewhere)"
    yield Row("start, beside newsboat at 20,000", median(each["whole"] for each in found), theirs, 0.5, "s", whole)
    yield Row(
        "getting ready for news",
        median(each["settled"] for each in found),
        None,
        None,
        "s",
        "CPU after that, in slices",
    )
    yield Row(
        "peak memory of opening",
        max(each["peak"] for each in found),
        None,
        250.0,
        "MB",
        "VmHWM of that process when the first screenful is known",
    )
    yield Row(
        "peak memory, ready for news",
        max(each["peak_settled"] for each in found),
        None,
        None,
        "MB",
        "VmHWM of that process with the ledger, identities and lists of articles",
    )


def _queries(found: dict[str, Any]) -> Iterator[Row]:
    for name, query in found.items():
        yield Row(name, query["ms"], None, QUERY_GOALS.get(name, 1.0), "ms", query["done"])


def _pauses(found: dict[str, Any], count: int) -> Row:
    compacted = "compacted meanwhile" if found["compacted"] else "no compaction while it was open"
    done = (
        f"lateness of a heartbeat on the loop at {count:,}: {found['commits']} polls of {BATCH}, {found['marks']} "
        f"marks, {found['reread']:,} reread; {compacted}; median {found['median']:.1f} ms, longest in {found['worst']} "
        f"({found['cpu']:.0f} ms of it on the CPU, {found['queued']:.0f} ms until other programs gave one); without "
        f"what those took the longest was {found['own']:.0f} ms, in {found['most_own_in']}, on the CPU alone "
        f"{found['most_cpu']:.0f} ms"
    )
    return Row("longest pause of the loop", found["longest"], None, 30.0, "ms", done)


def _year(folder: Path, hundred_thousand: float, tenth: int, count: int | None) -> Iterator[Row]:
    name = "open a year, beside a tenth of it"
    if count is None:
        yield Row(name, None, hundred_thousand, 1.2, "s", "not run: --year 1000000")
        return
    path = folder / "year"
    month = press.made_up(min(count, round(30 * press.A_DAY)))
    for back in range(-(-count // len(month)) - 1, -1, -1):
        with Store.open(path) as store:
            for part in _parts(press.later(month, -30 * back, f"m{back}"), 1_000):
                store.commit(Batch(articles=tuple(part)))
        child("settle", path)
    found = [child("open", path) for _ in range(OPENINGS)]
    ours, hot = median(each["cpu"] for each in found), found[0]["hot"]
    peak = f"peak memory {max(each['peak'] for each in found):.0f} MB, ready {found[0]['peak_settled']:.0f} MB"
    yield Row(
        name, ours, hundred_thousand, 1.2, "s", f"CPU; {count:,} articles over a year, {hot:,} of them hot; {peak}"
    )
    share = f"per 1,000 hot articles, of which there are {hot:,} and {tenth:,}"
    yield Row("the same, an article's share", 1e6 * ours / hot, 1e6 * hundred_thousand / tenth, None, "ms", share)


def child(task: str, folder: Path | str) -> dict[str, Any]:
    script = Path(__file__).with_name("store_child.py")
    answer = subprocess.run([sys.executable, script, task, folder], check=True, stdout=subprocess.PIPE).stdout
    found: dict[str, Any] = json.loads(answer)
    return found


if __name__ == "__main__":
    main()
