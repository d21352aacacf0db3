"""Alerts on the screen: the banner, the bell, the list, what is acknowledged and muted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rich.cells import cell_len

from tensionwatch import alertkeeper
from tensionwatch.alerts.records import AlertRule, Delivery
from tensionwatch.errors import StoreUnwritable
from tensionwatch.model import Kind
from tensionwatch.tui.app import TensionwatchApp
from tensionwatch.tui.screens.alerts import AlertsScreen
from tensionwatch.tui.screens.choose import ChooseScreen
from tensionwatch.tui.screens.event import EventScreen
from tensionwatch.tui.screens.index import IndexScreen
from tensionwatch.tui.screens.watch import WatchScreen
from tests.tui.screen import line_with, press, rows, said, text, until
from tests.tui.tension import alert, index, rule
from tests.tui.world import FEEDS, NOON, World, flag, tell_stories, visit

SIZES = [(80, 24), (120, 40)]
RULES = (
    AlertRule(id="crossings", name="Crossings", kinds=(Kind.BORDER_INCIDENT,), channels=("mail",)),
    AlertRule(id="visits", name="Visits", kinds=(Kind.DIPLOMATIC_VISIT,), bell=False),
)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Two rules, and three alerts of before: one not delivered, one of a number, one of what was muted."""
    monkeypatch.setattr(alertkeeper, "AT_MOST_EVERY", 0.02)
    world = World(alerts=RULES)
    tell_stories(world)
    shots = next(event for event in world.watch.events() if event.actor == "PRK")
    world.keep_alerts(
        alert(1, event=shots.id, articles=shots.articles, pair="KOR-PRK", family="incident"),
        alert(
            2, "▲ unusual in Korean Peninsula: 3 incidents, usually 0.2 a day", stage="surprise", ago=timedelta(hours=2)
        ),
        alert(3, "◆ threat PRK→KOR · 2 publishers", ago=timedelta(days=2), withheld="muted"),
        deliveries=[
            Delivery(id="d1", channel="mail", alerts=("alert1",), state="failed", tries=8, reason="connection refused"),
            Delivery(id="d2", channel="ntfy", alerts=("alert1", "alert2"), state="delivered", tries=1, finished=NOON),
        ],
    )
    return world


def waiting(world: World) -> list[str]:
    return [each.id for each in world.alerting.alerts() if each.seen is None and not each.withheld]


# ---------------------------------------------------------------- the banner and the bell


@pytest.mark.parametrize("size", SIZES)
async def test_alerts_that_wait_are_told_on_every_screen_until_they_are_acknowledged(
    world: World, size: tuple[int, int]
) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for keys in ((), ("2",), ("enter",), ("3",), ("1", "tab", "enter")):
            await press(pilot, *keys)
            assert "4 Alerts ⚠2" in rows(app)[0]
            if isinstance(app.screen, WatchScreen) and size == (120, 40):
                assert "⚠ Alerts · 2 · ✗ 1 not delivered" in text(app), "they have a panel there"
                assert "4 shows" not in text(app)
                continue
            banner = rows(app)[-3]
            assert banner.startswith(" ⚠ 11:55 ▲ incident PRK→KOR DMZ crossing")
            assert " · 1 more" in banner
            assert banner.rstrip().endswith("4 shows")
        await press(pilot, "4", "A", "1", "1")
        assert "⚠" not in text(app).replace("⚠ Alerts", "")


async def test_the_banner_takes_the_last_line_and_moves_nothing_else(world: World) -> None:
    world.alerting.acknowledge(["alert1", "alert2"])
    app = world.app()
    async with app.run_test(size=(100, 24)) as pilot:
        await press(pilot, "2")
        before = rows(app)
        world.keep_alerts(alert(9))
        await until(pilot, lambda: "⚠ 11:55" in rows(app)[-3])
        assert rows(app)[1:-3] == before[1:-3]


async def test_a_message_that_was_not_delivered_is_told_in_the_banner(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "2")
        assert "1 message not delivered" in rows(app)[-3]


async def test_news_that_a_rule_asks_for_rings_once_and_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rung = []
    monkeypatch.setattr(TensionwatchApp, "bell", lambda self: rung.append(self))
    app = world.app()
    async with app.run_test(size=(120, 24)) as pilot:
        await pilot.pause(0.2)
        world.clock.at += timedelta(minutes=10)
        world.publish("Minister lands in Minsk", visit("CHN", "BLR"), ago=timedelta())
        await until(pilot, lambda: "visit CHN→BLR" in rows(app)[-3])
        assert rung == [], "the rule of visits has no bell"
        for number, pair in enumerate((("IND", "PAK"), ("ARM", "AZE"), ("THA", "KHM"))):
            world.publish(f"Shots at the line {number}", flag(actor=pair[0], recipient=pair[1]), ago=timedelta())
        await until(pilot, lambda: "· 5 more" in rows(app)[-3])
        assert len(rung) == 1


# ---------------------------------------------------------------- the list


@pytest.mark.parametrize("size", SIZES)
async def test_the_list_has_a_line_each_and_all_of_one_below(world: World, size: tuple[int, int]) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await press(pilot, "4")
        assert isinstance(app.screen, AlertsScreen)
        lines = rows(app)
        assert lines[1].startswith("⚠ 11:55")
        assert lines[1].rstrip().endswith("✗ failed")
        assert lines[2].rstrip().endswith("✓ sent")
        assert lines[3].startswith("  21 Nov")
        assert lines[3].rstrip().endswith("– muted")
        assert "mail: ✗ failed, given up after 8 tries: connection refused" in text(app)
        assert "ntfy: ✓ delivered 12:00 · one message with 1 other alert" in text(app)
        assert "raised     Mon 23 Nov 2026 11:55 UTC, 5 min ago · not acknowledged yet" in text(app)
        await press(pilot, "j")
        assert "unusual in Korean Peninsula" in line_with(app, "alert ")


async def test_a_opens_the_alerts_where_that_key_is_free(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "a")
        assert isinstance(app.screen, AlertsScreen)
        await press(pilot, "2", "a")
        assert isinstance(app.screen, AlertsScreen)


async def test_space_acknowledges_and_z_takes_it_back(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "4", "space")
        assert waiting(world) == ["alert2"]
        assert "1 alert acknowledged · z undoes" in said(app)
        assert rows(app)[1].startswith("  11:55") or rows(app)[1].startswith("  23 Nov")
        await press(pilot, "z")
        assert waiting(world) == ["alert1", "alert2"]
        await press(pilot, "space", "space")
        assert waiting(world) == ["alert1", "alert2"], "space on one that was acknowledged lets it wait again"
        await press(pilot, "A")
        assert waiting(world) == []
        assert "A All seen" not in rows(app)[-1]
        await press(pilot, "z")
        assert waiting(world) == ["alert1", "alert2"]


async def test_enter_opens_the_event_or_the_index_of_the_region(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "4", "enter")
        assert isinstance(app.screen, EventScreen)
        await press(pilot, "escape", "j", "enter")
        assert isinstance(app.screen, IndexScreen)
        assert "Korean Peninsula" in rows(app)[1]
        await press(pilot, "escape")
        assert isinstance(app.screen, AlertsScreen)


async def test_an_alert_of_a_region_that_is_gone_says_so(world: World) -> None:
    world.keep_alerts(alert(9, region="atlantis", ago=timedelta()))
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "4", "enter")
        assert isinstance(app.screen, AlertsScreen)
        assert "This region is no longer configured." in said(app)
        await press(pilot, "m")
        assert "the region atlantis" in text(app)


async def test_an_alert_that_cannot_be_kept_as_seen_is_said_and_still_waits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise StoreUnwritable("no space left on the device")

    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "4")
        monkeypatch.setattr(world.store.alerts, "acknowledge", full)
        await press(pilot, "space")
        assert "Not kept: no space left on the device" in said(app)
        assert rows(app)[1].startswith("⚠")


async def test_what_comes_from_outside_cannot_drive_the_terminal(world: World) -> None:
    evil = "▲ incident \x1b[2J\x07 한반도\u202e dne"
    world.keep_alerts(alert(9, evil, ago=timedelta(), text=f"{evil}\nrule: x", rule="gone\x1b[31m"))
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "4")
        assert not {"\x1b", "\x07", "\u202e"} & set(text(app))
        assert {cell_len(line) for line in rows(app)} == {120}
        assert rows(app)[1].rstrip().endswith("· screen")
        await press(pilot, "1")
        assert not {"\x1b", "\x07", "\u202e"} & set(text(app))


# ---------------------------------------------------------------- mutes


async def test_the_keys_that_matter_are_in_the_bar_at_80_cells(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "4")
        assert all(words in rows(app)[-1] for words in ("space Seen", "A All seen", "m Mute", "? Help"))


@pytest.mark.parametrize("size", SIZES)
async def test_m_asks_what_is_muted_and_for_how_long(world: World, size: tuple[int, int]) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await press(pilot, "4", "m")
        assert isinstance(app.screen, ChooseScreen)
        for words in ("this event alone", "the pair KOR–PRK", "the rule Crossings", "the region Korean Peninsula"):
            assert words in text(app)
        assert "the feed Harbour Gazette" in text(app)
        await press(pilot, "j", "enter")
        assert "No alerts of the pair KOR–PRK" in text(app)
        await press(pilot, "j", "enter")
        [mute] = world.alerting.mutes()
        assert (mute.what, mute.name, mute.until) == ("pair", "KOR-PRK", NOON + timedelta(hours=8))
        assert "No alerts of the pair KOR–PRK until 20:00, in 8 h · z undoes" in said(app)
        assert "the pair KOR–PRK  until 20:00, in 8 h" in text(app)
        await press(pilot, "z")
        assert world.alerting.mutes() == []
        assert "Muted" not in text(app)


async def test_del_takes_a_mute_back_and_z_that(world: World) -> None:
    world.alerting.mute("region", "korea", None)
    world.alerting.mute("rule", "visits", timedelta(days=1))
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "4", "tab", "tab")
        assert "the rule Visits  until 24 Nov 12:00, in 1 d" in text(app)
        assert "the region Korean Peninsula  until it is taken back" in text(app)
        await press(pilot, "delete")
        assert [mute.name for mute in world.alerting.mutes()] == ["korea"]
        await press(pilot, "z")
        assert [mute.name for mute in world.alerting.mutes()] == ["visits", "korea"]


async def test_a_mute_that_is_made_again_is_undone_to_what_it_was(world: World) -> None:
    world.alerting.mute("feed", FEEDS[5].id, timedelta(days=7))
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "3", "m", "enter")
        assert [mute.until for mute in world.alerting.mutes()] == [NOON + timedelta(hours=1)]
        await press(pilot, "z")
        assert [mute.until for mute in world.alerting.mutes()] == [NOON + timedelta(days=7)]


@pytest.mark.parametrize(
    ("keys", "what", "name"),
    [
        (("3", "m", "enter"), "feed", FEEDS[5].id),
        (("i", "m", "enter"), "region", "korea"),
        (("tab", "enter", "M", "j", "enter", "enter"), "pair", "KOR-PRK"),
    ],
)
async def test_feeds_regions_and_events_are_muted_where_they_are_looked_at(
    world: World, keys: tuple[str, ...], what: str, name: str
) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, *keys)
        assert [(mute.what, mute.name, mute.until) for mute in world.alerting.mutes()] == [
            (what, name, NOON + timedelta(hours=1))
        ]


async def test_escape_mutes_nothing(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "4", "m", "escape")
        await press(pilot, "m", "enter", "escape")
        assert world.alerting.mutes() == []


# ---------------------------------------------------------------- nothing to show


async def test_without_rules_it_says_where_they_are_asked_for() -> None:
    app = World().app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "4")
        said_whole = " ".join(text(app).split())
        assert (
            "No alerts are asked for: there is no [[alert]] in the configuration. config.example.toml shows"
            in said_whole
        )


async def test_without_alerts_it_says_which_rules_watch_and_whether_the_index_learns() -> None:
    world = World(alerts=(rule("v", "Visits"), rule("c", "Crossings"), rule("o", "Old", enabled=False)))
    for region in world.watch.region_ids:
        world.said.said[region] = index(region, days=12)
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "4")
        said_whole = " ".join(text(app).split())
        assert "No alerts so far. 2 rules watch: Visits, Crossings." in said_whole
        assert "The index is learning, 12 of 28 days" in said_whole


async def test_help_and_palette_know_the_new_keys(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(120, 100)) as pilot:
        await press(pilot, "question_mark")
        for words in ("Index", "Order", "Alerts", "alerts that nobody has acknowledged"):
            assert words in text(app)
        await press(pilot, "escape", "4", "question_mark")
        for words in ("Seen", "All seen", "Mute"):
            assert words in text(app)
        await press(pilot, "escape")
        commands = {command.title for command in app.get_system_commands(app.screen)}
        assert commands >= {"Seen", "All seen", "Mute", "Alerts"}
