"""The real application on a real terminal, made to draw strings that it is given, in every widget that shows text from
outside; see hostile_screen.py.

    hostile_child.py COUNT SEED FIRST KIND

Its world is that of the tests: the real Watch on the real Store. `auto_pilot` only presses keys; a stage of the walk is
announced on the terminal itself, by a sequence that the parent takes out.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta

import fuzz
import textual.app
import textual.pilot
from textual import events
from textual.pilot import Pilot

from tensionwatch.alerts.records import AlertRule
from tensionwatch.logbook import LOG
from tensionwatch.logring import SIZE
from tensionwatch.model import Claim, Entry, Evidence, Feed, Fetched, Flag, Ordinal, ReadEntry, Region
from tensionwatch.tui.app import TensionwatchApp
from tests.tui.conftest import idle
from tests.tui.key_cases import key_of
from tests.tui.tension import alert
from tests.tui.world import NOON, World, flag, visit

STAGE = "\x1b]777;{}\x07"
COUNTRIES = (
    "AFG ARM AZE BLR CHN DEU EGY ETH FRA GBR GEO IDN IND IRN ISR JPN KAZ KHM KOR LBN MEX PAK POL PRK RUS SRB".split()
)
FEEDS, REGIONS, RULES, NOTICES = 60, 30, 12, 300
REASONS = 10
"""Times that all feeds fail, each for another reason."""
PAIRS = 100
"""Of which the book is opened."""
IN_A_TEXT = 100
"""Strings in the text of one article."""
TOASTS, IN_A_TOAST = 10, 12
ALERTS = 900
"""At most; no more than there are strings."""
ROUNDS, FEW = 10, 1_000
"""How often the walk does what takes a third of a second each time, and of how few strings three times are enough."""


class Walk:
    def __init__(self, world: World, app: TensionwatchApp, texts: Sequence[str], pilot: Pilot[None]) -> None:
        self.world, self.app, self.texts, self.pilot = world, app, texts, pilot
        self.rounds = 3 if len(texts) < FEW else ROUNDS

    async def stage(self, name: str) -> None:
        """Begins where nothing is open: whether a key opens something hangs on the strings, and on how busy the machine
        is, and the keys of the next stage would go to that."""
        await self.pilot.pause()
        while len(self.app.screen_stack) > 1:
            await self.app.pop_screen()
        await self.pilot.pause()
        driver = self.app._driver
        assert driver is not None
        driver.write(STAGE.format(name))

    async def press(self, *names: str) -> None:
        """Keys, by the names of their bindings where they have one."""
        for name in names:
            await self.pilot.press(key_of(name))

    async def pages(self, rows: int) -> None:
        """From the first row of the list that has the focus to its last."""
        await self.press("list.first")
        for _ in range(rows // max(1, self.app.size.height // 2) + 2):
            await self.press("list.page_down")
            await self.pilot.pause()

    async def paste(self, text: str) -> None:
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    def log_fault(self) -> None:
        """With a traceback that quotes many of them."""
        try:
            raise ValueError("\n".join(self.texts[: 3 * IN_A_TEXT]))
        except ValueError:
            LOG.exception("a fault: %s", self.texts[0])

    async def run(self) -> None:
        count = len(self.texts)
        await self.stage("watch")
        await self.press(*["list.down"] * 6, "watch.order", "regions.open", "watch.all_events")
        await self.stage("events")
        await self.press("watch.other_pane")
        await self.pages(count)
        await self.stage("event card")
        await self.press("list.first", "list.open", *["event.next"] * 12, "event.other_pane", *["list.down"] * 8)
        await self.press("event.mute", "choose.close", "event.back")
        await self.stage("index")
        await self.press("watch.index", *["index.next"] * 8, "index.mute", "choose.close", "index.back")
        await self.stage("articles")
        await self.press("app.articles")
        await self.pages(count)
        await self.stage("choices")
        await self.press("articles.region", *["choose.down"] * 9, "choose.close", "articles.kind", "choose.close")
        await self.press("list.first", "articles.doubt", "choose.close", "articles.copy", "articles.browser")
        await self.stage("reader")
        await self.press("list.open", *["reader.next"] * (count // IN_A_TEXT), "reader.last", "reader.event")
        await self.press("escape", "escape", "app.articles", "app.articles")
        await self.stage("filter line")
        for text in self.texts[: self.rounds]:
            await self.press("articles.filter")
            await self.paste(text)
            await self.press("enter", "articles.no_filter")
        await self.stage("feeds")
        await self.press("app.feeds")
        for shown in range(REASONS):
            fail(self.world, self.texts, shown)
            self.app.pull()
            await self.pages(len(self.world.config.feeds))
        await self.press("list.first", *["list.down"] * 20, "feeds.copy", "feeds.site", "feeds.mute", "choose.close")
        await self.stage("alerts")
        await self.press("app.alerts")
        await self.pages(len(self.world.alerting.alerts(ALERTS)))
        await self.press("list.first", *["list.down"] * 9, "alerts.mute", "choose.close", "alerts.other_pane")
        await self.stage("banner")
        await self.press("app.watch")
        for _ in range(self.rounds):
            await self.press("app.alerts", "list.first", "alerts.seen", "app.watch")
        await self.stage("trends")
        await self.press("app.trends")
        await self.pages(100)
        await self.stage("pairs")
        await self.press("app.pairs")
        await self.pages(100)
        await self.press("list.first", "list.open", *["pair.next"] * min(PAIRS, count // 10), "pair.copy", "escape")
        await self.stage("log")
        for text in self.texts[:SIZE]:
            LOG.warning("poll %s: failed, 0 new, 0 ms: %s", text, text)
        await self.press("app.log")
        await self.pages(len(self.world.log.records()))
        self.log_fault()
        await self.press("log.seen", "list.open", "log.other_pane", "record.page_down", "log.copy", "escape")
        await self.stage("help")
        await self.press("app.help", *["help.page_down"] * 12, "help.last", "help.close")
        await self.stage("palette")
        for text in self.texts[: self.rounds]:
            await self.press("ctrl+p")
            await self.paste(text)
            await self.press("escape", "escape")
        await self.stage("toasts")
        for n in range(TOASTS):
            self.app.say(" ".join(self.texts[n * IN_A_TOAST : (n + 1) * IN_A_TOAST]), timeout=0.2)
            await self.pilot.pause()
        await self.stage("end")
        self.app.exit()


def made(texts: Sequence[str]) -> World:
    """All that may come from outside says these things: names, titles, texts, places, people, rules, reasons."""
    chance = random.Random(len(texts))
    say = _around(texts)
    world = World(
        feeds=[
            Feed(id=f"f{n}", url=f"https://f{n}.example/x", name=say(), publisher=_stored(say())) for n in range(FEEDS)
        ],
        regions=[Region(id=f"r{n}", name=say(), countries=frozenset(COUNTRIES[n % 26 :])) for n in range(REGIONS)],
        notices=[say() for _ in range(NOTICES)],
        alerts=[AlertRule(id=f"a{n}", name=say(), bell=False) for n in range(RULES)],
    )
    read = [_entry(chance, texts, n) for n in range(len(texts))]
    for n in range(FEEDS):
        world.take(Fetched(feed=f"f{n}", at=NOON, result="ok", entries=tuple(read[n::FEEDS])))
        if n % 3 == 0:
            world.take(Fetched(feed=f"f{n}", at=NOON, result="failed", reason=_stored(say())))
    stories = [event.id for event in world.watch.events(limit=ALERTS)]
    world.keep_alerts(
        *(
            alert(
                n, _stored(say()), ago=timedelta(minutes=n), rule=f"a{n % RULES}", region=f"r{n % REGIONS}",
                text=_stored("\n".join(say() for _ in range(4))), event=stories[n % len(stories)],
            )
            for n in range(min(ALERTS, len(texts)))
        )
    )  # fmt: skip
    for n in range(5):
        world.alerting.mute("rule", f"a{n}", None)
    return world


def fail(world: World, texts: Sequence[str], time: int) -> None:
    """Every feed fails, for a reason of its own each time."""
    feeds = world.config.feeds
    for n, feed in enumerate(feeds):
        reason = _stored(texts[(len(feeds) * time + n) % len(texts)])
        world.take(Fetched(feed=feed.id, at=NOON, result="failed", reason=reason))


def _entry(chance: random.Random, texts: Sequence[str], number: int) -> ReadEntry:
    text, told = _stored(texts[number]), _stored("\n".join(texts[number * IN_A_TEXT : (number + 1) * IN_A_TEXT]))
    entry = Entry(
        entry_id=str(number), link=f"https://f.example/{number}", title=text, summary=told or text,
        published=NOON - timedelta(minutes=7 * number),
    )  # fmt: skip
    return ReadEntry(entry=entry, hash=str(number), flags=(_flag(chance, text, number),))


def _around(texts: Sequence[str]) -> Callable[[], str]:
    """The next of them at each call, round and round."""
    at = -1

    def say() -> str:
        nonlocal at
        at = (at + 1) % len(texts)
        return texts[at]

    return say


def _flag(chance: random.Random, text: str, number: int) -> Flag:
    actor, recipient = chance.sample(COUNTRIES, 2)
    evidence = (Evidence("title", 0, min(9, len(text)), text[:9]),)
    if number % 2:
        return visit(actor, recipient, people=(text,))
    return flag(
        actor=actor, recipient=recipient, place=text or None, rule=text or "rule", evidence=evidence,
        ordinal=Ordinal(count=2, scope=text, words=text), claim=Claim(by=actor, stance="claimed"),
    )  # fmt: skip


def _stored(text: str) -> str:
    """As the store can keep it: half a surrogate pair is no text in any encoding."""
    return text.encode("utf-8", "replace").decode("utf-8")


def main() -> None:
    count, seed, first, kind = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    quiet = [f"a quiet story number {n} of many" for n in range(count)]
    texts = fuzz.marked(fuzz.strings(count, seed) if kind == "hostile" else quiet, first)
    world = made(texts)
    LOG.addHandler(world.log)
    LOG.propagate = False
    app = world.app(title=texts[0])

    async def walk(pilot: Pilot[None]) -> None:
        await Walk(world, app, texts, pilot).run()

    # As in the tests: 4 ms a key, and not up to a second where others keep the processor busy.
    textual.app.wait_for_idle = textual.pilot.wait_for_idle = idle  # type: ignore[attr-defined]  # both import it
    app.run(auto_pilot=walk)
    sys.exit(app.return_code or 0)


if __name__ == "__main__":
    main()
