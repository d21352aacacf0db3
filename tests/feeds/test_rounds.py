"""How far a round of polls is."""

from __future__ import annotations

from tensionwatch.exchange import RoundStatus
from tensionwatch.feeds.rounds import Round


def test_a_round_counts_what_is_to_be_done_what_is_done_what_failed_and_what_is_new() -> None:
    polls = Round()
    for _ in range(3):
        polls.begun()
    polls.brought(40, failed=False)
    polls.ended()
    polls.brought(0, failed=True)
    polls.ended()
    assert polls.status() == RoundStatus(total=3, done=2, failed=1, new=40)
    assert polls.status().is_under_way


def test_what_falls_due_meanwhile_belongs_to_the_round_and_what_falls_due_later_begins_another() -> None:
    polls = Round()
    polls.begun()
    polls.begun()
    polls.ended()
    polls.begun()
    polls.ended()
    polls.ended()
    assert polls.status() == RoundStatus(total=3, done=3)
    assert not polls.status().is_under_way
    polls.begun()
    assert polls.status() == RoundStatus(total=1)
