"""Near-copies: a wire story in ten papers is one voice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.events import Ledger
from tensionwatch.events.copies import NearCopies, alike, text_of
from tests.builders import NOON, a_flag, an_article

WIRE = "Seoul fires warning shots after a dozen North Korean soldiers cross the demarcation line, military says"
OTHER = "North's troops step over border again; South answers with broadcasts and gunfire near Cheorwon"


def test_a_wire_story_in_ten_papers_is_one_voice() -> None:
    (event,) = Ledger(
        an_article(f"a{n}", a_flag(), hours=n / 4, publisher=f"p{n}.example", title=WIRE) for n in range(10)
    )
    assert (event.reports, event.publishers, len(event.carriers)) == (10, ("p0.example",), 9)
    assert event.copies["a9"] == "p0.example"


def test_a_paper_with_words_of_its_own_is_a_voice_beside_the_wire() -> None:
    articles = [
        an_article("a", a_flag(), publisher="wire.example", title=WIRE),
        an_article("b", a_flag(), hours=1, publisher="paper.example", title=WIRE),
        an_article("c", a_flag(), hours=2, publisher="paper.example", title=OTHER),
    ]
    (event,) = Ledger(articles)
    assert (event.publishers, event.carriers) == (("paper.example", "wire.example"), ())


def test_who_had_the_words_first_is_the_voice_whatever_came_in_first() -> None:
    late = an_article("a", a_flag(), hours=0, publisher="wire.example", title=WIRE)
    early = an_article("b", a_flag(), hours=3, publisher="paper.example", title=WIRE)
    ledger = Ledger([early])
    ledger.update([late])
    (event,) = ledger
    assert event.publishers == ("wire.example",)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (WIRE, WIRE.upper(), True),
        (WIRE, WIRE.removesuffix(", military says"), True),  # cut by one paper
        (WIRE, f"{WIRE}. The soldiers turned back at once, officers told reporters in the capital on Tuesday.", True),
        (WIRE, OTHER, False),
        ("Minister arrives in Hanoi", "Minister arrives in Seoul", False),
        ("Shots fired", "Shots fired", False),  # too short to be anybody's words
    ],
)
def test_what_is_a_near_copy(one: str, other: str, expected: bool) -> None:
    assert alike(text_of(one, "", NOON, "a"), text_of(other, "", NOON, "b")) is expected


def test_the_same_headline_a_week_later_is_no_copy() -> None:
    copies = NearCopies()
    copies.put("a", text_of(WIRE, "", NOON, "one"))
    copies.put("b", text_of(WIRE, "", NOON + timedelta(days=7), "two"))
    assert list(copies.near("b")) == []


def test_an_edit_that_makes_the_words_a_paper_s_own_makes_it_a_voice() -> None:
    articles = [an_article(f"a{n}", a_flag(), publisher=f"p{n}.example", title=WIRE) for n in range(2)]
    ledger = Ledger(articles)
    ledger.update([an_article("a1", a_flag(), publisher="p1.example", title=OTHER)])
    (event,) = ledger
    assert len(event.publishers) == 2


TEXTS = st.lists(
    st.tuples(st.lists(st.sampled_from("troops fire line visit north south".split()), min_size=4, max_size=9),
              st.integers(0, 150), st.sampled_from("abc")),
    max_size=8,
)  # fmt: skip


@given(TEXTS, st.randoms(use_true_random=False))
def test_who_is_near_whom_does_not_depend_on_the_order_of_arrival(texts, rng) -> None:
    known = [(f"t{n}", text_of(" ".join(w), "", NOON + timedelta(hours=h), p)) for n, (w, h, p) in enumerate(texts)]
    shuffled = list(known)
    rng.shuffle(shuffled)
    one, other = NearCopies(), NearCopies()
    for name, text in known:
        one.put(name, text)
    for name, text in shuffled:
        other.put(name, text)
    assert {n: set(one.near(n)) for n, _ in known} == {n: set(other.near(n)) for n, _ in known}


@given(
    st.lists(
        st.tuples(
            st.sampled_from([WIRE, OTHER, "Envoy lands for talks on the river"]), st.integers(0, 4), st.integers(0, 200)
        ),
        max_size=14,
    ),
    st.data(),
)
def test_the_speakers_of_any_reports_are_the_voices_among_them(
    told: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    copies = NearCopies()
    for n, (title, paper, hours) in enumerate(told):
        copies.put(f"a{n}", text_of(title, "", NOON + timedelta(hours=hours), f"p{paper}.example"))
    some = data.draw(st.sets(st.sampled_from(range(len(told))))) if told else set()
    in_order = sorted((told[n][2], f"a{n}", f"p{told[n][1]}.example") for n in some)
    voices = copies.voices((article, paper) for _, article, paper in in_order)
    assert copies.speakers(voices) == frozenset(voices.values())
