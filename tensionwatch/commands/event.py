"""`tensionwatch event`: the card of one event. Reads without the lock."""

from __future__ import annotations

import argparse
from typing import Any

import msgspec

from tensionwatch.commands.common import BadOption, did_you_mean, read_watch
from tensionwatch.commands.starting import json_line, load_config
from tensionwatch.commands.told import ALL, card_lines
from tensionwatch.model import Event, to_json
from tensionwatch.watch import Watch

SHOWN = 5
"""Ids named where a prefix has several."""


def run(args: argparse.Namespace) -> int:
    loaded, notices = load_config(args)
    with read_watch(loaded, notices) as watch:
        event = event_named(args.id, watch)
        if args.json:
            print(json_line(_card(event, watch)))
        else:
            print("\n".join(card_lines(event, watch)))
    return 0


def event_named(wanted: str, watch: Watch, command: str = "event") -> Event:
    """The event of an id, an older id, or the beginning of one. Raises BadOption."""
    if (event := watch.card(wanted)) is not None:
        return event
    ids = {name: each.id for each in watch.events(limit=ALL) for name in (each.id, *each.aliases)}
    found = sorted({event_id for name, event_id in ids.items() if wanted and name.startswith(wanted)})
    if len(found) > 1:
        more = f" and {len(found) - SHOWN:,} more" if len(found) > SHOWN else ""
        raise BadOption(f"{command}: '{wanted}' is the beginning of several: {', '.join(found[:SHOWN])}{more}")
    event = watch.card(found[0]) if found else None
    if event is None:
        near = did_you_mean(wanted, ids) or "; 'tensionwatch events' lists them with their ids"
        raise BadOption(f"{command}: no event '{wanted}'{near}")
    return event


def _card(event: Event, watch: Watch) -> dict[str, Any]:
    """The record, and beside it what follows from it."""
    articles = (watch.article(article_id) for article_id in event.articles)
    return {
        **to_json(event),
        "life": [msgspec.to_builtins(step._asdict()) for step in watch.life(event)],
        "strains": [to_json(strain) for strain in watch.strains(event)],
        "told_by": [to_json(article) for article in articles if article is not None],
    }
