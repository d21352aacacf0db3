"""The configuration of the demo run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tensionwatch.demo import DemoServer, demo_config, load_scenario

from .conftest import get


def test_every_feed_is_polled_and_answers(server: DemoServer, tmp_path: Path) -> None:
    feeds = demo_config(server, tmp_path).feeds
    assert len(feeds) == sum(len(outlet.sections) for outlet in load_scenario().outlets)
    assert all(feed.allow_private and feed.url.startswith(server.base_url) for feed in feeds)
    assert {get(feed.url).status for feed in feeds} == {200}


def test_ids_and_names_of_feeds_are_unique_and_two_share_a_publisher(server: DemoServer, tmp_path: Path) -> None:
    feeds = demo_config(server, tmp_path).feeds
    assert len({feed.id for feed in feeds}) == len({feed.name for feed in feeds}) == len(feeds)
    assert len({feed.publisher for feed in feeds}) == len(feeds) - 1


def test_four_regions_are_watched_of_which_one_sees_nothing_happen(server: DemoServer, tmp_path: Path) -> None:
    regions = demo_config(server, tmp_path).regions
    calm = regions[-1].countries
    happened = [f for r in load_scenario().reports for f in r.expect if f.status == "actual"]
    assert len(regions) == 4
    assert not any({flag.actor, flag.recipient} & calm for flag in happened)


@pytest.mark.parametrize(("speed", "interval"), [(0.5, 10), (1, 5), (2, 2.5), (60, 1)])
def test_feeds_are_polled_oftener_at_speed_but_not_within_a_second(
    serve: Callable[..., DemoServer], tmp_path: Path, speed: float, interval: float
) -> None:
    assert demo_config(serve(speed), tmp_path).poll.interval == interval


def test_it_is_kept_where_told(server: DemoServer, tmp_path: Path) -> None:
    assert demo_config(server, tmp_path).storage.path == tmp_path


def test_importing_the_demo_brings_in_no_heavy_library() -> None:
    heavy = "{'httpx', 'textual', 'feedparser', 'tinydb', 'asyncio'}"
    code = f"import sys, tensionwatch.demo; print(sorted({heavy} & sys.modules.keys()))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
