"""What each key does, as a user sees it: a line for every binding of the program, by its name.

`before` is what leads to where the key is at work; `look` is looked at until it is `then`, which it is not before. A
new binding without a line here fails test_every_key.py, and so does a line without its binding.
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

CASES: dict[str, Case] = {
    # anywhere
    "app.watch": Case(("app.articles",), mode, "watch"),
    "app.articles": Case((), mode, "articles"),
    "app.feeds": Case((), mode, "feeds"),
    "app.alerts": Case((), mode, "alerts"),
    "app.log": Case((), mode, "log"),
    "app.trends": Case((), mode, "trends"),
    "app.pairs": Case((), mode, "pairs"),
    "app.poll_now": Case((), asked, [None]),
    "app.pause": Case((), shows("paused"), True),
    "app.collect": Case((nobody_collects,), lambda seen: seen.app.takes_over, True),
    "app.reload_rules": Case((), lambda seen: seen.world.rules.reloads, 1),
    "app.utc": Case((), heard("Times in"), True),
    "app.relative": Case((), heard("Lists say how long ago"), True),
    "app.undo": Case(("app.articles", "articles.star"), marked("starred"), 0),
    "app.help": Case((), on, "HelpScreen"),
    "app.quit": Case((), ended, 0),
    # lists
    "list.down": Case(("app.articles",), cursor, 1),
    "list.up": Case(("app.articles", "list.last"), cursor, ALL - 2),
    "list.page_down": Case(("app.articles",), lambda seen: cursor(seen) > 10, True),
    "list.page_up": Case(("app.articles", "list.last"), lambda seen: 0 < cursor(seen) < ALL - 10, True),
    "list.first": Case(("app.articles", "list.down", "list.down"), cursor, 0),
    "list.last": Case(("app.articles",), cursor, ALL - 1),
    "list.open": Case(("app.articles",), on, "ReaderScreen"),
    # Watch
    "watch.other_pane": Case((), focus, "events"),
    "watch.other_pane_back": Case(("watch.other_pane",), focus, "regions"),
    "watch.all_events": Case(("regions.open",), shows("Newest, all regions"), True),
    "watch.index": Case((), on, "IndexScreen"),
    "watch.order": Case((), shows("as configured"), True),
    "watch.seen": Case((news,), shows("↑"), False),
    "watch.couplings": Case((), on, "CouplingsScreen"),
    "panel.alert": Case(("watch.other_pane", "watch.other_pane", "watch.other_pane"), mode, "alerts"),
    "couples.second": Case(("watch.couplings",), side, 1),
    "couples.first": Case(("watch.couplings", "couples.second"), side, 0),
    "couples.open": Case(("watch.couplings",), on, "EventScreen"),
    "couplings.other": Case(("watch.couplings",), side, 1),
    "couplings.back": Case(("watch.couplings",), on, "WatchScreen"),
    "regions.next_column": Case((), column, 1),
    "regions.previous_column": Case(("regions.next_column", "regions.next_column"), column, 1),
    "regions.open": Case((), shows("Newest, all regions"), False),
    "events.pick": Case(("watch.other_pane",), picked, 1),
    "events.merge": Case(
        ("watch.other_pane", "list.last", "events.pick", "list.up"), heard("Merged: 2 events are one"), True
    ),
    # Trends, and the events behind a number
    "trends.shorter": Case(TRENDS, shows("· 7d"), True),
    "trends.longer": Case(TRENDS, shows("· 90d"), True),
    "trends.measure": Case(TRENDS, shows("− conflict"), True),
    "trends.earlier": Case(TRENDS, shows("Mon 23 Nov 2026"), True),
    "trends.later": Case((*TRENDS, *["trends.earlier"] * 3), shows("Sun 22 Nov 2026"), True),
    "trends.compare": Case(TRENDS, heard("Compared with Korean Peninsula"), True),
    "trends.grid": Case(TRENDS, shows("each to its own scale"), True),
    "trends.index": Case(TRENDS, on, "IndexScreen"),
    "trends.copy": Case(TRENDS, heard("Copied: Korean Peninsula"), True),
    "trends.back": Case((*TRENDS, "trends.earlier"), shows("– now"), True),
    "happened.back": Case((*TRENDS, "list.open"), on, "TrendsScreen"),
    "happened.next": Case((*TRENDS, *["trends.earlier"] * 2, "list.open"), shows("Mon 23 Nov 2026"), True),
    "happened.previous": Case((*TRENDS, "trends.earlier", "list.open"), shows("Sun 22 Nov 2026"), True),
    # Pairs, and the page of one
    "pairs.filter": Case(PAIRS, focus, "words"),
    "pairs.order": Case(PAIRS, lambda seen: seen.app.screen.lines.order, "most conflict first"),  # type: ignore[attr-defined]  # its
    "pairs.trend": Case(PAIRS, mode, "trends"),
    "pairs.copy": Case(PAIRS, heard("Copied: "), True),
    "pairs.clear": Case((*PAIRS, "pairs.filter"), focus, "pairs"),
    "pair.back": Case((*PAIRS, "list.open"), on, "PairsScreen"),
    "pair.next": Case((*PAIRS, "list.open"), place_of_pair, 1),
    "pair.previous": Case((*PAIRS, "list.open", "pair.next"), place_of_pair, 0),
    "pair.trend": Case((*PAIRS, "list.open"), mode, "trends"),
    "pair.copy": Case((*PAIRS, "list.open"), heard("Copied: "), True),
    # the card of an event
    "event.back": Case(EVENT, on, "WatchScreen"),
    "event.other_pane": Case(EVENT, focus, "facts"),
    "event.other_pane_back": Case((*EVENT, "event.other_pane"), focus, "reports"),
    "event.split": Case(TWO_REPORTS, heard("Split off"), True),
    "event.withdraw": Case((*TWO_REPORTS, "event.split"), heard("the report is back in its event"), True),
    "event.next": Case(EVENT, first_line("JPN→KOR"), False),
    "event.previous": Case((*EVENT, "event.next"), first_line("JPN→KOR"), True),
    "event.read": Case(EVENT, marked("read"), 1),
    "event.star": Case(EVENT, marked("starred"), 1),
    "event.doubt": Case(TWO_REPORTS, on, "ChooseScreen"),
    "event.browser": Case(EVENT, heard("Not opened"), True),
    "event.copy": Case(EVENT, clipboard, "https://delta.example/story/72"),
    "event.all_read": Case(TWO_REPORTS, lambda seen: marked("read")(seen) > 1, True),
    "event.mute": Case(EVENT, on, "ChooseScreen"),
    # Articles
    "articles.filter": Case(("app.articles",), focus, "words"),
    "articles.only_unread": Case(("app.articles", "articles.read"), listed, ALL - 1),
    "articles.only_flagged": Case(("app.articles",), lambda seen: 5 < listed(seen) < 15, True),
    "articles.only_starred": Case(("app.articles", "articles.star"), listed, 1),
    "articles.region": Case(("app.articles",), on, "ChooseScreen"),
    "articles.kind": Case(("app.articles",), on, "ChooseScreen"),
    "articles.no_filter": Case(("app.articles", "articles.only_flagged"), listed, ALL),
    "articles.read": Case(("app.articles",), marked("read"), 1),
    "articles.star": Case(("app.articles",), marked("starred"), 1),
    "articles.doubt": Case(FLAGGED, on, "ChooseScreen"),
    "articles.browser": Case(("app.articles",), heard("Not opened"), True),
    "articles.copy": Case(("app.articles",), clipboard, "https://harbour.example/story/73"),
    "articles.all_read": Case(("app.articles",), unread, 0),
    "articles.next_tab": Case(("app.articles", a_tab), tab_shown, 1),
    "articles.previous_tab": Case(("app.articles", a_tab), tab_shown, 1),
    "articles.save_filter": Case(("app.articles", "articles.only_flagged"), on, "NameScreen"),
    "articles.remove_filter": Case(("app.articles", a_tab, "articles.next_tab"), tab_shown, 0),
    "articles.preview_down": Case(("app.articles",), preview_from, ROWS),
    "articles.preview_up": Case(("app.articles", "articles.preview_down"), preview_from, 0),
    # the filter line
    "filter.complete": Case((*LINE, "k", "i"), typed, "kind:"),
    "filter.earlier": Case((*LINE, "k", "enter", "articles.filter", "x"), typed, "k"),
    "filter.later": Case((*LINE, "k", "enter", "articles.filter", "x", "filter.earlier"), typed, "kx"),
    "name.close": Case(("app.articles", "articles.only_flagged", "articles.save_filter"), on, "ArticlesScreen"),
    # a text
    "reader.down": Case(READER, scrolled, 1),
    "reader.up": Case((*READER, "reader.page_down", "reader.first", "reader.down", "reader.down"), scrolled, 1),
    "reader.page_down": Case(READER, lambda seen: scrolled(seen) > 5, True),
    "reader.page_up": Case((*READER, "reader.last"), at_end, False),
    "reader.first": Case((*READER, "reader.last"), scrolled, 0),
    "reader.last": Case(READER, at_end, True),
    "reader.back": Case(READER, on, "ArticlesScreen"),
    "reader.next": Case(READER, shows("Envoy lands in Seoul as shots are fired"), True),
    "reader.previous": Case((*READER, "reader.next"), shows("A long report"), True),
    "reader.read": Case(READER, marked("read"), 0),
    "reader.star": Case(READER, marked("starred"), 1),
    "reader.doubt": Case((*FLAGGED, "list.open"), on, "ChooseScreen"),
    "reader.browser": Case(READER, heard("Not opened"), True),
    "reader.copy": Case(READER, clipboard, "https://harbour.example/story/73"),
    "reader.cite": Case(READER, clipboard, "A long report (harbour.example)\nhttps://harbour.example/story/73"),
    "reader.links": Case(READER, heard("Not opened"), True),
    "reader.note": Case(READER, focus, "note"),
    "reader.missed": Case(READER, on, "ChooseScreen"),
    "reader.earlier_report": Case((*FLAGGED, "list.open"), shows("report 3 of 4 of ▲"), True),
    "reader.later_report": Case((*FLAGGED, "list.open", "reader.earlier_report"), shows("report 4 of 4 of ▲"), True),
    "reader.event": Case((*FLAGGED, "list.open"), on, "ChooseScreen"),
    "reader.renew": Case((*READER, an_edit), shows("The long report as it is now"), True),
    # Feeds
    "feeds.poll": Case(
        ("app.feeds", "list.down"), lambda seen: len(asked(seen)) == 1 and None not in asked(seen), True
    ),
    "feeds.poll_all": Case(("app.feeds",), asked, [None]),
    "feeds.switch": Case(("app.feeds",), heard("Northern Lantern is disabled"), True),
    "feeds.only_trouble": Case(("app.feeds",), listed, 1),
    "feeds.filter": Case(("app.feeds",), focus, "feed-words"),
    "feeds.no_filter": Case(("app.feeds", "feeds.only_trouble"), listed, 6),
    "feeds.order": Case(("app.feeds",), lambda seen: lines(seen).ids[0], "harbour"),
    "feeds.site": Case(("app.feeds",), heard("Not opened"), True),
    "feeds.copy": Case(("app.feeds",), clipboard, "https://northern.example/rss"),
    "feeds.mute": Case(("app.feeds",), on, "ChooseScreen"),
    "feeds.other_pane": Case(("app.feeds",), focus, "feed"),
    "feeds.other_pane_back": Case(("app.feeds", "feeds.other_pane"), focus, "feeds"),
    # Log
    "log.level": Case(LOG, shows("info and graver"), True),
    "log.filter": Case(LOG, focus, "log-words"),
    "log.next": Case((*LOG, "list.first"), cursor, 10),
    "log.previous": Case(LOG, cursor, 20),
    "log.seen": Case((*LOG, "list.first"), cursor, 39),
    "log.copy": Case((*LOG, "list.first"), lambda seen: clipboard(seen).endswith(" info record 0"), True),
    "log.back": Case((*LOG, "log.level"), shows("all levels"), True),
    "log.other_pane": Case((*LOG, "list.open"), focus, "record"),
    "log.other_pane_back": Case(RECORD, focus, "log"),
    "record.down": Case(RECORD, pane_from, 1),
    "record.up": Case((*RECORD, "record.down", "record.down"), pane_from, 1),
    "record.page_down": Case(RECORD, lambda seen: pane_from(seen) > 5, True),
    "record.page_up": Case((*RECORD, "record.page_down"), pane_from, 0),
    "record.first": Case((*RECORD, "record.page_down"), pane_from, 0),
    "record.last": Case(RECORD, lambda seen: pane_from(seen) > 20, True),
    # Alerts
    "alerts.seen": Case(("app.alerts",), waiting, 2),
    "alerts.all_seen": Case(("app.alerts",), waiting, 0),
    "alerts.mute": Case(("app.alerts",), on, "ChooseScreen"),
    "alerts.other_pane": Case(("app.alerts",), focus, "alert"),
    "alerts.other_pane_back": Case(("app.alerts", "alerts.other_pane"), focus, "alerts"),
    "mutes.unmute": Case((a_mute, "app.alerts", "alerts.other_pane", "alerts.other_pane"), mutes, 0),
    # the index of a region
    "index.back": Case(("watch.index",), on, "WatchScreen"),
    "index.next": Case(("watch.index",), first_line("Taiwan Strait"), True),
    "index.previous": Case(("watch.index", "index.next"), first_line("Korean Peninsula"), True),
    "index.mute": Case(("watch.index",), on, "ChooseScreen"),
    # a choice
    "choose.close": Case(CHOICE, on, "ArticlesScreen"),
    "choose.down": Case(CHOICE, highlighted, 1),
    "choose.up": Case((*CHOICE, "choose.down", "choose.down"), highlighted, 1),
    # the help
    "help.close": Case(LONG_HELP, on, "ArticlesScreen"),
    "help.down": Case(LONG_HELP, scrolled, 1),
    "help.up": Case((*LONG_HELP, "help.down", "help.down"), scrolled, 1),
    "help.page_down": Case(LONG_HELP, lambda seen: scrolled(seen) > 5, True),
    "help.page_up": Case((*LONG_HELP, "help.page_down", "help.page_down"), lambda seen: scrolled(seen) < 20, True),
    "help.find": Case(LONG_HELP, focus, "help-words"),
    "help.first": Case((*LONG_HELP, "help.page_down"), scrolled, 0),
    "help.last": Case(LONG_HELP, at_end, True),
}
