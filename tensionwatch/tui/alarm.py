"""What the application does about alerts: the bell, acknowledging, muting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Final

from tensionwatch.alerts.records import Raised
from tensionwatch.tui.messages import MuteWanted
from tensionwatch.tui.muting import LENGTHS, MuteChoice, until_words
from tensionwatch.tui.painting import PaintingApp
from tensionwatch.tui.screens.choose import ChooseScreen

QUIET: Final = 10.0
"""Seconds from one ring of the bell to the next, at least."""


class Bell:
    """Rings at once, and of what comes within the next seconds once more, at their end."""

    def __init__(
        self, ring: Callable[[], None], later: Callable[[float, Callable[[], None]], object], now: Callable[[], float]
    ) -> None:
        self._ring, self._later, self._now = ring, later, now
        self._next = float("-inf")
        """When it may ring again."""
        self._waits = False

    def strike(self) -> None:
        wait = self._next - self._now()
        if wait <= 0:
            self._sound()
        elif not self._waits:
            self._waits = True
            self._later(wait, self._sound)

    def _sound(self) -> None:
        self._waits = False
        self._next = self._now() + QUIET
        self._ring()


class Alarm:
    """Hears of alerts, and changes what the user says of them."""

    def __init__(self, app: PaintingApp, change: Callable[[Callable[[], str]], None]) -> None:
        """`change` does what changes alerts, and says what was done."""
        self._app = app
        self._change = change
        self._bell = Bell(self._ring, app.set_timer, monotonic)

    def _ring(self) -> None:
        self._app.bell()

    def raised(self, raised: Raised) -> None:
        if raised.bell:
            self._bell.strike()

    def choose_mute(self, message: MuteWanted) -> None:
        """Ask what is to be muted, where there is a choice, and for how long."""
        choices = message.choices
        if len(choices) == 1:
            self._choose_length(choices[0])
            return
        options = [(choice.label, str(number)) for number, choice in enumerate(choices)]
        chosen: Callable[[tuple[str | None] | None], None] = partial(self._chosen, choices)
        self._app.push_screen(ChooseScreen("No more alerts of …", options, None), chosen)

    def _chosen(self, choices: Sequence[MuteChoice], chosen: tuple[str | None] | None) -> None:
        if chosen is not None and chosen[0] is not None:
            self._choose_length(choices[int(chosen[0])])

    def _choose_length(self, choice: MuteChoice) -> None:
        options = [(label, str(number)) for number, (label, _) in enumerate(LENGTHS)]
        self._app.push_screen(
            ChooseScreen(f"No alerts of {choice.label}", options, None), partial(self._length_chosen, choice)
        )

    def _length_chosen(self, choice: MuteChoice, chosen: tuple[str | None] | None) -> None:
        if chosen is not None and chosen[0] is not None:
            length = LENGTHS[int(chosen[0])][1]
            self._change(lambda: self._muted(choice, length))

    def _muted(self, choice: MuteChoice, length: timedelta | None) -> str:
        context = self._app.context
        mute = context.marks.mute(choice.what, choice.name, length)
        return f"No alerts of {choice.label} {until_words(mute.until, context.times, context.desk.now())}"
