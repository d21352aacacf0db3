"""The nouns that a count may count, by kind of flag, and the words around them. Pure."""

from __future__ import annotations

import re
from functools import cache

from tensionwatch.model import Kind

INCIDENT, ATTACK, VISIT, TALKS = Kind.BORDER_INCIDENT, Kind.ARMED_ATTACK, Kind.DIPLOMATIC_VISIT, Kind.TALKS
_INTRUDES = "crossing incursion intrusion infiltration breach violation trespass"
_FIRES = """attack strike airstrike air-strike raid assault bombing shelling bombardment barrage ambush onslaught salvo
    volley offensive killing blast bomb"""
_FIGHTS = "clash skirmish fighting firefight shootout gunfight battle shooting"
_NOUNS: dict[Kind, dict[str, str]] = {
    INCIDENT: {
        "intrusion": _INTRUDES,
        "airspace": "overflight sortie flyover",
        "fire": _FIRES,
        "clash": _FIGHTS,
        "incident": "incident encounter confrontation provocation standoff stand-off episode escalation flare-up",
        "waters": "collision ramming",
    },
    ATTACK: {
        "attack": f"{_FIRES} massacre shooting incident",
        "clash": "clash skirmish firefight gunfight battle fighting escalation flare-up",
    },
    VISIT: {
        "visit": "visit trip tour journey pilgrimage stopover",
        "meeting": "meeting summit talk handshake encounter",
    },
    TALKS: {
        "talks": "meeting summit talk dialogue dialog negotiation contact conversation call phone-call conference",
        "truce": "truce ceasefire cease-fire pause",
    },
    Kind.WEAPONS_TEST: {"test": "test launch firing missile satellite rocket icbm salvo test-firing"},
    Kind.MILITARY_COOPERATION: {"drill": "drill exercise manoeuvre maneuver wargame patrol"},
    Kind.MILITARY_POSTURE: {"drill": "drill exercise manoeuvre maneuver wargame patrol", "deployment": "deployment"},
    Kind.SANCTIONS: {"sanctions": "sanction embargo"},
    Kind.ARMS_TRANSFER: {"delivery": "delivery shipment transfer consignment"},
    Kind.DIPLOMATIC_PROTEST: {"protest": "protest complaint", "expulsion": "expulsion"},
}
"""Kind → what is counted → the nouns that say so. A threat is never counted."""


def _plural(noun: str) -> str:
    if noun.endswith(("s", "sh", "ch", "x")):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2] not in "aeiou" else f"{noun}s"


@cache
def _known() -> dict[str, str]:
    """Every form → its singular."""
    nouns = {noun for kinds in _NOUNS.values() for listed in kinds.values() for noun in listed.split()}
    return {form: noun for noun in nouns for form in (noun, _plural(noun)) if form != "talk"}  # "will first talk about"


@cache
def _of_kind(kind: Kind) -> dict[str, str]:
    return {noun: what for what, listed in _NOUNS.get(kind, {}).items() for noun in listed.split()}


def noun_of(word: str) -> str | None:
    """The noun, in the singular, that a word in lower case is a form of."""
    return _known().get(word)


def counts_in(kind: Kind, noun: str) -> str | None:
    """What the noun counts where a flag of this kind stands, None where it counts nothing of it."""
    return _of_kind(kind).get(noun)


def tells(kind: Kind, word: str) -> bool:
    """Is it a form of the verb that one of the kind's nouns goes with: "attacked", "visiting"?"""
    return word.endswith(("ed", "ing")) and any(word.startswith(noun) for noun in _of_kind(kind))


_ACTIONS = {"X-CROSS": "crossing", "X-AIR": "airspace", "X-SEA": "waters", "193": "clash"}


def action(kind: Kind, code: str) -> str | None:
    """What is counted where the verb says it; None for a kind that is never counted."""
    if kind is INCIDENT:
        return _ACTIONS.get(code, "fire")
    if kind is VISIT and code == "044":
        return "meeting"
    return next(iter(_NOUNS.get(kind, ())), None)


_AIR = frozenset(
    "airspace air aerial drone drones balloon balloons aircraft plane planes jet jets helicopter uav".split()
)
_SEA = frozenset("sea maritime waters naval boat boats ship ships vessel vessels coast".split())


def intrusion(before: str, code: str) -> str:
    """By land, air or sea: as the words before the noun say, else as the flag does."""
    words = set(before.split())
    if words & _AIR:
        return "airspace"
    if words & _SEA:
        return "waters"
    return _ACTIONS[code] if code.startswith("X-") else "crossing"


PLURAL_ONLY = frozenset("talks sanctions drills exercises negotiations strikes airstrikes manoeuvres maneuvers".split())
"""A rank may stand before these: "second talks", "third sanctions"."""
VERB_FORMS = frozenset(
    "visits strikes tests attacks launches meets raids clashes calls tours fires bombs protests".split()
)
"""May be verbs: "second man visits"."""
ROUNDS = frozenset(
    "round package set batch wave series barrage tranche spate string volley salvo flurry type bout".split()
)
"""They stand for what follows their "of": "fifth round of sanctions"."""
NEUTRAL = frozenset(
    """such new border cross-border land ground air airspace naval maritime sea military missile missiles ballistic
    rocket weapons weapon armed diplomatic known reported similar bilateral foreign overseas international own
    straight consecutive successive alleged suspected peace ceasefire joint direct north south of""".split()
)
"""They narrow nothing that the records would not tell, or that shows in what is counted."""
BLOCKS = frozenset(
    """the a an and or but to in on at for with by from into over than that which who when while as is are was were be
    been has have had will would could may said says day days week weeks month months year years night nights time lady
    minister world half part stage leg phase person anniversary term quarter vice deputy man woman people place hand
    country countries line floor step steps edition thing class amendment degree generation responder responders
    lord cup league round-of minutes hours since after before during amid against""".split()
)
"""No rank reaches across these to a noun."""
PLACED = frozenset({INCIDENT, ATTACK})
"""Kinds of which a count "on Kyiv" is that of one place; a visit to a city is one to its country."""
ABROAD = re.compile(r"\s+(?:abroad|overseas|outside\s+(?!the\s+capital)\w)", re.IGNORECASE)
FOREIGN = frozenset({"foreign", "overseas", "international"})
NAMES = frozenset("MDL DMZ LAC LOC LoC NLL ADIZ DPRK ROK KPA PLA PLAN NATO UAE USA IDF".split())
"""Acronyms of parties and lines; others narrow a count: "first ICBM launch"."""
