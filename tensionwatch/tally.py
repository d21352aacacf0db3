"""The three-way counts: events · reports · publishers, each report once and near-copies one voice. Over a ledger alone:
no article is decoded for a count.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import datetime

from tensionwatch.events import Ledger
from tensionwatch.model import Event
from tensionwatch.ports import Counts

STEP = 5_000
"""Articles, or events, looked at in one step."""


class Tally:
    """With 1,700 events in their week the counts of 14 regions take 9 ms."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._listed: tuple[int, Sequence[str]] = (-1, ())
        self._counted = Counts()

    def within(self, happened: Sequence[tuple[datetime, Event]], since: datetime, now: datetime) -> Counts:
        """Of these events, each with the time it happened at, those that happened since; and of these the reports and
        voices since."""
        counted = [event for at, event in happened if since <= at <= now]
        told_at = self._ledger.told_at
        told = {
            article for event in counted for article in event.articles
            if (at := told_at(article)) is not None and since <= at <= now
        }  # fmt: skip
        return Counts(events=len(counted), reports=len(told), publishers=len(self._ledger.voices(told)))

    def of_events(self, events: Sequence[Event]) -> Counts:
        """All that tell these events, whenever they did."""
        told = {article for event in events for article in event.articles}
        return Counts(events=len(events), reports=len(told), publishers=len(self._ledger.voices(told)))

    def of_articles(self, articles: Sequence[str]) -> Generator[None, None, Counts]:
        """What these articles tell: the events, how many of the articles tell any, and their voices; in steps of a few
        milliseconds, begun again when the ledger changes between two. Kept until it changes or others are asked for:
        of 100,000 articles it takes 90 ms."""
        while self._listed[0] != self._ledger.version or self._listed[1] != articles:
            version = self._ledger.version
            counts = yield from self._steps(articles, version)
            if counts is not None:
                self._listed, self._counted = (version, articles), counts
        return self._counted

    def _steps(self, articles: Sequence[str], version: int) -> Generator[None, None, Counts | None]:
        """None once the ledger has another version."""
        told: set[str] = set()
        for start in range(0, len(articles), STEP):
            told.update(filter(self._ledger.tells, articles[start : start + STEP]))
            yield
        events = 0
        for number, event in enumerate(list(self._ledger), 1):
            events += not told.isdisjoint(event.articles)
            if number % STEP == 0:
                yield
                if version != self._ledger.version:
                    return None
        yield
        if version != self._ledger.version:
            return None
        return Counts(events=events, reports=len(told), publishers=len(self._ledger.voices(told)))
