"""A text's own count held against the ledger: "source says 2nd in recent weeks; we have 2, 12 days apart". Pure.

    "in recent weeks", at ─window─▶ since ─held─▶ those of what is counted since then, and what to say of them

Only what is counted is: crossings on foot for a "second crossing", not balloons; one state's or, where the texts name
who travels, one person's visits; what goes the other way is another thing. A superlative is a rank of something that
the records mostly do not measure: of the deadliest they hold the dead, of the largest nothing, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from tensionwatch.events.windows import in_a_row, window
from tensionwatch.model import Event, Recurrence
from tensionwatch.words import count_of

_CODES = {
    "crossing": ("X-CROSS",), "airspace": ("X-AIR",), "waters": ("X-SEA",), "fire": ("19",), "clash": ("190", "193"),
    "truce": ("087",),
}  # fmt: skip
"""How the codes of what is counted begin, where it is not all of its family. Shelling (194), which one side
tells of the other, is no clash."""
_NOT_CODES = {"visit": ("044",), "abroad": ("044",), "sanctions": ("085",), "talks": ("087",)}
"""A meeting in a third place is no visit to the other side, sanctions that are eased are no new ones."""
_EITHER_WAY = frozenset({"incident", "clash", "meeting", "talks", "truce", "drill"})
"""Told of both sides: who is named first says nothing."""
_MANIFOLD = frozenset({"delivery", "sanctions"})
"""Their texts mostly count one weapon or one set, which no record tells apart."""
_DEADLY = frozenset({"deadliest", "bloodiest", "most deadly", "most lethal"})


class _Earlier(NamedTuple):
    when: datetime
    event: Event


def reach(recurrence: Recurrence, at: datetime) -> datetime:
    """From when on other events can matter to the count, seen from `at`."""
    span = window(recurrence.ordinal.scope, at, recurrence.ordinal.count)
    return span.since if span is not None else datetime.min.replace(tzinfo=UTC)


def held(
    recurrence: Recurrence, event: Event, others: Iterable[Event], history: datetime | None, now: datetime
) -> Recurrence:
    """The count, held against those of the other events that the text may have counted: what happened in its window
    before this one. `history` is when the ledger begins."""
    at, ordinal = event.when, recurrence.ordinal
    if at is None:
        return recurrence
    span = window(ordinal.scope, at, ordinal.count)
    since = span.since if span is not None else None
    earlier = sorted(
        (_Earlier(when, o) for o in others if (when := _before(o, event, recurrence, since)) is not None),
        key=lambda e: (e.when, e.event.id),
    )
    ours = len(earlier) + 1
    said = f"source says {_source_words(recurrence)}; {_answer(recurrence, event, earlier, undated=span is None)}"
    missing = ours < ordinal.count or ordinal.count == 1 or ordinal.quality is not None
    if history is not None and missing and (since is None or since < history):
        said += f": history starts {_ago(history, now)} ago"
    days = round((at - earlier[0].when) / timedelta(days=1), 1) if earlier else None
    ids = tuple(e.event.id for e in earlier)
    more = tuple(e.event.id for e in earlier if ordinal.quality in _DEADLY and _killed(e.event) > _killed(event) >= 0)
    return replace(recurrence, ours=ours, earlier=ids, days=days, surpassed=more, says=said)


def _before(other: Event, event: Event, recurrence: Recurrence, since: datetime | None) -> datetime | None:
    """When the other one happened, where it is one that the text may have counted."""
    if other.family != event.family or other.id == event.id:
        return None
    if not (_same_thing(other, recurrence.ordinal.of) and _same_parties(other, event, recurrence)):
        return None
    at, when = event.when, other.happened  # last, because they cost most
    if at is None or when is None:
        return None
    return when if when < at and (since is None or when >= since) else None


def _same_thing(other: Event, of: str | None) -> bool:
    if of is None:
        return True
    return other.code.startswith(_CODES.get(of, ("",))) and not other.code.startswith(_NOT_CODES.get(of, (" ",)))


def _same_parties(other: Event, event: Event, recurrence: Recurrence) -> bool:
    """The same sides, the same way round where both are known, and the same traveller where one is named."""
    of = recurrence.ordinal.of
    if recurrence.by is not None and recurrence.by not in other.people:
        return False
    if of == "abroad":
        return other.actor == event.actor
    visit = event.family == "visit" and of != "meeting"
    if visit or (of is not None and of not in _EITHER_WAY):
        known = (event.actor, event.recipient)
        # A visit told without its host may be one to it or not; what is done to a side that is not told is another.
        other_known = (other.actor, other.recipient)
        return all(a is None or a == b for a, b in zip(known, other_known, strict=True))
    return event.sides <= other.sides


def _answer(recurrence: Recurrence, event: Event, earlier: Sequence[_Earlier], *, undated: bool) -> str:
    """`we have 2, 12 days apart`, or what the ledger can say to a superlative."""
    ordinal, at = recurrence.ordinal, event.when
    narrowed = ordinal.narrowed is not None or ordinal.of in _MANIFOLD
    first = earlier[0].when if earlier else None
    kept = f"{len(earlier) + 1}{' of any sort' if narrowed and earlier else ''}"
    if first is not None and at is not None:
        kept += f", {_ago(first, at)} apart" if len(earlier) == 1 else f" in {_ago(first, at)}"
        kept += " in all" if undated and ordinal.scope else ""
    if ordinal.quality is None:
        return f"we have {kept}"
    if ordinal.quality in _DEADLY:
        return f"{_toll_answer(event, earlier)}; we have {kept}"
    return f"we hold no measure of that, and have {kept}"


def _toll_answer(event: Event, earlier: Sequence[_Earlier]) -> str:
    """`12 killed here, 7 at most before`, `12 killed here, 40 in one 9 days before`."""
    here = _killed(event)
    worst = max(earlier, key=lambda e: _killed(e.event), default=None)
    if here < 0:
        return "no toll known here"
    if worst is None or _killed(worst.event) < 0:
        return f"{here:,} killed here"
    killed = _killed(worst.event)
    if killed > here and event.when is not None:
        return f"{here:,} killed here, {killed:,} in one {_ago(worst.when, event.when)} before"
    return f"{here:,} killed here, {killed:,} at most before"


def _killed(event: Event) -> int:
    """-1 where no report says."""
    return -1 if event.toll is None or event.toll.killed is None else event.toll.killed


def _source_words(recurrence: Recurrence) -> str:
    ordinal = recurrence.ordinal
    scope = in_a_row(ordinal.scope) if ordinal.scope else None
    return count_of(replace(recurrence, ordinal=replace(ordinal, scope=scope)))


def _ago(then: datetime, now: datetime) -> str:
    """`12 days`, `5 h`"""
    apart = max(now - then, timedelta())
    if apart < timedelta(days=1):
        return f"{apart // timedelta(hours=1)} h"
    days = round(apart / timedelta(days=1))
    return "1 day" if days == 1 else f"{days:,} days"
