"""The three-way counts of lists: events · reports · publishers."""

from __future__ import annotations

from collections.abc import Generator

from tensionwatch.chronicle import Chronicle
from tensionwatch.exchange import Counts
from tensionwatch.model import Batch
from tensionwatch.store import Store
from tensionwatch.tally import Tally
from tests.builders import a_flag, a_visit, an_article

WIRE = "Envoy lands in Pyongyang as soldiers cross the demarcation line and are turned back by warning shots"


def counted(tally: Tally, articles: list[str]) -> Counts:
    """What the steps come to."""
    return to_its_end(tally.of_articles(articles))


def to_its_end(steps: Generator[None, None, Counts]) -> Counts:
    found: list[Counts] = []

    def through() -> Generator[None]:
        found.append((yield from steps))

    for _ in through():
        pass
    return found[0]


def told() -> Chronicle:
    """One wire story in two papers, each flagged for another event; a voice of its own; an article of no event."""
    chronicle = Chronicle(Store.in_memory())
    articles = (
        an_article("wire", a_visit(), publisher="wire.example", title=WIRE),
        an_article("copy", a_flag(), hours=1, publisher="paper.example", title=WIRE),
        an_article("own", a_flag(), hours=2, publisher="own.example", title="Shots at the line, Seoul says"),
        an_article("plain", hours=3, publisher="paper.example"),
    )
    chronicle.take(Batch(articles=articles))
    return chronicle


def test_a_copy_that_tells_another_event_is_no_further_voice_of_the_list() -> None:
    chronicle = told()
    assert sorted(event.publishers for event in chronicle.told) == [("own.example", "paper.example"), ("wire.example",)]
    assert Tally(chronicle).of_events(list(chronicle.told)) == Counts(events=2, reports=3, publishers=2)


def test_articles_are_counted_by_what_they_tell() -> None:
    tally = Tally(told())
    assert counted(tally, ["wire", "copy", "own", "plain"]) == Counts(events=2, reports=3, publishers=2)
    assert counted(tally, ["plain", "copy"]) == Counts(events=1, reports=1, publishers=1)
    assert counted(tally, ["plain"]) == Counts()


def test_a_count_that_was_kept_is_made_anew_once_an_event_changes() -> None:
    chronicle = told()
    tally, listed = Tally(chronicle), ["wire", "plain"]
    assert counted(tally, listed).events == 1
    chronicle.take(Batch(articles=(an_article("plain", a_flag("CHN", "IND"), publisher="paper.example"),)))
    assert counted(tally, listed) == Counts(events=2, reports=2, publishers=2)


def test_a_count_under_way_is_begun_again_when_an_event_changes() -> None:
    chronicle = told()
    steps = Tally(chronicle).of_articles(["wire", "plain"])
    next(steps)
    chronicle.take(Batch(articles=(an_article("plain", a_flag("CHN", "IND"), publisher="paper.example"),)))
    assert to_its_end(steps) == Counts(events=2, reports=2, publishers=2)
