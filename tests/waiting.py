"""Waiting for what is to happen, on a machine of whatever speed.

A test waits here for what it wants to see, and asserts then. It never sleeps for a while and hopes, never wants a count
that moves on to stand at one number, and asserts no upper time: a busy machine is no failure.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

LONG: Final = 60.0
"""Seconds after which what was to happen will not: twenty times what the slowest takes on a machine that is idle."""


async def until(holds: Callable[[], object]) -> None:
    """Let the loop run until this holds; TimeoutError when it never does."""
    async with asyncio.timeout(LONG):
        while not holds():
            await asyncio.sleep(0.01)


def wait_until(holds: Callable[[], object], why: Callable[[], str] = lambda: "it never came about") -> None:
    """Let other threads and processes run until this holds; an AssertionError that says why not when it never does."""
    deadline = time.monotonic() + LONG
    while not holds():
        assert time.monotonic() < deadline, why()
        time.sleep(0.01)


@asynccontextmanager
async def meanwhile(work: Coroutine[Any, Any, object]) -> AsyncIterator[asyncio.Task[object]]:
    """It goes on while the block does, and is cancelled then; raises what it has ended by."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def ends_by_cancelling(task: asyncio.Task[object]) -> bool:
    """Cancel it; False where that was lost on it, and it goes on until it is cancelled once more."""
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=5)
    task.cancel()
    return done == {task} and task.cancelled()
