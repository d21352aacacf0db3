"""Whatever is logged, its lines are text alone, and as wide as they may be."""

from __future__ import annotations

import sys
import unicodedata
from logging import WARNING, LogRecord
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.content import Content

from tensionwatch.logring import LogRing
from tensionwatch.tui.context import Context
from tensionwatch.tui.widgets.log import LogList, record_text, whole_record
from tests.tui.world import World

sys.path.append(str(Path(__file__).parents[2] / "bench"))

import fuzz

TURNS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\u2028\u2029")
ANY = st.characters(codec=None)
SAID = st.lists(st.text(ANY, max_size=30) | st.sampled_from(fuzz.PARTS), max_size=12).map("".join)


@pytest.fixture(scope="module")
def context() -> Context:
    return World().app().context


def what_acts(text: str) -> list[str]:
    """Its characters that a terminal would obey, or that turn or hide others."""
    return [c for c in text if unicodedata.category(c) in {"Cc", "Cs"} or c in TURNS]


@given(said=SAID, fault=SAID, width=st.integers(40, 200))
@example("\x1b]0;owned\x07\x9b2J\ud800\u202e", "國" * 500, 80)
@example("é" + "\u0301" * 300 + "👨\u200d👩\u200d👧" * 40, "\x1b\n\x1b", 81)
def test_any_record_is_drawn_as_text_within_its_line(context: Context, said: str, fault: str, width: int) -> None:
    ring = LogRing()
    error = ValueError(fault)
    ring.handle(LogRecord("tensionwatch", WARNING, "", 0, "poll %s", (said,), (ValueError, error, None)))
    record = ring.records()[0]
    lines = LogList(context, id="log")
    lines._records, lines.words = {"1": record}, said
    for runs in (lines.runs("1", width), lines.heading(0, width)):
        drawn = "".join(text for text, _ in runs)
        assert what_acts(drawn) == []
        assert cell_len(drawn) <= width
    pane = Content.assemble(*whole_record(record, context.times)).plain
    assert what_acts(pane.replace("\n", "")) == []
    assert what_acts(record_text(record).replace("\n", "")) == []
