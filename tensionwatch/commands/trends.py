"""`tensionwatch trends`: how much happened, or how tense it was, over a day to a year. Reads without the lock."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from datetime import tzinfo

from tensionwatch.alerts.hours import zone
from tensionwatch.charting import Measure, lines, panels, plot, table, whole_words
from tensionwatch.commands.common import BadOption, did_you_mean, read_watch, region_named
from tensionwatch.commands.pair import country_named
from tensionwatch.commands.starting import json_line, load_config, say
from tensionwatch.config import Config
from tensionwatch.model import to_json
from tensionwatch.sanitise import visible
from tensionwatch.series import Pair, Series, Span, Subject, edges
from tensionwatch.watch import Watch

WIDEST, NARROWEST = 120, 40
"""Columns of a drawing."""
ROWS = 8
"""Lines of each of its panels."""
SHORT = {"events": Measure.EVENTS, "sides": Measure.SIDES, "intensity": Measure.INTENSITY}
"""How what is measured is named."""


def run(args: argparse.Namespace) -> int:
    measure, span = measure_named(args.measure), span_named(args.span)
    loaded, notices = load_config(args)
    subject = subject_named(args.region, args.pair, loaded)
    here = zone(loaded.ui.timezone)
    with read_watch(loaded, notices) as watch:
        series = watch.series(subject, edges(span, watch.now(), here))
        if series.since is None:
            say(f"no articles yet in {loaded.storage.path}")
        if args.json:
            print(json_line({"of": subject, "span": span.value} | to_json(series)))
        elif args.table:
            print("\n".join(table(series)))
        else:
            print("\n".join(_drawn(series, _name(subject, watch), measure, span, here)))
    return 0


def subject_named(region: str | None, pair: str | None, loaded: Config) -> Subject:
    """What --region or --pair says, one of which there must be. Raises BadOption."""
    if pair is not None and region is None:
        return pair_named(pair)
    found = region_named(region, loaded)
    if found is None or pair is not None:
        raise BadOption("trends: of one region (--region korea) or of one pair (--pair PRK-KOR)")
    return found


def measure_named(name: str) -> Measure:
    """What --measure says. Raises BadOption."""
    if name in SHORT:
        return SHORT[name]
    raise BadOption(f"--measure: no '{name}'; there are {', '.join(SHORT)}{did_you_mean(name, SHORT)}")


def span_named(name: str) -> Span:
    """What --span says. Raises BadOption."""
    if name in set(Span):
        return Span(name)
    raise BadOption(f"--span: no '{name}'; there are {', '.join(Span)}")


def pair_named(name: str) -> Pair:
    """What --pair says: two codes or names with a hyphen between them. Raises BadOption."""
    one, hyphen, other = name.partition("-")
    if not hyphen:
        raise BadOption(f"--pair: '{name}' is no pair; one is such as PRK-KOR")
    found = sorted((country_named(one, "--pair"), country_named(other, "--pair")))
    if found[0] == found[1]:
        raise BadOption(f"--pair: '{name}' is the same country twice; a pair has two")
    return found[0], found[1]


def _name(subject: Subject, watch: Watch) -> str:
    if isinstance(subject, str):
        return visible(watch.names.regions[subject])
    return " – ".join(visible(watch.country_name(country)) for country in subject)


def _drawn(series: Series, name: str, measure: Measure, span: Span, here: tzinfo | None) -> Iterator[str]:
    """As on the screen; in ASCII where the output knows no other characters."""
    plain = not (sys.stdout.encoding or "").lower().startswith("utf")
    since = f" · watched since {series.since.astimezone(here):%d %b %Y}" if series.since is not None else ""
    per = "" if measure is Measure.INTENSITY else f" per {span.step}"
    width = max(NARROWEST, min(shutil.get_terminal_size().columns, WIDEST))
    drawn = plot(listed := panels(series, measure), span.step, width, ROWS * len(listed) + 1, plain=plain)
    heading = f"{name} · {measure.value}{per} · {whole_words(series, here)}{since}"
    laid_out = lines(drawn, series, span, here, width, plain=plain)
    for line in (heading, *("".join(text for text, _ in runs).rstrip() for runs in laid_out)):
        yield _ascii(line) if plain else line


def _ascii(text: str) -> str:
    return text.replace("·", "-").replace("–", "-").replace("’", "'").encode("ascii", "replace").decode("ascii")
