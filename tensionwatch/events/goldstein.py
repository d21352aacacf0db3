"""What an event is worth: the Goldstein scale, from −10 (war) to +10 (alliance). Pure.

Sources: J. S. Goldstein, "A Conflict-Cooperation Scale for WEIS Events Data", Journal of Conflict Resolution 36 (1992),
carried over to CAMEO codes by P. Schrodt's table (as the ICEWS and GDELT data sets use it); PLOVER's classes keep its
order. Codes of ours, for what CAMEO has none: crossings without fire (X-CROSS, X-AIR, X-SEA) and weapons tests (X-TEST)
are worth what a display of force is (150).

Conflict and cooperation are two sums that stand side by side; the one never cancels the other.
"""

from __future__ import annotations

from datetime import datetime

from tensionwatch.model import Event, Kind, Status

SCALE: dict[str, float] = {
    "036": 4.0, "042": 1.9, "043": 2.8, "044": 2.5, "045": 5.0, "046": 7.0, "057": 8.0,
    "062": 7.4, "0312": 5.2, "072": 8.3, "0332": 5.2, "085": 7.0, "087": 9.0,
    "112": -2.0, "125": -5.0, "13": -4.4, "130": -4.4, "138": -7.0, "1383": -7.0, "139": -7.0,
    "15": -7.2, "150": -7.2, "152": -7.2, "154": -7.2, "160": -4.0, "161": -4.0, "163": -8.0, "164": -7.0, "166": -7.0,
    "190": -10.0, "193": -10.0, "194": -10.0, "195": -10.0, "196": -9.5,
    "X-CROSS": -7.2, "X-AIR": -7.2, "X-SEA": -7.2, "X-TEST": -7.2,
}  # fmt: skip
"""CAMEO code → score. A code that is not here takes that of the shorter code it refines."""

_BY_KIND: dict[Kind, float] = {
    Kind.BORDER_INCIDENT: -10.0, Kind.ARMED_ATTACK: -10.0, Kind.DIPLOMATIC_VISIT: 1.9, Kind.TALKS: 7.0,
    Kind.MILITARY_COOPERATION: 7.4, Kind.ARMS_TRANSFER: 8.3, Kind.WEAPONS_TEST: -7.2, Kind.SANCTIONS: -8.0,
    Kind.THREAT: -4.4, Kind.DIPLOMATIC_PROTEST: -2.0, Kind.MILITARY_POSTURE: -7.2,
}  # fmt: skip


def score(kind: Kind, code: str) -> float:
    """Below zero it is conflict, above it cooperation."""
    for end in range(len(code), 1, -1):
        if code[:end] in SCALE:
            return SCALE[code[:end]]
    return _BY_KIND[kind]


def counts(event: Event) -> bool:
    """Does it enter a sum? What happened does; and a visit that was called off, which is an act of its own (160)."""
    called_off = event.kind is Kind.DIPLOMATIC_VISIT and event.status is Status.OFF
    return event.happened is not None or (called_off and event.when is not None)


def event_score(event: Event) -> float:
    return (
        SCALE["160"]
        if event.kind is Kind.DIPLOMATIC_VISIT and event.status is Status.OFF
        else score(event.kind, event.code)
    )


def acted(event: Event) -> datetime | None:
    """When it enters a sum; None where it enters none. A visit that was called off is an act of the day on which that
    was said, not of its announcement weeks before."""
    if not counts(event):
        return None
    if event.kind is Kind.DIPLOMATIC_VISIT and event.status is Status.OFF:
        return next((s.at for s in event.states if s.status is Status.OFF and s.at is not None), event.when)
    return event.when
