"""From the reports of one occurrence to the Event that they tell. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from tensionwatch.events.cluster import CROSSING_CODES
from tensionwatch.events.sighting import Sighting, travellers
from tensionwatch.model import Event, Flag, Ordinal, Recurrence, Said, State, Status, Toll

PERSONAL = frozenset({"visit", "abroad"})
"""What is counted for the one who travels, where that one is named."""
_OFFICE = re.compile(
    r"\b(?:president|presidential|minister|ministerial|leader|pontiff|pope|secretary|official|monarch|king|premier|head|chief|"
    r"pm|envoy|royal|delegation|chancellor|by)\b",
    re.IGNORECASE,
)
"""In the words that narrow a count: it is that of an office, whoever held it."""


def tell(
    ordered: Sequence[Sighting],
    *,
    voices: Mapping[str, str],
    closes: datetime | None,
    aliases: tuple[str, ...] = (),
    corrected: bool = False,
) -> Event:
    """The event of these sightings, which are in order of time. Its id is that of the sighting seen first, so that
    later ones do not change it. `voices` are the publishers whose words the articles carry."""
    flags = [s.flag for s in ordered]
    principal = _principal(flags)
    times = [s.at for s in ordered if s.at is not None]
    publishers = {s.article: s.publisher for s in ordered}
    own = {voices[article] for article in publishers}
    event_id = seen_first(ordered).own_id
    return Event(
        id=event_id,
        aliases=tuple(sorted(set(aliases) - {event_id})),
        family=principal.kind.family,
        kind=principal.kind,
        code=principal.code,
        status=_status(ordered),
        actor=principal.actor,
        recipient=principal.recipient,
        place=_commonest(flag.place for flag in flags),
        people=tuple(name for name, _ in Counter(p for flag in flags for p in flag.people).most_common()),
        toll=_toll(flags),
        first_reported=min(times, default=None),
        last_reported=max(times, default=None),
        closes=closes,
        reports=len(publishers),
        publishers=tuple(sorted(own)),
        carriers=tuple(sorted(set(publishers.values()) - own)),
        copies={article: voices[article] for article, name in publishers.items() if voices[article] != name},
        states=_states(ordered),
        claims=_claims(ordered),
        recurrence=_counts(ordered),
        corrected=corrected,
        articles=tuple(publishers),
    )


def seen_first(sightings: Sequence[Sighting]) -> Sighting:
    return min(sightings, key=lambda s: (s.first_seen, s.article, s.rank))


def _principal(flags: Sequence[Flag]) -> Flag:
    """The flag whose words stand for the event: of those that say it happened, of those that say who crossed, the
    sides and code that most reports give; the earliest decides a tie."""
    told = [flag for flag in flags if flag.status is Status.ACTUAL] or flags
    told = [flag for flag in told if flag.code in CROSSING_CODES] or told
    whole = [flag for flag in told if flag.actor and flag.recipient] or told
    votes = Counter((flag.actor, flag.recipient, flag.code) for flag in whole)
    best = max(votes.values())
    return next(flag for flag in whole if votes[flag.actor, flag.recipient, flag.code] == best)


def _status(ordered: Sequence[Sighting]) -> Status:
    """What more say than its opposite: a visit that one outlet sees and five say is called off is off; an incident
    that somebody denies has happened all the same."""
    said = Counter(s.flag.status for s in ordered)
    if said[Status.ACTUAL]:
        off = ordered[0].flag.kind.family == "visit" and said[Status.OFF] > said[Status.ACTUAL]
        return Status.OFF if off else Status.ACTUAL
    settled = [s.flag.status for s in ordered if s.flag.status is not Status.HYPOTHETICAL]
    return settled[-1] if settled else ordered[-1].flag.status


def _states(ordered: Sequence[Sighting]) -> tuple[State, ...]:
    """The line of states: a new step wherever the reports' word changes. Of those that say the same, the first that is
    dated gives the step its time: an undated one that a merge puts before them takes nothing away."""
    states: list[State] = []
    for s in ordered:
        state = State(status=s.flag.status, at=s.at, article=s.article, publisher=s.publisher)
        if not states or states[-1].status is not state.status:
            states.append(state)
        elif states[-1].at is None:
            states[-1] = state
    return tuple(states)


def _claims(ordered: Sequence[Sighting]) -> tuple[Said, ...]:
    """Who says what of it, each with its reports. A report that it is denied, whoever denies, is a denial."""
    told: dict[tuple[str | None, Literal["claimed", "denied", "confirmed"]], dict[str, datetime | None]] = {}
    for s in ordered:
        denied = s.flag.kind.family == "incident" and s.flag.status is Status.OFF
        if (claim := s.flag.claim) is not None:
            told.setdefault((claim.by, "denied" if denied else claim.stance), {}).setdefault(s.article, s.at)
        elif denied:
            told.setdefault((None, "denied"), {}).setdefault(s.article, s.at)
    return tuple(
        Said(by=by, stance=stance, at=next(iter(articles.values())), articles=tuple(articles))
        for (by, stance), articles in told.items()
    )


def _counts(ordered: Sequence[Sighting]) -> tuple[Recurrence, ...]:
    """What the texts count, each with its reports; who travels, where they name one alone."""
    told: dict[tuple[int, str | None, str | None, str | None], list[Sighting]] = {}
    for s in ordered:
        if (count := s.flag.ordinal) is not None:
            scope = count.scope.casefold() if count.scope else None
            told.setdefault((count.count, scope, count.of, count.quality), []).append(s)
    counts = []
    for group in told.values():
        ordinals = [s.flag.ordinal for s in group if s.flag.ordinal is not None]
        articles = tuple(dict.fromkeys(s.article for s in group))
        counts.append(Recurrence(ordinal=ordinals[0], articles=articles, by=_counted_for(ordinals[0], group)))
    return tuple(counts)


def _counted_for(ordinal: Ordinal, group: Sequence[Sighting]) -> str | None:
    """Whose visits the texts count: the one traveller whom they name, unless they count those of an office."""
    if ordinal.of not in PERSONAL or ordinal.quality is not None or _OFFICE.search(ordinal.narrowed or "") is not None:
        return None
    named = {name for s in group for name in travellers(s.flag, s.flag.actor)}
    return named.pop() if len(named) == 1 else None


def _toll(flags: Sequence[Flag]) -> Toll | None:
    tolls = [flag.toll for flag in flags if flag.toll is not None and flag.status is Status.ACTUAL]
    if not tolls:
        return None
    killed = max((t.killed for t in tolls if t.killed is not None), default=None)
    wounded = max((t.wounded for t in tolls if t.wounded is not None), default=None)
    return Toll(killed=killed, wounded=wounded)


def _commonest(values: Iterable[str | None]) -> str | None:
    return next((value for value, _ in Counter(v for v in values if v).most_common(1)), None)
