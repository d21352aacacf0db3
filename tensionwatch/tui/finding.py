"""A list that is found part by part, so that a screen shows its first rows before the last are known. Pure but for the
clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import perf_counter


class Found:
    """`steps` as of Desk.find_articles."""

    def __init__(self, steps: Iterator[Sequence[str]]) -> None:
        self._steps = steps
        self.ids: list[str] = []
        """So far; it grows."""
        self.is_whole = False

    def go_on(self, seconds: float, enough: int | None = None) -> None:
        """Take steps until there are enough, so much time has passed, or it is whole; one step at least."""
        ends = perf_counter() + seconds
        while not self.is_whole:
            part = next(self._steps, None)
            if part is None:
                self.is_whole = True
            else:
                self.ids.extend(part)
            if perf_counter() >= ends or (enough is not None and len(self.ids) >= enough):
                return


def with_others(found: list[str], others: set[str], everything: Sequence[str]) -> list[str]:
    """With those others that are among everything, in its order; what is in no everything stays at the end."""
    missing = others.difference(found)
    if not missing:
        return found
    wanted = missing.union(found)
    listed = [article_id for article_id in everything if article_id in wanted]
    there = set(listed)
    return listed + [article_id for article_id in found if article_id not in there]
