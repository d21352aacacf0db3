"""The keys of the screen one is on, the legend, and the notices of this run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, Static

from tensionwatch.exchange import RulesStatus
from tensionwatch.keys import Keymap, is_nowhere
from tensionwatch.tui.cells import Run, fit, line
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import LEGEND
from tensionwatch.tui.widgets.typed import TypedLine
from tensionwatch.words import again_words

Keys = tuple[str, str]
"""(keys, what they do)"""

Piece = tuple[str, str]
"""(text, style)"""
Line = list[Piece]

ON_SCREEN, MOVING, ELSEWHERE, EVERYWHERE = "On this screen", "Moving", "In its other lists", "Everywhere"

WRONG = "✗"

COLOURS = {
    "muted": "$tw-muted",
    "accent": "$accent",
    "good": "$success",
    "warn": "$warning",
    "bad": "bold $error",
    "risen": "bold",
    "strong": "",
    "heading": "bold",
    "unread": "bold",
    "star": "$tw-star",
    "incident": "$tw-incident",
    "visit": "$tw-visit",
    "other": "$tw-other",
}


HELP_WIDTH = 76
"""Cells of a line of it, at 80 columns."""
NOT_TOLD = {"scroll_left", "scroll_right", "page_left", "page_right"}
"""Keys that Textual gives to what scrolls; nothing here scrolls sideways."""


def key_groups(screen: Screen[object], keys: Keymap) -> Iterator[tuple[str, list[Keys]]]:
    """The keys at work, in groups: what this screen does and the list one is in, moving about, what the other lists of
    the screen do, what works everywhere."""
    groups: dict[str, dict[str, tuple[list[str], str]]] = {ON_SCREEN: {}, MOVING: {}, ELSEWHERE: {}, EVERYWHERE: {}}
    active = screen.active_bindings.values()
    for node, binding, enabled, _ in active:
        if enabled and not is_nowhere(binding.key) and _is_told(binding):
            shown, _ = groups[_group(screen, node, binding)].setdefault(binding.action, ([], binding.description))
            shown.append(keys.called(binding.key))
    at_work = {each.binding.id for each in active}
    for widget in screen.focus_chain:
        for each in type(widget).BINDINGS:
            if isinstance(each, Binding) and each.id and each.id not in at_work and _is_told(each) and keys.of(each.id):
                groups[ELSEWHERE].setdefault(each.id, ([*map(keys.called, keys.of(each.id))], each.description))
    for heading, actions in groups.items():
        if actions:
            yield heading, [(" ".join(shown), what) for shown, what in actions.values()]


def _is_told(binding: Binding) -> bool:
    return bool(binding.description) and not binding.system and binding.action not in NOT_TOLD


def _group(screen: Screen[object], node: object, binding: Binding) -> str:
    if node is screen.app:
        return EVERYWHERE
    own = node is screen and not binding.action.startswith(("app.focus", "screen."))
    return ON_SCREEN if own or binding.show else MOVING


def rules_words(status: RulesStatus) -> list[str]:
    """Which rules are in force, what is wrong with the user's, and whether articles are being classified again."""
    if status.elsewhere:
        return ["kept by the process that collects"]
    rules = status.in_force
    if rules is None:
        return ["not known yet: the process that has them is starting"]
    said = [f"{rules.count} in force, version {rules.version}, for {', '.join(rules.languages)}"]
    if words := again_words(status):
        said.append(words)
    said += [f"{WRONG} {problem}" for problem in rules.problems]
    return said + [f"{WRONG} {file}: its rules from before are in force" for file in rules.kept]


class HelpScreen(ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "close", "Close", id="help.close"),
        Binding("slash", "find", "Find", id="help.find"),
        Binding("down,j", "scroll(1)", "Down", show=False, id="help.down"),
        Binding("up,k", "scroll(-1)", "Up", show=False, id="help.up"),
        Binding("space,pagedown", "scroll(10)", "Page down", show=False, id="help.page_down"),
        Binding("b,pageup", "scroll(-10)", "Page up", show=False, id="help.page_up"),
        Binding("g,home", "scroll(-1000)", "Top", show=False, id="help.first"),
        Binding("G,end", "scroll(1000)", "End", show=False, id="help.last"),
    ]

    def __init__(
        self,
        context: Context,
        about: str,
        groups: Sequence[tuple[str, list[Keys]]],
        rules: Sequence[str],
        notices: Sequence[str],
        wrong: Sequence[list[Run]] = (),
    ) -> None:
        """`wrong`: what keeps news from coming, and what to do about it, in lines."""
        super().__init__()
        self._wrong = wrong
        self._shared = context
        self._about = about
        self._groups = groups
        self._rules = rules
        self._notices = notices
        self._wanted: list[str] = []
        """Words that a line has to have, in small letters."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="card"):
            yield Static(Content.assemble(*self._head()), id="help-head")
            yield TypedLine(placeholder="words that a line has", compact=True, id="help-words")
            yield VerticalScroll(Static(self._content(), id="help-text"), can_focus=True)

    def on_mount(self) -> None:
        self.query_one("#help-words").display = False
        self.query_one(VerticalScroll).focus()

    def _head(self) -> Iterator[tuple[str, str]]:
        yield f"{self._about}: keys and symbols", "bold $accent"
        says = self._shared.says
        hints = filter(None, (says("{} finds", "help.find"), says("{} closes", "help.close")))
        yield f"   {', '.join(hints)}", "$tw-muted"

    def _content(self) -> Content:
        told = [*self._sections()]
        pieces: list[Piece] = []
        for heading, lines in told:
            if found := [line for line in lines if self._has_all(line)]:
                pieces += [("\n" if pieces else "", ""), (f"{heading}\n", "bold")]
                pieces += [piece for line in found for piece in (*line, ("\n", ""))]
        return Content.assemble(*(pieces or [("No line has these words.", "$tw-muted")]))

    def _has_all(self, pieces: Line) -> bool:
        text = "".join(text for text, _ in pieces).casefold()
        return all(word in text for word in self._wanted)

    def _sections(self) -> Iterator[tuple[str, list[Line]]]:
        if self._wrong:
            yield "Now", [[(text, COLOURS.get(style, "")) for text, style in runs] for runs in self._wrong]
        wrong = any(said.startswith(WRONG) for said in self._rules)
        rules = [[(f"  {line(said)}", COLOURS["bad"] if said.startswith(WRONG) else "")] for said in self._rules]
        if wrong:  # whoever saw it in the status line looks for it here
            yield "Rules", rules
        for heading, keys in self._groups:
            yield heading, [[(f"  {fit(shown, 22)} ", "$accent"), (what, "")] for shown, what in keys]
        legend: list[Line] = [[(f"  {fit(each, 6)}", COLOURS[style]), (means, "")] for each, style, means in LEGEND]
        yield "Symbols and colours", legend
        if not wrong:
            yield "Rules", rules
        yield "Notices of this run", [[(f"  {line(notice)}", "")] for notice in self._notices]

    @on(Input.Changed, "#help-words")
    def _typed(self, event: Input.Changed) -> None:
        self._wanted = event.value.casefold().split()
        self.query_one("#help-text", Static).update(self._content())

    @on(Input.Submitted, "#help-words")
    def _entered(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_find(self) -> None:
        words = self.query_one("#help-words", TypedLine)
        words.display = True
        words.focus()

    def action_close(self) -> None:
        """First what was asked for, then the whole."""
        words = self.query_one("#help-words", TypedLine)
        if not words.display:
            self.dismiss()
            return
        words.value = ""
        words.display = False
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, by: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)
