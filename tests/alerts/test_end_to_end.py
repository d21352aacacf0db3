"""From a feed to a command's standard input: the real program, a real server, a real command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.feeds.server import FeedServer, Reply, rss

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schema" / "payload.json").read_text("utf-8"))
TITLE = "North Korean soldiers cross the border into South Korea, Seoul fires warning shots"


class World:
    """A feed, a configuration with one rule, and a command that appends what it is given to a file."""

    def __init__(self, folder: Path, server: FeedServer) -> None:
        self._folder = folder
        self._titles: list[str] = []
        self.got_file = folder / "got.jsonl"
        server.on("/rss", lambda _: Reply(rss(*self._titles)))
        command = json.dumps(["/bin/sh", "-c", 'cat >>"$0"', str(self.got_file)])
        (folder / "config.toml").write_text(
            f'[storage]\npath = "store"\n[[feed]]\nid = "one"\nurl = "{server.url("/rss")}"\nallow_private = true\n'
            '[[region]]\nid = "korea"\ncountries = ["PRK", "KOR"]\n'
            '[[alert]]\nid = "border"\nkinds = ["incident"]\nchannels = ["desk"]\n'
            f'[[channel]]\nid = "desk"\ncommand = {command}\n'
        )

    def publish(self, title: str) -> None:
        self._titles.append(title)

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "tensionwatch", "--config", str(self._folder / "config.toml"), *words],
            capture_output=True, text=True, timeout=100, check=False,
            env={**os.environ, "HOME": str(self._folder), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def got(self) -> list[dict[str, Any]]:
        if not self.got_file.exists():
            return []
        return [json.loads(line) for line in self.got_file.read_text("utf-8").splitlines()]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FeedServer().running() as server:
        yield World(tmp_path, server)


def test_what_a_poll_brings_reaches_the_command_with_its_event_and_articles(world: World) -> None:
    world.publish("Markets close higher")
    world.run("poll", "--once", "--all")
    assert world.got() == []
    world.publish(TITLE)
    world.run("poll", "--once", "--all")
    (message,) = world.got()
    jsonschema.Draft202012Validator(SCHEMA).validate(message)
    (told,) = message["alerts"]
    assert (told["rule"], told["region"], told["event"]["kind"]) == ("border", "korea", "border_incident")
    assert [report["title"] for report in told["articles"]] == [TITLE]
    (listed,) = map(json.loads, world.run("alerts", "list", "--json").splitlines())
    assert (listed["id"], listed["deliveries"][0]["state"]) == (told["id"], "delivered")
    assert [event["id"] for event in map(json.loads, world.run("events", "--json").splitlines())] == [listed["event"]]
