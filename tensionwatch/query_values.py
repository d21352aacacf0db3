"""What the keys of the filter line are, and how the value of each is read. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Any

from tensionwatch import units
from tensionwatch.exchange import Group, Names
from tensionwatch.model import Kind
from tensionwatch.words import KIND_WORDS

MARKS = ("unread", "starred", "flagged", "noted")
"""Words that ask for a mark; each is a field of ArticleQuery."""

KEYS: dict[str, tuple[str, str]] = {
    "kind": ("kind:visit", "incident, visit, other, or such as sanctions"),
    "region": ("region:korea", "its id or name, or elsewhere"),
    "actor": ("actor:RUS", "who did it: ISO code or name of a country"),
    "recipient": ("recipient:PRK", "to whom"),
    "country": ("country:Japan", "either of them"),
    "pair": ("pair:PRK-KOR", "these two, whoever did it"),
    "place": ("place:korean-dmz", "where: id or name of a place"),
    "publisher": ("publisher:bbc", "a part of the publisher's name"),
    "feed": ("feed:bbc-world", "its id or name"),
    "lang": ("lang:ko", "language of the feed"),
    "since": ("since:7d", "7d, 24h ago, or a day (UTC): since:2026-02-01"),
    "until": ("until:1d", "the same; of a day, until its end"),
    "is": ("is:unread", "unread, read, starred, flagged or noted"),
}
"""Key → an example, and what its values are."""

READ = "read"
"""Of `is:` what no mark says: without `unread`."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BEGUN_TIME = re.compile(r"[0-9][0-9T:. -]*")

Values = dict[str, Any]
"""Fields of ArticleQuery."""


class Wrong(Exception):
    """The value cannot be read. `near` is what could have been meant, or empty."""

    def __init__(self, near: str = "") -> None:
        self.near = near


def readers(names: Names, now: datetime) -> Mapping[str, Callable[[str], Values]]:
    """Key → what its value sets. They raise Wrong."""
    return {
        "kind": _kind,
        "region": lambda value: {"region": _named(value, names.regions)},
        "actor": lambda value: {"actor": _named(value, names.countries)},
        "recipient": lambda value: {"recipient": _named(value, names.countries)},
        "country": lambda value: {"country": _named(value, names.countries)},
        "pair": lambda value: {"pair": _pair(value, names.countries)},
        "place": lambda value: {"place": _named(value, names.places)},
        "publisher": lambda value: {"publisher": value},
        "feed": lambda value: {"feed": _named(value, names.feeds)},
        "lang": lambda value: {"lang": value.lower()},
        "since": lambda value: {"since": _time(value, now, timedelta())},
        "until": lambda value: {"until": _time(value, now, timedelta(days=1))},
        "is": _mark,
    }


def known_values(key: str, names: Names) -> list[str]:
    """What can stand after a key, in one word each, what is shortest or most used first; none where it is anything."""
    regions = {"region": names.regions, "place": names.places, "feed": names.feeds}
    if key == "kind":
        return [*dict.fromkeys([*Group, *(word for word in KIND_WORDS.values() if " " not in word), *Kind])]
    if key in regions:
        return [*regions[key], *map(_in_one, regions[key].values())]
    if key in ("actor", "recipient", "country", "pair"):
        return [*names.countries, *map(_in_one, names.countries.values())]
    listed = {"publisher": names.publishers, "lang": names.langs, "is": (*MARKS, READ)}
    return list(listed.get(key, ()))


def is_begun(key: str, value: str, names: Names) -> bool:
    """Could a value that cannot be read become one that can, were more of it typed?"""
    folded = value.casefold()
    if key in ("since", "until"):
        return _BEGUN_TIME.fullmatch(value) is not None
    spelt = [word.casefold() for word in (*known_values(key, names), *_spaced(key, names))]
    begun = [folded]
    if key == "pair":
        begun += [folded[len(one) + 1 :] for one in spelt if folded.startswith(f"{one}-")]
    return any(word.startswith(part) for part in begun for word in spelt)


def _spaced(key: str, names: Names) -> Iterable[str]:
    named = {"region": names.regions, "place": names.places, "feed": names.feeds}
    named |= dict.fromkeys(("actor", "recipient", "country", "pair"), names.countries)
    return KIND_WORDS.values() if key == "kind" else named.get(key, {}).values()


def _mark(value: str) -> Values:
    """`read` sets `unread` to False: to be without it."""
    known = {mark: (mark, True) for mark in MARKS} | {READ: ("unread", False)}
    if (found := known.get(value.lower())) is None:
        raise Wrong(nearest(value, known))
    return {found[0]: found[1]}


def _kind(value: str) -> Values:
    """As the list of kinds calls them, or as records do; `incident` and `visit` are groups of one kind each."""
    kinds: dict[str, Kind | Group] = {word: kind for kind, word in KIND_WORDS.items()}
    kinds |= {kind.value: kind for kind in Kind} | {group.value: group for group in Group}
    found = kinds.get(value.lower())
    if found is None:
        raise Wrong(nearest(value, kinds))
    return {"group": found, "kind": None} if isinstance(found, Group) else {"group": None, "kind": found}


def _named(value: str, names: Mapping[str, str]) -> str:
    """The id of an id or name, whatever its case; ids before names."""
    known = _by_spelling(names)
    if (found := known.get(value.casefold())) is None:
        raise Wrong(nearest(value, [*names, *names.values()]))
    return found


def _by_spelling(names: Mapping[str, str]) -> dict[str, str]:
    """A name also in one word: `north-korea`."""
    in_one = {_in_one(name).casefold(): key for key, name in names.items()}
    return in_one | {name.casefold(): key for key, name in names.items()} | {key.casefold(): key for key in names}


def _in_one(name: str) -> str:
    return "-".join(name.replace('"', " ").split())


def _pair(value: str, countries: Mapping[str, str]) -> frozenset[str]:
    """Cut at any of the dashes: names of countries have some too."""
    parts = value.split("-")
    cuts = [("-".join(parts[:at]), "-".join(parts[at:])) for at in range(1, len(parts))]
    known = _by_spelling(countries)
    for sides in cuts:
        pair = frozenset(known[side.casefold()] for side in sides if side.casefold() in known)
        if len(pair) == len(sides):
            return pair
    spelt = [*countries, *countries.values()]
    near = ((nearest(one, spelt), nearest(other, spelt)) for one, other in cuts)
    raise Wrong(next((f"{one}-{other}" for one, other in near if one and other and one != other), ""))


def _time(value: str, now: datetime, day: timedelta) -> datetime:
    """A stretch back from now; a day in UTC, and `day` after its beginning; or a moment: `2026-02-01T14:05`, UTC."""
    try:
        if _DAY.fullmatch(value):
            return datetime.fromisoformat(value).replace(tzinfo=UTC) + day
        if "T" in value:
            moment = datetime.fromisoformat(value)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return now - timedelta(seconds=units.parse_duration(value))
    except (ValueError, OverflowError):
        raise Wrong from None


def nearest(value: str, known: Iterable[str]) -> str:
    """What begins so, else what is spelt alike; empty where nothing is."""
    if not value:
        return ""
    spelt = {word.casefold(): word for word in known}
    folded = value.casefold()
    begin = [word for word in spelt if word.startswith(folded)]
    near = begin or get_close_matches(folded, spelt, 1)
    return spelt[near[0]] if near else ""
