"""How single values of the configuration are read: from what TOML holds to what the program uses.

A `Reader` takes a value and the `Spot` where it stands, and gives the value as the program wants it. What is wrong with
the value itself it raises as `Wrong`; what is wrong with parts of it is told at their own spots, and the whole is BAD:
so one look at a file finds everything.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tensionwatch.config_lines import Lines
from tensionwatch.errors import Problem
from tensionwatch.units import format_duration, format_size, parse_duration, parse_percent, parse_size


class Wrong(Exception):
    """What is wrong with a value, what would be right, and what was perhaps meant."""

    def __init__(self, what: str, allowed: str = "", did_you_mean: str = "") -> None:
        super().__init__(what)
        self.what, self.allowed, self.did_you_mean = what, allowed, did_you_mean


@dataclass
class Document:
    """A file being read, and the problems found in it so far."""

    file: str
    """As the user gave it."""
    text: str
    folder: Path
    """What paths in it are relative to."""
    problems: list[Problem] = field(default_factory=list)

    @cached_property
    def lines(self) -> Lines:
        return Lines(self.text)


BAD: Any = object()
"""What reading gives in place of a value that could not be read, once that has been told."""


@dataclass(frozen=True)
class Spot:
    """Where a value stands in a document."""

    document: Document
    path: str = ""

    def key(self, name: str) -> Spot:
        name = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else shown(name)
        return Spot(self.document, f"{self.path}.{name}" if self.path else name)

    def item(self, index: int) -> Spot:
        return Spot(self.document, f"{self.path}[{index}]")

    def tell(self, wrong: Wrong) -> None:
        line = self.document.lines.of(self.path)
        problem = Problem(self.document.file, self.path, wrong.what, wrong.allowed, wrong.did_you_mean, line)
        self.document.problems.append(problem)

    def read(self, reader: Reader, value: object) -> Any:
        """The value read, or BAD after telling why it cannot be."""
        try:
            return reader(value, self)
        except Wrong as wrong:
            self.tell(wrong)
            return BAD


Reader = Callable[[object, Spot], Any]
N = TypeVar("N", int, float)


def shown(value: object) -> str:
    """A value as it is quoted in a message: on one line, without control characters, cut at 60."""
    if isinstance(value, bool | dict):
        return "a table" if isinstance(value, dict) else str(value).lower()
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # hexadecimal numbers beyond 4,300 digits; tables nested by dotted keys
        return "a value too long to show"
    return text if len(text) <= 60 else f"{text[:59]}…"


def nearest(word: str, words: Iterable[str]) -> str:
    """The one of `words` that looks most like `word`, or empty."""
    from difflib import get_close_matches  # only a file with a problem pays for it

    return next(iter(get_close_matches(word, words, n=1, cutoff=0.6)), "")


# ------------------------------------------------------------------ text


def string(value: object, _: Spot) -> str:
    """Text with something in it, and without control characters: it is shown in a terminal and sent in headers."""
    if not isinstance(value, str):
        raise Wrong(f"not text: {shown(value)}", "text in quotes")
    if not value.strip():
        raise Wrong("empty", "text in quotes")
    if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in value):
        raise Wrong(f"has control characters: {shown(value)}")
    return value


def ascii_line(value: object, spot: Spot) -> str:
    text = string(value, spot)
    if not text.isascii():
        raise Wrong(f"not plain ASCII: {shown(text)}", "ASCII alone, as HTTP headers are")
    return text


def one_of(*words: str) -> Reader:
    def read(value: object, spot: Spot) -> str:
        text = string(value, spot)
        if text not in words:
            raise Wrong(f"unknown: {shown(text)}", ", ".join(words), nearest(text.lower(), words))
        return text

    return read


def identifier(value: object, spot: Spot) -> str:
    text = string(value, spot)
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", text):
        suggestion = re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")
        raise Wrong(f"not an id: {shown(text)}", "a-z, 0-9, _ and -, beginning with a letter or digit", suggestion)
    return text


def language(value: object, spot: Spot) -> str:
    text = string(value, spot)
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*", text):
        raise Wrong(f"not a language tag: {shown(text)}", "a BCP 47 tag such as en, fr or pt-BR")
    return text


def address(value: object, spot: Spot) -> str:
    """An http or https URL with a host."""
    url = string(value, spot)
    allowed = "http:// or https:// with a host"
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port  # `port` raises ValueError beyond 65535
    except ValueError as error:
        raise Wrong(f"not a web address: {shown(url)} ({error})", allowed) from None
    if parts.scheme not in ("http", "https"):
        raise Wrong(f"not a web address: {shown(url)}", allowed, f"https://{url}" if _lacks_scheme(url) else "")
    if not host or not host.strip(".") or any(c.isspace() for c in url):
        raise Wrong(f"not a web address: {shown(url)}", f"{allowed} and without spaces")
    if not url.isprintable():
        raise Wrong(f"not a web address: {shown(url)}", f"{allowed} and without characters that cannot be seen")
    return url


def _lacks_scheme(url: str) -> bool:
    return "://" not in url and re.match(r"[\w-]+(\.[\w-]+)+(/|$)", url) is not None


def timezone(value: object, spot: Spot) -> str:
    name = string(value, spot)
    if name in ("local", "UTC"):
        return name
    from zoneinfo import ZoneInfo, available_timezones  # only those who name a zone pay for it

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not there; not a name of that form; a folder of zones such as Europe
        meant = nearest(name, ["local", "UTC", *sorted(available_timezones())])
        raise Wrong(f"unknown time zone: {shown(name)}", "local, UTC or a name such as Asia/Seoul", meant) from None
    return name


# ------------------------------------------------------------------ numbers


def boolean(value: object, _: Spot) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f"not a yes or no: {shown(value)}", "true or false")
    return value


def auto_or_boolean(value: object, _: Spot) -> bool | None:
    """None is "auto"."""
    if value != "auto" and not isinstance(value, bool):
        raise Wrong(f"not a yes or no: {shown(value)}", '"auto", true or false')
    return None if value == "auto" else bool(value)


def integer(low: int, high: int) -> Reader:
    def read(value: object, _: Spot) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise Wrong(f"not a whole number: {shown(value)}", f"{low} to {high}")
        return _within(value, low, high, shown)

    return read


def none_or(low: int, high: int) -> Reader:
    """A whole number where 0 stands for none."""

    def read(value: object, _: Spot) -> int:
        allowed = f"0 for none, or {low} to {high}"
        if not isinstance(value, int) or isinstance(value, bool):
            raise Wrong(f"not a whole number: {shown(value)}", allowed)
        if value != 0 and not low <= value <= high:
            raise Wrong(f"out of range: {shown(value)}", allowed)
        return value

    return read


def duration(low: str, high: str) -> Reader:
    """Seconds."""

    def read(value: object, _: Spot) -> float:
        if isinstance(value, int) and not isinstance(value, bool):
            raise Wrong(f"has no unit: {shown(value)}", f'text such as "{shown(value)}s" or "{shown(value)}m"')
        seconds = _parsed(parse_duration, value, "a duration", "text such as 90s, 15m, 1h30m or 2d")
        return _within(seconds, parse_duration(low), parse_duration(high), format_duration)

    return read


def size(low: str, high: str) -> Reader:
    """Bytes."""

    def read(value: object, _: Spot) -> int:
        count = _parsed(parse_size, value, "a size", "text such as 512KB or 10MB")
        return _within(count, parse_size(low), parse_size(high), format_size)

    return read


def percentage(low: str, high: str) -> Reader:
    """A share: 0.1 for `10%`."""

    def read(value: object, _: Spot) -> float:
        share = _parsed(parse_percent, value, "a percentage", "text such as 10%")
        return _within(share, parse_percent(low), parse_percent(high), lambda share: f"{share * 100:g}%")

    return read


def _parsed(parse: Callable[[str], N], value: object, noun: str, allowed: str) -> N:
    try:
        return parse(value if isinstance(value, str) else "")
    except ValueError:
        raise Wrong(f"not {noun}: {shown(value)}", allowed) from None


def _within(value: N, low: N, high: N, spelled: Callable[[N], str]) -> N:
    if not low <= value <= high:
        raise Wrong(f"out of range: {spelled(value)}", f"{spelled(low)} to {spelled(high)}")
    return value


# ------------------------------------------------------------------ lists


def listed(reader: Reader) -> Reader:
    """A list whose every item `reader` reads; BAD when any could not be, each told at its own spot."""

    def read(value: object, spot: Spot) -> Any:
        if not isinstance(value, list):
            raise Wrong(f"not a list: {shown(value)}", "values in square brackets")
        items = tuple(spot.item(index).read(reader, item) for index, item in enumerate(value))
        return BAD if BAD in items else items

    return read


def dyad(value: object, spot: Spot) -> Any:
    """Two different countries, as a frozenset."""
    if not isinstance(value, list) or len(value) != 2:
        raise Wrong(f"not a pair: {shown(value)}", 'two countries such as ["PRK", "KOR"]')
    pair = listed(country)(value, spot)
    if pair is BAD:
        return BAD
    if pair[0] == pair[1]:
        raise Wrong(f"twice the same country: {pair[0]}", "two different countries")
    return frozenset(pair)


# ------------------------------------------------------------------ files


def file_path(value: object, spot: Spot) -> Path:
    """An absolute path: `~` is the home folder, the rest is relative to the folder of the configuration."""
    text = string(value, spot)
    try:
        return spot.document.folder / Path(text).expanduser()
    except RuntimeError as error:
        raise Wrong(f"not a path: {shown(text)} ({error})", "a path; ~ stands for your own home folder") from None


def existing_file(value: object, spot: Spot) -> Path:
    path = file_path(value, spot)
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise Wrong(f"cannot be read: {shown(str(path))} ({error.strerror})", "a rule pack, a TOML file") from None


# ------------------------------------------------------------------ countries

_COUNTRIES = Path(__file__).parent / "rules" / "data" / "countries.toml"


def country(value: object, spot: Spot) -> str:
    code = string(value, spot)
    if code not in country_codes():
        raise Wrong(f"{shown(code)} is not a country code", "ISO 3166 alpha-3 such as PRK", _code_meant(code))
    return code


@cache
def country_codes() -> frozenset[str]:
    """All codes of the rules' gazetteer, read by their lines alone: 0.4 ms; tomllib takes 11 for its names."""
    return frozenset(re.findall(r'^id\s*=\s*"(\w+)"', _COUNTRIES.read_text("utf-8"), re.MULTILINE))


def _code_meant(text: str) -> str:
    """The code of the country whose name, or whose code in other letters, this is; or empty."""
    if text.upper() in country_codes():
        return text.upper()
    tables = tomllib.loads(_COUNTRIES.read_text("utf-8"))["country"]
    names = ((name, table["id"]) for table in tables for name in (table["name"], *table.get("names", ())))
    codes: dict[str, str] = {name.casefold(): code for name, code in names}
    return codes.get(nearest(text.casefold(), codes), "")
