"""Articles, one line each: when, marks, what they are flagged as, who says it, the title."""

from __future__ import annotations

from tensionwatch.model import Article
from tensionwatch.tui.cells import Run, line, row
from tensionwatch.tui.look import STAR, UNREAD, article_mark
from tensionwatch.tui.widgets.lines import LineList
from tensionwatch.words import KIND_WORDS, pair_words

WIDE = 110
"""Cells from which a line also has the kind as a word, and the time of older days."""


class ArticleList(LineList):
    def runs(self, row_id: str, width: int) -> list[Run]:
        article = self.context.desk.article(row_id)
        if article is None:  # gone between the list and its drawing
            return [("  (no longer kept)", "muted")]
        symbol, style = article_mark(article)
        flag = article.flags[0] if article.flags else None
        wide = width >= WIDE
        kind = f"{symbol} {KIND_WORDS[flag.kind]}" if flag and wide else symbol
        title = "unread" if not article.read else "muted"
        columns = [
            (
                (" " if article.read else UNREAD) + (STAR if article.starred else " "),
                2,
                "star" if article.starred else "unread",
            ),
            (self._when(article, wide=wide), 12 if wide else 6, "muted"),
            (kind, 18 if wide else 1, style),
            (pair_words(flag.actor, flag.recipient) if flag else "", 7, style),
            (line(article.publisher), max(16, min(24, width // 6)), "muted"),
        ]
        gap = 2 if wide else 1
        rest = width - sum(w + gap for _, w, _ in columns)
        return row([*columns, (line(article.title) or "(no title)", rest, title)], gap)

    def _when(self, article: Article, *, wide: bool) -> str:
        """The time that counts; `~` and the time it was first seen where it is undated."""
        times, now = self.context.times, self.context.desk.now()
        show = times.medium if wide else times.short
        return show(article.effective, now) if article.effective else "~" + show(article.first_seen, now)
