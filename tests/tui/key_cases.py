"""What each key does, as a user sees it: a line for every binding of the program, by its name.

The keys of a place are pressed one after the other in one application: `before` is what leads from where the key above
has left it to where this one is at work; `look` is looked at until it is `then`, which it is not before. A new binding
without a line here fails test_every_key.py, and so does a line without its binding.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from textual.containers import VerticalScroll
from textual.widgets import OptionList

from tensionwatch.exchange import PollStatus
from tensionwatch.model import SavedFilter
from tensionwatch.tui.app import TensionwatchApp
from tensionwatch.tui.screens.pair import PairScreen
from tensionwatch.tui.widgets.couplings import CouplingList
from tensionwatch.tui.widgets.events import EventList
from tensionwatch.tui.widgets.filterline import FilterLine
from tensionwatch.tui.widgets.lines import LineList
from tensionwatch.tui.widgets.preview import ROWS, Preview
from tensionwatch.tui.widgets.regions import RegionTable
from tensionwatch.tui.widgets.tabs import FilterTabs
from tests.tui.screen import rows, said, text
from tests.tui.tension import alert
from tests.tui.world import World, flag, tell_stories, visit

sys.path.append(str(Path(__file__).parents[2] / "docs"))

import keys as docs_keys

SIZE = (120, 32)


BINDINGS = {str(binding.id): binding for binding in docs_keys.bindings()}


def key_of(name: str) -> str:
    """The first key of the binding of this name; the name itself where there is none: it is a key."""
    return BINDINGS[name].key.split(",")[0] if name in BINDINGS else name


class Seen(NamedTuple):
    app: TensionwatchApp
    world: World


Step = str | Callable[[World], object]
"""A key; the name of a binding, whose first key is pressed; or what happens meanwhile."""
Look = Callable[[Seen], Any]


class Case(NamedTuple):
    before: Sequence[Step]
    look: Look
    then: Any


class Walk(NamedTuple):
    way: Sequence[Step]
    """From the first screen to the place."""
    cases: dict[str, Case]
    """By the names of the bindings, in the order in which their keys are pressed."""


def case(look: Look, then: object, *before: Step) -> Case:
    return Case(before, look, then)


# ---------------------------------------------------------------- the world


def keyed_world() -> World:
    """A morning's news; above it a long text, an article with flags of two kinds, and two events that could be one."""
    world = World()
    tell_stories(world)
    for n in range(60):
        world.publish(f"A quiet story number {n}", outlet=n % 6, ago=timedelta(hours=12 + n))
    world.publish(
        "Envoy lands in Seoul as shots are fired", flag(place="kor-dmz"), visit("JPN", "KOR"),
        outlet=4, ago=timedelta(minutes=2),
    )  # fmt: skip
    world.publish("A long report", summary=" ".join(f"sentence {n}." for n in range(900)), ago=timedelta(minutes=1))
    world.fail(5, "connect: name not found (northern.example)")
    world.keep_alerts(alert(1), alert(2, ago=timedelta(hours=1)), alert(3, ago=timedelta(hours=2)))
    return world


def a_tab(world: World) -> None:
    world.watch.keep_filter(SavedFilter(name="Flagged", query="flagged", saved=world.clock.at))


def tab_shown(seen: Seen) -> int:
    return seen.app.screen.query_one(FilterTabs).active


def preview_from(seen: Seen) -> int:
    """The line of the text from which the preview shows it."""
    return seen.app.screen.query_one(Preview).top


def typed(seen: Seen) -> str:
    return seen.app.screen.query_one(FilterLine).value


def news(world: World) -> None:
    world.publish("Late news", flag(actor="IND", recipient="PAK"), outlet=3, ago=timedelta(seconds=1))


def past(world: World) -> None:
    """What the screens of the past draw is taken in."""
    for _ in world.watch.prepare_series():
        pass


def nobody_collects(world: World) -> None:
    world.polling.state = PollStatus(follows=True)


def a_mute(world: World) -> None:
    world.alerting.mute("pair", "KOR-PRK", None)
    world.watch.changed()


def records(world: World) -> None:
    """Forty of the log, two of them warnings, the last one long."""
    for n in range(40):
        level = logging.WARNING if n in (10, 20) else logging.INFO
        words = " ".join(f"word{word}" for word in range(900)) if n == 39 else f"record {n}"
        world.log.handle(logging.LogRecord("tensionwatch", level, "", 0, words, None, None))


def pane_from(seen: Seen) -> float:
    """The line from which the pane of a record shows it."""
    return seen.app.screen.query_one("#record").scroll_target_y


def an_edit(world: World) -> None:
    world.clock.at += timedelta(minutes=2)
    world.publish("The long report as it is now", key="73", ago=timedelta(minutes=3))


# ---------------------------------------------------------------- what is looked at


def lines(seen: Seen) -> LineList:
    """The list that has the focus."""
    focused = seen.app.focused
    assert isinstance(focused, LineList), focused
    return focused


def cursor(seen: Seen) -> int:
    return lines(seen).cursor


def listed(seen: Seen) -> int:
    """Rows of the list that has the focus."""
    return len(lines(seen).ids)


def focus(seen: Seen) -> str | None:
    return seen.app.focused.id if seen.app.focused is not None else None


def on(seen: Seen) -> str:
    return type(seen.app.screen).__name__


def mode(seen: Seen) -> str:
    return seen.app.current_mode


def ended(seen: Seen) -> int | None:
    return seen.app.return_code


def scrolled(seen: Seen) -> float:
    return seen.app.screen.query(VerticalScroll).first().scroll_y


def at_end(seen: Seen) -> bool:
    page = seen.app.screen.query(VerticalScroll).first()
    return page.max_scroll_y > 0 and page.scroll_y == page.max_scroll_y


def below_top(seen: Seen) -> bool:
    return scrolled(seen) > 0


def highlighted(seen: Seen) -> int | None:
    return seen.app.screen.query_one(OptionList).highlighted


def heard(words: str) -> Look:
    """Has a toast said so?"""
    return lambda seen: any(words in message for message in said(seen.app))


def shows(words: str) -> Look:
    return lambda seen: words in text(seen.app)


def first_line(words: str) -> Look:
    """Is it in the lines in which a card or a text has its heading?"""
    return lambda seen: any(words in line for line in rows(seen.app)[:5])


def clipboard(seen: Seen) -> str:
    return seen.app.clipboard


def asked(seen: Seen) -> list[str | None]:
    return seen.world.polling.asked


def unread(seen: Seen) -> int:
    return seen.world.watch.unread


def marked(field: str) -> Look:
    """How many articles are starred, or read, or have a wrong flag."""
    return lambda seen: sum(bool(getattr(article, field)) for article in seen.world.store.articles())


def waiting(seen: Seen) -> int:
    return seen.world.alerting.status().unseen


def mutes(seen: Seen) -> int:
    return len(seen.world.alerting.mutes())


def picked(seen: Seen) -> int:
    return len(seen.app.screen.query_one(EventList).marked)


def place_of_pair(seen: Seen) -> int:
    """In the list that the page of a pair was opened from."""
    screen = seen.app.screen
    return screen._listed.index(screen.pair) if isinstance(screen, PairScreen) else -1


def side(seen: Seen) -> int:
    """Which event of a couple the cursor is on."""
    return seen.app.screen.query_one(CouplingList).side


def column(seen: Seen) -> int:
    return seen.app.screen.query_one(RegionTable).column


ALL = 73
"""Articles of the world; of them are read none."""
EVENT = ("watch.other_pane", "list.open")
READER = ("app.articles", "list.open")
TRENDS: Sequence[Step] = (past, "app.trends")
PAIRS: Sequence[Step] = (past, "app.pairs")
LINE = ("app.articles", "articles.filter")
CHOICE = ("app.articles", "articles.region")
LONG_HELP = ("app.articles", "app.help")
TWO_REPORTS = ("watch.other_pane", "list.down", "list.open")
FLAGGED = ("app.articles", "list.down")

LOG = (records, "app.log")
RECORD = (*LOG, "list.open", "log.other_pane")

LISTS: dict[str, Sequence[Step]] = {
    "regions": (),
    "events": ("watch.other_pane",),
    "couples": ("watch.other_pane", "watch.other_pane"),
    "waiting": ("watch.other_pane", "watch.other_pane", "watch.other_pane"),
    "reports": TWO_REPORTS,
    "facts": (*TWO_REPORTS, "event.other_pane"),
    "parts": ("watch.index",),
    "articles": ("app.articles",),
    "feeds": ("app.feeds",),
    "feed": ("app.feeds", "feeds.other_pane"),
    "alerts": ("app.alerts",),
    "alert": ("app.alerts", "alerts.other_pane"),
    "mutes": ("app.alerts", "alerts.other_pane", "alerts.other_pane"),
    "log": (records, "app.log", "list.first"),
}
"""Every list, and the way to it."""

SCREENS: dict[str, Sequence[Step]] = {
    "WatchScreen": (),
    "ArticlesScreen": ("app.articles",),
    "FeedsScreen": ("app.feeds",),
    "AlertsScreen": ("app.alerts",),
    "LogScreen": ("app.log",),
    "EventScreen": EVENT,
    "ReaderScreen": READER,
    "IndexScreen": ("watch.index",),
    "TrendsScreen": TRENDS,
    "HappenedScreen": (*TRENDS, "list.open"),
    "PairsScreen": PAIRS,
    "PairScreen": (*PAIRS, "list.open"),
    "CouplingsScreen": ("watch.couplings",),
}
"""Every screen that is no dialogue."""

ELSEWHERE = {
    "app.suspend": "tests/test_demo_on_a_terminal.py",
    "reader.full_text": "tests/tui/test_reader.py",
    "trends.other_pane": "tests/tui/test_trends.py",
    "trends.other_pane_back": "tests/tui/test_trends.py",
}
"""Keys that do nothing but on a real terminal, or a taller one, and where they are pressed on one."""

WALKS: dict[str, Walk] = {
    "anywhere": Walk((), {
        "app.poll_now": case(asked, [None]),
        "app.pause": case(shows("paused"), True),
        "app.reload_rules": case(lambda seen: seen.world.rules.reloads, 1),
        "app.utc": case(heard("Times in"), True),
        "app.relative": case(heard("Lists say how long ago"), True),
        "app.help": case(on, "HelpScreen"),
        "app.articles": case(mode, "articles", "help.close"),
        "app.watch": case(mode, "watch"),
        "app.feeds": case(mode, "feeds"),
        "app.alerts": case(mode, "alerts", "app.watch"),  # its other key is another's on Feeds
        "app.log": case(mode, "log"),
        "app.trends": case(mode, "trends"),
        "app.pairs": case(mode, "pairs"),
        "app.undo": case(marked("starred"), 0, "app.articles", "articles.star"),
        "app.quit": case(ended, 0),
    }),
    "a screen that follows": Walk((nobody_collects,), {
        "app.collect": case(lambda seen: seen.app.takes_over, True),
    }),
    "a list": Walk(("app.articles",), {
        "list.down": case(cursor, 1),
        "list.first": case(cursor, 0, "list.down"),
        "list.page_down": case(lambda seen: cursor(seen) > 10, True),
        "list.last": case(cursor, ALL - 1),
        "list.up": case(cursor, ALL - 2),
        "list.page_up": case(lambda seen: 0 < cursor(seen) < ALL - 10, True),
        "list.open": case(on, "ReaderScreen"),
    }),
    "Watch": Walk((), {
        "watch.other_pane": case(focus, "events"),
        "watch.other_pane_back": case(focus, "regions"),
        "watch.index": case(on, "IndexScreen"),
        "watch.couplings": case(on, "CouplingsScreen", "index.back"),
        "regions.next_column": case(column, 1, "couplings.back"),
        "regions.previous_column": case(column, 1, "regions.next_column"),
        "regions.open": case(shows("Newest, all regions"), False, "regions.previous_column"),
        "watch.all_events": case(shows("Newest, all regions"), True),
        "watch.order": case(shows("as configured"), True),
        "watch.seen": case(shows("↑"), False, news),
    }),
    "panels": Walk(("watch.other_pane",) * 3, {
        "panel.alert": case(mode, "alerts"),
    }),
    "events": Walk(("watch.other_pane", "list.last"), {
        "events.pick": case(picked, 1),
        "events.merge": case(heard("Merged: 2 events are one"), True, "list.up"),
    }),
    "couplings": Walk(("watch.couplings",), {
        "couples.second": case(side, 1),
        "couples.first": case(side, 0),
        "couplings.other": case(side, 1),
        "couples.open": case(on, "EventScreen"),
        "couplings.back": case(on, "WatchScreen", "event.back"),
    }),
    "Trends": Walk(TRENDS, {
        "trends.longer": case(shows("· 90d"), True),
        "trends.shorter": case(shows("· 7d"), True, "trends.shorter"),
        "trends.earlier": case(shows("Mon 23 Nov 2026"), True, "trends.longer"),
        "trends.later": case(shows("Sun 22 Nov 2026"), True, "trends.earlier", "trends.earlier"),
        "trends.back": case(shows("– now"), True),
        "trends.compare": case(heard("Compared with Korean Peninsula"), True),
        "trends.copy": case(heard("Copied: Korean Peninsula"), True),
        "trends.measure": case(shows("− conflict"), True),
        "trends.grid": case(shows("each to its own scale"), True),
        "trends.index": case(on, "IndexScreen"),
    }),
    "events behind a number": Walk((*TRENDS, "trends.earlier", "list.open"), {
        "happened.previous": case(shows("Sun 22 Nov 2026"), True),
        "happened.next": case(shows("Mon 23 Nov 2026"), True),
        "happened.back": case(on, "TrendsScreen"),
    }),
    "Pairs": Walk(PAIRS, {
        "pairs.filter": case(focus, "words"),
        "pairs.clear": case(focus, "pairs"),
        "pairs.order": case(lambda seen: seen.app.screen.lines.order, "most conflict first"),  # type: ignore[attr-defined]  # its
        "pairs.copy": case(heard("Copied: "), True),
        "pairs.trend": case(mode, "trends"),
    }),
    "the page of a pair": Walk((*PAIRS, "list.open"), {
        "pair.next": case(place_of_pair, 1),
        "pair.previous": case(place_of_pair, 0),
        "pair.copy": case(heard("Copied: "), True),
        "pair.back": case(on, "PairsScreen"),
        "pair.trend": case(mode, "trends", "list.open"),
    }),
    "the card of an event": Walk(EVENT, {
        "event.other_pane": case(focus, "facts"),
        "event.other_pane_back": case(focus, "reports"),
        "event.next": case(first_line("JPN→KOR"), False),
        "event.previous": case(first_line("JPN→KOR"), True),
        "event.browser": case(heard("Not opened"), True),
        "event.copy": case(clipboard, "https://delta.example/story/72"),
        "event.mute": case(on, "ChooseScreen"),
        "event.star": case(marked("starred"), 1, "choose.close"),
        "event.read": case(marked("read"), 1),
        "event.back": case(on, "WatchScreen"),
    }),
    "reports of an event": Walk(TWO_REPORTS, {
        "event.doubt": case(on, "ChooseScreen"),
        "event.all_read": case(lambda seen: marked("read")(seen) > 1, True, "choose.close"),
        "event.split": case(heard("Split off"), True),
        "event.withdraw": case(heard("the report is back in its event"), True),
    }),
    "Articles": Walk(("app.articles",), {
        "articles.preview_down": case(preview_from, ROWS),
        "articles.preview_up": case(preview_from, 0),
        "articles.browser": case(heard("Not opened"), True),
        "articles.copy": case(clipboard, "https://harbour.example/story/73"),
        "articles.filter": case(focus, "words"),
        "articles.region": case(on, "ChooseScreen", "escape"),
        "articles.kind": case(on, "ChooseScreen", "choose.close"),
        "articles.star": case(marked("starred"), 1, "choose.close"),
        "articles.only_starred": case(listed, 1),
        "articles.no_filter": case(listed, ALL),
        "articles.read": case(marked("read"), 1),
        "articles.only_unread": case(listed, ALL - 1),
        "articles.only_flagged": case(lambda seen: 5 < listed(seen) < 15, True, "articles.no_filter"),
        "articles.save_filter": case(on, "NameScreen"),
        "name.close": case(on, "ArticlesScreen"),
        "articles.doubt": case(on, "ChooseScreen", "list.first"),
        "articles.all_read": case(unread, 0, "choose.close", "articles.no_filter"),
    }),
    "tabs of filters": Walk(("app.articles", a_tab), {
        "articles.next_tab": case(tab_shown, 1),
        "articles.previous_tab": case(tab_shown, 0),
        "articles.remove_filter": case(tab_shown, 0, "articles.next_tab"),
    }),
    "the filter line": Walk(LINE, {
        "filter.earlier": case(typed, "k", "k", "enter", "articles.filter", "x"),
        "filter.later": case(typed, "kx"),
        "filter.complete": case(typed, "kind:", "backspace", "i"),
    }),
    "a text": Walk(READER, {
        "reader.down": case(scrolled, 1),
        "reader.up": case(scrolled, 1, "reader.down"),
        "reader.page_down": case(lambda seen: scrolled(seen) > 5, True),
        "reader.last": case(at_end, True),
        "reader.page_up": case(at_end, False),
        "reader.first": case(scrolled, 0),
        "reader.browser": case(heard("Not opened"), True),
        "reader.links": case(heard("Not opened"), True),
        "reader.copy": case(clipboard, "https://harbour.example/story/73"),
        "reader.cite": case(clipboard, "A long report (harbour.example)\nhttps://harbour.example/story/73"),
        "reader.star": case(marked("starred"), 1),
        "reader.read": case(marked("read"), 0),
        "reader.next": case(shows("Envoy lands in Seoul as shots are fired"), True),
        "reader.previous": case(shows("A long report"), True),
        "reader.renew": case(shows("The long report as it is now"), True, an_edit),
        "reader.missed": case(on, "ChooseScreen"),
        "reader.note": case(focus, "note", "choose.close"),
        "reader.back": case(on, "ArticlesScreen", "escape"),
    }),
    "a text that tells of an event": Walk((*FLAGGED, "list.open"), {
        "reader.earlier_report": case(shows("report 3 of 4 of ▲"), True),
        "reader.later_report": case(shows("report 4 of 4 of ▲"), True),
        "reader.doubt": case(on, "ChooseScreen"),
        "reader.event": case(on, "ChooseScreen", "choose.close"),
    }),
    "Feeds": Walk(("app.feeds",), {
        "feeds.site": case(heard("Not opened"), True),
        "feeds.copy": case(clipboard, "https://northern.example/rss"),
        "feeds.poll": case(asked, ["northern"]),
        "feeds.poll_all": case(asked, ["northern", None]),
        "feeds.mute": case(on, "ChooseScreen"),
        "feeds.other_pane": case(focus, "feed", "choose.close"),
        "feeds.other_pane_back": case(focus, "feeds"),
        "feeds.filter": case(focus, "feed-words"),
        "feeds.only_trouble": case(listed, 1, "escape"),
        "feeds.no_filter": case(listed, 6),
        "feeds.order": case(lambda seen: lines(seen).ids[0], "harbour"),
    }),
    "a feed": Walk(("app.feeds",), {
        "feeds.switch": case(heard("Northern Lantern is disabled"), True),
    }),
    "Log": Walk(LOG, {
        "log.previous": case(cursor, 20),
        "log.next": case(cursor, 10, "list.first"),
        "log.copy": case(lambda seen: clipboard(seen).endswith(" info record 0"), True, "list.first"),
        "log.seen": case(cursor, 39),
        "log.level": case(shows("info and graver"), True),
        "log.back": case(shows("all levels"), True),
        "log.filter": case(focus, "log-words"),
        "log.other_pane": case(focus, "record", "escape", "list.last", "list.open"),
        "log.other_pane_back": case(focus, "log"),
        "record.down": case(pane_from, 1, "log.other_pane"),
        "record.up": case(pane_from, 1, "record.down"),
        "record.page_down": case(lambda seen: pane_from(seen) > 5, True),
        "record.page_up": case(lambda seen: pane_from(seen) > 5, False),
        "record.first": case(pane_from, 0),
        "record.last": case(lambda seen: pane_from(seen) > 20, True),
    }),
    "Alerts": Walk(("app.alerts",), {
        "alerts.other_pane": case(focus, "alert"),
        "alerts.other_pane_back": case(focus, "alerts"),
        "alerts.mute": case(on, "ChooseScreen"),
        "alerts.seen": case(waiting, 2, "choose.close"),
        "alerts.all_seen": case(waiting, 0),
    }),
    "mutes": Walk((a_mute, "app.alerts", "alerts.other_pane", "alerts.other_pane"), {
        "mutes.unmute": case(mutes, 0),
    }),
    "the index of a region": Walk(("watch.index",), {
        "index.next": case(first_line("Taiwan Strait"), True),
        "index.previous": case(first_line("Korean Peninsula"), True),
        "index.mute": case(on, "ChooseScreen"),
        "index.back": case(on, "WatchScreen", "choose.close"),
    }),
    "a choice": Walk(CHOICE, {
        "choose.down": case(highlighted, 1),
        "choose.up": case(highlighted, 1, "choose.down"),
        "choose.close": case(on, "ArticlesScreen"),
    }),
    "the help": Walk(LONG_HELP, {
        "help.down": case(scrolled, 1),
        "help.up": case(scrolled, 1, "help.down"),
        "help.page_down": case(lambda seen: scrolled(seen) > 5, True),
        "help.first": case(scrolled, 0),
        "help.page_up": case(lambda seen: scrolled(seen) < 20, True, "help.page_down", "help.page_down"),
        "help.last": case(at_end, True),
        "help.close": case(on, "ArticlesScreen"),
        "help.find": case(focus, "help-words", "app.help"),
    }),
}  # fmt: skip
"""By the names of the places."""

CASES = [name for walk in WALKS.values() for name in walk.cases]
