"""Keeps the rules fresh, and the articles of the last 30 days classified by them.

    start ──────────┐
    key, changed ───┴▶ rules.ask (another process) ─▶ Shelf.rules_known ─▶ stale articles ─▶ slices
    pack files                                                                 ▲               │ classify (there)
                                                                               └── next ◀──────┴▶ Shelf.take_reread

An article is stale while it was last looked at by other rules; nothing else is remembered, so that what is interrupted
goes on at the next start. Slices are small and rest while feeds are fetched: reading news comes first. Articles that
end the process that reads them are asked for one by one; the culprit is named, keeps its flags and counts as looked at.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, Literal, Protocol

from tensionwatch.breath import Pace
from tensionwatch.errors import ClassifyError, IngestError, StoreError
from tensionwatch.exchange import Notice, RulesStatus
from tensionwatch.model import Article
from tensionwatch.ports import Shelf
from tensionwatch.reread import Classified, Reread, RulesInForce, Text
from tensionwatch.words import counted

LOOK_EVERY: Final = 2.0
"""Seconds between looks at the pack files."""
SETTLING: Final = 0.3
"""Seconds for which a changed file must stay as it is: an editor may still be writing it."""
SLICE: Final = 64
"""Articles sent at once: some 20 ms of work there, a few here."""
SLICE_SIZE: Final = 100_000
"""Characters sent at once, unless one article has more."""
SCAN: Final = 400
"""Articles looked at between two turns of the loop."""
REST: Final = 0.1
"""Seconds between slices while feeds are being fetched."""
TROUBLE_PAUSE: Final = 60.0
"""Seconds before it is tried again when the process or the store does not work."""
MOST_CULPRITS: Final = 5
"""Articles that may end the process before it is given up until the rules are read again."""
TOLD_AT_ONCE: Final = 3
"""Problems told one by one; the rest is counted."""

Reason = Literal["asked", "changed"]


class RuleProcess(Protocol):
    """Where the rules are; `feeds.pool.IngestPool`."""

    @property
    def busy(self) -> bool: ...

    async def rules(self, *, reload: bool = False) -> RulesInForce: ...

    async def rules_version(self) -> str: ...

    async def classify(self, texts: Sequence[Text]) -> Classified: ...


def _silent(notice: Notice) -> None:
    """Tell nobody."""


class RuleKeeper:
    """One loop, one thread. `run` until cancelled, or `once`."""

    def __init__(self, shelf: Shelf, process: RuleProcess, packs: Sequence[Path] = ()) -> None:
        self._shelf = shelf
        self._process = process
        self._packs = tuple(packs)
        self._seen = _stamps(self._packs)
        """The files as they were before anyone read them."""
        self._in_force: RulesInForce | None = None
        self._reason: Reason | None = None
        self._wake = asyncio.Event()
        self._tell: Callable[[Notice], None] = _silent
        self._trouble = ""
        self._done = self._total = self._otherwise = 0
        self._culprits = 0

    # -------------------------------------------------------------- what a screen asks

    def status(self) -> RulesStatus:
        return RulesStatus(in_force=self._in_force, done=self._done, total=self._total)

    def reload(self) -> None:
        """Read the rule packs again."""
        self._because("asked")

    def _because(self, reason: Reason) -> None:
        self._reason = reason
        self._wake.set()

    # -------------------------------------------------------------- running

    async def run(self, tell: Callable[[Notice], None]) -> None:
        """Until cancelled; `tell` hears what the user should know."""
        self._tell = tell
        async with asyncio.TaskGroup() as tasks:
            if self._packs:
                tasks.create_task(self._watch_files())
            while True:
                self._wake.clear()
                pause = None if await self._try() else TROUBLE_PAUSE
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._wake.wait()

    async def once(self, tell: Callable[[Notice], None]) -> int:
        """Classify again what is stale; gives how many articles were. Raises StoreError, IngestError."""
        self._tell = tell
        if not self._packs and not await self._stale(await self._process.rules_version()):
            return 0  # nor is there a pack of which a problem could be told: the rules need not even be loaded
        await self._learn(None)
        return await self._classify_again()

    async def _try(self) -> bool:
        """False when it did not work: it has been told, and is to be tried again."""
        reason, self._reason = self._reason, None
        failed = "Rules not read again" if reason else "Not classified again"
        try:
            await self._learn(reason)
            failed = "Not classified again"
            await self._classify_again()
        except (StoreError, IngestError) as error:
            if reason or str(error) != self._trouble:
                self._say(f"{failed}: {error}", grave=True)
            self._trouble = str(error)
            return False
        self._trouble = ""
        return True

    def _say(self, text: str, *, grave: bool = False) -> None:
        self._tell(Notice(text=text, grave=grave))

    # -------------------------------------------------------------- which rules

    async def _learn(self, reason: Reason | None) -> None:
        before = self._in_force
        if before is not None and reason is None:
            return  # a child that has taken the place of another has the same rules
        if reason is not None:
            self._seen = await asyncio.to_thread(_stamps, self._packs)
        now = await self._process.rules(reload=reason is not None)
        self._in_force = now
        if before is None or before.languages != now.languages:
            self._shelf.rules_known(now)
        self._tell_problems(now)
        if reason is not None:
            self._culprits = 0
            self._tell_reloaded(reason, before, now)

    def _tell_problems(self, now: RulesInForce) -> None:
        for problem in now.problems[:TOLD_AT_ONCE]:
            self._say(problem, grave=True)
        if len(now.problems) > TOLD_AT_ONCE:
            self._say(f"… and {counted(len(now.problems) - TOLD_AT_ONCE, 'more problem')} in rule packs", grave=True)

    def _tell_reloaded(self, reason: Reason, before: RulesInForce | None, now: RulesInForce) -> None:
        if not self._packs:
            self._say(f"No rule pack is configured ([rules] packs); {now.count} built-in rules are in force.")
        elif now.kept:
            files = ", ".join(Path(file).name for file in now.kept)
            self._say(f"{files} cannot be used; its rules from before stay in force.", grave=True)
        else:
            why = "A rule pack has changed" if reason == "changed" else "Rule packs read again"
            same = ", the same as before" if before is not None and before.version == now.version else ""
            self._say(f"{why}: {now.count} rules in force{same}.")

    async def _watch_files(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            now, before = await asyncio.to_thread(_stamps, self._packs), None
            while now not in (self._seen, before):
                await asyncio.sleep(SETTLING)
                now, before = await asyncio.to_thread(_stamps, self._packs), now
            if now != self._seen:  # else they have been read meanwhile, as somebody asked for
                self._because("changed")

    # -------------------------------------------------------------- classifying again

    async def _classify_again(self) -> int:
        """What is stale, until all is done or the rules are to be read again."""
        if self._in_force is None or self._culprits >= MOST_CULPRITS:
            return 0
        version = self._in_force.version
        stale = await self._stale(version)
        self._done, self._total, self._otherwise = 0, len(stale), 0
        try:
            for articles in self._slices(stale):
                await self._reread(articles, version)
                self._done += len(articles)
                if self._culprits >= MOST_CULPRITS:
                    what = f"Classifying again is given up after {MOST_CULPRITS} such articles"
                    self._say(f"{what}, until the rules are read again.", grave=True)
                    return self._done
                if self._reason is not None:
                    return self._done
                await asyncio.sleep(REST if self._process.busy else 0)
        finally:
            self._total = 0
        if stale:
            self._say(f"Classified again: {counted(len(stale), 'article')}, {self._otherwise:,} with other flags.")
        return len(stale)

    async def _stale(self, version: str) -> list[str]:
        ids = self._shelf.recent_ids()
        stale: list[str] = []
        pace = Pace()
        for start in range(0, len(ids), SCAN):
            stale += self._shelf.stale(ids[start : start + SCAN], version)
            await pace.breathe()
        return stale

    def _slices(self, ids: Sequence[str]) -> Iterator[list[Article]]:
        """Read from the shelf as they are wanted: what has changed meanwhile is taken as it is then."""
        articles: list[Article] = []
        size = 0
        for article in filter(None, map(self._shelf.article, ids)):
            length = len(article.title) + len(article.summary)
            if articles and (len(articles) == SLICE or size + length > SLICE_SIZE):
                yield articles
                articles, size = [], 0
            articles.append(article)
            size += length
        if articles:
            yield articles

    async def _reread(self, articles: Sequence[Article], version: str) -> None:
        texts = [Text.of(article) for article in articles]
        try:
            classified = await self._process.classify(texts)
        except ClassifyError as error:
            if len(articles) > 1:
                for article in articles:
                    await self._reread([article], version)
                    if self._culprits >= MOST_CULPRITS:
                        return
                return
            classified = Classified(rules_version=version, found=(str(error),))
            self._culprits += 1
        reread = []
        for article, text, found in zip(articles, texts, classified.found, strict=True):
            if isinstance(found, str):
                self._say(f"Not classified again, its flags stay: “{article.title}” ({found})", grave=True)
            reread.append(Reread(article=article.id, text=text, flags=None if isinstance(found, str) else found))
        self._otherwise += len(self._shelf.take_reread(reread, classified.rules_version))


def _stamps(packs: Sequence[Path]) -> list[tuple[int, int, int] | None]:
    """What differs once a file has changed; None where there is none to see."""
    stamps: list[tuple[int, int, int] | None] = []
    for path in packs:
        try:
            found = path.stat()
        except OSError:
            stamps.append(None)
        else:
            stamps.append((found.st_ino, found.st_mtime_ns, found.st_size))
    return stamps
