"""How a sentence counts: "the second crossing in recent weeks", "for a third time", "largest attack since 2016". Pure.

    the | second | border crossing | by North Korean soldiers | in recent weeks
          rank     narrowing, noun                              scope

A rank needs what it ranks: a noun of the flag's kind, a verb's "time", or a stretch of time right behind it ("the
second in a week"). So "Second World War", "first lady" or "the first day of a visit" are no counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tensionwatch.rules.counting_words import (
    ABROAD,
    BLOCKS,
    FOREIGN,
    NAMES,
    NEUTRAL,
    PLURAL_ONLY,
    ROUNDS,
    VERB_FORMS,
    noun_of,
)

_ORDINALS = {
    word: n
    for n, word in enumerate(
        """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
        fifteenth""".split(),
        1,
    )
} | {"maiden": 1, "inaugural": 1}
_TIMES = {"twice": 2, "thrice": 3} | {f"{word} times": n for n, word in enumerate("two three four five six".split(), 2)}
_SUPERLATIVE = (
    r"(?:largest|biggest|deadliest|bloodiest|heaviest|worst|longest|fiercest|strongest|greatest|gravest|broadest|toughest|"
    r"harshest|closest|highest(?:[ -](?:level|ranking))?|most[ -](?!of\b|recent)[\w-]+)"
)
_CUES = (
    *"first second third fourth fifth sixth enth eighth ninth twelfth maiden inaugural twice thrice worst".split(),
    " times", "est ", "est-", "most ", "most-",
)  # fmt: skip
"""Few texts hold one of these, and to look for them takes a hundredth of what the expressions take."""
_NUMERAL = re.compile(r"\d(?:st|nd|rd|th)\b")
_HEAD = re.compile(
    rf"(?<![\w-])(?<!\w['’])(?:(?:(?P<r>{'|'.join(_ORDINALS)})[ -])?(?P<q>{_SUPERLATIVE})(?:-ever)?"
    rf"|(?P<o>{'|'.join(_ORDINALS)})(?:[ -]ever)?|(?P<d>\d{{1,3}})(?:st|nd|rd|th)|(?P<t>{'|'.join(_TIMES)}))(?![\w-])",
    re.IGNORECASE,
)
_NOT_THIS = re.compile(
    r"(?:\b(?:not|never|no|isn['’]t|wasn['’]t|won['’]t)\s+(?:\w+\s+){0,2}|\b(?:since|before|until|between)\s+"
    r"(?:the|its|his|her|their|[\w-]+['’]s?)\s+|\b(?:one|some|two|several|many)\s+of\s+(?:\S+\s+){0,2}|\bamong\s+\S+\s+|\bat\s+"
    r"|\bnuclear[ -]|\b(?:our|my|world['’]s)\s+|\bfirst\s+and\s+|\b(?:every|each)\s+)$",
    re.IGNORECASE,
)
"""Before a rank that is not this event's: "not the first", "since its second test", "one of the largest"."""

_UNIT = r"(?:hours?|days?|nights?|weeks?|months?|years?|decades?|century|centuries)\b(?!\s+ago)"
_ABOUT = r"(?:(?:just|only|about|around|almost|nearly|roughly|more|less|fewer|than|over|under|at|least|well)\s+)*"
_MANY = r"(?:(?:as\s+many|a\s+few|a\s+couple\s+of|half\s+an?|(?!coming|next|early|late|first|day)[\w-]+)\s+)?"
_WORD = (
    r"(?!(?-i:The|A|An|It|In|On|He|She|They|Follow|Russia-\w+)\b)(?!(?:as|when|while|amid|after|before|but|where|said|says|"
    r"according|which|who|that|to|on|with|in)\b)[\w’'.&-]+"
)
"""Of what a "since" names; a capital article begins the next text, where a feed runs two into one."""
_SCOPE = re.compile(
    rf"""(?<![\w-])(?:
      (?:in|within|over|during|inside)\s+(?:the\s+)?{_ABOUT}(?:(?:past|last|recent|previous)\s+)?
        {_ABOUT}{_MANY}(?:and\s+a\s+half\s+)?{_UNIT}
      | for\s+{_ABOUT}{_MANY}(?:months?|years?|decades?|century)\b(?!\s+(?:ago|old|in))
      | (?:after|in)\s+an?\s+[\w-]+[\ -](?:week|month|year|decade)\s+(?:gap|hiatus|break|absence|pause|lull)
      | (?:so\s+far\s+)?this\s+(?:day|week|month|year|decade|century)\b
      | since\s+(?:before\s+)?(?:{_WORD}\s+){{0,3}}?(?:1[89]|20)\d\d\b(?!\s(?-i:[a-z]))
      | since\s+(?:before\s+)?{_WORD}(?:\s+{_WORD}){{0,7}}
      | (?:of|in|during|throughout)\s+(?:the|this|its|his|\w+['’]s)\s+(?:[\w-]+\s+){{0,2}}?(?:war|conflict|
        invasion|year|month|week|presidency|tenure|history|uprising)\b
      | in\s+(?:living|recent|modern)\s+(?:memory|history|times)\b | in\s+history\b | on\s+record\b
      | (?:ever|yet|so\s+far|to\s+date)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_LOOSE_END = re.compile(r"(?:\s+(?:more|than|the|a|an|its|his|her|their|of|and))+$", re.IGNORECASE)
_ROW = re.compile(
    r"\s+(?:(?:straight|consecutive|successive)\s+(?:day|night|week|month|year)"
    r"|(?:day|night|week|month|year)\s+(?:running|in\s+a\s+row))\b",
    re.IGNORECASE,
)
_AHEAD = re.compile(
    rf"(?:^|[—–,;:]\s*)(?P<scope>(?:in|over|within|during)\s+(?:the\s+)?(?:past|last)\s+{_ABOUT}{_MANY}{_UNIT}|"
    r"so\s+far\s+this\s+(?:week|month|year))",
    re.IGNORECASE,
)
"""A stretch of time that opens the clause: "In the past month, it was the third …"."""
_OWNER = re.compile(r"\b(?P<scope>(?:this|the)\s+(?:week|month|year|decade))['’]s\s+$", re.IGNORECASE)
_DATED = re.compile(r"this\s+(?:day|week|month)", re.IGNORECASE)
"""A first of its kind "this week" is dated by these words, not counted over them."""
_TIME = re.compile(
    r"\s+(?:(?:straight|consecutive|successive)\s+)?time\b(?!-)(?!\s+(?:buyers?|voters?|offenders?|visitors?|I|we|you)\b)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"\s+(?!(?:in|since|for|over|within|during|on|at|this|after|as|when|while|and|but|or|to|near|against|amid|with|by|from|into|"
    r"under|despite|says?|say|said|ago|through|if|across|because|inside|before|last|next|today|yesterday|early|late|"
    r"following|using|according|outside|\w+day|january|february|march|april|june|july|august|september|october|november|"
    r"december|so|ever|yet|\w+ing)\b)[\w‘“]",
    re.IGNORECASE,
)
"""Behind a "time": no more of the same clause, but one that says what was done."""
_FOR = re.compile(r"\bfor\s+(?:the\s+|a\s+)?(?:only\s+the\s+)?$", re.IGNORECASE)
_VISITOR = re.compile(
    r"(?P<who>(?:\s+[\w’'.-]+){0,7}?)\s+to\s+(?:visit|travel|set\s+foot|step|go|make\s+(?:a|the)|meet)\b", re.IGNORECASE
)
_TOKEN = re.compile(r"[\w’'.&-]*\w|[^\w\s]")
_STOP = re.compile(r"[,;:—–()]|\s-\s|\b(?:which|who|that|as|after|when|while|amid|but|because|where)\b", re.IGNORECASE)
_BY = re.compile(
    r"\bby\s+(?:an?|any)\s+(?:(?!(?:in|to|since|on|at|for|from|after|comes?|has|was|is|who)\b)[\w.’'-]+\s*){1,6}",
    re.IGNORECASE,
)
_SPOT = re.compile(
    r"\b(?:on|in|at|near|against|inside|to)\s+(?:the|a|this|that)\s+(?:\w+\s+)?(?:site|city|capital|camp|town|village|port|"
    r"hospital|island|region|province|building|plant|bridge|airport|base|area|peninsula|school)\b",
    re.IGNORECASE,
)
_NAMED_SPOT = re.compile(r"\b(?:on|in|at|near|inside|against)\s+(?:the\s+)?[A-Z][\w’-]+(?:\s+[A-Z][\w’-]+)*")
_BETWEEN = re.compile(
    r"\s*(?:(?:(?:between|against|on|in|inside)\s+(?:\S+\s+){1,5}|(?:of\s+its\s+kind|to\s+be\s+held|such|there)\s+))?",
    re.IGNORECASE,
)
"""What may stand between a bare rank and its stretch of time: "the deadliest between the two countries since 2020"."""
_EDITIONS, _EDITION = frozenset({"summit", "meeting", "conference", "exercise"}), 9
"""A tenth summit is one of a yearly series, not of this pair."""
_NOUN_REACH, _SCOPE_REACH = 5, 20
"""Words between a rank and its noun, and between that and its stretch of time."""


class Counting(NamedTuple):
    """A rank that a sentence gives, with what it ranks and over what time."""

    start: int
    end: int
    """Where its words stand in the sentence."""
    rank: int
    quality: str | None
    noun: str | None
    """What is counted (see counting_words), or None where it is what the verb says: "for the second time"."""
    scope: str | None
    narrowed: str | None
    before: str = ""
    """The words between rank and noun, in lower case: "north korean border"."""
    clause: bool = False
    """What is counted is told behind it: "the third time that soldiers have crossed"."""
    spot: str | None = None
    """Where alone it is counted, if that is a name: "on Kyiv" of "third attack on Kyiv"; of a country it is none."""
    abroad: bool = False
    """A visit to any country: "first foreign trip", "first trip abroad"."""


def countings(text: str) -> Iterator[Counting]:
    """All that a sentence counts, in order."""
    low = text.casefold()
    if not (any(cue in low for cue in _CUES) or _NUMERAL.search(low)):
        return
    for head in _HEAD.finditer(text):
        if _NOT_THIS.search(text[max(0, head.start() - 40) : head.start()]) is None:
            found = _counting(text, head)
            if found is not None:
                yield found


def _counting(text: str, head: re.Match[str]) -> Counting | None:
    quality = head["q"].lower() if head["q"] else None
    if head["t"]:
        return _times(text, head)
    rank = _rank(head)
    if quality is None and (like := _like(text, head, rank)) is not None:
        return like
    bare = _scope_at(text, head.end(), near=True)
    if bare is not None and _opens(text, head):
        return Counting(head.start(), bare[1], rank, quality, None, bare[0], None)
    found = _named(text, head.end(), rank, quality) or _visitor(text, head, quality)
    if found is None:
        return None
    noun, end, narrowing, before = found
    if noun in _EDITIONS and rank > _EDITION:
        return None
    scope = _scope_at(text, end) or _scope_before(text, head)
    if scope is None and head.group().lower().endswith("ever"):
        scope = ("ever", end)
    if scope is not None and rank == 1 and quality is None and _DATED.fullmatch(scope[0]):
        scope = None
    if quality is not None and scope is None:
        return None
    tail = text[end : scope[1] if scope is not None and scope[1] > end else end + 80]
    after = _after_noun(tail)
    spot = named.group() if (named := _NAMED_SPOT.search(_clause_of(tail))) is not None else None
    abroad = ABROAD.match(tail) is not None or not FOREIGN.isdisjoint(before.split())
    narrowed = " ".join(filter(None, [narrowing, after])) or None
    last = max(end, scope[1]) if scope is not None else end
    return Counting(
        head.start(), last, rank, quality, noun, scope[0] if scope else None, narrowed, before, spot=spot, abroad=abroad
    )


def _rank(head: re.Match[str]) -> int:
    if head["d"]:
        return int(head["d"])
    word = head["o"] or head["r"]
    return _ORDINALS[word.lower()] if word else 1


def _times(text: str, head: re.Match[str]) -> Counting | None:
    """ "twice in a week" """
    scope = _scope_at(text, head.end(), near=True)
    if scope is None or scope[0].lower().startswith(("for", "since", "of")):
        return None
    return Counting(head.start(), scope[1], _TIMES[head["t"].lower()], None, None, scope[0], None)


def _like(text: str, head: re.Match[str], rank: int) -> Counting | None:
    """ "for a second time", "a third straight night": what is counted is what the verb says."""
    if (row := _ROW.match(text, head.end())) is not None and rank > 1:
        return Counting(head.start(), row.end(), rank, None, None, row.group().strip(), None)
    time = _TIME.match(text, head.end())
    if time is None:
        return None
    scope = _scope_at(text, time.end()) or _scope_before(text, head)
    if scope is not None and rank == 1 and _DATED.fullmatch(scope[0]):
        scope = None
    last = max(time.end(), scope[1]) if scope else time.end()
    follows = any(_SUBJECT.match(text, end) is not None for end in {time.end(), last})
    clause = follows and _FOR.search(text[: head.start()]) is None
    return Counting(head.start(), last, rank, None, None, scope[0] if scope else None, None, clause=clause)


def _opens(text: str, head: re.Match[str]) -> bool:
    """Does it stand by itself: "is the second in a week", ", the first since 2016"?"""
    before = text[max(0, head.start() - 24) : head.start()].rstrip().casefold()
    return before.endswith((",", "the", "his", "her", "its", "their", "a", "-", "—", "–", ":", ";", "(")) or not before


def _named(text: str, at: int, rank: int, quality: str | None) -> tuple[str, int, str, str] | None:
    """The noun behind a rank, where it ends, the words between that narrow it, and all of them."""
    between: list[str] = []
    tokens = _TOKEN.finditer(text, at, at + 90)
    for token in tokens:
        word = token.group()
        low = word.casefold().replace(".", "")
        known = noun_of(low)
        if known is not None and not _goes_on(text, token.end()):
            verb = low in VERB_FORMS and (rank > 1 or any(w.casefold() not in NEUTRAL for w in between))
            if (verb and quality is None) or (low != known and rank > 1 and quality is None and low not in PLURAL_ONLY):
                return None
            before = " ".join(between).casefold()
            narrowing = " ".join(
                w for w in between if w.casefold().replace(".", "") not in NEUTRAL and not w[0].isupper()
            )
            acronyms = " ".join(w for w in between if len(w) > 2 and w.isupper() and w.isalpha() and w not in NAMES)
            return known, token.end(), " ".join(filter(None, [narrowing, acronyms])), before
        rounds = low in ROUNDS and text[token.end() : token.end() + 4] == " of "
        if rounds:
            next(tokens, None)
            continue
        if low in BLOCKS or not word[0].isalnum() or word.endswith(("'s", "’s")) or len(between) >= _NOUN_REACH:
            return None
        between.append(word)
    return None


def _goes_on(text: str, at: int) -> bool:
    """Is the noun but the first of two: "test flight", "attack drone", "missile strike"?"""
    following = _TOKEN.match(text, at + 1) if text[at : at + 1] in (" ", "-") else None
    if following is None:
        return False
    word = following.group().casefold()
    return (noun_of(word) is not None and word not in VERB_FORMS) or word in _HEADS or text[at] == "-"


_HEADS = frozenset(
    """match matches cricket series pilot pad vehicle site drone drones force forces group dog capability team century
    aircraft submarine fighter fighters jet jets brigade regiment division
    corps squadron wing battalion room rooms case stage victory win season game warning warnings alert alerts
    siren sirens shelter shelters victim victims plan plans""".split()
)
"""Nouns that take the head of a compound: "second test match", "first attack drone"."""


def _visitor(text: str, head: re.Match[str], quality: str | None) -> tuple[str, int, str, str] | None:
    """ "the most senior American to visit", "first US president to set foot there" """
    match = _VISITOR.match(text, head.end())
    if match is None or _STOP.search(match["who"]):
        return None
    return "visit", match.end(), "" if quality else match["who"].strip(), ""


def _scope_at(text: str, at: int, *, near: bool = False) -> tuple[str, int] | None:
    """The stretch of time that follows in the same clause, and where it ends; with `near` it follows at once."""
    match = _SCOPE.search(text, at, min(len(text), at + 220))
    if match is None:
        return None
    between = text[at : match.start()]
    close = _BETWEEN.fullmatch(between) is not None if near else len(between.split()) <= _SCOPE_REACH
    far = _STOP.search(between) is not None or _HEAD.search(between) is not None
    if not close or far:
        return None
    words = _LOOSE_END.sub("", match.group().strip().rstrip("."))
    return words, match.start() + len(words)


def _scope_before(text: str, head: re.Match[str]) -> tuple[str, int] | None:
    if (owner := _OWNER.search(text[: head.start()])) is not None:
        return re.sub(r"^the", "this", owner["scope"].lower()), 0
    ahead = _AHEAD.search(text, 0, head.start())
    return (ahead["scope"], 0) if ahead is not None else None


def _clause_of(tail: str) -> str:
    stop = _STOP.search(tail)
    return tail[: stop.start()] if stop is not None else tail


def _after_noun(tail: str) -> str:
    """What narrows it behind the noun: "by a US president", "on the camp"."""
    clause = _clause_of(tail)
    match = _BY.search(clause) or _SPOT.search(clause)
    if match is None:
        return ""
    cut = _SCOPE.search(match.group())
    return (match.group()[: cut.start()] if cut is not None else match.group()).strip()
