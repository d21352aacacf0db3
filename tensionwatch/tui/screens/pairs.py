"""Pairs: the ledger of what stands between any two countries, conflict and cooperation side by side. Each opens its
page."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from tensionwatch.series import Pair, PairRecord
from tensionwatch.tui.cells import line, many
from tensionwatch.tui.context import Context
from tensionwatch.tui.messages import TrendWanted
from tensionwatch.tui.pairbook import record_words
from tensionwatch.tui.screens.pair import PairScreen
from tensionwatch.tui.screens.past import PastScreen
from tensionwatch.tui.situation import Situation, filtered
from tensionwatch.tui.subjects import short_name
from tensionwatch.tui.widgets.pairs import PairList
from tensionwatch.tui.widgets.typed import TypedLine


class PairsScreen(PastScreen):
    MODE = "pairs"
    NAME = "Pairs"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "type", "Filter", key_display="/", id="pairs.filter"),
        Binding("s", "order", "Order", id="pairs.order"),
        Binding("c", "trend", "Chart", id="pairs.trend"),
        Binding("y", "copy", "Copy", show=False, id="pairs.copy"),
        Binding("escape", "clear", "Clear filter", id="pairs.clear"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.words = ""
        """That the listed pairs are narrowed by."""
        self._records: list[PairRecord] = []
        self._names: dict[Pair, str] = {}

    def body(self) -> list[Widget]:
        words = TypedLine(placeholder="countries: korea, RUS PRK …", id="words", compact=True, select_on_focus=False)
        return [Static(id="about"), words, PairList(self.context, id="pairs")]

    def on_mount(self) -> None:
        self.query_one("#words").display = False
        self.lines.focus()

    @property
    def lines(self) -> PairList:
        return self.query_one("#pairs", PairList)

    # ---------------------------------------------------------------- showing

    def pull(self) -> None:
        if not self.series_are_ready():
            if not self._records:
                self.lines.empty = "Taking in the past …"
                self.lines.repaint()
            return
        self._records = self.context.desk.pair_records()
        self._show()

    def show_progress(self, words: str) -> None:
        if not self._records:
            self.lines.empty = words
            self.lines.repaint()

    def _show(self, *, from_top: bool = False) -> None:
        wanted = self.words.casefold().split()
        listed = [record for record in self._records if self._is_wanted(record.pair, wanted)]
        self.lines.empty = "" if listed else self._why_empty()
        self.lines.show_records(listed, from_top=from_top)
        self._show_about(len(listed))
        self.refresh_bindings()

    def _show_about(self, listed: int) -> None:
        every, above = many(len(self._records), "pair"), self.lines.above
        counted = f"{listed} of {every} · {line(self.words)}" if self.words.strip() else every
        out_of_sight = f" · {many(above, 'line')} above" if above else ""
        self.query_one("#about", Static).update(
            Content.assemble((f" {counted}", "bold $accent"), (f" · events of 365 days{out_of_sight}", "$tw-muted")),
            layout=False,
        )

    @on(PairList.Moved, "#pairs")
    def _moved(self) -> None:
        self._show_about(len(self.lines.ids))
        self.refresh_bindings()

    def _is_wanted(self, pair: Pair, wanted: list[str]) -> bool:
        """Does every word begin a code, or a word of a name, of the two?"""
        if not wanted:
            return True
        if (name := self._names.get(pair)) is None:
            names = " ".join((*pair, *(self.context.desk.country_name(country) for country in pair)))
            name = self._names[pair] = f" {names.casefold()}"
        return all(f" {word}" in name for word in wanted)

    def _why_empty(self) -> str | Situation:
        if self._records:
            return filtered(len(self._records), "pair", action="pairs.clear", words=self.words)
        if self.context.desk.events(limit=1):
            return "Nothing has happened between two countries that are both known, in the last 365 days."
        return self.situation()

    # ---------------------------------------------------------------- what the user does

    @on(PairList.Chosen, "#pairs")
    def _chosen(self) -> None:
        if (record := self.lines.record) is not None:
            self.app.push_screen(PairScreen(self.context, record.pair, self.lines.pairs))

    def action_order(self) -> None:
        self.lines.order = self.lines.order.next
        self._show(from_top=True)

    def action_trend(self) -> None:
        if (record := self.lines.record) is not None:
            self.post_message(TrendWanted(record.pair))

    def action_copy(self) -> None:
        if (record := self.lines.record) is not None:
            self.app.copy_to_clipboard("\n".join(record_words(record, self.context)))
            self.notify(f"Copied: {short_name(record.pair, self.context)}.", markup=False)

    # ---------------------------------------------------------------- the filter line

    def action_type(self) -> None:
        words = self.query_one("#words", Input)
        words.display = True
        words.focus()

    @on(Input.Changed, "#words")
    def _typed(self, event: Input.Changed) -> None:
        if event.value != self.words:
            self.words = event.value
            self._show(from_top=True)

    @on(Input.Submitted, "#words")
    def _entered(self) -> None:
        self._close_words()

    def _close_words(self) -> None:
        self.query_one("#words").display = False
        self.lines.focus()

    def action_clear(self) -> None:
        self._close_words()
        self.query_one("#words", Input).value = ""
        if self.words:
            self.words = ""
            self._show()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  # Textual's signature
        """Keys that would do nothing are not offered."""
        if action == "clear":
            return bool(self.words) or (self.is_whole and self.query_one("#words").display)
        return action not in ("trend", "copy") or (self.is_whole and self.lines.record is not None)
