"""`tensionwatch pair`: conflict and cooperation of two countries, side by side, never netted. Without the lock."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator

from tensionwatch.commands.common import BadOption, did_you_mean, read_watch, time_since
from tensionwatch.commands.starting import json_line, load_config
from tensionwatch.commands.told import event_line
from tensionwatch.events.pairs import Book, Column
from tensionwatch.model import Event, Kind, to_json
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.watch import Watch
from tensionwatch.words import KIND_WORDS, counted

WIDE = 46
"""Columns of the left side."""
CLOSE = 2
"""Letters that a mistyped code shares with the one that was meant."""


def run(args: argparse.Namespace) -> int:
    one, other = country_named(args.one), country_named(args.other)
    if one == other:
        raise BadOption(f"pair: '{args.one}' and '{args.other}' are the same country; a pair has two")
    loaded, notices = load_config(args)
    with read_watch(loaded, notices) as watch:
        book = watch.book(one, other, time_since(args.since, watch.now()))
        if args.json:
            behind = _events(watch, (*book.conflict.ids, *book.cooperation.ids, *book.pending))
            print(json_line(to_json(book) | {"events": list(map(to_json, behind))}))
        else:
            print("\n".join(_lines(book, watch, args.since)))
    return 0


def country_named(wanted: str, command: str = "pair") -> str:
    """The code of a code or name, whatever its case. Raises BadOption."""
    atlas = load_atlas()
    names = {country.casefold(): country for country in atlas.countries}
    names |= {atlas.country_name(country).casefold(): country for country in atlas.countries}
    if (found := names.get(wanted.strip().casefold())) is not None:
        return found
    code = max(sorted(atlas.countries), key=lambda country: _alike(country, wanted.upper()))
    near = f"; did you mean '{code}'?" if len(wanted) <= 4 and _alike(code, wanted.upper()) >= CLOSE else ""
    near = near or did_you_mean(wanted.title(), sorted(map(atlas.country_name, atlas.countries)))
    raise BadOption(
        f"{command}: no country '{wanted}'" + (near or "; countries go by ISO 3166 codes, such as RUS, PRK, KOR")
    )


def _alike(code: str, wanted: str) -> int:
    """Letters that two codes share in the same place: `RUZ` is nearer to RUS than to UZB."""
    return sum(a == b for a, b in zip(code, wanted, strict=False))


def _events(watch: Watch, ids: Iterable[str]) -> Iterator[Event]:
    yield from (event for event in map(watch.card, ids) if event is not None)


def _lines(book: Book, watch: Watch, since: str | None) -> Iterator[str]:
    names = " and ".join(f"{watch.country_name(side)} ({side})" for side in book.pair)
    yield f"{names}{f', last {since}' if since else ', as far back as there are articles'}"
    sides = (("conflict", book.conflict), ("cooperation", book.cooperation))
    rows = [[name, *_column(column)] for name, column in sides]
    yield from (f"  {left:<{WIDE}}  {right}" for left, right in zip(*rows, strict=True))
    if book.kinds:
        listed = sorted(book.kinds.items(), key=lambda kind: (-kind[1], kind[0]))
        yield "  kinds: " + ", ".join(f"{KIND_WORDS[Kind(kind)]} {number}" for kind, number in listed)
    listed_ids = (*[(name, c.ids) for name, c in sides], ("not happened, in no sum", book.pending))
    for name, ids in listed_ids:
        if ids:
            yield f"{name}:"
            yield from (f"  {event.id}  {event_line(event, watch)}" for event in _events(watch, ids))


def _column(column: Column) -> tuple[str, str]:
    """The three counts, and the weight on the Goldstein scale."""
    counts = (
        counted(column.events, "event"), counted(column.reports, "report"), counted(column.publishers, "publisher")
    )  # fmt: skip
    return " · ".join(counts), f"weight {column.weight:+.1f}" if column.events else "weight 0"
