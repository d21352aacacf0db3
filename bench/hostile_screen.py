"""Hostile strings in every widget of the real application, and what of it reaches the terminal: text, and nothing else.

    .venv/bin/python bench/hostile_screen.py [--strings 100000] [--at-once 10000] [--seed 1] [--json]

Fuzzed strings (fuzz.py: sequences whole and in pieces, C1, bidi, what is not seen, stacks of marks, markup, wide and
very long ones, half surrogates) are what feeds, publishers, regions, places, people, rules, alerts and reasons say in
the tests' world; the application draws them on a pty of 200 x 160, so many at once, in a process each
(hostile_child.py), and every byte that it writes is read here:

- each escape sequence must be one of those that are written out below, by its whole grammar;
- besides them there is text alone: no control character, nothing that turns the order round or is not seen;
- no line goes beyond the terminal's edge, and what the clipboard is given is text alone;
- the program ends by itself, with 0.

Each string begins with its number, by which it is found again in what was drawn: `seen` is how many were.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from newsstand import plain_environment
from rich.cells import cell_len
from rows import Row
from terminal import Terminal

HERE = Path(__file__).parent
SIZE = (200, 160)
"""Lines and columns."""
STAGE = re.compile(r"\x1b\]777;([a-z ]+)\x07")
"""Written by the child between two parts of its walk."""
ALLOWED = {
    "colours": r"\x1b\[[0-9;:]*m",
    "cursor": r"(?P<moved>\x1b\[(?:\d+;(?P<column>\d+))?H)",
    "modes": r"\x1b\[\?(?:7|25|1000|1003|1004|1006|1015|1016|1049|2004|2026|2048)[hl]",
    "questions at the start": r"\x1b\[\?(?:2026|2048)\$p|\x1b\[c|\x1b\[\?u",
    "keys": r"\x1b\[[<>=]\d*(?:;\d+)*u",
    "pointer": r"\x1b\]22;[a-z-]*\x1b\\|\x1b\]22;[a-z-]*\x07",
    "clipboard": r"\x1b\]52;c;(?P<copied>[A-Za-z0-9+/=]*)\x07",
}
"""What Textual and the application write by themselves, harmless titles or not."""
_SEQUENCE = re.compile("|".join(f"(?:{grammar})" for grammar in ALLOWED.values()))
_UNSEEN = set(
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f\u061c\u2060\ufeff\u2028\u2029\xad"
)
_MARK = re.compile(r"«(\d+)»")
LIMIT = 900.0
"""Seconds in which one process must be over."""


class Found(NamedTuple):
    foreign: list[str]
    """What should not have been written, with what stands around it."""
    beyond: list[str]
    """Lines that go beyond the edge."""
    seen: dict[str, set[int]]
    """Part of the walk → numbers of the strings of which the beginning was drawn there."""
    stages: list[str]
    """Parts of the walk, in their order."""
    written: int
    """Bytes."""
    code: int


def drawn(count: int, seed: int, first: int, kind: str, size: tuple[int, int] = SIZE) -> tuple[bytes, int]:
    """All that the application writes while it shows so many strings, and its exit code."""
    environment = plain_environment(Path("/nonexistent")) | {
        "PYTHONPATH": os.pathsep.join((str(HERE.parent), str(HERE)))
    }
    command = [sys.executable, HERE / "hostile_child.py", str(count), str(seed), str(first), kind]
    with Terminal(command, environment, size=size) as terminal:
        return terminal.rest(LIMIT)


def looked_through(written: bytes, code: int, width: int = SIZE[1]) -> Found:
    """Read all that was written, as a terminal does."""
    parts = STAGE.split(written.decode("utf-8", "surrogateescape"))
    found = Found([], [], {}, parts[1::2], len(written), code)
    for name, part in zip(["start", *parts[1::2]], parts[::2], strict=True):
        numbers = found.seen.setdefault(name, set())
        for column, piece in _pieces(part, name, found):
            found.foreign.extend(_foreign(piece, name))
            numbers.update(map(int, _MARK.findall(piece)))
            if column + cell_len(piece) > width:
                found.beyond.append(f"{name}: from {column}, {cell_len(piece)} cells: {piece[-60:]!a}")
    return found


def _pieces(part: str, name: str, found: Found) -> Iterator[tuple[int, str]]:
    """The texts between two moves of the cursor, and the column in which each begins."""
    column, piece, at = 0, "", 0
    for sequence in _SEQUENCE.finditer(part):
        piece += part[at : sequence.start()]
        at = sequence.end()
        if sequence["copied"] is not None:
            found.foreign.extend(_copied(sequence["copied"], name))
        if sequence["moved"] is not None:
            yield column, piece
            piece, column = "", int(sequence["column"] or 1) - 1
    yield column, piece + part[at:]


def _foreign(piece: str, name: str) -> Iterator[str]:
    for at, character in enumerate(piece):
        if (
            not character.isprintable()
            and (unicodedata.category(character) in {"Cc", "Cs"} or character in _UNSEEN)
            and character not in "\r\n"
        ):
            yield f"{name}: U+{ord(character):04X} in {piece[max(0, at - 20) : at + 40]!a}"


def _copied(copied: str, name: str) -> Iterator[str]:
    text = base64.b64decode(copied).decode("utf-8", "surrogateescape")
    return _foreign(text.replace("\n", ""), f"{name}, copied")


def rows(strings: int = 100_000, at_once: int = 10_000, seed: int = 1) -> Iterator[Row]:
    foreign, beyond, codes, written = 0, 0, Counter[int](), 0
    seen: dict[str, set[int]] = {}
    began = time.monotonic()
    for first in range(0, strings, at_once):
        count = min(at_once, strings - first)
        found = looked_through(*drawn(count, seed + first, first, "hostile"))
        for told in [*found.foreign[:5], *found.beyond[:5]]:
            print(told, file=sys.stderr)
        foreign, beyond, written = foreign + len(found.foreign), beyond + len(found.beyond), written + found.written
        codes[found.code] += 1
        for name, numbers in found.seen.items():
            seen.setdefault(name, set()).update(numbers)
        so_far = f"{first + count:,} strings: {foreign} foreign, {beyond} beyond, ends {dict(codes)}"
        print(f"{so_far}; seen in {_told(seen)}", file=sys.stderr, flush=True)
    done = f"of {strings:,} fuzzed strings, {written / 1e6:,.0f} MB drawn in {time.monotonic() - began:.0f} s"
    yield Row("foreign sequences or characters", foreign, None, 0, "", done)
    yield Row("lines beyond the edge", beyond, None, 0, "", "in cells, as Rich measures them")
    yield Row("ends other than in order", codes.total() - codes[0], None, 0, "", f"of {codes.total()} processes")
    drawn_at_all = set().union(*seen.values())
    yield Row("strings not seen", strings - len(drawn_at_all), None, 0, "", f"seen in {_told(seen)}")


def _told(seen: Mapping[str, Collection[int]]) -> str:
    """How many each part of the walk has shown."""
    return ", ".join(f"{name} {len(numbers):,}" for name, numbers in seen.items() if numbers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strings", type=int, default=100_000)
    parser.add_argument("--at-once", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    told = []
    for row in rows(options.strings, options.at_once, options.seed):
        told.append(row.as_json())
        if not options.json:
            print(row.line(), flush=True)
    if options.json:
        print(json.dumps(told))


if __name__ == "__main__":
    main()
