"""A day of the screen in a few minutes: does its memory grow by more than the day's news?

    .venv/bin/python bench/screen_day.py [--hours 24] [--an-hour 1000] [--feeds 100] [--why] [--json]

The program's own screen, poller, store, alerts and ingest process run on a pty of 120 x 40, on a clock that is set
forward minute by minute (screen_day_child.py); a server on loopback has so many new entries an hour for it, dealt over
the feeds, each of which is polled every 15 minutes of that clock. News is drawn as often as it comes, about as often as
on a real day; the screen's look at the clock, once a second, is made as often as well. Every hour a user walks through
all tabs, opens an event and an article, filters and goes back.

`ours` is what the processes take then (PSS: of what is shared, their share), `peer` what a fresh process takes that
opens the store that has come of it and is shown the same once: the data itself. For the ingest process, which keeps no
data, the peer is itself after two hours. Goals bound the ratios. `--why` names the lines that took the memory that was
taken after half of the hours, which makes it many times slower: fewer hours suffice for that.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import select
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, NamedTuple, Self
from xml.sax.saxutils import escape

from newsroom import Story, made_up
from newsstand import Paper, plain_environment
from rows import Row
from terminal import Terminal

from tensionwatch import config

HERE = Path(__file__).parent
MINUTES = 60
SHOWN = 40
"""Entries that a feed has at a time; at the day's beginning they are there already."""
GOAL = 1.1
WARM = 2
"""Hours after which the ingest process has seen all feeds several times."""
LIMIT = 120.0
"""Seconds in which a minute of the day must be over."""
CALM = 0.6
"""Seconds after the last key in which the screen has begun with it."""
WALK = (
    "1", "1", "2", "2", "\x1b[6~", "\x1b[6~", "\r", "n", "n", "\x1b", "/", "k", "a", "\r", "\x1b", "g", "2", "3", "j",
    "j", "4", "4", "j", "5", "6", "7", "1", "\t", "\x1b[6~", "\r", "n", "\x1b", "\t", "i", "n", "\x1b", "?", "\x1b",
    "1", "1",
)  # fmt: skip
"""Keys: all tabs, articles and a filter on them, an event, the index, the help. A tab's key pressed twice leads to its
first screen: else what is opened would stand behind it, hour by hour."""
PAUSE = 0.08
"""Seconds between them: Textual takes an escape that something follows at once for the beginning of a key."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--an-hour", type=int, default=1_000)
    parser.add_argument("--feeds", type=int, default=100)
    parser.add_argument("--why", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    told = []
    for row in rows(options.hours, options.an_hour, options.feeds, options.why):
        told.append(row.as_json())
        if not options.json:
            print(row.line(), flush=True)
    if options.json:
        print(json.dumps(told))


# ------------------------------------------------------------------ the server


class Press:
    """What the feeds have to say by a minute of the day."""

    def __init__(self, begun: datetime, feeds: int, an_hour: int, hours: int) -> None:
        self.minute = 0
        old, new = SHOWN, an_hour * hours // feeds
        stories = made_up(feeds * (old + new))
        step = 60 * feeds / an_hour
        """Minutes between two entries of a feed."""
        self._items: dict[str, list[tuple[float, str]]] = {}
        for n in range(feeds):
            mine = stories[n::feeds]
            at = [(k - old + 1) * step - n * step / feeds for k in range(old + new)]
            self._items[f"/{Paper(n, ()).file}"] = [
                (minute, _item(n, k, story, begun + timedelta(minutes=minute)))
                for k, (minute, story) in enumerate(zip(at, mine, strict=True))
            ]

    def body(self, path: str) -> bytes:
        there = [item for minute, item in self._items[path] if minute <= self.minute]
        items = "".join(reversed(there[-SHOWN:]))
        return f'<rss version="2.0"><channel><title>Paper</title>{items}</channel></rss>'.encode()


def _item(paper: int, number: int, story: Story, at: datetime) -> str:
    link = f"https://paper{paper}.example/world/{number}"
    return (
        f"<item><title>{escape(story.title)}</title><link>{link}</link><guid>{link}</guid>"
        f"<description>{escape(story.summary)}</description><pubDate>{format_datetime(at)}</pubDate></item>"
    )


@contextmanager
def served(press: Press) -> Iterator[int]:
    """The port at which it is, on every loopback address."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = press.body(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 512  # with the five of the class the others wait a second for their connection

    server = Server(("0.0.0.0", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def configuration(folder: Path, port: int, feeds: int) -> Path:
    """The shipped regions and alerts, and these feeds."""
    shipped = (HERE.parent / "config.example.toml").read_text("utf-8")
    alerts = re.findall(r"^\[\[alert\]\]\n(?:(?:[^#\[\n].*|    .*|\])\n)+", shipped, re.MULTILINE)
    regions = re.findall(r"^\[\[region\]\]\n(?:(?:[^#\[\n].*|    .*|\])\n)+", shipped, re.MULTILINE)
    papers = [
        f'[[feed]]\nid = "paper-{n:03}"\nname = "Paper {n}"\nurl = "{Paper(n, ()).url(port)}"\n'
        f'publisher = "paper{n}.example"\nallow_private = true\ninterval = "15m"\n'
        for n in range(feeds)
    ]
    head = '[poll]\nlongest_interval = "15m"\n[storage]\npath = "store"\n[log]\npath = "day.log"\n'
    path = folder / "config.toml"
    path.write_text(head + "\n".join([*papers, *regions, *alerts]), "utf-8")
    loaded = config.load(path)
    if not loaded.regions or not loaded.alerts:
        sys.exit("config.example.toml has no regions or alerts that are read here")
    return path


# ------------------------------------------------------------------ the screen


class Taken(NamedTuple):
    """MB."""

    screen: float
    ingest: float


class Screen:
    """On a pty, with its clock in our hand."""

    def __init__(self, config_path: Path, now: datetime, why: bool) -> None:
        theirs, self._orders = os.pipe()
        answers, their_answers = os.pipe()
        command = [sys.executable, HERE / "screen_day_child.py", config_path, now.isoformat(), str(theirs)]
        environment = {**plain_environment(config_path.parent), "PYTHONPATH": str(HERE.parent), "NO_PROXY": "*"}
        self.terminal = Terminal(
            [*command, str(their_answers), str(int(why))], environment, pass_fds=(theirs, their_answers)
        )
        os.close(theirs)
        os.close(their_answers)
        self._answers: IO[str] = os.fdopen(answers)
        self._log = config_path.with_name("day.log")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            with suppress(BrokenPipeError):
                os.write(self._orders, b"end\n")
                select.select([self._answers], [], [], LIMIT)  # until it has ended: nothing more is said
        finally:
            self.terminal.__exit__(None, None, None)
            os.close(self._orders)
            self._answers.close()

    def at(self, now: datetime) -> int:
        """Set its clock; how many articles it has kept once all is polled that is due."""
        return int(self._asked(now.isoformat())["articles"])  # type: ignore[call-overload]  # as the child says it

    def grown(self) -> list[str]:
        return list(self._asked("why")["why"])  # type: ignore[call-overload]  # as the child says it

    def _asked(self, order: str) -> dict[str, object]:
        os.write(self._orders, f"{order}\n".encode())
        line = self._answers.readline()
        if not line:
            raise SystemExit(f"the screen has ended; its log:\n{self._log.read_text('utf-8')[-4_000:]}")
        answer: dict[str, object] = json.loads(line)
        return answer

    def walk(self) -> None:
        for key in WALK:
            self.terminal.press(key)
            time.sleep(PAUSE)

    def taken(self) -> Taken:
        """Once it has done what was typed, and is at rest."""
        time.sleep(CALM)
        self._asked("rest")
        pid = self.terminal.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
        return Taken(memory(pid), sum(memory(int(child)) for child in children))


def memory(pid: int) -> float:
    """MB that the process takes: its own pages, and of what it shares with others its share."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


# ------------------------------------------------------------------ the day


def rows(hours: int = 24, an_hour: int = 1_000, feeds: int = 100, why: bool = False) -> Iterator[Row]:
    # It ends now: no entry is from the future of the ingest process, whose clock is the machine's.
    begun = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=hours)
    press = Press(begun, feeds, an_hour, hours)
    with tempfile.TemporaryDirectory(prefix="screen-day-") as name, served(press) as port:
        path = configuration(Path(name), port, feeds)
        started = time.monotonic()
        by_hour, articles = _day(path, press, begun, hours, why)
        seconds = time.monotonic() - started
        end = begun + timedelta(hours=hours)
        with Screen(path, end, why=False) as screen:
            screen.terminal.until("Korean")
            screen.at(end)
            screen.walk()
            fresh = screen.taken()
    done = (
        f"PSS after {hours} h of the set clock at {an_hour:,} entries an hour, {articles:,} articles, {seconds:.0f} s; "
    )
    done += "beside a fresh process that opens the same store"
    last = by_hour[-1]
    yield Row(f"memory after {hours} h", last.screen, fresh.screen, GOAL, "MB", done)
    told = " ".join(f"{each.screen:.0f}" for each in by_hour)
    grown = last.screen - by_hour[len(by_hour) // 2].screen
    yield Row("grown in the later half", grown, None, None, "MB", f"hour by hour: {told}")
    warm = by_hour[min(WARM, len(by_hour) - 1)]
    told = " ".join(f"{each.ingest:.0f}" for each in by_hour)
    yield Row("the ingest process", last.ingest, warm.ingest, GOAL, "MB", f"beside after {WARM} h; by hour: {told}")


def _day(path: Path, press: Press, begun: datetime, hours: int, why: bool) -> tuple[Sequence[Taken], int]:
    """What was taken at its beginning and after every hour, and how many articles there are then."""
    found: list[Taken] = []
    with Screen(path, begun, why) as screen:
        screen.terminal.until("Korean")
        articles = screen.at(begun)
        for hour in range(hours + 1):
            screen.walk()
            found.append(screen.taken())
            print(f"hour {hour}: {found[-1].screen:.1f} MB, {articles:,} articles", file=sys.stderr, flush=True)
            if why and hour in {hours // 2, hours}:
                grown = screen.grown()
            if hour == hours:
                break
            for minute in range(MINUTES * hour + 1, MINUTES * (hour + 1) + 1):
                press.minute = minute
                articles = screen.at(begun + timedelta(minutes=minute))
    if why:
        print("\n".join(grown), file=sys.stderr)
    return found, articles


if __name__ == "__main__":
    main()
