"""The screen on a real pty: first paint, key to painted frame, idle CPU, frames during a cold reload.

    .venv/bin/python bench/screen.py [--articles 100000] [--feeds 500] [--only paint,keys,idle,reload] [--why] [--json]

The program is started as a user starts it, on a pty of 120 x 40, with a store of made-up articles (bench/articles.py)
and the feeds and regions that are shipped; each feed has just been polled, so nothing is due and no network is touched.
What is measured beside something else takes turns with it: a start of ours and one of newsboat's; ten keys to the
screen with all articles, and ten to one with 1,000. A frame is whole when for 8 ms nothing is drawn. Times are by the
wall's clock, since they are what a user waits for: on a busy machine trust the ratios.

Two parts more run only where they are named, for they take minutes each: `day`, the memory of a day (screen_day.py),
and `hostile`, fuzzed strings in every widget (hostile_screen.py). All that is asked of the screen, then:

    .venv/bin/python bench/screen.py --only paint,keys,idle,reload,day,hostile --json

Every goal is an upper bound: of `ratio` (ours / peer) where there is a peer, else of `ours`. `--why` looks at the
screen's stack every 4 ms while a key is on its way, which makes it slower, and names where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple

import articles as press
import hostile_screen
import peers
import screen_day
import screen_poll
from msgspec.structs import replace
from rows import Row
from store import child
from terminal import Terminal

from tensionwatch import cli, config
from tensionwatch.config import Config
from tensionwatch.model import Batch, FeedState
from tensionwatch.rules import load_rules
from tensionwatch.store import Store

FEW = 1_000
"""Articles of the store beside which keys are measured."""
STARTS = 3
TURN = 10
"""Keys before it is the other screen's turn."""
TURNS = 4
WORDS, LETTERS = 8, 5
"""Typed into the filter line: how many, and how long."""
QUIET = 0.1
"""Seconds without output before the next key."""
BETWEEN = 0.3
"""The same before other keys; the clock is drawn every second, and the cursor of the filter line every half."""
IDLE = 20.0
CALM, CALM_SHARE, CALM_AT_MOST = 2.0, 0.03, 60.0
"""Work of the start is over when for so many seconds it took no more than this share; and how long that is awaited."""
LATE = screen_poll.LATE
COUNTERS = r"Korean Peninsula[^\n]*[\d·]\s*\n"
"""Of ours: the row of the first region, to its last number."""
UNREAD = r"\(40/40\)"
"""Of newsboat's list of feeds."""
NAP = 0.004
SHOWN_OF_STACK = 7
PARTS = ("paint", "keys", "idle", "reload", "day", "hostile")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--feeds", type=int, default=500, help="of the cold reload")
    parser.add_argument("--only", default=",".join(PARTS[:4]), help=f"parts, by commas: {', '.join(PARTS)}")
    parser.add_argument("--why", action="store_true", help="name the stacks in which keys waited")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sampled", nargs=2, metavar=("STACKS", "CONFIG"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.sampled:
        sys.exit(sampled(*options.sampled))
    only = options.only.split(",")
    if unknown := set(only) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    told = []
    with tempfile.TemporaryDirectory(prefix="bench-screen-", ignore_cleanup_errors=True) as folder:
        for row in _rows(Path(folder), options.articles, options.feeds, only, options.why):
            told.append(row.as_json())
            if not options.json:
                print(row.line(), flush=True)
    if options.json:
        print(json.dumps(told))


def _rows(folder: Path, count: int, feeds: int, only: Sequence[str], why: bool) -> Iterator[Row]:
    if {"paint", "keys", "idle"}.intersection(only):
        many, few = Setting.make(folder / "many", count), Setting.make(folder / "few", FEW)
        if "paint" in only:
            yield from paint(many, folder / "newsboat", count)
        if "keys" in only or "idle" in only:
            yield from _open_screens(many, few, count, only, why)
    if "reload" in only:
        yield from reload(feeds)
    if "day" in only:
        yield from screen_day.rows()
    if "hostile" in only:
        yield from hostile_screen.rows()


# ------------------------------------------------------------------ what is opened


class Setting(NamedTuple):
    config: Path
    environment: dict[str, str]

    @classmethod
    def make(cls, folder: Path, count: int) -> Setting:
        """A configuration with a store of so many articles, left as a run of the program leaves it."""
        folder.mkdir()
        shipped = config.load(None)
        path = folder / "config.toml"
        path.write_text(_toml(shipped), "utf-8")
        loaded = config.load(path)
        later = datetime.now(UTC)
        states = tuple(
            FeedState(
                feed=feed.id, url=feed.url, last_checked=later, last_success=later, result="ok",
                next_check=later + timedelta(hours=5), next_reason="every 6h", interval=6 * 3600.0,
            )
            for feed in loaded.feeds
        )  # fmt: skip
        # As this program's rules would have read them: else the screen reads all again, and finds nothing in them.
        version = load_rules().version
        articles = [replace(article, classified=version) for article in press.made_up(count)]
        with Store.open(loaded.storage.path) as store:
            for start in range(0, count, FEW):
                store.commit(Batch(articles=tuple(articles[start : start + FEW])))
            store.commit(Batch(feed_states=states))
        child("settle", loaded.storage.path)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("TENSIONWATCH", "XDG_", "PYTHONDONTWRITE"))}
        root = str(Path(__file__).parents[1])
        return cls(path, {**kept, "HOME": str(folder), "PYTHONPATH": root, "NO_PROXY": "*"})

    def open(self, stacks: Path | None = None) -> Terminal:
        """The screen; `stacks` is where it writes what `--why` asks for."""
        if stacks is None:
            return Terminal([sys.executable, "-m", "tensionwatch", "--config", self.config], self.environment)
        return Terminal([sys.executable, __file__, "--sampled", stacks, self.config], self.environment)


def _toml(shipped: Config) -> str:
    """The shipped feeds and regions, each feed at an address on this machine at which nobody listens."""
    feeds = [
        {"id": f.id, "url": f"http://127.0.0.1:9/{f.id}", "name": f.name, "publisher": f.publisher,
         "tags": f.tags, "allow_private": True, "interval": "6h"}
        for f in shipped.feeds
    ]  # fmt: skip
    regions = [
        {"id": r.id, "name": r.name, "countries": sorted(r.countries), "dyads": sorted(map(sorted, r.dyads)),
         "tags": r.tags}
        for r in shipped.regions
    ]  # fmt: skip
    tables = [("feed", feed) for feed in feeds] + [("region", region) for region in regions]
    # A JSON text, list or boolean is the same in TOML.
    text = [
        f"[[{name}]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())
        for name, table in tables
    ]
    return '[storage]\npath = "store"\n[log]\npath = "tensionwatch.log"\n' + "".join(text)


# ------------------------------------------------------------------ first paint


def paint(ours: Setting, folder: Path, count: int) -> Iterator[Row]:
    try:
        newsboat = peers.Newsboat(folder)
    except FileNotFoundError:
        newsboat = None
    mine, theirs = [], []
    _started(ours.open(), COUNTERS)  # fills the caches of the disk and of Python
    for _ in range(STARTS):
        mine.append(_started(ours.open(), COUNTERS))
        if newsboat is not None:
            theirs.append(_started(Terminal(newsboat.command, newsboat.environment), UNREAD))
    done = f"median of {STARTS} starts in turn, on the pty until the regions' numbers are drawn, {count:,} articles"
    done += "; newsboat: until its feeds' numbers are, 20,000" if theirs else " (newsboat absent here)"
    seconds, cpu = (median(column) for column in zip(*mine, strict=True))
    their_seconds, their_cpu = (median(column) for column in zip(*theirs, strict=True)) if theirs else (None, None)
    yield Row("first paint with counters", seconds, their_seconds, 0.2, "s", done)
    yield Row("the same, CPU of all processes", cpu, their_cpu, None, "s", "those that ours starts beside it included")


def _started(terminal: Terminal, pattern: str) -> tuple[float, float]:
    """Seconds by the wall's clock and of CPU until it has drawn this; it is ended then."""
    with terminal:
        frame = terminal.until(pattern)
        return frame.last - terminal.begun, terminal.cpu()


# ------------------------------------------------------------------ open screens


def _open_screens(many: Setting, few: Setting, count: int, only: Sequence[str], why: bool) -> Iterator[Row]:
    stacks = many.config.with_name("stacks.json") if why else None
    keys: dict[str, list[Pressed]] = {}
    with ExitStack() as both:
        terminal = both.enter_context(many.open(stacks))
        terminal.until(COUNTERS)
        calm = _calm(terminal)
        if "idle" in only:
            yield _idle(terminal, calm, count)
        if "keys" in only:
            beside = both.enter_context(few.open())
            beside.until(COUNTERS)
            _calm(beside)
            if why:
                terminal.signal(signal.SIGUSR1)
            keys, peer = _keys(terminal, beside, _words())
            yield from _key_rows(keys, peer, count)
    if stacks is not None:
        _tell_why(stacks, keys)


def _calm(terminal: Terminal) -> float:
    """Seconds waited until the work of the start was over."""
    begun = time.monotonic()
    while time.monotonic() - begun < CALM_AT_MOST:
        if _share(terminal, CALM) <= CALM_SHARE:
            break
    return time.monotonic() - begun


def _share(terminal: Terminal, seconds: float) -> float:
    """Of a core, that all its processes take for so long."""
    begun, before = time.monotonic(), terminal.cpu()
    time.sleep(seconds)
    return (terminal.cpu() - before) / (time.monotonic() - begun)


def _idle(terminal: Terminal, calm: float, count: int) -> Row:
    done = f"CPU of all its processes in {IDLE:g} s, {count:,} articles, nothing due; calm {calm:.0f} s after its paint"
    return Row("idle", 100 * _share(terminal, IDLE), None, 1.0, "%", done)


# ------------------------------------------------------------------ keys


class Pressed(NamedTuple):
    at: float
    first: float
    last: float
    """When it was pressed and its frame began and was whole, on the monotonic clock."""

    @property
    def ms(self) -> float:
        return 1000 * (self.last - self.at)


KEYS = {"next (j)": "j", "page down": "\x1b[6~"}
ECHO, LISTED = "filter letter", "filter letter, its list"
"""The letter in its line; and the first screenful of the list that it leaves."""


def _words() -> list[str]:
    """That articles of both stores have: a store's articles begin as those of a smaller one do."""
    titles = [article.title.lower() for article in press.made_up(FEW)]
    found = dict.fromkeys(word[:LETTERS] for title in titles for word in title.split() if len(word) >= LETTERS)
    return list(found)[:WORDS]


def _keys(
    ours: Terminal, peer: Terminal, words: Sequence[str]
) -> tuple[dict[str, list[Pressed]], dict[str, list[Pressed]]]:
    """What was pressed, by name, in the one and in the other."""
    found: tuple[dict[str, list[Pressed]], dict[str, list[Pressed]]] = ({}, {})
    screens = list(zip((ours, peer), found, strict=True))
    for terminal, _ in screens:
        terminal.press("2")
        terminal.silence(BETWEEN)
    for name, key in KEYS.items():
        for _ in range(TURNS):
            for terminal, pressed in screens:
                terminal.press("g")
                pressed.setdefault(name, []).extend(_pressed(terminal, key) for _ in range(TURN))
    for terminal, _ in screens:
        terminal.press("/")
        terminal.silence(BETWEEN)
    for word in words:
        for terminal, pressed in screens:
            for echo, listed in _typed(terminal, word):
                pressed.setdefault(ECHO, []).append(echo)
                pressed.setdefault(LISTED, []).append(listed)
    return found


def _pressed(terminal: Terminal, key: str) -> Pressed:
    terminal.silence(QUIET)
    at = terminal.press(key)
    frame = terminal.frame()
    return Pressed(at, frame.first, frame.last)


def _typed(terminal: Terminal, word: str) -> Iterator[tuple[Pressed, Pressed]]:
    """Each letter, and the list that it narrows: the line of filters names the words once they are applied."""
    for end in range(1, len(word) + 1):
        terminal.silence(QUIET)
        at = terminal.press(word[end - 1])
        echo = terminal.until(rf"(?:^|\s){re.escape(word[:end])} {{5}}")
        # The list comes with the letter in one frame, or in one of the next.
        narrowed = rf"[\d…] of \d+\b[^\n]* {re.escape(word[:end])} "
        listed = echo if re.search(narrowed, echo.text) else terminal.until(narrowed)
        yield Pressed(at, echo.first, echo.last), Pressed(at, listed.first, listed.last)
    terminal.press("\x15")  # ctrl+u: the line is empty again
    terminal.until(r"\d of \d+\b[^\n]* words ")


def _key_rows(ours: dict[str, list[Pressed]], peer: dict[str, list[Pressed]], count: int) -> Iterator[Row]:
    for name, pressed in ours.items():
        mine, theirs = ([each.ms for each in some] for some in (pressed, peer[name]))
        first = screen_poll.percentile([1000 * (each.first - each.at) for each in pressed], 0.95)
        p95, their_p95 = screen_poll.percentile(mine, 0.95), screen_poll.percentile(theirs, 0.95)
        done = f"p95 of {len(mine)} with {count:,} articles until its last byte, {first:.1f} until its first; median "
        done += f"{median(mine):.1f}"
        yield Row(name, p95, None, 30.0, "ms", done)
        done = f"p95 of both, in turn; the ratio of medians is {median(mine) / median(theirs):.2f}"
        yield Row(f"{name}, beside {FEW:,}", p95, their_p95, 2.0, "ms", done)


# ------------------------------------------------------------------ why


def sampled(stacks: str, configuration: str) -> int:
    """Run the screen, and from SIGUSR1 on note every few milliseconds where its loop's thread is; written out when it
    ends."""
    seen: list[tuple[float, str]] = []
    loop = threading.main_thread().ident or 0

    def look() -> None:
        while True:
            time.sleep(NAP)
            frames = traceback.extract_stack(sys._current_frames()[loop])
            if frames[-1].name != "select":
                places = [f"  {Path(f.filename).name}:{f.lineno} {f.name}" for f in frames[-SHOWN_OF_STACK:]]
                seen.append((time.monotonic(), "\n".join(places)))

    looking = threading.Thread(target=look, daemon=True)
    signal.signal(signal.SIGUSR1, lambda *_: looking.start())
    try:
        return cli.main(["--config", configuration])
    finally:
        Path(stacks).write_text(json.dumps(seen), "utf-8")


def _tell_why(stacks: Path, keys: dict[str, list[Pressed]]) -> None:
    seen = json.loads(stacks.read_text("utf-8"))
    for name, pressed in keys.items():
        within = [stack for at, stack in seen if any(each.at <= at <= each.last for each in pressed)]
        print(f"\n{name}: busy in {len(within)} looks, {len(within) / len(pressed):.1f} a key", file=sys.stderr)
        for stack, times in Counter(within).most_common(5):
            print(f"{times} times\n{stack}", file=sys.stderr)


# ------------------------------------------------------------------ a cold reload


def reload(feeds: int) -> Iterator[Row]:
    found = screen_poll.measured(feeds, entries=40, samples=0, why=False)
    for name, goal in (("late", 1.0), ("busy", None)):
        wakes = found[name]
        share = 100 * sum(wake > LATE for wake in wakes) / len(wakes)
        done = f"of {len(wakes):,} wakes of the loop in a cold reload of {feeds} feeds, {found['seconds']:.0f} s; "
        done += "by the wall's clock" if name == "late" else "of CPU time of the loop's own between two wakes"
        yield Row(f"frames {name} over {LATE:g} ms", share, None, goal, "%", done)


if __name__ == "__main__":
    main()
