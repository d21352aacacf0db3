"""Search and lists at size: how long the first results take, what the index costs, what the loop's thread feels.

    python bench/search.py [--articles 100000] [--corpus ARCHIVE.jsonl.gz]

Articles are made-up text of 20,000 words with the frequencies of a language (the nth word comes 1/n as often), or an
archive's entries, one JSON a line with published, feed, title, summary. Every twelfth carries a flag.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tensionwatch.clock import SystemClock
from tensionwatch.config import load
from tensionwatch.exchange import ArticleQuery
from tensionwatch.model import Article, Batch, Evidence, Flag, Kind, Status
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.store import Store
from tensionwatch.store.search import INDEX, Search
from tensionwatch.store.touched import Touched
from tensionwatch.watch import Watch

WORDS = 20_000
PAIRS = (("PRK", "KOR"), ("RUS", "UKR"), ("CHN", "TWN"), ("ISR", "LBN"), ("IND", "PAK"))


def made_up(count: int) -> Iterator[tuple[datetime, str, str, str]]:
    rng = random.Random(1)
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    words = ["".join(rng.choices(syllables, k=rng.choice((1, 2, 2, 3, 3, 4)))) for _ in range(WORDS)]
    weights = [1 / n for n in range(1, WORDS + 1)]
    at = datetime.now(UTC) - timedelta(days=75)
    step = timedelta(days=75) / count
    for n in range(count):
        text = rng.choices(words, weights, k=46)
        yield at + n * step, f"feed{n % 40}", " ".join(text[:10]).capitalize(), " ".join(text[10:])


def archived(path: Path) -> Iterator[tuple[datetime, str, str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for entry in map(json.loads, lines):
            at = datetime.fromisoformat(entry["published"].replace("Z", "+00:00"))
            yield at, entry["feed"], entry["title"] or "", entry["summary"] or ""


def article(n: int, at: datetime, feed: str, title: str, summary: str) -> Article:
    actor, recipient = PAIRS[n // 12 % len(PAIRS)]
    kind = (Kind.BORDER_INCIDENT, Kind.DIPLOMATIC_VISIT, Kind.TALKS)[n // 12 % 3]
    flag = Flag(
        kind=kind, status=Status.ACTUAL, code="190", actor=actor, recipient=recipient, place=None, rule="bench",
        rules_version="bench", evidence=(Evidence("title", 0, 1, title[:1]),),
    )  # fmt: skip
    return Article(
        id=blake2b(b"%d" % n, digest_size=8).hexdigest(), feed=feed, publisher=f"{feed[-20:]}.example", entry_id=str(n),
        link=f"https://example.org/{n}", title=title, summary=summary, published=at, first_seen=at, effective=at,
        lang="en", flags=(flag,) if n % 12 == 0 else (), read=n % 3 == 0, starred=n % 500 == 0,
    )  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--articles", type=int, default=100_000)
    options.add_argument("--corpus", type=Path)
    args = options.parse_args()
    source = archived(args.corpus) if args.corpus else made_up(args.articles)
    with TemporaryDirectory(dir=".") as name:
        folder = Path(name)
        articles = [article(n, *entry) for n, entry in enumerate(islice(source, args.articles))]
        words = ["north korea", "s", "the", "pres", "missile launch", "zelensky"] if args.corpus else sampled(articles)
        with Store.open(folder) as store:
            for start in range(0, len(articles), 5000):
                store.commit(Batch(articles=tuple(articles[start : start + 5000])))
            characters = sum(len(a.title) + len(a.summary) for a in articles) // len(articles)
            print(f"{len(articles):,} articles of {characters} characters")
            del articles
            measure(store, folder, words)


def sampled(articles: list[Article]) -> list[str]:
    text = articles[1].summary.split()
    rare = min(text, key=lambda word: -len(word))
    return [f"{text[0]} {rare}", "s", text[0], rare[:4], rare]


def measure(store: Store, folder: Path, words: list[str]) -> None:
    search = Search(folder, store.raw_articles)
    began = time.perf_counter()
    watch = Watch(store, load(None), load_atlas(), SystemClock(), search=search)
    for _ in watch.settle():
        pass
    print(f"watch made in {time.perf_counter() - began:.2f} s")
    scans = {text: timed(lambda text=text: watch.article_ids(ArticleQuery(text=text)), 2) for text in words}
    build(search)
    size = sum(path.stat().st_size for path in folder.glob(f"{INDEX}*")) / 1e6
    print(f"index {size:.0f} MB")
    for text in words:
        began = time.thread_time()
        found = len(watch.article_ids(ArticleQuery(text=text)))
        first = time.thread_time() - began
        warm = timed(lambda text=text: watch.article_ids(ArticleQuery(text=text)))
        told = f"first {first * 1e3:6.1f} ms   again {warm:6.1f}   scan {scans[text]:7.1f}"
        print(f"  {text!r:<28} {found:>7,} found   {told}")
    for query in (
        ArticleQuery(unread=True), ArticleQuery(starred=True), ArticleQuery(feed=next(store.articles()).feed),
        ArticleQuery(flagged=True), ArticleQuery(kind=Kind.DIPLOMATIC_VISIT), ArticleQuery(region="korea"),
        ArticleQuery(region="korea", kind=Kind.BORDER_INCIDENT, unread=True),
        ArticleQuery(since=datetime.now(UTC) - timedelta(days=7)), ArticleQuery(unread=True, text=words[0]),
    ):  # fmt: skip
        told = {name: str(value) for name in query.__struct_fields__ if (value := getattr(query, name))}
        took = timed(lambda query=query: watch.article_ids(query))
        print(f"  {told!s:<60} {len(watch.article_ids(query)):>7,} in {took:6.1f} ms")
    keep_up(store, watch)
    search.close()


def timed(call: Callable[[], object], runs: int = 5) -> float:
    """Milliseconds of this thread's CPU, the median of a few runs: what else runs on the machine does not count."""
    times = []
    for _ in range(runs):
        began = time.thread_time()
        call()
        times.append((time.thread_time() - began) * 1e3)
    return median(times)


def build(search: Search) -> None:
    """The index from nothing, while this thread ticks as a loop would."""
    began, cpu = time.perf_counter(), time.process_time()
    search.start()
    late = ticks(lambda: search.status.ready)
    print(
        f"built in {time.perf_counter() - began:.1f} s ({time.process_time() - cpu:.1f} s of CPU); "
        f"ticks of 2 ms were late by {late[len(late) // 2]:.1f} ms, 99 % by {late[len(late) * 99 // 100]:.1f} at most, "
        f"one by {late[-1]:.1f}"
    )


def keep_up(store: Store, watch: Watch) -> None:
    """Batches of 40 as polls bring them; each is found at once."""
    calls: list[float] = []
    heard = store.heard

    def timed_heard(touched: Touched) -> None:
        began = time.perf_counter()
        heard(touched)
        calls.append((time.perf_counter() - began) * 1e3)

    store.heard = timed_heard
    for number in range(50):
        now = datetime.now(UTC)
        batch = [article(10**9 + 40 * number + n, now, "late", f"Late batch{number:03} {n}", "") for n in range(40)]
        store.commit(Batch(articles=tuple(batch)))
        found = watch.article_ids(ArticleQuery(text=f"batch{number:03} late"))
        if len(found) != 40:
            raise SystemExit(f"{len(found)} of 40 found")
        time.sleep(0.05)
    print(f"a batch of 40 told to lists and index: {median(calls):.2f} ms, at most {max(calls):.2f}")


def ticks(done: Callable[[], object]) -> list[float]:
    """Sleep 2 ms again and again; how many milliseconds each was late, sorted."""
    late, nap = [], threading.Event()
    while not done():
        began = time.perf_counter()
        nap.wait(0.002)
        late.append((time.perf_counter() - began) * 1e3 - 2)
    return sorted(late) or [0.0]


if __name__ == "__main__":
    main()
