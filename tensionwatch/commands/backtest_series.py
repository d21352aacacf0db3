"""The index over an archive: its series, alarms and plots. The rules of what is counted are index/history.py's."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from tensionwatch.commands import plots
from tensionwatch.commands.tables import cell, replacing
from tensionwatch.events import Ledger, belongs
from tensionwatch.index.history import Alarm, History, Standing, standings
from tensionwatch.index.words import surprise_words
from tensionwatch.model import Article, Event, Region
from tensionwatch.rules.atlas import Atlas

INDEX, SURPRISE, ALARMS = "index.csv", "surprise.csv", "alarms.csv"
TOLD_EVERY = 1_000
"""Articles between two lines of progress."""
TITLES = 5
"""Events of an alarm whose titles are written; all are named."""

Progress = Callable[[str], None]


class Found(NamedTuple):
    """The index of all days."""

    history: History
    alarms: list[Alarm]
    standings: list[Standing]

    def of(self, region: str) -> list[Standing]:
        return [standing for standing in self.standings if standing.region == region]


def follow(
    stories: Sequence[Article],
    ledger: Ledger,
    regions: Sequence[Region],
    countries: Collection[str],
    atlas: Atlas,
    progress: Progress,
) -> Found:
    """Tell the ledger of the stories, one after the other, and see what the index says meanwhile; of `countries` too,
    each as a region of its own: what it is a party to, or what takes place there."""

    def regions_of(event: Event) -> list[str]:
        found = [region.id for region in regions if belongs(event, region, atlas.place_countries)]
        if countries:
            concerned = event.sides | (atlas.place_countries(event.place) if event.place else frozenset())
            found += [country for country in countries if country in concerned]
        return found

    def told() -> Iterator[Article]:
        for number, story in enumerate(stories):
            if not number % TOLD_EVERY:
                progress(f"events and index: {number:,} of {len(stories):,} articles")
            yield story

    history = History([*(region.id for region in regions), *countries], regions_of, ledger.told.ranks)
    found = Found(history, [], [])
    for each in standings(told(), lambda story: ledger.update((story,)), history):
        found.alarms.append(each) if isinstance(each, Alarm) else found.standings.append(each)
    return found


# ------------------------------------------------------------------ files


def write(out: Path, found: Found, regions: Sequence[Region], titles: Mapping[str, str], progress: Progress) -> None:
    """The three tables, and a plot of each region. Raises OSError."""
    shown = {region.id for region in regions}
    rows = [standing for standing in found.standings if standing.region in shown]
    alarms = [alarm for alarm in found.alarms if alarm.region in shown]
    _table(out / INDEX, ("date", "region", "conflict", "cooperation", "level", "share", "publishers"), map(_row, rows))
    _table(
        out / SURPRISE,
        ("date", "region", "family", "count", "events", "days", "mean", "low", "high", "tail", "clumped", "alarm"),
        (row for standing in rows for row in _surprises(standing)),
    )
    _table(
        out / ALARMS,
        ("time", "region", "family", "count", "tail", "clumped", "words", "events", "titles"),
        (_alarm(alarm, titles) for alarm in alarms),
    )
    for region in regions:
        progress(f"plotting {region.name}")
        if found.standings:
            with replacing(out / f"plot-{region.id}.svg") as file:
                file.write(plots.svg(drawn(found, region.id, region.name)))


def _table(path: Path, columns: Sequence[str], rows: Iterator[Sequence[object]]) -> None:
    with replacing(path) as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(columns)
        table.writerows([cell(value) for value in row] for row in rows)


def _row(at: Standing) -> Sequence[object]:
    level, share = at.level.value, at.level.share
    return (
        at.day, at.region, f"{at.conflict:.4f}", f"{at.cooperation:.4f}", None if level is None else f"{level:.1f}",
        None if share is None else f"{share:.5f}", at.level.publishers,
    )  # fmt: skip


def _surprises(at: Standing) -> Iterator[Sequence[object]]:
    for each in at.surprises:
        yield (
            each.day, at.region, each.family, each.count, each.events, each.days, f"{each.mean:.3f}", each.low,
            each.high, f"{each.tail:.3g}", f"{each.clumped:.3g}", int(each.alarm),
        )  # fmt: skip


def _alarm(alarm: Alarm, titles: Mapping[str, str]) -> Sequence[object]:
    told = " | ".join(titles[each.article] for each in alarm.behind[:TITLES])
    found = alarm.surprise
    return (
        alarm.at, alarm.region, found.family, found.count, f"{found.tail:.3g}", f"{found.clumped:.3g}",
        surprise_words(found), " ".join(each.event for each in alarm.behind), told,
    )  # fmt: skip


def drawn(found: Found, region: str, name: str) -> plots.Drawn:
    rows = found.of(region)
    days: set[date] = {alarm.at.date() for alarm in found.alarms if alarm.region == region}
    return plots.Drawn(
        name,
        [row.day for row in rows],
        [row.conflict for row in rows],
        [row.cooperation for row in rows],
        [row.level.share for row in rows],
        sorted(days),
    )
