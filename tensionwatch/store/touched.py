"""What a commit has done to articles, for those who keep lists of them."""

from __future__ import annotations

from typing import NamedTuple


class Touched(NamedTuple):
    """Ids of articles."""

    texts: tuple[str, ...] = ()
    """That have come or changed."""
    marked: tuple[str, ...] = ()
    """Of which only marks have changed."""
    gone: tuple[str, ...] = ()
    """That are no longer hot."""
    months: bool = False
    """Have files of months changed?"""


def unheard(_: Touched) -> None:
    """Nobody listens."""
