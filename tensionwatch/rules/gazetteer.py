"""Names and what they stand for: states, capitals, forces, places, people, offices. Pure but for reading packaged data.

Proper names are matched with their case, longest first ("South China Sea" before "China"); offices and generic nouns
("foreign minister", "border guards") without it. In a text without case both are.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from datetime import date
from functools import cache, cached_property
from typing import Any, NamedTuple

from tensionwatch.rules.atlas import Atlas, packaged_text, read_data
from tensionwatch.rules.text import Term, tokens

OFFICE_LISTS = ("head", "minister", "envoy", "delegation", "royal", "military_chief")
"""Lists of offices.toml whose words are people that act for a state."""
FORCE_LISTS = ("forces_people", "forces_air", "forces_sea", "groups")
"""Lists of offices.toml whose words are forces; a nationality before them says whose."""


NOUN_LISTS = (*OFFICE_LISTS, *FORCE_LISTS)


class OwnNames(NamedTuple):
    """What a pack adds, as the data files have it."""

    countries: tuple[dict[str, Any], ...] = ()
    people: tuple[dict[str, Any], ...] = ()
    nouns: tuple[tuple[str, str], ...] = ()
    """(list of offices.toml, word)."""

    def with_those_of(self, other: OwnNames) -> OwnNames:
        return OwnNames(self.countries + other.countries, self.people + other.people, self.nouns + other.nouns)


class Name(NamedTuple):
    """What one name stands for."""

    cls: str
    """country, adjective, capital, city, seat, force, person, weak_person, place, nothing, or a list of
    offices.toml."""
    country: str | None
    label: str
    """Display form: a person's full name, a place's id, else the name itself."""
    since: date | None = None
    until: date | None = None
    ambiguous: bool = False
    """Often something else: believed only with support nearby."""


class Match(NamedTuple):
    names: tuple[Name, ...]
    """All that these words may stand for."""
    length: int
    """Tokens."""
    plain: bool = False
    """They always stand for the first of the names: it is the only one, at any time, and nothing else."""


class _Index:
    """Names by their first word and, the longer ones, by their second, longest first."""

    def __init__(self) -> None:
        self._single: dict[str, Match] = {}
        self._longer: dict[str, dict[str, list[tuple[tuple[str, ...], Match]]]] = {}
        self._all: dict[tuple[str, ...], list[Name]] = {}
        self.starts: Set[str] = frozenset()
        """All first words."""

    def add(self, words: tuple[str, ...], name: Name) -> None:
        if words:
            kept = self._all.setdefault(words, [])
            if name not in kept:
                kept.append(name)

    def close(self) -> None:
        for words, names in sorted(self._all.items(), key=lambda entry: -len(entry[0])):
            match = Match(tuple(names), len(words), len(names) == 1 and _plain(names[0]))
            if len(words) == 1:
                self._single[words[0]] = match
            else:
                self._longer.setdefault(words[0], {}).setdefault(words[1], []).append((words, match))
        self.starts = self._single.keys() | self._longer.keys()

    def entries(self) -> Iterable[tuple[tuple[str, ...], Sequence[Name]]]:
        """Each phrase's words, and all that it may stand for."""
        return self._all.items()

    def find(self, keys: Sequence[str], at: int) -> Match | None:
        """The longest phrase that starts at `at`."""
        if at >= len(keys) or keys[at] not in self.starts:
            return None
        key = keys[at]
        if (longer := self._longer.get(key)) is not None and at + 1 < len(keys):
            for words, match in longer.get(keys[at + 1], ()):
                if match.length == 2 or tuple(keys[at : at + match.length]) == words:
                    return match
        return self._single.get(key)


def _plain(name: Name) -> bool:
    dated = name.since is not None or name.until is not None
    return not (dated or name.ambiguous or name.cls in ("weak_person", "nothing"))


class Gazetteer:
    """Loaded once; see `load`."""

    def __init__(
        self, countries: list[dict[str, Any]], people: list[dict[str, Any]], places: list[dict[str, Any]],
        offices: dict[str, Any], own: OwnNames,
    ) -> None:  # fmt: skip
        self._cased = _Index()
        self._cased_only: set[tuple[str, ...]] = set()
        self._nouns = _Index()
        self.atlas = Atlas(countries, places)
        for country in (*countries, *own.countries):
            self._add_country(country)
        for person in (*people, *own.people):
            self._add_person(person)
        for place in places:
            for name in place["names"]:
                self._add(name, Name("place", place["countries"][0], place["id"]))
        for phrase in offices.get("not_names", ()):
            self._add(phrase, Name("nothing", None, phrase))
        self.lists: dict[str, tuple[str, ...]] = {k: tuple(v) for k, v in offices["office"].items()}
        sole = {noun: country for country, nouns in offices.get("sole", {}).items() for noun in nouns}
        nouns = [(cls, noun) for cls in NOUN_LISTS for noun in self.lists.get(cls, ())]
        for cls, noun in (*nouns, *own.nouns):
            self._nouns.add(_words(noun, low=True), Name(cls, sole.get(noun), noun))
        for phrase in self.lists.get("not_offices", ()):
            self._nouns.add(_words(phrase, low=True), Name("nothing", None, phrase))
        for index in (self._cased, self._nouns):
            index.close()

    @cached_property
    def _lower(self) -> _Index:
        """The names as a text without case has them; few texts have none, and it costs 30 ms."""
        lower = _Index()
        for words, names in self._cased.entries():
            if words not in self._cased_only:
                for name in names:
                    if name.cls != "weak_person":
                        lower.add(tuple(word.lower() for word in words), name)
        lower.close()
        return lower

    def _add(self, phrase: str, name: Name) -> None:
        self._cased.add(_words(phrase), name)

    def _add_country(self, country: dict[str, Any]) -> None:
        code, doubtful = country["id"], frozenset(country.get("ambiguous", ()))
        for key, cls in _COUNTRY_KEYS.items():
            for phrase in country.get(key, ()):
                for form in _forms(phrase) if key == "adjectives" else (phrase,):
                    name = Name(cls, code, phrase, ambiguous=phrase in doubtful)
                    self._add(form, name)
                    if len(form) == 2 and cls != "force":  # "US", "UK": a pronoun or noise without their case
                        self._cased_only.add(_words(form))

    def _add_person(self, person: dict[str, Any]) -> None:
        since, until = person.get("from"), person.get("until")
        strong = Name("person", person["country"], person["name"], since, until)
        for phrase in (person["name"], *person.get("aliases", ())):
            self._add(phrase, strong)
        for phrase in person.get("weak", ()):
            self._add(phrase, strong._replace(cls="weak_person"))

    def proper(self, found: Sequence[Term], *, cased: bool) -> dict[int, Match]:
        """The proper names among the tokens, the longest from left to right, by their first token."""
        index = self._cased if cased else self._lower
        keys = [t.name for t in found] if cased else [t.low for t in found]
        starts, after = index.starts, 0
        matches: dict[int, Match] = {}
        for at in [i for i, key in enumerate(keys) if key in starts]:
            if at >= after and (match := index.find(keys, at)) is not None:
                matches[at] = match
                after = at + match.length
        return matches

    @property
    def noun_starts(self) -> Set[str]:
        """Words that an office or a generic force may start with."""
        return self._nouns.starts

    def names(self) -> Iterable[tuple[tuple[str, ...], Sequence[Name]]]:
        """Every proper name as it stands in a text with case."""
        return self._cased.entries()

    def nouns(self) -> Iterable[tuple[tuple[str, ...], Sequence[Name]]]:
        """Every office and generic force, in lower case."""
        return self._nouns.entries()

    def noun(self, lows: Sequence[str], at: int) -> Match | None:
        """The longest office or generic force that starts at token `at`, words in lower case."""
        return self._nouns.find(lows, at)


_COUNTRY_KEYS = {
    "names": "country",
    "adjectives": "adjective",
    "capital": "capital",
    "cities": "city",
    "seats": "seat",
    "forces": "force",
}


def in_office(names: Iterable[Name], day: date | None) -> Iterator[Name]:
    """Those who held office on the day; all of them when the day is unknown."""
    for name in names:
        if day is None or ((name.since is None or name.since <= day) and (name.until is None or day <= name.until)):
            yield name


def _words(phrase: str, *, low: bool = False) -> tuple[str, ...]:
    """The words as the tokeniser would make them; plain ones, nearly all, without asking it."""
    if _PLAIN.fullmatch(phrase):
        return tuple((phrase.lower() if low else phrase).split())
    return tuple(t.low if low else t.name for t in tokens(phrase))


_PLAIN = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")


def _forms(adjective: str) -> tuple[str, ...]:
    """`North Korean` → also `North Koreans` (`French`, `Chinese` and the like have none); `französisch`, which is
    written small, also as a sentence begins with it."""
    forms = (adjective, f"{adjective}s") if adjective[-1] in "nirqc" else (adjective,)
    return forms if adjective[0].isupper() else (*forms, adjective[0].upper() + adjective[1:])


def read_people() -> list[dict[str, Any]]:
    """The rows of people.csv as records: lists where several forms stand, days, and no empty columns. As TOML it took
    50 ms to read, a sixth of what loading the rules did; so it takes 6."""
    lines = (line for line in packaged_text("people", "csv").splitlines() if line and not line.startswith("#"))
    return [{key: _READ[key](value) for key, value in row.items() if value} for row in csv.DictReader(lines)]


def _listed(forms: str) -> list[str]:
    return forms.split("; ")


_READ: dict[str, Callable[[str], Any]] = {
    "name": str, "aliases": _listed, "weak": _listed, "country": str, "office": str, "from": date.fromisoformat,
    "until": date.fromisoformat,
}  # fmt: skip


@cache
def load() -> Gazetteer:
    """The built-in gazetteer."""
    return extended(OwnNames())


def extended(own: OwnNames) -> Gazetteer:
    """The built-in gazetteer with a pack's names."""
    countries, places, offices = map(read_data, ("countries", "places", "offices"))
    return Gazetteer(countries["country"], read_people(), places["place"], offices, own)
