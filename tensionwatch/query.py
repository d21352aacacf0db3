"""The language of the filter line: `kind:visit actor:RUS since:7d unread -sport "north korea"`. Pure.

    words of the line ─┬▶ key:value        a condition; in quotes a value may have spaces: country:"South Korea"
                       ├▶ unread …         a mark that is asked for
                       ├▶ "north korea"    words that stand so; quotes make words of what would be a key or a mark
                       ├▶ -any of these    none that has it
                       └▶ all else         words to look for

All conditions are joined by `and`. A word that cannot be read is told with the nearest that can, and costs itself
alone; a key without its value is one that is being typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from difflib import get_close_matches
from typing import Any, NamedTuple

from msgspec.structs import replace

from tensionwatch.exchange import ArticleQuery, Names
from tensionwatch.query_values import KEYS, MARKS, Wrong, is_begun, readers

EVERYTHING = ArticleQuery()

_FIELDS: dict[str, tuple[str, ...]] = {key: (key,) for key in (*KEYS, *MARKS)} | {"kind": ("kind", "group")}
_NAMED = ("region", "actor", "recipient", "country", "place", "feed", "publisher", "lang")
"""Fields that are written as they are."""

_WORD = re.compile(r'(?:[^\s"]|"[^"]*(?:"|\Z))+')
_KEYED = re.compile(r"(?P<key>[A-Za-z]+):(?P<value>.*)", re.DOTALL)
_KEY_IS_NEAR = 0.75
"""Of difflib's ratio: `knd:` is a key mistyped, the `https:` of an address is not."""


class Reading(NamedTuple):
    query: ArticleQuery
    problems: tuple[str, ...]
    """One sentence for each word that cannot be read: `kind:vist? did you mean kind:visit`."""
    unfinished: tuple[str, ...]
    """Keys without a value, or the minus that begins a word."""
    places: tuple[tuple[int, int], ...] = ()
    """Where the word of each problem begins and ends, in code points."""


class _Word(NamedTuple):
    key: str
    """Empty for words to look for."""
    value: str
    is_unwanted: bool


def parse(text: str, names: Names, now: datetime, onto: ArticleQuery = EVERYTHING, *, typing: bool = False) -> Reading:
    """Read a line; its conditions replace those of `onto`, its words and what it refuses are added to those there.
    Never raises. `typing`: the last word may be half typed, and is no problem where more of it could be read."""
    line = _Line(names, now, text if typing else None)
    for found in _WORD.finditer(text):
        line.take(found)
    words = [onto.text + '"' * (onto.text.count('"') % 2), *line.words]
    query = replace(onto, **line.fields, text=" ".join(filter(None, words)), without=(*onto.without, *line.without))
    return Reading(query, tuple(line.problems), tuple(line.unfinished), tuple(line.places))


class _Line:
    """What the words read so far say."""

    def __init__(self, names: Names, now: datetime, typed: str | None) -> None:
        self._names = names
        self._readers = readers(names, now)
        self._typed = typed
        self.fields: dict[str, Any] = {}
        self.words: list[str] = []
        self.without: list[ArticleQuery] = []
        self.problems: list[str] = []
        self.places: list[tuple[int, int]] = []
        self.unfinished: list[str] = []

    def take(self, found: re.Match[str]) -> None:
        raw = found.group()
        word = _word(raw)
        if not word.key and word.is_unwanted:
            if word.value:
                self.without.append(ArticleQuery(text=word.value))
            else:
                self.unfinished.append(raw)
        elif not word.key:
            self.words.append(word.value)
        elif word.key in MARKS:
            self._set(word, {word.key: True}, found)
        elif word.key not in KEYS:
            self._tell(_told(word, f"{_near_key(word.key)}:{word.value}"), found)
        elif not word.value:
            self.unfinished.append(word.key)
        else:
            self._read(word, found)

    def _read(self, word: _Word, found: re.Match[str]) -> None:
        try:
            fields = self._readers[word.key](word.value)
        except Wrong as wrong:
            is_last = self._typed is not None and found.end() == len(self._typed)
            if is_last and is_begun(word.key, word.value, self._names):
                self.unfinished.append(word.key)
            else:
                self._tell(_told(word, f"{word.key}:{_quoted(wrong.near)}" if wrong.near else ""), found)
            return
        self._set(word, fields, found)

    def _set(self, word: _Word, fields: dict[str, Any], found: re.Match[str]) -> None:
        is_unwanted = word.is_unwanted
        if fields == {"unread": False}:  # to be without is to be read, to be without that is to be unread
            fields, is_unwanted = {"unread": True}, not is_unwanted
        if is_unwanted:
            self.without.append(ArticleQuery(**fields))
            return
        if word.value and fields.keys() & self.fields.keys() and word.key not in (*MARKS, "is"):
            self._tell(f"{word.key}: is there twice; {word.key}:{_quoted(word.value)} holds", found)
        self.fields |= fields

    def _tell(self, problem: str, found: re.Match[str]) -> None:
        self.problems.append(problem)
        self.places.append(found.span())


def without(text: str, *fields: str) -> str:
    """The line without the words that set one of these fields of ArticleQuery, or refuse it; as it is where none
    does."""
    kept = [raw for raw in _WORD.findall(text) if not set(_fields(_word(raw))) & set(fields)]
    return text if len(kept) == len(_WORD.findall(text)) else " ".join(kept)


def upon(base: str, line: str) -> str:
    """One line for both: conditions of `line` stand in the place of those of `base`, as `parse` takes them."""
    set_by_line = {
        field for raw in _WORD.findall(line) if not (word := _word(raw)).is_unwanted for field in _fields(word)
    }
    words = [(raw, _word(raw)) for raw in _WORD.findall(base)]
    kept = [raw for raw, word in words if word.is_unwanted or not set_by_line.intersection(_fields(word))]
    if kept and kept[-1].count('"') % 2:
        kept[-1] += '"'
    return " ".join(filter(None, (*kept, line.strip())))


def _fields(word: _Word) -> tuple[str, ...]:
    if word.key == "is":
        return ("unread",) if word.value.lower() == "read" else (word.value.lower(),)
    return _FIELDS.get(word.key, ())


def _word(raw: str) -> _Word:
    is_unwanted, bare = raw.startswith("-"), raw.removeprefix("-")
    if bare.lower() in MARKS:
        return _Word(bare.lower(), "", is_unwanted)
    keyed = _KEYED.fullmatch(bare)
    if keyed is not None:
        key = keyed["key"].lower()
        if key in KEYS or (keyed["value"] and _near_key(key)):
            return _Word(key, keyed["value"].replace('"', "").strip(), is_unwanted)
    return _Word("", _text(bare), is_unwanted)


def _text(raw: str) -> str:
    """Words in quotes are a phrase where they are several; as long as the quotes are not closed its last may be
    longer."""
    if '"' not in raw:
        return raw
    said = " ".join(raw.replace('"', " ").split())
    if " " not in said:
        return said
    return f'"{said}"' if raw.count('"') % 2 == 0 else f'"{said}'


def _near_key(key: str) -> str:
    near = get_close_matches(key, KEYS, 1, _KEY_IS_NEAR)
    return near[0] if near else ""


def _quoted(value: str) -> str:
    return f'"{value}"' if re.search(r"\s", value) else value


def _told(word: _Word, meant: str) -> str:
    sign = "-" if word.is_unwanted else ""
    asked = f"{sign}{word.key}:{_quoted(word.value)}?"
    return f"{asked} did you mean {sign}{meant}" if meant else f"{asked} {KEYS[word.key][1]}"


# ------------------------------------------------------------------ writing


def written(query: ArticleQuery) -> str:
    """A line that asks for it; of a query as `parse` makes them."""
    return " ".join(_written(query))


def _written(query: ArticleQuery) -> Iterator[str]:
    if query.group is not None or query.kind is not None:
        yield f"kind:{query.group or query.kind}"
    for key in _NAMED:
        if (value := getattr(query, key)) is not None:
            yield f"{key}:{_quoted(value)}"
    if query.pair is not None:
        yield f"pair:{'-'.join(sorted(query.pair))}"
    for key in ("since", "until"):
        if (moment := getattr(query, key)) is not None:
            yield f"{key}:{moment.isoformat().replace('+00:00', 'Z')}"
    yield from (mark for mark in MARKS if getattr(query, mark))
    for raw in _WORD.findall(query.text):
        yield raw if '"' in raw or _word(raw) == _Word("", raw, is_unwanted=False) else f'"{raw}"'
    yield from (f"-{each}" for unwanted in query.without for each in _written(unwanted))
