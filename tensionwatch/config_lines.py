"""On which line of a TOML file a table or key stands. Pure.

tomllib tells lines of syntax errors alone, so the text of a file that it has accepted is read once more, statement by
statement: strings and comments are blanked out first, and what stands inside brackets that are still open is skipped.
Headers in quotes and keys of inline tables are not found; what asks for them is given the line of what is around them.
"""

from __future__ import annotations

import re

_STRING_OR_COMMENT = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'" r"|\#[^\n]*",
    re.DOTALL,
)
_NAME = r"[A-Za-z0-9_-]+(?:\s*\.\s*[A-Za-z0-9_-]+)*"
_LIST_HEADER = re.compile(rf"\s*\[\[\s*({_NAME})\s*\]\]")
_TABLE_HEADER = re.compile(rf"\s*\[\s*({_NAME})\s*\]")
_KEY = re.compile(rf"\s*({_NAME})\s*=")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
"""What needs no quotes; what does is called with them."""
_QUOTED_KEY = re.compile(r"""\s*(?:"([^"\\\n]+)"|'([^'\n]+)')\s*=""")


class Lines:
    """Lines, counted from 1, by paths such as `poll`, `feed` (its first), `feed[3]` and `feed[3].interval`."""

    def __init__(self, text: str) -> None:
        self._found: dict[str, int] = {}
        self._lengths: dict[str, int] = {}
        self._ends: dict[str, int] = {}
        self._table: str | None = ""
        self._scan(_STRING_OR_COMMENT.sub(_blank, text).split("\n"), text.split("\n"))

    def of(self, path: str) -> int | None:
        """The line of what `path` names or, where that is not known, of the nearest thing around it."""
        while path and path not in self._found:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self._found.get(path)

    def extent(self, path: str) -> tuple[int, int] | None:
        """First and last line of a table of a list, such as `feed[3]`: from its header to the end of the last key that
        is its own or that of a table within it. None where no header begins it."""
        return (self._found[path], self._ends[path]) if path in self._ends else None

    def _scan(self, masked: list[str], written: list[str]) -> None:
        depth = 0
        for number, line in enumerate(masked, start=1):
            if depth == 0:
                self._statement(line, number)
                self._quoted(line, written[number - 1], number)
            if self._table is not None and "[" in self._table and (depth or line.strip()):
                self._ends[self._table.partition(".")[0]] = number
            depth += sum(map(line.count, "[{")) - sum(map(line.count, "]}"))

    def _statement(self, line: str, number: int) -> None:
        if header := _LIST_HEADER.match(line):
            name = _tidy(header[1])
            self._lengths[name] = self._lengths.get(name, 0) + 1
            self._found.setdefault(name, number)
            self._begin(name, number)
        elif header := _TABLE_HEADER.match(line):
            self._begin(_tidy(header[1]), number)
        elif line.lstrip().startswith("["):
            self._table = None  # a header in quotes: the keys below it belong to no table that we could name
        elif (key := _KEY.match(line)) and self._table is not None:
            self._found.setdefault(f"{self._table}.{_tidy(key[1])}".removeprefix("."), number)

    def _quoted(self, masked: str, written: str, number: int) -> None:
        """`"watch.index" = "i"`; not what looks so within a string of several lines, whose end is masked too."""
        key = _QUOTED_KEY.match(written)
        if key and self._table is not None and masked[key.end() - 1 : key.end()] == "=":
            name = key[1] or key[2]
            name = name if _BARE.fullmatch(name) else repr(name)
            self._found.setdefault(f"{self._table}.{name}".removeprefix("."), number)

    def _begin(self, name: str, number: int) -> None:
        self._table = self._resolve(name)
        self._found.setdefault(self._table, number)

    def _resolve(self, name: str) -> str:
        """`feed` and `feed.more` mean the last feed begun."""
        first, dot, rest = name.partition(".")
        count = self._lengths.get(first)
        return name if count is None else f"{first}[{count - 1}]{dot}{rest}"


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0]) if match[0].startswith("#") else re.sub(r"[^\n]", "~", match[0])


def _tidy(name: str) -> str:
    return re.sub(r"\s", "", name)
