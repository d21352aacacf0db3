"""What one body may cost the machine: memory, core dumps; and that the process's death is told on its feed alone."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from tensionwatch.feeds import limits
from tests.feeds.server import FeedServer, Reply, rss, slowly
from tests.hostile.conftest import a_lab, no_proxy
from tests.hostile.lab import PATIENCE, Lab

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the kernel enforces no such limit")

_CODE = """
import os, signal, time
from tensionwatch.feeds import worker
real = worker.parse
def hungry(body, **more):
    if b"EATS" in body:
        hoard = []
        while True:
            hoard.append(bytearray(20_000_000))
    if b"NATIVE" in body:
        os.write(2, b"memory allocation of 99999999 bytes failed\\n")
        os.abort()
    if b"CRASHES" in body:
        os.kill(os.getpid(), signal.SIGSEGV)
    if b"TAKES TIME" in body:
        time.sleep(1.7)
    if b"LEAVES" in body:
        os._exit(3)
    return real(body, **more)
worker.parse = hungry
worker.Rulebook.flags = lambda *text: ()  # four deaths would make the rules' gate four times, 2 s each
worker.main()
"""
"""The real ingest process; only its parser has faults that ours are not known to have, and its rules see nothing."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hungry(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    with no_proxy(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("tensionwatch.feeds.child.COMMAND", (sys.executable, "-c", _CODE))
        async with a_lab(tmp_path_factory.mktemp("hungry"), warm=False) as running:
            yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hasty(hungry: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    """The same, with less patience for servers. It goes before the other does, which holds back the proxies."""
    poll = msgspec.structs.replace(PATIENCE, timeout=4.0)
    async with a_lab(tmp_path_factory.mktemp("hasty"), poll) as running:
        yield running


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("EATS", "parsing its body took more than 300 MB of memory"),
        ("NATIVE", "parsing its body took more than 300 MB of memory"),
        ("CRASHES", "parsing its body ended the ingest process (SIGSEGV)"),
        ("LEAVES", "parsing its body ended the ingest process (exit code 3)"),
    ],
)
async def test_a_body_that_ends_the_process_is_told_on_its_feed_and_all_others_are_read(
    hungry: Lab, word: str, reason: str
) -> None:
    others = [hungry.feed(hungry.server.feed(hungry.path(), rss(f"Other {n}"))) for n in range(5)]
    bad = hungry.feed(hungry.server.feed(hungry.path(), rss(f"{word} it all")))
    outcome, *good = await asyncio.gather(hungry.poll_beside_a_good_one(bad), *map(hungry.poll, others))

    assert (outcome.fetched.result, outcome.reason) == ("failed", reason)
    assert [other.titles for other in good] == [[f"Other {n}"] for n in range(5)]
    assert (await hungry.poll(others[0])).fetched.result == "unchanged"


async def test_bodies_that_take_long_to_read_cost_a_slow_server_none_of_its_time(hasty: Lab) -> None:
    """Three that take five seconds stand in its way; it answers within the four that it has, not counting these."""
    servers = [hasty.server.feed(hasty.path(), rss("TAKES TIME"))]
    with FeedServer().running() as one, FeedServer().running() as two, FeedServer().running() as slow:
        servers += [each.feed("/", rss("TAKES TIME")) for each in (one, two)]
        servers.append(slow.on("/", slowly(0.5, Reply(rss("Slow but good")))))
        outcomes = await asyncio.gather(*(hasty.poll(hasty.feed(url)) for url in servers))
    assert [outcome.reason for outcome in outcomes] == [""] * 4


async def test_a_body_may_grow_the_process_until_its_budget_and_the_limit_goes_with_it(lab: Lab) -> None:
    allowed = Path(f"/proc/{lab.pid}/limits").read_text("ascii")
    rows = {line[:25].strip(): line[25:].split()[0] for line in allowed.splitlines()[1:]}
    assert rows["Max data size"] == "unlimited", "between bodies"
    assert rows["Max core file size"] == "0"


_EATER = """
import sys, time
from tensionwatch.feeds.limits import Memory
memory, hoard = Memory(60_000_000, enforced=False), []
with memory.limited():
    hoard.append(b"x" * 20_000_000)
    time.sleep(0.5)
with memory.limited():
    time.sleep(0.3)
print("within", flush=True)
hoard.append(b"x" * 80_000_000)
time.sleep(0.3)
print("not watched", flush=True)
with memory.limited():
    for _ in range(50):
        hoard.append(b"x" * 10_000_000)
        time.sleep(0.05)
print("never said")
"""


def test_where_the_kernel_does_not_enforce_a_limit_a_thread_ends_the_process() -> None:
    command = ["sh", "-c", '"$0" -c "$1"; exit $?', sys.executable, _EATER]
    # A shell between: over exec the peak of resident memory is inherited, here of the tests, which may hold a gigabyte.
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout.split("\n")) == (limits.OUT_OF_MEMORY, ["within", "not watched", ""]), (
        done.stderr
    )


def test_nested_limits_never_grow() -> None:
    code = (
        "import resource\nfrom tensionwatch.feeds.limits import Memory\n"
        "with Memory(50_000_000).limited(), Memory(400_000_000).limited():\n"
        "    bytearray(100_000_000)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == limits.OUT_OF_MEMORY, done.stderr
