"""What an alert becomes on its way out."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from tensionwatch.alerts.digest import LINES, deliveries_of, message_words
from tensionwatch.alerts.records import Alert
from tests.builders import NOON

from .world import ANY


def an_alert(number: int, family: str = "incident", stage: str = "reported") -> Alert:
    event = None if stage in ("surprise", "intensity") else f"e{number}"
    return Alert(
        id=f"a{number}", rule="any", key=f"k{number}", at=NOON + timedelta(seconds=number), region="korea",
        event=event, family=family, stage=stage, title=f"title {number}", text=f"text {number}",
    )  # fmt: skip


def test_one_alert_speaks_for_itself() -> None:
    assert message_words([an_alert(1)]) == ("title 1", "text 1")


def test_many_are_summed_up_with_a_line_for_each_of_the_first() -> None:
    visits = [an_alert(n, "visit", "announced") for n in range(1, 4)]
    many = [an_alert(0), *visits, an_alert(4, "talks", "surprise"), an_alert(5, stage="intensity")]
    title, text = message_words(list(reversed(many)))
    assert title == "6 alerts: 3 visits, 1 incident, 1 unusual, 1 of intensity"
    assert text.splitlines() == [f"title {n}" for n in range(6)]


def test_a_thousand_are_a_few_lines() -> None:
    title, text = message_words([an_alert(n) for n in range(1000)])
    assert title == "1,000 alerts: 1,000 incidents"
    assert len(text.splitlines()) == LINES + 1
    assert text.endswith(f"and {1000 - LINES} more")


def test_each_channel_of_the_rule_gets_one_delivery_and_the_same_one_each_time() -> None:
    rule = replace(ANY, channels=("mail", "ntfy", "mail"))
    held = replace(an_alert(1), held_until=NOON + timedelta(hours=7))
    mail, ntfy = deliveries_of(held, rule)
    assert (mail.channel, ntfy.channel) == ("mail", "ntfy")
    assert mail.id != ntfy.id
    assert (mail.state, mail.alerts, mail.next_try, mail.tries) == ("waiting", ("a1",), held.held_until, 0)
    assert deliveries_of(an_alert(1), rule)[0].id == mail.id
    assert deliveries_of(replace(held, withheld="muted"), rule) == []
    assert deliveries_of(held, ANY) == []
