"""Strings that try to be more than text: parts of escape sequences, markup, what is not seen, what is wide."""

from __future__ import annotations

import random
from collections.abc import Sequence

PARTS = (
    # sequences, whole and in pieces that join
    "\x1b", "\x1b[", "\x1b]", "\x1b]0;", "\x1b]52;c;", "\x1b]8;;", "\x1bP", "\x1b_", "\x1b^", "\x1bX", "\x1b\\", "\x9b", "\x9d",
    "\x90", "\x9c", "\x98", "\x9e", "\x9f", "\x07", "\x08", "\x00", "\x7f", "\r", "\n", "\t", "\x0b", "\x0c", "\x0e", "\x0f",
    "\x05", "\x84", "\x85", "?", ";", ":", "1", "31", "m", "J", "H", "h", "l", "c", "n", "$p", ">", "!p", "(0", "#8",
    "\x1b[2J", "\x1b[?1049l", "\x1b[?1003h", "\x1b[6n", "\x1b[31;1m", "\x1b]0;owned\x07", "\x1b]52;c;cm0gLXJm\x07",
    "\x1b]8;;file:///etc/passwd\x1b\\", "\x1bPq#0;2;0;0;0~\x1b\\", "\x1b_Gf=24;AAAA\x1b\\", "\x1bc", "\x9b31m", "\x9d0;x\x9c",
    "\x1bPtmux;\x1b\x1b]0;x\x07\x1b\\", "\x1b\x00[31m", "\x1b\x1b[[31m",
    # what is not seen, or turns things round
    "\u202e", "\u202a", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff",
    "\u2028", "\u2029", "\xad", "\u3164", "\uffa0", "\U000e0041", "\ufe0f", "\U000e0100", "\uffff", "\ufffe", "\ue000",
    "\ud800", "\udfff", "\x1b[\ud83d",
    # markup of Rich, Textual and others
    "[red]", "[/]", "[/red]", "[@click=app.quit]", "[@click='app.quit']x[/]", "[link=file:///etc/passwd]", "[", "]", "\\[", "\\",
    "[bold red on #ffffff]", "$primary", ":skull:", "{0}", "%s", "<b>", "&#27;", "&lt;", "<script>",
    # widths
    "國", "한글", "👩", "👨\u200d👩\u200d👧\u200d👦", "🇰🇷", "🇰", "☀\ufe0f", "👍🏽", "é", "e\u0301", "\u0301", "\u0301" * 30, "ш", "ש", "عليكم",
    "नि", "ﷺ", "\u3000", "\xa0", "a", " ", "word", "and some more words", "x" * 90, "國" * 60,
)  # fmt: skip
LONG = 0.002
"""Share that is very long."""


def strings(count: int, seed: int = 1) -> list[str]:
    """So many, the same for the same seed."""
    chance = random.Random(seed)
    return [
        "".join(
            chance.choices(PARTS, k=chance.randint(500, 2_000) if chance.random() < LONG else chance.randint(1, 24))
        )
        for _ in range(count)
    ]


def marked(texts: Sequence[str], first: int = 0) -> list[str]:
    """Each begins with its number, by which it is found again where it is drawn."""
    return [f"«{first + n}»{text}" for n, text in enumerate(texts)]
