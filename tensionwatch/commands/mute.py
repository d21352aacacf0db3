"""`tensionwatch mute …`: no alert of a feed, pair, region, rule or event, for a while."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final, get_args

from tensionwatch import units
from tensionwatch.alertkeeper import AlertBook
from tensionwatch.alerts.records import Mute, Muted
from tensionwatch.clock import SystemClock
from tensionwatch.commands.common import BadOption, did_you_mean, open_watch, opened_store
from tensionwatch.commands.event import event_named
from tensionwatch.commands.pair import country_named
from tensionwatch.commands.starting import json_line, load_config, say
from tensionwatch.commands.told import at
from tensionwatch.config import Config
from tensionwatch.exchange import ELSEWHERE
from tensionwatch.model import to_json
from tensionwatch.sanitise import visible

_WHATS: Final[tuple[Muted, ...]] = get_args(Muted)
_FOREVER: Final = timedelta(days=36_500)
"""Longer is a typing error, and no date."""


def run(args: argparse.Namespace) -> int:
    loaded, notices = load_config(args)
    for notice in notices:
        say(notice)
    actions: dict[str, Callable[[argparse.Namespace, Config], int]] = {"list": _list, "add": _add, "remove": _remove}
    return actions[args.action](args, loaded)


@contextmanager
def _book(loaded: Config, *, read_only: bool = False) -> Iterator[AlertBook]:
    """Raises StoreError."""
    with opened_store(loaded, read_only=read_only) as store:
        yield AlertBook(store, SystemClock())


def _list(args: argparse.Namespace, loaded: Config) -> int:
    """Without the lock."""
    now = SystemClock().now()
    with _book(loaded, read_only=True) as book:
        mutes = book.mutes()
    for mute in mutes:
        print(json_line(to_json(mute)) if args.json else _line(mute, now))
    if not mutes:
        say("nothing is muted")
    return 0


def _line(mute: Mute, now: datetime) -> str:
    return f"{mute.id}  {mute.what:<6}  {visible(mute.name):<16}  {_until(mute, now)}"


def _until(mute: Mute, now: datetime) -> str:
    if mute.until is None:
        return "until it is taken back"
    return f"until {at(mute.until)}, for {units.about_words((mute.until - now).total_seconds())} more"


def _add(args: argparse.Namespace, loaded: Config) -> int:
    what, length = _what(args.what), _length(args.length)
    name = _name(what, args.name, loaded)
    with _book(loaded) as book:
        mute = book.mute(what, name, length)
    print(f"muted {_line(mute, SystemClock().now())}")
    return 0


def _remove(args: argparse.Namespace, loaded: Config) -> int:
    with _book(loaded) as book:
        mute = _mute_named(args.id, book.mutes())
        book.unmute(mute.id)
    print(f"no longer muted: {mute.what} {visible(mute.name)}")
    return 0


# ------------------------------------------------------------------ what is named


def _what(word: str) -> Muted:
    for what in _WHATS:
        if what == word:
            return what
    near = did_you_mean(word, _WHATS) or f"; there are {', '.join(_WHATS)}"
    raise BadOption(f"mute: nothing is called '{word}'{near}")


def _length(text: str | None) -> timedelta | None:
    if text is None:
        return None
    try:
        length = timedelta(seconds=units.parse_duration(text))
    except (ValueError, OverflowError) as error:
        raise BadOption(f"--for: {error}; a duration is such as 12h, 2d, 1w") from error
    if not timedelta(0) < length <= _FOREVER:
        raise BadOption(f"--for: '{text}' is no length of time; without --for it is muted until it is taken back")
    return length


def _name(what: Muted, name: str, loaded: Config) -> str:
    """As the record has it. Raises BadOption."""
    if what == "pair":
        return _pair(name)
    if what == "event":
        with open_watch(loaded, [], read_only=True) as watch:
            return event_named(name, watch, "mute").id
    known = {
        "feed": [feed.id for feed in loaded.feeds],
        "region": [*(region.id for region in loaded.regions), ELSEWHERE],
        "rule": [rule.id for rule in loaded.alerts],
    }[what]
    if name not in known:
        there = f"; there are {', '.join(known)}" if known else f"; there is no {what} in the configuration"
        raise BadOption(f"mute: no {what} '{name}'{did_you_mean(name, known) or there}")
    return name


def _pair(name: str) -> str:
    sides = [side.strip() for side in re.split(r"[-–→,/:]", name)]
    if len(sides) != 2 or not all(sides):
        raise BadOption(f"mute: no pair '{name}'; a pair is such as PRK-KOR")
    one, other = (country_named(side, "mute") for side in sides)
    if one == other:
        raise BadOption(f"mute: '{name}' is one country; a pair has two")
    return "-".join(sorted((one, other)))


def _mute_named(wanted: str, mutes: Sequence[Mute]) -> Mute:
    """By id, the beginning of one, or its name. Raises BadOption."""
    found = [mute for mute in mutes if wanted == mute.id] or [
        mute for mute in mutes if wanted and (mute.id.startswith(wanted) or mute.name == wanted)
    ]
    if len(found) > 1:
        raise BadOption(f"mute: '{wanted}' means several: {', '.join(mute.id for mute in found)}")
    if not found:
        near = did_you_mean(wanted, (mute.id for mute in mutes)) or "; 'tensionwatch mute list' has their ids"
        raise BadOption(f"mute: no mute '{wanted}'{near}")
    return found[0]
