"""Both readers of feeds over a folder of real ones: is what expat reads what feedparser reads, and what does each cost?

    python bench/parse.py --feeds FOLDER [--show]

Prints, per subfolder, the share of bodies that the fast path accepts, the bodies that both read differently (there
must be none; the exit code says so) and the CPU time of a body. `--show` names the bodies that were declined, and why.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from tensionwatch.feeds import by_expat, by_feedparser
from tensionwatch.feeds.charset import decode
from tensionwatch.feeds.parse import NotAFeed, ParsedFeed, cleaned, parse
from tensionwatch.feeds.raw import RawFeed

URL = "https://feeds.example/news/rss.xml"


def main() -> int:
    options = argparse.ArgumentParser(description="compare the two readers of feeds")
    options.add_argument("--feeds", type=Path, required=True, metavar="FOLDER")
    options.add_argument("--show", action="store_true", help="name the bodies that the fast path declines")
    asked = options.parse_args()
    by_folder: dict[str, list[Path]] = {}
    for path in sorted(asked.feeds.rglob("*")):
        if path.is_file():
            by_folder.setdefault(path.relative_to(asked.feeds.parent).parts[:-1][:2][-1], []).append(path)
    return sum(compare(folder, paths, asked.show) for folder, paths in by_folder.items()) and 1


def compare(folder: str, paths: list[Path], show: bool) -> int:
    """The number of bodies that are read differently."""
    bodies = [(path, decode(path.read_bytes(), None)) for path in paths]
    bodies = [(path, text) for path, text in bodies if text.strip()]
    accepted = [(path, text, raw) for path, text in bodies if (raw := by_expat.read(text, URL))]
    taken = {path for path, *_ in accepted}
    if show:
        for path in sorted({path for path, _ in bodies} - taken):
            print(f"  declined: {path}")
    different = [
        path for path, text, raw in accepted if outcome(text, raw) != outcome(text, by_feedparser.read(text, URL))
    ]
    for path in different:
        print(f"  DIFFERENT: {path}")
    print(
        f"{folder}: {len(bodies)} bodies, {len(accepted)} ({len(accepted) / len(bodies):.0%}) by expat, "
        f"{len(different)} read differently"
    )
    if accepted:
        report(accepted)
    return len(different)


def outcome(text: str, raw: RawFeed) -> ParsedFeed | str:
    try:
        return cleaned(text, raw, url=URL)
    except NotAFeed as error:
        return error.reason


def report(accepted: list[tuple[Path, str, RawFeed]]) -> None:
    texts = [text for _, text, _ in accepted]
    entries = sum(len(raw.entries) for *_, raw in accepted)
    fast = spent(lambda: [by_expat.read(text, URL) for text in texts])
    slow = spent(lambda: [by_feedparser.read(text, URL) for text in texts[:50]]) * len(texts) / len(texts[:50])
    print(
        f"  {entries / len(texts):.0f} entries and {sum(map(len, texts)) / len(texts) / 1000:.0f} kB in each; "
        f"reading it: expat {fast / len(texts) * 1e3:.2f} ms, feedparser {slow / len(texts) * 1e3:.1f} ms"
    )
    bodies = [path.read_bytes() for path, *_ in accepted]
    hashes = [
        parsed.hashes if isinstance(parsed := outcome(text, raw), ParsedFeed) else () for _, text, raw in accepted
    ]
    for what, unknown in (("all new", None), ("one new", 1), ("none new", 0)):
        known = [frozenset() if unknown is None else frozenset(those[unknown:]) for those in hashes]
        pairs = list(zip(bodies, known, strict=True))
        whole = spent(partial(read_all, pairs))
        print(f"  whole parse, {what}: {whole / len(bodies) * 1e3:.2f} ms")


def read_all(pairs: list[tuple[bytes, frozenset[str]]]) -> None:
    for body, known in pairs:
        with suppress(NotAFeed):
            parse(body, url=URL, content_type=None, known=known)


def spent(work: Callable[[], object], runs: int = 3) -> float:
    """Seconds of CPU, the best of some runs."""
    best = float("inf")
    for _ in range(runs):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best


if __name__ == "__main__":
    sys.exit(main())
