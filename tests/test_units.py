"""Durations, sizes and percentages as text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.units import (
    about_words,
    duration_words,
    format_duration,
    format_size,
    parse_duration,
    parse_percent,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("1h30m", 5400), ("2d", 172800), ("1w", 604800), ("1w1d1h1m1s", 694861), ("0s", 0)],
)
def test_duration_is_read_in_seconds(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "15", "m", "15 m", " 15m", "15M", "-5m", "1.5h", "30m1h", "5m5m", "15min", "15m\n", "١٥m", "9" * 5000 + "s"],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)


@given(st.integers(0, 10**9))
def test_duration_written_and_read_is_the_same(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds


@given(st.integers(0, 10**9))
def test_duration_is_written_with_each_unit_at_most_once_and_below_the_next(seconds: int) -> None:
    parts = {unit: int(number) for number, unit in re.findall(r"(\d+)([wdhms])", format_duration(seconds))}
    assert all(parts.get(unit, 0) < limit for unit, limit in {"d": 7, "h": 24, "m": 60, "s": 60}.items())


@given(st.text(alphabet="0123456789wdhms. ", max_size=12))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except ValueError:
        return
    assert seconds >= 0
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("text", "size"), [("10MB", 10**7), ("512KB", 512_000), ("512 kb", 512_000), ("1GB", 10**9), ("7B", 7), ("0B", 0)]
)
def test_size_is_read_in_bytes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "10", "MB", "1.5MB", "-1MB", "10 parsecs", "9" * 5000 + "MB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a size"):
        parse_size(text)


@given(st.integers(0, 10**9 - 1), st.sampled_from([1, 10**3, 10**6, 10**9]))
def test_size_written_and_read_is_the_same(number: int, unit: int) -> None:
    assert parse_size(format_size(number * unit)) == number * unit


@pytest.mark.parametrize(("text", "share"), [("10%", 0.1), ("0%", 0), ("12.5 %", 0.125), ("100%", 1)])
def test_percentage_is_read_as_a_share(text: str, share: float) -> None:
    assert parse_percent(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["", "10", "%", "-5%", "ten%", "1e3%"])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a percentage"):
        parse_percent(text)


@pytest.mark.parametrize(
    ("seconds", "words", "about"),
    [
        (0, "1s", "1s"),
        (45, "45s", "45s"),
        (58, "58s", "1m"),
        (900, "15m", "15m"),
        (5_400, "1h 30m", "2h"),
        (36_000, "10h", "10h"),
        (35_900, "9h 58m", "10h"),
        (9 * 86_400, "9d", "9d"),
        (90_061, "1d 1h", "1d"),
    ],
)
def test_durations_for_reading(seconds: float, words: str, about: str) -> None:
    assert (duration_words(seconds), about_words(seconds)) == (words, about)
