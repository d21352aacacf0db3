"""A screen on a store that is still being read: it shows what is known, says what is not, and turns to the whole.

The store is one in a folder; what is known of it at once is a real glimpse of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import tensionwatch.store.glimpse as glimpses
from tensionwatch.alertkeeper import AlertKeeper
from tensionwatch.commands.opening import AlertsLater, PollingLater, RulesLater
from tensionwatch.exchange import Known
from tensionwatch.store import Store
from tensionwatch.store.glimpse import GLIMPSE
from tensionwatch.store.glimpsed import Glimpse
from tensionwatch.tui.app import TensionwatchApp
from tensionwatch.tui.screens.articles import ArticlesScreen
from tensionwatch.tui.screens.event import EventScreen
from tensionwatch.tui.screens.help import HelpScreen
from tensionwatch.tui.screens.index import IndexScreen
from tensionwatch.tui.screens.unread import UnreadScreen
from tensionwatch.tui.screens.watch import WatchScreen
from tensionwatch.watch import Watch
from tests.tui.screen import line_with, press, said, text, until
from tests.tui.tension import alert
from tests.tui.world import SmallAtlas, World, tell_stories

SIZE = (120, 40)
WIDE = (200, 60)


class Stored(World):
    """Was collected into a folder by a run that has ended."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.open()
        tell_stories(self)
        self.keep_alerts(alert(1))
        self.store.compact()
        self.store.close()
        self.later = PollingLater()

    def open(self) -> None:
        self.store = Store.open(self.folder, clock=self.clock)
        self.watch = Watch(self.store, self.config, SmallAtlas(), self.clock)
        self.alerting = AlertKeeper(self.watch, self.config, self.clock)

    def early(self) -> TensionwatchApp:
        """The screen, before the store is read."""
        glimpse = Glimpse.of(self.folder, self.clock)
        watch = Watch(glimpse, self.config, SmallAtlas(), self.clock)
        alerting = AlertsLater(glimpse, self.clock, self.config)
        return TensionwatchApp(watch, self.later, RulesLater(), alerting, self.config.ui)

    def turn(self, app: TensionwatchApp) -> None:
        """The store is read."""
        self.open()
        for _ in self.watch.settle():
            pass
        app.turn_to(self.watch, self.polling, self.rules, self.alerting)


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stored]:
    monkeypatch.setattr(glimpses, "FROM", 0)
    stored = Stored(tmp_path)
    yield stored
    stored.store.close()


def numbers_of(app: TensionwatchApp, region: str) -> str:
    """The counts in its row, without what is said of the index."""
    return line_with(app, region)[-26:]


async def test_counters_and_events_are_there_and_what_is_not_known_says_so(stored: Stored) -> None:
    app = stored.early()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        stored.later.share = 0.62
        await until(pilot, lambda: "reading the store: 62%" in text(app))
        assert "counting …" in line_with(app, "Korean Peninsula")
        assert "Warning shots fired" in text(app)
        assert "reading the store …" in line_with(app, "Newest, all regions")
        assert "event" not in line_with(app, "Newest, all regions")
        assert "feeds" not in line_with(app, "reading the store: 62%")
        early = numbers_of(app, "Korean Peninsula")
        stored.turn(app)
        await until(pilot, lambda: "counting …" not in text(app))
        assert numbers_of(app, "Korean Peninsula") == early
        assert " events · " in line_with(app, "Newest, all regions")
        assert "reading the store" not in text(app)


async def test_the_cursor_moves_meanwhile_and_stays_where_it_is(stored: Stored) -> None:
    app = stored.early()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "j", "j")
        screen = app.screen
        assert isinstance(screen, WatchScreen)
        chosen = screen.lines.current
        assert chosen == screen.lines.ids[2]
        stored.turn(app)
        await pilot.pause()
        assert screen is app.screen
        assert screen.lines.current == chosen


async def test_an_event_that_is_chosen_meanwhile_is_opened_once_all_is_read(stored: Stored) -> None:
    app = stored.early()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "enter")
        assert isinstance(app.screen, WatchScreen)
        assert said(app) == ["Reading the store; it opens then."]
        stored.turn(app)
        await until(pilot, lambda: isinstance(app.screen, EventScreen))


async def test_so_is_an_index_that_is_chosen(stored: Stored) -> None:
    app = stored.early()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "i")
        assert isinstance(app.screen, WatchScreen)
        stored.turn(app)
        await until(pilot, lambda: isinstance(app.screen, IndexScreen))


async def test_a_tab_of_which_nothing_is_known_says_how_far_reading_is_and_appears_then(stored: Stored) -> None:
    app = stored.early()
    async with app.run_test(size=SIZE) as pilot:
        stored.later.share = 0.4
        await press(pilot, "2")
        assert isinstance(app.screen, UnreadScreen)
        assert "Reading the store: 40%. What is here appears once it is read." in text(app)
        await press(pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)
        stored.turn(app)
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen), "what is being read is not taken away"
        await press(pilot, "escape")
        await until(pilot, lambda: isinstance(app.screen, ArticlesScreen) and "Harbour festival" in text(app))
        await press(pilot, "1")
        assert isinstance(app.screen, WatchScreen)


async def test_a_tab_that_was_left_unread_appears_when_one_comes_back_to_it(stored: Stored) -> None:
    app = stored.early()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "1")
        stored.turn(app)
        await press(pilot, "2")
        await until(pilot, lambda: isinstance(app.screen, ArticlesScreen) and "Harbour festival" in text(app))


@pytest.mark.parametrize("key", ["r", "P", "z"])
async def test_what_would_change_something_is_refused_until_then(stored: Stored, key: str) -> None:
    app = stored.early()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, key)
        assert said(app) == ["Not yet: reading the store."]
        stored.turn(app)
        await press(pilot, "r")
        assert said(app)[-1] == "Polling every feed now."
        assert stored.polling.running


async def test_where_nothing_is_known_no_number_is_shown(stored: Stored) -> None:
    (stored.folder / GLIMPSE).unlink()
    app = stored.early()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert app.context.desk.known is Known.NOTHING
        assert isinstance(app.screen, UnreadScreen)
        assert "Korean Peninsula" not in text(app)
        assert "Reading the store: 0%" in text(app)
        stored.turn(app)
        await until(pilot, lambda: isinstance(app.screen, WatchScreen) and "Warning shots fired" in text(app))


async def test_beside_the_list_no_card_is_shown_before_its_couplings_are_known(stored: Stored) -> None:
    app = stored.early()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "tab")
        before = text(app).count("Warning shots fired")
        stored.turn(app)
        await until(pilot, lambda: text(app).count("Warning shots fired") > before)


async def test_alerts_that_wait_are_counted_at_once(stored: Stored) -> None:
    app = stored.early()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "4 Alerts ⚠1" in text(app)
        stored.turn(app)
        await pilot.pause()
        assert "4 Alerts ⚠1" in text(app)
