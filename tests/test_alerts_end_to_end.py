"""From two feeds on a real server to a command that is told: `poll --once`, `poll`, `check`, as a user runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from tensionwatch.store import Store
from tests.feeds.server import FeedServer
from tests.test_cli import ENVIRONMENT, run, write_config
from tests.test_following import Screen

TITLES = (
    "N. Korean soldiers cross military demarcation line, Seoul fires warning shots",
    "South Korea fires warning shots after North Korean troops cross border line",
)
ALERTS = """
[[alert]]
id = "incident"
kinds = ["incident"]
publishers = 2
channels = ["file"]

[[channel]]
id = "file"
command = ["/bin/sh", "-c", "cat >> told.jsonl"]
"""


def a_feed(*titles: str, published: datetime) -> bytes:
    items = "".join(
        f"<item><guid>{title[:9]}</guid><link>https://x.example/{title[:5].replace(' ', '')}</link>"
        f"<title>{title}</title><pubDate>{format_datetime(published)}</pubDate></item>"
        for title in titles
    )
    return f'<rss version="2.0"><channel><title>News</title>{items}</channel></rss>'.encode()


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer().running() as feeds:
        yield feeds


@pytest.fixture
def config(tmp_path: Path, server: FeedServer) -> Path:
    path = write_config(
        tmp_path, [server.feed(f"/{n}", a_feed("Rain is expected.", published=datetime.now(UTC))) for n in range(2)]
    )
    told = tmp_path / "told.jsonl"
    alerts = ALERTS.replace("told.jsonl", str(told))
    path.write_text('[poll]\ninterval = "1s"\n' + path.read_text("utf-8") + alerts, "utf-8")
    return path


def news_breaks(server: FeedServer) -> None:
    for n, title in enumerate(TITLES):
        server.feed(f"/{n}", a_feed(title, published=datetime.now(UTC)))


def told(folder: Path) -> list[dict[str, object]]:
    path = folder / "told.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def test_a_poll_raises_delivers_and_says_it_and_the_next_one_does_not(
    config: Path, server: FeedServer, tmp_path: Path
) -> None:
    poll = ("--config", config, "poll", "--once", "--all")
    assert json.loads(run(*poll, "--json", home=tmp_path).stdout)["alerts"] == []
    time.sleep(1.1)  # times in feeds are whole seconds: what is published now is later than the rule
    news_breaks(server)
    said = run(*poll, home=tmp_path)
    assert said.returncode == 0
    (line,) = [line for line in said.stdout.splitlines() if line.startswith("alert:")]
    assert "▲ incident PRK→KOR" in line
    assert "2 publishers" in line
    (message,) = told(tmp_path)
    assert str(message["title"]) in line
    assert json.loads(run(*poll, "--json", home=tmp_path).stdout)["alerts"] == []
    assert len(told(tmp_path)) == 1


def test_the_endless_poll_says_a_line_and_delivers(config: Path, server: FeedServer, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tensionwatch", "--config", str(config), "poll"]
    environment = {**ENVIRONMENT, "HOME": str(tmp_path)}
    out = tmp_path / "out"

    def wait_for(holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < deadline, out.read_text("utf-8")
            time.sleep(0.1)

    with out.open("w") as file, subprocess.Popen(command, stdout=file, env=environment) as process:
        try:
            wait_for(lambda: out.read_text("utf-8").count("ok") == 2)
            time.sleep(1.1)
            news_breaks(server)
            wait_for(lambda: bool(told(tmp_path)) and "  alert  " in out.read_text("utf-8"))
        finally:
            process.send_signal(signal.SIGTERM)
    (message,) = told(tmp_path)
    assert str(message["title"]) in out.read_text("utf-8")


def test_check_tells_what_channels_lack_on_this_machine(config: Path, tmp_path: Path) -> None:
    more = (
        '[[channel]]\nid = "gone"\ncommand = ["/no/such/program", "secret"]\n'
        '[[channel]]\nid = "lost"\ncommand = ["no-such-program"]\n'
        '[[channel]]\nid = "unset"\nurl = "env:ALERT_URL"\n'
    )
    config.write_text(config.read_text("utf-8") + more, "utf-8")
    result = run("--config", config, "check", home=tmp_path)
    assert result.returncode == 0
    assert "1 alert rule\n" in result.stdout
    assert [line for line in result.stderr.splitlines() if line.startswith("channel")] == [
        "channel 'gone' (no alert names it): no such program: '/no/such/program' cannot be run",
        "channel 'lost' (no alert names it): no such program: 'no-such-program' is not on PATH",
        "channel 'unset' (no alert names it): ALERT_URL is not set in the environment",
    ]
    assert "secret" not in result.stderr


def test_check_tells_that_apprise_is_not_installed(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tensionwatch.alerts import lacks
    from tensionwatch.alerts.records import Channel

    channel = Channel(id="a", url="env:ALERT_URL")
    monkeypatch.setattr(lacks, "find_spec", lambda _: None)
    missing = lacks.lacks(channel, {"ALERT_URL": "ntfy://secret"})
    assert missing == "apprise is not installed; pip install 'tensionwatch[alerts]' brings it"
    monkeypatch.setattr(lacks, "find_spec", lambda _: object())
    assert lacks.lacks(channel, {"ALERT_URL": "ntfy://secret"}) == ""
    assert lacks.lacks(Channel(id="b", command=("sh",)), os.environ) == ""


def test_the_screen_raises_delivers_and_shows_it(config: Path, server: FeedServer, tmp_path: Path) -> None:
    screen = Screen(config)
    try:
        screen.shows("Korea")
        screen.until(lambda: server.count("/0") > 0 and server.count("/1") > 0, "did not poll")
        time.sleep(1.1)
        news_breaks(server)
        screen.until(lambda: bool(told(tmp_path)), "delivered nothing")
        screen.shows("▲ incident PRK→KOR")
    finally:
        assert screen.end() == 0
    with Store.open(tmp_path / "store", read_only=True) as store:
        (alert,) = store.alerts
        (delivery,) = store.alerts.deliveries_of(alert.id)
    assert (delivery.state, delivery.tries) == ("delivered", 1)
