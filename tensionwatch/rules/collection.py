"""Large structures that stay are made without the garbage collector."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_OLDEST_GENERATION: Final = 10
"""Python's own threshold of the oldest generation of objects."""


@contextmanager
def no_collection() -> Iterator[None]:
    """What is loaded stays: to look for garbage among it again and again takes a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def look_past_what_is_there() -> None:
    """What has been made stays: the garbage collector looks for garbage among what comes after it alone, and through
    all of that a tenth as often as it would."""
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], 10 * _OLDEST_GENERATION)
