"""Names put together to terms, and the gate that tells from bare words which patterns may match."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.demo import load_scenario
from tensionwatch.rules.gate import Gate, make
from tensionwatch.rules.gazetteer import Name, in_office, load
from tensionwatch.rules.pattern import Pattern
from tensionwatch.rules.reading import read
from tensionwatch.rules.terms import CLASSES


def named(text: str) -> list[tuple[str, str | None, str | None]]:
    """Text, country and label of each term that has a country."""
    (sentence, *_) = read(text, "", load())
    return [(sentence.words(at, at), t.country, t.label) for at, t in enumerate(sentence.terms) if t.country]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Russian President Vladimir Putin waits", [("Russian President Vladimir Putin", "RUS", "Vladimir Putin")]),
        ("President Putin waits", [("President Putin", "RUS", "Vladimir Putin")]),
        ("N. Korean soldiers wait", [("N. Korean soldiers", "PRK", None)]),
        ("soldiers from North Korea wait", [("soldiers from North Korea", "PRK", None)]),
        ("China's coast guard ships wait", [("China's coast guard ships", "CHN", None)]),
        ("Ethiopia of drone flights accused", [("Ethiopia", "ETH", None)]),
        ("Indian Ocean fish wait", []),
        ("Michael Jordan waits in Chicago", [("Chicago", "USA", None)]),
        ("PUTIN WAITS", [("PUTIN", "RUS", "Vladimir Putin")]),
        ("Türkiye’s Erdoğan waits", [("Türkiye’s Erdoğan", "TUR", "Recep Tayyip Erdogan")]),
    ],
)
def test_who_is_named(text: str, expected: list[tuple[str, str | None, str | None]]) -> None:
    assert [(words, country, label) for words, country, label in named(text) if words != "waits"] == expected


def test_a_capital_after_a_preposition_is_a_place_and_before_a_verb_an_actor() -> None:
    place, actor = (read(text, "", load())[0] for text in ("Talks in Moscow", "Moscow talks"))
    assert "actor" not in next(t for t in place.terms if t.country).classes
    assert "actor" in next(t for t in actor.terms if t.country).classes


def test_namesakes_are_told_apart_by_the_day() -> None:
    first = Name("person", "VAT", "the first", date(2000, 1, 1), date(2005, 1, 1))
    second = Name("person", "VAT", "the second", date(2005, 1, 2))
    assert list(in_office((first, second), date(2004, 6, 1))) == [first]
    assert list(in_office((first, second), date(2026, 6, 1))) == [second]
    assert list(in_office((first, second), None)) == [first, second]


IN_ORDER = [
    "^ {visitor} ..12 waits", "^ (the|two)? {actor|adjective} ..12 to", "^ to ..12 {country}", "^ , ..3 the",
    "{visitor} (and|,) {visitor} ..12 the", "{country} ..12 {actor} ..12 to", "the ..3 the ..3 to",
    "{number} ..3 waits",
    "(cross-border|US-led) ..3 {troops|unit}", "(border guards|guards of the border|{troops} to) ..12 waits",
    "({minister} waits|the minister|two soldiers)", "{listed} ..12 the",
]  # fmt: skip
"""Patterns of several parts, of phrases, and of how a sentence begins."""
PATTERNS = [Pattern(f"{{{name}}} ..12 {word}") for name in sorted(CLASSES) for word in ("the", "to", "waits", ",")]
PATTERNS += [Pattern(source, {"listed": ["south of the border", "the North", "cross-border"]}) for source in IN_ORDER]
GATE = Gate(make(PATTERNS, load()))


def test_the_gate_asks_for_the_order_of_words_and_for_both_words_of_a_name() -> None:
    gate = Gate(make([Pattern("{country} ..12 waits"), Pattern("^ waits ..12 {person}")], load()))
    assert gate.candidates("China waits", cased=True) == [0]
    assert gate.candidates("Waits for China", cased=True) == []
    assert gate.candidates("Sri waits", cased=True) == []
    assert gate.candidates("Waits Emmanuel Macron", cased=True) == [1]
    assert gate.candidates("It waits for Emmanuel Macron", cased=True) == []


def test_the_gate_lets_an_office_act_only_beside_a_name_for_whom() -> None:
    gate = Gate(make([Pattern("{visitor} ..12 waits"), Pattern("{office} ..12 waits")], load()))
    assert gate.candidates("The minister waits", cased=True) == [1]
    assert gate.candidates("The Russian minister waits", cased=True) == [0, 1]
    assert gate.candidates("The minister waits for Russia", cased=True) == [0, 1]


def nothing_is_hidden(title: str, summary: str) -> None:
    """A pattern that matches a sentence is always among the candidates."""
    reading = read(title, summary, load())
    for at in range(len(reading)):
        candidates = GATE.candidates(reading.text(at), cased=reading.cased(at))
        matching = [n for n, pattern in enumerate(PATTERNS) if pattern.matches(reading[at].positions)]
        assert set(matching) <= set(candidates)


def test_the_gate_hides_no_match_in_the_demo() -> None:
    for report in load_scenario().reports:
        for title in report.titles:
            nothing_is_hidden(title, report.summary)


WORDS = st.sampled_from(
    "Putin Kim Jong-un North the North Korea Korea's Russian soldiers guards' from of border U.S. President minister "
    "Türkiye’s Pope South China Sea cross-border US-led ’s , . - 20 two al-Qaeda the to waits".split(" ")
)


@given(st.lists(WORDS, max_size=25).map(" ".join), st.sampled_from([str, str.upper, str.lower]))
def test_the_gate_hides_no_match(text: str, case) -> None:
    nothing_is_hidden(case(text), f"{text} to the minister waits.")
