"""Articles, one line each: when, marks, what they are flagged as, who says it, the title."""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message

from tensionwatch.model import Article, Flag
from tensionwatch.tui.cells import Run, line, row
from tensionwatch.tui.context import Context
from tensionwatch.tui.filtering import Place
from tensionwatch.tui.look import NOTE, STAR, UNREAD, lead_flag, style, symbol
from tensionwatch.tui.widgets.lines import LineList
from tensionwatch.words import KIND_WORDS, pair_words, status_words

WIDE = 110
"""Cells from which a line also has the kind as a word, and the time of older days."""


class ArticleList(LineList):
    class FreshSeen(Message):
        """Some of what had come above the rows in view has been scrolled to."""

        def __init__(self, lines: ArticleList) -> None:
            self.lines = lines
            super().__init__()

        @property
        def control(self) -> ArticleList:
            return self.lines

    def __init__(self, context: Context, *, id: str) -> None:
        super().__init__(context, id=id)
        self.fresh = 0
        """Rows that have come above those in view, and were not scrolled to yet."""

    @property
    def place(self) -> Place | None:
        """Where one is; None at the top."""
        if not self.ids or (self.cursor == 0 and self.above == 0):
            return None
        return Place(self.ids[self.cursor], self.ids[min(self.above, len(self.ids) - 1)])

    def show(self, ids: Sequence[str], *, from_top: bool = False) -> None:
        above = min(self.above, len(self.ids) - 1)
        top = self.ids[above] if above > 0 or (self.ids and self.cursor > 0) or (self.has_focus and self.ids) else None
        super().show(ids, from_top=from_top)
        if from_top or top is None:
            self.fresh = 0
        elif not (above < len(ids) and ids[above] == top) and top in ids:
            self.fresh = min(self.above, self.fresh + max(0, ids.index(top) - above))

    def go_back_to(self, cursor: str, top: str) -> None:
        """To where one was, as far as these rows are still there."""
        if cursor in self.ids:
            self.cursor = self.ids.index(cursor)
            self._scroll_top_to(self.ids.index(top) if top in self.ids else self.cursor)
            self._bring_into_view()
            self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self.fresh > round(new_value):
            self.fresh = round(new_value)
            self.post_message(self.FreshSeen(self))

    def lead(self, article: Article) -> Flag | None:
        """The flag that its line shows."""
        return lead_flag(article)

    def runs(self, row_id: str, width: int) -> list[Run]:
        article = self.context.desk.article(row_id)
        if article is None:  # gone between the list and its drawing
            return [("  (no longer kept)", "muted")]
        wide, flag = width >= WIDE, self.lead(article)
        what, pair, tone = _flagged(flag, wide=wide) if flag is not None else ("", "", "")
        title = "unread" if not article.read else "muted"
        marks = (" " if article.read else UNREAD) + (STAR if article.starred else " ")
        columns = [
            (marks, 2, "star" if article.starred else "unread"),
            (self._when(article, wide=wide), 13 if wide else 7, "muted"),
            (what, 18 if wide else 1, tone),
            (pair, 7, tone),
            (line(article.publisher), 24 if wide else 16, "muted"),
        ]
        gap = 2 if wide else 1
        rest = width - sum(w + gap for _, w, _ in columns)
        noted = f"{NOTE} " if article.note else ""
        return row([*columns, (noted + (line(article.title) or "(no title)"), rest, title)], gap)

    def _when(self, article: Article, *, wide: bool) -> str:
        """The time that counts; `~` and the time it was first seen where it is undated."""
        times, now = self.context.times, self.context.desk.now()
        show = times.medium if wide else times.short
        return show(article.effective, now) if article.effective else "~" + show(article.first_seen, now)


def _flagged(flag: Flag, *, wide: bool) -> tuple[str, str, str]:
    """(what, who, style): the symbol, with room also the words; the word of what did not happen first."""
    words = f" {status_words(flag.status, flag.kind)} {KIND_WORDS[flag.kind]}".replace("  ", " ") if wide else ""
    pair = pair_words(flag.actor, flag.recipient)
    return symbol(flag.kind, flag.status) + words, pair, style(flag.kind, flag.status)
