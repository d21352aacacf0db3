"""Text to tokens: what the rules read. English; another language brings its own tokeniser. Pure.

A token is a Term of one word or mark. It keeps its place in the stored field, so that evidence can be shown in it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from unicodedata import combining, normalize


class Term(NamedTuple):
    """A word, a mark, or (once names are put together, see terms.py) a name with what it stands for."""

    low: str
    """In lower case, without diacritics; of a name of several words the last one."""
    classes: frozenset[str]
    """What a pattern may call it."""
    start: int
    """Code points into the field."""
    end: int
    country: str | None = None
    label: str | None = None
    """A person's name or a place's id."""
    name: str = ""
    """Of a word: cased, folded, without dots; what the gazetteer knows names by."""
    possessive: bool = False
    """It carries `'s` (or a plural's apostrophe), which is not part of its words."""


NO_CLASSES: frozenset[str] = frozenset()
_NUMBER = frozenset({"number"})
_NUMBERS = frozenset(
    """one two three four five six seven eight nine ten eleven twelve dozen dozens twenty thirty forty fifty hundred
    hundreds scores several thousands""".split()
)

_WORDS = ("word", "poss")
_TOKEN = re.compile(
    r"(?P<initials>(?:[A-Za-z]\.){2,})"  # U.S.  U.A.E.
    r"|(?P<initial>[A-Z])\.(?=\s?[A-Z][a-z])"  # N. Korea
    r"|(?P<title>\b(?:Mr|Mrs|Ms|Dr|Gen|Lt|Col|Maj|Sgt|Capt|Adm|Sen|Rep|Gov|St|Jr|Pres))\."
    r"|(?P<word>\w+(?:[’'](?!s\b)\w+)*)(?P<poss>[’']s?\b|[’'](?=\s))?"
    r"|(?P<mark>\.{2,}|[.!?;:|,()\[\]…—–\"“”]|(?<=\s)-+(?=\s))"
)

_SENTENCE_END = re.compile(r"[.!?…|][”’\"')\]]*\s+")
_NO_END = re.compile(r"(?:\b[A-Z]|\b(?:Mr|Ms|Dr|St|Lt|Jr|Mrs|Gen|Col|Maj|Sgt|Adm|Sen|Rep|Gov))$")
"""Before a dot: an initial or a title, which ends no sentence."""
SENTENCE_ENDS = frozenset({".", "!", "?", "…", "|"})
CLAUSE_MARKS = frozenset({",", ";", ":", "—", "–", "-", "(", ")", "[", "]", '"', "“", "”"})
MARKS = SENTENCE_ENDS | CLAUSE_MARKS

_JOINED = re.compile(r"(?<=\w)-(?=\w)")
_KEPT_TOGETHER = frozenset(
    "cross pro anti ex non co re pre post mid self semi multi inter sub trans ultra far long short high low one two"
    " three four five six seven eight nine ten first second third half year day month week hour".split()
)
"""A word before a hyphen with which the next makes one word: `cross-border` is not a crossing of a border."""

_PREFIX = re.compile(
    r"^\s*(?:(?:LIVE|WATCH|VIDEO|EXCLUSIVE|UPDATE ?\d*|BREAKING(?: NEWS)?|JUST IN|PHOTOS?|ANALYSIS|EXPLAINER|Watch|"
    r"Live|Breaking|Exclusive|Update)\s*[:|–—-]\s*)+"
)
_SUFFIX = re.compile(
    r"\s+[-|–—]\s+"
    r"(?:[A-Z][\w.&'’]*(?:\s+(?:of|the|and|[A-Z][\w.&'’]*)){0,4}|as it happened|live|video|live updates)\s*$"
)
_DATELINE = re.compile(
    r"^[A-Z][A-Za-z .,'’/-]{2,40}\s\((?:[A-Z][\w/ .-]{1,30})\)\s*[-–—:]+\s*|^\(?[A-Z]{2,10}\)\s*[-–—]\s"
)


def body_span(text: str, *, title: bool) -> tuple[int, int]:
    """Where the news stands in a field: without `LIVE:`, ` - Some Paper`, or a dateline."""
    start, end = 0, len(text)
    if match := (_PREFIX if title else _DATELINE).match(text):
        start = match.end()
    if title and (match := _SUFFIX.search(text, start)):
        end = match.start()
    return (start, end) if start < end else (0, len(text))


_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": ".", "\u00a0": " "})


def fold(text: str) -> str:
    """Without diacritics and with plain quotes: `Erdoğan’s` → `Erdogan's`. Not for offsets."""
    if text.isascii() or (text := text.translate(_QUOTES)).isascii():
        return text
    return "".join(map(_fold_character, text))


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    if character.isascii():
        return character
    if character in _NO_DECOMPOSITION:
        return _NO_DECOMPOSITION[character]
    return "".join(c for c in normalize("NFKD", character) if not combining(c))


_NO_DECOMPOSITION = {
    "ı": "i",
    "ł": "l",
    "Ł": "L",
    "ø": "o",
    "Ø": "O",
    "đ": "d",
    "Đ": "D",
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
}


def tokens(text: str, start: int = 0, end: int | None = None) -> list[Term]:
    """The words and marks of `text[start:end]`, offsets into `text`. A mark's `low` is the mark itself."""
    found: list[Term] = []
    for match in _TOKEN.finditer(text, start, len(text) if end is None else end):
        group = match.lastgroup
        if group in _WORDS:
            word = match["word"]
            name = word if word.isascii() else fold(word)
            low, begin = name.lower(), match.start()
            classes = _NUMBER if low in _NUMBERS or low.isdigit() else NO_CLASSES
            found.append(Term(low, classes, begin, begin + len(word), None, None, name, group == "poss"))
        elif group == "mark":
            mark = match.group()
            low = "…" if len(mark) > 1 and mark[0] == "." else mark[0]
            found.append(Term(low, NO_CLASSES, match.start(), match.end(), None, None, low))
        else:
            word = match.group().replace(".", "")
            found.append(Term(word.lower(), NO_CLASSES, match.start(), match.end(), None, None, word))
    return _join_compounds(text, found) if _JOINED.search(text, start, end or len(text)) else found


def _join_compounds(text: str, found: list[Term]) -> list[Term]:
    """`cross` `border` → `cross-border` where the text has a hyphen that makes one word of them."""
    joined: list[Term] = []
    for word in found:
        last = joined[-1] if joined else None
        if last is not None and last.end + 1 == word.start and text[last.end] == "-" and _one_word(last, word):
            low, name = f"{last.low}-{word.low}", f"{last.name}-{word.name}"
            joined[-1] = Term(low, NO_CLASSES, last.start, word.end, None, None, name, word.possessive)
        else:
            joined.append(word)
    return joined


def _one_word(first: Term, second: Term) -> bool:
    return first.low in _KEPT_TOGETHER or (first.name.islower() and second.name.islower())


def pieces(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """The spans of the sentences of `text[start:end]`. A dot after an initial or a title ends none; nor does one with
    no space behind it."""
    end = len(text) if end is None else end
    cuts = [
        match.end()
        for match in _SENTENCE_END.finditer(text, start, end)
        if text[match.start()] != "." or not _NO_END.search(text, max(start, match.start() - 5), match.start())
    ]
    spans = zip([start, *cuts], [*cuts, end], strict=True)
    return [(begin, finish) for begin, finish in spans if begin < finish and not text[begin:finish].isspace()]


def has_case(text: str) -> bool:
    """False where a text is all in capitals or all in small letters, so that case tells nothing of names."""
    return any(c.islower() for c in text) and any(c.isupper() for c in text)
