"""Which message goes out next, and what becomes of one that did not arrive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.alerts import outbox
from tensionwatch.alerts.outbox import BURST, DIGEST_OVER, GIVE_UP_AFTER, PROBES, TRIES_AT_LEAST, Pace
from tensionwatch.alerts.records import Delivery
from tests.builders import NOON


def waits(name: str, *, next_try: datetime | None = None, alerts: Sequence[str] = ()) -> Delivery:
    return Delivery(
        id=name, channel="c", alerts=tuple(alerts) or (f"alert-{name}",), state="waiting", next_try=next_try
    )


class Channel:
    """What the queue does with one channel, at a clock that jumps to when something is next to be done."""

    def __init__(self, *names: str) -> None:
        self.waiting = [waits(name) for name in names]
        self.pace = Pace()
        self.now = NOON
        self.refuses: frozenset[str] = frozenset()
        """Alerts that it does not take."""
        self.up = True
        self.hangs = False
        """Whether a message that fails may have arrived."""
        self.tried: list[tuple[timedelta, Delivery]] = []
        self.delivered: list[tuple[timedelta, Delivery]] = []
        self.failed: list[Delivery] = []

    def come(self, *names: str) -> None:
        self.waiting += [waits(name) for name in names]

    def run(self, until: timedelta) -> None:
        end = NOON + until
        while (at := outbox.next_time(self.waiting, self.pace, self.now)) is not None and at <= end:
            self.now = max(at, self.now)
            if (folded := outbox.digest(self.waiting, self.pace, self.now)) is not None:
                self.waiting = [each for each in self.waiting if each.id not in folded[1]] + [folded[0]]
            one = outbox.next_up(self.waiting, self.pace, self.now)
            assert one is not None, "next_time promised one"
            self.send(one)
        self.now = end

    def send(self, one: Delivery) -> None:
        self.waiting = [each for each in self.waiting if each.id != one.id]
        begun = outbox.begun(one, self.now)
        self.pace = outbox.after_begin(self.pace, self.now)
        self.tried.append((self.now - NOON, begun))
        if self.up and not self.refuses & set(one.alerts):
            self.pace = outbox.after_success(self.pace, self.now)
            self.delivered.append((self.now - NOON, outbox.arrived(begun, self.now)))
            return
        self.pace = outbox.after_failure(self.pace, one.id, self.now)
        after = outbox.failed(begun, "no route", self.now, unsure=self.hangs)
        (self.failed if after.state == "failed" else self.waiting).append(after)

    @property
    def alerts_delivered(self) -> list[str]:
        return [alert for _, each in self.delivered for alert in each.alerts]


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def test_one_that_fails_is_tried_again_after_ever_longer_waits_for_a_day_and_then_given_up() -> None:
    channel = Channel("a")
    channel.up = False
    channel.run(hours(100))
    at = [int(when.total_seconds()) for when, _ in channel.tried]
    waits = [later - earlier for earlier, later in pairwise(at)]
    assert waits[:7] == [30, 60, 120, 300, 900, 3600, 3600]
    assert set(waits[5:]) == {3600}
    assert hours(24) <= channel.tried[-1][0] < hours(25)
    (failed,) = channel.failed
    assert (failed.state, failed.reason, failed.finished) == ("failed", "no route", NOON + channel.tried[-1][0])


def test_a_machine_that_was_off_for_days_still_has_tries_left() -> None:
    channel = Channel("a")
    channel.up = False
    channel.run(hours(0.01))
    assert len(channel.tried) == 2
    channel.now = NOON + hours(72)
    channel.run(hours(200))
    assert len(channel.tried) == TRIES_AT_LEAST
    assert channel.tried[-1][0] > hours(72) + GIVE_UP_AFTER / 24


def test_what_no_retry_can_help_is_given_up_at_once() -> None:
    begun = outbox.begun(waits("a"), NOON)
    assert outbox.failed(begun, "apprise is not installed", NOON, for_good=True).state == "failed"


def test_one_that_was_given_up_can_wait_again_and_has_its_day_again() -> None:
    failed = outbox.failed(outbox.begun(waits("a"), NOON), "no", NOON, for_good=True)
    again = outbox.retried(failed)
    assert (again.state, again.tries, again.first_try, again.finished, again.id) == ("waiting", 0, None, None, "a")


def test_quiet_hours_hold_one_back() -> None:
    channel = Channel()
    channel.waiting = [waits("a", next_try=NOON + hours(7))]
    channel.run(hours(24))
    assert [when for when, _ in channel.delivered] == [hours(7)]


def test_what_was_being_sent_when_the_program_ended_is_sent_again_and_says_so() -> None:
    found = outbox.interrupted(outbox.begun(waits("a"), NOON))
    assert (found.state, found.unsure, found.id, found.tries) == ("waiting", True, "a", 1)
    assert outbox.next_up([found], Pace(), NOON) == found


# ---------------------------------------------------------------- no flood


def test_a_thousand_at_once_are_one_message() -> None:
    channel = Channel(*(f"a{n}" for n in range(1000)))
    channel.run(hours(1))
    assert len(channel.delivered) == 1
    assert channel.alerts_delivered == [f"alert-a{n}" for n in range(1000)]


def test_a_few_at_once_are_a_message_each() -> None:
    channel = Channel(*(f"a{n}" for n in range(DIGEST_OVER)))
    channel.run(hours(1))
    assert [when for when, _ in channel.delivered] == [timedelta(0)] * DIGEST_OVER


def test_a_thousand_within_ten_minutes_are_one_message_a_minute() -> None:
    channel = Channel()
    for number in range(1000):
        channel.come(f"a{number}")
        channel.run(timedelta(seconds=0.6 * number))
    channel.run(hours(1))
    assert channel.alerts_delivered == [f"alert-a{n}" for n in range(1000)]
    assert len(channel.delivered) <= BURST + 11


def test_in_a_flood_none_waits_longer_than_a_minute() -> None:
    channel = Channel()
    for number in range(200):  # one in ten seconds
        channel.come(f"a{number}")
        channel.run(timedelta(seconds=10 * number))
    channel.run(hours(1))
    came = {alert: when for when, each in channel.delivered for alert in each.alerts}
    late = [came[f"alert-a{n}"] - timedelta(seconds=10 * n) for n in range(200)]
    assert max(late) <= outbox.REFILL
    assert len(channel.delivered) <= BURST + 200 / 6 + 1


def test_digests_that_wait_become_one() -> None:
    channel = Channel()
    channel.waiting = [waits(f"d{n}", alerts=[f"x{n}", f"y{n}"]) for n in range(DIGEST_OVER + 1)]
    channel.run(hours(1))
    assert len(channel.delivered) == 1
    assert len(channel.alerts_delivered) == 2 * (DIGEST_OVER + 1)


# ---------------------------------------------------------------- a dead network


def test_a_dead_network_costs_few_tries_however_many_wait_and_there_is_no_storm_when_it_is_back() -> None:
    channel = Channel()
    channel.up = False
    for number in range(600):  # one a minute for ten hours
        channel.come(f"a{number}")
        channel.run(timedelta(minutes=number))
    assert len(channel.tried) < 12 * 10 + 10
    channel.up = True
    channel.run(hours(12))
    assert sorted(channel.alerts_delivered) == sorted(f"alert-a{n}" for n in range(600))
    assert len(channel.delivered) <= PROBES + 2
    assert channel.delivered[-1][0] < hours(10.2)


def test_a_server_that_hangs_makes_few_messages_doubtful() -> None:
    channel = Channel()
    channel.up, channel.hangs = False, True
    for number in range(600):
        channel.come(f"a{number}")
        channel.run(timedelta(minutes=number))
    assert len({one.id for _, one in channel.tried}) <= PROBES + 1
    channel.up = True
    channel.run(hours(12))
    assert sorted(channel.alerts_delivered) == sorted(f"alert-a{n}" for n in range(600))
    assert len(channel.delivered) <= PROBES + 2


def test_a_message_that_a_channel_refuses_for_itself_holds_up_no_other_for_long() -> None:
    channel = Channel("bad")
    channel.refuses = frozenset({"alert-bad"})
    late = []
    for number in range(1, 24 * 6):
        channel.run(timedelta(minutes=10 * number))
        channel.come(f"a{number}")
        channel.run(timedelta(minutes=10 * number + 9))
        late.append(channel.delivered[-1][0] - timedelta(minutes=10 * number))
        assert channel.delivered[-1][1].id == f"a{number}"
    assert max(late) <= outbox.SLOWEST
    assert sorted(late)[len(late) // 2] == timedelta(0)
    channel.run(hours(40))
    assert [each.id for each in channel.failed] == ["bad"]


def test_what_failed_while_the_channel_was_down_is_due_when_it_is_back() -> None:
    channel = Channel("a", "b")
    channel.up = False
    channel.run(hours(5.1))
    channel.up = True
    channel.come("c")
    channel.run(hours(5.3))
    assert sorted(channel.alerts_delivered) == ["alert-a", "alert-b", "alert-c"]


# ---------------------------------------------------------------- whatever happens

steps = st.lists(
    st.one_of(
        st.integers(1, 30).map(lambda number: ("come", number)),
        st.integers(1, 5000).map(lambda seconds: ("pass", seconds)),
        st.sampled_from([("up", 1), ("down", 0), ("hang", 0), ("restart", 0)]),
    ),
    max_size=40,
)


@given(steps)
def test_none_is_lost_and_none_is_told_twice_whatever_comes_when(plan: list[tuple[str, int]]) -> None:
    channel, come, passed = Channel(), 0, timedelta(0)
    for what, number in plan:
        if what == "come":
            channel.come(*(f"a{n}" for n in range(come, come + number)))
            come += number
        elif what == "pass":
            passed += timedelta(seconds=number)
            channel.run(passed)
        elif what == "restart":
            channel.pace = Pace()
        else:
            channel.up, channel.hangs = what == "up", what == "hang"
    left = [alert for each in (*channel.waiting, *channel.failed) for alert in each.alerts]
    assert sorted(channel.alerts_delivered + left) == sorted(f"alert-a{n}" for n in range(come))
    channel.up = True
    channel.run(passed + hours(3))
    given_up = [alert for each in channel.failed for alert in each.alerts]
    assert sorted(channel.alerts_delivered + given_up) == sorted(f"alert-a{n}" for n in range(come))
