"""How records are said in words, the same on the screen and in headless output. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tensionwatch.model import Event, Flag, Kind, Recurrence, Status, Toll

if TYPE_CHECKING:
    from tensionwatch.exchange import RulesStatus

KIND_WORDS = {
    Kind.BORDER_INCIDENT: "incident",
    Kind.DIPLOMATIC_VISIT: "visit",
    Kind.ARMED_ATTACK: "attack",
    Kind.MILITARY_POSTURE: "posture",
    Kind.MILITARY_COOPERATION: "mil. cooperation",
    Kind.ARMS_TRANSFER: "arms transfer",
    Kind.WEAPONS_TEST: "weapons test",
    Kind.SANCTIONS: "sanctions",
    Kind.THREAT: "threat",
    Kind.DIPLOMATIC_PROTEST: "protest",
    Kind.TALKS: "talks",
}
"""Short labels; at most 16 columns."""

CODE_WORDS = {
    "X-CROSS": "crossing",
    "X-AIR": "airspace",
    "X-SEA": "waters",
    "X-TEST": "test",
    "036": "visit announced",
    "042": "visit",
    "043": "hosts",
    "044": "meets in a third place",
    "045": "mediates",
    "046": "talks",
    "057": "agreement signed",
    "062": "cooperates",
    "0312": "intends to cooperate",
    "072": "arms aid",
    "0332": "arms aid promised",
    "085": "sanctions eased",
    "087": "truce",
    "112": "accuses",
    "125": "refused",
    "138": "threatens force",
    "1383": "claims territory",
    "139": "ultimatum",
    "13": "threatens",
    "150": "posture",
    "152": "alert",
    "154": "mobilises",
    "160": "relations reduced",
    "161": "relations broken off",
    "163": "sanctions",
    "164": "cut short",
    "166": "expels",
    "190": "force used",
    "193": "shots fired",
    "194": "artillery",
    "195": "air strike",
    "196": "truce violated",
}
"""What a code says, in a word or two."""


COUNTED_WORDS = {
    "airspace": "airspace violation",
    "waters": "incident at sea",
    "fire": "incident with fire",
    "incident": "",
    "abroad": "visit abroad",
    "test": "weapons test",
    "drill": "exercise",
    "delivery": "arms delivery",
}
"""What a text counts (model.Ordinal.of), where that is not its own word."""


def code_words(code: str) -> str:
    """`193` → `shots fired`; a code without words of its own takes those of the shorter code it refines."""
    for end in range(len(code), 1, -1):
        if code[:end] in CODE_WORDS:
            return CODE_WORDS[code[:end]]
    return code


def pair_words(actor: str | None, recipient: str | None, arrow: str = "→") -> str:
    """`RUS→PRK`; an unknown side is `?`."""
    return f"{actor or '?'}{arrow}{recipient or '?'}"


def status_words(status: Status, kind: Kind | None = None) -> str:
    """Empty for what happened, else the word that says why it does not count; what is `off` has a word by its kind."""
    if status is Status.ACTUAL:
        return ""
    if status is Status.OFF and kind is not None:
        return {Kind.DIPLOMATIC_VISIT: "called off", Kind.BORDER_INCIDENT: "denied"}.get(kind, status.value)
    return status.value


def reason_line(flag: Flag) -> str:
    """`RUS → PRK · visit · rule visit.arrive`: why an article is flagged, in one line."""
    parts = [pair_words(flag.actor, flag.recipient, " → "), KIND_WORDS[flag.kind]]
    if word := status_words(flag.status, flag.kind):
        parts.append(word)
    return " · ".join([*parts, f"rule {flag.rule}"])


def unmade_visit(event: Event) -> bool:
    """A visit that has not taken place: its status says all that its code (announced, relations reduced) would."""
    return event.kind is Kind.DIPLOMATIC_VISIT and event.status is not Status.ACTUAL


def event_what(event: Event) -> str:
    """`shots fired`, `visit announced`, `visit called off`; with the status where it did not happen."""
    if unmade_visit(event):
        return f"visit {'announced' if event.status is Status.PLANNED else status_words(event.status, event.kind)}"
    word = status_words(event.status, event.kind)
    return f"{code_words(event.code)} ({word})" if word else code_words(event.code)


def nth_words(event: Event) -> str:
    """`2nd in 12 d`: which of its like it is by our own count, where its texts count too; empty before it is held
    against the ledger, where we have no other, where they count what our records do not tell apart, and of what has
    not happened."""
    if event.status is not Status.ACTUAL:
        return ""
    for count in event.recurrence:
        plain = count.ordinal.quality is None and count.ordinal.narrowed is None
        if plain and count.ours is not None and count.ours > 1 and count.days is not None:
            return f"{ordinal_words(count.ours)} in {max(1, round(count.days))} d"
    return ""


def count_of(count: Recurrence) -> str:
    """What a text says, without its own wording: `2nd crossing in recent weeks`, `first visit by Vladimir Putin in 24
    years`, `2nd largest attack since 2016`."""
    ordinal = count.ordinal
    number = "first" if ordinal.count == 1 else ordinal_words(ordinal.count)
    rank = " ".join(([number] if ordinal.count > 1 else []) + [ordinal.quality]) if ordinal.quality else number
    of = COUNTED_WORDS.get(ordinal.of, ordinal.of) if ordinal.of else ""
    return " ".join(filter(None, [rank, of, f"by {count.by}" if count.by else "", ordinal.scope]))


def toll_words(toll: Toll) -> str:
    """`2 killed, 5 wounded`; only what is known."""
    told = ((toll.killed, "killed"), (toll.wounded, "wounded"))
    return ", ".join(f"{count:,} {word}" for count, word in told if count is not None)


def ordinal_words(number: int) -> str:
    """`2nd`, `11th`"""
    teen = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def counted(number: int, noun: str) -> str:
    """`1 report`, `3 reports`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


READING = "reading the store"


def again_words(status: RulesStatus) -> str:
    """`classifying again: 1,200 of 5,400`; empty while nothing is."""
    return f"classifying again: {status.done:,} of {status.total:,}" if status.total else ""
