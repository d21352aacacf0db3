"""What the parts of the screen tell one another: facts, not orders."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.message import Message

from tensionwatch.alerts.records import Mute
from tensionwatch.model import SavedFilter
from tensionwatch.series import Subject
from tensionwatch.tui.muting import MuteChoice


class StoreChanged(Message):
    """The desk has something new. At most one is outstanding: a later one replaces it."""

    def __init__(self, revision: int) -> None:
        self.revision = revision
        super().__init__()

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, StoreChanged)


class ArticleChosen(Message):
    """The user wants to read `article`; `listed` is where next and previous lead, in order."""

    def __init__(self, article: str, listed: Sequence[str]) -> None:
        self.article = article
        self.listed = listed
        super().__init__()


class FilterSaved(Message):
    """The user wants a filter kept; `before` is the one of its name that it replaces. `kept` is called once it is."""

    def __init__(self, saved: SavedFilter, before: SavedFilter | None, kept: Callable[[], None]) -> None:
        self.saved = saved
        self.before = before
        self.kept = kept
        super().__init__()


class FilterDropped(Message):
    """The user wants no tab of this filter any more."""

    def __init__(self, saved: SavedFilter) -> None:
        self.saved = saved
        super().__init__()


class FlagDoubted(Message):
    """The user wants to mark a flag of `article` as wrong, or to take that back."""

    def __init__(self, article: str) -> None:
        self.article = article
        super().__init__()


class KindMissed(Message):
    """The user wants to say what the rules have missed in `article`, or to take that back."""

    def __init__(self, article: str) -> None:
        self.article = article
        super().__init__()


class MergeWanted(Message):
    """The user says that these events are one. `merged` is called once they are: marks stay on what was refused."""

    def __init__(self, events: Sequence[str], merged: Callable[[], None]) -> None:
        self.events = events
        self.merged = merged
        super().__init__()


class EventChosen(Message):
    """The user wants to see the card of an event; `listed` is where next and previous lead, in order."""

    def __init__(self, event: str, listed: Sequence[str] = ()) -> None:
        self.event = event
        self.listed = listed
        super().__init__()


class IndexChosen(Message):
    """The user wants to see what a region's numbers open into; `listed` is where next and previous lead, in order."""

    def __init__(self, region: str, listed: Sequence[str] = ()) -> None:
        self.region = region
        self.listed = listed
        super().__init__()


class TrendWanted(Message):
    """The user wants to see the trend of a region or a pair."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        super().__init__()


class AlertsSeen(Message):
    """The user has seen these alerts, or says that they wait again."""

    def __init__(self, alerts: Sequence[str], *, seen: bool) -> None:
        self.alerts = alerts
        self.seen = seen
        super().__init__()


class MuteWanted(Message):
    """The user wants no more alerts of one of these."""

    def __init__(self, choices: Sequence[MuteChoice]) -> None:
        self.choices = choices
        super().__init__()


class UnmuteWanted(Message):
    """The user takes a mute back."""

    def __init__(self, mute: Mute) -> None:
        self.mute = mute
        super().__init__()


class FeedWanted(Message):
    """The user wants to see how a feed is."""

    def __init__(self, feed: str) -> None:
        self.feed = feed
        super().__init__()


class FeedChosen(Message):
    """The user wants to see the articles of a feed."""

    def __init__(self, feed: str) -> None:
        self.feed = feed
        super().__init__()
