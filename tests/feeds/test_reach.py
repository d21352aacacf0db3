"""Is it a server that does not answer, or are we offline? The rule alone."""

from __future__ import annotations

import pytest

from tensionwatch.feeds.reach import Reach, host_of


@pytest.mark.parametrize(
    ("silent", "enabled", "offline"),
    [
        ("a@x a@x a@x", "abcdef", False),
        ("a@x b@y", "abcdef", False),
        ("a@x b@x c@x", "abcdef", False),
        ("a@x b@x c@y", "abcdef", True),
        ("a@x b@y", "ab", True),
        ("a@x", "a", False),
        ("-a@x -b@y -c@z", "abcdef", False),
        ("-a@x -b@y -c@z", "abc", True),
        ("a@x b@y c@z !", "abcdef", False),
        ("a@x b@y ! c@z", "abcdef", False),
        ("! a@x b@y c@z", "abcdef", False),
        ("! . a@x b@y c@z", "abcdef", True),
        ("a@x b@y c@z ! . d@x e@y f@z", "abcdefgh", False),
        ("a@x b@y c@z ! . d@x e@y f@z", "abcdef", False),
        ("", "", False),
    ],
)
def test_who_must_be_silent_for_us_to_be_offline(silent: str, enabled: str, offline: bool) -> None:
    """`a@x`: feed a of host x is silent, `-`: and was before; `!`: somebody answers; `.`: a while passes."""
    reach, at = Reach(), 0.0
    for word in silent.split():
        at += 60.0 if word == "." else 0.1
        feed, _, host = word.removeprefix("-").partition("@")
        if word == "!":
            reach.answered("w", at)
        elif word != ".":
            reach.silent(feed, host, asked_at=at, was_well=not word.startswith("-"))
    assert reach.nobody_answers(enabled) is offline


def test_who_is_silent_while_others_answer_is_to_blame_at_once() -> None:
    reach = Reach()
    assert not reach.silent("a", "x", asked_at=0.0, was_well=True)
    reach.answered("w", 9.0)
    assert reach.silent("b", "y", asked_at=1.0, was_well=True), "it was asked before the answer came, and ends after it"
    assert reach.silent("c", "z", asked_at=13.0, was_well=True)
    assert not reach.silent("d", "v", asked_at=15.0, was_well=True)


def test_http_and_https_of_a_host_are_one_host_and_ports_are_servers_of_their_own() -> None:
    assert host_of("http://News.example/rss") == host_of("https://me:pw@news.example/other") == "news.example"
    assert host_of("http://news.example:8080/rss") == "news.example:8080"
