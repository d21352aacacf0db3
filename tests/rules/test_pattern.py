"""The pattern language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.rules.lemma import forms
from tensionwatch.rules.pattern import Pattern
from tensionwatch.rules.positions import Positions
from tensionwatch.rules.syntax import PatternError
from tensionwatch.rules.text import Term

KREMLIN = Term("kremlin", frozenset({"actor", "seat"}), "RUS")
SEOUL = Term("seoul", frozenset({"actor", "host", "capital"}), "KOR")


def sentence(*parts: str | Term) -> list[Term]:
    words = [p if isinstance(p, Term) else Term(p, frozenset()) for p in parts]
    return [Term("^", frozenset()), *words, Term("$", frozenset())]


def matches(pattern: str, *parts: str | Term, words: dict[str, list[str]] | None = None) -> bool:
    return next(Pattern(pattern, words).search(sentence(*parts)), None) is not None


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("troops cross", "troops cross", True),
        ("troops cross", "troops never cross", False),
        ("troops .. cross", "troops from the north slowly cross", True),
        ("troops ..2 cross", "troops from the north slowly cross", False),
        ("troops ..9 cross", "troops , late at night , cross", True),
        ("troops ..9! cross", "troops , late at night , cross", False),
        ("(troops|border guards) cross", "border guards cross", True),
        ("troops (quietly)? cross", "troops cross", True),
        ("troops cross~", "troops crossing", True),
        ("meet~", "met", True),
        ("^ troops", "troops cross", True),
        ("^ cross", "troops cross", False),
        ("cross $", "troops cross", True),
        ("{crossing}", "they step over", True),
    ],
)
def test_elements(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, *text.split(), words={"crossing": ["step over", "cross"]}) is expected


def test_roles_are_kept_with_their_terms() -> None:
    terms = sentence("the", KREMLIN, "warns", SEOUL)
    found = next(Pattern("{src:actor} warns {tgt:host}").search(terms))
    assert {role: terms[at].country for role, at in found.roles.items()} == {"src": "RUS", "tgt": "KOR"}


def test_the_nearest_candidate_comes_first() -> None:
    terms = sentence(KREMLIN, "and", SEOUL, "warns")
    starts = [found.start for found in Pattern("{src:actor} .. warns").search(terms)]
    assert starts == [3, 1]


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("troops (cross", "a '(' without its ')'"),
        ("troops cross)", "a ')' or '|' without its '('"),
        ("? troops", "a '?' with nothing before it"),
        ("{nobody} cross", "no class or word list 'nobody'"),
        ("{boss:actor} cross", "'boss' is no role"),
        ("troops ..99 cross", "a gap of 99"),
        ("{src:actor} .. {tgt:host}", "at least one word"),
        ("troops () cross", "an empty alternative"),
        ("troops [cross]", "cannot read"),
    ],
)
def test_what_is_wrong_with_a_pattern_is_said(pattern: str, complaint: str) -> None:
    with pytest.raises(PatternError, match=complaint.replace("(", r"\(").replace(")", r"\)").replace("?", r"\?")):
        Pattern(pattern)


def test_a_pattern_of_many_gaps_is_still_quick_to_refuse() -> None:
    # Tried naively this takes 12^12 steps; that the test ends is what it asserts.
    pattern = Pattern(" ".join(["a ..12"] * 12) + " b")
    assert next(pattern.search(sentence(*["a"] * 200)), None) is None


PIECES = st.sampled_from(["a", "b", "c", "(a|b)", "(a b|c)?", "..", "..2", "..3!", ",", "^", "$", "{src:actor}", "a~"])


@given(st.lists(PIECES, min_size=1, max_size=6), st.lists(st.sampled_from(["a", "b", "c", ","]), max_size=8))
def test_any_pattern_matches_or_not_and_its_needs_never_hide_a_match(pieces: list[str], words: list[str]) -> None:
    try:
        pattern = Pattern(" ".join(pieces))
    except PatternError:
        return
    terms = sentence(*words)
    if any(need.words.isdisjoint(words) for need in pattern.needs):
        assert next(pattern.search(terms), None) is None
    for found in pattern.search(terms):
        assert 0 <= found.start <= found.end <= len(terms)


@given(
    st.lists(PIECES, min_size=1, max_size=6),
    st.lists(st.sampled_from(["a", "b", "c", ",", KREMLIN, SEOUL]), max_size=12),
)
def test_the_quick_look_at_all_positions_says_what_the_walk_says(pieces: list[str], words: list[str | Term]) -> None:
    try:
        pattern = Pattern(" ".join([*pieces, "{listed}"]), {"listed": ["a b c", "b", "c a"]})
    except PatternError:
        return
    terms = sentence(*words)
    assert pattern.matches(Positions(terms)) is (next(pattern.search(terms), None) is not None)


@pytest.mark.parametrize(
    ("word", "some"),
    [("visit", {"visits", "visited", "visiting"}), ("carry", {"carries", "carried"}), ("arrive", {"arriving"}),
     ("clash", {"clashes", "clashed"}), ("ram", {"rammed"}), ("meet", {"met"})],
)  # fmt: skip
def test_forms_of_a_word(word: str, some: set[str]) -> None:
    assert some | {word} <= forms(word)
