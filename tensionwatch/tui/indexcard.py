"""What a region's numbers open into, as facts: each with all that it is made of. Pure but for the desk's look-ups.

conflict   3.42 = Σ weight × credence × decay      each event opens its card
today      the count of each family against its baseline, and the (event, publisher) pairs that make it up
level      today's share of the news against the usual one
feeds      who sees it, and each feed that is not fresh, which opens among the feeds
history    how long a baseline there is
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from tensionwatch.exchange import Group
from tensionwatch.health import feeds_of, health
from tensionwatch.index.records import Explained, Level, RegionIndex, Surprise, Weighed
from tensionwatch.index.surprise import LEARNING, W
from tensionwatch.index.words import family_words, interval_words, words
from tensionwatch.tui.cells import line, many, sparkline
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import SYMBOLS, health_symbol, symbol
from tensionwatch.tui.screens.reading import event_words
from tensionwatch.tui.tension import coverage_words, state_style, trend_line, trend_peak
from tensionwatch.tui.times import relative
from tensionwatch.tui.widgets.facts import Fact

LISTED = 100
"""Events of an intensity that are listed one by one."""


def index_head(name: str, index: RegionIndex) -> Content:
    """The region and what is unusual; its numbers, grey where it is blind."""
    tone = {"alarm": "bold $warning"}.get(state_style(index), "")
    level = f"{index.level.value:.0f}" if index.level.value is not None else "unknown"
    numbers = f"conflict {index.conflict:.2f} · cooperation {index.cooperation:.2f} · level {level}"
    seen = f" · {coverage_words(index.coverage)} feeds fresh"
    blind = index.coverage.blind
    return Content.assemble(
        (f"{line(name)}  ", "bold $accent"),
        (words(index), tone),
        (f"\n{numbers}", "$tw-muted" if blind else ""),
        (
            seen + (": blind" if blind else ""),
            "bold $warning" if blind else "$tw-muted",
        ),
    )


def index_facts(explained: Explained, context: Context) -> Iterator[Fact]:
    index = explained.index
    yield from _intensity("conflict", index.conflict, explained.conflict, explained.rest, context)
    bars = trend_line(index, len(index.trend))
    yield Fact("", f"{bars} the last 7 days by half days, on a scale from 0 to {trend_peak(index):.2f}")
    yield from _intensity("coop.", index.cooperation, explained.cooperation, explained.cooperation_rest, context)
    yield from _surprises(explained, context)
    yield Fact("level", level_words(index.level))
    if explained.publishers:
        shares = (f"{line(publisher)} {told} of {of}" for publisher, (told, of) in explained.publishers.items())
        yield Fact("level", f"today's articles that tell of it: {', '.join(shares)}")
    yield from _coverage(index, context)
    yield Fact("history", _history(index))


def _intensity(label: str, value: float, weighed: Sequence[Weighed], rest: float, context: Context) -> Iterator[Fact]:
    beside = "; it takes nothing off conflict" if label != "conflict" else ""
    made = "nothing that happened lately" if not weighed else "sum of weight × credence × decay"
    yield Fact(label, f"{value:.2f} = {made}{beside}", style="strong")
    for each in weighed[:LISTED]:
        product = f"{each.weight:.2f}×{each.credence:.2f}×{each.decay:.2f} = {each.part:.3f}"
        yield Fact(label, f"{product}  {_told(each, context)}", event=each.event, cut=True)
    if len(weighed) > LISTED:
        left = sum(each.part for each in weighed[LISTED:])
        yield Fact(label, f"{left:.3f} of {len(weighed) - LISTED} more events with smaller parts")
    if rest >= 0.0005:
        yield Fact(label, f"{rest:.3f} is the rest: events with less than a thousandth each")


def _told(weighed: Weighed, context: Context) -> str:
    """`6 pub, 3 h ago  ▲ incident PRK→KOR · crossing · DMZ`"""
    event = context.desk.event(weighed.event)
    what = f"{symbol(event.kind, event.status)} {event_words(event, context)}" if event is not None else "an event"
    return f"{weighed.publishers} pub, {relative(weighed.at, context.desk.now())}  {what}"


# ------------------------------------------------------------------ surprise


def _surprises(explained: Explained, context: Context) -> Iterator[Fact]:
    index = explained.index
    day = next((each.day for each in index.surprises), index.at.date())
    yield Fact(
        "today", f"{day:%a %d %b} in UTC so far: first reports of what at least two publishers tell", style="strong"
    )
    quiet = []
    for surprise in index.surprises:
        if surprise.count == 0:
            quiet.append(family_words(surprise.family))
            continue
        yield Fact("today", surprise_line(surprise, index), style="warn" if surprise.alarm else "")
        yield from _pairs(explained.pairs.get(surprise.family, ()), context)
        yield from _baseline(explained.days.get(surprise.family, ()))
    for surprise in index.yesterday:
        yield Fact("yesterd.", surprise_line(surprise, index), style="warn")
    if quiet:
        yield Fact("today", f"none of these: {', '.join(quiet)}")


def surprise_line(surprise: Surprise, index: RegionIndex) -> str:
    """`▲ incidents: 3 events in 9 reports; usually 0.4, 0 to 2 reports on 90 % of days; … 1 in 50,000: unusual`"""
    group = {"incident": Group.INCIDENT, "visit": Group.VISIT}.get(surprise.family, Group.OTHER)
    count = f"{many(surprise.events, 'event')} in {many(surprise.count, 'report')}"
    said = f"{SYMBOLS[group]} {family_words(surprise.family)}: {count}"
    if not surprise.days:
        return f"{said}; nothing to hold it against yet"
    usual = f"usually {surprise.mean:.2g}, {interval_words(surprise)}"
    verdict = "unusual" if surprise.alarm else "learning" if index.learning else "not unusual"
    return f"{said}; {usual}; chance of so many {chance_words(surprise.chance)}: {verdict}"


def chance_words(tail: float) -> str:
    """`41 %`, `1 in 50,000`, `below 1 in a million`"""
    if tail >= 0.01:
        return f"{100 * tail:.0f} %"
    odds = f"{round(float(f'{1 / tail:.2g}')):,}" if tail > 1e-6 else "a million"
    return f"{'below ' if tail <= 1e-6 else ''}1 in {odds}"


def _pairs(pairs: Sequence[tuple[str, str]], context: Context) -> Iterator[Fact]:
    """The events of the count, each with whose reports count."""
    tellers: dict[str, list[str]] = {}
    for event_id, publisher in pairs:
        tellers.setdefault(event_id, []).append(line(publisher))
    for event_id, publishers in tellers.items():
        event = context.desk.event(event_id)
        said = event_words(event, context) if event is not None else "an event"
        yield Fact("today", f"{said}: {', '.join(publishers)}", event=event_id)


def _baseline(days: Sequence[int]) -> Iterator[Fact]:
    if any(days):
        last, peak = days[-W:], max(days)
        said = f"the {many(len(last), 'day')} before, 0 to {peak} a day"
        yield Fact("today", f"{sparkline(last, peak)} {said}", cut=True)


def level_words(level: Level) -> str:
    """`143 (100 is usual): 4.3 % of what 12 publishers say today tells of conflict here, usually 3.0 %`"""
    if level.value is None:
        return f"unknown: {level.why}"
    share = f"{100 * (level.share or 0):.1f} % of what {many(level.publishers, 'publisher')} say today"
    return f"{level.value:.0f} (100 is usual): {share} tells of conflict here, usually {100 * (level.usual or 0):.1f} %"


# ------------------------------------------------------------------ who sees it, and for how long


def _coverage(index: RegionIndex, context: Context) -> Iterator[Fact]:
    coverage = index.coverage
    said = f"{coverage.fresh} of {many(coverage.feeds, 'feed')} fresh"
    blind = ": fewer than half, so the numbers are grey and say little" if coverage.blind else ""
    yield Fact("feeds", said + blind, style="warn" if coverage.blind else "")
    now = context.desk.now()
    region = next(row.region for row in context.desk.regions() if row.region.id == index.region)
    rows = context.desk.feed_rows()
    its_own = feeds_of(region, (row.feed for row in rows))
    for row in rows:
        if row.feed.id in its_own and not row.fresh:
            how = health(row.feed, row.state, now)
            last = f", last good {relative(row.state.last_success, now)}" if row.state.last_success else ""
            reason = f": {line(how.reason)}" if how.reason else ""
            mark = f"{health_symbol(how.word, row.state)} {line(row.feed.name)}"
            yield Fact("feeds", f"{mark} · {how.word}{last}{reason}", feed=row.feed.id)


def _history(index: RegionIndex) -> str:
    if index.learning:
        wait = f"learning: {index.history_days} of {LEARNING} days; until then nothing is called unusual"
        return f"{wait}. `tensionwatch backtest ARCHIVE --into STORE` seeds a history."
    return f"{many(index.history_days, 'day')}; a day is held against {W} of them, what is rare against more"
