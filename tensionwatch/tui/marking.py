"""What the application keeps of what the user says: marks, corrections, filters, alerts seen and muted. What cannot be
kept is said, and so is where it may be said instead while another process collects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from time import monotonic
from typing import Any

from textual import work

from tensionwatch.breath import Pace
from tensionwatch.errors import CorrectionRefused, StoreError
from tensionwatch.exchange import Known
from tensionwatch.model import Kind
from tensionwatch.tui.alarm import Alarm
from tensionwatch.tui.cells import many
from tensionwatch.tui.marks import Field
from tensionwatch.tui.messages import (
    AlertsSeen,
    FilterDropped,
    FilterSaved,
    FlagDoubted,
    KindMissed,
    MergeWanted,
    MuteWanted,
    UnmuteWanted,
)
from tensionwatch.tui.opening import OpeningApp
from tensionwatch.tui.screens.choose import ChooseScreen
from tensionwatch.tui.screens.reading import doubt_words, missed_choice
from tensionwatch.words import READING

SAID_EVERY = 1.5
"""Seconds between two words of something in the background on how far it is."""

MARKED_THERE = "and marks are made there"
POLLED_THERE = "and feeds are polled there"
ALERTED_THERE = "and alerts are kept there"
RULES_THERE = "and rules are kept there"


class MarkingApp(OpeningApp):
    _alarm: Alarm

    def pull(self) -> None:
        """Show what has changed."""
        raise NotImplementedError

    # ---------------------------------------------------------------- may it be, and is it kept?

    def _is_refused(self, done_there: str) -> bool:
        """Does this screen only follow, or is the store still being read? Then it says so."""
        if self.context.desk.known is not Known.ALL:
            self.say(f"Not yet: {READING}.", severity="warning", timeout=2)
            return True
        status = self.context.polling.status()
        if status.follows:
            if status.collector:
                said = f"Not here: {status.collector} collects, {done_there}."
            else:
                said = f"Not here: nobody collects now. {self.context.says('{} collects here.', 'app.collect')}"
            self.say(said, severity="warning", timeout=6)
        return status.follows

    def may_mark(self) -> bool:
        """Where marks are not made here, say so."""
        return not self._is_refused(MARKED_THERE)

    def _marking(self, act: Callable[[], object], *, there: str = MARKED_THERE) -> bool:
        """Marks show at once; those that cannot be kept are said, not lost in silence: then it is False."""
        if self._is_refused(there):
            return False
        done = False
        try:
            act()
            done = True
        except StoreError as error:
            self.say(f"Not kept: {error}", severity="error", timeout=10)
        except CorrectionRefused as refused:
            self.say(f"Not done: {refused}.", severity="warning", timeout=8)
        self.pull()
        return done

    @property
    def _undoes(self) -> str:
        """How what was just done is taken back."""
        return self.context.says(" · {} undoes", "app.undo")

    # ---------------------------------------------------------------- marks

    def toggle_mark(self, article_id: str, field: Field) -> None:
        self._marking(lambda: self.context.marks.toggle(article_id, field))

    def on_flag_doubted(self, message: FlagDoubted) -> None:
        """Of flags of several kinds the user says which."""
        if self._is_refused(MARKED_THERE):
            return
        article = self.context.desk.article(message.article)
        if article is None:
            return
        kinds = list(dict.fromkeys(flag.kind for flag in article.flags))
        if not kinds:
            self.say("This article has no flag that could be wrong.")
        elif len(kinds) == 1:
            self._toggle_wrong(article.id, kinds[0])
        else:
            options = [(doubt_words(article, kind), kind.value) for kind in kinds]
            chosen = partial(self._doubt_chosen, article.id)
            self.push_screen(ChooseScreen("Which flag is wrong?", options, None), chosen)

    def _doubt_chosen(self, article_id: str, chosen: tuple[str | None] | None) -> None:
        if chosen is not None and chosen[0] is not None:
            self._toggle_wrong(article_id, Kind(chosen[0]))

    def _toggle_wrong(self, article_id: str, kind: Kind) -> None:
        self._marking(lambda: self.say(f"{self.context.marks.toggle_wrong(article_id, kind)}{self._undoes}"))

    def on_kind_missed(self, message: KindMissed) -> None:
        """The user says of which kind; those that a rule has flagged are not missed, unless the user says they are
        wrong."""
        article = self.context.desk.article(message.article)
        if article is None or self._is_refused(MARKED_THERE):
            return
        flagged = {flag.kind for flag in article.standing}
        options = [(missed_choice(article, kind), kind.value) for kind in Kind if kind not in flagged]
        chosen = partial(self._missed_chosen, article.id)
        self.push_screen(ChooseScreen("What happened that no rule saw?", options, None), chosen)

    def _missed_chosen(self, article_id: str, chosen: tuple[str | None] | None) -> None:
        if chosen is not None and chosen[0] is not None:
            kind = Kind(chosen[0])
            self._marking(lambda: self.say(f"{self.context.marks.toggle_missed(article_id, kind)}{self._undoes}"))

    def note(self, article_id: str, text: str) -> bool:
        """False where it could not be kept."""
        return self._marking(lambda: self.say(f"{self.context.marks.note(article_id, text)}{self._undoes}"))

    def mark_opened(self, article_id: str) -> None:
        if self.context.polling.status().follows:
            return  # who only reads has asked for no mark, and need not hear why there is none
        self._marking(lambda: self.context.marks.set((article_id,), "read", True, undoable=False))

    def mark_all_read(self, articles: Sequence[str]) -> None:
        if not self._is_refused(MARKED_THERE):
            self._mark_all_read(list(articles))

    @work(group="marks")
    async def _mark_all_read(self, articles: list[str]) -> None:
        """In steps between keys: 60,000 take 3 s."""
        steps = self.context.marks.set_all(articles, "read", True)
        told = await self._in_steps(steps, lambda done: f"Marking as read: {done:,} of {len(articles):,} …")
        if told is not None:
            self.say(f"{many(told, 'article')} marked read{self._undoes}" if told else "All are read already.")

    def _undo_between_keys(self, steps: Iterator[object]) -> None:
        self.run_worker(self._in_steps(steps, lambda _: "Undoing …"), group="marks")

    async def _in_steps(self, steps: Iterator[Any], words: Callable[[Any], str]) -> Any:
        """Gives what a generator gives at its end, None where it could not be kept; after a while it says so far."""
        pace, told = Pace(), monotonic()
        try:
            while True:
                done = next(steps)
                if monotonic() - told > SAID_EVERY:
                    told = monotonic()
                    self.say(words(done), timeout=SAID_EVERY)
                await pace.breathe()
        except StopIteration as ended:
            self.pull()
            return ended.value
        except StoreError as error:
            self.say(f"Not kept: {error}", severity="error", timeout=10)
            self.pull()
            return None

    def on_filter_saved(self, message: FilterSaved) -> None:
        def keep() -> None:
            self.say(f"{self.context.marks.keep_filter(message.saved, message.before)}{self._undoes}")
            message.kept()

        self._marking(keep)

    def on_filter_dropped(self, message: FilterDropped) -> None:
        self._marking(lambda: self.say(f"{self.context.marks.remove_filter(message.saved)}{self._undoes}"))

    def split_off(self, event_id: str, article_id: str) -> bool:
        """False where it was refused."""
        return self._marking(
            lambda: self.say(f"{self.context.marks.split(event_id, article_id)}{self._undoes}", timeout=6)
        )

    def on_merge_wanted(self, message: MergeWanted) -> None:
        def merge() -> None:
            self.say(f"{self.context.marks.merge(message.events)}{self._undoes}", timeout=6)
            message.merged()

        self._marking(merge)

    def withdraw(self, articles: Sequence[str]) -> None:
        said = "Nothing of this event was split or merged."
        self._marking(lambda: self.say(self.context.marks.withdraw(articles) or said))

    def action_undo(self) -> None:
        def undo() -> None:
            self.say(self.context.marks.undo() or "No mark to undo.")

        if self.context.marks.undoes_what_is_kept:
            self._marking(undo)
        else:
            undo()
            self.pull()

    # ---------------------------------------------------------------- alerts

    def on_alerts_seen(self, message: AlertsSeen) -> None:
        self.change_alerts(lambda: self.context.marks.acknowledge(message.alerts, seen=message.seen))

    def on_mute_wanted(self, message: MuteWanted) -> None:
        if not self._is_refused(ALERTED_THERE):
            self._alarm.choose_mute(message)

    def on_unmute_wanted(self, message: UnmuteWanted) -> None:
        self.change_alerts(lambda: self.context.marks.unmute(message.mute))

    def change_alerts(self, change: Callable[[], str]) -> None:
        """Do it, and say what was done."""
        self._marking(lambda: self.say(f"{change()}{self._undoes}"), there=ALERTED_THERE)
