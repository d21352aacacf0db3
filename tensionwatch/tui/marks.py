"""Marks: read, star, wrong flag; with undo for what was done by a key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from tensionwatch.model import Kind
from tensionwatch.ports import Desk
from tensionwatch.words import KIND_WORDS

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
        self._done: list[tuple[Callable[[], None], str]] = []
        """What takes a mark back, and what is said then."""

    def set(self, articles: Sequence[str], field: Field, value: bool, *, undoable: bool = True) -> int:
        """Mark those that are not so already; gives how many."""
        changed = tuple(i for i in articles if (a := self._desk.article(i)) is not None and getattr(a, field) != value)
        if changed:
            self._write(changed, field, value)
            if undoable:
                said = f"{len(changed)} marked {WORDS[field, not value]} again"
                self._done.append((lambda: self._write(changed, field, not value), said))
        return len(changed)

    def toggle(self, article_id: str, field: Field) -> None:
        article = self._desk.article(article_id)
        if article is not None:
            self.set((article_id,), field, not getattr(article, field))

    def toggle_wrong(self, article_id: str, kind: Kind) -> str:
        """Mark the article's flags of a kind as wrong, or take that back; says what was done."""
        article = self._desk.article(article_id)
        wrong = article is not None and kind not in article.wrong
        self._desk.mark_wrong(article_id, kind, wrong)
        self._done.append((lambda: self._desk.mark_wrong(article_id, kind, not wrong), wrong_words(kind, not wrong)))
        return wrong_words(kind, wrong)

    def undo(self) -> str | None:
        """Take back the last mark; says what was done, None when there is nothing left."""
        if not self._done:
            return None
        take_back, said = self._done[-1]
        take_back()
        self._done.pop()
        return said

    def _write(self, articles: Sequence[str], field: Field, value: bool) -> None:
        write: Callable[..., None] = self._desk.mark
        write(articles, **{field: value})


def wrong_words(kind: Kind, wrong: bool) -> str:
    what = f"{KIND_WORDS[kind]} flag"
    return f"Marked wrong: {what} no longer counted" if wrong else f"Counted again: {what}"
