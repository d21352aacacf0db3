"""What is asked of all articles at once, kept in memory: which are known under a link or a feed's own id, and their
order in time. Sizes are those of 100,000 articles.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TypeAlias

import msgspec

from tensionwatch.identity import canonical_link
from tensionwatch.model import Article


class SeenAs(msgspec.Struct, frozen=True, gc=False):
    """What identifies an article in another feed of its publisher."""

    feed: str
    entry_id: str | None


class Keys(msgspec.Struct, frozen=True, gc=False):
    """The fields of an article that identify it; decoding only these takes 0.7 µs instead of 1.2 µs."""

    id: str
    feed: str
    publisher: str
    entry_id: str | None
    link: str | None
    sightings: tuple[SeenAs, ...] = ()

    @property
    def entry_ids(self) -> list[tuple[str, str | None]]:
        """(feed, what it calls the article)."""
        return [(self.feed, self.entry_id), *((seen.feed, seen.entry_id) for seen in self.sightings)]

    @classmethod
    def of(cls, article: Article) -> Keys:
        seen_as = tuple(SeenAs(sighting.feed, sighting.entry_id) for sighting in article.sightings)
        return cls(article.id, article.feed, article.publisher, article.entry_id, article.link, seen_as)


_Name: TypeAlias = tuple[str, str, str]

_BUCKETS = 1 << 12
"""Of a table of hashes: 50 to look through in each, which takes 1 µs."""


class IdentityIndex:
    """(publisher, canonical link) and (feed, entry id) → the articles' numbers in the table.

    Only hashes and numbers are kept, in arrays (4 MB instead of the 34 of a dictionary), so whoever is found is looked
    at again: `keys_of` gives the keys of the article of that number.
    """

    def __init__(self, keys_of: Callable[[int], Keys | None]) -> None:
        self._keys_of = keys_of
        self._hashes = [array("q") for _ in range(_BUCKETS)]
        self._numbers = [array("q") for _ in range(_BUCKETS)]

    def by_link(self, publisher: str, link: str) -> tuple[str, ...]:
        """Ids of articles, in the order they came."""
        return self._found(("link", publisher, link))

    def by_entry_id(self, feed: str, entry_id: str) -> tuple[str, ...]:
        """As `by_link`."""
        return self._found(("entry", feed, entry_id))

    def replace(self, number: int, before: Keys | None, now: Keys | None) -> None:
        """An article has come or gone, or may be called differently now."""
        if before == now:
            return
        for name in _names(before):
            self._remove(hash(name), number)
        for name in _names(now):
            bucket = hash(name) % _BUCKETS
            self._hashes[bucket].append(hash(name))
            self._numbers[bucket].append(number)

    def _found(self, name: _Name) -> tuple[str, ...]:
        bucket = hash(name) % _BUCKETS
        if not self._hashes[bucket].count(hash(name)):
            return ()  # as of nearly all that is new
        numbers = sorted({self._numbers[bucket][place] for place in self._places(hash(name))})
        known = map(self._keys_of, numbers)
        return tuple(keys.id for keys in known if keys is not None and name in _names(keys))

    def _places(self, key: int) -> Iterator[int]:
        hashes = self._hashes[key % _BUCKETS]
        place = -1
        for _ in range(hashes.count(key)):
            place = hashes.index(key, place + 1)
            yield place

    def _remove(self, key: int, number: int) -> None:
        bucket = key % _BUCKETS
        for place in list(self._places(key)):
            if self._numbers[bucket][place] == number:
                del self._hashes[bucket][place], self._numbers[bucket][place]
                return


def _names(keys: Keys | None) -> list[_Name]:
    names: list[_Name] = []
    if keys is None:
        return names
    if keys.link:
        names.append(("link", keys.publisher, canonical_link(keys.link)))
    names += [("entry", feed, entry_id) for feed, entry_id in keys.entry_ids if entry_id]
    return names


class TimeOrder:
    """Ids of articles in order of (effective time, else when first seen; id). 2 MB."""

    def __init__(self, articles: Iterable[tuple[float, str]] = ()) -> None:
        """`articles`: (seconds since 1970, id)."""
        listed = sorted(articles)
        self._times = array("d", (time for time, _ in listed))
        self._ids = [article_id for _, article_id in listed]

    def __len__(self) -> int:
        return len(self._ids)

    def oldest(self, before: datetime | None = None) -> Iterator[str]:
        """Oldest first, those before a time. Nothing may change meanwhile."""
        end = len(self._ids) if before is None else bisect_left(self._times, before.timestamp())
        return (self._ids[place] for place in range(end))

    def newest(self, since: datetime | None = None) -> Iterator[str]:
        """Newest first, those since a time. Nothing may change meanwhile."""
        first = 0 if since is None else bisect_left(self._times, since.timestamp())
        return (self._ids[place] for place in range(len(self._ids) - 1, first - 1, -1))

    def since(self, moment: datetime | None = None) -> list[str]:
        """Those since a time as they are now, newest first: a tenth of what it takes to walk them."""
        first = 0 if moment is None else bisect_left(self._times, moment.timestamp())
        return self._ids[first:][::-1]

    def first(self) -> datetime | None:
        """The time of the oldest."""
        return datetime.fromtimestamp(self._times[0], UTC) if self._ids else None

    def move(self, article_id: str, before: float | None, now: float | None) -> None:
        """An article has come, gone or another time."""
        if before == now:
            return
        if before is not None:
            place = self._place(before, article_id)
            del self._times[place], self._ids[place]
        if now is not None:
            place = self._place(now, article_id)
            self._times.insert(place, now)
            self._ids.insert(place, article_id)

    def sort(self, ids: Iterable[str]) -> list[str]:
        """These, of which all are here, oldest first."""
        wanted = set(ids)
        return [article_id for article_id in self._ids if article_id in wanted]

    def remove(self, gone: dict[str, float]) -> None:
        """Many at once: id → time. Costs what there is up to the newest of them."""
        end = bisect_right(self._times, max(gone.values(), default=float("-inf")))
        kept = [place for place in range(end) if self._ids[place] not in gone]
        self._times[:end] = array("d", (self._times[place] for place in kept))
        self._ids[:end] = [self._ids[place] for place in kept]

    def _place(self, time: float, article_id: str) -> int:
        low, high = bisect_left(self._times, time), bisect_right(self._times, time)
        return bisect_left(self._ids, article_id, low, high)


def time_of(article: Article) -> float:
    """By which it is ordered."""
    return (article.effective or article.first_seen).timestamp()
