"""For all tests."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tests.caches  # noqa: F401  before anything is started
from tensionwatch.clock import SystemClock
from tensionwatch.demo import DemoServer

# A busy machine is no failure: how long an example takes, or to make one up, is not what is tested. All runs try the
# same examples, so that none fails for what has not changed; `--hypothesis-profile=thorough` looks for new ones.
settings.register_profile("thorough", deadline=None, max_examples=1_000, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("tensionwatch", settings.get_profile("thorough"), max_examples=50, derandomize=True)
settings.load_profile("tensionwatch")

# An application of a test is 100,000 objects, and soon gone: looking for garbage as often as Python does by itself took
# a fifth of the time of all tests of the screen.
gc.set_threshold(100_000, 50, 100)


@pytest.fixture(scope="module")
def finished_demo() -> Iterator[DemoServer]:
    """The server of the demo, its story told to the end."""
    demo = DemoServer(SystemClock(), finished=True)
    demo.start()
    yield demo
    demo.stop()


def pytest_collection() -> None:
    """At its first test Hypothesis looks through all objects there are: 2 s once tests of the screen have run."""
    given(st.none())(lambda _: None)()
