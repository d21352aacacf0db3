"""What a commit has done to articles, for those who keep lists of them."""

from __future__ import annotations

from typing import NamedTuple


class Touched(NamedTuple):
    """Ids of articles."""

    texts: tuple[str, ...] = ()
    """That have come or changed."""
    new: frozenset[str] = frozenset()
    """Those of them of which it is known that they were not there before."""
    marked: tuple[str, ...] = ()
    """Of which only marks have changed."""
    gone: tuple[str, ...] = ()
    """That are no longer hot."""
    month: str = ""
    """Whose file has changed: `2025-11`; what is gone may be there now."""


def unheard(_: Touched) -> None:
    """Nobody listens."""
