"""All that is known of a feed, in words, for the pane under the list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from tensionwatch.advice import advice
from tensionwatch.health import gap_words
from tensionwatch.model import FeedState
from tensionwatch.sanitise import without_user
from tensionwatch.tui.cells import line, sparkline
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import HEALTH_STYLES, health_symbol
from tensionwatch.tui.muting import until_words
from tensionwatch.tui.times import Times, relative
from tensionwatch.tui.widgets.facts import Fact
from tensionwatch.tui.widgets.feeds import Seen, flagged_share, seconds_words, usual_answer
from tensionwatch.units import duration_words
from tensionwatch.words import counted

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PROXIED: Final = "a proxy: the names on the way were checked, not the addresses that the proxy found for them"
POLLED: Final = {"o": "✓", "u": "=", "f": "✗", "g": "✗"}
"""Of a poll by the letter that is kept of it."""
ANSWERS: Final = 30
"""The latest, drawn as a line."""


def feed_facts(seen: Seen, context: Context) -> Iterator[Fact]:
    muted = seen.muted
    feed, state, now = seen.row.feed, seen.state, context.desk.now()
    times = context.times
    yield Fact("feed", f"{line(feed.name)} · {line(feed.publisher)} · {line(without_user(feed.url))}")
    yield Fact("state", _state(seen), style=HEALTH_STYLES[seen.health.word])
    if said := advice(feed, state, seen.row.address, seen.health, now):
        yield Fact("advice", said)
    if state.switched and state.switched_at is not None:
        since = times.medium(state.switched_at, now)
        yield Fact("by hand", f"enabled by hand since {since}, the configuration disables it")
    yield Fact("last", _last(state, now))
    if seen.health.word not in ("gone", "off"):
        yield Fact("next", _next(state, now, times))
        yield from (Fact("asks", text) for text in _asked_for(state, now, times))
    if state.recent:
        yield Fact("polls", _polls(state))
    if muted is not None:
        until = until_words(muted.until, times, now)
        said = f"muted {until}: no alert is raised by it alone; taken back on the screen of the alerts"
        yield Fact("alerts", said, style="warn")
    if state.response_times:
        yield Fact("answers", _answers(state))
    yield Fact("brings", _brings(state, now, times))
    if state.last_success:
        yield Fact("cache", _validators(state))
    if state.moved_to is not None:
        yield Fact("address", _moved_words(seen, now, times))
    if state.last_success:
        yield Fact("through", PROXIED if state.proxied else "no proxy")


def _state(seen: Seen) -> str:
    state, said = seen.state, seen.health
    parts = [f"{health_symbol(said.word, state)} {said.word}", line(said.reason)]
    if state.http_status is not None and f"HTTP {state.http_status}" not in said.reason:
        parts.append(f"HTTP {state.http_status}")
    if said.word == "silent" and state.reason:
        parts.append(line(state.reason))
    return " · ".join(filter(None, parts))


def _last(state: FeedState, now: datetime) -> str:
    if state.last_checked is None:
        return "never checked"
    good = f"last good {relative(state.last_success, now)}" if state.last_success else "never good"
    words = {"ok": "with news", "unchanged": "unchanged", "failed": "failed", "gone": "gone"}.get(
        state.result or "", ""
    )
    return f"checked {relative(state.last_checked, now)}, {words} · {good}"


def _polls(state: FeedState) -> str:
    """`✓==✗✗ the last 5: 1 with news, 2 without, 2 failed · latest on the right`"""
    drawn = "".join(POLLED.get(letter, "?") for letter in state.recent)
    counts = ((state.recent.count("o"), "with news"), (state.recent.count("u"), "without"),
              (state.recent.count("f"), "failed"), (state.recent.count("g"), "gone"))  # fmt: skip
    told = ", ".join(f"{count} {word}" for count, word in counts if count)
    if len(state.recent) == 1:
        return f"{drawn} the only one: {told}"
    return f"{drawn} the last {len(state.recent)} polls: {told} · latest on the right"


def _next(state: FeedState, now: datetime, times: Times) -> str:
    if state.next_check is None:
        return "now"
    why = f": {line(state.next_reason)}" if state.next_reason else ""
    return f"{relative(max(state.next_check, now), now)}, {times.full(state.next_check)}{why}"


def _asked_for(state: FeedState, now: datetime, times: Times) -> Iterator[str]:
    """What server and feed ask of us, and our own pace."""
    if state.not_before is not None and state.not_before > now:
        yield f"the server: not before {times.full(state.not_before)} (Retry-After)"
    asks = []
    if state.floor:
        asks.append(f"the server calls an answer fresh for {duration_words(state.floor)}")
    if state.feed_floor:
        asks.append(f"the feed wants {duration_words(state.feed_floor)} between polls (ttl, sy:*)")
    if state.skip_hours:
        asks.append(f"the feed skips the hours {', '.join(map(str, state.skip_hours))} UTC")
    if state.skip_days:
        asks.append(f"the feed skips {', '.join(DAYS[day] for day in state.skip_days)}")
    if state.interval:
        asks.append(f"our own pace is {duration_words(state.interval)}")
    if asks:
        yield " · ".join(asks)


def _answers(state: FeedState) -> str:
    """`▁▂▁▅ 120 ms to 800 ms, usually 182 ms, last 190 ms · the line from 0 to 800 ms, latest on the right`"""
    latest = state.response_times[-ANSWERS:]
    peak, usual = max(latest), usual_answer(state) or 0.0
    drawn = sparkline([max(1, round(1000 * seconds)) for seconds in latest], max(1, round(1000 * peak)))
    return (
        f"{drawn} last {seconds_words(latest[-1])}, median {seconds_words(usual)} · scale 0 to {seconds_words(peak)}, "
        f"{counted(len(latest), 'poll')}"
    )


def _brings(state: FeedState, now: datetime, times: Times) -> str:
    parts = [f"{counted(state.articles, 'article')} kept"]
    if share := flagged_share(state):
        parts.append(f"{state.flagged:,} flagged ({100 * share:.0f} %)")
    if state.entries_a_day is not None:
        parts.append(f"{state.entries_a_day:.1f} a day")
    if any(week := state.week_to(now)):
        parts.append(f"new in {len(week)} days {sparkline(week, max(week))} peak {max(week)}")
    if state.usual_gap:
        parts.append(f"something new usually {gap_words(state.usual_gap)}")
    if state.last_new:
        parts.append(f"last {relative(state.last_new, now)}")
    if state.newest:
        parts.append(f"newest of {times.medium(state.newest, now)}")
    if state.format:
        parts.append(state.format)
    return " · ".join(parts)


def _validators(state: FeedState) -> str:
    parts = []
    if state.etag:
        parts.append(f"ETag {line(state.etag)}")
    if state.last_modified:
        parts.append(f"Last-Modified {line(state.last_modified)}")
    return " · ".join(parts) or "the server gives neither ETag nor Last-Modified: each answer is the whole feed"


def _moved_words(seen: Seen, now: datetime, times: Times) -> str:
    feed, state = seen.row.feed, seen.state
    to = line(state.moved_to or "")
    since = f" since {times.moment(state.moved_since, now)}" if state.moved_since else ""
    if seen.row.address != feed.url:
        return f"moved for good to {to}: it is asked there"
    return f"moved for good to {to}{since}: it is asked there after a week"
