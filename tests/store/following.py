"""Who follows a store, and all that a store says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tensionwatch.chronicle import Chronicle
from tensionwatch.identity import canonical_link
from tensionwatch.model import Batch
from tensionwatch.store import FollowedStore, Store
from tensionwatch.store.journal import JournalStorage
from tests.events.test_ledger import held

from .samples import FoldHere, article


class Follower:
    """A followed store and the events in it, as a screen keeps them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = FollowedStore.follow(folder)
        self.chronicle = Chronicle(self.store)

    def look(self) -> int:
        """As a screen does every half second; gives how many commits it saw."""
        if not self.store.has_changed():
            return 0
        commits, tables = self.store.fetch()
        for commit in commits:
            change, told, gone = self.store.take(commit, tables)
            self.chronicle.follow(told, (*change.articles, *gone))
        return len(commits)

    def says_what_a_fresh_reader_says(self) -> None:
        with Store.open(self.folder, read_only=True) as reader:
            assert all_of(self.store) == all_of(reader)
            assert held(self.chronicle.told) == held(Chronicle(reader)._stored())

    def close(self) -> None:
        self.store.close()


def all_of(store: Store) -> dict[str, Any]:
    articles = {each.id: each for each in store.articles()}
    links = {(each.publisher, canonical_link(each.link)) for each in articles.values() if each.link}
    return {
        "articles": articles,
        "order": list(store.order.newest()),
        "unread": store.unread,
        "flagged": store.flagged,
        "feeds": {each.feed: each for each in store.feed_states()},
        "corrections": store.corrections(),
        "events": {event.id: (event, ranks) for event, ranks in store.events()},
        "near": store.near(),
        "months": store.months.known,
        "in months": {month: {each.id for each in store.months.articles(month)} for month in store.months.known},
        "links": {link: sorted(store.by_link(*link)) for link in links},
        "version": store.events_version,
        "removed": store.removed,
    }


UNATTENDED = {**(JournalStorage.__init__.__kwdefaults__ or {}), "background": False, "folding": FoldHere}
"""It compacts when it is told to, and not otherwise."""


def keep(store: Store, *numbers: int, **changes: Any) -> None:
    store.commit(Batch(articles=tuple(article(number, **changes) for number in numbers)))


def storage_of(store: Store) -> JournalStorage:
    assert isinstance(store._db.storage, JournalStorage)
    return store._db.storage
