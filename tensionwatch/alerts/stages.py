"""Where an event stands, as far as somebody wants to be told. Pure.

A visit is told of when it is announced, when it is under way and when it is called off; all else once, when a report
says that it has happened. What is only feared, expected or remembered, an incident that is only denied, and what has no
date at all, is told of in no alert: lists and cards show it.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from tensionwatch.model import Event, State, Status

REPORTED = "reported"
_VISIT = {Status.PLANNED: "announced", Status.ACTUAL: "under way", Status.OFF: "off"}


class Stage(NamedTuple):
    name: str
    at: datetime
    """Effective time of the first report that says so."""
    article: str
    """That report."""


def stage_of(event: Event) -> Stage | None:
    """None where there is nothing to tell."""
    name = _VISIT.get(event.status) if event.family == "visit" else {Status.ACTUAL: REPORTED}.get(event.status)
    state = next(filter(lambda state: _says(state, event.status), event.states), None)
    if name is None or state is None or state.at is None:
        return None
    return Stage(name, state.at, state.article)


def _says(state: State, status: Status) -> bool:
    return state.status is status and state.at is not None
