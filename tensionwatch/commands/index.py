"""`tensionwatch index`: how tense each region is, and whether that is unusual. Reads without the lock."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator

from tensionwatch.commands.common import read_watch, region_named
from tensionwatch.commands.starting import json_line, load_config, say
from tensionwatch.commands.told import at, event_line
from tensionwatch.exchange import ArticleQuery, RegionRow
from tensionwatch.index.records import Coverage, Explained, Level, RegionIndex, Surprise, Weighed
from tensionwatch.index.surprise import W
from tensionwatch.index.words import family_words, interval_words, words
from tensionwatch.model import to_json
from tensionwatch.sanitise import visible
from tensionwatch.watch import Watch
from tensionwatch.words import counted

_HEAD = ("region", "conflict", "cooperation", "level", "coverage", "today")
_FIGURES = frozenset({"conflict", "cooperation", "level"})
"""Columns that are set to the right."""


def run(args: argparse.Namespace) -> int:
    loaded, notices = load_config(args)
    wanted = region_named(args.region, loaded)
    with read_watch(loaded, notices) as watch:
        if not watch.article_ids(ArticleQuery()):
            say(f"no articles yet in {loaded.storage.path}")
        found = [index for index in watch.index() if wanted in (None, index.region)]
        explained = [watch.explain(index.region) for index in found] if args.explain else []
        if args.json:
            for record in explained or found:
                index = record if isinstance(record, RegionIndex) else record.index
                print(json_line(to_json(record) | {"words": words(index)}))
            return 0
        names = {row.region.id: row for row in watch.regions()}
        if args.explain:
            print("\n\n".join("\n".join(_opened(each, names[each.index.region], watch)) for each in explained))
        else:
            print("\n".join(_table(found, names)))
        for line in _doubts(found):
            say(line)
    return 0


# ------------------------------------------------------------------ one line each


def _table(found: Iterable[RegionIndex], names: dict[str, RegionRow]) -> Iterator[str]:
    rows = [_HEAD, *(_row(index, names[index.region]) for index in found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            f"{cell:>{width}}" if name in _FIGURES else f"{cell:<{width}}"
            for name, cell, width in zip(_HEAD, row, widths, strict=True)
        ]
        yield "  ".join(cells).rstrip()


def _row(index: RegionIndex, row: RegionRow) -> tuple[str, ...]:
    return (
        visible(row.region.name), f"{index.conflict:.2f}", f"{index.cooperation:.2f}", _level(index.level),
        _coverage(index.coverage), words(index),
    )  # fmt: skip


def _level(level: Level) -> str:
    return "unknown" if level.value is None else f"{level.value:.0f}"


def _coverage(coverage: Coverage) -> str:
    return f"{coverage.fresh} of {coverage.feeds}" + (", blind" if coverage.blind else "")


def _doubts(found: list[RegionIndex]) -> Iterator[str]:
    """What to think of the numbers, each thing once."""
    if blind := [index for index in found if index.coverage.blind]:
        which = "all of them" if len(blind) == len(found) > 1 else ", ".join(index.region for index in blind)
        yield (
            f"blind: {which}. Fewer than half of the feeds have succeeded lately: the numbers say what the store has, "
            "not what happens"
        )
        if not any(index.coverage.fresh for index in found):
            yield "no feed is fresh: 'poll' or the screen asks them, an archive (backtest --into) does not"
    reasons = Counter(index.level.why for index in found if index.level.value is None)
    for why, times in reasons.items():
        where = f" in {counted(times, 'region')}" if times > 1 else ""
        yield f"level unknown{where}: {why}"


# ------------------------------------------------------------------ all of it


def _opened(explained: Explained, row: RegionRow, watch: Watch) -> Iterator[str]:
    """Every number, and what it is made of."""
    index = explained.index
    yield f"{visible(row.region.name)} ({index.region}), {at(index.at)}: {words(index)}"
    yield f"coverage: {_coverage(index.coverage)}; so many of its feeds have succeeded lately"
    yield f"history: {counted(index.history_days, 'day')} with news, of the {W} that a day is held against"
    for name, total, parts, rest in (
        ("conflict", index.conflict, explained.conflict, explained.rest),
        ("cooperation", index.cooperation, explained.cooperation, explained.cooperation_rest),
    ):
        yield f"{name} {total:.3f}" + (", weight × credence × decay of" if parts else "")
        yield from (f"  {_part(each, watch)}" for each in parts)
        if rest >= 0.0005:
            yield f"  {rest:.3f}  of what is older"
    yield f"trend of conflict, every half day: {' '.join(f'{value:.2f}' for value in index.trend)}"
    yield f"level {_level(index.level)}: {_level_words(index.level)}"
    for publisher, (telling, articles) in explained.publishers.items():
        yield f"  {telling:>3} of {articles:>4}  {visible(publisher)}"
    for surprise in index.surprises:
        yield from _surprise(surprise, explained, watch)


def _part(part: Weighed, watch: Watch) -> str:
    """`0.530 = 0.72 × 0.875 × 0.841  3b…  2026-03-01 14:05Z  incident  PRK→KOR …`"""
    event = watch.event(part.event)
    told = "" if event is None else f"  {event_line(event, watch)}"
    return f"{part.part:.3f} = {part.weight:.2f} × {part.credence:.3f} × {part.decay:.3f}  {part.event}{told}"


def _level_words(level: Level) -> str:
    if level.share is None or level.usual is None:
        return level.why
    told = (
        f"{level.share:.1%} of today's articles tell of conflict here, usually {level.usual:.1%}; "
        f"over {counted(level.publishers, 'publisher')}"
    )
    return f"{told}; {level.why}" if level.why else told


def _surprise(surprise: Surprise, explained: Explained, watch: Watch) -> Iterator[str]:
    """Of a family of which there is nothing to say, one line."""
    pairs, days = explained.pairs[surprise.family], explained.days[surprise.family][-surprise.days :]
    yield (
        f"{family_words(surprise.family)} today: {counted(surprise.events, 'event')}, "
        f"{counted(surprise.count, 'report')} by independent publishers; {interval_words(surprise)}, "
        f"mean {surprise.mean:.2f}; chance of so many {surprise.tail:.2g}, in clumps {surprise.clumped:.2g}"
        f"{': an alarm' if surprise.alarm else ''}"
    )
    voices: dict[str, list[str]] = {}
    for event_id, publisher in pairs:
        voices.setdefault(event_id, []).append(visible(publisher))
    for event_id, names in voices.items():
        event = watch.event(event_id)
        yield f"  {event_id}" + ("" if event is None else f"  {event_line(event, watch)}")
        yield f"      today first by {', '.join(names)}"
    if any(days):
        yield f"  {counted(len(days), 'day')} before: {' '.join(map(str, days))}"
