"""`tensionwatch feeds add`: find the feed behind an address, look at it, write it into the configuration."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
from collections.abc import Iterator, Sequence

import msgspec

from tensionwatch.clock import SystemClock
from tensionwatch.commands.common import BadOption
from tensionwatch.commands.feeds_common import (
    Ids,
    address_fault,
    bare_feed,
    edit_feeds,
    editable,
    is_address,
    loaded_text,
    refuse_known,
)
from tensionwatch.commands.starting import say
from tensionwatch.config import Config, registrable_domain
from tensionwatch.config_edit import Table, line_of, with_feeds
from tensionwatch.config_schema import same_address
from tensionwatch.discovery import Candidate, usual_places
from tensionwatch.errors import TensionwatchError
from tensionwatch.feeds.advice import advice
from tensionwatch.feeds.credentials import asked_at, same_origin, shown, taken_apart
from tensionwatch.feeds.environment import check_environment
from tensionwatch.feeds.look import Look, Looker
from tensionwatch.model import Feed
from tensionwatch.sanitise import visible
from tensionwatch.units import parse_duration
from tensionwatch.words import counted

_MAX_NAME = 80
_DEFAULT_LANG = "en"


class NoFeed(TensionwatchError):
    """There is no feed at the address, or more than one."""


def run(args: argparse.Namespace) -> int:
    _check_interval(args.interval)
    path, missing = editable(args)
    loaded, text = loaded_text(path, missing)
    url = _whole(args.url)
    feed = bare_feed(url, allow_private=args.allow_private)
    url, login = taken_apart(url)
    refuse_known(url, loaded.feeds, text, path)
    feed = msgspec.structs.replace(feed, url=url, auth=login)
    look = asyncio.run(_found(feed, loaded, args.pick))
    address = look.moved_for_good or look.feed.url
    table: Table = {}

    def edit(text: str, now: Config) -> str:
        refuse_known(address, now.feeds, text, path)
        table.update(_table(args, look, address, now))
        return with_feeds(text, [table])

    done, before = edit_feeds(path, missing, edit, dry_run=args.dry_run)
    _say_advice(look)
    if not args.dry_run:
        line = line_of(done.after, len(before.feeds))
        print(f"added '{table['id']}' ({_told(look)}) to {path}{f':{line}' if line else ''}")
    return 0


def _say_advice(look: Look) -> None:
    for words in advice(look):
        if not words.startswith("moved for good"):  # its new address is the one that is added
            say(f"advice: {words}")


def _check_interval(text: str | None) -> None:
    try:
        parse_duration(text or "1h")
    except ValueError as error:
        raise BadOption(f"--interval: {error}; a duration is such as 15m or 2h") from None


def _whole(url: str) -> str:
    """`example.org/news` is said for `https://example.org/news`."""
    bare = not is_address(url) and re.fullmatch(r"[\w-]+(\.[\w-]+)+(:\d+)?(/.*)?", url)
    return f"https://{url}" if bare else url


def _told(look: Look) -> str:
    contents = look.contents
    words = (contents.title, contents.format, counted(contents.entries, "item"), shown(look.url))
    return ", ".join(visible(word) for word in words if word)


# ------------------------------------------------------------------ which feed


async def _found(feed: Feed, loaded: Config, pick: int | None) -> Look:
    """A look at the feed that is meant. Raises NoFeed, BadOption, IngestError."""
    check_environment(os.environ)
    async with Looker(loaded.poll, SystemClock()) as looker:
        look = await looker.look(feed)
        if look.contents.good:
            return look
        if not look.contents.page:
            _say_advice(look)
            raise NoFeed(f"{shown(feed.url)}: {visible(look.contents.reason or 'no feed')}")
        named = [one for one in look.contents.candidates if not address_fault(one.url)]
        if not named:
            return await _in_usual_place(looker, feed, look)
        chosen = _picked(named, pick, loaded.feeds, feed.url)
        found = await looker.look(asked_at(feed, chosen.url))
    if not found.contents.good:
        raise NoFeed(f"{shown(chosen.url)}, which the page names: {visible(found.contents.reason or 'no feed')}")
    say(f"{shown(feed.url)} is a page; its feed is {shown(chosen.url)}")
    return found


def _picked(named: Sequence[Candidate], pick: int | None, feeds: Sequence[Feed], url: str) -> Candidate:
    if pick is not None and pick > len(named):
        raise BadOption(f"--pick: {shown(url)} names {counted(len(named), 'feed')}, no more")
    if pick is not None or len(named) == 1:
        return named[(pick or 1) - 1]
    there = {same_address(feed.url): feed.id for feed in feeds}
    for line in _choices(named, there):
        say(line)
    raise NoFeed(f"{shown(url)} names {len(named)} feeds: choose one with --pick N")


def _choices(named: Sequence[Candidate], there: dict[tuple[str, str, str], str]) -> Iterator[str]:
    for number, one in enumerate(named, 1):
        known = there.get(same_address(one.url))
        told = (one.kind, shown(one.url), visible(one.name), f"(already there: '{known}')" if known else "")
        yield f"{number:>3}  {'  '.join(filter(None, told))}"


async def _in_usual_place(looker: Looker, feed: Feed, page: Look) -> Look:
    """Where most sites have theirs, asked one after the other. Raises NoFeed."""
    say(f"{shown(feed.url)} is a page that names no feed: trying the usual places")
    for place in usual_places(page.url):
        look = await looker.look(asked_at(feed, place))
        if look.contents.good:
            say(f"its feed is {shown(place)}")
            return look
    raise NoFeed(f"{shown(feed.url)} is a page that names no feed, and there is none in the usual places")


# ------------------------------------------------------------------ how it is written


def _table(args: argparse.Namespace, look: Look, url: str, now: Config) -> Table:
    contents = look.contents
    name = args.name or " ".join(visible(contents.title or "").split())[:_MAX_NAME].strip()
    table: Table = {
        "id": args.id or Ids(feed.id for feed in now.feeds).take(name, url),
        "url": url,
    }
    if name:
        table["name"] = name
    table["publisher"] = args.publisher or registrable_domain(url)
    lang = args.lang or contents.lang or _DEFAULT_LANG
    if args.lang or lang.partition("-")[0] != _DEFAULT_LANG:  # rules go by the first part
        table["lang"] = lang
    if args.tag:
        table["tags"] = list(dict.fromkeys(args.tag))
    if args.interval:
        table["interval"] = args.interval
    if args.allow_private:
        table["allow_private"] = True
    if look.feed.auth and same_origin(url, look.feed.url):
        table["auth"] = {"user": look.feed.auth.user, "password": look.feed.auth.password}
    return table
