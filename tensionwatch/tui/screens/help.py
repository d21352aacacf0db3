"""The keys of the screen one is on, the legend, and the notices of this run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from tensionwatch.ports import RulesStatus
from tensionwatch.tui.cells import Run, fit, line
from tensionwatch.tui.look import LEGEND
from tensionwatch.words import again_words

Keys = tuple[str, str]
"""(keys, what they do)"""

ON_SCREEN, MOVING, EVERYWHERE = "On this screen", "Moving", "Everywhere"

WRONG = "✗"

COLOURS = {
    "muted": "$tw-muted",
    "accent": "$accent",
    "good": "$success",
    "warn": "$warning",
    "bad": "bold $error",
    "risen": "bold reverse",
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


def key_groups(screen: Screen[object], active: Iterable[ActiveBinding]) -> Iterator[tuple[str, list[Keys]]]:
    """The keys at work, in groups: what this screen does, moving about, what works everywhere."""
    groups: dict[str, dict[str, tuple[list[str], str]]] = {ON_SCREEN: {}, MOVING: {}, EVERYWHERE: {}}
    for node, binding, enabled, _ in active:
        if enabled and binding.description and not binding.system and binding.action not in NOT_TOLD:
            keys, _ = groups[_group(screen, node, binding)].setdefault(binding.action, ([], binding.description))
            keys.append(screen.app.get_key_display(binding))
    for heading, actions in groups.items():
        if actions:
            yield heading, [(" ".join(keys), what) for keys, what in actions.values()]


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
        Binding("escape,q,question_mark", "dismiss", "Close", id="help.close"),
        Binding("j", "scroll(1)", "Down", show=False, id="help.down"),
        Binding("k", "scroll(-1)", "Up", show=False, id="help.up"),
        Binding("space", "scroll(10)", "Page down", show=False, id="help.page_down"),
        Binding("g", "scroll(-1000)", "Top", show=False, id="help.first"),
        Binding("G", "scroll(1000)", "End", show=False, id="help.last"),
    ]

    def __init__(
        self,
        about: str,
        groups: Sequence[tuple[str, list[Keys]]],
        rules: Sequence[str],
        notices: Sequence[str],
        wrong: Sequence[list[Run]] = (),
    ) -> None:
        """`wrong`: what keeps news from coming, and what to do about it, in lines."""
        super().__init__()
        self._wrong = wrong
        self._about = about
        self._groups = groups
        self._rules = rules
        self._notices = notices

    def compose(self) -> ComposeResult:
        yield VerticalScroll(Static(Content.assemble(*self._text())), classes="card")

    def _text(self) -> Iterator[tuple[str, str]]:
        yield f"{self._about}: keys and symbols", "bold $accent"
        yield "   escape closes\n", "$tw-muted"
        for runs in self._wrong:
            yield "\n", ""
            yield from ((text, COLOURS.get(style, "")) for text, style in runs)
        if self._wrong:
            yield "\n", ""
        wrong = any(said.startswith(WRONG) for said in self._rules)
        if wrong:  # whoever saw it in the status line looks for it here
            yield from self._rule_lines()
        for heading, keys in self._groups:
            yield f"\n{heading}\n", "bold"
            for shown, what in keys:
                yield f"  {fit(shown, 22)} ", "$accent"
                yield f"{what}\n", ""
        yield "\nSymbols and colours\n", "bold"
        for symbol, style, meaning in LEGEND:
            yield f"  {fit(symbol, 6)}", COLOURS[style]
            yield f"{meaning}\n", ""
        if not wrong:
            yield from self._rule_lines()
        if self._notices:
            yield "\nNotices of this run\n", "bold"
        for notice in self._notices:
            yield f"  {line(notice)}\n", ""

    def _rule_lines(self) -> Iterator[tuple[str, str]]:
        yield "\nRules\n", "bold"
        for said in self._rules:
            yield f"  {line(said)}\n", COLOURS["bad"] if said.startswith(WRONG) else ""

    def action_scroll(self, by: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)
