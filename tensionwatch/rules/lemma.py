"""Forms of a word: `visit~` in a pattern stands for visit, visits, visited, visiting. Pure.

Regular English endings by rule, the irregular verbs of this field by table: it makes forms of a known word and never
guesses the word from a form.
"""

from __future__ import annotations

from functools import lru_cache

_IRREGULAR = {
    "be": "am is are was were been being",
    "become": "becomes became becoming",
    "begin": "begins began begun beginning",
    "blow": "blows blew blown blowing",
    "break": "breaks broke broken breaking",
    "bring": "brings brought bringing",
    "buy": "buys bought buying",
    "come": "comes came coming",
    "cut": "cuts cutting",
    "do": "does did done doing",
    "draw": "draws drew drawn drawing",
    "drive": "drives drove driven driving",
    "fall": "falls fell fallen falling",
    "fight": "fights fought fighting",
    "find": "finds found finding",
    "flee": "flees fled fleeing",
    "fly": "flies flew flown flying",
    "get": "gets got gotten getting",
    "give": "gives gave given giving",
    "go": "goes went gone going",
    "hit": "hits hitting",
    "hold": "holds held holding",
    "keep": "keeps kept keeping",
    "lead": "leads led leading",
    "leave": "leaves left leaving",
    "make": "makes made making",
    "meet": "meets met meeting",
    "pay": "pays paid paying",
    "put": "puts putting",
    "ram": "rams rammed ramming",
    "run": "runs ran running",
    "say": "says said saying",
    "see": "sees saw seen seeing",
    "seek": "seeks sought seeking",
    "sell": "sells sold selling",
    "send": "sends sent sending",
    "set": "sets setting",
    "shoot": "shoots shot shooting",
    "sink": "sinks sank sunk sinking",
    "speak": "speaks spoke spoken speaking",
    "stop": "stops stopped stopping",
    "strike": "strikes struck stricken striking",
    "take": "takes took taken taking",
    "tell": "tells told telling",
    "throw": "throws threw thrown throwing",
    "travel": "travels traveled travelled traveling travelling",
    "win": "wins won winning",
    "withdraw": "withdraws withdrew withdrawn withdrawing",
}
_DOUBLED = frozenset(
    "ban cap drop jet plan scrap ship skip slam step tap trap trip wrap stop permit commit repel expel".split()
)
_VOWELS = "aeiou"


@lru_cache(maxsize=2048)
def forms(word: str) -> frozenset[str]:
    """All forms, the word itself among them."""
    if word in _IRREGULAR:
        return frozenset({word, *_IRREGULAR[word].split()})
    if word.endswith("e"):
        return frozenset({word, f"{word}s", f"{word}d", f"{word[:-1]}ing"})
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        return frozenset({word, f"{word[:-1]}ies", f"{word[:-1]}ied", f"{word}ing"})
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return frozenset({word, f"{word}es", f"{word}ed", f"{word}ing"})
    stem = word + word[-1] if word in _DOUBLED else word
    return frozenset({word, f"{word}s", f"{stem}ed", f"{stem}ing"})
