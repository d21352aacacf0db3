"""Those who poll in bench/poll.py: ours, newsboat and lemon24/reader, each as a process that is started and ends."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, sleep
from typing import NamedTuple, Protocol

from newsstand import Paper, plain_environment

from tensionwatch.store import Store

REPOSITORY = Path(__file__).resolve().parents[1]
_SAMPLES = 0.03
"""Seconds between two looks at memory."""


class Run(NamedTuple):
    wall: float
    """Seconds from its start to its end."""
    cpu: float
    """Seconds, the user's and the system's, of the process and all it waited for."""
    peak: float | None
    """Megabytes of its whole tree at its largest, where that was watched."""


class Wrong(Exception):
    """What was measured is not what was meant."""


class Poller(Protocol):
    name: str

    def command(self, folder: Path) -> Sequence[str | Path]: ...

    def set_up(self, folder: Path, papers: Sequence[Paper], port: int) -> None:
        """Make the folder, with a configuration for these papers and nothing polled yet."""
        ...

    def check(self, folder: Path, said: str, *, articles: int, result: str) -> None:
        """That the run whose output this is took all there was to take. Raises Wrong."""
        ...


def run(poller: Poller, folder: Path, *, watch_memory: bool = False) -> tuple[Run, str]:
    """Poll once; what it took, and what it said. Raises Wrong where it fails."""
    said, trouble = folder / "said.txt", folder / "trouble.txt"
    with said.open("wb") as out, trouble.open("wb") as err:
        begun = perf_counter()
        process = subprocess.Popen(
            poller.command(folder), stdout=out, stderr=err, stdin=subprocess.DEVNULL, env=_environment(folder)
        )
        memory = _Memory(process.pid) if watch_memory else None
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wall = perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Wrong(f"{poller.name} ended with {process.returncode}: {trouble.read_text('utf-8', 'replace')[-2000:]}")
    peak = memory.peak() if memory else None
    return Run(wall, usage.ru_utime + usage.ru_stime, peak), said.read_text("utf-8", "replace")


def _environment(folder: Path) -> dict[str, str]:
    return plain_environment(folder) | {"PYTHONPATH": str(REPOSITORY), "TERM": "dumb"}


class Ours:
    name = "tensionwatch"

    def command(self, folder: Path) -> Sequence[str | Path]:
        return [
            sys.executable,
            "-m",
            "tensionwatch",
            "--config",
            folder / "config.toml",
            "poll",
            "--once",
            "--all",
            "--json",
        ]

    def set_up(self, folder: Path, papers: Sequence[Paper], port: int) -> None:
        folder.mkdir()
        feeds = "".join(
            f'\n[[feed]]\nid = "{paper.id}"\npublisher = "{paper.id}.example"\nurl = "{paper.url(port)}"\n'
            'interval = "15m"\nallow_private = true\n'
            for paper in papers
        )
        shipped = (REPOSITORY / "config.example.toml").read_text("utf-8")
        regions = "[[region]]" + shipped.split("\n[[region]]", 1)[1]
        (folder / "config.toml").write_text(f'[storage]\npath = "store"\n{feeds}\n{regions}', "utf-8")

    def check(self, folder: Path, said: str, *, articles: int, result: str) -> None:
        report = json.loads(said)
        counts = {word: count for word, count in report["counts"].items() if count}
        if counts != {result: len(report["feeds"])}:
            raise Wrong(f"tensionwatch: {counts}, all should be {result}")
        with Store.open(folder / "store", read_only=True) as store:
            if len(store) != articles:
                raise Wrong(f"tensionwatch keeps {len(store)} articles of {articles}")


class Newsboat:
    def __init__(self, threads: int) -> None:
        self.name = f"newsboat, {threads} threads" if threads > 1 else "newsboat, 1 thread"
        self._threads = threads
        self._program = shutil.which("newsboat")
        if self._program is None:
            raise RuntimeError("newsboat is not installed (Debian: apt-get install newsboat)")

    def command(self, folder: Path) -> Sequence[str | Path]:
        assert self._program
        return [
            self._program,
            "-u",
            folder / "urls",
            "-c",
            folder / "cache.db",
            "-C",
            folder / "config",
            "-x",
            "reload",
        ]

    def set_up(self, folder: Path, papers: Sequence[Paper], port: int) -> None:
        folder.mkdir()
        (folder / "urls").write_text("".join(f"{paper.url(port)}\n" for paper in papers), "utf-8")
        (folder / "config").write_text(f"reload-threads {self._threads}\n", "utf-8")

    def check(self, folder: Path, said: str, *, articles: int, result: str) -> None:  # noqa: ARG002
        with sqlite3.connect(f"file:{folder}/cache.db?mode=ro", uri=True) as db:
            (kept,) = db.execute("SELECT count(*) FROM rss_item").fetchone()
        db.close()
        if kept != articles:
            raise Wrong(f"newsboat keeps {kept} articles of {articles}")


class _Memory:
    """Looks at a process and all its descendants: the sum of their PSS, which shares out what they have in common."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def peak(self) -> float:
        """Megabytes, once the process has ended."""
        self._thread.join()
        return self._peak / 1000

    def _look(self) -> None:
        while now := sum(map(_pss, _tree(self._pid))):
            self._peak = max(self._peak, now)
            sleep(_SAMPLES)


def _tree(root: int) -> list[int]:
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # it has ended
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _pss(pid: int) -> int:
    """Kilobytes; 0 of a process that has ended."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)
