"""Articles and the events that they tell, kept in step: one record of the journal holds both.

    Batch ─▶ ledger.update ─▶ Telling ─┬▶ store.commit(articles, feed states, events) ─▶ kept
                                       └▶ where that fails: ledger.update(articles as they were)

At a start the events are there as they were told last, in the store (`told`): lists, counters and cards need no more.
The ledger, which takes in news, is made again of the flagged articles meanwhile (0.1 ms each), in steps of a few
milliseconds (`restore`). What comes before it is ready is kept at once, without its events, which lag behind until
then; so they do after a crash between. Whatever the reason, the ledger's word at the end of `restore` is what stands.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import count

from msgspec.structs import replace

from tensionwatch.errors import StoreUnwritable
from tensionwatch.events import Ledger
from tensionwatch.events.copies import NearCopies, text_of
from tensionwatch.events.pairs import Hostility, makes_adversaries
from tensionwatch.events.sighting import Sighting, sightings_of
from tensionwatch.events.told import EVENTS_VERSION, Told, joined
from tensionwatch.model import Article, Batch, Change, Correction, Event, Flag, Kind, Telling
from tensionwatch.store import Store
from tensionwatch.store.months import MonthInfo

AT_ONCE = 100
"""Flagged articles of which a ledger is made at once, before the first question: 10 ms."""
STEP = 20
"""Articles that came meanwhile, taken in at once; or compared at once."""
COMPARED = 500
"""Events compared at once: 1 ms."""
_MARGIN = 3
"""Days by which an event's may lie off those of its articles."""
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
        if store.follows:
            return  # the events come from there too, with the articles
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
        articles = {article.id: article for article in batch.articles}
        batch = replace(batch, articles=tuple((self.recalled(articles) | articles).values()))
        if self._ledger is None:
            late = [a.id for a in batch.articles if a.flags or a.id in self._store.flagged]
            return self._without_events(late, lambda: self._store.commit(batch))
        before = self._as_they_are(batch.articles)
        told = self._ledger.update(batch.articles)
        return self._with_events(
            told, lambda: self._store.commit(replace(batch, told=told)), lambda ledger: ledger.update(before)
        )

    def mark(
        self,
        article_ids: Sequence[str],
        *,
        read: bool | None = None,
        starred: bool | None = None,
        note: str | None = None,
        missed: tuple[Kind, ...] | None = None,
    ) -> Change:
        """Set marks; see Store.mark. Articles of ended months come back for it, with all that is told of together
        with them: the hot store is the one that changes."""
        hot = [article_id for article_id in article_ids if article_id in self._store]
        change = self._store.mark(hot, read=read, starred=starred, note=note, missed=missed)
        old = set(article_ids).difference(hot)
        if old and (back := self.recalled(old)):
            self.take(Batch(articles=tuple(back.values())))
            change = self._store.mark(sorted(old), read=read, starred=starred, note=note, missed=missed)
        return change

    def recalled(self, article_ids: Iterable[str]) -> dict[str, Article]:
        """Of these the articles of ended months, and those that are reports of the same events: only together do they
        tell what they told."""
        months, found = self._store.months, dict[str, Article]()
        waiting = list(article_ids) if months.known else []
        while waiting:
            article_id = waiting.pop()
            if article_id in found or article_id in self._store:
                continue
            if (article := months.article(article_id)) is not None:
                found[article_id] = article
                if article.standing:
                    waiting += [each for event in months.events_of(article_id) for each in event.articles]
        return found

    def mark_wrong(self, article: Article, kinds: tuple[Kind, ...]) -> Change:
        """Say of which kinds its flags are wrong."""
        if article.id not in self._store:
            self.take(Batch(articles=tuple(self.recalled([article.id]).values())))
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
        hot = ((self._store.article(article.id) if article.id in self._store else None) for article in articles)
        return [before or replace(article, flags=()) for before, article in zip(hot, articles, strict=True)]

    def _sightings(self, article_id: str) -> Sequence[Sighting]:
        article = self._store.article(article_id)
        return () if article is None else sightings_of(article)

    # ---------------------------------------------------------------- what is told of ended months

    def event(self, event_id: str) -> Event | None:
        """Of that id, or that now holds the report which once gave it."""
        if (event := self.told.exactly(event_id)) is not None:
            return event
        archived = self._store.months.event(event_id)
        return archived[0] if archived is not None else self.told.get(event_id)

    def told_by(self, article_id: str) -> list[tuple[Event, Flag]]:
        """What the article tells: each of its flags, and the event that it belongs to."""
        if article_id in self._store:
            return self.told.told_by(article_id)
        old = Told(self._sightings)
        for event in self._store.months.events_of(article_id):
            found = self._store.months.event(event.id)
            old.put(event, found[1] if found is not None else ())
        return old.told_by(article_id)

    def of_country(self, country: str, days: Iterable[int] | None = None, family: str | None = None) -> Iterator[Event]:
        """Events with this party, of one family if that is asked for, by the day (an ordinal) when they happened or
        were first told of; undated ones are left out. With those of ended months, of which it reads no others."""
        asked = days if days is None or isinstance(days, range) else set(days)
        for month in sorted(self._store.months.known):
            if inside := [day for day in self._covered(month) if asked is None or day in asked]:
                found = self._store.months.of_country(month, country, inside, family)
                dated = [(e.when, e.id, e) for e in found if e.when is not None and self.told.exactly(e.id) is None]
                yield from (event for *_, event in sorted(dated))
        yield from self.told.of_country(country, sorted(asked) if isinstance(asked, set) else asked, family)

    def hostile_of(self, country: str, days: range) -> Iterator[Event | Hostility]:
        """Events of about these days with this party that make adversaries; those of ended months too."""
        for month in sorted(self._store.months.known):
            if any(day in days for day in self._covered(month)):
                found = self._store.months.hostile_of(month, country)
                yield from (event for event in found if self.told.exactly(event.id) is None)
        yield from filter(makes_adversaries, self.told.of_country(country, days))

    def _covered(self, month: str) -> range:
        """Days of the events in a month's file."""
        info = self._store.months.known[month]
        return range(info.first.toordinal() - _MARGIN, info.last.toordinal() + _MARGIN + 1)

    def between(self, one: str, other: str) -> list[Event]:
        """The events of these two countries, oldest first; undated ones are left out."""
        return [event for event in self.of_country(one) if other in event.sides]

    def voices(self, article_ids: Iterable[str]) -> frozenset[str]:
        """The independent publishers of these articles: near-copies among them are one voice. Where some are of ended
        months the texts are compared: 0.1 ms each."""
        steps = self.listening(article_ids)
        while True:
            try:
                next(steps)
            except StopIteration as heard:
                found: frozenset[str] = heard.value
                return found

    def listening(self, article_ids: Iterable[str]) -> Generator[None, None, frozenset[str]]:
        """The same in steps of a few milliseconds."""
        listed = set(article_ids)
        if not self._store.months.known or all(article_id in self._store for article_id in listed):
            return self.told.voices(listed)
        copies = NearCopies()
        for number, article in enumerate(filter(None, map(self._store.article, listed)), start=1):
            if article.standing:
                at = article.effective or article.first_seen
                copies.put(article.id, text_of(article.title, article.summary, at, article.publisher))
            if number % STEP == 0:
                yield
        return copies.speakers(listed)

    # ---------------------------------------------------------------- what leaves

    def remove(
        self,
        article_ids: Sequence[str],
        events: Sequence[str],
        *,
        into: MonthInfo | None = None,
        month_gone: str = "",
        for_good: int = 0,
    ) -> None:
        """See Store.remove. `events` are those all of whose reports `article_ids` hold: what is told of the others does
        not change by it. Where there are any, `restore` is to be begun afterwards: until then the ledger is none."""
        near: dict[str, tuple[str, ...]] = {article_id: () for article_id in article_ids if self.told.near(article_id)}
        told = Telling(version=self._store.events_version, gone=tuple(events), near=near)
        if events:
            self._ledger = None
        self._store.remove(article_ids, told, into=into, month_gone=month_gone, for_good=for_good)
        self.told.take(told)
        self.heard(told, article_ids)

    # ---------------------------------------------------------------- what another process keeps

    def follow(self, told: Telling, articles: Sequence[str]) -> None:
        """Hear what another process has kept in the store: these articles have come, changed or gone."""
        self.told.take(told)
        self.heard(told, articles)

    # ---------------------------------------------------------------- restoring

    def lag(self) -> None:
        """Keep what comes without its events, until `restore`: of news by the thousand at once they cost a quarter
        so."""
        self._ledger = None

    def restore(self) -> Iterator[None]:
        """Make the ledger, in steps; news may be taken in between them. At the end the store holds its events. Begin
        anew where it raises StoreUnwritable: until then nothing but the delay is lost."""
        self._ledger = None
        self._late = {}
        corrections = self.corrections
        before = self.told if self._told_is_stored else self._stored()
        ledger = Ledger()
        flagged = self._store.order.sort(self._store.flagged)
        yield from ledger.begin(filter(None, map(self._store.article, flagged)), corrections, before)
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
