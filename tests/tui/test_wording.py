"""What changed between two wordings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.tui.wording import Part, passages, word_diff

TEXTS = st.text(st.sampled_from("ab ,.\u0000\n남중。é"), max_size=60) | st.text(max_size=40)


@given(TEXTS, TEXTS)
def test_the_old_text_is_what_stayed_and_went_the_new_one_what_stayed_and_came(old: str, new: str) -> None:
    parts = word_diff(old, new)
    assert "".join(part.text for part in parts if part.op != "added") == old
    assert "".join(part.text for part in parts if part.op != "removed") == new
    assert all(part.text for part in parts)


@given(TEXTS)
def test_what_has_not_changed_is_one_part(text: str) -> None:
    assert word_diff(text, text) == ((Part("same", text),) if text else ())


@given(TEXTS, TEXTS)
def test_passages_leave_out_nothing_that_has_changed(old: str, new: str) -> None:
    parts = word_diff(old, new)
    shown = list(passages(parts))
    assert [part for part in shown if part.op != "same"] == [part for part in parts if part.op != "same"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Two hurt at line", "Three hurt at line", "-Two +Three = hurt at line"),
        ("Two guards hurt", "Three soldiers hurt", "-Two guards +Three soldiers = hurt"),
        ("Talks on", "Talks on, says Seoul", "=Talks on +, says Seoul"),
        ("남북 경고 사격", "남북 경고 포격", "=남북 경고  -사격 +포격"),
        ("两国边境交火", "两国边境冲突", "=两国边境 -交火 +冲突"),
    ],
)
def test_changes_are_told_by_the_word_and_neighbours_together(old: str, new: str, told: str) -> None:
    sign = {"same": "=", "removed": "-", "added": "+"}
    assert " ".join(sign[part.op] + part.text for part in word_diff(old, new)) == told


def test_of_a_long_text_a_few_words_stand_beside_each_change() -> None:
    old = " ".join(f"word{number}" for number in range(400))
    shown = "".join(p.text for p in passages(word_diff(old, old.replace("word200 ", "").replace("word390", "end"))))
    assert "word199 word200 word201" in shown
    assert "word390end" in shown
    assert "word100" not in shown
    assert shown.count("…") == 3
