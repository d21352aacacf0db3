"""Keys, what is pasted and the mouse's buttons take turns: each is handed on once what the one before it did is there.

    terminal ─▶ `put` ─▶ the line ─▶ `run`, one at a time ─▶ the application, which forwards it to what has the focus

Textual forwards a key at once to what has the focus then, and the binding runs when the key has bubbled up to the
application: of `2/iran⏎` in one go all keys went to the first screen, where `r` polls, and the filter got none.

What a key did is there once the queues on its way have been gone through until the focus stays. A key bubbles from
what has the focus up to the application, where its action runs; what that posts goes the same way once more; a screen
that is opened goes through its own queue only when it has been composed. No key waits longer for this than it would
in those queues; while the store is still being read, those wait that its tab will understand.
"""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from textual import events
from textual.message_pump import MessagePump
from textual.widgets import Input

from tensionwatch.keys import Keymap
from tensionwatch.tui.screens.unread import UnreadScreen

if TYPE_CHECKING:
    from textual.app import App
    from textual.widget import Widget

TURNS: Final = (events.Key, events.Paste, events.MouseDown, events.MouseUp)
"""What takes turns. The wheel and the moves of the mouse do not: they act on what lies under it."""
ROUNDS: Final = 2
"""At least so often the queues are gone through: for the key, and for what its action posts."""
LOOK = 0.02
"""Seconds between looks whether a tab has been read."""
FILTERS: Final = ("articles.filter", "feeds.filter", "log.filter", "pairs.filter")
"""What opens a line to type in."""
STUCK = 1.0
"""Seconds after which what a key does is taken to hang: the key that quits then does so past the line."""


class InOrder:
    def __init__(self, app: App[Any], keys: Keymap) -> None:
        self._app = app
        self._keys = keys
        self._line: deque[events.Event] = deque()
        self._came = asyncio.Event()
        self._handed: events.Event | None = None
        """The one whose turn it is, or was last."""
        self._since: float | None = None
        """On the monotonic clock, when its turn began; None once what it did is there."""

    def is_next(self, event: events.Event) -> bool:
        """May the application handle it now? Else it has been put into the line, and comes again."""
        if not isinstance(event, TURNS) or event.is_forwarded or event is self._handed:
            return True
        if isinstance(event, events.Key) and self._quits(event) and self._quits_at_once(event):
            self._app.exit()
        else:
            self._line.append(event)
            self._came.set()
        return False

    def _quits(self, event: events.Event) -> bool:
        return isinstance(event, events.Key) and event.key in self._keys.of("app.quit")

    def _quits_at_once(self, key: events.Key) -> bool:
        """Past the line, where that takes long. A letter may be meant for a line to type in: that one is there, or is
        opened by what was typed before."""
        if self._is_early:
            return not (key.is_printable and any(map(self._filters, self._line)))
        if self._since is None or monotonic() - self._since < STUCK:
            return False
        return not key.is_printable or (all(map(self._quits, self._line)) and not isinstance(self._app.focused, Input))

    def _filters(self, event: events.Event) -> bool:
        return isinstance(event, events.Key) and any(event.key in self._keys.of(action) for action in FILTERS)

    async def run(self) -> None:
        """Hand on what is in the line, until this is cancelled."""
        while True:
            while not self._line:
                self._came.clear()
                await self._came.wait()
            self._since = monotonic()
            while self._is_early:
                await asyncio.sleep(LOOK)
            while not self._app.screen.is_mounted:
                await self._go_through()
            self._handed = self._line.popleft()
            self._app.post_message(self._handed)
            await _gone_through(self._app)
            await self._go_through()
            self._since = None

    @property
    def _is_early(self) -> bool:
        """Is the first in the line for a tab of which nothing is read yet? What works there without it does at once."""
        if not self._line or not isinstance(self._app.screen, UnreadScreen):
            return False
        first = self._line[0]
        return isinstance(first, events.Paste) or (
            isinstance(first, events.Key) and first.key not in self._app.screen.active_bindings
        )

    async def _go_through(self) -> None:
        """Return when what is in the queues between the focus and the application has been handled, and the focus is
        where it was."""
        target, rounds = self._target, 0
        while rounds < ROUNDS:
            for pump in target.ancestors_with_self:
                await _gone_through(pump)
            await asyncio.sleep(0)  # at the end of the application none of them takes anything any more
            rounds = rounds + 1 if self._target is target else 0
            target = self._target

    @property
    def _target(self) -> Widget:
        return self._app.focused or self._app.screen


async def _gone_through(pump: MessagePump) -> None:
    """Return when what is in its queue has been handled; at once where it takes nothing any more."""
    done = asyncio.Event()
    if pump.call_later(done.set):
        await done.wait()
