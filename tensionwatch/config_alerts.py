"""How alert rules and channels are read from the configuration, and what must hold between them. No message quotes
what may be a secret: an address of a channel, an argument of its command.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, Final

from tensionwatch.config_requests import secret_text
from tensionwatch.config_values import Spot, Wrong, listed, nearest, shown, string
from tensionwatch.exchange import ELSEWHERE
from tensionwatch.model import Kind

_QUIET: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\s*[-–]\s*([01][0-9]|2[0-3]):([0-5][0-9])")
_WHOLE: Final = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*")
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
_SPELLED: Final = 'an address of apprise such as "ntfy://topic", or "env:NAME"'

_OF_EVENTS: Final = ("pairs", "keywords")
"""Conditions of a rule that say nothing of numbers."""


def kind(value: object, spot: Spot) -> Kind:
    """A kind by its name, or by the short one that commands take."""
    text = string(value, spot)
    if (found := _KINDS.get(text)) is None:
        raise Wrong(f"unknown: {shown(text)}", ", ".join(_KINDS), nearest(text.lower(), _KINDS))
    return found


_KINDS: Final = {"incident": Kind.BORDER_INCIDENT, "visit": Kind.DIPLOMATIC_VISIT} | {each.value: each for each in Kind}


def threshold(value: object, _: Spot) -> float:
    """An intensity: the sum of a region's events, each 0 to 1."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Wrong(f"not a number: {shown(value)}", "0.1 to 1000")
    if not 0.1 <= value <= 1000:
        raise Wrong(f"out of range: {shown(value)}", "0.1 to 1000")
    return float(value)


def quiet_hours(value: object, spot: Spot) -> tuple[int, int]:
    """`22:00-07:00` as minutes of the day; they may pass midnight."""
    text = string(value, spot)
    allowed = 'hours such as "22:00-07:00"'
    if (found := _QUIET.fullmatch(text.strip())) is None:
        raise Wrong(f"no hours: {shown(text)}", allowed)
    begin, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if begin == end:
        raise Wrong(f"begin and end at once: {shown(text)}", f"{allowed}; enabled = false silences a rule for good")
    return begin, end


def command(value: object, spot: Spot) -> Any:
    """A program and its arguments."""
    if not isinstance(value, list):
        raise Wrong("not a list", 'a program and its arguments such as ["notify-send", "tensionwatch"]')
    return listed(secret_text)(value, spot)


def channel_url(value: object, spot: Spot) -> str:
    """An address that apprise reads, or `env:NAME` for the whole of it."""
    text = secret_text(value, spot)
    if _WHOLE.fullmatch(text) or (_URL.fullmatch(text) and "env:" not in text):
        return text
    if "env:" in text:
        raise Wrong("env:NAME stands for the whole address", _SPELLED)
    raise Wrong("not an address", _SPELLED)


def check_alerts(
    rules: Sequence[dict[str, Any]], regions: Collection[str], channels: Collection[str], at: Spot
) -> None:
    """`at` is where the rules stand; the ids are those that are configured."""
    for index, rule in enumerate(rules):
        spot = at.item(index)
        _check_names(rule.get("regions") or (), [*regions, ELSEWHERE], "region", spot.key("regions"))
        _check_names(rule.get("channels") or (), channels, "channel", spot.key("channels"))
        _check_numbers(rule, spot)


def _check_names(named: Sequence[str], known: Collection[str], noun: str, spot: Spot) -> None:
    for index, name in enumerate(named):
        if name not in known:
            there = f"there are {', '.join(known)}" if known else f"there is no [[{noun}]]"
            spot.item(index).tell(Wrong(f"no {noun} {shown(name)}", there, nearest(name, known)))


def _check_numbers(rule: dict[str, Any], spot: Spot) -> None:
    """A rule speaks of events, of surprises, or of intensity."""
    surprise, intensity = rule.get("surprise"), rule.get("intensity")
    if surprise and intensity is not None:
        spot.key("intensity").tell(Wrong("there is surprise too", "one of the two; a rule of its own for the other"))
    if not surprise and intensity is None:
        return
    what = "a surprise" if surprise else "intensity"
    wrong = Wrong(f"says nothing of {what}", "a rule of its own for events")
    for name in _OF_EVENTS if surprise else (*_OF_EVENTS, "kinds"):
        if rule.get(name):
            spot.key(name).tell(wrong)
    if rule.get("publishers", 1) != 1:
        spot.key("publishers").tell(wrong)


def check_channels(channels: Sequence[dict[str, Any]], at: Spot) -> None:
    """Each leads to one place."""
    for index, channel in enumerate(channels):
        ways = [name for name in ("command", "url") if channel.get(name)]
        if len(ways) == 2:
            at.item(index).key("url").tell(Wrong("there is a command too", "one of the two"))
        elif not ways and "command" in channel and "url" in channel:
            at.item(index).tell(Wrong("leads nowhere", "a command or a url"))
        program = next(iter(channel.get("command") or ()), "")
        if "/" in program and not program.startswith("/"):
            allowed = "an absolute path, or the name of a program on PATH"
            at.item(index).key("command").item(0).tell(Wrong("a path that depends on where one is", allowed))
