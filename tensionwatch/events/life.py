"""The life of an event in words: a visit goes announced → under way → over, or is called off. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from tensionwatch.model import Event, State, Status

_VISIT = {
    Status.PLANNED: "announced", Status.ACTUAL: "under way", Status.OFF: "called off", Status.HYPOTHETICAL: "in doubt",
}  # fmt: skip
_ELSE = {
    Status.PLANNED: "expected", Status.ACTUAL: "happened", Status.OFF: "called off", Status.HYPOTHETICAL: "feared",
}  # fmt: skip
OVER = "over"


class Step(NamedTuple):
    phase: str
    at: datetime | None
    article: str | None
    """The report that says so; None for `over`, which follows from no report having come."""
    publisher: str


def life(event: Event, now: datetime) -> list[Step]:
    """Its steps in order of time. A visit is over once no report has said for 72 hours that it is under way."""
    steps = [Step(_phase(event, state), state.at, state.article, state.publisher) for state in event.states]
    if event.family == "visit" and event.happened is not None and event.closes is not None and event.closes < now:
        steps.append(Step(OVER, event.closes, None, ""))
    return steps


def _phase(event: Event, state: State) -> str:
    if event.family == "incident" and state.status is Status.OFF:
        return "denied"
    return (_VISIT if event.family == "visit" else _ELSE).get(state.status, state.status.value)
