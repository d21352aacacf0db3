"""Marks: read, star, wrong flag, what is one event and what is not, alerts seen and muted; with undo for what was done
by a key."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Literal, NamedTuple

from tensionwatch.alerts.records import Mute
from tensionwatch.exchange import FeedRow
from tensionwatch.model import Correction, Kind, SavedFilter
from tensionwatch.ports import Alerting, Desk
from tensionwatch.tui.cells import line
from tensionwatch.words import KIND_WORDS, counted

Field = Literal["read", "starred"]
WORDS = {
    ("read", True): "read",
    ("read", False): "unread",
    ("starred", True): "starred",
    ("starred", False): "not starred",
}


STEP = 500
"""Articles marked at once: 10 ms."""


class _Done(NamedTuple):
    take_back: Callable[[], object]
    """May give an iterator that does it in steps."""
    said: str
    """When it is taken back."""
    correction: str | None = None
    """Id of the split or merge that it was."""
    is_kept: bool = True
    """It is in the store; else it is this screen's own affair."""


class Marks:
    """Passes marks to the desk and the alerting, and remembers those that changed something. StoreError and
    CorrectionRefused come through."""

    def __init__(self, desk: Desk, alerting: Alerting) -> None:
        self._desk = desk
        self._alerting = alerting
        self._done: list[_Done] = []
        self.in_background: Callable[[Iterator[object]], None] = _at_once
        """Carries out what is undone in steps."""

    def set(self, articles: Sequence[str], field: Field, value: bool, *, undoable: bool = True) -> int:
        """Mark those that are not so already; gives how many."""
        changed = tuple(self._differing(articles, field, value))
        if changed:
            self._write(changed, field, value)
            if undoable:
                said = f"{len(changed)} marked {WORDS[field, not value]} again"
                self._done.append(_Done(lambda: self._write(changed, field, not value), said))
        return len(changed)

    def set_all(self, articles: Sequence[str], field: Field, value: bool) -> Generator[int, None, int]:
        """The same of many, in steps of some milliseconds, each durable; gives how many have been looked at, and at the
        end how many were changed. Undone as one, what was done before it was broken off too."""
        changed: list[str] = []
        try:
            for at in range(0, len(articles), STEP):
                some = articles[at : at + STEP]
                changed += (differing := self._differing(some, field, value))
                if differing:
                    self._write(differing, field, value)
                yield at + len(some)
        finally:
            if changed:
                said = f"{len(changed)} marked {WORDS[field, not value]} again"
                self._done.append(_Done(lambda: self._write_all(changed, field, not value), said))
        return len(changed)

    def _differing(self, articles: Sequence[str], field: Field, value: bool) -> list[str]:
        found = ((article_id, self._desk.article(article_id)) for article_id in articles)
        return [article_id for article_id, a in found if a is not None and getattr(a, field) != value]

    def _write_all(self, articles: Sequence[str], field: Field, value: bool) -> Iterator[None]:
        for at in range(0, len(articles), STEP):
            self._write(articles[at : at + STEP], field, value)
            yield

    def keep_filter(self, saved: SavedFilter, before: SavedFilter | None) -> str:
        """Save it, in the place of the one before; says what was done."""
        self._desk.keep_filter(saved)
        if before is None:
            undo: Callable[[], object] = partial(self._desk.remove_filter, saved.name)
        else:
            undo = partial(self._desk.keep_filter, before)
        self._done.append(
            _Done(undo, f"The tab {line(saved.name)} is as before" if before else "The tab is gone again")
        )
        return f"Saved as the tab {line(saved.name)}"

    def remove_filter(self, saved: SavedFilter) -> str:
        """Take the tab away; says what was done."""
        self._desk.remove_filter(saved.name)
        self._done.append(_Done(partial(self._desk.keep_filter, saved), f"The tab {line(saved.name)} is back"))
        return f"The tab {line(saved.name)} is gone"

    def toggle(self, article_id: str, field: Field) -> None:
        article = self._desk.article(article_id)
        if article is not None:
            self.set((article_id,), field, not getattr(article, field))

    def toggle_wrong(self, article_id: str, kind: Kind) -> str:
        """Mark the article's flags of a kind as wrong, or take that back; says what was done."""
        article = self._desk.article(article_id)
        wrong = article is not None and kind not in article.wrong
        self._desk.mark_wrong(article_id, kind, wrong)
        said = wrong_words(kind, not wrong)
        self._done.append(_Done(lambda: self._desk.mark_wrong(article_id, kind, not wrong), said))
        return wrong_words(kind, wrong)

    def toggle_missed(self, article_id: str, kind: Kind) -> str:
        """Say that the article tells of a kind that no rule has seen, or take that back; says what was done."""
        article = self._desk.article(article_id)
        missed = article is not None and kind not in article.missed
        self._desk.mark_missed(article_id, kind, missed)
        take_back = partial(self._desk.mark_missed, article_id, kind, not missed)
        self._done.append(_Done(take_back, missed_words(kind, not missed)))
        return missed_words(kind, missed)

    def note(self, article_id: str, text: str) -> str:
        """Write a note on the article, or take it away where there is no text; says what was done."""
        article = self._desk.article(article_id)
        before = (article.note if article is not None else None) or ""
        if article is None or text == before:
            return "Note left as it was"
        self._desk.mark((article_id,), note=text)
        take_back = partial(self._desk.mark, (article_id,), note=before)
        self._done.append(_Done(take_back, "Note as it was before" if before else "Note taken away again"))
        return "Note kept" if text else "Note taken away"

    def split(self, event_id: str, article_id: str) -> str:
        """Say that this report tells an event of its own; says what was done."""
        self._corrected(self._desk.split(event_id, [article_id]))
        return "Split off: the report is an event of its own"

    def merge(self, event_ids: Sequence[str]) -> str:
        """Say that these events are one; says what was done."""
        self._corrected(correction := self._desk.merge(event_ids))
        return f"Merged: {len(correction.groups)} events are one"

    def _corrected(self, correction: Correction) -> None:
        take_back, said = partial(self._desk.undo_correction, correction.id), _UNDONE[correction.act]
        self._done.append(_Done(take_back, said, correction.id))

    def withdraw(self, articles: Sequence[str]) -> str | None:
        """Take back the latest split or merge that speaks of any of these articles, whenever it was made; says what
        was done, None where there is none."""
        meant = set(articles)
        found = (c for c in reversed(self._desk.corrections) if any(meant.intersection(group) for group in c.groups))
        correction = next(found, None)
        if correction is None:
            return None
        self._desk.undo_correction(correction.id)
        self._done = [done for done in self._done if done.correction != correction.id]
        return _UNDONE[correction.act]

    def acknowledge(self, alerts: Sequence[str], *, seen: bool = True) -> str:
        """Say that these alerts were seen, or were not; says what was done."""
        self._alerting.acknowledge(alerts, seen=seen)
        take_back = partial(self._alerting.acknowledge, tuple(alerts), seen=not seen)
        self._done.append(_Done(take_back, f"{counted(len(alerts), 'alert')} {_SEEN[not seen]} again"))
        return f"{counted(len(alerts), 'alert')} {_SEEN[seen]}"

    def mute(self, what: str, name: str, length: timedelta | None) -> Mute:
        """Raise no alert of this for so long."""
        before = next((m for m in self._alerting.mutes() if (m.what, m.name) == (what, name)), None)
        mute = self._alerting.mute(what, name, length)
        if before is None:
            self._done.append(_Done(partial(self._alerting.unmute, mute.id), f"Heard again: {what}"))
        else:
            self._done.append(_Done(partial(self._mute_again, before), f"Muted as long as before: {what}"))
        return mute

    def switch_feed(self, row: FeedRow, enabled: bool) -> None:
        """Poll this feed, or do not."""
        feed, since = row.feed, row.state.switched_at
        self._desk.switch_feed(feed.id, enabled)
        said = f"{'Disabled' if enabled else 'Enabled'} again: {line(feed.name)}"
        take_back = partial(self._desk.switch_feed, feed.id, not enabled, since=since)
        self._done.append(_Done(take_back, said))

    def unmute(self, mute: Mute) -> str:
        """Take a mute back; says what was done."""
        self._alerting.unmute(mute.id)
        self._done.append(_Done(partial(self._mute_again, mute), f"Muted again: {mute.what}"))
        return f"Heard again: {mute.what}"

    def _mute_again(self, mute: Mute) -> None:
        left = None if mute.until is None else max(mute.until - self._desk.now(), timedelta())
        self._alerting.mute(mute.what, mute.name, left)

    def remember(self, take_back: Callable[[], object], said: str) -> None:
        """Something that is this screen's own affair was done, and can be taken back."""
        self._done.append(_Done(take_back, said, is_kept=False))

    @property
    def undoes_what_is_kept(self) -> bool:
        """Would `undo` change what is kept, if there is anything to undo?"""
        return not self._done or self._done[-1].is_kept

    def undo(self) -> str | None:
        """Take back the last mark; says what was done, None when there is nothing left. What takes long goes to
        `in_background`."""
        if not self._done:
            return None
        steps = self._done[-1].take_back()
        if isinstance(steps, Iterator):
            self.in_background(steps)
        return self._done.pop().said

    def _write(self, articles: Sequence[str], field: Field, value: bool) -> None:
        write: Callable[..., None] = self._desk.mark
        write(articles, **{field: value})


def _at_once(steps: Iterator[object]) -> None:
    for _ in steps:
        pass


_SEEN = {True: "acknowledged", False: "waiting"}
_UNDONE = {"split": "Undone: the report is back in its event", "merge": "Undone: the events are apart again"}


def missed_words(kind: Kind, missed: bool) -> str:
    what = f"{KIND_WORDS[kind]} that no rule has seen"
    return f"Noted for whoever mends the rules: {what}" if missed else f"No longer missed: {what}"


def wrong_words(kind: Kind, wrong: bool) -> str:
    what = f"{KIND_WORDS[kind]} flag"
    return f"Marked wrong: {what} no longer counted" if wrong else f"Counted again: {what}"
