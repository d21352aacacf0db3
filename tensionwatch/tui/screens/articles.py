"""All articles, narrowed by tabs, by keys and by a line (query.py). The state of every filter is always in sight.

    tab, keys, line ─Asked.read▶ ArticleQuery ─find_articles▶ first screenful, at once ─▶ the rest, between keys
                                                                                               └─▶ counts, of tabs too

What comes in changes the list once all of it is found, so that it is never shown in part; only a list that the user has
just asked for is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from tensionwatch.breath import BREATH, PIECE, Pace, in_steps
from tensionwatch.exchange import ArticleQuery, Counts, Group
from tensionwatch.model import Kind, SavedFilter
from tensionwatch.query_values import KEYS, MARKS
from tensionwatch.tui.cells import line
from tensionwatch.tui.context import Context
from tensionwatch.tui.filtering import EVERYTHING, Asked, counted, filter_line
from tensionwatch.tui.finding import Found, with_others
from tensionwatch.tui.look import GROUP_WORDS, SYMBOLS
from tensionwatch.tui.marks import Field
from tensionwatch.tui.messages import ArticleChosen, FilterDropped, FilterSaved, FlagDoubted
from tensionwatch.tui.screens import reading
from tensionwatch.tui.screens.base import DeskScreen
from tensionwatch.tui.screens.choose import ChooseScreen
from tensionwatch.tui.screens.name import NameScreen
from tensionwatch.tui.situation import Situation, filtered
from tensionwatch.tui.tabcounts import TabCounts
from tensionwatch.tui.widgets.articles import ArticleList
from tensionwatch.tui.widgets.filterline import FilterLine
from tensionwatch.tui.widgets.preview import Preview
from tensionwatch.tui.widgets.tabs import FilterTabs, Tab
from tensionwatch.words import KIND_WORDS

FIRST_LOOK = 0.010
"""Seconds that a key waits for the first screenful; what is not found by then comes between the next keys."""
SHOWN_EVERY = 0.25
"""Seconds between two looks at a list that takes long to be found."""
TURNS = 3
ALL = "All"
NAME_MOST = 24


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
        Binding("greater_than_sign,right,l", "tab(1)", "Next tab", key_display=">", id="articles.next_tab"),
        Binding("less_than_sign,left,h", "tab(-1)", "Tab before", show=False, id="articles.previous_tab"),
        Binding("F", "save_filter", "Save filter", id="articles.save_filter"),
        Binding("X", "drop_filter", "Remove tab", show=False, id="articles.remove_filter"),
        Binding("m,space", "mark('read')", "Read/unread", id="articles.read"),
        Binding("s", "mark('starred')", "Star", id="articles.star"),
        Binding("w", "doubt", "Wrong flag", id="articles.doubt"),
        Binding("o", "open", "Open in browser", show=False, id="articles.browser"),
        Binding("y", "copy", "Copy link", show=False, id="articles.copy"),
        Binding("A", "all_read", "All read", id="articles.all_read"),
        Binding(
            "right_square_bracket,shift+down",
            "scroll_preview(1)",
            "Preview down",
            show=False,
            id="articles.preview_down",
        ),
        Binding(
            "left_square_bracket,shift+up", "scroll_preview(-1)", "Preview up", show=False, id="articles.preview_up"
        ),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.query_now = EVERYTHING
        """What tab, keys and line ask for together."""
        self._tab = ""
        """The saved filter that is shown; empty for all articles."""
        self._tabs: dict[str, Asked] = {"": Asked()}
        self._counts = TabCounts(context.desk)
        self._found = Found(iter(()))
        self._found.go_on(0)
        self._again = False
        """Something has come while the list was being found."""
        self._total: int | None = None
        """How many are listed; None until all are found."""
        self._told: Counts | None = None
        """What the articles that were last counted tell."""

    def body(self) -> list[Widget]:
        words = FilterLine(lambda: self.context.desk.names, id="words")
        listed = Horizontal(ArticleList(self.context, id="articles"), Preview(id="article-preview"), id="listed")
        return [FilterTabs(id="tabs"), Static(id="filters"), words, Static(id="problem"), listed]

    def on_mount(self) -> None:
        self.query_one("#words", Input).display = False
        self.query_one("#problem", Static).display = False
        self.query_one("#tabs").display = False
        self.lines.focus()

    @property
    def lines(self) -> ArticleList:
        return self.query_one("#articles", ArticleList)

    @property
    def words(self) -> FilterLine:
        return self.query_one("#words", FilterLine)

    @property
    def _asked(self) -> Asked:
        return self._tabs[self._tab]

    def pull(self) -> None:
        self._take_filters()
        self._read()  # the last 7 days are others by now
        if self._found.is_whole:
            self._find()
        else:
            self._again = True

    def more_help(self) -> list[tuple[str, list[tuple[str, str]]]]:
        key = self.context.says(" ({})", "articles.filter")
        return [(f"The filter line{key}: words to look for, and", [*KEYS.values(), *_GRAMMAR])]

    # ---------------------------------------------------------------- finding

    def filter_by(self, query: ArticleQuery) -> None:
        """Show what this query asks for, among all articles, from its first row; the line is empty then."""
        self._leave_tab()
        self._tab = ""
        fields = {name: getattr(query, name) for name in query.__struct_fields__}
        self._tabs[""] = Asked(keys={k: v for k, v in fields.items() if v != getattr(EVERYTHING, k)})
        self._filter()

    def _filter(self) -> None:
        """The user asks for other rows."""
        if not self.words.has_focus:
            self.words.value = self._asked.line
        self._asked.stay.clear()
        self._asked.place = None
        self._read()
        self._find(from_top=True)

    def _read(self) -> None:
        """Take tab, keys and line together."""
        desk = self.context.desk
        typing = self.words.display
        self.query_now, problems, _, self.words.wrong = self._asked.read(desk.names, desk.now(), typing=typing)
        problem = self.query_one("#problem", Static)
        problem.display = bool(problems)
        if problems:
            problem.update(Content(line(f" {'; '.join(problems)}")))

    def _find(self, *, from_top: bool = False) -> None:
        self._again = False
        found = self._found = Found(self.context.desk.find_articles(self.query_now))
        enough = 2 * self.size.height if from_top and self._asked.place is None else None
        found.go_on(FIRST_LOOK, enough)
        if found.is_whole:
            self._show(found, from_top=from_top)
            return
        is_begun = enough is not None and len(found.ids) >= enough
        if is_begun:
            self.lines.show(found.ids, from_top=True)
        if from_top:
            self._total = None
            self._show_around()
        self._find_rest(found, enough, from_top=from_top and not is_begun, is_begun=is_begun)

    @work(exclusive=True, group="find")
    async def _find_rest(self, found: Found, enough: int | None, *, from_top: bool, is_begun: bool) -> None:
        """Keys and the first screenful come first: it is looked on in steps between. What the user has asked for is
        shown so far, once it fills the screen and again after a while: without the index each text is looked at."""
        pace, shown = Pace(), monotonic()
        if is_begun:
            await self.painted()
        while not found.is_whole:
            if found is not self._found:
                return
            found.go_on(PIECE)
            await pace.breathe()
            if enough is None or found.is_whole:
                continue
            fills = not is_begun and len(found.ids) >= enough
            if fills or monotonic() - shown > SHOWN_EVERY:
                self.lines.empty = "Looking …"
                self.lines.show(found.ids, from_top=from_top)
                is_begun, from_top, shown = is_begun or fills, False, monotonic()
                await self.painted()
        self._show(found, from_top=from_top, is_begun=is_begun)

    def _show(self, found: Found, *, from_top: bool, is_begun: bool = False) -> None:
        """All that were found."""
        desk, asked, ids = self.context.desk, self._asked, found.ids
        if asked.stay:
            ids = with_others(ids, asked.stay, desk.article_ids(EVERYTHING))
        self._total = len(ids)
        self.lines.empty = "" if ids else self._why_empty()
        if is_begun and ids is self.lines.ids:
            self.lines.grow()
        else:
            self.lines.show(ids, from_top=from_top)
        if asked.place is not None:
            self.lines.go_back_to(*asked.place)
            asked.place = None
        self._show_around()
        self._count()
        if self._again:
            self._find()

    def _why_empty(self) -> Situation:
        if self.query_now == EVERYTHING:
            return self.situation()
        total, words = self.context.desk.article_count, self._asked.line
        return filtered(total, "article", action="articles.no_filter", words=words) if total else self.situation()

    @work(exclusive=True, group="count")
    async def _count(self) -> None:
        """Say what the listed articles tell, in steps between keys; then what is unread in each tab."""
        self._told = await in_steps(self.context.desk.count_articles(self.lines.ids))
        if not self.is_whole:
            return  # the program ends
        self._show_filters()
        while True:
            await in_steps(self._counts.count(self._listed_filters()))
            if not self.is_whole:
                return
            self._show_tabs()
            if not self._counts.is_behind(self._listed_filters()):
                return
            await asyncio.sleep(self._counts.rest)

    # ---------------------------------------------------------------- what stands around the list

    def _show_around(self) -> None:
        self._show_tabs()
        self._show_filters()
        self._show_preview()

    def _show_filters(self) -> None:
        desk, names = self.context.desk, self.context.desk.names
        where = self.context.says(" ({})", "list.first")
        above = f"{self.lines.fresh} new above{where}  " if self.lines.fresh else ""
        told = counted(self._total, max(desk.article_count, self._total or 0), self._told, above)
        known = {**names.feeds, **names.regions}
        said = filter_line(self.query_now, self._asked.line, known, told, self.size.width, self.context.key)
        self.query_one("#filters", Static).update(said, layout=False)

    def _show_tabs(self) -> None:
        filters, tabs = self._listed_filters(), self.query_one("#tabs", FilterTabs)
        tabs.display = bool(filters)
        listed = [Tab(ALL, self.context.desk.unread), *(Tab(f.name, self._counts.unread(f)) for f in filters)]
        tabs.show(listed, 1 + [f.name for f in filters].index(self._tab) if self._tab else 0)

    def _show_preview(self) -> None:
        """Where there is room beside the list: what is under its cursor."""
        if not self.has_class("-wide"):
            return
        current, desk = self.lines.current, self.context.desk
        article = desk.article(current) if current is not None else None
        page = Content("")
        if article is not None:
            place = reading.Place(f"{self.lines.cursor + 1} of {len(self.lines.ids)}")
            head = reading.article_head(article, self.context, place)
            body = reading.article_body(article, self.context, desk.events_of(article.id), None)
            page = Content("\n").join((head, body))
        self.query_one(Preview).show(current, page)

    @on(ArticleList.Moved, "#articles")
    def _moved(self) -> None:
        self._show_preview()

    @on(ArticleList.FreshSeen, "#articles")
    def _fresh_seen(self) -> None:
        self._show_filters()

    def action_scroll_preview(self, steps: int) -> None:
        self.query_one(Preview).scroll_text(steps)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_around)

    # ---------------------------------------------------------------- tabs

    def _listed_filters(self) -> Sequence[SavedFilter]:
        return self.context.desk.filters

    def _take_filters(self) -> None:
        """Tabs as they are now: one may be gone, or say something else."""
        filters = {each.name: each.query for each in self._listed_filters()}
        for name in self._tabs.keys() - filters.keys() - {""}:
            del self._tabs[name]
        for name, query in filters.items():
            self._tabs.setdefault(name, Asked()).saved = query
        if self._tab not in self._tabs:
            self._go_to_tab("")

    def _leave_tab(self) -> None:
        if self._tab in self._tabs:
            self._asked.place = self.lines.place

    def _go_to_tab(self, name: str) -> None:
        """As it was left."""
        self._leave_tab()
        self._tab = name
        self.words.value = self._asked.line
        self._read()
        self._find(from_top=True)

    def action_tab(self, by: int) -> None:
        names = ["", *(each.name for each in self._listed_filters())]
        if len(names) > 1:
            self._go_to_tab(names[(names.index(self._tab) + by) % len(names)])

    @on(FilterTabs.Chosen)
    def _tab_chosen(self, message: FilterTabs.Chosen) -> None:
        self._go_to_tab(["", *(each.name for each in self._listed_filters())][message.index])

    @on(FilterTabs.SaveWanted)
    def action_save_filter(self) -> None:
        wanted = self._asked.as_line
        if not self._asked.is_refined or not wanted:
            said = "This tab is saved as it is." if self._tab else "Nothing is filtered: there is nothing to save."
            self.notify(said, markup=False)
            return
        asks = NameScreen("Save this filter as a tab", line(wanted), self._tab, at_most=NAME_MOST)
        self.app.push_screen(asks, lambda name: self._save(name, wanted))

    def _save(self, name: str | None, wanted: str) -> None:
        if name is None:
            return
        known = {each.name.casefold(): each for each in self._listed_filters()}
        before = known.get(name.casefold())
        if name.casefold() == ALL.casefold() or (before is not None and before.saved is None):
            where = "of all articles" if before is None else "of the configuration"
            self.notify(f"{line(name)} is the name of the tab {where}: another one, please.", markup=False)
            return
        saved = SavedFilter(name=before.name if before else name, query=wanted, saved=self.context.desk.now())
        self.post_message(FilterSaved(saved, before, lambda: self._saved(saved.name)))

    def _saved(self, name: str) -> None:
        """The list is what it was, in a tab of its own."""
        refined = self._asked
        self._tabs[name] = Asked(stay=set(refined.stay), place=self.lines.place)
        refined.keys, refined.line = {}, ""
        self._tab = name
        self._take_filters()
        self.words.value = ""
        self._read()
        self._find()

    def action_drop_filter(self) -> None:
        saved = next((each for each in self._listed_filters() if each.name == self._tab), None)
        if saved is None:
            self.notify("This tab stays: it has all articles.", markup=False)
        elif saved.saved is None:
            self.notify(f"{line(saved.name)} is a [[filter]] of the configuration: take it out there.", markup=False)
        else:
            self.post_message(FilterDropped(saved))

    # ---------------------------------------------------------------- filters

    def action_switch(self, name: str) -> None:
        self._set(**{name: not getattr(self.query_now, name)})

    def _set(self, **fields: object) -> None:
        self._asked.set(**fields)
        self._filter()

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
        """What keys and line ask for, then the tab."""
        was_typing = self.words.display
        self._close_words()
        self.words.value = ""
        if self._asked.is_refined:
            self._asked.keys, self._asked.line = {}, ""
            self._filter()
        elif self._tab and not was_typing:
            self._go_to_tab("")

    # ---------------------------------------------------------------- the filter line

    def action_type(self) -> None:
        self.words.display = True
        self.words.focus()

    @on(Input.Changed, "#words")
    async def _typed(self, event: Input.Changed) -> None:
        self._apply(event.value)
        # The line is ready to be drawn at once, the list some turns of the loop later: so both come in one frame,
        # after 15 ms, where the list came in one of its own after 40.
        for _ in range(TURNS):
            await asyncio.sleep(0)

    def _apply(self, text: str) -> None:
        if text != self._asked.line:
            self._asked.line = text
            self._filter()

    @on(Input.Submitted, "#words")
    def _entered(self, event: Input.Submitted) -> None:
        self._apply(event.value)
        self.words.remember(event.value)
        self._close_words()

    def _close_words(self) -> None:
        self.words.display = False
        self.lines.focus()
        self._read()  # what was half typed is a problem now

    # ---------------------------------------------------------------- articles

    @on(ArticleList.Chosen, "#articles")
    def _chosen(self, message: ArticleList.Chosen) -> None:
        self._asked.stay.add(message.row_id)
        self.post_message(ArticleChosen(message.row_id, self.lines.ids))

    def action_mark(self, field: Field) -> None:
        if self.lines.current is not None:
            self._asked.stay.add(self.lines.current)
            self.desk_app.toggle_mark(self.lines.current, field)

    def action_doubt(self) -> None:
        if self.lines.current is not None:
            self._asked.stay.add(self.lines.current)
            self.post_message(FlagDoubted(self.lines.current))

    def action_open(self) -> None:
        self.desk_app.open_article(self.lines.current)

    def action_copy(self) -> None:
        self.desk_app.copy_article(self.lines.current)

    @work(exclusive=True, group="all read")
    async def action_all_read(self) -> None:
        """Those that are listed, the ones that are still being found too."""
        found = self._found
        while not found.is_whole:
            await asyncio.sleep(BREATH)
        if found is self._found:
            self._asked.stay.update(self.lines.ids)
            self.desk_app.mark_all_read(self.lines.ids)


_GRAMMAR = (
    (f"{MARKS[0]} …", f"or {', '.join(MARKS[1:])} (it has a note)"),
    ('"north korea"', "in quotes: words that stand so; a long name; no mark or key"),
    ("-kind:talks", "a minus before any of these, or before a word: without it"),
)
"""What the help tells beside the keys of the line."""
