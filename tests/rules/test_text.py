"""Tokens and sentences."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tensionwatch.rules.text import (
    LONGEST_SENTENCE,
    MARKS,
    body_span,
    fold,
    has_unspaced,
    offsets,
    offsets_at_once,
    pieces,
    tokens,
    tokens_at_once,
)


def lows(text: str) -> list[str]:
    return [t.low for t in tokens(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("U.S. and U.K. agree", ["us", "and", "uk", "agree"]),
        ("N. Korea fires", ["n", "korea", "fires"]),
        ("Putin's visit", ["putin", "visit"]),
        ("Kim Jong-un arrives", ["kim", "jong", "un", "arrives"]),
        ("cross-border raid", ["cross-border", "raid"]),
        ("US-led talks", ["us", "led", "talks"]),
        ("Türkiye’s Erdoğan", ["turkiye", "erdogan"]),
    ],
)
def test_spellings_of_the_news_become_plain_tokens(text: str, expected: list[str]) -> None:
    assert lows(text) == expected


def test_a_dotted_initial_does_not_end_a_sentence() -> None:
    assert len(pieces("The N. Korean army moved. Seoul answered.")) == 2


def test_what_is_longer_than_a_sentence_can_be_is_cut_at_a_space() -> None:
    text = "Troops crossed the border into Poland and " * 200
    spans = pieces(text)
    assert "".join(text[start:end] for start, end in spans) == text
    assert all(end - start <= LONGEST_SENTENCE for start, end in spans)
    assert all(text[start - 1] == " " or text[start] == " " for start, _ in spans[1:])
    assert len(pieces("x" * 2500)) == 3


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("LIVE: Troops cross border", "Troops cross border"),
        ("Watch live: Troops cross border", "Troops cross border"),
        ("Troops cross border - Harbour Gazette", "Troops cross border"),
        ("Talks in Oslo – as it happened", "Talks in Oslo"),
        ("Plain headline", "Plain headline"),
    ],
)
def test_what_outlets_wrap_around_a_headline_is_left_out(title: str, body: str) -> None:
    start, end = body_span(title, title=True)
    assert title[start:end] == body


@pytest.mark.parametrize(
    "dateline",
    [
        "SEOUL (Meridian) - ",
        "SEOUL, May 3 (Meridian) - ",
        "SEOUL: ",
        "SEOUL - ",
        "MRD - ",
        "(MRD) – ",
        "SEOUL, South Korea — ",
    ],
)
def test_a_dateline_is_left_out_of_the_summary(dateline: str) -> None:
    text = f"{dateline}Soldiers crossed the line."
    start, _ = body_span(text, title=False)
    assert text[start:].startswith("Soldiers")


@given(st.text(max_size=300))
def test_every_token_stands_where_it_says(text: str) -> None:
    last = 0
    found, places = tokens(text), offsets(text)
    assert len(found) == len(places)
    for token, (start, end) in zip(found, places, strict=True):
        assert last <= start < end <= len(text)
        assert token.low in MARKS or token.low == fold(text[start:end]).replace(".", "").lower()
        last = end


@given(st.text(max_size=100), st.booleans())
def test_the_body_is_never_empty_when_the_text_is_not(text: str, title: bool) -> None:
    start, end = body_span(text, title=title)
    assert 0 <= start <= end <= len(text)
    assert end > start or not text


RUNS = st.sampled_from(
    "U.S. N. Korea guards' guards’ - -- Gen. NATO. Putin's Putin’s, cross-border US-led al-Qaeda (AP) “no” ... .. 3.5 S"
    " o'clock A.B c.d. | wait, wait. wait: x_y _ '".split(" ")
)


@given(st.lists(RUNS, max_size=8), st.sampled_from([" ", "  ", "\n"]), st.integers(0, 4), st.integers(0, 4))
def test_a_text_read_run_by_run_has_the_tokens_of_the_whole(runs: list[str], gap: str, start: int, cut: int) -> None:
    text = gap.join(runs)
    end = max(start, len(text) - cut)
    assert tokens(text, start, end) == tokens_at_once(text, start, end)
    assert offsets(text, start, end) == offsets_at_once(text, start, end)


@given(st.text(max_size=40))
def test_any_text_read_run_by_run_has_the_tokens_of_the_whole(text: str) -> None:
    assume(not has_unspaced(text))  # there each character is a token: tests/rules/test_languages.py
    assert tokens(text) == tokens_at_once(text, 0, len(text))
    assert offsets(text) == offsets_at_once(text, 0, len(text))
