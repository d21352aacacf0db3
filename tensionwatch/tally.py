"""The three-way counts: events · reports · publishers, each report once and near-copies one voice. Over what
is told of events: no article is decoded for a count, but for those of ended months.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from tensionwatch.chronicle import Chronicle
from tensionwatch.events.told import Told
from tensionwatch.exchange import Counts
from tensionwatch.model import Event

STEP = 5_000
"""Articles looked at in one step."""


class Tally:
    """Of what a list shows; those of regions and windows are kept in counters.py."""

    def __init__(self, chronicle: Chronicle) -> None:
        self._chronicle = chronicle
        self._listed: tuple[Told, int, Sequence[str]] = (chronicle.told, -1, ())
        self._counted = Counts()

    def of_events(self, events: Sequence[Event]) -> Counts:
        """All that tell these events, whenever they did."""
        told = {article for event in events for article in event.articles}
        return Counts(events=len(events), reports=len(told), publishers=len(self._chronicle.voices(told)))

    def of_events_in_steps(self, events: Sequence[Event]) -> Generator[None, None, Counts]:
        """The same, where some reports may be of ended months: these take 0.1 ms each."""
        told = {article for event in events for article in event.articles}
        voices = yield from self._chronicle.listening(told)
        return Counts(events=len(events), reports=len(told), publishers=len(voices))

    def of_articles(self, articles: Sequence[str]) -> Generator[None, None, Counts]:
        """What these articles tell: the events, how many of the articles tell any, and their voices; in steps of a few
        milliseconds, begun again when an event changes between two. Kept until one changes or others are asked for."""
        while not self._is_kept(articles):
            told, version = self._chronicle.told, self._chronicle.told.version
            events: set[str] = set()
            reports: list[str] = []
            for start in range(0, len(articles), STEP):
                for article in articles[start : start + STEP]:
                    if ids := told.ids_of(article):
                        events.update(ids)
                        reports.append(article)
                yield
            if told is self._chronicle.told and version == told.version:
                self._counted = Counts(events=len(events), reports=len(reports), publishers=len(told.voices(reports)))
                self._listed = (told, version, articles)
        return self._counted

    def _is_kept(self, articles: Sequence[str]) -> bool:
        told, version, listed = self._listed
        return told is self._chronicle.told and version == told.version and listed == articles
