"""Text to tokens: what the rules read. English; another language brings its own tokeniser. Pure.

A token is a Term of one word or mark. It keeps its place in the stored field, so that evidence can be shown in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple
from unicodedata import combining, normalize


class Term(NamedTuple):
    """A word, a mark, or (once names are put together, see terms.py) a name with what it stands for."""

    low: str
    """In lower case, without diacritics; of a name of several words the last one."""
    classes: frozenset[str]
    """What a pattern may call it."""
    country: str | None = None
    label: str | None = None
    """A person's name or a place's id."""
    name: str = ""
    """Of a word: cased, folded, without dots; what the gazetteer knows names by."""
    possessive: bool = False
    """It carries `'s` (or a plural's apostrophe), which is not part of its words."""
    length: int = 1
    """Tokens that it is made of."""


NO_CLASSES: frozenset[str] = frozenset()
_NUMBER = frozenset({"number"})
NUMBERS = frozenset(
    """one two three four five six seven eight nine ten eleven twelve dozen dozens twenty thirty forty fifty hundred
    hundreds scores several thousands""".split()
)

_TITLES = "Mr|Mrs|Ms|Dr|Gen|Lt|Col|Maj|Sgt|Capt|Adm|Sen|Rep|Gov|St|Jr|Pres"
_LONGEST_TITLE = len("Capt.")
_WORD = r"\w+(?:[’'](?!s\b)\w+)*(?:[’']s?\b|[’'](?=\s))?"
_TOKEN = re.compile(
    r"(?:[A-Za-z]\.){2,}"  # U.S.  U.A.E.
    r"|[A-Z]\.(?=\s?[A-Z][a-z])"  # N. Korea
    rf"|\b(?:{_TITLES})\."
    rf"|{_WORD}(?:-(?!(?:[A-Za-z]\.){{2}}){_WORD})*"
    r"|\.{2,}|[.!?;:|,()\[\]…—–\"“”]|(?<=\s)-+(?=\s)"
)
_RUN = re.compile(r"\S+")
_DOTTED = re.compile(rf"(?:[A-Za-z]\.)+|(?:{_TITLES})\.")
_PART = re.compile(r"(?P<word>\w+(?:[’'](?!s\b)\w+)*)(?P<poss>[’']s?\b|[’'](?=\s))?")

_SENTENCE_END = re.compile(r"[.!?…|。！？](?:(?<=[.!?…|])[”’\"')\]]*\s+|(?<=[。！？])[。！？]*)")
"""Begun with one set of characters it is looked for three times as fast as a choice of two."""
LONGEST_SENTENCE = 1_000
"""Code points; real ones of news seldom have 400."""
_NO_END = re.compile(r"(?:\b[A-Z]|\b(?:Mr|Ms|Dr|St|Lt|Jr|Mrs|Gen|Col|Maj|Sgt|Adm|Sen|Rep|Gov))$")
"""Before a dot: an initial or a title, which ends no sentence."""
SENTENCE_ENDS = frozenset({".", "!", "?", "…", "|"})
CLAUSE_MARKS = frozenset({",", ";", ":", "—", "–", "-", "(", ")", "[", "]", '"', "“", "”"})
MARKS = SENTENCE_ENDS | CLAUSE_MARKS

_KEPT_TOGETHER = frozenset(
    "cross pro anti ex non co re pre post mid self semi multi inter sub trans ultra far long short high low one two"
    " three four five six seven eight nine ten first second third half year day month week hour".split()
)
"""A word before a hyphen with which the next makes one word: `cross-border` is not a crossing of a border."""

_PREFIX = re.compile(
    r"^\s*(?:(?:live(?: updates)?|watch(?: live)?|videos?|photos?|exclusive|update ?\d*|breaking(?: news)?|just in|"
    r"analysis|explainer|opinion|editorial)\s*[:|–—-]\s*)+",
    re.IGNORECASE,
)
_SUFFIX = re.compile(
    r"\s+[-|–—]\s+"
    r"(?:[A-Z][\w.&'’]*(?:\s+(?:of|the|and|[A-Z][\w.&'’]*)){0,4}|as it happened|live|video|live updates)\s*$"
)
_SETS_OFF, _DASH = re.compile(r"[:|–—-]"), re.compile(r"[-|–—]\s")
"""Without which a title has no such prefix or suffix: to look for them first takes a third of the time."""
_LONGEST_DATELINE = 80
_DATELINE = re.compile(
    r"^[A-Z][A-Za-z0-9 .,'’/-]{2,50}\s\((?:[A-Z][\w/ .-]{1,30})\)\s*[-–—:]+\s*"  # TOKYO, Jan 14 (Reuters) -
    r"|^\(?[A-Z]{2,10}\)\s*[-–—]\s"
    r"|^[A-Z]{3,}(?:[ -][A-Z]+)?(?:, [A-Z][\w. ]{2,20})?(?::| ?[-–—]{1,2})\s"  # RIYADH:  KINSHASA -  AFP -
)


def body_span(text: str, *, title: bool) -> tuple[int, int]:
    """Where the news stands in a field: without `LIVE:`, ` - Some Paper`, or a dateline."""
    start, end = 0, len(text)
    if not title:
        perhaps = text[:3].isupper() or text.find(")", 0, _LONGEST_DATELINE) > 0
        match = _DATELINE.match(text) if perhaps else None
        start = match.end() if match else 0
    else:
        if _SETS_OFF.search(text) and (match := _PREFIX.match(text)):
            start = match.end()
        if _DASH.search(text) and (match := _SUFFIX.search(text, start)):
            end = match.start()
    return (start, end) if start < end else (0, len(text))


def fold(text: str) -> str:
    """Without diacritics and with plain quotes: `Erdoğan’s` → `Erdogan's`. Not for offsets."""
    return text if text.isascii() else text.translate(_FOLDED)


class _Folding(dict[int, str]):
    """Characters to what they fold to, each worked out once: `str.translate` asks for those it does not know."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if not character.isascii():
            decomposed = normalize("NFKD", character)
            character = _NO_DECOMPOSITION.get(character) or "".join(c for c in decomposed if not combining(c))
        self[code] = character
        return character


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


_QUOTES = {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": ".", "\u00a0": " "}
_FOLDED = _Folding({ord(quote): plain for quote, plain in _QUOTES.items()})


class _Lexeme(NamedTuple):
    """What one run of letters, or one mark, is made to."""

    terms: tuple[Term, ...]
    """Of `Russia-backed` two, of `cross-border` one."""
    places: tuple[tuple[int, int], ...]
    """Where each stands in it."""


class _Lexemes(dict[str, _Lexeme]):
    """The same letters always make the same terms: remembered, because a text is mostly words seen before (tokens took
    2.7 µs each without, 0.5 µs with)."""

    KEPT = 100_000

    def __missing__(self, raw: str) -> _Lexeme:
        if len(self) >= self.KEPT:
            self.clear()
        lexeme = self[raw] = _lexeme(raw)
        return lexeme


_lexemes = _Lexemes()


def tokens(text: str, start: int = 0, end: int | None = None) -> list[Term]:
    """The words and marks of `text[start:end]`. A mark's `low` is the mark itself. In scripts that put no space between
    words, and in Hangul, where endings hang on them, each character is one: `平壤` is two, as a name of two words."""
    end = len(text) if end is None else end
    if has_unspaced(text):
        return [term for terms, _ in _apart(text, start, end) for term in terms]
    known = map(_runs.__getitem__, text[start:end].split())
    try:
        return list(chain.from_iterable(known))  # type: ignore[arg-type]
    except TypeError:  # a run that is None; to look for one first takes as long as to put the others together
        return tokens_at_once(text, start, end)


def tokens_at_once(text: str, start: int, end: int) -> list[Term]:
    """The same, as the regular expression tells them."""
    known, found = _lexemes, list[Term]()
    for raw in _TOKEN.findall(text, start, end):
        found += known[raw].terms
    return found


class _Runs(dict[str, tuple[Term, ...] | None]):
    """What stands between two spaces to its terms, or None where they depend on what stands beside it: of `N.` before
    `Korea`, of `guards'` at the end, of a lone dash. Most were seen before and are read no more (6 µs a sentence, 20 by
    the regular expression)."""

    KEPT = 200_000

    def __missing__(self, run: str) -> tuple[Term, ...] | None:
        if len(self) >= self.KEPT:
            self.clear()
        terms = self[run] = self._terms(run)
        return terms

    def _terms(self, run: str) -> tuple[Term, ...] | None:
        if run.isalnum():
            return _lexemes[run].terms
        last = run[-1]
        if (last in ",:" or (last == "." and len(run) > _LONGEST_TITLE)) and run[:-1].isalnum():
            return _lexemes[run[:-1]].terms + _lexemes[last].terms
        alone = tokens_at_once(run, 0, len(run))
        if last in "'’-" or (last == "." and run[-2:-1].isupper()):
            inside, before_a_name = (
                tokens_at_once(f" {run} ", 0, len(run) + 2),
                tokens_at_once(f" {run} Aa", 0, len(run) + 4)[:-1],
            )
            if not alone == inside == before_a_name:
                return None
        return tuple(alone)


_runs = _Runs()


def offsets(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Where each of `tokens(text, start, end)` stands in the text; without the possessive."""
    end = len(text) if end is None else end
    if has_unspaced(text):
        return [place for _, places in _apart(text, start, end) for place in places]
    found: list[tuple[int, int]] = []
    for match in _RUN.finditer(text, start, end):
        run, at = match.group(), match.start()
        if run.isalnum():
            found.append((at, match.end()))
        elif _runs[run] is None:
            return offsets_at_once(text, start, end)
        else:
            found += [(at + begin, at + finish) for begin, finish in offsets_at_once(run, 0, len(run))]
    return found


def offsets_at_once(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The same, as the regular expression tells them."""
    return [
        (match.start() + begin, match.start() + finish)
        for match in _TOKEN.finditer(text, start, end)
        for begin, finish in _lexemes[match.group()].places
    ]


_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
"""Thai, Lao, Burmese, Khmer, kana, Han and Hangul."""
_WIDE_MARKS = {"，": ",", "、": ",", "。": ".", "！": "!", "？": "?", "：": ":", "；": ";", "（": "(", "）": ")"}
_ONE_UNSPACED = re.compile(f"[{_UNSPACED}]")
_SEGMENT = re.compile(f"[{_UNSPACED}{''.join(_WIDE_MARKS)}]|[^{_UNSPACED}{''.join(_WIDE_MARKS)}]+")


def has_unspaced(text: str) -> bool:
    """Does it hold characters that are words by themselves?"""
    return not text.isascii() and _ONE_UNSPACED.search(text) is not None


def spaced(text: str) -> str:
    """With a space on either side of each character that is a word by itself."""
    return _ONE_UNSPACED.sub(r" \g<0> ", text) if not text.isascii() else text


def _apart(text: str, start: int, end: int) -> Iterator[tuple[Sequence[Term], Sequence[tuple[int, int]]]]:
    """The terms of each stretch of a text with such characters, and where they stand."""
    for match in _SEGMENT.finditer(text, start, end):
        raw, place = match.group(), match.span()
        if raw in _WIDE_MARKS:
            yield [Term(_WIDE_MARKS[raw], NO_CLASSES, name=_WIDE_MARKS[raw])], [place]
        elif _ONE_UNSPACED.match(raw):
            yield [_word(raw, possessive=False)], [place]
        else:
            yield tokens_at_once(text, *place), offsets_at_once(text, *place)


def _lexeme(raw: str) -> _Lexeme:
    possessive = raw.endswith(("'s", "’s"))
    word = raw[:-2] if possessive else raw
    if word.isalnum():  # nearly all: six times as fast
        return _Lexeme((_word(word, possessive=possessive),), ((0, len(word)),))
    if _DOTTED.fullmatch(raw):
        word = raw.replace(".", "")
        return _Lexeme((Term(word.lower(), NO_CLASSES, name=word),), ((0, len(raw)),))
    if not raw[0].isalnum() and raw[0] != "_":
        mark = "…" if raw.startswith("..") else raw[0]
        return _Lexeme((Term(mark, NO_CLASSES, name=mark),), ((0, len(raw)),))
    terms: list[Term] = []
    places: list[tuple[int, int]] = []
    for match in _PART.finditer(f"{raw} "):  # a plural's apostrophe is one before a space
        terms.append(_word(match["word"], possessive=match["poss"] is not None))
        places.append((match.start(), match.end("word")))
        if len(terms) > 1 and places[-2][1] + 1 == match.start() and _one_word(*terms[-2:]):
            terms[-2:] = [_joined(*terms[-2:])]
            places[-2:] = [(places[-2][0], places[-1][1])]
    return _Lexeme(tuple(terms), tuple(places))


def _word(word: str, *, possessive: bool) -> Term:
    name = fold(word)
    low = name.lower()
    return Term(low, _NUMBER if is_number(low) else NO_CLASSES, name=name, possessive=possessive)


def is_number(low: str) -> bool:
    return low in NUMBERS or low.isdigit()


def _joined(first: Term, second: Term) -> Term:
    """`cross` `border` → `cross-border`, where a hyphen makes one word of them."""
    return Term(
        f"{first.low}-{second.low}", NO_CLASSES, name=f"{first.name}-{second.name}", possessive=second.possessive
    )


def _one_word(first: Term, second: Term) -> bool:
    return first.low in _KEPT_TOGETHER or (first.name.islower() and second.name.islower())


def pieces(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """The spans of the sentences of `text[start:end]`. A dot after an initial or a title ends none; nor does one with
    no space behind it. What is longer than a sentence can be is cut at a space: time grows with its square."""
    end = len(text) if end is None else end
    spans = _sentences(text, start, end)
    if end - start <= LONGEST_SENTENCE:
        return spans
    return [piece for span in spans for piece in _cut(text, *span)]


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > LONGEST_SENTENCE:
        at = text.rfind(" ", start + 1, start + LONGEST_SENTENCE)
        at = at if at > 0 else start + LONGEST_SENTENCE
        yield start, at
        start = at
    yield start, end


def _sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    if start == end:
        return []
    cuts = [
        match.end()
        for match in _SENTENCE_END.finditer(text, start, end)
        if text[match.start()] != "." or not _NO_END.search(text, max(start, match.start() - 5), match.start())
    ]
    if not cuts:
        return [] if text[start:end].isspace() else [(start, end)]
    spans = zip([start, *cuts], [*cuts, end], strict=True)
    return [(begin, finish) for begin, finish in spans if begin < finish and not text[begin:finish].isspace()]


def has_case(text: str) -> bool:
    """False where a text is all in capitals or all in small letters, so that case tells nothing of names."""
    return not text.isupper() and not text.islower()
