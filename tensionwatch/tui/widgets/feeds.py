"""Feeds, one line each: is it well, when was it last, when is it next, what does it bring. Trouble comes first, until
another order is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any, Final, NamedTuple

from tensionwatch.health import Health, health
from tensionwatch.model import FeedState
from tensionwatch.ports import FeedRow
from tensionwatch.tui.cells import Run, fit, line, many, row, spread
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import HEALTH_ORDER, HEALTH_STYLES, health_symbol
from tensionwatch.tui.times import span
from tensionwatch.tui.widgets.lines import LineList

UNKNOWN: Final = "–"


class Seen(NamedTuple):
    """A feed, and how it is."""

    row: FeedRow
    health: Health

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

    def show_rows(self, rows: Sequence[FeedRow]) -> None:
        now = self.context.desk.now()
        self._seen = {row.feed.id: Seen(row, health(row.feed, row.state, now)) for row in rows}
        self.show(self._sorted())

    def next_order(self) -> None:
        """Show them in the next of ORDERS."""
        self._order = (self._order + 1) % len(ORDERS)
        self.show(self._sorted(), from_top=True)

    def _sorted(self) -> list[str]:
        return sorted(self._seen, key=lambda feed_id: ORDERS[self._order].key(self._seen[feed_id]))

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
            left, right = spread(f"{many(len(self._seen), 'feed')}: {' · '.join(parts)}", f"{by.words} · s", width)
            return [(left, "muted"), (right, "accent")]
        columns = _columns(width)
        return row([(_aligned(n, w), w, "accent" if n and n == by.column else "heading") for n, w in columns])

    def runs(self, row_id: str, width: int) -> list[Run]:
        values = self._values(self._seen[row_id])
        return row([(_aligned(name, w, values[name][0]), w, values[name][1]) for name, w in _columns(width)])

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
            "next in": ((span(due) if due >= 1 else "now") if asked else UNKNOWN, "muted"),
            "a day": (_a_day(state.entries_a_day), "muted"),
            "kept": (f"{state.articles:,}" if state.articles else "·", "" if state.articles else "muted"),
            "flagged": ("–" if share is None else f"{100 * share:.0f} %" if share else "·", "muted"),
            "answer": (seconds_words(answer) if answer is not None else UNKNOWN, "muted"),
            "fails": (f"{state.failures}×" if state.failures else "·", "bad" if state.failures else "muted"),
            "what": (_what(seen), "" if not seen.health.well else "muted"),
        }


def _ago(seen: Seen, now: float) -> str:
    return span(now - _last(seen)) if seen.state.last_success else "never" if seen.state.result else UNKNOWN


def _a_day(entries: float | None) -> str:
    return UNKNOWN if entries is None else f"{entries:.1f}" if entries < 9.95 else f"{entries:.0f}"


def _what(seen: Seen) -> str:
    """What is wrong, else why it is asked when it is."""
    if seen.health.word == "failing" and seen.state.reason:
        return line(seen.state.reason)
    says_why = not seen.health.well or seen.health.word == "off"
    return line(seen.health.reason if says_why else seen.state.next_reason or "")


_NUMBERS: Final = ("a day", "kept", "flagged", "answer", "fails")


def _aligned(name: str, width: int, value: str | None = None) -> str:
    """Numbers stand on the right, under a heading that does."""
    return fit(name if value is None else value, width, right=name in _NUMBERS)


def _columns(width: int) -> list[tuple[str, int]]:
    """Headings and cells; what has no room is left out. Feed and what is wrong take what the others leave."""
    columns = {
        "": 1,
        "feed": 10,
        "state": 7,
        "last ok": 7,
        "next in": 7,
        "a day": 5,
        "flagged": 7,
        "answer": 6,
        "fails": 5,
    }
    left = width - sum(w + 2 for w in columns.values()) + 2
    if left >= 24:
        columns["what"] = 0
        left -= 2
    if left >= 100:
        columns |= {"publisher": 18, "kept": 7}
        left -= 29
    grown = left if "what" not in columns else min(max(left - 36, 8), 26)
    columns["feed"] += max(0, grown)
    if "what" in columns:
        columns["what"] = left - grown
    order = (
        "",
        "feed",
        "publisher",
        "state",
        "last ok",
        "next in",
        "a day",
        "kept",
        "flagged",
        "answer",
        "fails",
        "what",
    )
    return [(name, columns[name]) for name in order if name in columns]
