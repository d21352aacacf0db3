"""Articles and the events that they tell, kept in step: one record of the journal holds both.

    Batch ─▶ ledger.update ─▶ Telling ─┬▶ store.commit(articles, feed states, events) ─▶ kept
                                       └▶ where that fails: ledger.update(articles as they were)

At a start the events are there as they were told last, in the store (`told`): lists, counters and cards need no more.
The ledger, which takes in news, is made again of the flagged articles meanwhile (0.1 ms each), in steps of a few
milliseconds (`restore`). What comes before it is ready is kept at once, without its events, which lag behind until
then; so they do after a crash between. Whatever the reason, the ledger's word at the end of `restore` is what stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import count

from msgspec.structs import replace

from tensionwatch.errors import StoreUnwritable
from tensionwatch.events import Ledger
from tensionwatch.events.sighting import Sighting, sightings_of
from tensionwatch.events.told import EVENTS_VERSION, Told, joined
from tensionwatch.model import Article, Batch, Change, Correction, Kind, Telling
from tensionwatch.store import Store

AT_ONCE = 100
"""Flagged articles of which a ledger is made at once, before the first question: 10 ms."""
STEP = 20
"""Articles that came meanwhile, taken in at once."""
COMPARED = 500
"""Events compared at once: 1 ms."""
PATIENCE = 3
"""Comparisons that news may interrupt; the next one is made in one go."""


class Chronicle:
    """One writer of articles that have events. Raises StoreUnwritable from all that changes something, with nothing
    changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ledger: Ledger | None = None
        self.heard: Callable[[Telling, Sequence[str]], None] = _silent
        """Is called with what has changed in the events, and the articles that have changed."""
        self._late: dict[str, None] = {}
        """Flagged, or flagged before, and committed without their events since `restore` began."""
        self.told = self._stored()
        """The events as they are known now; a new object once `restore` has ended."""
        self._told_is_stored = True
        lags = store.events_version != EVENTS_VERSION
        if len(store.flagged) <= AT_ONCE or (store.read_only and lags):
            with suppress(StoreUnwritable):  # a full disk keeps nobody from reading; `restore` is to be begun again
                for _ in self.restore():
                    pass

    def _stored(self) -> Told:
        told = Told(self._sightings)
        for event, ranks in self._store.events():
            told.put(event, ranks)
        told.put_near(self._store.near())
        return told

    @property
    def is_ready(self) -> bool:
        """Do events follow at once what is taken in?"""
        return self._ledger is not None

    # ---------------------------------------------------------------- changing

    def take(self, batch: Batch) -> Change:
        """Keep a batch; of what it says twice of an article the last counts."""
        batch = replace(batch, articles=tuple({article.id: article for article in batch.articles}.values()))
        if self._ledger is None:
            late = [a.id for a in batch.articles if a.flags or a.id in self._store.flagged]
            return self._without_events(late, lambda: self._store.commit(batch))
        before = self._as_they_are(batch.articles)
        told = self._ledger.update(batch.articles)
        return self._with_events(
            told, lambda: self._store.commit(replace(batch, told=told)), lambda ledger: ledger.update(before)
        )

    def mark_wrong(self, article: Article, kinds: tuple[Kind, ...]) -> Change:
        """Say of which kinds its flags are wrong."""
        if self._ledger is None:
            return self._without_events([article.id], lambda: self._store.mark([article.id], wrong=kinds))
        told = self._ledger.update([replace(article, wrong=kinds)])
        return self._with_events(
            told,
            lambda: self._store.mark([article.id], wrong=kinds, told=told),
            lambda ledger: ledger.update([article]),
        )

    @property
    def corrections(self) -> Sequence[Correction]:
        """In the order they were made."""
        return self._store.corrections()

    def correct(self, correction: Correction) -> Change:
        """Split or merge events."""
        before = self.corrections
        told = self._corrected([*before, correction])
        return self._with_events(
            told, lambda: self._store.correct(correction, told), lambda ledger: ledger.correct(before)
        )

    def withdraw(self, correction_id: str) -> Change:
        """Take a split or merge back."""
        before = self.corrections
        told = self._corrected([each for each in before if each.id != correction_id])
        return self._with_events(
            told, lambda: self._store.withdraw(correction_id, told), lambda ledger: ledger.correct(before)
        )

    def _corrected(self, corrections: Sequence[Correction]) -> Telling | None:
        return self._ledger.correct(corrections) if self._ledger is not None else None

    def _without_events(self, late: Sequence[str], keep: Callable[[], Change]) -> Change:
        change = keep()
        self._late |= dict.fromkeys(late)
        self.heard(Telling(version=0), change.articles)
        return change

    def _with_events(
        self, told: Telling | None, keep: Callable[[], Change], undo: Callable[[Ledger], Telling]
    ) -> Change:
        """What cannot be kept has not happened: the ledger gives the same events for the same articles, whatever came
        between."""
        try:
            change = keep()
        except BaseException:
            if self._ledger is not None:
                undo(self._ledger)
            raise
        if told is not None:
            self.heard(told, change.articles)
        return change

    def _as_they_are(self, articles: Sequence[Article]) -> list[Article]:
        return [self._store.article(article.id) or replace(article, flags=()) for article in articles]

    def _sightings(self, article_id: str) -> Sequence[Sighting]:
        article = self._store.article(article_id)
        return () if article is None else sightings_of(article)

    # ---------------------------------------------------------------- restoring

    def restore(self) -> Iterator[None]:
        """Make the ledger, in steps; news may be taken in between them. At the end the store holds its events. Begin
        anew where it raises StoreUnwritable: until then nothing but the delay is lost."""
        self._ledger = None
        self._late = {}
        corrections = self.corrections
        before = self.told if self._told_is_stored else self._stored()
        ledger = Ledger()
        flagged = self._store.order.sort(self._store.flagged)
        yield from ledger.begin(filter(None, map(self._store.article, flagged)), corrections)
        for attempt in count():
            yield from self._take_late(ledger)
            if self.corrections != corrections:
                corrections = self.corrections
                ledger.correct(corrections)
            differing = []
            for part in before.differing(ledger.told, COMPARED):
                differing.append(part)
                if attempt < PATIENCE:
                    yield
            if not self._late and self.corrections == corrections:
                break
        self.told = ledger.told
        self.heard(joined(differing), ())
        if not self._store.read_only:
            self._told_is_stored = False
            self._store.commit(Batch(told=joined(differing)))
            self._told_is_stored = True
        self._ledger = ledger

    def _take_late(self, ledger: Ledger) -> Iterator[None]:
        while self._late:
            some = list(self._late)[:STEP]
            for article_id in some:
                del self._late[article_id]
            ledger.update(filter(None, map(self._store.article, some)))
            if self._late:
                yield


def _silent(_: Telling, __: Sequence[str]) -> None:
    """Tell nobody."""
