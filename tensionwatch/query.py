"""The language of the filter line: `kind:visit actor:RUS since:7d unread text`. Pure.

    words of the line ─┬▶ key:value        a condition; in quotes a value may have spaces: country:"South Korea"
                       ├▶ unread …         a mark that is asked for
                       └▶ all else         words to look for; quotes make words of what would be a key or a mark

All conditions are joined by `and`. A word that cannot be read is told with the nearest that can, and costs itself
alone; a key without its value is one that is being typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Any, NamedTuple

from msgspec.structs import replace

from tensionwatch import units
from tensionwatch.model import Kind
from tensionwatch.ports import ArticleQuery, Group, Names
from tensionwatch.words import KIND_WORDS

EVERYTHING = ArticleQuery()

MARKS = ("unread", "starred", "flagged", "noted")
"""Words that ask for a mark; each is a field of ArticleQuery."""

KEYS: dict[str, tuple[str, str]] = {
    "kind": ("kind:visit", "incident, visit, other, or such as sanctions"),
    "region": ("region:korea", "its id or name, or elsewhere"),
    "actor": ("actor:RUS", "who did it: ISO code or name of a country"),
    "recipient": ("recipient:PRK", "to whom"),
    "country": ("country:Japan", "either of them"),
    "pair": ("pair:PRK-KOR", "these two, whoever did it"),
    "place": ("place:kor-dmz", "where: id or name of a place"),
    "publisher": ("publisher:bbc", "a part of the publisher's name"),
    "feed": ("feed:bbc-world", "its id or name"),
    "lang": ("lang:ko", "language of the feed"),
    "since": ("since:7d", "7d, 24h ago, or a day (UTC): since:2026-02-01"),
    "until": ("until:1d", "the same; of a day, until its end"),
}
"""Key → an example, and what its values are."""

_FIELDS: dict[str, tuple[str, ...]] = {key: (key,) for key in (*KEYS, *MARKS)} | {"kind": ("kind", "group")}

_WORD = re.compile(r'(?:[^\s"]|"[^"]*(?:"|\Z))+')
_KEYED = re.compile(r"(?P<key>[A-Za-z]+):(?P<value>.*)", re.DOTALL)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_KEY_IS_NEAR = 0.75
"""Of difflib's ratio: `knd:` is a key mistyped, the `https:` of an address is not."""


class Reading(NamedTuple):
    query: ArticleQuery
    problems: tuple[str, ...]
    """One sentence for each word that cannot be read: `kind:vist? did you mean kind:visit`."""
    unfinished: tuple[str, ...]
    """Keys without a value."""


class _Wrong(Exception):
    """The value cannot be read; never leaves this module. `near` is what could have been meant, or empty."""

    def __init__(self, near: str = "") -> None:
        self.near = near


class _Word(NamedTuple):
    key: str
    """Empty for words to look for."""
    value: str


def parse(text: str, names: Names, now: datetime, onto: ArticleQuery = EVERYTHING) -> Reading:
    """Read a line; its conditions replace those of `onto`, its words are added to the words there. Never raises."""
    readers = _readers(names, now)
    set_by_line: dict[str, Any] = {}
    words, problems, unfinished = [onto.text] if onto.text else [], [], []
    for word in _words(text):
        if not word.key:
            words.append(word.value)
        elif word.key in MARKS:
            set_by_line[word.key] = True
        elif word.key not in KEYS:
            problems.append(_told(word.key, word.value, f"{_near_key(word.key)}:{word.value}"))
        elif not word.value:
            unfinished.append(word.key)
        else:
            try:
                read = readers[word.key](word.value)
            except _Wrong as wrong:
                meant = f"{word.key}:{_quoted(wrong.near)}" if wrong.near else ""
                problems.append(_told(word.key, word.value, meant))
                continue
            if read.keys() & set_by_line.keys():
                problems.append(f"{word.key}: is there twice; {word.key}:{_quoted(word.value)} holds")
            set_by_line |= read
    query = replace(onto, **set_by_line, text=" ".join(filter(None, words)))
    return Reading(query, tuple(problems), tuple(unfinished))


def without(text: str, *fields: str) -> str:
    """The line without the words that set one of these fields of ArticleQuery; as it is where none does."""
    kept = [raw for raw in _WORD.findall(text) if not set(_FIELDS.get(_word(raw).key, ())) & set(fields)]
    return text if len(kept) == len(_WORD.findall(text)) else " ".join(kept)


def _words(text: str) -> Iterator[_Word]:
    return map(_word, _WORD.findall(text))


def _word(raw: str) -> _Word:
    if raw.lower() in MARKS:
        return _Word(raw.lower(), "")
    keyed = _KEYED.fullmatch(raw)
    if keyed is not None:
        key = keyed["key"].lower()
        if key in KEYS or (keyed["value"] and _near_key(key)):
            return _Word(key, keyed["value"].replace('"', "").strip())
    return _Word("", raw.replace('"', " ").strip())


def _near_key(key: str) -> str:
    near = get_close_matches(key, KEYS, 1, _KEY_IS_NEAR)
    return near[0] if near else ""


def _quoted(value: str) -> str:
    return f'"{value}"' if re.search(r"\s", value) else value


def _told(key: str, value: str, meant: str) -> str:
    asked = f"{key}:{_quoted(value)}?"
    return f"{asked} did you mean {meant}" if meant else f"{asked} {KEYS[key][1]}"


# ------------------------------------------------------------------ values


def _readers(names: Names, now: datetime) -> Mapping[str, Callable[[str], dict[str, Any]]]:
    """Key → what its value sets. They raise _Wrong."""
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
    }


def _kind(value: str) -> dict[str, Any]:
    """As the list of kinds calls them, or as records do; `incident` and `visit` are groups of one kind each."""
    kinds: dict[str, Kind | Group] = {word: kind for kind, word in KIND_WORDS.items()}
    kinds |= {kind.value: kind for kind in Kind} | {group.value: group for group in Group}
    found = kinds.get(value.lower())
    if found is None:
        raise _Wrong(_nearest(value, kinds))
    return {"group": found, "kind": None} if isinstance(found, Group) else {"group": None, "kind": found}


def _named(value: str, names: Mapping[str, str]) -> str:
    """The id of an id or name, whatever its case; ids before names."""
    known = _by_spelling(names)
    if (found := known.get(value.casefold())) is None:
        raise _Wrong(_nearest(value, [*names, *names.values()]))
    return found


def _by_spelling(names: Mapping[str, str]) -> dict[str, str]:
    return {name.casefold(): key for key, name in names.items()} | {key.casefold(): key for key in names}


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
    near = ((_nearest(one, spelt), _nearest(other, spelt)) for one, other in cuts)
    raise _Wrong(next((f"{one}-{other}" for one, other in near if one and other and one != other), ""))


def _time(value: str, now: datetime, day: timedelta) -> datetime:
    """A stretch back from now, or a day in UTC, and `day` after its beginning."""
    try:
        if _DAY.fullmatch(value):
            return datetime.fromisoformat(value).replace(tzinfo=UTC) + day
        return now - timedelta(seconds=units.parse_duration(value))
    except (ValueError, OverflowError):
        raise _Wrong from None


def _nearest(value: str, known: Iterable[str]) -> str:
    """What begins so, else what is spelt alike; empty where nothing is."""
    if not value:
        return ""
    spelt = {word.casefold(): word for word in known}
    folded = value.casefold()
    begin = [word for word in spelt if word.startswith(folded)]
    near = begin or get_close_matches(folded, spelt, 1)
    return spelt[near[0]] if near else ""
