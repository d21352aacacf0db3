"""Text measured in terminal cells: Korean and Chinese take two, so lengths and slices will not do. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from math import ceil

from rich.cells import cell_len, chop_cells, set_cell_size

from tensionwatch.sanitise import visible

ELLIPSIS = "…"
SPARKS = "▁▂▃▄▅▆▇█"
ZERO = "·"

_BETWEEN = " –-"
"""Where a text may be cut between words."""

Run = tuple[str, str]
"""A piece of a line: its text, and the name of its style (empty for the line's own)."""


_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20df\u20e1-\u20e2\u20e4-\u20ff\ufe20-\ufe2f"
"""Accents that stand over and under others."""
_SINGLE = "\u200d\u20e3\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef\U0001f1e6-\U0001f1ff"
"""Joiner, keycap, variants, shades of skin, letters of flags."""
_UNSTEADY = re.compile(f"[{_SINGLE}]|(?<=[{_MARKS}]{{2}})[{_MARKS}]+")
_PERHAPS_UNSTEADY = re.compile(f"[{_SINGLE}{_MARKS}]")
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


def steady(text: str) -> str:
    """The text without what takes as many cells as each terminal thinks: a family of emoji is one, or three, or six
    cells wide. Emoji stand side by side, flags are letters, piles of accents lose all but two: then every character has
    its own width, whatever stands beside it, and the columns behind it stay where they are."""
    if text.isascii() or not _PERHAPS_UNSTEADY.search(text):  # 3 µs for a headline in Korean
        return text
    return _UNSTEADY.sub(_stand_in, text)


def _stand_in(found: re.Match[str]) -> str:
    code = ord(found[0][0])
    return chr(ord("A") + code - _FLAG_LETTERS.start) if code in _FLAG_LETTERS else ""


def line(text: str) -> str:
    """Outside text for one line: sanitised, every run of white space one space, each character of its own width."""
    return steady(visible(" ".join(text.split())))


def prose(text: str) -> str:
    """Outside text that may have several lines: the same line by line."""
    return "\n".join(steady(visible(part)) for part in text.splitlines())


def cut(text: str, width: int) -> str:
    """The text in at most `width` cells, with an ellipsis where it had to be cut."""
    if width <= 0:
        return ""
    head = text[: 4 * width + 4]  # a title may have 10,000 characters: measure no more than can show
    if len(head) == len(text) and cell_len(text) <= width:
        return text
    return set_cell_size(head, width - 1).rstrip() + ELLIPSIS


def cut_words(text: str, width: int) -> str:
    """As `cut`, but between two words where that is possible."""
    if cell_len(text) <= width:
        return text
    head = cut(text, width).removesuffix(ELLIPSIS)
    between = max(map(head.rfind, _BETWEEN))
    if text[len(head)] not in _BETWEEN and between > 0:
        head = head[:between]
    return head.rstrip(" ·,:–-") + ELLIPSIS if head else ""


def longest(forms: Iterable[str], width: int) -> str:
    """The first of these forms that has room, from the longest to the shortest; that one is cut between words."""
    said = ""
    for said in forms:
        if cell_len(said) <= width:
            return said
    return cut_words(said, width)


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, broken between words, and within those that are longer."""
    lines = [""]
    for word in text.split():
        if lines[-1] and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += " " + word
            continue
        lines += chop_cells(word, max(2, width))  # two: what is wide must fit
    return lines[1:] or lines


def fit(text: str, width: int, *, right: bool = False) -> str:
    """The text in exactly `width` cells: cut with an ellipsis, or padded on the one side or the other."""
    text = cut(text, width)
    pad = " " * (width - cell_len(text))
    return pad + text if right else text + pad


def row(columns: Iterable[tuple[str, int, str]], gap: int = 2) -> list[Run]:
    """Columns of (text, width, style), `gap` cells apart; a column without width is left out."""
    runs: list[Run] = []
    for text, width, style in columns:
        if width > 0:
            if runs:
                runs.append((" " * gap, ""))
            runs.append((fit(text, width), style))
    return runs


def spread(left: str, right: str, width: int) -> tuple[str, str]:
    """Two texts at the two ends of a line; the right one keeps its words, the left one is cut. Joined they fill it."""
    right = cut(right, width)
    room = width - cell_len(right)
    return fit(left, room - 1) + " " if room > 0 else "", right


def sparkline(numbers: Sequence[float], peak: float) -> str:
    """One character per number, on the scale 0 to `peak`; zero is a dot, anything above it at least one eighth."""
    return "".join(ZERO if n <= 0 else SPARKS[min(7, max(0, ceil(8 * n / (peak or 1)) - 1))] for n in numbers)


def number(n: int) -> str:
    """A count in at most 3 cells: 999, then 1k, 12k."""
    return str(n) if n < 1000 else f"{min(n // 1000, 99)}k"


def many(n: int, word: str) -> str:
    """`1 report`, `3 reports`."""
    return f"{n} {word}" if n == 1 else f"{n} {word}s"
