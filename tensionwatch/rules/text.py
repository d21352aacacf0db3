"""Text to tokens: what the rules read. English; another language brings its own tokeniser. Pure.

A token keeps its place in the stored field, so that evidence can be shown in it. Three spellings stand side by side:
`low` (lower case, for words), `name` (cased, folded to ASCII, without dots, for the gazetteer) and the offsets.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from unicodedata import combining, normalize


class Token(NamedTuple):
    low: str
    name: str
    start: int
    end: int
    possessive: bool
    """It carries `'s` (or a plural's apostrophe), which is not part of its words."""


_TOKEN = re.compile(
    r"(?P<initials>(?:[A-Za-z]\.){2,})"  # U.S.  U.A.E.
    r"|(?P<initial>[A-Z])\.(?=\s?[A-Z][a-z])"  # N. Korea
    r"|(?P<title>\b(?:Mr|Mrs|Ms|Dr|Gen|Lt|Col|Maj|Sgt|Capt|Adm|Sen|Rep|Gov|St|Jr|Pres))\."
    r"|(?P<word>\w+(?:[’'](?!s\b)\w+)*)(?P<poss>[’']s?\b|[’'](?=\s))?"
    r"|(?P<mark>\.{2,}|[.!?;:|,()\[\]…—–\"“”]|(?<=\s)-+(?=\s))"
)

_SENTENCE_END = re.compile(
    r"(?:(?<!\b[A-Z])(?<!\b(?:Mr|Ms|Dr|St|Lt|Jr))(?<!\b(?:Mrs|Gen|Col|Maj|Sgt|Adm|Sen|Rep|Gov))\.|[!?…|])"
    r"[”’\"')\]]*\s+"
)
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


def tokens(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """The tokens of `text[start:end]`, offsets into `text`. Marks are tokens whose `low` is the mark itself."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text, start, len(text) if end is None else end):
        group = match.lastgroup
        if group == "mark":
            mark = match.group()
            low = "…" if len(mark) > 1 and mark[0] == "." else mark[0]
            found.append(Token(low, low, match.start(), match.end(), False))
        elif group in ("word", "poss"):
            found.append(_word(match["word"], match.start("word"), match["poss"] is not None))
        else:
            word = match.group().replace(".", "")
            found.append(Token(word.lower(), word, match.start(), match.end(), False))
    return _join_compounds(text, found)


def _word(word: str, start: int, possessive: bool) -> Token:
    name = fold(word)
    return Token(name.lower(), name, start, start + len(word), possessive)


def _join_compounds(text: str, found: list[Token]) -> list[Token]:
    """`cross` `border` → `cross-border` where the text has a hyphen that makes one word of them."""
    if not _JOINED.search(text):
        return found
    joined: list[Token] = []
    for token in found:
        last = joined[-1] if joined else None
        if last is not None and last.end + 1 == token.start and text[last.end] == "-" and _one_word(last, token):
            joined[-1] = Token(
                f"{last.low}-{token.low}", f"{last.name}-{token.name}", last.start, token.end, token.possessive
            )
        else:
            joined.append(token)
    return joined


def _one_word(first: Token, second: Token) -> bool:
    return first.low in _KEPT_TOGETHER or (first.name.islower() and second.name.islower())


def pieces(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """The spans of the sentences of `text[start:end]`. A dot after an initial or a title ends none; nor does one with
    no space behind it."""
    end = len(text) if end is None else end
    cuts = [match.end() for match in _SENTENCE_END.finditer(text, start, end)]
    spans = zip([start, *cuts], [*cuts, end], strict=True)
    return [(begin, finish) for begin, finish in spans if begin < finish and not text[begin:finish].isspace()]


def has_case(text: str) -> bool:
    """False where a text is all in capitals or all in small letters, so that case tells nothing of names."""
    return any(c.islower() for c in text) and any(c.isupper() for c in text)
