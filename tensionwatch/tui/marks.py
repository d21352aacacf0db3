"""Read and star marks, with undo for what was done by a key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from tensionwatch.ports import Desk

Field = Literal["read", "starred"]
WORDS = {
    ("read", True): "read",
    ("read", False): "unread",
    ("starred", True): "starred",
    ("starred", False): "not starred",
}


class Marks:
    """Passes marks to the desk and remembers those that changed something. StoreError comes through."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._done: list[tuple[tuple[str, ...], Field, bool]] = []

    def set(self, articles: Sequence[str], field: Field, value: bool, *, undoable: bool = True) -> int:
        """Mark those that are not so already; gives how many."""
        changed = tuple(i for i in articles if (a := self._desk.article(i)) is not None and getattr(a, field) != value)
        if changed:
            self._write(changed, field, value)
            if undoable:
                self._done.append((changed, field, value))
        return len(changed)

    def toggle(self, article_id: str, field: Field) -> None:
        article = self._desk.article(article_id)
        if article is not None:
            self.set((article_id,), field, not getattr(article, field))

    def undo(self) -> str | None:
        """Take back the last mark; says what was done, None when there is nothing left."""
        if not self._done:
            return None
        articles, field, value = self._done[-1]
        self._write(articles, field, not value)
        self._done.pop()
        return f"{len(articles)} marked {WORDS[field, not value]} again"

    def _write(self, articles: Sequence[str], field: Field, value: bool) -> None:
        write: Callable[..., None] = self._desk.mark
        write(articles, **{field: value})
