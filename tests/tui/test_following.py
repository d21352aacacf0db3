"""A screen on a store that another collects into: it shows all as it comes in, says who collects, and refuses marks.

The store is one in a folder; the collector is the real watch on it, and holds the lock.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tensionwatch import following
from tensionwatch.alertkeeper import AlertKeeper, AlertsElsewhere
from tensionwatch.alerts.records import Mute
from tensionwatch.following import Following, RulesElsewhere
from tensionwatch.model import SCHEMA_VERSION, Kind
from tensionwatch.store import FollowedStore, Store
from tensionwatch.tui.app import TensionwatchApp
from tensionwatch.tui.screens.articles import ArticlesScreen
from tensionwatch.tui.screens.event import EventScreen
from tensionwatch.watch import Watch
from tests.tui.screen import line_with, press, rows, said, text, until
from tests.tui.tension import alert
from tests.tui.world import NOON, SmallAtlas, World, flag, tell_stories

SIZE = (110, 30)


class Collector(World):
    """Collects into a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.store = Store.open(folder)
        self.watch = Watch(self.store, self.config, SmallAtlas(), self.clock)
        self.alerting = AlertKeeper(self.watch, self.config, self.clock)
        tell_stories(self)


@pytest.fixture(autouse=True)
def looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "LOOK", 0.02)


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    collector = Collector(tmp_path)
    yield collector
    collector.store.close()


@pytest.fixture
def app(collector: Collector) -> Iterator[TensionwatchApp]:
    with FollowedStore.follow(collector.folder) as store:
        watch = Watch(store, collector.config, SmallAtlas(), collector.clock)
        for _ in watch.settle():
            pass
        yield TensionwatchApp(
            watch,
            Following(store, watch),
            RulesElsewhere(),
            AlertsElsewhere(watch, collector.config, collector.clock),
            collector.config.ui,
        )


async def test_what_the_collector_keeps_is_on_the_screen_with_its_counts(
    app: TensionwatchApp, collector: Collector
) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert f"following: pid {os.getpid()} collects" in rows(app)[-2]
        before = line_with(app, "Thailand–Cambodia")
        collector.publish("Shells land again", flag(actor="KHM", recipient="THA", code="194"), outlet=4)
        await until(pilot, lambda: line_with(app, "Thailand–Cambodia") != before)
        assert "↑" in line_with(app, "Thailand–Cambodia")
        assert "█ 1 new/h  following: pid" in rows(app)[-2]
        own = collector.watch.regions()
        assert [(row.region.id, row.counts) for row in app.context.desk.regions()] == [
            (row.region.id, row.counts) for row in own
        ]
        await press(pilot, "2")
        assert "Shells land again" in text(app)
        assert app.context.desk.unread == collector.watch.unread


async def test_marks_made_there_show_here(app: TensionwatchApp, collector: Collector) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2")
        assert isinstance(app.screen, ArticlesScreen)
        first = app.screen.lines.ids[0]
        assert "•" in rows(app)[2]
        collector.watch.mark([first], read=True, starred=True)
        await until(pilot, lambda: "•" not in rows(app)[2] and "★" in rows(app)[2])


async def test_an_event_that_is_split_there_is_split_here(app: TensionwatchApp, collector: Collector) -> None:
    event = next(e for e in collector.watch.events() if e.reports == 3)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        collector.watch.split(event.id, event.articles[-1:])
        await until(pilot, lambda: len(app.context.desk.events()) == len(collector.watch.events()))
        assert [e.articles for e in app.context.desk.events()] == [e.articles for e in collector.watch.events()]
        collector.watch.mark_wrong(event.articles[0], Kind.BORDER_INCIDENT, True)
        await until(pilot, lambda: app.context.desk.events() == collector.watch.events())


async def test_a_search_follows_what_comes_in(app: TensionwatchApp, collector: Collector) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "slash", *"kinmen")
        await until(pilot, lambda: "1 of 11" in text(app))
        collector.publish("A ferry to Kinmen sails again")
        await until(pilot, lambda: "2 of 12" in text(app))


@pytest.mark.parametrize(
    ("keys", "there"),
    [
        (("2", "m"), "marks are made there"),
        (("2", "s"), "marks are made there"),
        (("2", "w"), "marks are made there"),
        (("2", "A"), "marks are made there"),
        (("z",), "marks are made there"),
        (("tab", "v", "j", "v", "M"), "marks are made there"),
        (("tab", "enter", "x"), "marks are made there"),
        (("r",), "feeds are polled there"),
        (("P",), "feeds are polled there"),
        (("3", "r"), "feeds are polled there"),
        (("ctrl+r",), "rules are kept there"),
        (("4", "space"), "alerts are kept there"),
        (("4", "A"), "alerts are kept there"),
        (("4", "m"), "alerts are kept there"),
        (("4", "tab", "tab", "delete"), "alerts are kept there"),
        (("3", "m"), "alerts are kept there"),
        (("i", "m"), "alerts are kept there"),
        (("tab", "enter", "M"), "alerts are kept there"),
    ],
)
async def test_what_is_the_collectors_is_refused_in_one_line(
    app: TensionwatchApp, collector: Collector, keys: tuple[str, ...], there: str
) -> None:
    collector.keep_alerts(alert(1))
    collector.store.alerts.keep_mute(Mute(id="m1", what="region", name="korea", at=NOON, until=None))
    journal = (collector.folder / "journal.log").read_bytes()
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "4 Alerts ⚠1" in rows(app)[0])
        await press(pilot, *keys)
        assert said(app) == [f"Not here: pid {os.getpid()} collects, and {there}."]
        assert (collector.folder / "journal.log").read_bytes() == journal


async def test_alerts_raised_there_are_told_here_and_ring(
    app: TensionwatchApp, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung = []
    monkeypatch.setattr(TensionwatchApp, "bell", lambda self: rung.append(self))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        collector.keep_alerts(alert(1))
        await until(pilot, lambda: "⚠ 11:55 ▲ incident PRK→KOR" in rows(app)[-3] and bool(rung))
        collector.alerting.acknowledge(["alert1"])
        await until(pilot, lambda: "⚠" not in text(app))


async def test_a_card_stays_where_it_is_when_a_split_is_refused(app: TensionwatchApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "enter")
        assert isinstance(app.screen, EventScreen)
        event = app.screen.event_id
        await press(pilot, "x")
        assert app.screen.event_id == event


async def test_reading_asks_for_no_mark_and_hears_of_none(app: TensionwatchApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        assert "1 of 11" in text(app)
        assert said(app) == []


async def test_when_nobody_collects_any_more_it_says_so_and_one_key_takes_over(
    app: TensionwatchApp, collector: Collector
) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "C")
        assert app.is_running, "not while somebody collects"
        collector.store.close()
        await until(pilot, lambda: "nobody collects now · C collects here" in rows(app)[-2])
        await until(pilot, lambda: "C Collect here" in rows(app)[-1])
        await press(pilot, "z")
        assert said(app) == ["Not here: nobody collects now. C collects here."]
        with Store.open(collector.folder):
            await until(pilot, lambda: "following: pid" in rows(app)[-2])
        await until(pilot, lambda: "nobody collects" in rows(app)[-2])
        await press(pilot, "C")
    assert app.takes_over


async def test_a_collector_of_a_newer_version_ends_it_with_a_word(app: TensionwatchApp, collector: Collector) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        collector.store._meta.update({"schema_version": SCHEMA_VERSION + 1})
        await until(pilot, lambda: "■ following has stopped: " in rows(app)[-2])
        assert "Envoy due in Hanoi" in text(app) or "JPN→VNM" in text(app)


async def test_help_says_who_keeps_the_rules(app: TensionwatchApp) -> None:
    async with app.run_test(size=(110, 90)) as pilot:
        await press(pilot, "question_mark")
        assert "kept by the process that collects" in text(app)


async def test_an_empty_store_waits_for_what_the_collector_brings(tmp_path: Path) -> None:
    world = World()
    with Store.open(tmp_path), FollowedStore.follow(tmp_path) as store:
        watch = Watch(store, world.config, SmallAtlas(), world.clock)
        app = TensionwatchApp(
            watch,
            Following(store, watch),
            RulesElsewhere(),
            AlertsElsewhere(watch, world.config, world.clock),
            world.config.ui,
        )
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause()
            assert f"what pid {os.getpid()} collects appears as it comes in" in text(app)


async def test_notes_are_written_where_the_collector_is_and_the_line_for_them_does_not_open(
    app: TensionwatchApp, collector: Collector
) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter", "N", "W")
        assert len([message for message in said(app) if "marks are made there" in message]) == 2
        assert not app.screen.query_one("#note").display
