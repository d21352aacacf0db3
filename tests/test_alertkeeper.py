"""Alerts at work, over a real watch and a real store: raised, kept, handed on, acknowledged, muted, followed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from tensionwatch.alertkeeper import AlertBook, AlertKeeper, AlertsElsewhere
from tensionwatch.alerts import digest
from tensionwatch.alerts.records import Alert, AlertRule, Channel, Raised
from tensionwatch.config import Config
from tensionwatch.errors import StoreFollowed
from tensionwatch.housekeeping import ALERTS_STAY
from tensionwatch.model import Article, Batch
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.store import FollowedStore, Store, files
from tensionwatch.store.journal import JournalStorage
from tensionwatch.watch import Watch
from tests.alerts.world import report
from tests.builders import NOON, FixedClock, a_flag, a_visit
from tests.store.following import UNATTENDED
from tests.test_watch import a_config
from tests.waiting import ends_by_cancelling, meanwhile, until

ANY = AlertRule(id="any", name="Any", channels=("mail", "ntfy"))


class Outbox:
    """Sends nothing: what waits in the store is looked at there."""

    def __init__(self) -> None:
        self.woken = 0
        self.flushed = 0
        self.running = False

    def wake(self) -> None:
        self.woken += 1

    async def run(self) -> None:
        self.running = True
        await asyncio.Event().wait()

    async def flush(self) -> None:
        self.flushed += 1


class Lab:
    """A process's life: opened on a folder, and over when it is closed."""

    def __init__(self, folder: Path, clock: FixedClock, *rules: AlertRule) -> None:
        channels = (Channel(id="mail", command=("cat",)), Channel(id="ntfy", url="ntfy://x"))
        self.config: Config = replace(a_config(folder), alerts=rules, channels=channels)
        self.clock = clock
        self.store = Store.open(folder)
        self.watch = Watch(self.store, self.config, load_atlas(), clock)
        self.outbox = Outbox()
        self.keeper = AlertKeeper(self.watch, self.config, clock, self.outbox)
        self.told: list[Raised] = []
        for _ in self.watch.settle():
            pass

    def comes(self, *articles: Article) -> None:
        self.watch._chronicle.take(Batch(articles=articles, new=len(articles)))  # type: ignore[attr-defined]
        self.watch.changed()

    async def once(self) -> list[str]:
        return [alert.key for alert in await self.keeper.once()]

    def at_work(self) -> AbstractAsyncContextManager[object]:
        return meanwhile(self.keeper.run(self.told.append))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON - timedelta(hours=3))


@pytest.fixture
def open_lab(tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Lab]]:
    monkeypatch.setattr(JournalStorage.__init__, "__kwdefaults__", UNATTENDED)
    labs: list[Lab] = []

    def opened(*rules: AlertRule) -> Lab:
        for lab in labs:
            lab.store.close()
        labs.append(Lab(tmp_path / "store", clock, *rules))
        return labs[-1]

    yield opened
    labs[-1].store.close()


# ---------------------------------------------------------------- raising


async def test_what_comes_is_raised_a_moment_later_and_handed_to_each_channel(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab(ANY)
    async with lab.at_work():
        await until(lambda: lab.outbox.running and lab.store.alerts.state("any") is not None)
        lab.comes(report(1, -1, "one.example"), report(2, -0.5, "two.example", a_visit()))
        await until(lambda: bool(lab.told))
    (raised,) = lab.told
    assert (raised.title, raised.bell) == ("2 alerts: 1 incident, 1 visit", True)
    assert [(d.channel, d.state) for d in lab.store.alerts.deliveries_of(raised.alerts[0].id)] == [
        ("mail", "waiting"), ("ntfy", "waiting"),
    ]  # fmt: skip
    assert lab.outbox.woken == 1
    assert lab.keeper.status().undelivered == 4


async def test_a_thousand_events_at_once_are_one_banner_and_none_is_lost(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab(ANY)
    async with lab.at_work():
        await until(lambda: lab.store.alerts.state("any") is not None)
        codes = [f"{a}{b}{c}" for a in "ABCDEFGHIJ" for b in "KLMNOPQRST" for c in "UVWXYZQRST"]
        lab.comes(*(report(n, -1, "one.example", a_flag(code, "KOR")) for n, code in enumerate(codes)))
        await until(lambda: bool(lab.told))
    (raised,) = lab.told
    assert raised.title == "1,000 alerts: 1,000 incidents"
    assert len(lab.store.alerts) == 1000
    assert len(lab.store.alerts.open_deliveries) == 2000
    assert lab.outbox.woken == 1


async def test_nothing_is_lost_or_told_again_however_often_it_starts(
    open_lab: Callable[..., Lab], clock: FixedClock
) -> None:
    first = open_lab(ANY)
    assert await first.once() == []
    first.comes(report(1, -1, "one.example"))  # and the process is gone before it looks
    clock.pass_time(hours=3)
    second = open_lab(ANY)
    assert len(await second.once()) == 1
    assert await second.once() == []
    third = open_lab(ANY)
    assert await third.once() == []
    assert third.outbox.flushed == 1
    assert len(third.store.alerts.open_deliveries) == 2


async def test_a_rule_that_is_new_is_silent_about_what_is_there(
    open_lab: Callable[..., Lab], clock: FixedClock
) -> None:
    lab = open_lab()
    lab.comes(report(1, -4, "one.example"))
    assert await lab.once() == []
    lab = open_lab(ANY)
    assert await lab.once() == []
    lab.comes(report(2, -1, "one.example", a_flag("CHN", "IND")))
    assert len(await lab.once()) == 1
    clock.pass_time(hours=3)
    changed = replace(ANY, publishers=1, keywords=("alpha1", "alpha3"))
    lab = open_lab(changed)
    assert await lab.once() == []
    lab.comes(report(3, 0.5, "one.example", a_flag("AZE", "ARM")))
    assert len(await lab.once()) == 1


async def test_a_rule_that_was_away_or_switched_off_begins_anew(
    open_lab: Callable[..., Lab], clock: FixedClock
) -> None:
    lab = open_lab(ANY)
    await lab.once()
    for without in ((), (replace(ANY, enabled=False),)):
        lab = open_lab(*without)
        assert await lab.once() == []
        lab.comes(report(len(without), -1, "one.example", a_flag("CHN", "IND" if without else "KOR")))
        clock.pass_time(hours=3)
        lab = open_lab(ANY)
        assert await lab.once() == []
        clock.at = NOON - timedelta(hours=3)


async def test_where_it_cannot_be_kept_it_is_raised_once_it_can(
    open_lab: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = open_lab(ANY)
    await lab.once()
    lab.comes(report(1, -1, "one.example"))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async with lab.at_work():
        with monkeypatch.context() as patched:
            patched.setattr(files.os, "pwrite", full)
            await until(lambda: "No space" in lab.keeper._trouble)  # nothing else tells of it
            assert lab.told == []
            assert len(lab.store.alerts) == 0
        lab.watch.changed()
        await until(lambda: bool(lab.told))
    assert len(lab.store.alerts) == 1


async def test_quiet_hours_keep_the_bell_silent_and_deliveries_waiting(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab(replace(ANY, quiet=(8 * 60, 10 * 60)))
    async with lab.at_work():
        await until(lambda: lab.store.alerts.state("any") is not None)
        lab.comes(report(1, -1, "one.example"))
        await until(lambda: bool(lab.told))
    assert lab.told[0].bell is False
    ten = NOON - timedelta(hours=2)
    assert lab.store.alerts.newest[0].held_until == ten
    assert [delivery.next_try for delivery in lab.store.alerts.open_deliveries] == [ten, ten]


async def test_what_is_withheld_is_listed_and_bothers_nobody(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab(ANY)
    lab.keeper.mute("pair", "PRK-KOR", timedelta(hours=1))
    async with lab.at_work():
        await until(lambda: lab.store.alerts.state("any") is not None)
        lab.comes(report(1, -1, "one.example"))
        await until(lambda: len(lab.store.alerts) == 1)
    assert lab.told == []
    assert [alert.withheld for alert in lab.keeper.alerts()] == ["muted"]
    assert lab.keeper.status().unseen == 0
    assert lab.store.alerts.open_deliveries == []


async def test_an_event_that_is_split_is_not_told_again_after_a_restart(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab(ANY)
    await lab.once()
    lab.comes(*(report(n, -1 + n / 10, f"{n}.example") for n in range(1, 4)))
    (key,) = await lab.once()
    lab.comes(*(report(n, -1 + n / 10, f"{n}.example") for n in range(4, 8)))
    assert await lab.once() == []
    lab = open_lab(ANY)
    lab.keeper.begin()
    lab.watch.split(key.split("|")[2], [f"a{n:03}" for n in range(4, 8)])
    assert len(lab.watch.events()) == 2
    assert await lab.once() == []


async def test_an_event_that_is_split_while_nobody_raises_alerts_is_not_told_again(
    open_lab: Callable[..., Lab],
) -> None:
    lab = open_lab(ANY)
    await lab.once()
    lab.comes(*(report(n, -1 + n / 10, f"{n}.example") for n in range(1, 4)))
    (key,) = await lab.once()
    lab.comes(*(report(n, -1 + n / 10, f"{n}.example") for n in range(4, 8)))
    without = open_lab(ANY)
    without.watch.split(key.split("|")[2], [f"a{n:03}" for n in range(4, 8)])
    lab = open_lab(ANY)
    assert len(lab.watch.events()) == 2
    assert await lab.once() == []


# ---------------------------------------------------------------- numbers


def of_the_days_before(days: int) -> Iterator[Article]:
    """One story a day, about others."""
    for day in range(3, days):
        yield report(day, -24 * day, "one.example", a_flag("CHN", "IND"), first_seen=NOON - timedelta(days=day))


async def test_a_day_that_is_unusual_is_told_once_even_after_midnight(
    open_lab: Callable[..., Lab], clock: FixedClock
) -> None:
    rule = AlertRule(id="s", name="Unusual", surprise=True, regions=("korea",))
    lab = open_lab(rule)
    lab.comes(*of_the_days_before(59))
    assert await lab.once() == []
    clock.at = NOON.replace(hour=23)
    lab.comes(*(report(100 + n, 10, f"{n}.example") for n in range(1, 9)))
    clock.pass_time(hours=2)
    (key,) = await lab.once()
    assert key == f"s|surprise|korea|incident|{NOON.date()}"
    assert "unusual in Korea: 1 incident" in lab.keeper.alerts()[0].title
    assert await lab.once() == []
    lab = open_lab(rule)
    assert await lab.once() == []


async def test_intensity_that_crosses_while_nobody_looks_is_told_at_the_next_start(
    open_lab: Callable[..., Lab], clock: FixedClock
) -> None:
    rule = AlertRule(id="c", name="Conflict", intensity=0.5, regions=("korea",))
    lab = open_lab(rule)
    assert await lab.once() == []
    clock.pass_time(minutes=16)
    lab.comes(*(report(n, -1, f"{n}.example") for n in range(1, 5)))
    clock.at = NOON
    lab = open_lab(rule)
    assert [key.split("|")[:3] for key in await lab.once()] == [["c", "intensity", "korea"]]
    lab = open_lab(rule)
    assert await lab.once() == []


# ---------------------------------------------------------------- looked up, acknowledged, muted


async def test_what_is_acknowledged_stays_so(open_lab: Callable[..., Lab], clock: FixedClock) -> None:
    lab = open_lab(ANY)
    await lab.once()
    lab.comes(report(1, -1, "one.example"), report(2, -0.5, "two.example", a_visit()))
    await lab.once()
    ids = [alert.id for alert in lab.keeper.alerts()]
    status = lab.keeper.status()
    assert (status.unseen, status.latest) == (2, lab.keeper.alerts()[0])
    lab.keeper.acknowledge(ids[:1])
    assert lab.keeper.status().unseen == 1
    lab.keeper.acknowledge(ids)
    lab.keeper.acknowledge(ids[1:], seen=False)
    lab = open_lab(ANY)
    assert [alert.seen for alert in lab.keeper.alerts()] == [clock.at, None]
    assert lab.keeper.alerts(1) == lab.keeper.alerts()[:1]


async def test_what_was_given_up_is_told_until_it_is_looked_at(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab(ANY)
    await lab.once()
    lab.comes(report(1, -1, "one.example"))
    (alert,) = await lab.keeper.once()
    mail, _ = lab.keeper.deliveries(alert.id)
    lab.store.alerts.keep_delivery(replace(mail, state="failed", reason="no such host"))
    assert (lab.keeper.status().failed, lab.keeper.status().undelivered) == (1, 1)
    lab.keeper.acknowledge([alert.id])
    assert lab.keeper.status().failed == 0


def test_a_mute_ends_by_itself_or_is_taken_back(open_lab: Callable[..., Lab], clock: FixedClock) -> None:
    lab = open_lab(ANY)
    for_good = lab.keeper.mute("rule", "any", None)
    pair = lab.keeper.mute("pair", "PRK-KOR", timedelta(hours=2))
    assert pair.name == "KOR-PRK"
    assert lab.keeper.mutes() == [pair, for_good]
    longer = lab.keeper.mute("pair", "KOR-PRK", timedelta(hours=5))
    assert (longer.id, longer.at) == (pair.id, pair.at)
    clock.pass_time(hours=3)
    lab = open_lab(ANY)
    assert lab.keeper.mutes() == [longer, for_good]
    lab.keeper.unmute(for_good.id)
    lab.keeper.unmute("nobody")
    assert lab.keeper.mutes() == [longer]
    clock.pass_time(hours=3)
    assert lab.keeper.status().mutes == 0
    with pytest.raises(ValueError, match="not to be muted: planet"):
        lab.keeper.mute("planet", "mars", None)


async def test_old_alerts_leave_with_the_other_old_things(open_lab: Callable[..., Lab], clock: FixedClock) -> None:
    lab = open_lab(replace(ANY, channels=()))
    await lab.once()
    lab.comes(report(1, -1, "one.example"))
    await lab.once()
    await lab.watch.housekeeper.once()
    assert len(lab.store.alerts) == 1
    clock.at += ALERTS_STAY + timedelta(minutes=1)
    await lab.watch.housekeeper.once()
    assert len(lab.store.alerts) == 0


# ---------------------------------------------------------------- followed


async def test_a_follower_tells_what_appears_and_changes_nothing(
    open_lab: Callable[..., Lab], clock: FixedClock
) -> None:
    lab = open_lab(ANY)
    await lab.once()
    lab.comes(report(1, -1, "one.example"))
    await lab.once()
    store = FollowedStore.follow(lab.config.storage.path)
    try:
        watch = Watch(store, lab.config, load_atlas(), clock)
        elsewhere = AlertsElsewhere(watch, lab.config, clock)
        told: list[Raised] = []
        async with meanwhile(elsewhere.run(told.append)):
            await asyncio.sleep(0)
            lab.comes(report(2, -0.5, "two.example", a_visit()))
            await lab.once()
            for _ in watch.follow(store.fetch()):
                pass
            await until(lambda: bool(told))
        (raised,) = told
        assert [alert.stage for alert in raised.alerts] == ["under way"]
        assert raised.bell
        assert elsewhere.alerts() == lab.keeper.alerts()
        assert elsewhere.status() == lab.keeper.status()
        with pytest.raises(StoreFollowed):
            elsewhere.acknowledge([raised.alerts[0].id])
        with pytest.raises(StoreFollowed):
            elsewhere.mute("rule", "any", None)
    finally:
        store.close()


def test_a_book_needs_no_watch(open_lab: Callable[..., Lab], clock: FixedClock) -> None:
    lab = open_lab(ANY)
    alert = Alert(id="a", rule="any", key="k", at=NOON, region=None, event=None, stage="intensity", title="", text="")
    lab.store.alerts.keep([alert], digest.deliveries_of(alert, ANY))
    assert AlertBook(lab.store, clock).alerts() == [alert]


@pytest.mark.parametrize("turns", range(6))
async def test_its_end_is_not_lost_where_news_come_with_it(
    open_lab: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    monkeypatch.setattr("tensionwatch.alertkeeper.AT_MOST_EVERY", 0.0)
    lab = open_lab(ANY)
    task = asyncio.create_task(lab.keeper.run(lab.told.append))
    await asyncio.sleep(0.05)
    lab.watch.changed()
    for _ in range(turns):
        await asyncio.sleep(0)
    assert await ends_by_cancelling(task)
