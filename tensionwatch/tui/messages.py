"""What the parts of the screen tell one another: facts, not orders."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.message import Message


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


class FlagDoubted(Message):
    """The user wants to mark a flag of `article` as wrong, or to take that back."""

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


class FeedChosen(Message):
    """The user wants to see the articles of a feed."""

    def __init__(self, feed: str) -> None:
        self.feed = feed
        super().__init__()
