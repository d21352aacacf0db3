"""`tensionwatch feeds remove`: take a feed out of the configuration; what it has brought stays in the store."""

from __future__ import annotations

import argparse

from tensionwatch.commands.feeds_common import edit_feeds, editable, feed_named
from tensionwatch.commands.starting import say
from tensionwatch.config import Config
from tensionwatch.config_edit import without_feed
from tensionwatch.feeds.credentials import shown
from tensionwatch.model import Feed


def run(args: argparse.Namespace) -> int:
    path, missing = editable(args)
    gone: list[Feed] = []

    def edit(text: str, now: Config) -> str:
        gone[:] = [feed_named(args.feed, now.feeds)]
        return without_feed(text, now.feeds.index(gone[0]))

    edit_feeds(path, missing, edit, dry_run=args.dry_run)
    if not args.dry_run:
        (feed,) = gone
        print(f"removed '{feed.id}' ({shown(feed.url)}) from {path}")
        say("its articles stay in the store for as long as others do; a feed of the same id takes them up again")
    return 0
