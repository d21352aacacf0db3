"""Who polls in bench/poll.py: ours, newsboat and lemon24/reader, each a process that starts, polls all and ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread, Timer
from time import perf_counter, sleep
from typing import Final, NamedTuple, Protocol

from newsstand import Paper, plain_environment

import tensionwatch
from tensionwatch.store import Store

REPOSITORY: Final = Path(tensionwatch.__file__).resolve().parents[1]
"""Of the tensionwatch that is measured: the one that Python finds for this bench."""
_LIMIT: Final = 600.0
"""Seconds after which a run is ended: newsboat's default thread takes 106 where each answer is late."""
_SAMPLES: Final = 0.03
"""Seconds between two looks at memory."""
_READER_WORKERS: Final = 10
_READER: Final = """
import sys
from reader import make_reader
task, path, workers = sys.argv[1:]
with make_reader(path) as reader:
    if task == "try":
        reader.add_feed("http://127.0.0.1/")
    elif task == "add":
        for url in sys.stdin.read().split():
            reader.add_feed(url)
    else:
        reader.update_feeds(scheduled=False, workers=int(workers))
"""


class Run(NamedTuple):
    wall: float
    """Seconds from its start to its end."""
    cpu: float
    """Seconds, the user's and the system's, of the process and all it waited for."""
    memory: tuple[float, ...]
    """Megabytes of each process of its tree when all together had most; empty where that was not watched."""

    @property
    def peak(self) -> float:
        return sum(self.memory)


class Wrong(Exception):
    """What was measured is not what was meant."""


class Poller(Protocol):
    name: str
    """Without a blank: a folder is named after it."""

    def set_up(self, folder: Path, papers: Sequence[Paper], port: int) -> None:
        """Fill the new folder with a configuration for these papers; nothing is polled yet."""
        ...

    def command(self, folder: Path) -> Sequence[str | Path]: ...

    def check(self, folder: Path, said: str, *, articles: int, result: str) -> None:
        """That the run whose output this is took all there was to take. Raises Wrong."""
        ...


def run(poller: Poller, folder: Path, *, watch_memory: bool = False) -> tuple[Run, str]:
    """Poll once; what it took, and what it said. Raises Wrong where it fails, or does not end."""
    said, trouble = folder / "said.txt", folder / "trouble.txt"
    with said.open("wb") as out, trouble.open("wb") as err:
        begun = perf_counter()
        process = subprocess.Popen(
            poller.command(folder), stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=_environment(folder),
            start_new_session=True,
        )  # fmt: skip
        memory = _Memory(process.pid) if watch_memory else None
        alarm = Timer(_LIMIT, _kill_tree, (process.pid,))
        alarm.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            _kill_tree(process.pid)
            process.wait()
            raise
        finally:
            alarm.cancel()
        wall = perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        late = f" (ended by us after {_LIMIT:g} s)" if wall >= _LIMIT else ""
        last = trouble.read_text("utf-8", "replace").strip()[-500:]
        raise Wrong(f"{poller.name} ended with {process.returncode}{late}: {last}")
    peak = memory.peak() if memory else ()
    return Run(wall, usage.ru_utime + usage.ru_stime, peak), said.read_text("utf-8", "replace")


def _environment(folder: Path) -> dict[str, str]:
    return plain_environment(folder) | {"PYTHONPATH": str(REPOSITORY), "TERM": "dumb"}


class Ours:
    """`tensionwatch poll --once --all` as it ships: its default configuration, the shipped regions and blocs."""

    name = "tensionwatch"

    def set_up(self, folder: Path, papers: Sequence[Paper], port: int) -> None:
        feeds = "".join(
            f'\n[[feed]]\nid = "{paper.id}"\npublisher = "{paper.id}.example"\nurl = "{paper.url(port)}"\n'
            'interval = "15m"\nallow_private = true\n'
            for paper in papers
        )
        shipped = (REPOSITORY / "config.example.toml").read_text("utf-8")
        regions = shipped[shipped.index("\n[[region]]") :]
        (folder / "config.toml").write_text(f'[storage]\npath = "store"\n{feeds}{regions}', "utf-8")

    def command(self, folder: Path) -> Sequence[str | Path]:
        config = folder / "config.toml"
        return [sys.executable, "-m", "tensionwatch", "--config", config, "poll", "--once", "--all", "--json"]

    def check(self, folder: Path, said: str, *, articles: int, result: str) -> None:
        report = json.loads(said)
        counts = {word: count for word, count in report["counts"].items() if count}
        if counts != {result: len(report["feeds"])}:
            raise Wrong(f"{self.name}: feeds are {counts}, all should be {result}")
        with Store.open(folder / "store", read_only=True) as store:
            if len(store) != articles:
                raise Wrong(f"{self.name} keeps {len(store)} articles of {articles}")


class Newsboat:
    """`newsboat -x reload` with so many threads."""

    def __init__(self, threads: int) -> None:
        self.name = f"newsboat-{threads}"
        self._threads = threads
        self._program = shutil.which("newsboat") or ""
        if not self._program:
            raise Wrong("newsboat is not installed (Debian: apt-get install newsboat)")

    def set_up(self, folder: Path, papers: Sequence[Paper], port: int) -> None:
        (folder / "urls").write_text("".join(f"{paper.url(port)}\n" for paper in papers), "utf-8")
        (folder / "config").write_text(f"reload-threads {self._threads}\n", "utf-8")

    def command(self, folder: Path) -> Sequence[str | Path]:
        files: list[str | Path] = ["-u", folder / "urls", "-c", folder / "cache.db", "-C", folder / "config"]
        return [self._program, *files, "-x", "reload"]

    def check(self, folder: Path, said: str, *, articles: int, result: str) -> None:  # noqa: ARG002  it says nothing
        _check_rows(self.name, folder / "cache.db", "rss_item", articles)


class Reader:
    """lemon24/reader's `update_feeds`, by an interpreter that has it."""

    name = "reader"

    def __init__(self, python: Path) -> None:
        self._python = python
        tried = subprocess.run(
            [python, "-c", _READER, "try", ":memory:", "0"], capture_output=True, text=True, check=False
        )
        if tried.returncode:
            raise Wrong(f"{python} cannot run reader: {tried.stderr.strip()[-200:]}")

    def set_up(self, folder: Path, papers: Sequence[Paper], port: int) -> None:
        urls = "\n".join(paper.url(port) for paper in papers)
        command = [self._python, "-c", _READER, "add", folder / "reader.sqlite", "0"]
        subprocess.run(command, input=urls, text=True, check=True, env=_environment(folder))

    def command(self, folder: Path) -> Sequence[str | Path]:
        return [self._python, "-c", _READER, "update", folder / "reader.sqlite", str(_READER_WORKERS)]

    def check(self, folder: Path, said: str, *, articles: int, result: str) -> None:  # noqa: ARG002  it says nothing
        _check_rows(self.name, folder / "reader.sqlite", "entries", articles)


def make_reader_venv(folder: Path) -> Path:
    """The interpreter of a virtual environment there with reader from PyPI in it; made unless it is there."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        # Its copy of feedparser needs sgmllib3k, which reader 3.26 does not name.
        subprocess.run([python, "-m", "pip", "install", "--quiet", "reader", "sgmllib3k"], check=True)
    return python


def _check_rows(name: str, database: Path, table: str, articles: int) -> None:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        (kept,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()
    if kept != articles:
        raise Wrong(f"{name} keeps {kept} articles of {articles}")


class _Memory:
    """Watches a process and all its descendants: the sum of their PSS, which shares out what they have in common."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak: list[int] = []
        self._thread = Thread(target=self._look, daemon=True)
        self._thread.start()

    def peak(self) -> tuple[float, ...]:
        """Megabytes of each, the largest first, once the process has ended."""
        self._thread.join()
        return tuple(kilobytes / 1000 for kilobytes in sorted(self._peak, reverse=True))

    def _look(self) -> None:
        while now := [size for size in map(_pss, _tree(self._pid)) if size]:
            self._peak = max(self._peak, now, key=sum)
            sleep(_SAMPLES)


def _tree(root: int) -> list[int]:
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # it has ended
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    found = [root]
    for pid in found:  # grows
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _kill_tree(root: int) -> None:
    """Kill it with all that it has started, and wait until its descendants are gone: one may write in our folder."""
    pids = _tree(root)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    until = perf_counter() + 5
    while perf_counter() < until and any(map(_pss, pids)):
        sleep(0.02)


def _pss(pid: int) -> int:
    """Kilobytes; 0 of a process that has ended."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)
