"""Articles, one line each: when, marks, what they are flagged as, who says it, the title."""

from __future__ import annotations

from tensionwatch.model import Article, Flag
from tensionwatch.tui.cells import Run, line, row
from tensionwatch.tui.look import NOTE, STAR, UNREAD, lead_flag, style, symbol
from tensionwatch.tui.widgets.lines import LineList
from tensionwatch.words import KIND_WORDS, pair_words, status_words

WIDE = 110
"""Cells from which a line also has the kind as a word, and the time of older days."""


class ArticleList(LineList):
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
