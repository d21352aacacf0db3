"""Feeds as papers serve them, and the servers that do: nginx from a temporary folder, and one that is late.

Each feed has its own loopback address, so that courtesy to a host serialises nothing. Four of five are RSS 2.0, the
others Atom; a third hold escaped HTML, a quarter name authors and categories.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from pathlib import Path
from typing import Final, Literal, NamedTuple
from xml.sax.saxutils import escape

from newsroom import Story

Mode = Literal["validators", "bare", "late"]
"""What a server does: answers 304 where it can, always 200 with the whole body, or that 200 ms late."""
LATE: Final = 0.2
"""Seconds."""
_STARTING: Final = 10.0
_BACK: Final = timedelta(days=5)
"""How far back a feed reaches."""

_NGINX = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
    types {{ application/rss+xml rss; application/atom+xml atom; }}
    default_type application/xml;
    log_format status '$status';
    access_log {folder}/access.log status;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    sendfile on; tcp_nopush on;
    server {{
        listen 0.0.0.0:{port} backlog=4096;
        root {root};
        {bare}
    }}
}}
"""
_BARE = 'etag off; if_modified_since off; add_header Last-Modified "";'


class Paper(NamedTuple):
    """A feed, and where it is found."""

    number: int
    stories: Sequence[Story]
    """Newest first."""

    @property
    def id(self) -> str:
        return f"paper-{self.number:03}"

    @property
    def file(self) -> str:
        return f"{self.id}.{'atom' if self.number % 5 == 4 else 'rss'}"

    def url(self, port: int) -> str:
        return f"http://127.9.{self.number // 250}.{self.number % 250 + 1}:{port}/{self.file}"

    def body(self, newest: datetime) -> str:
        step = _BACK / len(self.stories)
        newest -= step * self.number / 1_000  # no two papers print at one moment
        entries = [_Entry(self._link(story), story, newest - n * step) for n, story in enumerate(self.stories)]
        return (_atom if self.file.endswith("atom") else _rss)(self, entries)

    def _link(self, story: Story) -> str:
        return f"https://{self.id}.example/world/{blake2b(''.join(story).encode(), digest_size=6).hexdigest()}"


class _Entry(NamedTuple):
    link: str
    story: Story
    published: datetime


def papers(stories: Sequence[Story], feeds: int) -> list[Paper]:
    """Stories dealt out, so that what happened at one time is in many feeds."""
    return [Paper(n, stories[n::feeds]) for n in range(feeds)]


def _described(paper: Paper, entry: _Entry) -> str:
    """The description's text, HTML where this paper uses it; to be escaped once more for XML."""
    if paper.number % 3:
        return escape(entry.story.summary)
    return (
        f'<p>{escape(entry.story.summary)}</p> <p><a href="{entry.link}?src=rss">Read more</a> in '
        f"<em>Paper {paper.number}</em>&#8230;</p>"
    )


def _rss(paper: Paper, entries: Sequence[_Entry]) -> str:
    home = f"https://{paper.id}.example/"
    items = "".join(
        f"<item>\n<title>{escape(e.story.title)}</title>\n<link>{e.link}</link>\n"
        f'<guid isPermaLink="true">{e.link}</guid>\n<description>{escape(_described(paper, e))}</description>\n'
        f"<pubDate>{format_datetime(e.published, usegmt=True)}</pubDate>\n"
        + ("<dc:creator>A. Reporter</dc:creator>\n<category>World</category>\n" if paper.number % 4 == 0 else "")
        + "</item>\n"
        for e in entries
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:atom="http://www.w3.org/2005/Atom">\n<channel>\n'
        f"<title>Paper {paper.number}</title>\n<link>{home}</link>\n<description>World news</description>\n"
        f'<atom:link href="{home}{paper.file}" rel="self" type="application/rss+xml"/>\n<language>en</language>\n'
        f"<lastBuildDate>{format_datetime(entries[0].published, usegmt=True)}</lastBuildDate>\n"
        f"{items}</channel>\n</rss>\n"
    )


def _atom(paper: Paper, entries: Sequence[_Entry]) -> str:
    home = f"https://{paper.id}.example/"
    items = "".join(
        f'<entry>\n<id>{e.link}</id>\n<title>{escape(e.story.title)}</title>\n<link rel="alternate" href="{e.link}"/>\n'
        f"<updated>{e.published:%Y-%m-%dT%H:%M:%SZ}</updated>\n<published>{e.published:%Y-%m-%dT%H:%M:%SZ}</published>\n"
        f'<summary type="html">{escape(_described(paper, e))}</summary>\n</entry>\n'
        for e in entries
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">\n'
        f"<title>Paper {paper.number}</title>\n<id>{home}</id>\n"
        f'<link rel="self" href="{home}{paper.file}"/>\n<author><name>Paper {paper.number}</name></author>\n'
        f"<updated>{entries[0].published:%Y-%m-%dT%H:%M:%SZ}</updated>\n{items}</feed>\n"
    )


# ------------------------------------------------------------------ servers


class NoServer(Exception):
    """Nothing can be measured."""


class Stand:
    """The papers on loopback; use `open` to have a server run for a while."""

    def __init__(self, folder: Path, papers: Sequence[Paper], fresh: Sequence[Story] = ()) -> None:
        self.papers = papers
        self.port = _free_port()
        self._folder = folder
        self._root = folder / "papers"
        self._root.mkdir(parents=True)
        self._newest = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=30)
        self._fresh = fresh
        self.print()

    def print(self, *, one_more: bool = False) -> None:
        """Write all bodies; with `one_more`, each with a new story on top and its oldest gone."""
        for paper in self.papers:
            newest = self._newest
            if one_more:
                newest += _BACK / len(paper.stories)
                paper = paper._replace(stories=[self._fresh[paper.number], *paper.stories[:-1]])
            (self._root / paper.file).write_text(paper.body(newest), "utf-8")

    @contextmanager
    def open(self, mode: Mode) -> Iterator[Served]:
        """Serve until the end of the context. Raises NoServer where the server does not start."""
        folder = self._folder / mode
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        process = subprocess.Popen(self._command(mode, folder), env=plain_environment(folder), start_new_session=True)
        try:
            _wait_for(process, self.port)
            yield Served(folder / "access.log")
        finally:
            process.send_signal(signal.SIGQUIT if mode != "late" else signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _command(self, mode: Mode, folder: Path) -> list[str | Path]:
        log = folder / "access.log"
        log.touch()
        if mode == "late":
            return [
                sys.executable,
                Path(__file__).with_name("late_server.py"),
                str(self.port),
                self._root,
                log,
                str(LATE),
            ]
        nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
        if nginx is None:
            raise NoServer("nginx is not installed (Debian: apt-get install nginx)")
        config = folder / "nginx.conf"
        bare = _BARE if mode == "bare" else ""
        # Started by root, its worker would be another user's, who may not look into our folder.
        user = "user root root;" if os.geteuid() == 0 else ""
        said = _NGINX.format(folder=folder, port=self.port, root=self._root, bare=bare, user=user)
        config.write_text(said, "utf-8")
        return [nginx, "-p", folder, "-c", config, "-e", folder / "error.log"]


class Served:
    """What a server has answered since it was last asked."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._read = 0

    def statuses(self) -> dict[str, int]:
        with self._log.open(encoding="ascii") as log:
            log.seek(self._read)
            said = log.read()
        self._read += len(said)
        return dict(Counter(said.split()))


def plain_environment(home: Path) -> dict[str, str]:
    """Ours without a proxy, with nobody's home, and with Python as it comes: where PYTHONDONTWRITEBYTECODE is set, each
    start compiles the whole program anew."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith(("XDG_", "PYTHON"))
    }
    return kept | {"HOME": str(home)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + _STARTING
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.9.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise NoServer(f"the server at port {port} did not start")
