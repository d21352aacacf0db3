"""`tensionwatch events`: what happened, each event once, last told of first. Reads without the lock."""

from __future__ import annotations

import argparse

from tensionwatch.commands.common import kind_named, read_watch, region_named, time_since
from tensionwatch.commands.starting import json_line, load_config, say
from tensionwatch.commands.told import event_line, three_counts, whole_events
from tensionwatch.model import Event, to_json


def run(args: argparse.Namespace) -> int:
    loaded, notices = load_config(args)
    region, kind = region_named(args.region, loaded), kind_named(args.kind)
    with read_watch(loaded, notices) as watch:
        told: list[Event] = []
        for event in whole_events(watch, region=region, kind=kind, since=time_since(args.since, watch.now())):
            told.append(event)
            line = f"{event_line(event, watch)}  {event.id}"
            print(json_line(to_json(event)) if args.json else line)
        if not told:
            say(f"no events{' match' if watch.events(limit=1) else f' yet in {loaded.storage.path}'}")
        elif not args.json:
            say(three_counts(watch.count_events(told)))
    return 0
