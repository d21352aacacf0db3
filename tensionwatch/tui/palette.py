"""What the command palette finds beside the actions of keys: regions and feeds by their names."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import cast

from textual.app import App
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.message import Message

from tensionwatch.tui.cells import line
from tensionwatch.tui.context import Context
from tensionwatch.tui.messages import FeedWanted, IndexChosen


class Places(Provider):
    async def discover(self) -> Hits:
        """The regions: there are a few, of feeds there may be hundreds."""
        for name, what, message in self._regions():
            yield DiscoveryHit(Content(name), partial(self._go, message), name, what)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, what, message in (*self._regions(), *self._feeds()):
            if (score := matcher.match(name)) > 0:
                # Textual's own highlight would read the name as markup: it may come from a stranger's OPML file.
                yield Hit(score, Content(name), partial(self._go, message), name, what)

    def _regions(self) -> Iterator[tuple[str, str, Message]]:
        rows = self._context.desk.regions()
        listed = tuple(row.region.id for row in rows)
        for row in rows:
            yield line(row.region.name), "region: what its index is made of", IndexChosen(row.region.id, listed)

    def _feeds(self) -> Iterator[tuple[str, str, Message]]:
        for row in self._context.desk.feed_rows():
            yield line(row.feed.name), "feed: how it is", FeedWanted(row.feed.id)

    @property
    def _context(self) -> Context:
        return cast("Context", self.app.context)  # type: ignore[attr-defined]  # it is ours

    def _go(self, message: Message) -> None:
        cast("App[None]", self.app).post_message(message)
