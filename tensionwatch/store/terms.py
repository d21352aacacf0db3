"""What is searched for in a text, and what a person's words ask for. Pure.

    "Erdoğan's 2nd visit"   ─▶ erdogan s 2nd visit
    "北朝鮮がミサイル"        ─▶ 北朝 朝鮮 鮮が がミ ミサ サイ イル ル

Words are runs of letters and digits, without case and accents, and are found by their beginning. Scripts that set no
spaces between words, and Korean, whose words carry their particles, are cut into pairs of neighbours instead, so that
any part of a run is found: one character as the beginning of a pair, longer parts as all of their pairs. Pairs that
stand apart would pass too; a trigram index would be exact, but finds no word of two characters, which most are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple
from unicodedata import normalize

_RUNS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters
    "\u1100-\u11ff\uac00-\ud7a3"  # Hangul
)
_VOWELS = "\u0900-\u0963\u0966-\u0dff"
"""Indic scripts, whose vowel signs are no letters to Python: a word would end at each."""

_LETTER = rf"(?:[^\W_]|[{_VOWELS}])"
_ASCII_WORD = re.compile(r"[a-z0-9]{1,64}")
_PLAIN_WORD = re.compile(r"[^\W_]{1,64}")
_RUN = re.compile(f"[{_RUNS}]+")
_SPECIAL = re.compile(f"[{_RUNS}{_VOWELS}]")
_WORD_OR_RUN = re.compile(rf"[{_RUNS}]+|(?:(?![{_RUNS}]){_LETTER}){{1,64}}")
_BEGINNING = rf"(?<!(?![{_RUNS}]){_LETTER})"

_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc]+"
)
"""Marks that writers leave out: of Latin, Greek and Cyrillic, vowels of Hebrew and Arabic."""

_FOREIGN = re.compile("[^\x00-\x7f\xa0\xa3\xa7\xa9\xab-\xae\xb0\xb4\xb7\xbb\u2010-\u2027\u2030-\u203a\u20ac]")
"""Any but ASCII and the quotation marks, dashes and signs of English texts: four in ten have those, few have others."""

_QUOTED = re.compile(r'"([^"]*)("?)')

_MOST = 32
"""Words of a question that count."""


def fold(text: str) -> str:
    """Without case, accents and widths."""
    if text.isascii() or _FOREIGN.search(text) is None:
        return text.lower()
    return normalize("NFC", _ACCENTS.sub("", normalize("NFKD", text.casefold()))).casefold()


def terms(text: str) -> list[str]:
    """What the text can be found by, in order. Of a word longer than 64, which is none, each 64 are one."""
    folded = fold(text)
    if folded.isascii():
        return _ASCII_WORD.findall(folded)
    if _SPECIAL.search(folded) is None:  # 15 µs less
        return _PLAIN_WORD.findall(folded)
    return [term for part in _WORD_OR_RUN.findall(folded) for term in _terms_of(part)]


def _terms_of(part: str) -> Iterator[str]:
    if _RUN.match(part) is None:
        yield part
    else:
        yield from (part[at : at + 2] for at in range(len(part)))


class Term(NamedTuple):
    text: str
    begins: bool
    """Terms that begin so will do."""


class Wanted:
    """What a person's words ask for: every one of them, in any order; those in quotes one after the other."""

    def __init__(self, text: str) -> None:
        self.is_blank = not text.strip()
        """Nothing is asked for; all will do."""
        folded = fold(text)
        self._parts = list(dict.fromkeys(_WORD_OR_RUN.findall(folded)))[:_MOST]
        self._phrases = list(_phrases(folded))

    @cached_property
    def _patterns(self) -> list[re.Pattern[str]]:
        """Only for who looks at texts: each takes 1.7 ms to make, ten times what the index takes to find."""
        return [re.compile(_BEGINNING + re.escape(part)) for part in self._parts if _RUN.match(part) is None]

    @property
    def has_phrases(self) -> bool:
        """Then not every text with its `terms` has what is asked for."""
        return bool(self._phrases)

    @property
    def terms(self) -> list[Term]:
        """To be looked up in an index of `terms`; none where no text can have what is asked for."""
        listed: dict[Term, None] = {}
        for part in self._parts:
            if _RUN.match(part) is None or len(part) == 1:
                listed[Term(part, begins=True)] = None
            else:
                listed |= dict.fromkeys(Term(part[at : at + 2], begins=False) for at in range(len(part) - 1))
        return list(listed)

    def fits(self, text: str) -> bool:
        """Does a text have it? Nothing but letters and digits can be asked for: no text has an exclamation mark."""
        if not self._parts:
            return self.is_blank
        folded = fold(text)
        patterns = (*self._patterns, *self._phrases)
        return all(part in folded for part in self._parts) and all(each.search(folded) for each in patterns)


def _phrases(folded: str) -> Iterator[re.Pattern[str]]:
    """Of each quotation of several words, how it stands in a text: with any signs but letters between them, and its
    last word whole once the quotes are closed."""
    for quoted, end in _QUOTED.findall(folded):
        parts = _WORD_OR_RUN.findall(quoted)[:_MOST]
        if len(parts) > 1:
            is_run = [_RUN.match(part) is not None for part in parts]
            said = [re.escape(parts[0])]
            for number, part in enumerate(parts[1:], start=1):
                some = "*" if is_run[number - 1] or is_run[number] else "+"
                said.append(f"(?:(?!{_LETTER})[\\s\\S]){some}{re.escape(part)}")
            begin = "" if is_run[0] else _BEGINNING
            yield re.compile(begin + "".join(said) + ("" if is_run[-1] or not end else f"(?!{_LETTER})"))
