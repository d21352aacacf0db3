"""The queue over a real store: what is durable when, what a restart finds, what one channel does to another."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tensionwatch.alerts import queue as module
from tensionwatch.alerts.outbox import DIGEST_OVER
from tensionwatch.alerts.queue import Queue
from tensionwatch.alerts.records import Alert, Channel, Delivery
from tensionwatch.alerts.wire import Payload, compose
from tensionwatch.commands.common import end
from tensionwatch.errors import SendFailed, StoreUnwritable
from tensionwatch.store import Store
from tests.builders import NOON, FixedClock
from tests.waiting import ends_by_cancelling, meanwhile, until

PHONE, MAIL = Channel(id="phone", command=("phone",)), Channel(id="mail", command=("mail",))


class Lines:
    """Channels that take what they are told to take; what came is remembered."""

    def __init__(self) -> None:
        self.got: list[tuple[str, Payload]] = []
        self.asked: list[tuple[str, str]] = []
        self.down: dict[str, SendFailed] = {}
        self.hangs: set[str] = set()
        self.going_on = asyncio.Event()

    async def send(self, channel: Channel, payload: Payload) -> None:
        self.asked.append((channel.id, payload.id))
        if channel.id in self.hangs:
            await self.going_on.wait()
        if channel.id in self.down:
            raise self.down[channel.id]
        self.got.append((channel.id, payload))

    def ids(self, channel: str = "phone") -> list[str]:
        return [payload.id for at, payload in self.got if at == channel]


def raised(store: Store, *names: str, channels: Sequence[str] = ("phone",)) -> None:
    """What the keeper does: alerts and deliveries in one commit."""
    alerts = [
        Alert(id=name, rule="r", key=name, at=NOON, region=None, event=None, stage="surprise", title=name, text="")
        for name in names
    ]
    deliveries = [
        Delivery(id=f"{alert.id}-{channel}", channel=channel, alerts=(alert.id,), state="waiting")
        for alert in alerts
        for channel in channels
    ]
    store.alerts.keep(alerts, deliveries)


def a_queue(store: Store, clock: FixedClock, send: Callable[..., object], *channels: Channel) -> Queue:
    def payload(delivery: Delivery) -> Payload:
        told = [alert for alert in map(store.alerts.alert, delivery.alerts) if alert is not None]
        return compose(delivery, "title", "text", told, lambda _: None, lambda _: None)

    return Queue(store.alerts, channels or (PHONE, MAIL), payload, clock, send)  # type: ignore[arg-type]


def states(store: Store) -> dict[str, str]:
    return {delivery.id: delivery.state for delivery in store.alerts.deliveries()}


def at_rest(store: Store) -> dict[str, str]:
    """As a program that is started now would find them."""
    with Store.open(store._folder, read_only=True) as reader:  # type: ignore[arg-type]
        return states(reader)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def lines() -> Lines:
    return Lines()


async def test_before_a_message_is_sent_it_is_durable_that_it_is_and_after_it_that_it_was(
    store: Store, clock: FixedClock
) -> None:
    seen = []

    async def send(channel: Channel, payload: Payload) -> None:
        seen.append(at_rest(store))

    raised(store, "a", channels=("phone", "mail"))
    assert at_rest(store) == {"a-phone": "waiting", "a-mail": "waiting"}
    await a_queue(store, clock, send, PHONE).flush()
    assert seen == [{"a-phone": "sending", "a-mail": "failed"}]
    assert at_rest(store) == {"a-phone": "delivered", "a-mail": "failed"}
    (phone, mail) = sorted(store.alerts.deliveries(), key=lambda each: each.id, reverse=True)
    assert (phone.tries, phone.finished, phone.first_try) == (1, NOON, NOON)
    assert mail.reason == "no channel 'mail' is configured any more"


async def test_what_comes_while_it_runs_is_sent_at_once(store: Store, clock: FixedClock, lines: Lines) -> None:
    queue = a_queue(store, clock, lines.send)
    async with meanwhile(queue.run()):
        await asyncio.sleep(0)
        raised(store, "a")
        queue.wake()
        await until(lambda: at_rest(store) == {"a-phone": "delivered"})
    assert lines.ids() == ["a-phone"]


async def test_a_channel_that_hangs_delays_no_other_and_gets_one_message_at_a_time(
    store: Store, clock: FixedClock, lines: Lines
) -> None:
    lines.hangs = {"mail"}
    raised(store, "a", "b", "c", channels=("mail", "phone"))
    async with meanwhile(a_queue(store, clock, lines.send).run()):
        await until(lambda: len(lines.ids()) == 3)
        assert [asked for asked in lines.asked if asked[0] == "mail"] == [("mail", "a-mail")]
        lines.going_on.set()
        await until(lambda: lines.ids("mail") == ["a-mail", "b-mail", "c-mail"])
        await until(lambda: set(states(store).values()) == {"delivered"})


async def test_a_dead_network_is_one_line_in_the_log_and_nothing_is_lost(
    store: Store, clock: FixedClock, lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tensionwatch")
    lines.down = {"phone": SendFailed("no route to host")}
    queue = a_queue(store, clock, lines.send)
    raised(store, *(f"a{n}" for n in range(100)))
    async with meanwhile(queue.run()):
        for minutes in (0, 1, 2, 5, 15, 60):
            tries = len(lines.asked)
            clock.pass_time(minutes=minutes)
            queue.wake()
            await until(lambda tries=tries: len(lines.asked) > tries)
            await until(lambda: not any(state == "sending" for state in states(store).values()))
        assert [record.getMessage() for record in caplog.records] == ["channel phone: not delivered: no route to host"]
        assert len(lines.asked) == 6
        (waiting,) = store.alerts.deliveries()
        assert (len(waiting.alerts), waiting.state, waiting.tries) == (100, "waiting", 6)
        lines.down = {}
        clock.pass_time(hours=1)
        queue.wake()
        await until(lambda: at_rest(store) == {waiting.id: "delivered"})
    assert [len(payload.alerts) for _, payload in lines.got] == [100]
    assert [record.getMessage() for record in caplog.records][1:] == ["channel phone: delivers again after 2h 23m"]


async def test_a_thousand_at_once_go_out_as_one_digest_to_each_channel(
    store: Store, clock: FixedClock, lines: Lines
) -> None:
    raised(store, *(f"a{n}" for n in range(1000)), channels=("phone", "mail"))
    await a_queue(store, clock, lines.send).flush()
    assert sorted((at, len(payload.alerts), payload.digest) for at, payload in lines.got) == [
        ("mail", 1000, True), ("phone", 1000, True),
    ]  # fmt: skip
    for alert in ("a0", "a999"):
        assert [(each.channel, each.state) for each in store.alerts.deliveries_of(alert)] == [
            ("mail", "delivered"), ("phone", "delivered"),
        ]  # fmt: skip


async def test_after_a_restart_what_was_being_sent_is_sent_again_under_its_id_and_says_so(
    store: Store, clock: FixedClock, lines: Lines
) -> None:
    raised(store, "a", "b")
    (first, _) = store.alerts.deliveries()
    store.alerts.keep_delivery(module.outbox.begun(first, NOON))
    await a_queue(store, clock, lines.send).flush()
    assert {payload.id: payload.again for _, payload in lines.got} == {"a-phone": True, "b-phone": False}


async def test_a_timeout_leaves_it_doubtful_and_the_next_try_says_so(
    store: Store, clock: FixedClock, lines: Lines
) -> None:
    raised(store, "a")
    queue = a_queue(store, clock, lines.send)
    lines.down = {"phone": SendFailed("took longer than 30s", unsure=True)}
    await queue.flush()
    lines.down = {}
    clock.pass_time(seconds=30)
    await queue.flush()
    assert [payload.again for _, payload in lines.got] == [True]


async def test_told_to_end_it_gives_what_is_being_sent_a_moment_and_leaves_the_rest(
    store: Store, clock: FixedClock, lines: Lines
) -> None:
    lines.hangs = {"phone"}
    raised(store, "a", "b")
    async with meanwhile(a_queue(store, clock, lines.send).run()) as task:
        await until(lambda: lines.asked)
        task.cancel()
        await asyncio.sleep(0)
        lines.going_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert at_rest(store) == {"a-phone": "delivered", "b-phone": "waiting"}


async def test_a_program_that_ends_waits_for_that_moment(
    store: Store, clock: FixedClock, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LAST_SECOND", 30.0)
    lines.hangs = {"phone"}
    raised(store, "a")
    task = asyncio.create_task(a_queue(store, clock, lines.send).run())
    await until(lambda: lines.asked)
    asyncio.get_running_loop().call_later(0.05, lines.going_on.set)
    await end([task])
    assert at_rest(store) == {"a-phone": "delivered"}


async def test_told_to_end_it_leaves_what_hangs_for_the_next_start(
    store: Store, clock: FixedClock, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LAST_SECOND", 0.01)
    lines.hangs = {"phone"}
    raised(store, "a")
    async with meanwhile(a_queue(store, clock, lines.send).run()) as task:
        await until(lambda: lines.asked)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert at_rest(store) == {"a-phone": "sending"}
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_nothing_is_sent_while_the_store_cannot_be_written_and_nothing_twice_when_it_can(
    store: Store, clock: FixedClock, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEEP_AGAIN", 0.01)
    full = True
    refused = []
    keep = store.alerts.keep_delivery

    def keep_delivery(delivery: Delivery, replaces: Sequence[str] = ()) -> None:
        if full:
            refused.append(delivery.state)
            raise StoreUnwritable("store: cannot be written: No space left on device")
        keep(delivery, replaces)

    monkeypatch.setattr(store.alerts, "keep_delivery", keep_delivery)
    raised(store, "a")
    async with meanwhile(a_queue(store, clock, lines.send).run()):
        await until(lambda: len(refused) > 3)
        assert (lines.asked, set(refused)) == ([], {"sending"})
        full = False
        lines.hangs = {"phone"}
        await until(lambda: lines.asked)
        full = True
        lines.going_on.set()
        await until(lambda: refused.count("delivered") > 3)
        full = False
        await until(lambda: at_rest(store) == {"a-phone": "delivered"})
    assert lines.asked == [("phone", "a-phone")]


async def test_a_poll_that_is_to_end_does_not_wait_for_a_store_that_cannot_be_written(
    store: Store, clock: FixedClock, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StoreUnwritable("store: cannot be written: No space left on device")

    raised(store, *(f"a{n}" for n in range(DIGEST_OVER + 1)))
    monkeypatch.setattr(store.alerts, "keep_delivery", refuse)
    async with asyncio.timeout(30):
        await a_queue(store, clock, lines.send).flush()
    assert lines.asked == []


async def test_what_no_longer_exists_is_given_up(store: Store, clock: FixedClock, lines: Lines) -> None:
    store.alerts.keep(deliveries=[Delivery(id="d", channel="phone", alerts=("gone",), state="waiting")])
    await a_queue(store, clock, lines.send).flush()
    (delivery,) = store.alerts.deliveries()
    assert (delivery.state, delivery.reason) == ("failed", "what it told of is gone")
    assert lines.asked == []


async def test_through_real_programs_each_alert_arrives_once(store: Store, tmp_path: Path) -> None:
    script = tmp_path / "append.py"
    script.write_text("import sys\nopen(sys.argv[1], 'a').write(sys.stdin.read())")
    channels = [
        Channel(id=name, command=(sys.executable, str(script), str(tmp_path / name))) for name in ("phone", "mail")
    ]
    raised(store, "a", "b", "c", channels=("phone", "mail"))

    def payload(delivery: Delivery) -> Payload:
        told = [alert for alert in map(store.alerts.alert, delivery.alerts) if alert is not None]
        return compose(delivery, "title", "text", told, lambda _: None, lambda _: None)

    await Queue(store.alerts, channels, payload, FixedClock()).flush()
    for name in ("phone", "mail"):
        messages = [json.loads(line) for line in (tmp_path / name).read_text().splitlines()]
        assert [message["alerts"][0]["id"] for message in messages] == ["a", "b", "c"]


async def test_a_fault_of_ours_in_one_message_stops_no_other(
    store: Store, clock: FixedClock, lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    async def send(channel: Channel, payload: Payload) -> None:
        if payload.id == "a-phone":
            raise KeyError("place")
        await lines.send(channel, payload)

    raised(store, "a", "b")
    queue = a_queue(store, clock, send)
    await queue.flush()
    clock.pass_time(seconds=30)
    await queue.flush()
    assert states(store) == {"a-phone": "waiting", "b-phone": "delivered"}
    assert store.alerts.deliveries()[0].reason == "a fault in this program, which the log tells: KeyError"
    assert "KeyError: 'place'" in caplog.text


@pytest.mark.parametrize("turns", range(6))
async def test_its_end_is_not_lost_where_something_new_comes_with_it(
    store: Store, clock: FixedClock, turns: int
) -> None:
    queue = a_queue(store, clock, Lines().send)
    task = asyncio.create_task(queue.run())
    await asyncio.sleep(0.05)
    queue.wake()
    for _ in range(turns):
        await asyncio.sleep(0)
    assert await ends_by_cancelling(task)
