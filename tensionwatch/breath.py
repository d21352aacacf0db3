"""Long work on the loop, in pieces between which keys are handled and frames are drawn."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from time import perf_counter
from typing import TypeVar, cast

PIECE = 0.004
"""Seconds of work between two breaths."""
BREATH = 0.001
"""Seconds that the loop has to itself then. A mere turn of it is not enough: a key goes through ten until it is drawn,
and each of them would wait for a piece (the list of a filter letter: 55 ms, and 15 so)."""

T = TypeVar("T")


class Pace:
    """Of one task."""

    def __init__(self) -> None:
        self._ends = perf_counter() + PIECE

    async def breathe(self) -> None:
        """To be called after each step: gives the loop its time where a piece has been done."""
        if perf_counter() >= self._ends:
            await asyncio.sleep(BREATH)
            self._ends = perf_counter() + PIECE


async def in_steps(steps: Generator[None, None, T]) -> T:
    """What these come to."""
    pace = Pace()
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return cast("T", done.value)
        await pace.breathe()
