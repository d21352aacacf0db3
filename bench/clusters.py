"""The clustering against stories that were clustered by hand: B³ and the error of the count.

    .venv/bin/python bench/clusters.py --corpus ITEMS.jsonl[.gz] [--json]

bench/data/stories.jsonl holds 1,086 rows: an article (the first 16 hex digits of the SHA-1 of its link), the story that
it tells, the story's pair, and whether it came more than 36 hours after the incident's first report ("late": by the
rules a new incident, so left out of the main figures). bench/data/windows.json are the days that were read whole.

A row counts as flagged when the article has a flag of the family whose known sides are among the story's parties; its
event is the one that this flag belongs to. Precision of a row: the share of its event's rows that are of its story;
recall: the share of its story's rows that are in its event. Rows that the rules miss, or flag with another pair, are
counted; "all rows" takes them in as events of their own.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha1
from pathlib import Path
from typing import Any, NamedTuple

from tensionwatch.config import registrable_domain
from tensionwatch.events import Ledger
from tensionwatch.events.sighting import sides_of
from tensionwatch.model import Article, Flag, Status
from tensionwatch.rules import load_rules

DATA = Path(__file__).parent / "data"
GOAL_F1, GOAL_ERROR = 0.90, 0.10


class Row(NamedTuple):
    article: str
    family: str
    story: str
    parties: frozenset[str]
    late: bool


class Scores(NamedTuple):
    precision: float
    recall: float
    events: int
    stories: int
    rows: int

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    @property
    def error(self) -> float:
        return self.events / self.stories - 1 if self.stories else 0.0


def key_of(link: str) -> str:
    return sha1(link.encode()).hexdigest()[:16]


def gold() -> list[Row]:
    found = []
    for line in (DATA / "stories.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        parties = frozenset(re.findall(r"[A-Z]{3,4}", row["pair"]))
        found.append(Row(row["key"], row["family"], row["story"], parties, row["late"]))
    return found


def read(corpus: Path) -> Iterator[dict[str, Any]]:
    """The items of the windows, in the order of the file, each link once."""
    windows = [(w["from"], w["to"]) for w in json.loads((DATA / "windows.json").read_text("utf-8"))]
    seen: set[str] = set()
    with (
        gzip.open(corpus, "rt", encoding="utf-8") if corpus.suffix == ".gz" else corpus.open(encoding="utf-8") as lines
    ):
        for item in map(json.loads, lines):
            inside = any(begin <= item["published"] < end for begin, end in windows)
            if inside and item["link"] and item["link"] not in seen:
                seen.add(item["link"])
                yield item


def classified(items: Iterable[dict[str, Any]]) -> Iterator[Article]:
    rules = load_rules()
    publishers: dict[str, str] = {}
    for item in items:
        at = datetime.fromisoformat(item["published"].replace("Z", "+00:00"))
        title, summary, feed = item["title"] or "", item["summary"] or "", item["feed"]
        if feed not in publishers:
            publishers[feed] = registrable_domain(feed)
        yield Article(
            id=key_of(item["link"]), feed=feed, publisher=publishers[feed], entry_id=None, link=item["link"],
            title=title, summary=summary, published=at, first_seen=at, effective=at, lang="en",
            flags=rules.classify(title, summary, published=at),
        )  # fmt: skip


def matched(ledger: Ledger, articles: dict[str, Article], rows: Iterable[Row]) -> dict[Row, str | None]:
    """Row → the event that its flag belongs to; None where its article is flagged with other parties alone. Rows of
    articles without a flag of the family are missing."""
    found: dict[Row, str | None] = {}
    for row in rows:
        flags = (
            [f for f in articles[row.article].standing if f.kind.family == row.family]
            if row.article in articles
            else []
        )
        if not flags:
            continue
        events = [
            (len(sides_of(flag)), flag.status is Status.ACTUAL, event.id)
            for event, flag in ledger.told.told_by(row.article)
            if event.family == row.family and sides_of(flag) <= row.parties
        ]
        events.sort(key=lambda e: (-e[0], not e[1], e[2]))
        found[row] = events[0][2] if events else None
    return found


def flags_of(articles: dict[str, Article], row: Row) -> list[Flag]:
    article = articles.get(row.article)
    return [f for f in article.standing if f.kind.family == row.family] if article is not None else []


def elsewhere(ledger: Ledger, row: Row) -> str:
    """An event of the family that the article tells of other parties."""
    return min(event.id for event in ledger.told.of_article(row.article) if event.family == row.family)


def score(pairs: Iterable[tuple[str, str]]) -> Scores:
    """B³ of (story, event) pairs."""
    listed = list(pairs)
    story, event, both = Counter(s for s, _ in listed), Counter(e for _, e in listed), Counter(listed)
    n = max(1, len(listed))
    precision = sum(both[s, e] / event[e] for s, e in listed) / n
    recall = sum(both[s, e] / story[s] for s, e in listed) / n
    return Scores(precision, recall, len(event), len(story), len(listed))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    rows = gold()
    articles = {article.id: article for article in classified(read(options.corpus))}
    ledger = Ledger(articles.values())
    found = matched(ledger, articles, rows)
    out: list[dict[str, object]] = []
    for family in ("visit", "incident"):
        mine = [row for row in rows if row.family == family]
        for late in (False, True):
            chosen = [row for row in mine if late or not row.late]
            hits = [(row.story, found[row]) for row in chosen if found.get(row)]
            figures = score(hits)  # type: ignore[arg-type] # None is left out
            either = {row: found[row] or elsewhere(ledger, row) for row in chosen if row in found}
            both = score((row.story, event) for row, event in either.items())
            every = score((row.story, found.get(row) or f"{row.article} {row.story}") for row in chosen)
            name = f"{family}, with late rows" if late else family
            other = sum(row in found and found[row] is None for row in chosen)
            missed = sum(row not in found for row in chosen)
            if not options.json:
                print(
                    f"{name:<26} B³ precision {figures.precision:.3f} recall {figures.recall:.3f} F1 {figures.f1:.3f}"
                    f"   {figures.events} events of {figures.stories} stories ({figures.error:+.1%})\n{'':<26} "
                    f"{figures.rows} rows of {len(chosen)}; {missed} not flagged, {other} flagged with another pair; "
                    f"B³ F1 with those {both.f1:.3f} ({both.error:+.1%} events), of all rows {every.f1:.3f}"
                )
            if not late:
                out += [
                    line(f"B³ F1, {family}", figures.f1, GOAL_F1, figures.f1 >= GOAL_F1),
                    line(f"count error, {family}", abs(figures.error), GOAL_ERROR, abs(figures.error) <= GOAL_ERROR),
                ]
            if late or family == "visit":
                out += [
                    line(f"B³ F1, {name}, rows flagged with another pair too", both.f1, None, None),
                    line(f"B³ F1, {name}, all rows", every.f1, None, None),
                ]
    if options.json:
        print("\n".join(json.dumps(each, ensure_ascii=False) for each in out))


def line(name: str, ours: float, goal: float | None, holds: bool | None) -> dict[str, object]:
    return {"name": name, "ours": round(ours, 4), "peer": None, "ratio": None, "goal": goal, "holds": holds}


if __name__ == "__main__":
    main()
