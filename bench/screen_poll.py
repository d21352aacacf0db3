"""The screen while feeds come in: how late its loop is during a cold reload, and how soon a counter shows what is new.

    .venv/bin/python bench/screen_poll.py [--feeds 500] [--entries 40] [--samples 5] [--why] [--json]

A server process of its own answers for 500 feeds of 40 entries, each on its own loopback address. The real screen runs
in a real pty of 120 x 40 whose output is read and dropped; its program is the product's, and on the same event loop a
task sleeps 5 ms at a time and notes how much longer that took (screen_probe.py). Then one feed with an interval of 5 s
is given one more entry just after it has been polled, the worst moment, and the time until the counter is drawn is
taken. On a busy machine the lags hold what others take: the rows named `busy` count only the CPU time that the loop
itself spent between two wakes. `--why` names the stacks that held the loop up for more than 25 ms.

`--json` prints rows {name, ours, peer, ratio, goal, holds}.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import json
import os
import pty
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from newsroom import made_up
from newsstand import Paper

HERE = Path(__file__).parent
LATE = 50.0
"""Milliseconds that no frame may be late, at p99."""
SOON = 2.0
"""Seconds, beside the interval, until the counter shows what a feed has new."""
INTERVAL = 5.0
"""Seconds between polls of the feed that changes."""
SIZE = (40, 120)
"""Lines and columns."""
VISITORS = ("French", "German", "Vietnamese", "Indian", "Polish", "Mexican", "Kenyan", "Danish", "Peruvian", "Thai")


# ------------------------------------------------------------------ the server


def serve(port: int, feeds: int, entries: int) -> None:
    """Answer for all feeds. A line on stdin is a headline: paper-000 has it just after it has next been asked, and then
    the time is told on stdout."""
    stories = made_up(feeds * entries)
    now = datetime.now(UTC)
    papers = [Paper(n, stories[n * entries : (n + 1) * entries]) for n in range(feeds)]
    bodies = {f"/{paper.file}": paper.body(now).encode() for paper in papers}
    asyncio.run(_serve(port, papers, bodies))


async def _serve(port: int, papers: Sequence[Paper], bodies: dict[str, bytes]) -> None:
    waiting: list[str] = []
    changing = f"/{papers[0].file}"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                path = request.split(b" ", 2)[1].decode()
                body = bodies[path]
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)
                await writer.drain()
                if path == changing and waiting:
                    bodies[path] = _with_entry(body, waiting.pop(0))
                    print(time.time(), flush=True)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    hosts = [paper.url(port).split("/")[2].rpartition(":")[0] for paper in papers]
    await asyncio.start_server(answer, hosts, port, backlog=512)
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        waiting.append(line.strip())


def _with_entry(body: bytes, headline: str) -> bytes:
    """The RSS body with an entry more at its top."""
    now = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    item = f"<item><title>{headline}</title><guid>{headline}</guid><pubDate>{now}</pubDate></item>"
    return body.replace(b"<item>", item.encode() + b"<item>", 1)


@contextmanager
def _server(feeds: int, entries: int) -> Iterator[tuple[subprocess.Popen[str], int]]:
    with socket.socket() as free:
        free.bind(("127.9.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, __file__, "--serve", str(port), "--feeds", str(feeds), "--entries", str(entries)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        if server.stdout.readline() != "ready\n":
            sys.exit("the server did not start")
        yield server, port
    finally:
        server.kill()
        server.communicate()


# ------------------------------------------------------------------ the screen


def configuration(folder: Path, port: int, feeds: int) -> Path:
    tables = [
        f'[[feed]]\nid = "paper-{n:03}"\nurl = "{Paper(n, ()).url(port)}"\npublisher = "paper{n}.example"\n'
        f'allow_private = true\ninterval = "{"5s" if n == 0 else "4h"}"\n'
        for n in range(feeds)
    ]
    path = folder / "config.toml"
    path.write_text(
        '[poll]\njitter = "0%"\n[storage]\npath = "store"\n[log]\npath = "tensionwatch.log"\n'
        + "\n".join(tables)
        + '[[region]]\nid = "korea"\nname = "Korea"\ncountries = ["PRK", "KOR"]\n'
    )
    return path


def screen(config: Path, server: subprocess.Popen[str], samples: int, why: bool) -> dict[str, Any]:
    """Run the screen in a pty until it has measured; what it found."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
    found = config.with_name("found.json")
    command = [sys.executable, str(HERE / "screen_probe.py"), str(config), str(found), str(samples), str(int(why))]
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_PROXY": "*"}
    # It asks for a new entry through a pipe of its own, which we hand on to the server.
    asks, asking = os.pipe()
    process = subprocess.Popen(
        [*command, str(asking)], stdin=theirs, stdout=theirs, stderr=theirs, env=environment, pass_fds=(asking,),
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    os.close(asking)
    threading.Thread(target=_drain, args=(ours,), daemon=True).start()
    assert server.stdin is not None
    assert server.stdout is not None
    changed = []
    with os.fdopen(asks) as requests:
        for request in requests:
            server.stdin.write(f"{VISITORS[int(request)]} foreign minister arrives in Seoul for talks\n")
            server.stdin.flush()
            changed.append(float(server.stdout.readline()))
    process.wait()
    if not found.exists():
        sys.exit(f"the screen ended with {process.returncode}; its log is {config.with_name('tensionwatch.log')}")
    result: dict[str, Any] = json.loads(found.read_text())
    log = config.with_name("tensionwatch.log").read_text("utf-8").splitlines()
    result["polls"] = [line for line in log if " poll paper-000" in line]
    result["latencies"] = [shown - at for shown, at in zip(result["shown"], changed, strict=True)]
    return result


def measured(feeds: int, entries: int, samples: int, why: bool) -> dict[str, Any]:
    """What the screen finds in a cold reload and as many changes: `late` and `busy` are milliseconds, wake by wake."""
    with tempfile.TemporaryDirectory(prefix="screen-poll-") as folder, _server(feeds, entries) as (server, port):
        return screen(configuration(Path(folder), port, feeds), server, samples, why)


def _drain(end: int) -> None:
    try:
        while os.read(end, 65_536):
            pass
    except OSError:
        return  # the screen has ended


# ------------------------------------------------------------------ what is told


def percentile(numbers: Sequence[float], share: float) -> float:
    return sorted(numbers)[min(len(numbers) - 1, int(share * len(numbers)))] if numbers else 0.0


def rows(found: dict[str, Any]) -> Iterator[dict[str, object]]:
    late, busy = found["late"], found["busy"]
    for name, lags in (("loop late", late), ("loop busy", busy)):
        yield row(f"{name} p50, ms", percentile(lags, 0.5), None)
        yield row(f"{name} p99, ms", percentile(lags, 0.99), LATE)
        yield row(f"{name} longest, ms", max(lags), None)
    yield row("cold reload, s", found["seconds"], None)
    for latency in found["latencies"]:
        yield row("change to counter beyond the interval, s", latency - INTERVAL, SOON)


def row(name: str, ours: float, goal: float | None) -> dict[str, object]:
    holds = None if goal is None else ours <= goal
    return {"name": name, "ours": round(ours, 2), "peer": None, "ratio": None, "goal": goal, "holds": holds}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--feeds", type=int, default=500)
    options.add_argument("--entries", type=int, default=40)
    options.add_argument("--samples", type=int, default=5, help=f"of the latency, at most {len(VISITORS)}")
    options.add_argument("--why", action="store_true", help="name the stacks that held the loop up")
    options.add_argument("--json", action="store_true")
    options.add_argument("--serve", type=int, metavar="PORT", help=argparse.SUPPRESS)
    args = options.parse_args()
    if args.serve:
        serve(args.serve, args.feeds, args.entries)
        return
    found = measured(args.feeds, args.entries, args.samples, args.why)
    told = list(rows(found))
    if args.json:
        print(json.dumps(told))
        return
    print(f"{args.feeds} feeds of {args.entries} entries, {found['articles']:,} articles, {len(found['late']):,} wakes")
    for each in told:
        goal = "" if each["goal"] is None else f"  goal {each['goal']}{'' if each['holds'] else '  missed'}"
        print(f"{each['name']:<45}{each['ours']:>10}{goal}")
    if any(each["holds"] is False for each in told if "counter" in str(each["name"])):
        print("\n".join(["", *found["polls"]]))
    for stack in found["stacks"]:
        print(f"\n{stack}")


if __name__ == "__main__":
    main()
