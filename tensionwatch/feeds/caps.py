"""Caps on a body before any parser sees it. Pure.

    text ──bounded──▶ text that no parser takes long over, and what was left out of it, in words for the user

What costs a parser its time lies in few places: entries beyond those that are kept (feedparser reads 10,000 small ones
in 1 s), elements inside one entry (200,000 categories took 5 s, 100,000 levels 3 s), and attributes of one element (the
standard library's SAX reader looks through all of them for each: 20,000 took 20 s), and what stands before the first
element (feedparser's search for a DOCTYPE is quadratic: 60,000 empty lines took 25 s). The good entries beside such a
one are worth having, so only the bad one is left out. A body with none of this costs two counts and a short search.
"""

from __future__ import annotations

import re
from typing import Final

MAX_ENTRIES: Final = 2_000
"""The first of them are read: feeds put the newest first."""
MAX_TAGS: Final = 20_000
"""Tags, closing ones too, within one entry, and so twice the levels; what stands before or behind the entries may have
as many."""
MAX_ATTRIBUTES: Final = 200
"""Of one element."""
MAX_PROLOGUE: Final = 5_000
"""Code points before the first element."""

_ELEMENT = re.compile(r"<\w")
_OPENS = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_CLOSES = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_LONG_TAG = re.compile(rf"<(/?[A-Za-z_][^\s<>/]*)([^<>]{{{4 * MAX_ATTRIBUTES},}})")
"""No attribute is shorter than ` a=""`: fewer than MAX_ATTRIBUTES need not be counted."""
_NO_CHARACTER = re.compile(
    r"&#(?:0*(?:[1-9]\d{6,}|5529[6-9]|55[3-9]\d\d|56\d{3}|57[0-2]\d\d|573[0-3]\d|5734[0-3])"
    r"|[xX]0*(?:[1-9a-fA-F][0-9a-fA-F]{5,}|[dD][89a-fA-F][0-9a-fA-F]{2}));"
)
"""Numbers of no character: surrogates, and seven digits or six hexadecimal ones (none of which is given out)."""
_END: Final = 1_000
"""Code points kept at the end where what stands behind the entries is too much: enough to close the root."""


def bounded(text: str) -> tuple[str, str | None]:
    """The text within the caps, and what was left out ("2,000 entries kept, 17 left out"). Nearly always the same."""
    told: list[str] = []
    first = _ELEMENT.search(text)
    if first and first.start() > MAX_PROLOGUE:
        told.append(f"{first.start():,} characters before its first element left out")
        text = text[first.start() :]
    text = _NO_CHARACTER.sub("\ufffd", text)  # feedparser fails on them, and with it every entry
    if text.count("=") > MAX_ATTRIBUTES and _has_long_tag(text):
        text = _without_attributes(text, told)
    if text.count("<") > MAX_ENTRIES:
        text = _without_what_is_too_much(text, told)
    return text, "; ".join(told) or None


def _has_long_tag(text: str) -> bool:
    """False where `_LONG_TAG` finds none, in a tenth of its time."""
    shortest = 4 * MAX_ATTRIBUTES
    return any(len(tag) > shortest and ">" not in tag[:shortest] for tag in text.split("<"))


def _without_attributes(text: str, told: list[str]) -> str:
    """Elements that have too many keep none."""
    bared = 0

    def fewer(tag: re.Match[str]) -> str:
        nonlocal bared
        name, attributes = tag.groups()
        if attributes.count("=") <= MAX_ATTRIBUTES:
            return tag[0]
        bared += 1
        return f"<{name}/" if attributes.endswith("/") else f"<{name}"

    text = _LONG_TAG.sub(fewer, text)
    if bared:
        told.append(f"more than {MAX_ATTRIBUTES} attributes left out of {_counted(bared, 'element')}")
    return text


def _without_what_is_too_much(text: str, told: list[str]) -> str:
    starts = [found.start() for found in _OPENS.finditer(text)]
    if len(starts) <= MAX_ENTRIES and text.count("<") <= MAX_TAGS:
        return text
    end = max((found.end() for found in _CLOSES.finditer(text)), default=len(text)) if starts else len(text)
    spans = list(zip(starts, [*starts[1:], max(end, *starts[-1:], 0)], strict=True))
    kept = [(start, stop) for start, stop in spans[:MAX_ENTRIES] if text.count("<", start, stop) <= MAX_TAGS]
    if beyond := len(spans) - MAX_ENTRIES if len(spans) > MAX_ENTRIES else 0:
        told.append(f"{MAX_ENTRIES:,} entries kept, {beyond:,} left out")
    if overfull := len(spans) - beyond - len(kept):
        told.append(f"{_counted(overfull, 'entry', 'entries')} of more than {MAX_TAGS:,} tags left out")
    head, tail = text[: starts[0] if starts else len(text)], text[spans[-1][1] :] if spans else ""
    if head.count("<") > MAX_TAGS or tail.count("<") > MAX_TAGS:
        told.append(f"more than {MAX_TAGS:,} tags outside entries left out")
        head, tail = _first_tags(head), tail[-_END:] if tail.count("<") > MAX_TAGS else tail
    return "".join([head, *(text[start:stop] for start, stop in kept), tail])


def _first_tags(head: str) -> str:
    parts = head.split("<", MAX_TAGS + 1)
    return head if len(parts) <= MAX_TAGS + 1 else "<".join(parts[:-1])


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
