"""What an article costs the ledger of events: the time of `update` with 100,000 flagged articles in it.

    .venv/bin/python bench/events.py [--articles N] [--corpus ITEMS.jsonl[.gz]] [--json]

Without a corpus the articles are made up: pairs of countries in the proportions of news (few pairs with most of it),
titles of a few wordings, one article in five a near-copy, one in ten with an unknown side. With one its flagged
articles are taken, over and over, each round 500 days later. New articles are then the newest of all (nine in ten), or
up to two days late; each update is timed alone.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import json
import random
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from tensionwatch.events import Ledger
from tensionwatch.model import Article, Evidence, Flag, Kind, Status
from tensionwatch.rules import load_rules

GOAL_MEDIAN_MS, GOAL_P99_MS = 1.0, 5.0
PROBES = 2_000
STATES = "USA CHN RUS UKR PRK KOR JPN TWN PHL IND PAK IRN ISR PSE LBN SYR TUR ARM AZE GEO POL DEU FRA GBR EUR".split()
WORDS = "border troops fire minister visit talks shell drone jets river line patrol envoy crossing reef guard".split()


def made_up(count: int, seed: int = 1) -> Iterator[Article]:
    rng = random.Random(seed)
    start = datetime(2023, 1, 1, tzinfo=UTC)
    pairs = [rng.sample(STATES, 2) for _ in range(150)]
    weights = [1 / (n + 1) for n in range(len(pairs))]
    kinds = list(Kind)
    title = ""
    for number in range(count):
        at = start + timedelta(days=480) * number / count
        actor, recipient = rng.choices(pairs, weights)[0]
        kind = rng.choices(kinds, [3, 6, 4, 2, 2, 2, 1, 2, 1, 2, 5])[0]
        if rng.random() > 0.2 or not title:
            title = " ".join(rng.choices(WORDS, k=14))
        status = rng.choices([Status.ACTUAL, Status.PLANNED, Status.OFF, Status.HYPOTHETICAL], [70, 22, 4, 4])[0]
        known = None if rng.random() < 0.1 else recipient
        flag = Flag(
            kind=kind, status=status, code="042" if kind is Kind.DIPLOMATIC_VISIT else "190", actor=actor,
            recipient=known, place=rng.choice([None, None, "here", "there"]), rule="made.up", rules_version="1",
            evidence=(Evidence("title", 0, 4, title[:4]),),
        )  # fmt: skip
        yield article(f"a{number}", at, f"p{rng.randrange(80)}.example", title, "", (flag,))


def from_corpus(path: Path, count: int) -> list[Article]:
    rules = load_rules()
    found: list[Article] = []
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for number, item in enumerate(map(json.loads, lines)):
            at = datetime.fromisoformat(item["published"].replace("Z", "+00:00"))
            title, summary = item["title"] or "", item["summary"] or ""
            if flags := rules.classify(title, summary, published=at):
                found.append(article(f"a{number}", at, item["feed"], title, summary, flags))
    rounds: list[Article] = []
    while len(rounds) < count:
        turn, later = len(rounds) // len(found), timedelta(days=500) * (len(rounds) // len(found))
        rounds += [replace(a, id=f"{turn}{a.id}", effective=a.first_seen + later, first_seen=a.first_seen + later)
                   for a in found]  # fmt: skip
    return rounds[:count]


def article(name: str, at: datetime, publisher: str, title: str, summary: str, flags: tuple[Flag, ...]) -> Article:
    return Article(
        id=name, feed=publisher, publisher=publisher, entry_id=name, link=None, title=title, summary=summary,
        published=at, first_seen=at, effective=at, lang="en", flags=flags,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    count = options.articles + PROBES
    articles = from_corpus(options.corpus, count) if options.corpus else list(made_up(count))
    known, news = articles[:-PROBES], articles[-PROBES:]
    rng = random.Random(2)
    late = [replace(a, effective=a.first_seen - timedelta(hours=rng.uniform(0, 48))) if rng.random() < 0.1 else a
            for a in news]  # fmt: skip
    begun = time.process_time()
    ledger = Ledger(known)
    load = time.process_time() - begun
    gc.collect()
    gc.freeze()
    times = []
    for each in late:
        begun = time.process_time()
        ledger.update([each])
        times.append(1000 * (time.process_time() - begun))
    times.sort()
    median, p99 = statistics.median(times), times[int(0.99 * len(times))]
    rows = [
        row("update, median, ms", median, GOAL_MEDIAN_MS),
        row("update, p99, ms", p99, GOAL_P99_MS),
        row("update, longest, ms", times[-1], None),
        row(f"ledger of {len(known):,} made at once, s", load, None),
    ]
    if options.json:
        print("\n".join(json.dumps(each) for each in rows))
        return
    print(f"{len(known):,} articles, {len(ledger):,} events")
    for each in rows:
        missed = "" if each["holds"] in (True, None) else "missed"
        print(f"{each['name']:<42}{each['ours']:>10} {each['goal'] or '':>8} {missed}")


def row(name: str, ours: float, goal: float | None) -> dict[str, object]:
    holds = None if goal is None else ours <= goal
    return {"name": name, "ours": round(ours, 3), "peer": None, "ratio": None, "goal": goal, "holds": holds}


if __name__ == "__main__":
    main()
