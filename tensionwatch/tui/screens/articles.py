"""All articles, narrowed by keys and by a line (query.py). The state of every filter is always in sight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import product
from typing import ClassVar

import msgspec
from textual import on, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static

from tensionwatch.model import Kind
from tensionwatch.ports import ArticleQuery, Counts, Group
from tensionwatch.query import KEYS, MARKS, parse, without
from tensionwatch.tui.cells import cut, line, many
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import GROUP_WORDS, SYMBOLS
from tensionwatch.tui.marks import Field
from tensionwatch.tui.messages import ArticleChosen, FlagDoubted
from tensionwatch.tui.screens.base import DeskScreen
from tensionwatch.tui.screens.choose import ChooseScreen
from tensionwatch.tui.situation import Situation, filtered
from tensionwatch.tui.widgets.articles import ArticleList
from tensionwatch.tui.widgets.typed import TypedLine
from tensionwatch.words import KIND_WORDS

TYPING_PAUSE = 0.08
"""Seconds without a key before typed words are applied: a search of 100,000 articles is not made for every letter."""
EVERYTHING = ArticleQuery()


class ArticlesScreen(DeskScreen):
    MODE = "articles"
    NAME = "Articles"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "type", "Filter words", key_display="/", id="articles.filter"),
        Binding("u", "switch('unread')", "Unread only", id="articles.only_unread"),
        Binding("f", "switch('flagged')", "Flagged only", id="articles.only_flagged"),
        Binding("S", "switch('starred')", "Starred only", show=False, id="articles.only_starred"),
        Binding("R", "choose_region", "Region", id="articles.region"),
        Binding("K", "choose_kind", "Kind", id="articles.kind"),
        Binding("escape", "clear", "No filter", show=False, id="articles.no_filter"),
        Binding("m,space", "mark('read')", "Read/unread", id="articles.read"),
        Binding("s", "mark('starred')", "Star", id="articles.star"),
        Binding("w", "doubt", "Wrong flag", id="articles.doubt"),
        Binding("o", "open", "Open in browser", show=False, id="articles.browser"),
        Binding("y", "copy", "Copy link", show=False, id="articles.copy"),
        Binding("A", "all_read", "All read", id="articles.all_read"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.query_now = EVERYTHING
        """What keys and line ask for together."""
        self._by_keys = EVERYTHING
        """What is asked for by keys, or by the screen that led here."""
        self._line = ""
        self._problems: tuple[str, ...] = ()
        self._stay: set[str] = set()
        """Articles that the user's own mark took out of the filter: they stay until the filter is set anew."""
        self._typing: Timer | None = None
        self._told = Counts()
        """What the articles that were last counted tell."""

    def body(self) -> list[Widget]:
        words = TypedLine(
            placeholder="words, or kind:visit actor:RUS since:7d unread",
            id="words",
            compact=True,
            select_on_focus=False,
        )
        return [Static(id="filters"), words, Static(id="problem"), ArticleList(self.context, id="articles")]

    def on_mount(self) -> None:
        self.query_one("#words", Input).display = False
        self.query_one("#problem", Static).display = False
        self.lines.focus()

    @property
    def lines(self) -> ArticleList:
        return self.query_one("#articles", ArticleList)

    def pull(self) -> None:
        self._read()  # the last 7 days are others by now
        self._show()

    def more_help(self) -> list[tuple[str, list[tuple[str, str]]]]:
        asked = (f"{MARKS[0]} …", f"or {', '.join(MARKS[1:])} (it has a note)")
        quoted = ('"unread"', "in quotes: a word, no mark or key; a long name")
        return [("The filter line (/): words to look for, and", [*KEYS.values(), asked, quoted])]

    # ---------------------------------------------------------------- showing

    def filter_by(self, query: ArticleQuery) -> None:
        """Show what this query asks for, from its first row; the line is empty then."""
        self._filter(query, "")

    def _filter(self, by_keys: ArticleQuery, typed: str) -> None:
        self._by_keys, self._line = by_keys, typed
        words = self.query_one("#words", Input)
        if not words.has_focus:
            words.value = typed
        self._read()
        self._stay.clear()
        self._show(from_top=True)

    def _read(self) -> None:
        """Take keys and line together."""
        desk = self.context.desk
        self.query_now, self._problems, _ = parse(self._line, desk.names, desk.now(), self._by_keys)
        problem = self.query_one("#problem", Static)
        problem.display = bool(self._problems)
        if self._problems:
            problem.update(Content(line(f" {'; '.join(self._problems)}")))

    def _show(self, *, from_top: bool = False) -> None:
        ids = self._ids()
        self.lines.empty = "" if ids else self._why_empty()
        self.lines.show(ids, from_top=from_top)
        self._show_filters()
        self._count()

    def _ids(self) -> list[str]:
        ids = self.context.desk.article_ids(self.query_now)
        if not self._stay:
            return ids
        wanted = self._stay.union(ids)
        return [i for i in self.context.desk.article_ids(EVERYTHING) if i in wanted]

    def _why_empty(self) -> Situation:
        if self.query_now == EVERYTHING:
            return self.situation()
        total = len(self.context.desk.article_ids(EVERYTHING))
        return filtered(total, "article", action="articles.no_filter", words=self._line) if total else self.situation()

    def _show_filters(self) -> None:
        everything = self.query_now == EVERYTHING and not self._stay
        total = len(self.lines.ids if everything else self.context.desk.article_ids(EVERYTHING))
        counted = _counted(len(self.lines.ids), total, self._told)
        line_of_filters = _filter_line(
            self.query_now, self._line, self._names(), counted, self.size.width, self.context.key
        )
        self.query_one("#filters", Static).update(line_of_filters, layout=False)

    @work(exclusive=True, group="count")
    async def _count(self) -> None:
        """Say what the listed articles tell; keys come first, so it is counted in steps between them."""
        steps = self.context.desk.count_articles(self.lines.ids)
        while True:
            try:
                next(steps)
            except StopIteration as done:
                self._told = done.value
                break
            await asyncio.sleep(0)
        self._show_filters()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_filters)

    def _names(self) -> dict[str, str]:
        """Of feeds and regions."""
        names = self.context.desk.names
        return {**names.feeds, **names.regions}

    # ---------------------------------------------------------------- filters

    def action_switch(self, name: str) -> None:
        self._set(**{name: not getattr(self.query_now, name)})

    def _set(self, **fields: object) -> None:
        """By a key; what the line says of these fields goes out of it."""
        self._filter(msgspec.structs.replace(self._by_keys, **fields), without(self._line, *fields))

    def action_choose_region(self) -> None:
        options = [("any region", None), *((line(r.region.name), r.region.id) for r in self.context.desk.regions())]
        self.app.push_screen(ChooseScreen("Region", options, self.query_now.region), self._set_region)

    def _set_region(self, region: tuple[str | None] | None) -> None:
        if region is not None:
            self._set(region=region[0])

    def action_choose_kind(self) -> None:
        groups = [(f"{SYMBOLS[g]} {GROUP_WORDS[g]}", g.value) for g in Group]
        kinds = [(f"  {KIND_WORDS[kind]}", kind.value) for kind in Kind if Group.of(kind) is Group.OTHER]
        now = self.query_now.group or self.query_now.kind
        self.app.push_screen(ChooseScreen("Kind", [("any kind", None), *groups, *kinds], now), self._set_kind)

    def _set_kind(self, chosen: tuple[str | None] | None) -> None:
        if chosen is not None:
            group = Group(chosen[0]) if chosen[0] in set(Group) else None
            kind = Kind(chosen[0]) if chosen[0] is not None and group is None else None
            self._set(group=group, kind=kind)

    def action_clear(self) -> None:
        self._close_words()
        self.query_one("#words", Input).value = ""
        if self.query_now != EVERYTHING or self._line:
            self.filter_by(EVERYTHING)

    # ---------------------------------------------------------------- the filter line

    def action_type(self) -> None:
        words = self.query_one("#words", Input)
        words.display = True
        words.focus()

    @on(Input.Changed, "#words")
    def _typed(self, event: Input.Changed) -> None:
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(TYPING_PAUSE, lambda: self._apply(event.value))

    def _apply(self, text: str) -> None:
        if text != self._line:
            self._filter(self._by_keys, text)

    @on(Input.Submitted, "#words")
    def _entered(self, event: Input.Submitted) -> None:
        if self._typing is not None:
            self._typing.stop()
        self._apply(event.value)
        self._close_words()

    def _close_words(self) -> None:
        self.query_one("#words", Input).display = False
        self.lines.focus()

    # ---------------------------------------------------------------- articles

    @on(ArticleList.Chosen, "#articles")
    def _chosen(self, message: ArticleList.Chosen) -> None:
        self._stay.add(message.row_id)
        self.post_message(ArticleChosen(message.row_id, self.lines.ids))

    def action_mark(self, field: Field) -> None:
        if self.lines.current is not None:
            self._stay.add(self.lines.current)
            self.desk_app.toggle_mark(self.lines.current, field)

    def action_doubt(self) -> None:
        if self.lines.current is not None:
            self._stay.add(self.lines.current)
            self.post_message(FlagDoubted(self.lines.current))

    def action_open(self) -> None:
        self.desk_app.open_article(self.lines.current)

    def action_copy(self) -> None:
        self.desk_app.copy_article(self.lines.current)

    def action_all_read(self) -> None:
        self._stay.update(self.lines.ids)
        self.desk_app.mark_all_read(self.lines.ids)


def _counted(shown: int, total: int, told: Counts) -> tuple[str, ...]:
    """How many are listed, and what they tell: events · reports · publishers; in words, in short."""
    three = (many(told.events, "event"), many(told.reports, "report"), many(told.publishers, "publisher"))
    listed = f" {shown} of {total}"
    return (
        f"{listed} tell {' · '.join(three)}  ",
        f"{listed} · {told.events} ev · {told.reports} rep · {told.publishers} pub  ",
        f"{listed} · {told.events}·{told.reports}·{told.publishers}  ",
    )


def _filter_line(
    query: ArticleQuery,
    typed: str,
    names: dict[str, str],
    counted: tuple[str, ...],
    width: int,
    key: Callable[[str], str],
) -> Content:
    """How many, and every filter with its key, those in force bright. Where that is too long, the counts are
    told in short, then those filters that are not in force show their keys alone."""
    region = line(names.get(query.region, query.region)) if query.region else "any region"
    kind = KIND_WORDS[query.kind] if query.kind else GROUP_WORDS[query.group] if query.group else "any kind"
    feed = line(names.get(query.feed, query.feed)) if query.feed else ""
    filters = [
        ("", cut(feed, 24), bool(feed)),
        (key("articles.region"), cut(region, 24), query.region is not None),
        (key("articles.kind"), kind, query.kind is not None or query.group is not None),
        (key("articles.only_unread"), "unread", query.unread),
        (key("articles.only_flagged"), "flagged", query.flagged),
        (key("articles.only_starred"), "starred", query.starred),
        (key("articles.filter"), line(typed) or "words", bool(typed)),
    ]
    for long, count in product((False, True), counted):
        said = [(by if long and not on else f"{by} {word}".strip(), on) for by, word, on in filters if word]
        styled = [(f" {text} ", "bold $accent" if on else "$tw-muted") for text, on in said]
        told = Content.assemble((count, "bold"), *styled)
        if told.cell_length <= width:
            break
    return told
