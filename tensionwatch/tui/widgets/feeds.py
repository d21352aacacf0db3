"""Feeds, one line each: is it well, when was it last, when is it next, what does it bring. Trouble comes first, until
another order is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from statistics import median
from typing import Any, Final, NamedTuple

from tensionwatch.alerts.records import Mute
from tensionwatch.exchange import FeedRow
from tensionwatch.health import Health, health
from tensionwatch.model import FeedState
from tensionwatch.tui.cells import Run, fit, line, many, row, sparkline, spread
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import HEALTH_ORDER, HEALTH_STYLES, health_symbol
from tensionwatch.tui.times import span
from tensionwatch.tui.widgets.lines import LineList
from tensionwatch.units import duration_words

UNKNOWN: Final = "–"


class Seen(NamedTuple):
    """A feed, and how it is."""

    row: FeedRow
    health: Health
    muted: Mute | None = None
    """That no alert is raised by it alone."""

    @property
    def state(self) -> FeedState:
        return self.row.state


class Order(NamedTuple):
    words: str
    column: str
    """The heading that it goes by; empty where it is none."""
    key: Callable[[Seen], Any]


def _last(seen: Seen) -> float:
    return seen.state.last_success.timestamp() if seen.state.last_success else 0.0


def _next(seen: Seen) -> float:
    if seen.health.word in ("gone", "off"):
        return float("inf")
    return seen.state.next_check.timestamp() if seen.state.next_check else 0.0


ORDERS: Final = (
    Order("trouble first", "state", lambda s: (HEALTH_ORDER.index(s.health.word), -s.state.failures)),
    Order("longest without success first", "last ok", _last),
    Order("next first", "next in", _next),
    Order("most failures first", "fails", lambda s: -s.state.failures),
    Order("busiest first", "a day", lambda s: -(s.state.entries_a_day or 0.0)),
    Order("most flagged first", "flagged", lambda s: -(flagged_share(s.state) or 0.0)),
    Order("slowest first", "answer", lambda s: -(usual_answer(s.state) or 0.0)),
    Order("by name", "feed", lambda s: s.row.feed.name.casefold()),
    Order("as configured", "", lambda _: 0),
)


def usual_answer(state: FeedState) -> float | None:
    """Seconds: the median of the last polls that were answered."""
    return median(state.response_times) if state.response_times else None


def flagged_share(state: FeedState) -> float | None:
    return state.flagged / state.articles if state.articles else None


def seconds_words(seconds: float) -> str:
    """`182 ms`, `1.4 s`: at most 6 cells."""
    return (
        f"{1000 * seconds:.0f} ms" if seconds < 0.9995 else f"{seconds:.1f} s" if seconds < 99 else f"{seconds:.0f} s"
    )


class FeedList(LineList):
    HEAD = 2

    def __init__(self, context: Context, *, id: str) -> None:
        super().__init__(context, id=id)
        self._seen: dict[str, Seen] = {}
        self._order = 0
        self.words = ""
        """Only feeds whose id, name or publisher has each of these."""
        self.trouble_only = False

    def show_rows(self, rows: Sequence[FeedRow]) -> None:
        now = self.context.desk.now()
        muted = {mute.name: mute for mute in self.context.alerting.mutes() if mute.what == "feed"}
        self._seen = {row.feed.id: Seen(row, health(row.feed, row.state, now), muted.get(row.feed.id)) for row in rows}
        self.show(self._sorted())

    @property
    def is_narrowed(self) -> bool:
        """Are some left out?"""
        return bool(self.words) or self.trouble_only

    def narrow(self, words: str, *, trouble_only: bool) -> None:
        """Show those alone that have these words and, if that is asked, need somebody's attention."""
        self.words, self.trouble_only = words, trouble_only
        self.show(self._sorted())

    def next_order(self) -> None:
        """Show them in the next of ORDERS."""
        self._order = (self._order + 1) % len(ORDERS)
        self.show(self._sorted(), from_top=True)

    def _sorted(self) -> list[str]:
        wanted = self.words.casefold().split()
        shown = [feed_id for feed_id, seen in self._seen.items() if self._passes(seen, wanted)]
        return sorted(shown, key=lambda feed_id: ORDERS[self._order].key(self._seen[feed_id]))

    def _passes(self, seen: Seen, wanted: Sequence[str]) -> bool:
        if self.trouble_only and seen.health.well:
            return False
        feed = seen.row.feed
        said = f"{feed.id} {feed.name} {feed.publisher}".casefold() if wanted else ""
        return all(word in said for word in wanted)

    @property
    def seen(self) -> Seen | None:
        """The one under the cursor."""
        return self._seen.get(self.current) if self.current is not None else None

    # ---------------------------------------------------------------- drawing

    def heading(self, y: int, width: int) -> list[Run]:
        by = ORDERS[self._order]
        if y == 0:
            there = Counter[str](seen.health.word for seen in self._seen.values())
            parts = [f"{there[word]} {word}" for word in HEALTH_ORDER if there[word]]
            told = f"{many(len(self._seen), 'feed')}: {' · '.join(parts)}"
            if self.is_narrowed:
                told = f"{len(self.ids)} of {told}"
            left, right = spread(told, by.words + self.context.says(" · {}", "feeds.order"), width)
            return [(left, "accent" if self.is_narrowed else "muted"), (right, "accent")]
        columns = self._columns(width)
        return row([(_aligned(n, w), w, "accent" if n and n == by.column else "heading") for n, w in columns])

    def runs(self, row_id: str, width: int) -> list[Run]:
        values = self._values(self._seen[row_id])
        return row([(_aligned(name, w, values[name][0]), w, values[name][1]) for name, w in self._columns(width)])

    def _columns(self, width: int) -> list[tuple[str, int]]:
        return _columns(width, mutes=any(seen.muted for seen in self._seen.values()))

    def _values(self, seen: Seen) -> dict[str, Run]:
        """What stands in each column."""
        feed, state, word = seen.row.feed, seen.state, seen.health.word
        now = self.context.desk.now()
        style = HEALTH_STYLES[word]
        asked = word not in ("gone", "off")
        stale = asked and state.result is not None and not seen.row.fresh
        due = (state.next_check - now).total_seconds() if state.next_check else 0.0
        share, answer = flagged_share(state), usual_answer(state)
        return {
            "": (health_symbol(word, state), style),
            "feed": (line(feed.name), "" if feed.enabled else "muted"),
            "publisher": (line(feed.publisher), "muted"),
            "state": (word, style),
            "last ok": (_ago(seen, now.timestamp()), "bad" if stale else "muted"),
            "result": (_result(state), "bad" if state.result in ("failed", "gone") else "muted"),
            "every": (_every(state.interval) if state.interval and asked else UNKNOWN, "muted"),
            "alerts": ("muted" if seen.muted else "", "warn"),
            "next in": ((span(due) if due >= 1 else "now") if asked else UNKNOWN, "muted"),
            "a day": (_a_day(state.entries_a_day), "muted"),
            "7 days": (_week(state, now), "accent"),
            "kept": (f"{state.articles:,}" if state.articles else "·", "" if state.articles else "muted"),
            "flagged": ("–" if share is None else f"{100 * share:.0f} %" if share else "·", "muted"),
            "answer": (seconds_words(answer) if answer is not None else UNKNOWN, "muted"),
            "fails": (f"{state.failures}×" if state.failures else "·", "bad" if state.failures else "muted"),
            "what": (self._what(seen), "" if not seen.health.well else "muted"),
        }

    def _what(self, seen: Seen) -> str:
        """What is wrong, else why it is asked when it is."""
        state, word = seen.state, seen.health.word
        if word == "failing" and state.reason:
            return line(state.reason)
        if word == "off" and state.switched is False and state.switched_at is not None:
            return f"by hand since {self.context.times.medium(state.switched_at, self.context.desk.now())}"
        says_why = not seen.health.well or word == "off"
        return line(seen.health.reason if says_why else state.next_reason or "")


def _ago(seen: Seen, now: float) -> str:
    return span(now - _last(seen)) if seen.state.last_success else "never" if seen.state.result else UNKNOWN


def _result(state: FeedState) -> str:
    """What the server said last, in at most 7 cells: its status, else what kept it from saying one."""
    if state.result is None:
        return UNKNOWN
    if state.http_status is not None:
        broken = state.result == "failed" and state.http_status < 400
        return f"{state.http_status} bad" if broken else str(state.http_status)
    if state.result != "failed":
        return state.result[:7]
    reason = (state.reason or "").lower()
    return next((word for said, word in _FAILED if said in reason), "failed")


_FAILED: Final = (
    ("timed out", "timeout"), ("within", "timeout"), ("no such host", "no host"), ("no such name", "no host"),
    ("certificate", "cert"), ("refused", "refused"), ("private address", "private"), ("broken off", "broken"),
)  # fmt: skip
"""What a reason has in it → the word for it."""


def _every(seconds: float) -> str:
    """`15m`, `1h30m`, `3d12h`: at most 6 cells."""
    return duration_words(seconds).replace(" ", "")


def _week(state: FeedState, now: datetime) -> str:
    """A character a day, today on the right, on the scale of its own peak."""
    week = state.week_to(now)
    return sparkline(week, max(week)) if week else ""


def _a_day(entries: float | None) -> str:
    return UNKNOWN if entries is None else f"{entries:.1f}" if entries < 9.95 else f"{entries:.0f}"


_NUMBERS: Final = ("every", "a day", "kept", "flagged", "answer", "fails")


def _aligned(name: str, width: int, value: str | None = None) -> str:
    """Numbers stand on the right, under a heading that does."""
    return fit(name if value is None else value, width, right=name in _NUMBERS)


_ALWAYS: Final = {
    "": 1, "feed": 10, "state": 7, "last ok": 7, "result": 7, "every": 6, "a day": 5, "fails": 5, "next in": 7
}  # fmt: skip
_IN_ORDER: Final = (
    "", "feed", "publisher", "state", "alerts", "last ok", "result", "every", "a day", "7 days", "kept", "flagged",
    "answer", "fails", "next in", "what",
)  # fmt: skip
_WHAT: Final = 24
"""Cells that what is wrong takes at least."""


def _columns(width: int, *, mutes: bool) -> list[tuple[str, int]]:
    """Headings and cells; what has no room is left out. Feed and what is wrong take what the others leave."""
    columns = dict(_ALWAYS)
    if mutes:
        columns["alerts"] = 6
    left = width - sum(w + 2 for w in columns.values()) + 2
    more: tuple[tuple[dict[str, int], int], ...] = (
        ({"what": 0}, _WHAT), ({"7 days": 7}, 18), ({"flagged": 7, "answer": 6}, 16), ({"publisher": 18, "kept": 7}, 35)
    )  # fmt: skip
    for names, spare in more:  # `spare`: cells that are to be left for the two that grow
        taken = sum(w + 2 for w in names.values())
        if left - taken < spare + (_WHAT if "what" in columns else 0):
            break
        columns |= names
        left -= taken
    grown = left if "what" not in columns else min(max(left - 33, 8), 26, left - _WHAT)
    columns["feed"] += max(0, grown)
    if "what" in columns:
        columns["what"] = left - max(0, grown)
    return [(name, columns[name]) for name in _IN_ORDER if name in columns]
