"""`tensionwatch feeds import` and `feeds export`: lists of feeds for, and from, other readers."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from tensionwatch.commands.feeds_common import Ids, address_fault, edit_feeds, editable
from tensionwatch.commands.starting import load_config, say
from tensionwatch.commands.store import refuse_existing
from tensionwatch.config import Config, registrable_domain, replace_file
from tensionwatch.config_edit import Table, with_feeds
from tensionwatch.config_schema import same_address
from tensionwatch.errors import TensionwatchError
from tensionwatch.feeds.address import PrivateAddress, check_name
from tensionwatch.feeds.credentials import taken_apart
from tensionwatch.opml import MAX_SIZE, NotOpml, Outline, read, write
from tensionwatch.sanitise import visible, without_user
from tensionwatch.units import MINUTE, WEEK, parse_duration
from tensionwatch.words import counted

_LANG = re.compile(r"([A-Za-z]{2,3})((?:-[A-Za-z0-9]{1,8})*)")
_SCHEME = re.compile(r"\s*(?:\||[a-z][a-z0-9+.-]*:)", re.IGNORECASE)
_LONGEST = 4 * WEEK
_MAX_SHOWN = 100


class BadFile(TensionwatchError):
    """The file is no list of feeds, or cannot be read or written."""


class Sorted(NamedTuple):
    """What a list holds, beside what is configured."""

    added: list[Table]
    there: list[str]
    refused: list[str]
    """In words for the user."""


def run(args: argparse.Namespace) -> int:
    return _import(args) if args.action == "import" else _export(args)


# ------------------------------------------------------------------ import


def _import(args: argparse.Namespace) -> int:
    path, missing = editable(args)
    outlines = _outlines(args.file)
    found: list[Sorted] = []

    def edit(text: str, now: Config) -> str:
        found[:] = [sort_out(outlines, now)]
        return with_feeds(text, found[0].added)

    edit_feeds(path, missing, edit, dry_run=args.dry_run)
    (sums,) = found
    for label, lines in (("already there", sums.there), ("refused", sums.refused)):
        for line in lines:
            say(f"{label}: {line}")
    told = f"{len(sums.added)} added, {len(sums.there)} already there, {len(sums.refused)} refused"
    print(f"{args.file}: {counted(len(outlines), 'feed')}: {told}")
    return int(bool(sums.refused))


def _outlines(file: str) -> tuple[Outline, ...]:
    try:
        if file == "-":
            return read(sys.stdin.buffer.read(MAX_SIZE + 1))
        with Path(file).open("rb") as opened:
            return read(opened.read(MAX_SIZE + 1))
    except OSError as error:
        raise BadFile(f"{file}: cannot be read: {error.strerror}") from None
    except NotOpml as error:
        raise BadFile(f"{file}: not a list of feeds: {visible(str(error))}") from None


def sort_out(outlines: tuple[Outline, ...], now: Config) -> Sorted:
    """What of a list is new, known, or nothing that this program would ask."""
    known = {same_address(without_user(feed.url)): feed.id for feed in now.feeds}
    ids = Ids(feed.id for feed in now.feeds)
    sums = Sorted([], [], [])
    for outline in outlines:
        called = f"'{outline.name}' " if outline.name else ""
        if why := _refusal(outline.url):
            sums.refused.append(f"{called}{why}")
            continue
        there = known.get(same_address(without_user(outline.url)))
        if there is not None:
            sums.there.append(f"{called}{visible(without_user(outline.url))} (as '{there}')")
            continue
        table = _table(outline, ids)
        sums.added.append(table)
        known[same_address(without_user(outline.url))] = table["id"]
    return sums


def _refusal(url: str) -> str:
    """Why this is not to be asked; empty where it may be. What other readers take for a command is none here."""
    if _SCHEME.match(url) and not url.lower().startswith(("http:", "https:")):
        return f"{visible(url[:_MAX_SHOWN])}: only http and https are fetched, and nothing is ever run"
    if wrong := address_fault(url):
        return wrong
    try:
        check_name(urlsplit(url).hostname or "")
    except PrivateAddress:
        return f"{visible(without_user(url))}: a private address; 'tensionwatch feeds add --allow-private' takes it"
    return ""


def _table(outline: Outline, ids: Ids) -> Table:
    own = outline.own
    url, login = taken_apart(outline.url)
    table: Table = {"id": ids.take(outline.name, url, own.get("id", "")), "url": url}
    if outline.name:
        table["name"] = outline.name
    table["publisher"] = " ".join(visible(own.get("publisher", "")).split()) or registrable_domain(url)
    if (lang := _LANG.fullmatch(outline.lang)) and lang[0].lower() != "en":
        table["lang"] = lang[1].lower() + lang[2]
    if outline.tags:
        table["tags"] = list(outline.tags)
    if login:
        table["auth"] = {"user": login.user, "password": login.password}
    table |= dict(_own(own))
    return table


def _own(own: dict[str, str]) -> Iterator[tuple[str, object]]:
    """What else this program has written of it, where it makes sense."""
    interval = own.get("interval", "")
    try:
        if MINUTE <= parse_duration(interval) <= _LONGEST:
            yield "interval", interval
    except ValueError:
        pass  # written by a hand: the default serves
    if own.get("enabled") == "false":
        yield "enabled", False


# ------------------------------------------------------------------ export


def _export(args: argparse.Namespace) -> int:
    loaded, notices = load_config(args)
    for notice in notices:
        say(notice)
    data = write(loaded.feeds)
    if users := sum(without_user(feed.url) != feed.url for feed in loaded.feeds):
        say(f"left out: user and password in the addresses of {counted(users, 'feed')}")
    if args.file == "-":
        sys.stdout.buffer.write(data)
        return 0
    target = Path(args.file)
    refuse_existing(target, force=args.force)
    try:
        replace_file(Path(os.path.realpath(target)), data)
    except OSError as error:
        raise BadFile(f"{target}: cannot be written: {error.strerror}") from None
    print(f"{target}: {counted(len(loaded.feeds), 'feed')}")
    return 0
