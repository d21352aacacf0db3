"""Which articles are known under a link or under a feed's own id: looked up at each poll, so kept in memory."""

from __future__ import annotations

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


class IdentityIndex:
    """(publisher, canonical link) and (feed, entry id) → ids of articles, in the order they came."""

    def __init__(self) -> None:
        self._by_link: dict[tuple[str, str], tuple[str, ...]] = {}
        self._by_entry_id: dict[tuple[str, str], tuple[str, ...]] = {}

    def by_link(self, publisher: str, link: str) -> tuple[str, ...]:
        return self._by_link.get((publisher, link), ())

    def by_entry_id(self, feed: str, entry_id: str) -> tuple[str, ...]:
        return self._by_entry_id.get((feed, entry_id), ())

    def add(self, keys: Keys) -> None:
        for index, key in self._places(keys):
            index[key] = (*index.get(key, ()), keys.id)

    def replace(self, before: Keys | None, now: Keys) -> None:
        """An article has come, or may be called differently now."""
        if before == now:
            return
        if before is not None:
            self._remove(before)
        self.add(now)

    def _remove(self, keys: Keys) -> None:
        for index, key in self._places(keys):
            rest = tuple(known for known in index[key] if known != keys.id)
            if rest:
                index[key] = rest
            else:
                del index[key]

    def _places(self, keys: Keys) -> list[tuple[dict[tuple[str, str], tuple[str, ...]], tuple[str, str]]]:
        places = []
        if keys.link:
            places.append((self._by_link, (keys.publisher, canonical_link(keys.link))))
        for feed, entry_id in keys.entry_ids:
            if entry_id:
                places.append((self._by_entry_id, (feed, entry_id)))
        return places
