"""The log: what happened in this run and before, the newest below."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input, Static

from tensionwatch.logread import LEVELS
from tensionwatch.tui.screens.base import DeskScreen
from tensionwatch.tui.widgets.log import LogList, RecordPane, record_text
from tensionwatch.tui.widgets.typed import TypedLine

LOOK: Final = 0.5
"""Seconds between two looks for new records: they come without news in the store."""


class LogScreen(DeskScreen):
    MODE = "log"
    NAME = "Log"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "level", "Level", id="log.level"),
        Binding("slash", "type", "Filter", key_display="/", id="log.filter"),
        Binding("n", "grave(1)", "Next warning", id="log.next"),
        Binding("p", "grave(-1)", "Previous", show=False, id="log.previous"),
        Binding("space", "seen", "Seen, to the end", id="log.seen"),
        Binding("y", "copy", "Copy", id="log.copy"),
        Binding("escape", "back", "Close/all", id="log.back"),
        Binding("tab", "app.focus_next", "Record", show=False, id="log.other_pane"),
        Binding("shift+tab", "app.focus_previous", "Record/list", show=False, id="log.other_pane_back"),
    ]

    def body(self) -> list[Widget]:
        words = TypedLine(placeholder="words of a record", id="log-words", compact=True, select_on_focus=False)
        return [words, LogList(self.context, id="log"), RecordPane(Static(), id="record")]

    def on_mount(self) -> None:
        self._shown = -1
        self.words.display = self.pane.display = False
        self.lines.focus()
        self.set_interval(LOOK, self._look)
        self.context.log.want()

    @property
    def lines(self) -> LogList:
        return self.query_one("#log", LogList)

    @property
    def words(self) -> TypedLine:
        return self.query_one("#log-words", TypedLine)

    @property
    def pane(self) -> RecordPane:
        return self.query_one("#record", RecordPane)

    def more_help(self) -> list[tuple[str, list[tuple[str, str]]]]:
        path = self.context.log.path
        where = f"kept in {path}, and two older ones beside it" if path else "kept nowhere: there is no [log] path"
        level = "[log] level in the configuration, or --log-level"
        return [("The log", [("the file", where), ("what is told", level)])]

    # ---------------------------------------------------------------- showing

    def on_screen_resume(self) -> None:
        self.context.log.want()
        super().on_screen_resume()

    def on_screen_suspend(self) -> None:
        """What nobody had seen was marked for as long as one looked."""
        if self.is_whole:
            self.lines.fresh_after = self.context.log.looked

    def _look(self) -> None:
        if self.is_current and self.is_whole and self._shown != self.context.log.revision:
            self.desk_app.pull()

    def pull(self) -> None:
        log = self.context.log
        self._shown = log.revision
        self.lines.empty = self._why_empty()
        self.lines.show_records(log.records())
        if self.lines.follows:
            log.look()
        self._show_record()
        self.refresh_bindings()

    def _why_empty(self) -> str:
        if self.lines.is_narrowed:
            return "No record passes these filters." + self.context.says(" {} takes them away.", "log.back")
        trouble = self.context.log.trouble
        return f"The log file cannot be read: {trouble}." if trouble else "Nothing has been logged yet."

    def _show_record(self) -> None:
        record = self.lines.record
        if record is None:
            self._close_pane()
        elif self.pane.display:
            self.pane.show_record(record, self.context.times)

    @on(LogList.Moved, "#log")
    def _moved(self) -> None:
        self._show_record()
        self.lines.repaint()

    # ---------------------------------------------------------------- one record

    @on(LogList.Chosen, "#log")
    def _chosen(self) -> None:
        """Open the whole of it, or close it again."""
        self.pane.display = not self.pane.display
        self._show_record()
        self.refresh_bindings()

    def _close_pane(self) -> None:
        if self.pane.has_focus:
            self.lines.focus()
        self.pane.display = False

    def action_copy(self) -> None:
        if (record := self.lines.record) is not None:
            self.app.copy_to_clipboard(record_text(record))
            self.desk_app.say(f"Copied: {record.text}")

    # ---------------------------------------------------------------- which are listed

    def _narrow(self, words: str, level: int) -> None:
        self.lines.narrow(words, level)
        self.lines.empty = self._why_empty()
        self._show_record()
        self.refresh_bindings()

    def action_level(self) -> None:
        self._narrow(self.lines.words, (self.lines.level + 1) % len(LEVELS))

    def action_grave(self, by: int) -> None:
        self.lines.to_grave(by)

    def action_seen(self) -> None:
        self.context.log.look()
        self.lines.fresh_after = self.context.log.looked
        self.lines.to_end()
        self.desk_app.pull()

    def action_type(self) -> None:
        self.words.value = self.lines.words
        self.words.display = True
        self.words.focus()

    @on(Input.Changed, "#log-words")
    def _typed(self, event: Input.Changed) -> None:
        if event.value != self.lines.words:
            self._narrow(event.value, self.lines.level)

    @on(Input.Submitted, "#log-words")
    def _entered(self) -> None:
        self._close_words()

    def _close_words(self) -> None:
        self.words.display = False
        self.lines.focus()

    def action_back(self) -> None:
        """Close what is open, the latest first; then show all."""
        if self.words.display:
            self._close_words()
            self._narrow("", self.lines.level)
        elif self.pane.display:
            self._close_pane()
        else:
            self._narrow("", 0)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  # Textual's signature
        """Keys that would do nothing are not offered."""
        if not self.is_whole:
            return True
        if action == "back":
            return self.pane.display or self.words.display or self.lines.is_narrowed
        return action != "copy" or self.lines.record is not None
