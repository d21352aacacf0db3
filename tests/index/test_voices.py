"""Whose voices an event has, and since when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tensionwatch.events import Ledger
from tensionwatch.index.voices import first_reports, pairs
from tensionwatch.model import Article, Event, Status
from tests.builders import NOON, a_flag, a_visit, an_article

WORDS = "Guards fire warning shots at a patrol that strayed over the line at dawn"
OTHERS = "Ten are held after crossing the river under cover of fog, say officials"


def of(*articles: Article) -> tuple[Event, Callable[[str], tuple[datetime | None, str] | None]]:
    """The event that they tell, and what is known of its reports."""
    (event,) = Ledger(articles)
    return event, {a.id: (a.effective, a.publisher) for a in articles}.get


def test_each_voice_counts_from_its_first_report() -> None:
    found = first_reports(
        *of(
            an_article("a", a_flag(), publisher="one.example"),
            an_article("b", a_flag(), publisher="two.example", hours=2, title=OTHERS),
            an_article("c", a_flag(), publisher="one.example", hours=5, title="More on it"),
        )
    )
    assert found == [(NOON, "one.example"), (NOON + timedelta(hours=2), "two.example")]


def test_near_copies_are_the_voice_of_whoever_had_the_words_first() -> None:
    articles = [an_article(f"a{n}", a_flag(), publisher=f"p{n}.example", hours=n, title=WORDS) for n in range(4)]
    assert first_reports(*of(*articles)) == [(NOON, "p0.example")]


def test_a_visit_counts_from_the_day_on_which_it_takes_place() -> None:
    """Two announced it; one of them says that it is under way, then another who has not been heard before."""
    found = first_reports(
        *of(
            an_article("a", a_visit(status=Status.PLANNED), publisher="one.example"),
            an_article("b", a_visit(status=Status.PLANNED), publisher="two.example", title=OTHERS),
            an_article("c", a_visit(), publisher="one.example", hours=48, title="He has come to the capital"),
            an_article("d", a_visit(), publisher="three.example", hours=50, title="The guest is there for talks"),
        )
    )
    assert found == [(NOON + timedelta(hours=48), "one.example"), (NOON + timedelta(hours=50), "three.example")]


def test_what_has_not_happened_has_no_pairs() -> None:
    assert first_reports(*of(an_article("a", a_visit(status=Status.PLANNED)))) == []


def test_undated_and_unknown_reports_are_of_no_day() -> None:
    titles = (WORDS, OTHERS, "More on it")
    event, known = of(
        *(an_article(f"a{n}", a_flag(), publisher=f"p{n}.example", title=title) for n, title in enumerate(titles))
    )
    assert len(event.publishers) == 3
    said = {"a1": (None, "p1.example"), "a2": None}
    assert first_reports(event, lambda article: said.get(article, known(article))) == [(NOON, "p0.example")]


def test_pairs_count_once_there_are_two_voices() -> None:
    one = [an_article("a", a_flag()), an_article("b", a_flag(), hours=1, title="More on it")]
    assert pairs(*of(*one)) == []
    another = an_article("c", a_flag(), publisher="two.example", hours=20, title=OTHERS)
    assert [voice for _, voice in pairs(*of(*one, another))] == ["one.example", "two.example"]


REPORTS = st.lists(
    st.builds(
        an_article,
        st.sampled_from([f"a{n}" for n in range(9)]),
        st.just(a_flag()),
        hours=st.integers(0, 30),
        dated=st.booleans() | st.just(True),
        publisher=st.sampled_from([f"p{n}.example" for n in range(4)]),
        title=st.sampled_from([WORDS, OTHERS, f"{WORDS} today", "Fire over the line"]),
    ),
    min_size=1,
    unique_by=lambda article: article.id,
)


@settings(max_examples=50)
@given(REPORTS)
def test_a_duplicate_of_a_feed_moves_nothing(articles: list[Article]) -> None:
    """Each article again, under the same publisher and from another feed: no pair more, none less, none at another
    time."""
    doubled = [
        *articles,
        *(an_article(f"{a.id}-again", a_flag(), publisher=a.publisher, title=a.title, feed="other",
                     hours=(a.first_seen - NOON) / timedelta(hours=1), dated=a.effective is not None)
          for a in articles),
    ]  # fmt: skip
    assert sorted(all_pairs(doubled)) == sorted(all_pairs(articles))


@given(REPORTS)
def test_every_voice_is_one_of_the_events_publishers_and_counts_once(articles: list[Article]) -> None:
    known = {a.id: (a.effective, a.publisher) for a in articles}
    for event in Ledger(articles):
        voices = [voice for _, voice in first_reports(event, known.get)]
        assert len(voices) == len(set(voices))
        assert set(voices) <= set(event.publishers)


def all_pairs(articles: list[Article]) -> list[tuple[datetime, str]]:
    known = {a.id: (a.effective, a.publisher) for a in articles}
    return [pair for event in Ledger(articles) for pair in pairs(event, known.get)]
