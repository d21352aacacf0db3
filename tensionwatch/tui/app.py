"""The application: builds what the screens share, runs the poller, passes changes on, has the tabs and the keys that
work anywhere. What it does besides is each a class below this one: how it is painted (painting), links and words in
passing (opening), what the user says is kept (marking), where a choice leads (going).

desk.subscribe ─▶ StoreChanged ─▶ not within BETWEEN_PULLS ─▶ the topmost DeskScreen pulls

It may be opened on what is known of a store that is still to be read: `turn_to` gives it the whole.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from logging import ERROR, INFO
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import AwaitMount
from textual.worker import Worker, WorkerCancelled

from tensionwatch.alerts.records import Raised
from tensionwatch.config import UiConfig
from tensionwatch.errors import TensionwatchError
from tensionwatch.exchange import FeedRow, Known, Notice
from tensionwatch.keys import is_nowhere
from tensionwatch.logbook import LOG
from tensionwatch.logring import LogRing
from tensionwatch.ports import Alerting, Desk, FullText, Polling, RuleKeeping
from tensionwatch.tui.alarm import Alarm
from tensionwatch.tui.asking import asking_words
from tensionwatch.tui.cells import Run, line, prose
from tensionwatch.tui.context import Context, Manners
from tensionwatch.tui.going import GoingApp
from tensionwatch.tui.inorder import InOrder
from tensionwatch.tui.marking import POLLED_THERE, RULES_THERE
from tensionwatch.tui.marks import Marks
from tensionwatch.tui.messages import (
    StoreChanged,
)
from tensionwatch.tui.palette import Places
from tensionwatch.tui.screens.alerts import AlertsScreen
from tensionwatch.tui.screens.articles import ArticlesScreen
from tensionwatch.tui.screens.base import DeskScreen
from tensionwatch.tui.screens.feeds import FeedsScreen
from tensionwatch.tui.screens.help import HELP_WIDTH, HelpScreen, key_groups, rules_words
from tensionwatch.tui.screens.log import LogScreen
from tensionwatch.tui.screens.unread import UnreadScreen
from tensionwatch.tui.screens.watch import WatchScreen
from tensionwatch.tui.situation import laid_out
from tensionwatch.tui.times import Times

if TYPE_CHECKING:
    from tensionwatch.tui.screens.pairs import PairsScreen
    from tensionwatch.tui.screens.trends import TrendsScreen

BETWEEN_PULLS = 0.25
"""Seconds: the screen takes at most four snapshots a second, however fast polls land."""
SHARE = 5
"""And it rests at least so many times as long as the last snapshot took: a filter over 100,000 articles takes 0.2 s."""
TICK = 1.0
"""Seconds between looks at the poller and the clock."""
SLIDE = 30
"""Ticks between pulls without news: windows slide, and `3 min ago` grows old."""
TIDY, AT_REST = 60.0, 5.0
"""Seconds between two looks for garbage, and without a key before one: it takes about 0.1 s."""


def _trends(context: Context) -> TrendsScreen:
    from tensionwatch.tui.screens.trends import TrendsScreen  # here: 5 ms of the start otherwise, with `_pairs`

    return TrendsScreen(context)


def _pairs(context: Context) -> PairsScreen:
    from tensionwatch.tui.screens.pairs import PairsScreen

    return PairsScreen(context)


TABS: Final[Mapping[str, Callable[[Context], DeskScreen]]] = {
    "watch": WatchScreen, "articles": ArticlesScreen, "feeds": FeedsScreen, "alerts": AlertsScreen, "trends": _trends,
    "pairs": _pairs, "log": LogScreen,
}  # fmt: skip
UNREAD: Final = "unread "
"""Goes before the name of a tab: what stands in its place until it has something to show."""


def is_shown(mode: str, desk: Desk) -> bool:
    """Is enough known for this tab?"""
    return desk.known is Known.ALL or mode == "log" or (desk.known is Known.NEWEST and mode == "watch")


def _nothing() -> None:
    """Nobody wants anything."""


class TensionwatchApp(GoingApp):
    CSS_PATH = Path(__file__).with_name("tensionwatch.tcss")
    COMMANDS = GoingApp.COMMANDS | {Places}
    DEFAULT_MODE = "watch"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "go('watch')", "Watch", show=False, id="app.watch"),
        Binding("2", "go('articles')", "Articles", show=False, id="app.articles"),
        Binding("3", "go('feeds')", "Feeds", show=False, id="app.feeds"),
        Binding("4,a", "go('alerts')", "Alerts", show=False, id="app.alerts"),
        Binding("5", "go('trends')", "Trends", show=False, id="app.trends"),
        Binding("6", "go('pairs')", "Pairs", show=False, id="app.pairs"),
        Binding("7", "go('log')", "Log", show=False, id="app.log"),
        Binding("r", "poll_now", "Poll now", id="app.poll_now"),
        Binding("P", "pause", "Pause/go on", id="app.pause"),
        Binding("C", "collect", "Collect here", id="app.collect"),
        Binding("ctrl+r", "reload_rules", "Read rule packs again", show=False, id="app.reload_rules"),
        Binding("t", "toggle_utc", "UTC/local", show=False, id="app.utc"),
        Binding("T", "toggle_relative", "Times/how long ago", show=False, id="app.relative"),
        Binding("z", "undo", "Undo mark, split, merge, mute, enabling", show=False, id="app.undo"),
        Binding("question_mark", "help", "Help", key_display="?", id="app.help"),
        Binding("ctrl+z", "suspend_process", "Suspend", show=False, id="app.suspend"),
        Binding("q,ctrl+c", "quit", "Quit", id="app.quit"),
    ]

    def __init__(
        self,
        desk: Desk,
        polling: Polling,
        rules: RuleKeeping,
        alerting: Alerting,
        ui: UiConfig,
        title: str = "tensionwatch",
        manners: Manners | None = None,
        ring: LogRing | None = None,
        pages: FullText | None = None,
    ) -> None:
        """Without a `ring` the log is empty."""
        if not is_shown("watch", desk):
            self.DEFAULT_MODE = UNREAD + "watch"  # type: ignore[misc]  # of this run
        super().__init__()
        self.title = title
        self.ui = ui
        times = Times(ui.timezone, told_relative=ui.times == "relative")
        marks, log = Marks(desk, alerting), ring if ring is not None else LogRing()
        self.context = Context(desk, polling, rules, alerting, times, marks, log, manners or Manners(), pages)
        self.set_keymap(self.context.keys.for_textual())
        self.paint_as_terminal()
        self.context.marks.in_background = self._undo_between_keys
        self._alarm = Alarm(self, self.change_alerts)
        self._in_order = InOrder(self, self.context.keys)
        self._alerts: Worker[None] | None = None
        self._outstanding = False
        self._next_pull = 0.0
        """On the monotonic clock: not before this is news shown."""
        self._later: Timer | None = None
        self._ticks = 0
        self._typed = self._tidied = monotonic()
        """When a key or the mouse was last heard of, and garbage looked for."""
        self.takes_over = False
        """It has ended in order to be started again as the one that collects."""
        self._collector: str | None = None
        """Of the last look; None where this screen follows nobody."""
        self.stopped: str | None = None
        """Why polling has ended; None while it runs."""
        self._so: tuple[object, ...] = (None, None, False, None)
        """What kept news from coming at the last look."""
        self._unsubscribe: Callable[[], None] = lambda: None
        self.painted = asyncio.Event()
        """Is set once something has been drawn."""
        self._wish = _nothing
        for mode, tab in TABS.items():
            self.add_mode(mode, partial(self._made, tab))
            self.add_mode(UNREAD + mode, partial(self._made, partial(UnreadScreen, mode=mode)))

    def _made(self, tab: Callable[[Context], DeskScreen]) -> DeskScreen:
        """A screen is styled as it is mounted. Textual takes a new one for one that has missed a change of the theme,
        and would first style the one that is left, and then the new one again: 15 ms."""
        screen = tab(self.context)
        screen._css_update_count = self._css_update_count
        return screen

    def _tab(self, mode: str) -> str:
        """Where the tab stands, or what stands in its place while nothing is known of what it shows."""
        return mode if is_shown(mode, self.context.desk) else UNREAD + mode

    # ---------------------------------------------------------------- start and news

    def on_mount(self) -> None:
        self.animation_level = "none"  # pages turn at once: nothing glides under the reader's eye
        self.check_theme()
        self.set_interval(TICK, self._tick)
        self.call_after_refresh(self.painted.set)
        self.run_worker(self.context.log.run(), name="log", group="log")
        self.run_worker(self._in_order.run(), name="keys", group="keys")
        self._begin()

    def turn_to(
        self, desk: Desk, polling: Polling, rules: RuleKeeping, alerting: Alerting, pages: FullText | None = None
    ) -> None:
        """Go on with all of the store, now that it is read, and with those who work on it."""
        self._unsubscribe()
        self.context.turn_to(desk, polling, rules, alerting, pages)
        self._begin()
        self.screen.refresh_bindings()
        self.pull()
        wish, self._wish = self._wish, _nothing
        wish()

    def _begin(self) -> None:
        self._unsubscribe = self.context.desk.subscribe(self._desk_changed)
        for notice in self.context.desk.notices:
            self.say(notice, timeout=6)
        self.run_worker(self._poll(), name="polling", group="polling")
        self.run_worker(self.context.rules.run(self.tell), name="rules", group="rules")
        self._alerts = self.run_worker(self._alert(), name="alerts", group="alerts")

    def on_unmount(self) -> None:
        self._unsubscribe()

    async def _poll(self) -> None:
        """Run the poller; what ends it for good stays in the status line, while one may go on reading."""
        try:
            await self.context.polling.run()
        except TensionwatchError as error:
            what = "following" if self.context.polling.status().follows else "polling"
            self.stopped = f"{what} has stopped: {error}"
            LOG.error("%s", self.stopped)
            self.pull()

    async def _alert(self) -> None:
        """Raise and deliver alerts; what ends that is said: nobody would miss what does not come any more. The rest of
        the screen goes on."""
        try:
            await self.context.alerting.run(self._alert_raised)
        except Exception as error:  # noqa: BLE001  # whatever it is: it is logged whole, and said
            LOG.error("alerts have stopped", exc_info=error)
            self.tell(Notice(text=f"Alerts have stopped: {error!r}; a restart begins them anew.", grave=True))

    async def ended(self) -> None:
        """Return once alerts are: what is being sent when the screen ends has a last second."""
        if self._alerts is not None:
            with suppress(WorkerCancelled):
                await self._alerts.wait()

    def _alert_raised(self, raised: Raised) -> None:
        """The banner comes with the next look at the desk: keeping an alert is a change of it."""
        LOG.info("alerts: %s", raised.title)
        self._alarm.raised(raised)

    async def on_event(self, event: events.Event) -> None:
        """What is pasted is cleaned before anything has it: the lines of Textual's own to type in, as the palette's,
        draw it as it came, escape sequences too."""
        if isinstance(event, events.Paste):
            event.text = prose(event.text)
        if isinstance(event, events.InputEvent):
            if not self.is_running:
                return  # it ends, and has no screens any more
            self._typed = monotonic()
        if self._in_order.is_next(event):
            await super().on_event(event)

    async def _close_all(self) -> None:
        """Textual waits for ever for a widget that does not end what it is at, whatever CLOSE_TIMEOUT says."""
        closing = asyncio.ensure_future(super()._close_all())
        while not (await asyncio.wait({closing}, timeout=self.CLOSE_TIMEOUT))[0]:
            for node in list(self._registry):
                if node._task is not None and all(child._task is None for child in node.children):
                    LOG.error("cut off at the end of the screen: %s", node)
                    node._task.cancel()  # those around it wait for it alone
        await closing

    def _handle_exception(self, error: Exception) -> None:
        """What ends the screen goes to the log in full too: Textual shows it in a terminal that is soon cleared. There
        is no public place where a fault in any widget passes by.

        A screen that is being opened when the user quits gets no widgets any more, and misses them: no fault."""
        if self._exit and isinstance(error, NoMatches):
            LOG.debug("a screen was left unmade, for the program ends: %s", error)
            return
        LOG.error("a fault in this program ends the screen", exc_info=error)
        super()._handle_exception(error)

    def tell(self, notice: Notice) -> None:
        """What is going on in the background."""
        LOG.log(ERROR if notice.grave else INFO, "%s", notice.text)
        self.say(notice.text, severity="error" if notice.grave else "information", timeout=15 if notice.grave else 6)
        if (screen := self._desk_screen()) is not None:
            screen.show_status(self.stopped)

    def _desk_changed(self, revision: int) -> None:
        if not self._outstanding:
            self._outstanding = self.post_message(StoreChanged(revision))

    def on_store_changed(self) -> None:
        self._outstanding = False
        wait = self._next_pull - monotonic()
        if wait <= 0:
            self.pull()
        elif self._later is None:
            self._later = self.set_timer(wait, self.pull)

    def pull(self) -> None:
        """The topmost screen of the desk takes a snapshot."""
        if self._later is not None:
            self._later.stop()
            self._later = None
        self._ticks = 0
        began = monotonic()
        screen = self._desk_screen()
        if screen is not None:
            screen.pull()
            screen.show_status(self.stopped)
        self.name_window(self.context.alerting.status().unseen)
        ended = monotonic()
        self._next_pull = ended + max(BETWEEN_PULLS, SHARE * (ended - began))

    def _desk_screen(self) -> DeskScreen | None:
        return next((s for s in reversed(self.screen_stack) if isinstance(s, DeskScreen) and s.is_whole), None)

    def _tick(self) -> None:
        self._ticks += 1
        self.look_for_terminal()
        self._tidy()
        self._look_who_collects()
        if self._ticks >= SLIDE or self._is_otherwise():
            self.pull()
        elif (screen := self._desk_screen()) is not None:
            screen.show_status(self.stopped)

    def _tidy(self) -> None:
        """Look for garbage while nobody types. Left alone Python does so seldom (commands/common.py): screens that were
        left are cycles, 100,000 objects of which wait then, and a day of polling ends at a tenth more memory."""
        now = monotonic()
        if now - self._tidied >= TIDY and now - self._typed >= AT_REST:
            gc.collect()
            self._tidied = monotonic()

    def _is_otherwise(self) -> bool:
        """Has something begun or ended that keeps news from coming? The store does not change by it."""
        status = self.context.polling.status()
        before, self._so = self._so, (status.trouble, status.offline_since, status.paused, self.stopped)
        return before != self._so

    # ---------------------------------------------------------------- another process collects

    def _look_who_collects(self) -> None:
        status = self.context.polling.status()
        collector = status.collector if status.follows else None
        if collector != self._collector:
            self._collector = collector
            self.screen.refresh_bindings()  # C is offered where nobody collects

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  # Textual's signature
        if action == "collect":
            status = self.context.polling.status()
            return status.follows and not status.collector
        return True

    def action_collect(self) -> None:
        self.takes_over = True
        self.exit()

    # ---------------------------------------------------------------- where one goes

    def switch_mode(self, mode: str) -> AwaitMount:
        return super().switch_mode(self._tab(mode))

    async def action_go(self, mode: str) -> None:
        """Show a tab as it was left; from within it, its first screen."""
        if self.current_mode != self._tab(mode):
            await self.switch_mode(mode)
            return
        while len(self.screen_stack) > 1:
            await self.pop_screen()

    def get_key_display(self, binding: Binding) -> str:
        """As all texts call it."""
        return self.context.keys.called(binding.key)

    def action_help(self) -> None:
        screen = self.screen
        about = screen.NAME if isinstance(screen, DeskScreen) else self.title
        groups = list(key_groups(screen, self.context.keys))
        wrong: list[list[Run]] = []
        if isinstance(screen, DeskScreen):
            groups[1:1] = screen.more_help()
            said = screen.situation()
            wrong = laid_out(said, self.context.key, HELP_WIDTH) if said.is_wrong else []
        rules, notices = rules_words(self.context.rules.status()), self.context.desk.notices
        self.push_screen(HelpScreen(self.context, about, groups, rules, notices, wrong))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every key's action by its name, then the theme."""
        seen: set[str] = set()
        for node, binding, enabled, _ in screen.active_bindings.values():
            if enabled and binding.description and not binding.system and binding.action not in seen:
                seen.add(binding.action)
                run = partial(self.call_next, self.run_action, binding.action, node)
                key = "no key" if is_nowhere(binding.key) else f"key {self.get_key_display(binding)}"
                yield SystemCommand(binding.description, key, run)
        yield SystemCommand("Theme", "Choose the colours", self.action_change_theme)

    # ---------------------------------------------------------------- what can be done anywhere

    def action_poll_now(self) -> None:
        if self._is_refused(POLLED_THERE):
            return
        self.context.polling.poll_now()
        self.say("Polling every feed now.")

    def poll_feed(self, row: FeedRow) -> None:
        """Ask this feed now, where that may be, and say what comes of it."""
        if self._is_refused(POLLED_THERE):
            return
        said = asking_words(row, self.context.desk.now(), self.context.times)
        if said.asks:
            self.context.polling.poll_now(row.feed.id)
        self.say(said.words, timeout=6)

    def switch_feed(self, row: FeedRow) -> None:
        """Disable a feed that is polled, enable one that is not: at once, and for good."""
        feed, enabled = row.feed, not row.feed.enabled

        def switch() -> None:
            self.context.marks.switch_feed(row, enabled)
            if enabled:
                self.context.polling.poll_now(feed.id)
                self.say(f"{line(feed.name)} is enabled, and asked now{self._undoes}", timeout=6)
            else:
                self.say(f"{line(feed.name)} is disabled, its articles stay{self._undoes}", timeout=6)

        self._marking(switch, there=POLLED_THERE)

    def action_pause(self) -> None:
        if self._is_refused(POLLED_THERE):
            return
        paused = not self.context.polling.status().paused
        self.context.polling.pause(paused)
        self.pull()

    def action_reload_rules(self) -> None:
        if self._is_refused(RULES_THERE):
            return
        self.context.rules.reload()
        self.say("Reading the rule packs again.", timeout=2)

    def action_toggle_utc(self) -> None:
        self.context.times.toggle()
        self.pull()
        self.say(f"Times in {self.context.times.label(self.context.desk.now())}.")

    def action_toggle_relative(self) -> None:
        times = self.context.times
        times.told_relative = not times.told_relative
        self.pull()
        self.say("Lists say how long ago." if times.told_relative else "Lists say when.")
