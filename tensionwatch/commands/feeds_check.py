"""`tensionwatch feeds check`: what is behind the feeds' addresses now, and what could be better. Keeps nothing."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Iterator, Sequence
from typing import Any

from tensionwatch.clock import SystemClock
from tensionwatch.commands.common import BadOption, telling
from tensionwatch.commands.feeds_common import bare_feed, feed_named, is_address
from tensionwatch.commands.starting import iso_time, json_line, load_config, say
from tensionwatch.config import Config
from tensionwatch.config_schema import same_address
from tensionwatch.feeds.advice import advice
from tensionwatch.feeds.credentials import shown
from tensionwatch.feeds.environment import check_environment
from tensionwatch.feeds.headers import floor_of
from tensionwatch.feeds.look import Look, Looker
from tensionwatch.model import Feed
from tensionwatch.sanitise import visible, without_user
from tensionwatch.units import about_words, format_duration
from tensionwatch.words import counted

_CACHE_HEADERS = ("etag", "last-modified", "cache-control", "expires")
_MAX_VALUE = 200


def run(args: argparse.Namespace) -> int:
    loaded, notices = load_config(args)
    for notice in notices:
        say(notice)
    feeds = _chosen(args, loaded)
    looks = asyncio.run(_look_at(feeds, loaded, args.json))
    good = sum(look.contents.good for look in looks)
    if not args.json:
        say(f"{counted(len(looks), 'feed')}: {good} good, {len(looks) - good} not")
    return int(good < len(looks))


def _chosen(args: argparse.Namespace, loaded: Config) -> list[Feed]:
    """Those that are named; else all that are polled. Raises BadOption."""
    if args.feed:
        return [_named(word, loaded, args.allow_private) for word in dict.fromkeys(args.feed)]
    if off := sum(not feed.enabled for feed in loaded.feeds):
        say(f"left out: {counted(off, 'feed')} that the configuration disables")
    if not (feeds := [feed for feed in loaded.feeds if feed.enabled]):
        raise BadOption("feeds check: no feed is configured; name an address, or 'tensionwatch feeds add' one")
    return feeds


def _named(word: str, loaded: Config, allow_private: bool) -> Feed:
    if not is_address(word):
        return feed_named(word, loaded.feeds)
    meant = same_address(without_user(word))
    configured = (feed for feed in loaded.feeds if same_address(without_user(feed.url)) == meant)
    return next(configured, None) or bare_feed(word, allow_private=allow_private)


async def _look_at(feeds: Sequence[Feed], loaded: Config, as_json: bool) -> list[Look]:
    """Look at all, and tell each as soon as those before it are told."""
    check_environment(os.environ)
    progress, done = telling("checking", "feeds"), 0

    async def one(looker: Looker, feed: Feed) -> Look:
        nonlocal done
        look = await looker.look(feed)
        done += 1
        progress(done)
        return look

    looks = []
    async with Looker(loaded.poll, SystemClock()) as looker, asyncio.TaskGroup() as group:
        for task in [group.create_task(one(looker, feed)) for feed in feeds]:
            looks.append(await task)
            told = [json_line(report(looks[-1]))] if as_json else lines(looks[-1])
            print("\n".join(told), flush=True)
    return looks


# ------------------------------------------------------------------ in words


def lines(look: Look) -> Iterator[str]:
    """What was seen, a few lines, and the advice."""
    feed, contents = look.feed, look.contents
    yield f"{'good' if contents.good else 'BAD ':<4}  {' '.join(filter(None, (feed.id, shown(feed.url))))}"
    told = (
        ("", "" if contents.good else visible(contents.reason or "")),
        ("answer", _answer(look)),
        ("moved", " → ".join(f"{hop.status} {shown(hop.url)}" for hop in look.hops) if len(look.hops) > 1 else ""),
        ("feed", _feed(look) if contents.good else ""),
        ("cache", _cache(look) if contents.good else ""),
        ("doubt", visible(contents.reason or "") if contents.good else ""),
        *(("names", f"{shown(one.url)}  {one.kind}  {visible(one.name)}".rstrip()) for one in contents.candidates),
        *(("advice", words) for words in advice(look)),
    )
    for label, words in told:
        if words:
            yield f"      {label:<8}{words}" if label else f"      {words}"


def _answer(look: Look) -> str:
    if not look.hops:
        return ""
    kind = visible(look.header.get("content-type", "")[:_MAX_VALUE])
    size = f"{look.size:,} bytes in {look.elapsed:.2f} s" if look.size else ""
    return ", ".join(filter(None, (f"HTTP {look.hops[-1].status}", kind, size)))


def _feed(look: Look) -> str:
    contents = look.contents
    newest = "undated"
    if contents.newest is not None:
        newest = (
            f"newest {contents.newest:%Y-%m-%d %H:%MZ}, {about_words((look.at - contents.newest).total_seconds())} ago"
        )
    words = (contents.format, counted(contents.entries, "item"), newest, contents.lang)
    return ", ".join(visible(word) for word in words if word)


def _cache(look: Look) -> str:
    said = [f"{name}: {visible(look.header[name][:_MAX_VALUE])}" for name in _CACHE_HEADERS if name in look.header]
    if look.contents.feed_floor:
        said.append(f"the feed itself: every {format_duration(look.contents.feed_floor)} at most")
    if look.contents.skip_hours:
        said.append(f"skips hours {', '.join(map(str, look.contents.skip_hours))} UTC")
    if look.contents.skip_days:
        said.append(f"skips {', '.join(_DAYS[day] for day in look.contents.skip_days)}")
    return "; ".join(said) or "nothing said"


_DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


# ------------------------------------------------------------------ as JSON


def report(look: Look) -> dict[str, Any]:
    contents, header = look.contents, look.header
    newest = contents.newest
    return {
        "id": look.feed.id or None,
        "url": shown(look.feed.url),
        "good": contents.good,
        "reason": contents.reason,
        "status": look.hops[-1].status if look.hops else None,
        "final_url": shown(look.url),
        "redirects": [{"status": hop.status, "url": shown(hop.url)} for hop in look.hops[:-1]],
        "moved_for_good": shown(look.moved_for_good) if look.moved_for_good else None,
        "content_type": header.get("content-type"),
        "bytes": look.size,
        "seconds": round(look.elapsed, 3),
        "format": contents.format or None,
        "title": contents.title,
        "lang": contents.lang,
        "entries": contents.entries,
        "undated": contents.undated,
        "newest": iso_time(newest),
        **{name.replace("-", "_"): header.get(name) for name in _CACHE_HEADERS},
        "fresh_for": floor_of(header, look.at),
        "feed_floor": contents.feed_floor,
        "skip_hours": contents.skip_hours,
        "skip_days": contents.skip_days,
        "candidates": [{"url": shown(one.url), "kind": one.kind, "name": one.name} for one in contents.candidates],
        "advice": advice(look),
    }
