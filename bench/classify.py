"""The classifier beside a keyword baseline: items a second, and with a labelled file the accuracy of both.

    .venv/bin/python bench/classify.py [--corpus ITEMS.jsonl[.gz]] [--labelled LABELLED.jsonl] [--json]

Without a corpus it reads the demo's wordings over and over. The two run in turn, slice by slice, on one core; figures
are of CPU time. `--json` prints rows {name, ours, peer, ratio, goal, holds}.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import re
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tensionwatch.demo import load_scenario
from tensionwatch.model import Kind
from tensionwatch.rules import Rules, load_rules
from tensionwatch.rules.evaluate import MAIN, Item, evaluate, read_items

GOAL_ITEMS_PER_SECOND = 10_000
GOAL_LOAD_MS = 150
SLICE = 500

KEYWORDS = {
    Kind.BORDER_INCIDENT: re.compile(
        r"\b(?:border|clash(?:es)?|skirmish|incursion|intrusion|warning shots?|shelling|DMZ|ceasefire violation)\b",
        re.I,
    ),
    Kind.DIPLOMATIC_VISIT: re.compile(r"\b(?:visits?|visiting|summit|arrives?|trip|delegation|talks with)\b", re.I),
}
"""What a keyword list of the usual kind looks for."""


def by_keyword(title: str, summary: str) -> list[Kind]:
    text = f"{title} {summary}"
    return [kind for kind, pattern in KEYWORDS.items() if pattern.search(text)]


def corpus(path: Path | None, limit: int) -> list[tuple[str, str]]:
    if path is None:
        told = [(title, report.summary) for report in load_scenario().reports for title in report.titles]
        return list(itertools.islice(itertools.cycle(told), limit))
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        rows = (json.loads(line) for line in itertools.islice(lines, 0, None, 10))
        return [(row["title"] or "", row["summary"] or "") for row in itertools.islice(rows, limit)]


def rates(items: list[tuple[str, str]], rules: Rules) -> tuple[float, float]:
    """Items a second of both, the median over slices that they take in turn."""
    ours: list[float] = []
    peer: list[float] = []
    for part in slices(items):
        ours.append(rate(lambda t, s: rules.classify(t, s), part))
        peer.append(rate(by_keyword, part))
    return statistics.median(ours), statistics.median(peer)


def slices(items: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    for start in range(0, len(items), SLICE):
        yield items[start : start + SLICE]


def rate(classify: Callable[[str, str], object], items: Iterable[tuple[str, str]]) -> float:
    items = list(items)
    start = time.process_time()
    for title, summary in items:
        classify(title, summary)
    return len(items) / (time.process_time() - start)


def keyword_f1(items: list[Item], kind: Kind) -> float:
    tp = fp = fn = 0
    for item in items:
        label = kind in item.main and item.main[kind].status == "actual"
        ours = kind in by_keyword(item.title, item.summary)
        tp, fp, fn = tp + (ours and label), fp + (ours and not label), fn + (label and not ours)
    return 2 * tp / (2 * tp + fp + fn) if tp else 0.0


def main() -> None:
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--corpus", type=Path)
    args.add_argument("--labelled", type=Path)
    args.add_argument("--limit", type=int, default=10_000)
    args.add_argument("--json", action="store_true")
    options = args.parse_args()

    start = time.process_time()
    rules = load_rules()
    load_ms = 1000 * (time.process_time() - start)
    ours, peer = rates(corpus(options.corpus, options.limit), rules)
    rows = [
        row("items/s", ours, peer, GOAL_ITEMS_PER_SECOND, ours >= GOAL_ITEMS_PER_SECOND),
        row("load, ms", load_ms, None, GOAL_LOAD_MS, load_ms <= GOAL_LOAD_MS),
    ]
    if options.labelled:
        items = read_items(options.labelled.read_text("utf-8"))
        scores = evaluate(rules, items).as_json()["kinds"]
        rows += [
            row(
                f"F1 {kind.value}",
                scores[kind.value]["f1"],
                keyword_f1(items, kind),
                0.85,
                scores[kind.value]["f1"] >= 0.85,
            )
            for kind in MAIN
        ]
    if options.json:
        print("\n".join(json.dumps(each) for each in rows))
        return
    print(f"{'':<22}{'ours':>10}{'keywords':>10}{'ratio':>8}{'goal':>8}")
    for each in rows:
        peer_text = f"{each['peer']:>10,.2f}" if each["peer"] is not None else f"{'-':>10}"
        ratio = f"{each['ratio']:>8.2f}" if each["ratio"] is not None else f"{'-':>8}"
        missed = "" if each["holds"] else "missed"
        print(f"{each['name']:<22}{each['ours']:>10,.2f}{peer_text}{ratio}{each['goal']:>8,} {missed}")


def row(name: str, ours: float, peer: float | None, goal: float, holds: bool) -> dict[str, object]:
    ratio = round(ours / peer, 3) if peer else None
    return {"name": name, "ours": round(ours, 3), "peer": peer, "ratio": ratio, "goal": goal, "holds": holds}


if __name__ == "__main__":
    main()
